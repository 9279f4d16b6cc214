"""The spider of a publisher: its requests, and how each response is read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from twisted.python.failure import Failure

from newscrawl import discovery
from newscrawl.article import Link, Page
from newscrawl.crawl import sources
from newscrawl.crawl.arguments import CrawlArguments, read_arguments
from newscrawl.crawl.network.failures import BrokenResponseError, HostStopped, RunEnded
from newscrawl.crawl.network.responses import (
    get_header,
    is_unexpected_304,
    read_validators,
)
from newscrawl.crawl.network.user_agent import make_user_agent
from newscrawl.crawl.policy import lists
from newscrawl.crawl.policy.archives import NEAREST_CAPTURE
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.signals import list_missed
from newscrawl.crawl.source import Source
from newscrawl.discovery import MAX_BYTES, Listing
from newscrawl.errors import ArchiveError, BlockedError, DiscoveryError
from newscrawl.items import ListFailure, ListRead, ListRequest, MissedPage
from newscrawl.publisher import Publisher
from newscrawl.publishers import normalize_by_publisher
from newscrawl.urls import has_host, is_article_path, is_front_path, other_kind, without_final_dot

_MAX_INDEX_DEPTH = 2
"""sitemaps.org knows one level of indexes."""


class NewsSpider(Spider):
    """Lists in, pages out: the base of the spiders of publishers, which newscrawl.spiders.loader makes."""

    publisher: Publisher
    """Of the class: the publisher; of a run: with what the run's source replaces in it."""

    def __init__(self, name: str | None = None, **arguments: str) -> None:
        """Raises ArgumentError for invalid arguments."""
        super().__init__(name)
        self.arguments: CrawlArguments = read_arguments(arguments)
        self.source: Source = sources.load_source(self.arguments.source)(self.publisher, self.arguments)
        self.publisher = self.source.publisher
        self._requested: dict[str, set[datetime | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.source.attach(crawler)
        if contact := crawler.settings["NEWSCRAWL_CONTACT"]:
            crawler.settings.set("USER_AGENT", make_user_agent(contact), priority="spider")
        crawler.settings.setdict(spider.source.settings(), priority="spider")
        crawler.signals.connect(spider.request_next_lists, signals.spider_idle)
        return spider

    @property
    def mode(self) -> RunMode:
        return self.source.mode

    @cached_property
    def hosts(self) -> frozenset[str]:
        return self.source.hosts

    async def start(self) -> AsyncIterator[Any]:
        """Yield the run's first requests, or pages that need none."""
        async for first in self.source.start():
            item: Any = first
            if isinstance(first, ListRequest):
                item = self.request_list(first)
            elif isinstance(first, Link):
                item = self._follow(first)
            if item:
                yield item

    def request_next_lists(self) -> None:
        """Request further lists of the source when all requests are done."""
        for wanted in self.source.next_lists():
            if request := self.request_list(wanted):
                self.crawler.engine.crawl(request)

    async def parse_list(self, response: Response) -> AsyncIterator[Any]:
        """Yield the list as it was read (ListRead), then requests for the pages or lists that it names."""
        wanted: ListRequest = response.meta["list"]
        if response.status == HTTPStatus.NOT_MODIFIED and not is_unexpected_304(response):
            self.count("lists/unchanged")
            return
        listing = await self._read_list(wanted, response)
        if isinstance(listing, Request):
            yield listing
        if not isinstance(listing, Listing):
            return
        self.count("lists/read")
        is_index = lists.is_index(listing.links)
        links = self.source.select_links(listing, response.url)
        if not is_index:
            links = [link for link in links if self._is_article_link(link)]
        etag, last_modified = read_validators(response)
        yield ListRead(links=tuple(links), etag=etag, last_modified=last_modified)
        for further in self.source.find_lists(wanted, listing):
            if request := self.request_list(further):
                yield request
        for item in self._sitemap_requests(wanted, links) if is_index else self._pages_of(wanted, listing, links):
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
            self.count("lists/refused")
            self._report_list(wanted, "refused", failed.reason, failed.status)
            self.logger.warning(
                "%s: the archive refuses this part of its index (%s); later runs ask again", request.url, failed.reason
            )
            return
        is_gone = failed.state == "refused"
        self.count("lists/gone" if is_gone else "lists/unreachable")
        self._report_list(wanted, "gone" if is_gone else "failed", failed.reason, failed.status)
        level = logging.INFO if is_gone else logging.WARNING
        self.logger.log(level, "%s: list not read (%s)", request.url, failed.reason)

    async def parse_page(self, response: Response) -> AsyncIterator[Page | MissedPage]:
        """Yield any response as a page, as extraction decides what it is; a 304 as an unchanged page."""
        assert response.request is not None  # noqa: S101 - Scrapy sets it
        self.count("pages/answered")
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
        if isinstance(error, HostStopped):
            self.count("left")
            if not isinstance(error, RunEnded):
                yield _miss(request, state="discovered")
        elif isinstance(error, BlockedError):
            yield _miss(request, state="blocked", reason=error.reason)
        else:
            if "incomplete" in request.meta:  # a part of the response came
                self.count("pages/answered")
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
            self.count("lists/malformed")
            self.logger.warning("%s: not the address of a list (%s)", wanted.url, error)
            return None

    def request_page(self, link: Link) -> Request | MissedPage | None:
        """Make the request for a link's page, or a miss where its URL says that it is no article.

        None where the run does not want the page, has requested it before, or cannot request the URL.
        """
        if not self._is_wanted(link) or not self._is_new(link):
            return None
        if kind := other_kind(link.url, self.publisher.url_rules):
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
            self.count("links/malformed")
            self.logger.info("%s: cannot be requested (%s)", link.url, error)
            return None

    def is_front_page(self, url: str) -> bool:
        """Whether a URL is that of the site's front page, or of another one that the publisher lists."""
        return is_front_path(url) or normalize_by_publisher(url) in self._front_pages

    @cached_property
    def _front_pages(self) -> frozenset[str]:
        fronts = (url for source, url in self.publisher.lists if source == "front_page")
        return frozenset(map(normalize_by_publisher, (self.publisher.home, *fronts)))

    def count(self, name: str, n: int = 1) -> None:
        self.crawler.stats.inc_value(f"newscrawl/{name}", n)

    def report_trouble(self, trouble: str) -> None:
        """Set what the run's closing line says went wrong."""
        self.crawler.stats.set_value("newscrawl/trouble", trouble)

    async def _read_list(self, wanted: ListRequest, response: Response) -> Listing | Request | None:
        """Return what could be read of a list, None for nothing, or its request if it is worth another try."""
        listing: Listing | None = None
        try:
            listing = self.source.check_list(wanted, await self._parse_list(wanted.source, response))
            error = listing.error
        except DiscoveryError as failure:
            error = failure
        if error and (again := self.source.retry_list(response, error)):
            return again
        if error:
            self.logger.warning("%s", error)
            self.count("lists/cut" if listing else "lists/failed")
            if listing is None:
                self._report_list(wanted, "failed", error.reason, response.status)
        return listing

    async def _parse_list(self, source: str, response: Response) -> Listing:
        if is_unexpected_304(response):
            raise DiscoveryError(
                response.url, "unexpected_304", "the server answered 304 to a request without conditions"
            )
        read = partial(
            discovery.read,
            source,
            response.body,
            self.source.original_url(response.url),
            self.publisher.list_readers,
            content_type=get_header(response, "Content-Type"),
        )
        if self.mode is RunMode.REPLAY:  # a thread would change the order of requests
            return read()
        return await asyncio.to_thread(read)

    def _sitemap_requests(self, index: ListRequest, links: Sequence[Link]) -> Iterator[Request]:
        for link in links:
            if index.depth >= _MAX_INDEX_DEPTH:
                self.count("lists/too_deep")
            elif not has_host(link.url, self.hosts):
                self.count("lists/offsite")
            else:
                depth = index.depth + 1
                sitemap = ListRequest(
                    source="sitemap", url=link.url, index_url=index.url, lastmod=link.updated_at, depth=depth
                )
                if request := self.request_list(sitemap):
                    yield request

    def _pages_of(self, wanted: ListRequest, listing: Listing, links: Sequence[Link]) -> Iterator[Request | MissedPage]:
        for url, reason in listing.refused:
            self.count(f"links/{reason}")
            if url:
                yield MissedPage(url=url, state="refused", reason=reason, link=Link(url=url, source=wanted.source))
        for link in links:
            if item := self._follow(link):
                yield item

    def _follow(self, link: Link) -> Request | MissedPage | None:
        self.count("links/found")
        return self.request_page(link)

    def _report_list(self, wanted: ListRequest, outcome: ListFailure, reason: str, status: int | None) -> None:
        self.crawler.signals.send_catch_log(list_missed, list=wanted, outcome=outcome, reason=reason, status=status)

    def _is_article_link(self, link: Link) -> bool:
        if not has_host(link.url, self.source.article_hosts):
            self.count("links/offsite")
            return False
        return link.source != "front_page" or is_article_path(link.url, self.publisher.url_rules)

    def _is_wanted(self, link: Link) -> bool:
        dates = self.arguments.dates
        if self.mode is RunMode.SAVED_PAGES or not (dates.since or dates.until):
            return True
        is_wanted = dates.contains(link.published_at) if link.published_at else dates.may_contain(link.url)
        if not is_wanted:
            self.count("links/out_of_dates")
        return is_wanted

    def _is_new(self, link: Link) -> bool:
        """Whether this run has not requested the page yet, or its source wants another version of it."""
        versions = self._requested.setdefault(normalize_by_publisher(link.url), set())
        version = self.source.version(link)
        if versions and (version in versions or not self.source.is_requested_again(link, versions)):
            return False
        versions.add(version)
        return True


def find_mode(crawler: Crawler) -> RunMode:
    """Return how a run gets its pages; a spider that is no NewsSpider crawls a live site."""
    return crawler.spider.mode if isinstance(crawler.spider, NewsSpider) else RunMode.LIVE


def find_spider(crawler: Crawler) -> NewsSpider:
    """Return the spider of a run. Raises NotConfigured where it is no NewsSpider."""
    if not isinstance(crawler.spider, NewsSpider):
        raise NotConfigured
    return crawler.spider


def _request_of(failure: Failure) -> Request:
    request: Request = failure.request  # type: ignore[attr-defined] # Scrapy sets it
    return request


def _miss(request: Request, **outcome: Any) -> MissedPage:
    capture = next(reversed(request.meta.get("captures", {}).values()), None)
    return MissedPage(url=request.meta["link"].url, capture=capture, **outcome)
