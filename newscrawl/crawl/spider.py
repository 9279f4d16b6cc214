"""The spider of a publisher: its requests, and how each response is read."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from newscrawl import discovery
from newscrawl.article import Link, Page
from newscrawl.batch.extraction import extract_page
from newscrawl.crawl import sources
from newscrawl.crawl.arguments import CrawlArguments, read_arguments
from newscrawl.crawl.explorer import Explorer
from newscrawl.crawl.network.failures import BrokenResponseError, HostStopped, RunEnded
from newscrawl.crawl.network.responses import (
    get_header,
    is_unexpected_304,
    make_page,
    read_validators,
)
from newscrawl.crawl.policy import lists
from newscrawl.crawl.policy.archives import NEAREST_CAPTURE
from newscrawl.crawl.policy.sitemaps import select_few_undated
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.signals import list_missed, page_fetched
from newscrawl.crawl.site_list import list_delays
from newscrawl.crawl.source import Source
from newscrawl.discovery import MAX_BYTES, Listing
from newscrawl.errors import ArchiveError, ArgumentError, BlockedError, DiscoveryError, ExtractError
from newscrawl.export.display import strip_controls
from newscrawl.items import ListFailure, ListRead, ListRequest, MissedPage
from newscrawl.operations.run_counts import add_name
from newscrawl.operations.user_agent import make_user_agent
from newscrawl.publisher import GENERAL, SITES_SPIDER, Publisher
from newscrawl.publishers import Sites, find_publisher, make_site, normalize_by_publisher
from newscrawl.urls import (
    has_host,
    is_article_path,
    is_front_path,
    other_kind,
    server_of,
    site_key,
    without_final_dot,
)

_MAX_INDEX_DEPTH = 2
"""sitemaps.org knows one level of indexes."""
_FOR_SITES: Mapping[str, Any] = {
    "SCHEDULER_PRIORITY_QUEUE": "newscrawl.crawl.network.site_queue.SiteQueue",
    "CONCURRENT_REQUESTS": 100,
    "DOWNLOAD_TIMEOUT": 30,
}


class NewsSpider(Spider):
    """Lists in, pages out: the base of the spiders of publishers, which newscrawl.spiders.loader makes."""

    publisher: Publisher
    takes_sites: ClassVar[bool] = False
    """Whether its sites are those that `site=` and `sites=` name, and not its publisher."""

    def __init__(self, name: str | None = None, **arguments: str) -> None:
        """Raises ArgumentError for invalid arguments."""
        super().__init__(name)
        self.arguments: CrawlArguments = read_arguments(arguments)
        self.source: Source = sources.load_source(self.arguments.source)(self._choose_sites(), self.arguments)
        self.site_counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """What the run counted at each of its sites, by the key of the site."""
        self.site_troubles: dict[str, str] = {}
        """What went wrong at each site first."""
        self.explorers = {site.name: Explorer(site) for site in self.sites if site.explored}
        """Of the sites of which only the home page is known."""
        self._requested: dict[str, set[datetime | None]] = {}
        self._repeated: set[tuple[str, str]] = set()
        """Pages, by normalized URL and kind of list, that a list named which is being read, and another one before."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.source.attach(crawler)
        if contact := crawler.settings["NEWSCRAWL_CONTACT"]:
            crawler.settings.set("USER_AGENT", make_user_agent(contact), priority="spider")
        crawler.settings.setdict(spider.source.settings(), priority="spider")
        if crawler.settings["JOBDIR"]:
            # Scrapy's record of requests knows nothing of lists that are read again, or of pages that are to be retried
            spider.logger.warning("JOBDIR is not used: the page ledger continues the run, also of a killed process")
            crawler.settings.set("JOBDIR", None, priority=crawler.settings.getpriority("JOBDIR") or "spider")
        if spider.takes_sites:
            _set_for_sites(crawler.settings, spider.arguments)
        crawler.signals.connect(spider.request_next_lists, signals.spider_idle)
        return spider

    @property
    def mode(self) -> RunMode:
        return self.source.mode

    @property
    def sites(self) -> Sites:
        """The sites of the run."""
        return self.source.sites

    def leave_out(self, names: Collection[str]) -> None:
        """Do without some sites, by their keys: another run is active on them."""
        self.source.sites = Sites(site for site in self.sites if site.name not in names)

    def find_publisher(self, url: str) -> Publisher:
        """Return the publisher by whose rules a URL is read."""
        return self.source.find_site(url) or (find_publisher(url) if self.takes_sites else self.publisher)

    def find_described(self, url: str) -> Publisher | None:
        """Return what the user says about the pages of an explored site, as a publisher; None for nothing."""
        site = self.source.find_site(url) if self.takes_sites else None
        if site is None or not site.explored:
            return None
        described = replace(GENERAL, title=site.title, language=site.language, time_zone=site.time_zone)
        return described if described != GENERAL else None

    def find_site_key(self, url: str) -> str:
        """Return the key of the site of a page, which may be none of the run's sites."""
        if site := self.source.find_site(url):
            return site.name
        if not self.takes_sites and (not site_key(url) or has_host(url, self.publisher.all_hosts)):
            return self.publisher.name
        known = find_publisher(url)
        return known.name if known is not GENERAL else site_key(url) or self.name

    async def start(self) -> AsyncIterator[Any]:
        """Yield the run's first requests, its sites, or pages that need no request."""
        for problem in self.arguments.sites.problems:
            self.logger.warning("%s", problem)
            self.count("sites/malformed")
        async for first in self.source.start():
            item: Any = first
            if isinstance(first, ListRequest):
                item = self.request_list(first)
            elif isinstance(first, Link):
                item = self._follow(first)
            if item:
                yield item

    async def start_site(self, site: Publisher) -> AsyncIterator[Request]:
        """Yield requests for the lists that a site is begun with."""
        for wanted in await self.source.find_site_lists(site):
            if request := self.request_list(wanted):
                yield request

    def request_next_lists(self) -> None:
        """Request further lists of the source when all requests are done."""
        for wanted in self.source.next_lists():
            if request := self.request_list(wanted):
                self.crawler.engine.crawl(request)

    async def parse_list(self, response: Response) -> AsyncIterator[Any]:
        """Yield the list as it was read (ListRead), then requests for the pages or lists that it names."""
        wanted: ListRequest = response.meta["list"]
        if response.status == HTTPStatus.NOT_MODIFIED and not is_unexpected_304(response):
            self.count("lists/unchanged", site=wanted.site)
            return
        listing = await self._read_list(wanted, response)
        if isinstance(listing, Request):
            yield listing
        if not isinstance(listing, Listing):
            return
        self._count_read(wanted, listing, response.url)
        is_index = lists.is_index(listing.links)
        links = self.source.select_links(listing, response.url)
        if not is_index:
            links = self._select_articles(wanted, links)
        etag, last_modified = read_validators(response)
        named = self._name_lists(wanted, listing, response.url)
        yield ListRead(links=tuple(links), etag=etag, last_modified=last_modified, lists=named)
        for further in self.source.find_lists(wanted, listing):
            if request := self.request_list(further):
                yield request
        for item in self._sitemap_requests(wanted, links) if is_index else self._pages_of(wanted, listing, links):
            yield item

    def _count_read(self, wanted: ListRequest, listing: Listing, url: str) -> None:
        self.count("lists/read", site=wanted.site)
        if not listing.links and not listing.more:
            self.name_counted("lists/empty", url)

    async def parse(self, response: Response, **_arguments: Any) -> AsyncIterator[Any]:
        """Yield what `scrapy parse` shows of a response: its article, or requests for what it lists."""
        try:
            yield await asyncio.to_thread(extract_page, make_page(response))
            return
        except (BlockedError, ExtractError) as error:
            problem = str(error)
        content_type = get_header(response, "Content-Type")
        try:
            kind, listing = discovery.read_any(response.body, response.url, content_type=content_type)
        except DiscoveryError as error:
            self.logger.warning("no article: %s; no list: %s", problem, error)
            return
        self.logger.info("a list (%s) and no article: %s", kind, problem)
        for link in listing.links:
            if isinstance(item := self.make_page_request(link), Request):
                yield item

    def list_failed(self, failure: Failure) -> None:
        error, request = failure.value, _request_of(failure)
        if isinstance(error, HostStopped):
            return
        if isinstance(error, BlockedError):
            self._report_list(request.meta["list"], "blocked", error.reason, None)
            return
        failed, wanted = self.source.describe_failure(error), request.meta["list"]
        if failed.state == "refused" and self.source.is_refused_index(wanted, failed):
            self.count("lists/refused", site=wanted.site, named=f"{request.url} ({failed.reason})")
            self._report_list(wanted, "refused", failed.reason, failed.status)
            self.logger.warning(
                "%s: the archive refuses this part of its index (%s); later runs ask again", request.url, failed.reason
            )
            return
        is_gone = failed.state == "refused"
        if wanted.is_guess:
            self._report_list(wanted, "gone" if is_gone else "failed", failed.reason, failed.status)
            return
        self._report_moved_home(wanted, request, failed.reason)
        named = f"{request.url} ({failed.reason})"
        self.count("lists/gone" if is_gone else "lists/unreachable", site=wanted.site, named=named)
        self._report_list(wanted, "gone" if is_gone else "failed", failed.reason, failed.status)
        level = logging.INFO if is_gone else logging.WARNING
        self.logger.log(level, "%s: list not read (%s)", request.url, failed.reason)

    async def parse_page(self, response: Response) -> AsyncIterator[Page | MissedPage]:
        """Yield any response as a page, as extraction decides what it is; a 304 as an unchanged page."""
        assert response.request is not None  # noqa: S101 - Scrapy sets it
        self._report_fetched(response.request)
        self.count("pages/answered", url=response.url)
        if is_unexpected_304(response):
            yield _miss(response.request, state="failed", reason="unexpected_304", status=response.status)
            return
        if response.status == HTTPStatus.NOT_MODIFIED:
            yield _miss(response.request, state="unchanged", status=response.status)
            return
        try:
            page = self.source.read_page(response)
        except (ArchiveError, BrokenResponseError) as error:
            self.logger.warning("%s", error)
            reason = error.reason if isinstance(error, BrokenResponseError) else "broken_record"
            yield _miss(response.request, state="failed", reason=reason, status=response.status)
            return
        link: Link = response.meta["link"]
        if named := self.source.find_absent_capture(link, page.capture):
            yield MissedPage(url=link.url, state="discovered", reason=NEAREST_CAPTURE, capture=named)
        yield page

    def page_failed(self, failure: Failure) -> Iterator[MissedPage]:
        """Yield the outcome of a page that could not be fetched."""
        error, request = failure.value, _request_of(failure)
        self._report_fetched(request)
        if isinstance(error, HostStopped):
            self.count("left", url=request.url)
            if not isinstance(error, RunEnded):
                yield _miss(request, state="discovered")
        elif isinstance(error, BlockedError):
            yield _miss(request, state="blocked", reason=error.reason)
        else:
            if "incomplete" in request.meta:  # a part of the response came
                self.count("pages/answered", url=request.url)
            failed = self.source.describe_failure(error)
            missed = _miss(request, state=failed.state, reason=failed.reason, status=failed.status)
            if failed.state == "refused" and not missed.capture and failed.reason != "http_403":
                missed = replace(missed, capture=self.source.find_absent_capture(request.meta["link"], None))
            yield missed

    def request_list(self, wanted: ListRequest) -> Request | None:
        """Make the request for a list, which may be larger than a page; None for an invalid URL."""
        statuses = [HTTPStatus.NOT_MODIFIED, *wanted.statuses]
        try:
            return Request(
                without_final_dot(wanted.url),
                callback=self.parse_list,
                errback=self.list_failed,
                headers=self.source.headers(),
                priority=10,  # before pages
                meta={"list": wanted, "download_maxsize": MAX_BYTES, "handle_httpstatus_list": statuses},
            )
        except ValueError as error:
            self.count("lists/malformed", site=wanted.site)
            self.logger.warning("%s: not the address of a list (%s)", wanted.url, error)
            return None

    def request_page(self, link: Link) -> Request | MissedPage | None:
        """Make the request for a link's page, or a miss where its URL says that it is no article.

        None where the run does not want the page, has requested it before, or cannot request the URL.
        """
        if not self._is_wanted(link):
            return None
        if not self._is_new(link):
            if self.explorers:
                self._repeated.add((normalize_by_publisher(link.url), link.source))
            return None
        return self.make_page_request(link)

    def take_repeated(self, link: Link) -> bool:
        """Whether a link of an explored site was left out because another list of this run named its page; once."""
        repeated = normalize_by_publisher(link.url), link.source
        is_repeated = repeated in self._repeated
        self._repeated.discard(repeated)
        return is_repeated

    def make_page_request(self, link: Link) -> Request | MissedPage | None:
        """As `request_page`, also for a page that the run has requested or does not want."""
        if kind := other_kind(link.url, self.find_publisher(link.url).url_rules):
            return MissedPage(url=link.url, state="refused", reason=kind, link=link)
        arguments: dict[str, Any] = {
            "callback": self.parse_page,
            "errback": self.page_failed,
            "headers": self.source.headers(),
            "meta": {"link": link, "handle_httpstatus_list": [HTTPStatus.NOT_MODIFIED]},
        }
        try:
            return Request(**{**arguments, **self.source.request_arguments(link)})
        except ValueError as error:  # w3lib is stricter than lists are
            self.count("links/malformed", url=link.url)
            self.logger.info("%s: cannot be requested (%s)", link.url, error)
            return None

    def is_front_page(self, url: str) -> bool:
        """Whether a URL is that of a site's front page, or of another one that a publisher lists."""
        return is_front_path(url) or normalize_by_publisher(url) in self._front_pages

    @cached_property
    def _front_pages(self) -> frozenset[str]:
        fronts = (url for site in self.sites for source, url in site.lists if source == "front_page")
        return frozenset(map(normalize_by_publisher, (*(site.home for site in self.sites), *fronts)))

    def count(
        self, name: str, n: int = 1, *, site: str | None = None, url: str | None = None, named: str | None = None
    ) -> None:
        """Count something of the run, and of a site, named by its key or by the URL of a page.

        What to do about it says its name, `named`: of a host, a list, a file.
        """
        self.crawler.stats.inc_value(f"newscrawl/{name}", n)
        if named:
            self.name_counted(name, named)
        if key := site or (self.find_site_key(url) if url else None):
            self.site_counts[key][name] += n

    def name_counted(self, name: str, named: str) -> None:
        """Name something that is counted."""
        add_name(self.crawler.stats.get_stats(), name, strip_controls(named))

    def set_count(self, name: str, n: int, *, site: str) -> None:
        """Set what a site has of something; the run has the sum of its sites."""
        self.count(name, n - self.site_counts[site][name], site=site)

    def counts_of_sites(self) -> dict[str, dict[str, int]]:
        """Return what was counted at each site of the run."""
        return {site.name: dict(self.site_counts[site.name]) for site in self.sites}

    def report_trouble(self, trouble: str, *, url: str | None = None, is_first: bool = False) -> None:
        """Set what the run's closing line says went wrong, with the whole run or with the site of a URL.

        If `is_first`, what was reported before stays.
        """
        if url:
            self.site_troubles.setdefault(self.find_site_key(url), trouble)
        if not (is_first and self.crawler.stats.get_value("newscrawl/trouble")):
            self.crawler.stats.set_value("newscrawl/trouble", trouble)

    def _choose_sites(self) -> Sites:
        """Return the sites of the run. Raises ArgumentError where it is not named, or not to be."""
        named, urls = self.arguments.named_sites, self.arguments.urls
        if not self.takes_sites:
            if named:
                raise ArgumentError(f"site= and sites= are arguments of the spider {SITES_SPIDER}, not of {self.name}")
            return Sites([self.publisher])
        is_needed = self.arguments.source not in ("files", "warc") and not _is_inspector(type(self))
        if not named and not urls and is_needed:
            raise ArgumentError("name the site: -a site=https://www.news.example/, or a file of sites: -a sites=FILE")
        return Sites([site.publisher for site in named] or map(_make_site_of, urls))

    async def _read_list(self, wanted: ListRequest, response: Response) -> Listing | Request | None:
        """Return what could be read of a list, None for nothing, or its request if it is worth another try."""
        listing: Listing | None = None
        try:
            listing = self.source.check_list(wanted, await self._parse_list(wanted, response))
            error = listing.error
        except DiscoveryError as failure:
            error = failure
        if error and (again := self.source.retry_list(response, error)):
            return again
        if error and wanted.is_guess and listing is None:
            self._report_list(wanted, "gone", error.reason, response.status)
        elif error:
            self.logger.warning("%s", error)
            named = f"{response.url} ({error.reason})"
            self.count("lists/cut" if listing else "lists/failed", site=wanted.site, named=named)
            if listing is None:
                self._report_list(wanted, "failed", error.reason, response.status)
        return listing

    async def _parse_list(self, wanted: ListRequest, response: Response) -> Listing:
        if is_unexpected_304(response):
            raise DiscoveryError(
                response.url, "unexpected_304", "the server answered 304 to a request without conditions"
            )
        read = partial(
            discovery.read,
            wanted.source,
            response.body,
            self.source.original_url(response.url),
            (self.sites.get(wanted.site) or self.publisher).list_readers,
            content_type=get_header(response, "Content-Type"),
        )
        if self.mode is RunMode.REPLAY:  # a thread would change the order of requests
            return read()
        return await asyncio.to_thread(read)

    def _sitemap_requests(self, index: ListRequest, links: Sequence[Link]) -> Iterator[Request]:
        site = self.sites.get(index.site)
        if site and site.explored and site.newest_sitemaps and not self.arguments.since:
            links = select_few_undated(links, site.newest_sitemaps)
        for link in links:
            if index.depth >= _MAX_INDEX_DEPTH:
                self.count("lists/too_deep", site=index.site)
            elif not self.source.accepts(link.url):
                self.count("lists/offsite", site=index.site)
            else:
                depth = index.depth + 1
                sitemap = replace(
                    index, source="sitemap", url=link.url, index_url=index.url, lastmod=link.updated_at, depth=depth
                )
                if request := self.request_list(sitemap):
                    yield request

    def _pages_of(self, wanted: ListRequest, listing: Listing, links: Sequence[Link]) -> Iterator[Request | MissedPage]:
        for url, reason in listing.refused:
            self.count(f"links/{reason}", site=wanted.site)
            if url:
                yield MissedPage(url=url, state="refused", reason=reason, link=Link(url=url, source=wanted.source))
        for link in links:
            if item := self._follow(link):
                yield item

    def _follow(self, link: Link) -> Request | MissedPage | None:
        self.count("links/found", url=link.url)
        return self.request_page(link)

    def _report_moved_home(self, wanted: ListRequest, request: Request, reason: str) -> None:
        """Report a front page that redirects to another site: only a person knows whether that is the same one."""
        site = self.sites.get(wanted.site)
        if site and site.explored and wanted.url == site.home and reason == "offsite":
            where = f"{urlsplit(request.url).scheme}://{server_of(request.url)}/"
            trouble = f"its front page redirects to {where}: if that is the site, name it with site={where}"
            self.logger.warning("%s: %s", site.name, trouble)
            self.report_trouble(trouble, url=site.home, is_first=True)

    def _report_fetched(self, request: Request) -> None:
        self.crawler.signals.send_catch_log(page_fetched, link=request.meta["link"])

    def _report_list(self, wanted: ListRequest, outcome: ListFailure, reason: str, status: int | None) -> None:
        self.crawler.signals.send_catch_log(list_missed, list=wanted, outcome=outcome, reason=reason, status=status)

    def _name_lists(self, wanted: ListRequest, listing: Listing, url: str) -> Sequence[tuple[str, str]]:
        """Return further lists of an explored site that a front page names."""
        explorer = self.explorers.get(wanted.site)
        if explorer is None or wanted.source != "front_page":
            return ()
        return [each for each in explorer.name_lists(wanted, listing, url) if self.source.accepts(each[1])]

    def _select_articles(self, wanted: ListRequest, links: Sequence[Link]) -> Sequence[Link]:
        """Select the links of a list that may lead to articles of its site."""
        selected: Sequence[Link] = [link for link in links if self._is_article_link(wanted, link)]
        if explorer := self.explorers.get(wanted.site):
            selected, others = explorer.select(selected)
            self.count("links/unlikely", others, site=wanted.site)
        site = self.sites.get(wanted.site)
        if site is None or self.arguments.since or site.newest_entries is None:
            return selected
        newest = lists.select_newest(selected, site.newest_entries)
        if older := len(selected) - len(newest):
            self.count("links/older", older, site=site.name)
        return newest

    def _is_article_link(self, wanted: ListRequest, link: Link) -> bool:
        site = self.source.find_site(link.url)
        if site is None or (wanted.site and site.name != wanted.site):
            self.count("links/offsite", site=wanted.site)
            return False
        if site.explored:
            return True  # its explorer decides
        return link.source != "front_page" or is_article_path(link.url, site.url_rules)

    def _is_wanted(self, link: Link) -> bool:
        dates = self.arguments.dates
        if self.mode is RunMode.SAVED_PAGES or not (dates.since or dates.until):
            return True
        is_wanted = dates.contains(link.published_at) if link.published_at else dates.may_contain(link.url)
        if not is_wanted:
            self.count("links/out_of_dates", url=link.url)
        return is_wanted

    def _is_new(self, link: Link) -> bool:
        """Whether this run has not requested the page yet, or its source wants another version of it."""
        versions = self._requested.setdefault(normalize_by_publisher(link.url), set())
        version = self.source.version(link)
        if versions and (version in versions or not self.source.is_requested_again(link, versions)):
            return False
        versions.add(version)
        return True


