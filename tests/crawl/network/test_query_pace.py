"""How many queries the index of an archive gets in a minute, by a clock of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from newscrawl.crawl.network.failures import BrokenResponseError, HostStopped
from newscrawl.crawl.network.hosts import HostGuard
from newscrawl.crawl.network.query_pace import QueryPace
from newscrawl.items import ListRequest
from tests.crawl.offline import SITE, OfflineCrawler

ARCHIVE = {"source": "wayback", "since": "2026-11-01"}


def query(number: int, source: str = "cdx") -> Request:
    url = f"{SITE}/cdx?page={number}"
    return Request(url, meta={"list": ListRequest(source=source, url=url)})


class Clock:
    """Time that passes only while something waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def send(
    numbers: int, per_minute: int, latency: Callable[[int], float], crawler: OfflineCrawler | None = None
) -> tuple[list[float], int]:
    """When each of some queries, all made at once, is sent; and how many were stopped."""
    clock = Clock()
    pace = QueryPace(crawler or OfflineCrawler(**ARCHIVE), per_minute, clock, clock.sleep)
    sent: list[float] = []
    stopped: list[Request] = []

    async def download(number: int) -> None:
        request = query(number)
        try:
            await pace.process_request(request)
        except HostStopped as error:
            stopped.append(request)
            pace.process_exception(request, error)
            return
        sent.append(clock.now)
        clock.now += latency(number)
        if number % 3:
            pace.process_response(request, Response(request.url))
        else:
            pace.process_exception(request, BrokenResponseError("connection_reset", ""))

    async def main() -> None:
        await asyncio.gather(*map(download, range(numbers)))

    asyncio.run(main())
    return sent, len(stopped)


@pytest.mark.parametrize("latency", [0.0, 0.7, 2.5, 9.0])
def test_no_minute_has_more_queries_than_allowed(latency: float) -> None:
    sent, _ = send(120, 24, lambda number: latency * (1 + number % 2))
    assert len(sent) == 120
    for start in sent:
        assert sum(start <= at < start + 60 for at in sent) <= 24
    if latency == 0.0:
        assert sent == [60.0 * (n // 24) for n in range(120)], "no query waits longer than it must"
    if latency == 9.0:
        assert all(later - earlier <= 18.0 for earlier, later in pairwise(sent)), "slow answers are no reason to wait"


def test_captures_and_the_lists_of_a_publisher_do_not_wait() -> None:
    pace = QueryPace(OfflineCrawler(**ARCHIVE), 1, clock := Clock(), clock.sleep)

    async def main() -> None:
        await pace.process_request(query(1))
        await pace.process_request(Request(f"{SITE}/web/1"))
        await pace.process_request(query(2, source="archive_day"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pace.process_request(query(3, source="cdx_pages")), 0.01)

    asyncio.run(main())
    assert clock.now == 0.0


def test_queries_that_wait_when_the_host_is_stopped_are_not_sent() -> None:
    crawler = OfflineCrawler(**ARCHIVE)
    guard = HostGuard.from_crawler(crawler)
    crawler.components.append(guard)

    def stop(number: int) -> float:
        if number == 4:
            guard.stop(SITE, "blocked", "HTTP 429")
        return 1.0

    sent, stopped = send(40, 24, stop, crawler)
    assert (len(sent), stopped) == (5, 35)


def test_a_request_that_had_no_turn_ends_none() -> None:
    pace = QueryPace(OfflineCrawler(**ARCHIVE), 24, clock := Clock(), clock.sleep)

    async def main() -> None:
        await pace.process_request(query(1))
        pace.process_exception(query(2), HostStopped(""))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pace.process_request(query(3)), 0.01)

    asyncio.run(main())


@pytest.mark.parametrize(("source", "per_minute"), [("wayback", 24), ("commoncrawl", 20)])
def test_the_default_is_what_each_archive_takes(source: str, per_minute: int) -> None:
    crawler = OfflineCrawler(source=source, since="2026-11-01")
    assert crawler.quay.source.queries_per_minute == per_minute
    QueryPace.from_crawler(crawler)


def test_there_is_no_pace_without_a_limit_or_an_archive() -> None:
    for crawler in (OfflineCrawler(), OfflineCrawler({"NEWSCRAWL_WAYBACK_QUERIES": 0}, **ARCHIVE)):
        with pytest.raises(NotConfigured):
            QueryPace.from_crawler(crawler)
