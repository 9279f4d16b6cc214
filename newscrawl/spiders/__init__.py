"""Publishers to crawl: one module each, which says what the publisher is; NewsSpider does the rest."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser
from twisted.python.failure import Failure

from newscrawl import discovery, saved
from newscrawl.arguments import CrawlArguments, read_arguments
from newscrawl.article import Link, Page
from newscrawl.discovery import MAX_BYTES, Listing
from newscrawl.errors import ArgumentError, BlockedError, DiscoveryError
from newscrawl.items import ListRead, ListRequest, Miss, Missed
from newscrawl.middlewares import RobotsTxtMiddleware, user_agent
from newscrawl.network.failures import HostStopped, RunEnded, describe
from newscrawl.policy import lists
from newscrawl.signals import list_missed
from newscrawl.urls import date_in, normal_form

_LIST_PRIORITY = 10
_DEEPEST_INDEX = 2
"""How many indexes lead to a sitemap at most: sitemaps.org knows one."""
_REPLAY_SETTINGS: Mapping[str, Any] = {
    "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "newscrawl.replay.ReplayDownloadHandler"),
    "REQUEST_FINGERPRINTER_CLASS": "newscrawl.replay.MementoFingerprinter",
    "DOWNLOAD_DELAY": 0,
    # in one order, whatever the time that anything takes
    "CONCURRENT_REQUESTS": 1,
    "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a publisher's articles are."""

    home: str
    """Its robots.txt names sitemaps, which are asked before `lists`."""
    hosts: frozenset[str]
    """The only ones that are ever asked, exactly as written."""
    lists: tuple[tuple[str, str], ...]
    """Lists of articles: the name of a discovery module, or "sitemap", and an address."""
    newest_sitemaps: int | None = None
    """How many sitemaps of an index a first run reads without since=, newest first; all if None."""
    publisher: str = ""
    """Who publishes, as its own pages say it: for an article of which only a list tells."""
    archive: Path | None = None
    """A WARC file that answers in place of the network."""
    visits: tuple[datetime, ...] = ()
    """When the archived site was visited, in order: each visit asks the lists again, as they were then."""


