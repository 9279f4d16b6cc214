"""The spider of a publisher: what a run requests, and what becomes of each response."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawl import discovery
from newscrawl.article import Link, Page
from newscrawl.crawl import sources
from newscrawl.crawl.arguments import CrawlArguments, read_arguments
from newscrawl.crawl.network.failures import BrokenAnswerError, HostStopped, RunEnded, describe
from newscrawl.crawl.network.robots import find_sitemaps, make_user_agent
from newscrawl.crawl.policy import lists
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.signals import list_missed
from newscrawl.crawl.sources._source import Source, header
from newscrawl.discovery import MAX_BYTES, Listing
from newscrawl.errors import ArchiveError, BlockedError, DiscoveryError
from newscrawl.items import ListFailure, ListRead, ListRequest, MissedPage
from newscrawl.publisher import Publisher
from newscrawl.urls import is_article_path, normal_form, other_kind

_LIST_PRIORITY = 10
_DEEPEST_INDEX = 2
"""How many indexes lead to a sitemap at most: sitemaps.org knows one."""


class NewsSpider(Spider):
    """Lists in, pages out: the base of the spiders of publishers, which newscrawl.spiders.loader makes."""

    publisher: Publisher
    """Of the class: the publisher; of a run: with what the run's source replaces in it."""

    def __init__(self, name: str | None = None, **arguments: str) -> None:
        """Raises ArgumentError for arguments that do not read."""
        super().__init__(name)
        self.arguments: CrawlArguments = read_arguments(arguments)
        self.source: Source = sources.of_name(self.arguments.source)(self)
        self.publisher = self.source.publisher
        self._asked: dict[str, set[datetime | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """A spider with its arguments, and the settings that follow from them."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        for name, value in spider.derived_settings(crawler.settings["NEWSCRAWL_CONTACT"]).items():
            crawler.settings.set(name, value, priority="spider")
        crawler.signals.connect(spider.go_on, signals.spider_idle)
        return spider

    def derived_settings(self, contact: str) -> dict[str, Any]:
        """An honest user agent, which says what crawls and whom to tell; what the source needs."""
        return {**({"USER_AGENT": make_user_agent(contact)} if contact else {}), **self.source.settings()}

    @property
    def mode(self) -> RunMode:
        """How the run gets its pages."""
        return self.source.mode

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts that this run may ask."""
        return self.source.hosts

    async def start(self) -> AsyncIterator[Any]:
        """The run's first requests, or pages that are there already."""
        async for wanted in self.source.start():
            if isinstance(wanted, ListRequest):
                for request in self._try(wanted):
                    yield request
            elif isinstance(wanted, Link):
                for item in self._follow(wanted):
                    yield item
            else:
                yield wanted

    def go_on(self) -> None:
        """Ask for the lists that the source has besides, when all that was asked for is done."""
        for wanted in self.source.again():
            for request in self._try(wanted):
                self.crawler.engine.crawl(request)

    async def parse_list(self, response: Response, source: str) -> AsyncIterator[Any]:
        """A list as it was read (ListRead), then its links: requests for its pages, or for the lists that it names."""
        if response.status == HTTPStatus.NOT_MODIFIED:
            self.count("lists/unchanged")
            return
        try:
            listing = await self._listing(source, response)
        except DiscoveryError as error:
            self.count("lists/failed")
            self._list_missed(response.meta["list"], "failed", error.reason, response.status)
            self.logger.warning("%s", error)
            return
        self.count("lists/read")
        if listing.trouble:
            self.count("lists/cut")
            self.logger.warning("%s", listing.trouble)
        for found in self._found(listing, response):
            yield found

    def _found(self, listing: Listing, response: Response) -> Iterator[Any]:
        wanted: ListRequest = response.meta["list"]
        is_index = lists.is_index(listing.links)
        links = tuple(
            link for link in self.source.chosen(listing, response) if is_index or self._leads_to_article(link)
        )
        yield ListRead(links=links, etag=header(response, "ETag"), last_modified=header(response, "Last-Modified"))
        for more in self.source.lists_in(wanted, listing):
            yield from self._try(more)
        if is_index:
            for link in links:
                yield from self._child_request(wanted, link)
            return
        for url, reason in listing.refused:
            self.count(f"links/{reason}")
            if url:
                yield MissedPage(url=url, state="refused", reason=reason, link=Link(url=url, source=wanted.source))
        for link in links:
            yield from self._follow(link)

    async def parse_page(self, response: Response) -> AsyncIterator[Page | MissedPage]:
        """The response as a page, whatever it is: extraction tells. Or that the page is as it was."""
        if response.status == HTTPStatus.NOT_MODIFIED:
            yield self._missed(response.request, state="unchanged", status=response.status)
            return
        try:
            yield self.source.page(response)
        except (ArchiveError, BrokenAnswerError) as error:
            self.logger.warning("%s", error)
            reason = error.reason if isinstance(error, BrokenAnswerError) else "broken_record"
            yield self._missed(response.request, state="failed", reason=reason, status=response.status)

    def page_failed(self, failure: Failure) -> Iterator[MissedPage]:
        """What became of a page that did not come."""
        error = failure.value
        request: Request = failure.request  # type: ignore[attr-defined]
        if isinstance(error, HostStopped):
            self.count("left")
            if not isinstance(error, RunEnded):
                yield self._missed(request, state="discovered")
        elif isinstance(error, BlockedError):
            yield self._missed(request, state="blocked", reason=error.reason)
        else:
            told = self.source.told(error)
            yield self._missed(request, state=told.state, reason=told.reason, status=told.status)

    def _missed(self, request: Request | None, **told: Any) -> MissedPage:
        assert request is not None  # noqa: S101 - a page that was asked for
        captures = request.meta.get("captures", {})
        kept = next(reversed(captures.values()), None)
        return MissedPage(url=self.source.requested_url(request), capture=kept, **told)

    def list_failed(self, failure: Failure) -> None:
        """Tell of a list that did not come; the others go on."""
        error = failure.value
        request: Request = failure.request  # type: ignore[attr-defined]
        if isinstance(error, HostStopped):
            return
        if isinstance(error, BlockedError):
            self._list_missed(request.meta["list"], "blocked", error.reason, None)
            return
        told = describe(error)
        gone = told.state == "refused"
        self.count("lists/gone" if gone else "lists/unreachable")
        self._list_missed(request.meta["list"], "gone" if gone else "failed", told.reason, told.status)
        self.logger.log(logging.INFO if gone else logging.WARNING, "%s: list not read (%s)", request.url, told.reason)

    def list_request(self, wanted: ListRequest) -> Request:
        """A request for a list, which may be larger than a page, and may be unchanged (304)."""
        statuses = [HTTPStatus.NOT_MODIFIED, *self.source.list_statuses(wanted)]
        meta = {"list": wanted, "download_maxsize": MAX_BYTES, "handle_httpstatus_list": statuses}
        return self._request(
            wanted.url,
            callback=self.parse_list,
            errback=self.list_failed,
            cb_kwargs={"source": wanted.source},
            priority=_LIST_PRIORITY,
            meta=meta,
        )

    def _page_request(self, link: Link) -> Request | None:
        """A request for the page of a link; None where its address is none after all."""
        meta: dict[str, Any] = {"link": link, "handle_httpstatus_list": [HTTPStatus.NOT_MODIFIED]}
        try:
            asked = {"meta": meta, **self.source.request_for(link)}
            return self._request(callback=self.parse_page, errback=self.page_failed, **asked)
        except ValueError as error:  # w3lib is stricter than lists are
            self.count("links/malformed")
            self.logger.info("%s: no address (%s)", link.url, error)
            return None

    async def robots_sitemaps(self) -> Sequence[str]:
        """The sitemaps of articles that the site's robots.txt names."""
        listed = await find_sitemaps(self.crawler, self._request(self.publisher.home))
        return [url for url in listed if self.is_sitemap(url)]

    def is_sitemap(self, url: str) -> bool:
        """Whether a sitemap of that address lists articles."""
        return bool(self.publisher.sitemap_paths.search(urlsplit(url).path))

    def _child_request(self, parent: ListRequest, link: Link) -> Iterator[Request]:
        if parent.depth >= _DEEPEST_INDEX:
            self.count("lists/too_deep")
        elif (urlsplit(link.url).hostname or "") not in self.hosts:
            self.count("lists/offsite")
        else:
            yield from self._try(
                ListRequest(
                    source="sitemap",
                    url=link.url,
                    index_url=parent.url,
                    lastmod=link.updated_at,
                    depth=parent.depth + 1,
                )
            )

    def _try(self, wanted: ListRequest) -> Iterator[Request]:
        try:
            yield self.list_request(wanted)
        except ValueError as error:
            self.count("lists/malformed")
            self.logger.warning("%s: no address of a list (%s)", wanted.url, error)

    async def _listing(self, source: str, response: Response) -> Listing:
        """Read beside the loop, as a list may be large; in a replay here, for one order of requests."""
        url = self.source.address_of(response)
        if self.mode is RunMode.REPLAY:
            return discovery.read(source, response.body, url)
        return await asyncio.to_thread(discovery.read, source, response.body, url)

    def _list_missed(self, wanted: ListRequest, outcome: ListFailure, reason: str, status: int | None) -> None:
        told = {"list": wanted, "outcome": outcome, "reason": reason, "status": status}
        self.crawler.signals.send_catch_log(list_missed, **told)

    def _follow(self, link: Link) -> Iterator[Request | MissedPage]:
        """What comes of a link of a list: nothing where it is not wanted, or was asked for already."""
        self.count("links/found")
        if found := self.page_of_link(link):
            yield found

    def page_of_link(self, link: Link) -> Request | MissedPage | None:
        """A request for the page of a link, or a miss where its address says that it is no article.

        None where it is not wanted, was asked for already, or is no address.
        """
        if not self._is_wanted(link) or not self._is_due(link):
            return None
        if other := other_kind(link.url, self.publisher.url_rules):
            return MissedPage(url=link.url, state="refused", reason=other, link=link)
        return self._page_request(link)

    def _leads_to_article(self, link: Link) -> bool:
        if (urlsplit(link.url).hostname or "") not in self.source.article_hosts:
            self.count("links/offsite")
            return False
        return link.source != "front_page" or is_article_path(link.url, self.publisher.url_rules)

    def _is_wanted(self, link: Link) -> bool:
        if link.source == "files" or not (self.arguments.since or self.arguments.until):
            return True
        wanted = (
            self.arguments.dates.contains(link.published_at)
            if link.published_at
            else self.arguments.dates.may_contain(link.url)
        )
        if not wanted:
            self.count("links/out_of_dates")
        return wanted

    def _is_due(self, link: Link) -> bool:
        """Once a run; again where the source says so."""
        asked, version = self._asked.setdefault(normal_form(link.url), set()), self.source.version(link)
        if asked and (version in asked or not self.source.is_to_be_asked_again(link, asked)):
            return False
        asked.add(version)
        return True

    def _request(self, url: str, **kwargs: Any) -> Request:
        return Request(url, **{"headers": self.source.headers(), **kwargs})

    def count(self, name: str, n: int = 1) -> None:
        """Add to a count of the run's stats."""
        self.crawler.stats.inc_value(f"newscrawl/{name}", n)

    def report_trouble(self, trouble: str) -> None:
        """Set what the run's closing line says went wrong."""
        self.crawler.stats.set_value("newscrawl/trouble", trouble)


def find_mode(crawler: Crawler) -> RunMode:
    """How a run gets its pages; a spider that is no NewsSpider crawls a live site."""
    return crawler.spider.mode if isinstance(crawler.spider, NewsSpider) else RunMode.LIVE


def find_spider(crawler: Crawler) -> NewsSpider:
    """The spider of a run. Raises NotConfigured where it is no NewsSpider."""
    if not isinstance(crawler.spider, NewsSpider):
        raise NotConfigured
    return crawler.spider
