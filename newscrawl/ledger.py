"""The ledger of a crawl: what every page and run is recorded by, in the store, through one writing thread."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawl import outcome
from newscrawl.article import Link, Page
from newscrawl.errors import StorageError
from newscrawl.outcome import Miss
from newscrawl.storage import PageResult, Saved, State, Store
from newscrawl.writer import Writer

logger = logging.getLogger(__name__)

_DISCOVERED_AT_ONCE = 500
_TRIES = 5
_COLLECTED_AT = 5000


class Ledger:
    """An extension that owns the store of a run.

    When the database refuses, the first refusal is told once, the crawl ends, and whatever was not committed stays
    unfinished for the next run.
    """

    def __init__(self, crawler: Crawler) -> None:
        """Raises StorageError when the database cannot be opened, NotConfigured for a spider that is none of ours."""
        if crawler.spider is None or not hasattr(crawler.spider, "arguments"):
            raise NotConfigured
        self._crawler, self._spider = crawler, crawler.spider
        self._writer: Writer[tuple[PageResult, ...], Saved] = Writer(self._record)
        self._store: Store = self._writer.call_now(Store.open, crawler.settings["NEWSCRAWL_DATABASE_URL"])
        self._run_id = self._writer.call_now(self._store.start_run, self._spider.name, self._spider.arguments.given)
        self._replayed: bool = getattr(self._spider, "replayed", False)
        self._error: StorageError | None = None
        self._late: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes NEWSCRAWL_DATABASE_URL; on for spiders that have `arguments`."""
        ledger = cls(crawler)
        crawler.signals.connect(ledger.spider_opened, signals.spider_opened)
        crawler.signals.connect(ledger.item_error, signals.item_error)
        crawler.signals.connect(ledger.request_dropped, signals.request_dropped)
        crawler.signals.connect(ledger.spider_closed, signals.spider_closed)
        return ledger

    def spider_opened(self) -> None:
        """Let the collector of garbage pass by what is loaded by now, and come seldom: it took 0.6 ms a page."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECTED_AT)

    async def discover(self, links: Sequence[Link]) -> bool:
        """Enter links that are about to be asked for. Whether that was done."""
        enter = partial(self._store.discover, links, run_id=self._run_id, spider=self._spider.name)
        try:
            if self._replayed:
                self._writer.call_now(enter)  # one order of requests, whatever the time that the disk takes
            else:
                await self._writer.call(enter)
        except StorageError as error:
            self._fail(error)
        return self._error is None

    async def unfinished(self) -> list[str]:
        """The pages that earlier runs did not come to, were kept from by a block, or failed at, oldest first.

        One that has failed `_TRIES` times is left alone, and a block of a replay is history.
        """
        states: tuple[State, ...] = ("discovered",) if self._replayed else ("discovered", "blocked")
        try:
            left = await self._writer.call(self._store.unfinished, self._spider.name, states=states)
            failed = await self._writer.call(self._store.pages, state="failed", limit=None)
        except StorageError as error:
            self._fail(error)
            return []
        again = [page.url for page in failed if page.spider == self._spider.name and page.attempts < _TRIES]
        return left + again[::-1]

    async def record(self, *results: PageResult) -> Saved | None:
        """Write the results of a page, one for each of its addresses, and count its outcome when they are committed.

        None if the database refused.
        """
        try:
            saved = await self._writer.write(results)
        except StorageError as error:
            self._fail(error)
            return None
        self._count(f"outcome/{saved.outcome}")
        if results[0].reason:
            self._count(f"{saved.outcome}/{results[0].reason}")
        return saved

    def result(self, miss: Miss) -> PageResult:
        """A miss as the store takes it."""
        return PageResult(
            url=miss.url,
            state=miss.state,
            reason=miss.reason,
            status=miss.status,
            spider=self._spider.name,
            source=self._crawler.spider.arguments.source,  # type: ignore[union-attr]
        )

    async def item_error(self, item: Any, failure: Failure) -> None:
        """A pipeline raised what is no error of ours: the page failed, and the run was not all right."""
        self._count("errors")
        if isinstance(item, Page):
            name = type(failure.value).__name__
            await self.record(self.result(Miss(url=item.asked_url or item.url, state="failed", reason=name)))

    def request_dropped(self, request: Request) -> None:
        """A redirect to a page that was asked for already ends without a response: its first address is done."""
        if addresses := request.meta.get("redirect_urls"):
            miss = Miss(url=addresses[0], state="refused", reason="redirects_to_known")
            self._late.add(task := asyncio.ensure_future(self.record(self.result(miss))))
            task.add_done_callback(self._late.discard)

    async def spider_closed(self, reason: str) -> None:
        """Enter the end of the run."""
        await asyncio.gather(*self._late)
        stats = self._crawler.stats.get_stats()
        ended = outcome.conclude(stats, reason)
        try:
            await self._writer.call(
                self._store.end_run,
                self._run_id,
                finish_reason=reason,
                exit_code=int(ended.code),
                counts=outcome.counts(stats),
            )
        except StorageError as error:
            self._fail(error)
        await self._writer.call(self._store.close)
        self._writer.close()

    def _record(self, pages: Sequence[tuple[PageResult, ...]]) -> Sequence[Saved]:
        if self._error:
            raise self._error
        saved = iter(self._store.record([result for page in pages for result in page], run_id=self._run_id))
        by_page = [list(islice(saved, len(page))) for page in pages]
        return [first for first, *_ in by_page]

    def _fail(self, error: StorageError) -> None:
        self._count("storage/failed")
        if self._error is None:
            self._error = error
            logger.error("%s", error)
            self._crawler.stats.set_value("newscrawl/trouble", str(error))
            if self._crawler.engine.spider is not None:
                self._closing = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason="storage_failed"))

    def _count(self, name: str) -> None:
        self._crawler.stats.inc_value(f"newscrawl/{name}")


class DiscoveredMiddleware:
    """A spider middleware: links are entered before their pages are asked for, and a run begins with what was left."""

    def __init__(self, crawler: Crawler) -> None:
        ledger = crawler.get_extension(Ledger)
        if ledger is None:
            raise NotConfigured
        self._crawler, self._ledger = crawler, ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Off without the ledger."""
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """What earlier runs left, then the run's own."""
        for request in self._crawler.spider.resume(await self._ledger.unfinished()):  # type: ignore[union-attr]
            yield request
        async for item in self._entered(start):
            yield item

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The callback's output, its links entered."""
        async for item in self._entered(result):
            yield item

    async def _entered(self, output: AsyncIterator[Any]) -> AsyncIterator[Any]:
        linked: list[Request] = []
        async for item in output:
            if isinstance(item, Request) and "link" in item.meta and not item.meta.get("redirect_urls"):
                linked.append(item)
            else:
                yield item
            if len(linked) >= _DISCOVERED_AT_ONCE:
                for request in await self._enter(linked):
                    yield request
                linked = []
        for request in await self._enter(linked):
            yield request

    async def _enter(self, requests: list[Request]) -> list[Request]:
        entered = not requests or await self._ledger.discover([request.meta["link"] for request in requests])
        return requests if entered else []
