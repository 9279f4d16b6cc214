"""Item pipelines: page -> article -> database. For the spiders of newscrawl, and with newscrawl.Addon for any other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem, NotConfigured

from newscrawl.article import Article, Page
from newscrawl.batch.extraction import identify_publisher
from newscrawl.crawl.browser import BrowserRenderer
from newscrawl.crawl.embedded import find_run, is_enabled
from newscrawl.crawl.extraction_pool import ExtractionPool, default_processes
from newscrawl.crawl.item_pages import ARTICLE_FIELD, page_of_article, read_page, takes_article
from newscrawl.crawl.network.failures import RunEnded
from newscrawl.crawl.network.shutdown import Shutdown
from newscrawl.crawl.page_ledger import PageLedger
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.run_recorder import RunRecorder
from newscrawl.crawl.signals import page_blocked
from newscrawl.crawl.warc_recorder import WarcRecorder
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
_FEW_SITES = 4
"""With more, pages soon queue up: to extract the first ones in this process would only load the models here as well."""
_MISSING_FIELDS = {"missing_headline": "headline", "missing_body": "body", "unknown_layout": "layout"}
"""The field that a page lacks, by the reason of its error."""
_WATCHED_FIELDS = ("published_at", "byline", "section")
"""Fields that one page may lack; if many pages lack one from one day to the next, the layout has changed."""


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """The results of a page for the ledger: one for each URL that led to it; none for a page left for the next run."""

    results: tuple[PageResult, ...]
    item: Any = None
    """The item that the page came in, if it takes the article in one of its fields."""


class ExtractPipeline:
    """Extracts pages: an article, or the reason why there is none."""

    def __init__(self, crawler: Crawler) -> None:
        """Raises NotConfigured where nothing is extracted."""
        self._crawler, self._spider = crawler, find_run(crawler)
        if not is_enabled(crawler, "NEWSCRAWL_EXTRACTION"):
            raise NotConfigured
        self._page_ledger = _find_ledger(crawler)
        self._captures = crawler.get_extension(WarcRecorder)
        self._renderer = crawler.get_extension(BrowserRenderer)
        self._previous = asyncio.Event()
        self._previous.set()
        settings = crawler.settings
        processes = settings["NEWSCRAWL_EXTRACT_PROCESSES"]
        is_automatic = processes in (None, "auto")
        self._pool = ExtractionPool(
            processes=default_processes() if is_automatic else int(processes),
            at_once=not is_automatic or len(self._spider.sites) > _FEW_SITES,
            timeout=settings.getfloat("NEWSCRAWL_EXTRACT_TIMEOUT"),
            max_bytes=settings.getint("NEWSCRAWL_MAX_PAGE_BYTES"),
            function=settings["NEWSCRAWL_EXTRACT"],
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Turn what holds a page (see newscrawl.crawl.item_pages) into an ExtractedPage; pass any other item on."""
        page = item if isinstance(item, MissedPage) else read_page(item)
        if page is None:
            return item
        if isinstance(page, Page) and page.capture is None and self._captures:
            page = replace(page, capture=self._captures.find_recent(page.url))
        results = await self._in_order(self._make_results(page))
        return ExtractedPage(results, item if takes_article(item) else None)

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
                return self._results_of_article(page, extracted)
            item = extracted
        if self._page_ledger is None:
            return (PageResult(item.url, item.state, reason=item.reason, spider=self._spider.name),)
        result = self._page_ledger.result_of_miss(item)
        return (result,) if result else ()

    def _results_of_article(self, page: Page, article: Article) -> tuple[PageResult, ...]:
        if self._page_ledger is None:
            return (PageResult(page.url, "stored", article=article, spider=self._spider.name),)
        return self._page_ledger.results_of_article(page, article)

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
        self._spider = find_run(crawler)
        self._page_ledger = _find_ledger(crawler)
        self._has_layouts = not self._spider.takes_sites
        self._stores = is_enabled(crawler, "NEWSCRAWL_STORAGE")
        self._records = is_enabled(crawler, "NEWSCRAWL_LEDGER")
        self._captures = crawler.get_extension(WarcRecorder)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Turn an ExtractedPage into its stored article, or into its item with the article in it; store an Article.

        Any other item passes. Raises DropItem for a page without an article, unless its item takes one: that passes.
        """
        if isinstance(item, Article):
            item = ExtractedPage(self._results_of_own(item))
        if not isinstance(item, ExtractedPage):
            return item
        if not item.results:
            raise DropItem("left for the next run", log_level="DEBUG")
        first = item.results[0]
        if not await self._save(item.results):
            raise DropItem(f"not stored: {first.url}", log_level="DEBUG")
        if item.item is not None:
            if first.article and first.state == "stored":
                ItemAdapter(item.item)[ARTICLE_FIELD] = first.article.to_json()
            return item.item
        if first.state != "stored":
            is_actionable = first.reason in _ACTIONABLE and self._has_layouts
            level = "WARNING" if first.state == "failed" or is_actionable else "INFO"
            raise DropItem(f"{first.url}: {first.state} ({first.reason})", log_level=level)
        return first.article

    async def _save(self, results: tuple[PageResult, ...]) -> bool:
        """Record what is to be recorded, and count the outcome; whether that was possible."""
        is_article = results[0].state == "stored"
        if self._page_ledger and (self._stores if is_article else self._records):
            return await self._page_ledger.record(*results) is not None
        if is_article:
            self._spider.count("extracted")
        else:
            self._spider.count(f"outcome/{results[0].state}")
            self._spider.count(f"{results[0].state}/{results[0].reason}")
        if self._page_ledger and is_article:  # the archive does not have it, so that its page still waits
            waiting = [replace(each, state="discovered", article=None, due_at=None) for each in results]
            return await self._page_ledger.record(*waiting) is not None
        return True

    def _results_of_own(self, article: Article) -> tuple[PageResult, ...]:
        """Return the results of an article that the spider extracted itself."""
        if self._page_ledger is None:
            return (PageResult(article.url, "stored", article=article, spider=self._spider.name),)
        capture = self._captures.find_recent(article.url) if self._captures else None
        return self._page_ledger.results_of_article(page_of_article(article, capture), article)


def _find_ledger(crawler: Crawler) -> PageLedger | None:
    """Return the ledger of the run, None where all that needs a database is off. Raises NotConfigured.

    With a database, there is a ledger: the add-on and the project's settings install its extension.
    """
    if recorder := crawler.get_extension(RunRecorder):
        return recorder.page_ledger
    needing = [name for name in ("NEWSCRAWL_STORAGE", "NEWSCRAWL_LEDGER") if is_enabled(crawler, name)]
    if not needing:
        return None
    raise NotConfigured(
        f"{RunRecorder.__module__}.RunRecorder is not in EXTENSIONS, which {' and '.join(needing)} need: "
        "add newscrawl.Addon to ADDONS"
    )
