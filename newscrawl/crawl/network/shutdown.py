"""The end of a run in seconds, whatever it waits for: a signal, a limit or a refusing database ends it in order.

Scrapy closes a spider when every request that it has taken up is answered: those that wait for their turn behind a
Crawl-delay or a Retry-After too, and those of servers that hang. Here the first are dropped at once, the others after
a few seconds. A page that is dropped waits for the next run.
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
_LOOK_SECONDS = 0.2
_GRACE_SECONDS = 3.0


class Stopping:
    """A downloader middleware that drops requests once the run is to end; the download handler asks it for leave."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._look = create_looping_call(self.look)
        self._begun = False
        self._running: set[asyncio.Task[object]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Looks from the start of the engine to its end whether the spider closes: Scrapy has no signal for it."""
        stopping = cls(crawler)
        crawler.signals.connect(stopping.engine_started, signals.engine_started)
        crawler.signals.connect(stopping.engine_stopped, signals.engine_stopped)
        return stopping

    def engine_started(self) -> None:
        """Begin to look."""
        self._look.start(_LOOK_SECONDS, now=False)

    def engine_stopped(self) -> None:
        """Look no more."""
        if self._look.running:
            self._look.stop()

    def look(self) -> None:
        """Drop what waits as soon as the spider closes, and what runs a little later."""
        if is_ending(self._crawler) and not self._begun:
            self._begun = True
            drop_waiting(self._crawler.engine.downloader, lambda request: RunEnded(request.url))
            call_later(_GRACE_SECONDS, self.drop_running)
        if self._begun:
            self._close_when_idle()

    def _close_when_idle(self) -> None:
        """Scrapy 2.19 sees that it is done after a response, never after an item of start(): it would wait for ever."""
        slot, spider = self._crawler.engine.scraper.slot, self._crawler.spider
        closing = slot.closing if slot and slot.is_idle() else None
        if spider and closing and not closing.called:
            closing.callback(spider)

    def drop_running(self) -> None:
        """Cancel what still runs."""
        for task in self._running:
            task.cancel()

    def process_request(self, request: Request) -> None:
        """Raises RunEnded when the run ends."""
        if self._begun or is_ending(self._crawler):
            raise RunEnded(request.url)

    async def unless_it_ends(self, work: Awaitable[_T], url: str) -> _T:
        """The result of a download, or of reading a page. Raises what it raises, and RunEnded when it was dropped."""
        task = asyncio.current_task()
        if task is None:
            return await work
        self._running.add(task)
        try:
            return await work
        except asyncio.CancelledError:
            if not self._begun:
                raise
            task.uncancel()
            raise RunEnded(url) from None
        finally:
            self._running.discard(task)


def is_ending(crawler: Crawler) -> bool:
    """Whether the spider closes, for whatever reason: what it starts with is to come to an end too."""
    slot = crawler.engine._slot  # the one place that tells
    return slot is not None and slot.closing is not None


def drop_waiting(downloader: Downloader, error_of: Callable[[Request], HostStopped | None]) -> None:
    """End the requests that wait for their turn with the error that each is given; those of None go on waiting."""
    for slot in downloader.slots.values():
        waiting, dropped = [], []
        for request, answer in slot.queue:
            error = error_of(request)
            if error is None:
                waiting.append((request, answer))
            else:
                dropped.append((answer, error))
        slot.queue.clear()
        slot.queue.extend(waiting)
        for answer, error in dropped:
            answer.errback(Failure(error))  # type: ignore[no-untyped-call]
