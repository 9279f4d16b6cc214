"""What every source is: the base, and what it is told of the publisher and of the run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from newscrawl.archives.warc_writer import Exchange
from newscrawl.article import CaptureRef, Link, Page
from newscrawl.crawl.arguments import CrawlArguments
from newscrawl.crawl.network.failures import Told, describe
from newscrawl.crawl.run_mode import RunMode
from newscrawl.discovery import Listing
from newscrawl.items import ListRequest
from newscrawl.publisher import Publisher


class Crawl(Protocol):
    """What a source may ask of the spider that it serves."""

    name: str
    arguments: CrawlArguments
    publisher: Publisher
    crawler: Crawler

    @property
    def logger(self) -> Any:
        """Its logger."""

    async def robots_sitemaps(self) -> Sequence[str]:
        """The sitemaps of articles that the site's robots.txt names."""


class Keeper(Protocol):
    """What keeps captures."""

    async def keep(self, exchange: Exchange) -> CaptureRef:
        """Write an exchange; where it stands."""

    async def adopt(self, record: bytes, capture: CaptureRef) -> CaptureRef:
        """Write another archive's record as it is; where it stands."""


class Source(ABC):
    """The base of sources: of those that ask the live site."""

    mode: ClassVar[RunMode] = RunMode.LIVE

    def __init__(self, crawl: Crawl) -> None:
        """Raises ArgumentError where the run's arguments do not go with it."""
        self._crawl, self._arguments = crawl, crawl.arguments

    @property
    def publisher(self) -> Publisher:
        """The publisher of the run."""
        return self._crawl.publisher

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that may be asked."""
        return self.publisher.hosts

    @property
    def article_hosts(self) -> frozenset[str]:
        """The hosts whose pages are wanted."""
        return self.hosts

    def settings(self) -> Mapping[str, Any]:
        """Settings that follow from it."""
        return {}

    @abstractmethod
    def start(self) -> AsyncIterator[ListRequest | Link | Page]:
        """What the run begins with: lists and pages to ask for, or pages that are there."""

    def again(self) -> Iterable[ListRequest]:
        """Lists to ask for when all that was asked for is done; none ends the run."""
        return ()

    def headers(self) -> Mapping[str, str] | None:
        """Headers of a request made now."""
        return None

    def request_for(self, link: Link) -> Mapping[str, Any]:
        """What a request for the page of a link has of its own: Request's arguments, "url" at least."""
        return {"url": link.url}

    def requested_url(self, request: Request) -> str:
        """The address that a request for a page was made for."""
        return str(request.meta.get("redirect_urls", [request.url])[0])

    def list_statuses(self, wanted: ListRequest) -> Collection[int]:
        """Statuses other than 2xx whose answers are read as a list."""
        return ()

    def version(self, link: Link) -> datetime | None:
        """What tells two requests for a link's address in one run apart; None: nothing does."""
        return None

    def is_to_be_asked_again(self, link: Link, asked: Collection[datetime | None]) -> bool:
        """Whether a page that was asked for in this run, in these versions, is asked for in that of a link too."""
        return False

    def address_of(self, response: Response) -> str:
        """The address that a response is of, for what stands in it."""
        return response.url

    def chosen(self, listing: Listing, response: Response) -> Sequence[Link]:
        """The links of a list that are followed."""
        return listing.links

    def lists_in(self, wanted: ListRequest, listing: Listing) -> Iterator[ListRequest]:
        """Lists that a list leads to, beside those of an index."""
        for address in listing.more:
            yield ListRequest(source=wanted.source, url=address, index_url=wanted.index_url, depth=wanted.depth)

    def page(self, response: Response) -> Page:
        """A response as a page. Raises ArchiveError for a broken capture, BrokenAnswerError for what is none."""
        return page_of(response)

    def told(self, error: BaseException | None) -> Told:
        """What an error means for the page that was asked for."""
        return describe(error)

    async def keep(self, response: Response, keeping: Keeper) -> CaptureRef | None:
        """Have a response kept as it came; where it stands, or None where it is not."""
        return await keeping.keep(exchange_of(response))


def exchange_of(response: Response) -> Exchange:
    """A response, received now, and its request, as a WARC file has them: without what a proxy alone was told."""
    request = response.request
    sent = [field for field in pairs(request.headers if request else {}) if field[0] != "Proxy-Authorization"]
    return Exchange(
        url=response.url,
        status=response.status,
        headers=pairs(response.headers),
        payload=response.body,
        received_at=datetime.now(UTC),
        request_headers=(("Host", urlsplit(response.url).netloc), *sent),
        ip_address=str(response.ip_address) if response.ip_address else None,
        metadata=_told(response),
    )


def page_of(response: Response) -> Page:
    """A response as a page, fetched when its capture tells, or its archive (Memento-Datetime), or else now."""
    memento = response.headers.get("Memento-Datetime")
    first = response.meta.get("redirect_urls", [response.url])[0]
    capture: CaptureRef | None = response.meta.get("captures", {}).get(response.url)
    fetched = parsedate_to_datetime(memento.decode("latin-1")) if memento else datetime.now(UTC)
    return Page(
        url=response.url,
        requested_url=first if first != response.url else None,
        body=response.body,
        fetched_at=capture.captured_at if capture else fetched,
        content_type=header(response, "Content-Type"),
        status=response.status,
        etag=header(response, "ETag"),
        last_modified=header(response, "Last-Modified"),
        capture=capture,
    )


def header(response: Response, name: str) -> str | None:
    """The value of a response's header, or None."""
    return (response.headers.get(name) or b"").decode("latin-1") or None


def pairs(headers: Mapping[bytes, Sequence[bytes]]) -> tuple[tuple[str, str], ...]:
    """Scrapy's headers as WARC has them, in order."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values
    )


def _told(response: Response) -> Mapping[str, str]:
    """What the metadata record says, in the words of Heritrix: the list that led there, how long the answer took."""
    via = response.request.headers.get("Referer") if response.request else None
    told = {"via": via.decode("latin-1")} if via else {}
    if "download_latency" in response.meta:
        told["fetchTimeMs"] = f"{1000 * response.meta['download_latency']:.0f}"
    return told