class NewsSpider(Spider):
    """Lists in, pages out. A publisher's class has the data that follows, and no code."""

    live: ClassVar[Site]
    sample: ClassVar[Site | None] = None
    sitemap_paths: ClassVar[re.Pattern[str]] = re.compile("")
    """Of the sitemaps in robots.txt, those that list articles."""
    article_paths: ClassVar[re.Pattern[str]] = re.compile("")
    """Of the links of a front page, those that are articles."""
    other_paths: ClassVar[Mapping[str, re.Pattern[str]]] = {}
    """What is no article by its address alone, by what it is: it is refused without a request."""
    block_titles: ClassVar[frozenset[str]] = frozenset()
    """Titles of challenge pages."""
    block_paths: ClassVar[frozenset[str]] = frozenset()
    """Paths of consent and challenge pages, where a redirect ends with status 200."""

    def __init__(self, name: str | None = None, **arguments: str) -> None:
        """Raises ArgumentError for arguments that do not read."""
        super().__init__(name)
        self.arguments: CrawlArguments = read_arguments(arguments)
        if self.arguments.source == "sample" and self.sample is None:
            raise ArgumentError(f"{self.name} has no sample edition")
        self._visits = list(self.site.visits)
        self._visit: datetime | None = None
        self._lists: list[tuple[str, str]] = []
        self._asked: dict[str, datetime | None] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """A spider with its arguments, and the settings that follow from them."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        for name, value in spider.derived_settings(crawler.settings["NEWSCRAWL_CONTACT"]).items():
            crawler.settings.set(name, value, priority="spider")
        crawler.signals.connect(spider.next_visit, signals.spider_idle)
        return spider

    def derived_settings(self, contact: str) -> dict[str, Any]:
        """An honest user agent, which says what crawls and whom to tell; a replay in place of the network."""
        settings = {"USER_AGENT": user_agent(contact)} if contact else {}
        return settings | (dict(_REPLAY_SETTINGS, NEWSCRAWL_REPLAY=str(self.site.archive)) if self.replayed else {})

    @property
    def replayed(self) -> bool:
        """Whether answers come from an archive."""
        return self.site.archive is not None

    @property
    def site(self) -> Site:
        """The site of this run."""
        return self.sample if self.arguments.source == "sample" and self.sample else self.live

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts that this run may ask: those of the addresses it was given, else the site's; none for files."""
        if self.arguments.source == "files":
            return frozenset(("",))
        return frozenset(urlsplit(url).hostname or "" for url in self.arguments.urls) or self.site.hosts

    async def start(self) -> AsyncIterator[Any]:
        """The run's first requests: for what it was given, or for the lists."""
        if given := self._given():
            for link in given:
                for item in self._follow(link):
                    yield item
        elif self.arguments.source != "files":
            self._visit = self._visits.pop(0) if self._visits else None
            self._lists = [*[("sitemap", url) for url in await self._robots_sitemaps()], *self.site.lists]
            for request in self._list_requests():
                yield request

    def next_visit(self) -> None:
        """Ask the lists again, as they were at the next visit to the archived site."""
        if self._visits:
            self._visit = self._visits.pop(0)
            for request in self._list_requests():
                self.crawler.engine.crawl(request)

    async def parse_list(self, response: Response, source: str) -> AsyncIterator[Any]:
        """A list as it was read (ListRead), then its links: requests for its pages, or for the lists that it names."""
        if response.status == HTTPStatus.NOT_MODIFIED:
            self._count("lists/unchanged")
            return
        try:
            listing = await self._listing(source, response)
        except DiscoveryError as error:
            self._count("lists/failed")
            self._list_missed(response.meta["list"], "failed", error.reason, response.status)
            self.logger.warning("%s", error)
            return
        self._count("lists/read")
        if listing.trouble:
            self._count("lists/cut")
            self.logger.warning("%s", listing.trouble)
        for found in self._found(listing, response):
            yield found

    def _found(self, listing: Listing, response: Response) -> Iterator[Any]:
        wanted: ListRequest = response.meta["list"]
        is_index = lists.is_index(listing.links)
        links = tuple(link for link in listing.links if is_index or self._leads_to_article(link))
        yield ListRead(links=links, etag=_header(response, "ETag"), last_modified=_header(response, "Last-Modified"))
        if is_index:
            for link in links:
                yield from self._child_request(wanted, link)
            return
        for url, reason in listing.refused:
            self._count(f"links/{reason}")
            if url:
                yield Miss(url=url, state="refused", reason=reason, link=Link(url=url, source=wanted.source))
        for link in links:
            yield from self._follow(link)

    async def parse_page(self, response: Response) -> AsyncIterator[Page | Miss]:
        """The response as a page, whatever it is: extraction tells. Or that the page is as it was."""
        if response.status == HTTPStatus.NOT_MODIFIED:
            first = response.meta.get("redirect_urls", [response.url])[0]
            yield Miss(url=first, state="unchanged", status=response.status)
        else:
            yield page_of(response)

    def page_failed(self, failure: Failure) -> Iterator[Miss]:
        """What became of a page that did not come."""
        error = failure.value
        request: Request = failure.request  # type: ignore[attr-defined]
        url = request.meta.get("redirect_urls", [request.url])[0]
        if isinstance(error, HostStopped):
            self._count("left")
            if not isinstance(error, RunEnded):
                yield Miss(url=url, state="discovered")
        elif isinstance(error, BlockedError):
            yield Miss(url=url, state="blocked", reason=error.reason)
        else:
            told = describe(error)
            yield Miss(url=url, state=told.state, reason=told.reason, status=told.status)

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
        self._count("lists/gone" if gone else "lists/unreachable")
        self._list_missed(request.meta["list"], "gone" if gone else "failed", told.reason, told.status)
        self.logger.log(logging.INFO if gone else logging.WARNING, "%s: list not read (%s)", request.url, told.reason)

    def list_request(self, wanted: ListRequest) -> Request:
        """A request for a list, which may be larger than a page, and may be unchanged (304)."""
        meta = {"list": wanted, "download_maxsize": MAX_BYTES, "handle_httpstatus_list": [HTTPStatus.NOT_MODIFIED]}
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
        meta = {"link": link, "handle_httpstatus_list": [HTTPStatus.NOT_MODIFIED]}
        try:
            return self._request(link.url, callback=self.parse_page, errback=self.page_failed, meta=meta)
        except ValueError as error:  # w3lib is stricter than lists are
            self._count("links/malformed")
            self.logger.info("%s: no address (%s)", link.url, error)
            return None

    def _given(self) -> list[Link]:
        files = saved.paths(self.arguments.files) if self.arguments.files else []
        addresses = [Link(url=path.resolve().as_uri(), source="files") for path in files]
        return addresses + [Link(url=url, source="urls") for url in self.arguments.urls]

    async def _robots_sitemaps(self) -> Sequence[str]:
        robots = self.crawler.get_downloader_middleware(RobotsTxtMiddleware)
        parser = await robots.robot_parser(self._request(self.site.home)) if robots else None
        listed = parser.rp.sitemaps if isinstance(parser, ProtegoRobotParser) else ()
        return [url for url in listed if self.is_sitemap(url)]

    def is_sitemap(self, url: str) -> bool:
        """Whether a sitemap of that address lists articles."""
        return bool(self.sitemap_paths.search(urlsplit(url).path))

    def _list_requests(self) -> Iterator[Request]:
        first = {url: source for source, url in reversed(self._lists)}
        for url in dict.fromkeys(url for _, url in self._lists):
            yield from self._try(ListRequest(source=first[url], url=url))

    def _child_request(self, parent: ListRequest, link: Link) -> Iterator[Request]:
        if parent.depth >= _DEEPEST_INDEX:
            self._count("lists/too_deep")
        elif (urlsplit(link.url).hostname or "") not in self.hosts:
            self._count("lists/offsite")
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
            self._count("lists/malformed")
            self.logger.warning("%s: no address of a list (%s)", wanted.url, error)

    async def _listing(self, source: str, response: Response) -> Listing:
        """Read beside the loop, as a list may be large; in a replay here, for one order of requests."""
        if self.replayed:
            return discovery.read(source, response.body, response.url)
        return await asyncio.to_thread(discovery.read, source, response.body, response.url)

    def _list_missed(self, wanted: ListRequest, outcome: Missed, reason: str, status: int | None) -> None:
        told = {"list": wanted, "outcome": outcome, "reason": reason, "status": status}
        self.crawler.signals.send_catch_log(list_missed, **told)

    def _follow(self, link: Link) -> Iterator[Request | Miss]:
        """What comes of a link of a list: nothing where it is not wanted, or was asked for already."""
        self._count("links/found")
        if found := self.page_of_link(link):
            yield found

    def page_of_link(self, link: Link) -> Request | Miss | None:
        """A request for the page of a link, or a miss where its address says that it is no article.

        None where it is not wanted, was asked for already, or is no address.
        """
        if not self._is_wanted(link) or not self._is_due(link):
            return None
        if other := self._other(link.url):
            return Miss(url=link.url, state="refused", reason=other, link=link)
        return self._page_request(link)

    def _leads_to_article(self, link: Link) -> bool:
        parts = urlsplit(link.url)
        if (parts.hostname or "") not in self.hosts:
            self._count("links/offsite")
            return False
        return link.source != "front_page" or bool(self.article_paths.search(parts.path))

    def _is_wanted(self, link: Link) -> bool:
        if link.source == "files" or not (self.arguments.since or self.arguments.until):
            return True
        wanted = self.arguments.wants(link.published_at) if link.published_at else self._day_is_wanted(link.url)
        if not wanted:
            self._count("links/out_of_dates")
        return wanted

    def _day_is_wanted(self, url: str) -> bool:
        """By the date in the address, which is a UTC day, and may be a day off the printed one."""
        day = date_in(url)
        if not day:
            return True
        try:
            noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        except ValueError:
            return True
        return any(self.arguments.wants(noon + timedelta(hours=hours)) for hours in (-36, 0, 36))

    def _is_due(self, link: Link) -> bool:
        """Once a run; again at a later visit, when the list says that it changed since."""
        key = normal_form(link.url)
        if key not in self._asked:
            self._asked[key] = self._visit
            return True
        seen = self._asked[key]
        if seen is None or self._visit == seen or not link.updated_at or link.updated_at <= seen:
            return False
        self._asked[key] = self._visit
        return True

    def _other(self, url: str) -> str | None:
        path = urlsplit(url).path
        return next((name for name, pattern in self.other_paths.items() if pattern.search(path)), None)

    def _request(self, url: str, **kwargs: Any) -> Request:
        headers = {"Accept-Datetime": format_datetime(self._visit, usegmt=True)} if self._visit else None
        return Request(url, headers=headers, **kwargs)

    def _count(self, name: str) -> None:
        self.crawler.stats.inc_value(f"newscrawl/{name}")


def page_of(response: Response) -> Page:
    """A response as a page, fetched now, or when the archive that it comes from says (Memento-Datetime)."""
    memento = response.headers.get("Memento-Datetime")
    first = response.meta.get("redirect_urls", [response.url])[0]
    return Page(
        url=response.url,
        asked_url=first if first != response.url else None,
        body=response.body,
        fetched_at=parsedate_to_datetime(memento.decode("latin-1")) if memento else datetime.now(UTC),
        content_type=_header(response, "Content-Type"),
        status=response.status,
        etag=_header(response, "ETag"),
        last_modified=_header(response, "Last-Modified"),
    )


def _header(response: Response, name: str) -> str | None:
    return (response.headers.get(name) or b"").decode("latin-1") or None
