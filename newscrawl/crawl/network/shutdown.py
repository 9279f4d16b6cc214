"""Ends a run within seconds after a signal, a limit or a database error.

Scrapy closes a spider when every request has its response, even one that waits for a Crawl-delay or a server that
hangs. Here waiting requests are dropped at once, running ones after a few seconds; their pages wait for the next run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

from scrapy import Request, signals
from scrapy.core.downloader import Downloader
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import call_later, create_looping_call
from twisted.python.failure import Failure

from newscrawl.crawl.network.failures import HostStopped, RunEnded

_T = TypeVar("_T")
_CHECK_SECONDS = 0.2
_GRACE_SECONDS = 3.0


class Shutdown:
    """A downloader middleware that drops requests when the run ends; it also runs downloads and extractions."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._loop = create_looping_call(self.check)
        self._is_dropping = False
        self._running: set[asyncio.Task[object]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        shutdown = cls(crawler)
        crawler.signals.connect(shutdown.engine_started, signals.engine_started)
        crawler.signals.connect(shutdown.engine_stopped, signals.engine_stopped)
        return shutdown

    def engine_started(self) -> None:
        self._loop.start(_CHECK_SECONDS, now=False)

    def engine_stopped(self) -> None:
        if self._loop.running:
            self._loop.stop()

    def check(self) -> None:
        """Drop waiting requests as soon as the spider closes, and running ones a little later."""
        # polled, because Scrapy has no signal for it
        if is_ending(self._crawler) and not self._is_dropping:
            self._is_dropping = True
            drop_waiting(self._crawler.engine.downloader, lambda request: RunEnded(request.url))
            call_later(_GRACE_SECONDS, self.drop_running)
        if self._is_dropping:
            # After an item of start() too: Scrapy 2.19 checks only after a response, and would wait for ever.
            slot, spider = self._crawler.engine.scraper.slot, self._crawler.spider
            closing = slot.closing if slot and slot.is_idle() else None
            if spider and closing and not closing.called:
                closing.callback(spider)

    def drop_running(self) -> None:
        for task in self._running:
            task.cancel()

    def process_request(self, request: Request) -> None:
        if self._is_dropping or is_ending(self._crawler):
            raise RunEnded(request.url)

    async def unless_it_ends(self, work: Awaitable[_T], url: str) -> _T:
        """Await a download or an extraction. Raises what it raises, and RunEnded when it was dropped."""
        task = asyncio.current_task()
        if task is None:
            return await work
        self._running.add(task)
        try:
            return await work
        except asyncio.CancelledError:
            if not self._is_dropping:
                raise
            task.uncancel()
            raise RunEnded(url) from None
        finally:
            self._running.discard(task)


def is_ending(crawler: Crawler) -> bool:
    slot = crawler.engine._slot  # Scrapy has no public way to know
    return slot is not None and slot.closing is not None


def drop_waiting(downloader: Downloader, error_of: Callable[[Request], HostStopped | None]) -> None:
    """Fail waiting requests with the error that `error_of` returns; those for which it returns None keep waiting."""
    for slot in downloader.slots.values():
        waiting, dropped = [], []
        for request, deferred in slot.queue:
            error = error_of(request)
            if error is None:
                waiting.append((request, deferred))
            else:
                dropped.append((deferred, error))
        slot.queue.clear()
        slot.queue.extend(waiting)
        for deferred, error in dropped:
            deferred.errback(Failure(error))  # type: ignore[no-untyped-call]
