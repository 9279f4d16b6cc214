"""Item pipelines: page -> article -> database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from newscrawl.article import Article, Page
from newscrawl.batch.extraction import identify_publisher
from newscrawl.crawl.browser import BrowserRenderer
from newscrawl.crawl.extraction_pool import ExtractionPool, default_processes
from newscrawl.crawl.network.failures import RunEnded
from newscrawl.crawl.network.shutdown import Shutdown
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.run_recorder import find_recorder
from newscrawl.crawl.signals import page_blocked
from newscrawl.crawl.spider import find_spider
from newscrawl.errors import BlockedError, ExtractError
from newscrawl.extract.generic import Generic
from newscrawl.items import MissedPage
from newscrawl.publishers import find_publisher
from newscrawl.states import OUTSIDE_DATES, RefusalKind
from newscrawl.storage import PageResult
from newscrawl.urls import split_host

_T = TypeVar("_T")
_ACTIONABLE = ("unknown_layout",)
"""Refusal reasons that a person can do something about."""
_MISSING_FIELDS = {"missing_headline": "headline", "missing_body": "body", "unknown_layout": "layout"}
"""The field that a page lacks, by the reason of its error."""
_WATCHED_FIELDS = ("published_at", "byline", "section")
"""Fields that one page may lack; if many pages lack one from one day to the next, the layout has changed."""


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """The results of a page for the ledger: one for each URL that led to it; none for a page left for the next run."""

    results: tuple[PageResult, ...]


class ExtractPipeline:
    """Extracts pages: an article, or the reason why there is none."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._spider = crawler, find_spider(crawler)
        self._page_ledger = find_recorder(crawler).page_ledger
        self._renderer = crawler.get_extension(BrowserRenderer)
        self._previous = asyncio.Event()
        self._previous.set()
        settings = crawler.settings
        processes = settings["NEWSCRAWL_EXTRACT_PROCESSES"]
        is_automatic = processes in (None, "auto")
        self._pool = ExtractionPool(
            processes=default_processes() if is_automatic else int(processes),
            at_once=not is_automatic,
            timeout=settings.getfloat("NEWSCRAWL_EXTRACT_TIMEOUT"),
            max_bytes=settings.getint("NEWSCRAWL_MAX_PAGE_BYTES"),
            function=settings["NEWSCRAWL_EXTRACT"],
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Turn a Page or MissedPage into an ExtractedPage; pass any other item on."""
        if not isinstance(item, Page | MissedPage):
            return item
        return ExtractedPage(await self._in_order(self._make_results(item)))

    async def close_spider(self) -> None:
        await self._pool.close()

    async def _in_order(self, extraction: Coroutine[Any, Any, _T]) -> _T:
        if self._spider.mode is not RunMode.REPLAY:
            return await extraction
        # in a replay, pages pass in the order in which they came: the same archive gives the same database
        previous, done = self._previous, asyncio.Event()
        self._previous = done
        try:
            result = await extraction
            await previous.wait()
            return result
        finally:
            done.set()

    async def _make_results(self, item: Page | MissedPage) -> tuple[PageResult, ...]:
        if isinstance(item, Page):
            page: Page = item
            extracted: Article | MissedPage | None = self._find_redirect_to_front(page)
            if extracted is None:
                page, extracted = await self._extract(page)
            if isinstance(extracted, Article):
                return self._page_ledger.results_of_article(page, extracted)
            item = extracted
        result = self._page_ledger.result_of_miss(item)
        return (result,) if result else ()

    def _find_redirect_to_front(self, page: Page) -> MissedPage | None:
        """Return the miss of a page whose address redirects to a front page: it is gone, or not there yet."""
        is_front = self._spider.is_front_page
        if page.requested_url and is_front(page.url) and not is_front(page.requested_url):
            return _miss(page, reason="redirects_to_front")
        return None

    async def _extract(self, page: Page) -> tuple[Page, Article | MissedPage]:
        """Return the page as it was read, fetched or rendered, with its article or why there is none."""
        shutdown = self._crawler.get_downloader_middleware(Shutdown)
        described = self._spider.find_described(page.url)

        def extract(each: Page) -> Awaitable[Article]:
            return self._pool.extract(each, described)

        extraction = self._renderer.extract(page, extract) if self._renderer else _extract_plain(page, extract)
        try:
            page, article = await (shutdown.unless_it_ends(extraction, page.url) if shutdown else extraction)
        except RunEnded:
            self._spider.count("left", url=page.url)
            return page, MissedPage(url=page.requested_url or page.url, state="discovered")
        except (BlockedError, ExtractError) as error:
            return page, self._miss_of_error(page, error)
        if page.complete and self._is_own(page):
            self._count_fields(page, article)
        if not self._spider.arguments.dates.contains(article.published_at):
            return page, _miss(page, reason=OUTSIDE_DATES, published_at=article.published_at)
        return page, article

    def _miss_of_error(self, page: Page, error: BlockedError | ExtractError) -> MissedPage:
        if isinstance(error, BlockedError):
            self._crawler.signals.send_catch_log(page_blocked, url=page.url, reason=error.reason)
        if page.incomplete_reason:  # a part says nothing about the page
            return _miss(page, state="failed", reason=page.incomplete_reason)
        if error.reason in _MISSING_FIELDS and self._is_own(page):
            self._spider.count("fields/pages", url=page.url)
            self._spider.count(f"fields/without_{_MISSING_FIELDS[error.reason]}", url=page.url)
        refusal = RefusalKind.TEMPORARY if error.is_temporary else None
        return _miss(page, state=error.state, reason=error.reason, refusal=refusal)

    def _is_own(self, page: Page) -> bool:
        """Whether a page says something about the layouts of the run's sites."""
        if not split_host(page.url)[0] and not self._spider.takes_sites:
            return identify_publisher(page) is find_publisher(self._spider.publisher.home)
        return self._spider.sites.find(page.url, past=True) is not None

    def _count_fields(self, page: Page, article: Article) -> None:
        site = self._spider.find_publisher(page.url)
        missing = [name for name in _WATCHED_FIELDS if not getattr(article, name)]
        if article.layout == Generic.name and not site.explored:
            missing.append("layout")
        for name in ("pages", *(f"without_{name}" for name in missing)):
            self._spider.count(f"fields/{name}", url=page.url)


async def _extract_plain(page: Page, extract: Callable[[Page], Awaitable[Article]]) -> tuple[Page, Article]:
    return page, await extract(page)


def _miss(page: Page, **outcome: Any) -> MissedPage:
    values: dict[str, Any] = {"url": page.requested_url or page.url, "state": "refused"}
    values |= {"status": page.status, "capture": page.capture}
    return MissedPage(**values | outcome)


class StorePipeline:
    """Stores results and passes each article on after its commit: later pipelines and feed exports see stored ones."""

    def __init__(self, crawler: Crawler) -> None:
        self._page_ledger = find_recorder(crawler).page_ledger
        self._has_layouts = not find_spider(crawler).takes_sites

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Turn an ExtractedPage into its stored article; pass any other item on. Raises DropItem without an article."""
        if not isinstance(item, ExtractedPage):
            return item
        if not item.results:
            raise DropItem("left for the next run", log_level="DEBUG")
        first = item.results[0]
        saved = await self._page_ledger.record(*item.results)
        if saved is None:
            raise DropItem(f"not stored: {first.url}", log_level="DEBUG")
        if first.state != "stored":
            is_actionable = first.reason in _ACTIONABLE and self._has_layouts
            level = "WARNING" if first.state == "failed" or is_actionable else "INFO"
            raise DropItem(f"{first.url}: {first.state} ({first.reason})", log_level=level)
        return first.article
