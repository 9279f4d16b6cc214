"""Which requests of the spider are sent: due lists, and pages that are new, unfinished or may have changed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any, Literal, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.settings import Settings

from newscrawl.article import CaptureRef, Link
from newscrawl.batch.extraction import extractor_version
from newscrawl.crawl.list_planner import REQUESTED, ListPlanner, add_conditions
from newscrawl.crawl.merge import merge
from newscrawl.crawl.network.hosts import HostGuard
from newscrawl.crawl.network.responses import is_unexpected_304
from newscrawl.crawl.network.shutdown import is_ending
from newscrawl.crawl.policy import archives, pages
from newscrawl.crawl.policy.requests import PlannedRequest
from newscrawl.crawl.policy.shares import PageShares
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.run_recorder import find_recorder
from newscrawl.crawl.signals import list_missed, page_fetched
from newscrawl.crawl.source import SiteStart
from newscrawl.crawl.spider import find_spider
from newscrawl.export.display import strip_controls
from newscrawl.items import ListFailure, ListRead, ListRequest, MissedPage
from newscrawl.publisher import Publisher
from newscrawl.states import PageState, RefusalKind

_BATCH = 500
_SITES_AT_ONCE = 32
"""Sites whose robots.txt and ledger are read at the same time when a run starts."""
_AT_WORK, _MAX_HELD, _MAX_DUE = 20, 2000, 2000
"""Pages of one site of many: in the scheduler or on their way; that wait in memory; that a run begins with."""
_CAPTURE_SOURCES = ("cdx", "warc")
"""Sources of links that name one capture of a page."""


class Planner:
    """A spider middleware that drops the spider's requests that are not due, as newscrawl.crawl.policy decides.

    Every link is in the ledger before its page is requested, and a run begins with the unfinished pages of earlier
    ones. A dry run requests no page, and its `plan` says what it would request.
    """

    def __init__(self, crawler: Crawler) -> None:
        recorder = find_recorder(crawler)
        self._run_database, self._page_ledger = recorder.run_database, recorder.page_ledger
        self._stats, self._spider = crawler.stats, find_spider(crawler)
        self._arguments, self._is_archive = self._spider.arguments, self._spider.mode.is_archive
        self._index_lists = ListPlanner(self._spider, recorder.page_ledger)
        self._lists = {site.name: ListPlanner(self._spider, recorder.page_ledger, site) for site in self._spider.sites}
        self._shares = self._make_shares() if self._spider.takes_sites and not self._is_archive else None
        self.plan: list[str] = []
        """In a dry run, a line for each page: why it would be fetched, or would not, and its URL."""
        self.captures: Counter[int] = Counter()
        self.captures_known: Counter[int] = Counter()
        """In a dry run over an archive, by year: captures that would be fetched, and those in the database."""
        self._describe_run(crawler.settings)
        self._crawler = crawler
        crawler.signals.connect(self.list_missed, list_missed)
        crawler.signals.connect(self.follow_likely, signals.spider_idle)
        crawler.signals.connect(self.list_dropped, signals.request_dropped)
        if self._shares:
            crawler.signals.connect(self.page_fetched, page_fetched)
            crawler.signals.connect(self.request_dropped, signals.request_dropped)
            crawler.signals.connect(self.share_rest, signals.spider_idle)
            crawler.signals.connect(self.count_held, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _describe_run(self, settings: Settings) -> None:
        """Set the stats from which the end of the run is judged, and what is said about it."""
        mode = self._spider.mode
        flags = {
            "dry_run": self._arguments.dry_run,
            "any_site": self._spider.takes_sites,
            "web_archive": mode is RunMode.WEB_ARCHIVE,
            "archive_files": mode is RunMode.ARCHIVE_FILES,
            "has_contact": bool(settings["NEWSCRAWL_CONTACT"]),
        }
        for name in (name for name, is_set in flags.items() if is_set):
            self._stats.set_value(f"newscrawl/{name}", 1)
        for site in self._spider.sites:
            self._spider.name_counted("site", site.name)
            if site.name.isidentifier() and find_spec(f"newscrawl.publishers.{site.name}"):
                self._spider.name_counted("file", f"newscrawl/publishers/{site.name}")
        if self._arguments.warc:
            self._spider.name_counted("files", self._arguments.warc)

    async def process_start(self, start: AsyncGenerator[Any, None]) -> AsyncIterator[Any]:
        """Yield the run's first requests; of each site, its unfinished and due pages before its lists."""
        await self._index_lists.load()
        sites = []
        async for item in self._plan(start):
            if isinstance(item, SiteStart):
                sites.append(self._start_site(item.site))
            else:
                yield item
        # one after the other would be too slow, because robots.txt of each comes first
        many = merge(map(self._send_at_once, sites), at_once=min(len(sites), _SITES_AT_ONCE))
        starts = many if len(sites) > 1 else _chain(sites)
        async for item in starts:
            yield item

    async def _start_site(self, site: Publisher) -> AsyncIterator[Any]:
        lists, limit = self._lists[site.name], _MAX_DUE if site.explored else None
        await lists.load()
        if explorer := self._spider.explorers.get(site.name):
            explorer.know(await self._page_ledger.read_url_patterns(site.name))
        for state in await self._page_ledger.find_due(site.name, limit=limit):
            link = state.link or Link(url=state.url, source="unfinished")
            if self._arguments.selective and not self._plan_page(link, state):
                continue  # the spider requests a page once in a run, and a list may report this one
            item = self._spider.request_page(link)
            if item and (decided := self._decide(item, link, state)):
                yield decided
        further = lists.plan_unreported_sitemaps()
        if not further and lists.is_idle():  # then not even robots.txt is fetched
            return
        async for item in self._start_lists(site):
            yield item
        for request in further:
            yield request

    async def _send_at_once(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Schedule the requests of a site's start, and yield the rest.

        Of what a start yields, Scrapy takes one in each round of its loop: the last of many sites would wait long.
        """
        async for item in start:
            if not isinstance(item, Request):
                yield item
            elif not is_ending(self._crawler):
                self._crawler.engine.crawl(item)

    async def _start_lists(self, site: Publisher) -> AsyncIterator[Any]:
        """Yield requests for the lists that a site is begun with."""
        explorer = self._spider.explorers.get(site.name)
        if explorer is None:
            async for item in self._plan(self._spider.start_site(site)):
                yield item
            return
        first = await self._spider.source.find_site_lists(site)
        explorer.named = [wanted.url for wanted in first if (wanted.source, wanted.url) not in site.lists]
        for request in self._lists[site.name].find_lists():
            yield request

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Yield the callback's output as far as it is due. A list's state is stored after its links."""
        async for item in self._plan(result, response):
            yield item
        wanted: ListRequest | None = response.meta.get("list")
        if wanted and response.status == 304 and not is_unexpected_304(response):
            lists = self._lists_of(wanted)
            await lists.store_not_modified(wanted, response.status)
            for request in lists.plan_sitemaps_of(wanted.url):
                yield request
        if wanted:
            for request in self._lists_of(wanted).find_lists():
                yield request

    def list_missed(self, list: ListRequest, outcome: ListFailure, reason: str, status: int | None) -> None:  # noqa: A002
        """Store the failure of a list, and request those that come after it."""
        lists = self._lists_of(list)
        if state := lists.after_failure(list, outcome, reason, status):
            self._run_database.run_later(lists.save(state))
        for request in lists.find_lists():  # now: when nothing else is requested, the run ends
            self._crawler.engine.crawl(request)

    def list_dropped(self, request: Request) -> None:
        """Note that a list, or what it redirects to, was requested before, maybe by an earlier run of a JOBDIR."""
        wanted: ListRequest | None = request.meta.get("list")
        explorer = self._spider.explorers.get(wanted.site) if wanted else None
        if wanted is None or explorer is None:
            return
        if "redirect_urls" in request.meta:
            self.list_missed(wanted, "gone", "redirects_to_known", None)
            return
        explorer.finish(wanted.url)
        for following in self._lists_of(wanted).find_lists():
            self._crawler.engine.crawl(following)

    def page_fetched(self, link: Link) -> None:
        """Request the next pages of its site that are held back."""
        if self._shares:
            self._request_held(self._shares.finish(self._spider.find_site_key(link.url)))

    def request_dropped(self, request: Request) -> None:
        if "link" in request.meta:
            self.page_fetched(request.meta["link"])

    def share_rest(self) -> None:
        """When all requests are done, give what is left of the limit to the sites that have more pages."""
        if self._shares:
            self._request_held(self._shares.share_rest())

    def count_held(self) -> None:
        """Count the pages that wait for the next run."""
        if self._shares:
            name = "links/over_limit" if self._arguments.limit else "left"
            for site, pages in (Counter(self._shares.count_held()) + self._shares.dropped).items():
                self._spider.count(name, pages, site=site)

    def _request_held(self, pages: Iterable[HeldPage]) -> None:
        guard = self._crawler.get_downloader_middleware(HostGuard)
        for page in pages:
            if guard and guard.is_stopped(page.link.url) and self._shares:
                site = self._spider.find_site_key(page.link.url)
                self._spider.count("left", 1 + self._shares.drop(site), site=site)
                continue
            item = self._spider.make_page_request(page.link)
            if isinstance(item, Request) and (request := self._send(item, page)):
                self._crawler.engine.crawl(request)

    def follow_likely(self) -> None:
        """When all requests are done, follow links that have become likely to be articles. Raises DontCloseSpider."""
        links = [link for explorer in self._spider.explorers.values() for link in explorer.take_likely()]
        if links:
            self._run_database.run_later(self._follow(links))
            raise DontCloseSpider

    async def _follow(self, links: Iterable[Link]) -> None:
        async for request in self._plan(_iterate(filter(None, map(self._spider.request_page, links)))):
            self._crawler.engine.crawl(request)

    def _lists_of(self, wanted: ListRequest) -> ListPlanner:
        return self._lists.get(wanted.site, self._index_lists)

    def _make_shares(self) -> PageShares[HeldPage]:
        own = {site.name: site.limit for site in self._arguments.named_sites}
        limits = {site.name: own.get(site.name) for site in self._spider.sites}
        at_work = sys.maxsize if self._arguments.dry_run else _AT_WORK
        return PageShares(limits, limit=self._arguments.limit, at_work=at_work, max_held=_MAX_HELD)

    async def _plan(self, output: AsyncIterator[Any], response: Response | None = None) -> AsyncIterator[Any]:
        batch = _Batch()
        async for item in output:
            if not batch.add(item):
                yield item
            elif len(batch.pages) >= _BATCH:
                for page in await self._plan_pages(batch):
                    yield page
        for page in await self._plan_pages(batch):
            yield page
        requests = self._plan_lists(batch.list_requests, response)
        for request in requests:
            yield request
        if batch.list_read and response:
            await self._note_again(batch.list_read.links)
            lists = self._lists_of(response.meta["list"])
            await lists.store_read(response, batch.list_read, batch.new_pages + len(requests))

    async def _note_again(self, links: Sequence[Link]) -> None:
        """Enter that a list names pages that another list of this run named before: which lists name the same?"""
        if again := [link for link in links if self._spider.take_repeated(link)]:
            await self._page_ledger.discover(again)

    def _plan_lists(self, requests: Sequence[Request], response: Response | None) -> list[Request]:
        if not requests:
            return []
        of_site = self._lists_of(requests[0].meta["list"])  # those of one response, or of one start, are of one site
        return of_site.plan(requests, response)

    async def _plan_pages(self, batch: _Batch) -> list[Request | MissedPage]:
        """Enter the pages of the batch into the ledger, and return those to pass on."""
        new, batch.pages = batch.pages, []
        if not new:
            return []
        links = [link for _, link in new]
        states = await self._page_ledger.discover(links)
        batch.new_pages += states.count(None)
        decided = []
        for (item, link), state, stored in zip(new, states, await self._find_stored(links, states), strict=False):
            if stored:
                self._spider.count("captures/known" if stored == "read" else "captures/waiting")
                self.captures_known[_year(link)] += 1
            elif passed := self._decide(item, link, state):
                decided.append(passed)
        return decided

    async def _find_stored(
        self, links: Sequence[Link], states: Sequence[PageState | None]
    ) -> list[Literal["read", "waiting"] | None]:
        """In a run over an archive, why each capture is not fetched: it was read, or failed and is not due yet.

        A link without a capture counts as read if its page has any result.
        """
        if self._arguments.full or not self._is_archive:
            return [None] * len(links)
        now = datetime.now(UTC)
        refs = [link.capture or CaptureRef(url=link.url, captured_at=now) for link in links]
        stored: list[Literal["read", "waiting"] | None] = []
        for link, state, known in zip(links, states, await self._page_ledger.find_known_captures(refs), strict=False):
            planned = archives.plan_capture(known, now)
            has_result = state is not None and (state.article_id is not None or self._is_refused(state))
            if planned == "fetch" and has_result and link.source not in _CAPTURE_SOURCES:
                planned = "read"
            stored.append(None if planned == "fetch" else planned)
        return stored

    def _decide(self, item: Request | MissedPage, link: Link, state: PageState | None) -> Request | MissedPage | None:
        """Return the item to pass on; None where the page is not due, over the limit, or only planned."""
        planned = self._plan_page(link, state) if self._arguments.selective else REQUESTED
        is_known_miss = isinstance(item, MissedPage) and state is not None and state.state == "refused"
        if planned is None or (self._arguments.selective and is_known_miss):
            self._spider.count("pages/known", url=link.url)
            return None
        if isinstance(item, MissedPage):
            if not self._arguments.dry_run:
                return item
            self._add_to_plan(link, f"not fetched: {(item.reason or '').replace('_', ' ')}", is_fetched=False)
            return None
        page = HeldPage(link, state, planned)
        if self._shares:
            is_taken = self._shares.take(self._spider.find_site_key(link.url), page)
            return self._send(item, page) if is_taken else None
        limit = self._arguments.limit
        if limit and self._stats.get_value("newscrawl/pages/asked", 0) >= limit:
            self._spider.count("links/over_limit", url=link.url)
            return None
        return self._send(item, page)

    def _send(self, item: Request, page: HeldPage) -> Request | None:
        """Prepare the request for a page; None in a dry run."""
        link = page.link
        self._spider.count("pages/asked", url=link.url)
        if self._arguments.dry_run:
            self._add_to_plan(link, f"{page.planned.why} ({link.source})", is_fetched=True)
            return None
        if not self._is_archive:
            self._page_ledger.expect(link, page.state)
        item.meta["is_first_visit"] = page.state is None or page.state.tried_at is None
        add_conditions(item, page.planned, page.state)
        return item

    def _plan_page(self, link: Link, state: PageState | None) -> PlannedRequest | None:
        now, dates = datetime.now(UTC), self._arguments.dates
        return pages.plan_request(state, link, now, dates=dates, extractor=extractor_version())

    def _is_refused(self, state: PageState) -> bool:
        """Whether an archived page was read before and gave no article that this run wants."""
        if state.refusal is not RefusalKind.NOT_WANTED:
            return state.state == "refused"
        return state.published_at is not None and not self._arguments.dates.contains(state.published_at)

    def _add_to_plan(self, link: Link, why: str, *, is_fetched: bool) -> None:
        if self._is_archive:
            self.captures[_year(link)] += is_fetched
        else:
            self.plan.append(f"{why:32} {strip_controls(link.url)}")


async def _iterate(items: Iterable[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


async def _chain(iterators: Iterable[AsyncIterator[Any]]) -> AsyncIterator[Any]:
    for iterator in iterators:
        async for item in iterator:
            yield item


@dataclass(frozen=True, slots=True)
class HeldPage:
    """A page to request, now or later."""

    link: Link
    state: PageState | None
    planned: PlannedRequest


@dataclass(slots=True)
class _Batch:
    """Output of the spider whose requests are not planned yet."""

    pages: list[tuple[Request | MissedPage, Link]] = field(default_factory=list)
    list_requests: list[Request] = field(default_factory=list)
    list_read: ListRead | None = None
    new_pages: int = 0
    """Number of pages so far that were not known."""

    def add(self, item: Any) -> bool:
        """Add an item that has to be planned; return whether it has."""
        if isinstance(item, ListRead):
            self.list_read = item
        elif isinstance(item, MissedPage) and item.link:
            self.pages.append((item, item.link))
        elif isinstance(item, Request) and "list" in item.meta:
            self.list_requests.append(item)
        elif isinstance(item, Request) and "link" in item.meta:
            self.pages.append((item, item.meta["link"]))
        else:
            return False
        return True


def _year(link: Link) -> int:
    return link.capture.captured_at.year if link.capture else 0
