"""Glue: Page -> Article -> database."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Self, TypeVar, cast

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from newscrawl.article import Article, Page
from newscrawl.crawl.extraction_pool import ExtractionPool, automatic_processes
from newscrawl.crawl.network.failures import RunEnded
from newscrawl.crawl.network.shutdown import Stopping
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.run_recorder import find_recorder
from newscrawl.crawl.signals import page_blocked
from newscrawl.crawl.spider import find_spider
from newscrawl.errors import BlockedError, ExtractError
from newscrawl.extract.generic import Generic
from newscrawl.items import MissedPage
from newscrawl.states import OUTSIDE_DATES
from newscrawl.storage import PageResult

_T = TypeVar("_T")
_TO_SEE = ("unknown_layout",)
"""Reasons of a refusal that somebody can do something about."""
_LACKING = {"no_headline": "headline", "no_body": "body", "unknown_layout": "layout"}
"""What a page lacks that fails or is refused with this reason."""
_WATCHED = ("published_at", "byline", "section")
"""Fields that a page may lack, but not all pages from one day to the next."""


@dataclass(frozen=True, slots=True)
class Read:
    """A page that was read: its results for the ledger, one for each address that led to it."""

    results: tuple[PageResult, ...]


class ExtractPipeline:
    """Pages in, results out: an article, or why there is none."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._spider = crawler, find_spider(crawler)
        self._ledger = find_recorder(crawler).page_ledger
        self._last = asyncio.Event()
        self._last.set()
        settings = crawler.settings
        processes = settings["NEWSCRAWL_EXTRACT_PROCESSES"]
        automatic = processes in (None, "auto")
        self._pool = ExtractionPool(
            processes=automatic_processes() if automatic else int(processes),
            at_once=not automatic,
            timeout=settings.getfloat("NEWSCRAWL_EXTRACT_TIMEOUT"),
            max_bytes=settings.getint("NEWSCRAWL_MAX_PAGE_BYTES"),
            function=settings["NEWSCRAWL_EXTRACT"],
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes NEWSCRAWL_EXTRACT, _EXTRACT_PROCESSES, _EXTRACT_TIMEOUT, _MAX_PAGE_BYTES; off without the ledger."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """A Page or a MissedPage as Read; any other item as it is."""
        return Read(await self._in_turn(self._results(item))) if isinstance(item, Page | MissedPage) else item

    async def close_spider(self) -> None:
        """End the pool."""
        await self._pool.close()

    async def _in_turn(self, reading: Coroutine[Any, Any, _T]) -> _T:
        """In a replay what came first goes on first: the same archive gives the same database, numbers and all."""
        if self._spider.mode is not RunMode.REPLAY:
            return await reading
        before, done = self._last, asyncio.Event()
        self._last = done
        try:
            read = await reading
            await before.wait()
            return read
        finally:
            done.set()

    async def _results(self, item: Page | MissedPage) -> tuple[PageResult, ...]:
        read = await self._read(item) if isinstance(item, Page) else item
        if isinstance(read, Article):
            return self._ledger.results_of_article(cast("Page", item), read)
        result = self._ledger.result_of_miss(read)
        return (result,) if result else ()

    async def _read(self, page: Page) -> Article | MissedPage:
        url = page.requested_url or page.url
        try:
            article = await self._extracted(page)
        except RunEnded:
            self._spider.count("left")
            return MissedPage(url=url, state="discovered")
        except (BlockedError, ExtractError) as error:
            if isinstance(error, BlockedError):
                self._crawler.signals.send_catch_log(page_blocked, url=page.url, reason=error.reason)
            self._count_missing(error.reason)
            return MissedPage(url=url, state=error.state, reason=error.reason, status=page.status, capture=page.capture)
        self._count_fields(article)
        if not self._spider.arguments.dates.contains(article.published_at):
            return MissedPage(url=url, state="refused", reason=OUTSIDE_DATES, status=page.status, capture=page.capture)
        return article

    async def _extracted(self, page: Page) -> Article:
        """The article of a page. Raises ExtractError, BlockedError, and RunEnded when it was not waited for."""
        stopping = self._crawler.get_downloader_middleware(Stopping)
        extraction = self._pool.extract(page)
        return await (stopping.unless_it_ends(extraction, page.url) if stopping else extraction)

    def _count_missing(self, reason: str) -> None:
        """A page that should have been an article and is none: what it lacks, for the detection of a redesign."""
        if reason in _LACKING:
            self._spider.count("fields/pages")
            self._spider.count(f"fields/without_{_LACKING[reason]}")

    def _count_fields(self, article: Article) -> None:
        self._spider.count("fields/pages")
        if article.layout == Generic.name:
            self._spider.count("fields/without_layout")
        for name in _WATCHED:
            if not getattr(article, name):
                self._spider.count(f"fields/without_{name}")


class StorePipeline:
    """Results in, articles out, each after its commit: what later pipelines and feed exports see is stored."""

    def __init__(self, crawler: Crawler) -> None:
        self._ledger = find_recorder(crawler).page_ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Off without the ledger."""
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """The article of a Read, once it is stored; any other item as it is. Raises DropItem when there is none."""
        if not isinstance(item, Read):
            return item
        if not item.results:
            raise DropItem("left for the next run", log_level="DEBUG")
        first = item.results[0]
        saved = await self._ledger.record(*item.results)
        if saved is None:
            raise DropItem(f"not stored: {first.url}", log_level="DEBUG")
        if first.state != "stored":
            alarming = first.state == "failed" or first.reason in _TO_SEE
            raise DropItem(f"{first.url}: {first.state} ({first.reason})", log_level="WARNING" if alarming else "INFO")
        return first.article
