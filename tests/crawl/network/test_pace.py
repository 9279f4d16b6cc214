"""The delay between requests to a host."""

from __future__ import annotations

from time import monotonic

import pytest
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser

from newscrawl.crawl.network.failures import HostStopped
from newscrawl.crawl.network.hosts import HostGuard
from newscrawl.crawl.network.pace import CrawlDelay, Slowdown
from tests.crawl.offline import HOST, SITE, OfflineCrawler, slot

URL = f"{SITE}/a"


def begin(crawler: OfflineCrawler, delay: float = 1.0) -> Slowdown:
    crawler.components.append(HostGuard.from_crawler(crawler))
    crawler.fake_engine.downloader.slots[HOST] = slot(delay=delay)
    return Slowdown.from_crawler(crawler)


def receive(slowdown: Slowdown, status: int, latency: float = 0.0, headers: dict[str, str] | None = None) -> None:
    request = Request(URL, meta={"download_latency": latency})
    slowdown.response_downloaded(request, Response(URL, status=status, headers=headers or {}))


def delay_of(crawler: OfflineCrawler) -> float:
    return float(crawler.fake_engine.downloader.slots[HOST].delay)


def test_each_overload_doubles_the_delay_and_good_responses_bring_it_back() -> None:
    crawler = OfflineCrawler()
    slowdown = begin(crawler)
    receive(slowdown, 429)
    receive(slowdown, 503)
    assert delay_of(crawler) == 4.0
    receive(slowdown, 200)
    assert delay_of(crawler) == pytest.approx(3.6)
    for _ in range(20):
        receive(slowdown, 404)
    assert delay_of(crawler) == 1.0


def test_responses_to_requests_that_were_sent_before_the_slowdown_do_not_count_again() -> None:
    crawler = OfflineCrawler()
    slowdown = begin(crawler)
    receive(slowdown, 429)
    receive(slowdown, 429, latency=60.0)
    assert delay_of(crawler) == 2.0


def test_a_host_without_a_delay_gets_the_first_one() -> None:
    crawler = OfflineCrawler({"NEWSCRAWL_SLOWDOWN": 0.5, "DOWNLOAD_DELAY": 0})
    slowdown = begin(crawler, delay=0.0)
    receive(slowdown, 429)
    assert delay_of(crawler) == 0.5
    for _ in range(14):
        receive(slowdown, 200)
    assert delay_of(crawler) == 0.0


def test_other_errors_change_nothing() -> None:
    crawler = OfflineCrawler()
    slowdown = begin(crawler)
    receive(slowdown, 500)
    receive(slowdown, 200)
    assert delay_of(crawler) == 1.0


def test_retry_after_moves_the_next_request() -> None:
    crawler = OfflineCrawler()
    receive(begin(crawler), 503, headers={"Retry-After": "30"})
    slot = crawler.fake_engine.downloader.slots[HOST]
    assert slot.lastseen + slot.delay == pytest.approx(monotonic() + 30, abs=20)


@pytest.mark.parametrize(("status", "count"), [(429, "blocked"), (503, "unreachable")])
def test_a_host_that_asks_for_too_long_a_wait_is_stopped(status: int, count: str) -> None:
    crawler = OfflineCrawler()
    slowdown = begin(crawler)
    receive(slowdown, status, headers={"Retry-After": "3600"})
    assert crawler.counts("hosts/") == {count: 1}
    assert crawler.counts()["trouble"] == f"{HOST}: HTTP {status}, asks for 3600 s"
    with pytest.raises(HostStopped):
        slowdown.process_response(Request(URL), Response(URL, status=status))


def test_a_host_that_no_delay_is_long_enough_for_is_stopped() -> None:
    crawler = OfflineCrawler({"NEWSCRAWL_MAX_WAIT": 3})
    slowdown = begin(crawler)
    receive(slowdown, 503)
    assert slowdown.process_response(Request(URL), response := Response(URL, status=503)) is response
    receive(slowdown, 503)
    assert crawler.counts()["trouble"] == f"{HOST}: HTTP 503, even at 2 s between requests"


def test_a_status_in_an_archived_page_is_not_that_of_the_archive() -> None:
    crawler = OfflineCrawler(source="wayback", since="2026-11-01")
    receive(begin(crawler), 503, headers={"Memento-Datetime": "Fri, 20 Nov 2026 10:00:00 GMT"})
    assert delay_of(crawler) == 1.0


def test_there_is_no_slowdown_where_no_network_is_used() -> None:
    with pytest.raises(NotConfigured):
        Slowdown.from_crawler(OfflineCrawler(files="*.html"))


@pytest.mark.parametrize(("delay", "applied"), [("5", 5.0), ("0.1", 1.0), ("", 1.0)])
def test_crawl_delay_makes_a_host_slower_but_never_faster(delay: str, applied: float) -> None:
    crawler = OfflineCrawler()
    crawler.fake_engine.downloader.slots[HOST] = slot(delay=1.0)
    robots = ProtegoRobotParser(f"User-agent: *\nCrawl-delay: {delay}\n".encode(), None)
    CrawlDelay.from_crawler(crawler).robots_parsed(robots, Request(URL))
    assert delay_of(crawler) == applied
    later = crawler.fake_engine.downloader.per_slot_settings.get(HOST, {"delay": 1.0})
    assert later["delay"] == applied