def _set_for_sites(settings: Settings, arguments: CrawlArguments) -> None:
    """Set what many sites in one run need: a queue in which no site waits for another, and delays of single sites."""
    settings.setdict(_FOR_SITES, priority="spider")
    slots = {**settings.getdict("DOWNLOAD_SLOTS"), **list_delays(arguments.named_sites)}
    settings.set("DOWNLOAD_SLOTS", slots, priority="spider")


def find_mode(crawler: Crawler) -> RunMode:
    """Return how a run gets its pages; a spider that is no NewsSpider crawls a live site."""
    return crawler.spider.mode if isinstance(crawler.spider, NewsSpider) else RunMode.LIVE


def is_inspected(crawler: Crawler) -> bool:
    """Whether `scrapy shell`, `fetch`, `view`, `parse` or `check` looks at single responses, which is no run.

    The shell makes components before there is a spider; the others put a method of their own in the place of `start`.
    """
    return crawler.spider is None or _is_inspector(type(crawler.spider))


def _is_inspector(spider: type[Spider]) -> bool:
    return str(spider.start.__module__).startswith("scrapy.commands.")


def find_spider(crawler: Crawler) -> NewsSpider:
    """Return the spider of a run. Raises NotConfigured where it is no NewsSpider, or there is no run."""
    if not isinstance(crawler.spider, NewsSpider) or is_inspected(crawler):
        raise NotConfigured
    return crawler.spider


def _make_site_of(url: str) -> Publisher:
    """Return the publisher of a given page."""
    known = find_publisher(url)
    return known if known is not GENERAL else make_site(f"{urlsplit(url).scheme}://{server_of(url)}/")


def _request_of(failure: Failure) -> Request:
    request: Request = failure.request  # type: ignore[attr-defined] # Scrapy sets it
    return request


def _miss(request: Request, **outcome: Any) -> MissedPage:
    capture = next(reversed(request.meta.get("captures", {}).values()), None)
    return MissedPage(url=request.meta["link"].url, capture=capture, **outcome)
