"""Which hosts get no more requests."""

from __future__ import annotations

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError, NotConfigured
from scrapy.http import Response
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from newscrawl.crawl.network.failures import HostStopped
from newscrawl.crawl.network.hosts import ROBOTS_TXT, DeadHosts, HostGuard
from newscrawl.crawl.signals import page_blocked
from newscrawl.errors import BlockedError
from tests.crawl.offline import HOST, SITE, OfflineCrawler, QuaySpider, slot

URL = f"{SITE}/a"
ROBOTS = Request(f"{SITE}/robots.txt", meta={ROBOTS_TXT: f"{SITE}/robots.txt"})
MEMENTO = {"Memento-Datetime": "Fri, 20 Nov 2026 10:00:00 GMT"}
ARCHIVE = {"source": "wayback", "since": "2026-11-01"}


def page(
    status: int = 200, body: bytes = b"<title>Ferries</title>", url: str = URL, headers: dict[str, str] | None = None
) -> Response:
    return Response(url, status=status, body=body, headers=headers or {})


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (page(401), "http_401"),
        (page(403), "http_403"),
        (page(429), "http_429"),
        (page(url=f"{SITE}/consent"), "challenge_path"),
        (page(body=b"<title>\n Are you a robot? </title>"), "challenge_title"),
    ],
)
def test_a_block_stops_its_host(response: Response, reason: str) -> None:
    crawler = OfflineCrawler()
    guard = HostGuard.from_crawler(crawler)
    with pytest.raises(BlockedError) as caught:
        guard.process_response(Request(URL), response)
    assert caught.value.reason == reason
    assert crawler.counts("hosts/") == {"blocked": 1}
    with pytest.raises(HostStopped):
        guard.process_request(Request(f"{SITE}/b"))
    guard.process_request(Request("https://other.example/"))


@pytest.mark.parametrize(
    "response", [page(), page(404), page(500), page(body=b"<title>Are you a robot? A review</title>")]
)
def test_other_responses_pass(response: Response) -> None:
    guard = HostGuard.from_crawler(OfflineCrawler())
    assert guard.process_response(Request(URL), response) is response
    assert not guard.is_stopped(URL)


def test_a_refusal_stops_its_host_before_the_next_request_leaves() -> None:
    guard = HostGuard.from_crawler(OfflineCrawler())
    guard.response_downloaded(Request(URL), page(403))
    assert guard.is_stopped(URL)


def test_requests_that_wait_for_a_stopped_host_are_dropped_and_others_stay() -> None:
    crawler = OfflineCrawler()
    crawler.fake_engine.downloader.slots["all"] = waiting = slot()
    failures: list[Failure] = []
    for url in (f"{SITE}/b", "https://other.example/"):
        deferred: Deferred[Response] = Deferred()
        deferred.addErrback(failures.append)
        waiting.queue.append((Request(url), deferred))
    HostGuard.from_crawler(crawler).stop(URL, "blocked", "HTTP 403")
    assert [type(failure.value) for failure in failures] == [HostStopped]
    assert [request.url for request, _ in waiting.queue] == ["https://other.example/"]


def test_a_block_of_robots_txt_stops_its_host() -> None:
    for status, url in ((403, ROBOTS.url), (429, ROBOTS.url), (200, f"{SITE}/consent")):
        guard = HostGuard.from_crawler(OfflineCrawler())
        with pytest.raises(HostStopped):
            guard.process_response(ROBOTS, page(status, url=url))
        assert guard.is_stopped(URL)


def test_a_refusal_where_robots_txt_redirects_to_stops_neither_host() -> None:
    guard = HostGuard.from_crawler(OfflineCrawler())
    elsewhere = ROBOTS.replace(url="https://bucket.example/rules")
    guard.response_downloaded(elsewhere, refusal := page(403, url=elsewhere.url))
    assert guard.process_response(elsewhere, refusal) is refusal
    assert not guard.is_stopped(URL)
    assert not guard.is_stopped(elsewhere.url)


def test_robots_txt_that_is_missing_stops_no_host() -> None:
    guard = HostGuard.from_crawler(OfflineCrawler())
    assert guard.process_response(ROBOTS, response := page(404, url=ROBOTS.url)) is response
    assert not guard.is_stopped(URL)


def test_a_block_among_archived_pages_stops_no_host_but_one_of_the_archive_does() -> None:
    guard = HostGuard.from_crawler(OfflineCrawler(**ARCHIVE))
    for response in (page(403, headers=MEMENTO), page(body=b"<title>Are you a robot?</title>", headers=MEMENTO)):
        guard.response_downloaded(Request(URL), response)
        assert guard.process_response(Request(URL), response) is response
    guard.response_downloaded(Request(URL), page(403))  # it may be about this address only: ArchiveService decides
    assert not guard.is_stopped(URL)
    with pytest.raises(BlockedError):
        guard.process_response(Request(URL), page(429))
    assert guard.is_stopped(URL)


@pytest.mark.parametrize(("arguments", "is_stopped"), [({}, True), (ARCHIVE, False), ({"files": "*.html"}, False)])
def test_a_challenge_that_extraction_finds_stops_a_live_host(arguments: dict[str, str], is_stopped: bool) -> None:
    crawler = OfflineCrawler(**arguments)
    guard = HostGuard.from_crawler(crawler)
    crawler.signals.send_catch_log(page_blocked, url=URL, reason="challenge")
    assert guard.is_stopped(URL) is is_stopped


def test_only_the_first_trouble_of_a_run_is_reported() -> None:
    crawler = OfflineCrawler()
    guard = HostGuard.from_crawler(crawler)
    guard.stop(URL, "blocked", "HTTP 403")
    guard.stop(URL, "blocked", "HTTP 403")
    guard.stop("https://other.example/", "unreachable", "timeout")
    assert crawler.counts("hosts/") == {"blocked": 1, "unreachable": 1}
    assert crawler.counts()["trouble"] == f"{HOST}: HTTP 403"


def test_a_host_of_many_is_stopped_after_three_addresses_without_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuaySpider, "takes_sites", True)
    crawler = OfflineCrawler(site=SITE)
    crawler.components.append(guard := HostGuard.from_crawler(crawler))
    dead = DeadHosts.from_crawler(crawler)

    def fail(*names: str) -> bool:
        for name in names:
            dead.process_exception(Request(f"{SITE}/{name}"), DownloadTimeoutError())
        return guard.is_stopped(SITE)

    assert not fail("a", "b", "b", "a")
    dead.process_response(Request(f"{SITE}/c"), Response(f"{SITE}/c", status=404))
    dead.process_exception(Request(f"{SITE}/d"), HostStopped(SITE))
    assert not fail("a", "b")
    assert fail("c")
    assert crawler.quay.site_counts[HOST] == {"hosts/unreachable": 1}
    assert crawler.quay.site_troubles == {HOST: f"{HOST}: 3 addresses in a row failed, the last one with timeout"}


def test_the_host_of_a_publisher_is_not_given_up() -> None:
    with pytest.raises(NotConfigured):
        DeadHosts.from_crawler(OfflineCrawler())
