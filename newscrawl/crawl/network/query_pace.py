"""The number of queries per minute to the index of a web archive, which bans who sends more."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from newscrawl.crawl.network.hosts import HostGuard
from newscrawl.crawl.network.shutdown import Shutdown
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import find_mode, find_spider
from newscrawl.items import ListRequest
from newscrawl.states import INDEX_SOURCES

_MINUTE = 60.0


class QueryPace:
    """A downloader middleware that sends one query to an index at a time, and at most so many in any minute.

    Every attempt and every redirect counts; captures do not. Its place is next to the downloader.
    """

    def __init__(
        self,
        crawler: Crawler,
        per_minute: int,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._crawler, self._clock, self._sleep = crawler, clock, sleep
        self._sent: deque[float] = deque(maxlen=per_minute)
        self._turn = asyncio.Lock()
        self._holder: Request | None = None
        """The query that has the turn: other requests end too, also before they had one."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the number from the setting that the run's source names; 0 is no limit."""
        per_minute = find_spider(crawler).source.queries_per_minute
        if find_mode(crawler) is not RunMode.WEB_ARCHIVE or not per_minute:
            raise NotConfigured
        return cls(crawler, per_minute)

    async def process_request(self, request: Request) -> None:
        """Wait for the turn of a query. Raises RunEnded, and HostStopped where the host was stopped meanwhile."""
        if not _is_query(request):
            return
        shutdown = self._crawler.get_downloader_middleware(Shutdown)
        await (shutdown.unless_it_ends(self._wait(), request.url) if shutdown else self._wait())
        self._holder = request
        for guard in (shutdown, self._crawler.get_downloader_middleware(HostGuard)):
            if guard:
                guard.process_request(request)

    def process_response(self, request: Request, response: Response) -> Response:
        self._end_turn(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        self._end_turn(request)

    async def _wait(self) -> None:
        await self._turn.acquire()
        try:
            if len(self._sent) == self._sent.maxlen and (wait := self._sent[0] + _MINUTE - self._clock()) > 0:
                await self._sleep(wait)
        except asyncio.CancelledError:
            self._turn.release()
            raise

    def _end_turn(self, request: Request) -> None:
        # counted at its end, which is after it was sent: so no minute has one more
        if request is self._holder:
            self._holder = None
            self._sent.append(self._clock())
            self._turn.release()


def _is_query(request: Request) -> bool:
    wanted: ListRequest | None = request.meta.get("list")
    return wanted is not None and wanted.source in INDEX_SOURCES
