"""The Wayback Machine, and archives that answer as it does (pywb): the past as its index has it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from scrapy.http import Response

from newscrawl.archives.warc_writer import Exchange
from newscrawl.article import CaptureRef, Link, Page
from newscrawl.crawl.network.failures import BrokenAnswerError
from newscrawl.crawl.network.hosts import is_memento
from newscrawl.crawl.policy import archives
from newscrawl.crawl.sources._source import Keeper, header, page_of, pairs
from newscrawl.crawl.sources._web_archive import WebArchive, hosts_of
from newscrawl.discovery import Listing
from newscrawl.items import ListRequest

_ROWS = 5000
"""Of an answer of the index."""
_ORIGINAL = "x-archive-orig-"
_WIRE = ("content-encoding", "content-length", "transfer-encoding")
_OF_THE_ARCHIVE = ("memento-datetime", "link", "server", "date", "content-length", "content-location", "server-timing")


class Wayback(WebArchive):
    """`scrapy crawl bloomberg -a source=wayback -a since=2013-05-27 -a until=2013-05-28`."""

    @property
    def hosts(self) -> frozenset[str]:
        """The archive's."""
        return hosts_of(self._setting("NEWSCRAWL_WAYBACK_INDEX"), self._template)

    async def start(self) -> AsyncIterator[ListRequest]:
        """The index, for each beginning of addresses."""
        endpoint = self._setting("NEWSCRAWL_WAYBACK_INDEX")
        for prefix, within in self._queries(
            [*self.publisher.past_prefixes, *(pattern for _, pattern in self.publisher.past_lists)]
        ):
            yield ListRequest(source="cdx", url=archives.wayback_query(endpoint, prefix, limit=_ROWS, **within))

    def chosen(self, listing: Listing, response: Response) -> Sequence[Link]:
        """Of captures those that are wanted; the links of a list as they were when it was captured."""
        links = super().chosen(listing, response)
        at = archives.captured_at_in(response.url, self._template)
        return [replace(link, capture=CaptureRef(url=link.url, captured_at=at)) for link in links] if at else links

    def lists_in(self, wanted: ListRequest, listing: Listing) -> Iterator[ListRequest]:
        """The rest of an answer of the index; of the publisher's own lists the last capture."""
        yield from super().lists_in(wanted, listing)
        refs = [link.capture for link in listing.links if link.capture]
        last = {ref.url: ref for ref in sorted(refs, key=lambda ref: ref.captured_at) if self._list_of(ref)}
        for ref in last.values():
            address = archives.replay_address(self._template, ref)
            yield ListRequest(source=self._list_of(ref) or "", url=address, depth=wanted.depth)

    def request_for(self, link: Link) -> Mapping[str, Any]:
        """Where the capture is replayed, as it was served."""
        ref = link.capture or CaptureRef(url=link.url, captured_at=datetime.now(UTC))
        return {"url": archives.replay_address(self._template, ref)}

    def address_of(self, response: Response) -> str:
        """What was captured."""
        return archives.original_in(response.url, self._template) or response.url

    def page(self, response: Response) -> Page:
        """The page as it was. Raises BrokenAnswerError for a page of the archive's own: in an outage it may say 200."""
        if not is_memento(response):
            raise BrokenAnswerError("no_capture", f"{response.url}: the archive answers with a page of its own")
        link: Link = response.meta["link"]
        page = page_of(response)
        url = self.address_of(response)
        return replace(
            page,
            url=url,
            requested_url=link.url if link.url != url else None,
            fetched_at=self._captured_at(response),
            capture=page.capture or replace(self._ref(response), url=url),
        )

    async def keep(self, response: Response, keeping: Keeper) -> CaptureRef | None:
        """Have a capture kept as one of its own time; a redirect to the capture nearest by, or an error, is none."""
        if response.status != HTTPStatus.OK or not is_memento(response):
            return None
        exchange = Exchange(
            url=self.address_of(response),
            status=response.status,
            headers=_original_headers(response),
            payload=response.body,
            received_at=self._captured_at(response),
            source_url=response.url,
        )
        return await keeping.keep(exchange)

    @property
    def _template(self) -> str:
        return str(self._setting("NEWSCRAWL_WAYBACK_REPLAY"))

    def _ref(self, response: Response) -> CaptureRef:
        return CaptureRef(url=response.url, captured_at=self._captured_at(response), status=response.status)

    def _captured_at(self, response: Response) -> datetime:
        """By the address that answered, which may not be the one that was asked for; else by what the archive says."""
        if moment := self._moment_in(response):
            return moment
        if memento := header(response, "Memento-Datetime"):
            return parsedate_to_datetime(memento)
        link: Link = response.meta["link"]
        return link.capture.captured_at if link.capture else datetime.now(UTC)

    def _moment_in(self, response: Response) -> datetime | None:
        location = header(response, "Content-Location")
        addresses = (response.urljoin(location) if location else "", response.url)
        return next(filter(None, (archives.captured_at_in(each, self._template) for each in addresses)), None)


def _original_headers(response: Response) -> tuple[tuple[str, str], ...]:
    """What the server once sent, as far as the archive tells; how the body is packed now."""
    served = pairs(response.headers)
    original = [(name[len(_ORIGINAL) :], value) for name, value in served if name.lower().startswith(_ORIGINAL)]
    kept = [(name, value) for name, value in original if name.lower() not in _WIRE]
    names = {name.lower() for name, _ in kept}
    return (*kept, *((name, value) for name, value in served if _is_of_the_page(name.lower(), names)))


def _is_of_the_page(name: str, known: set[str]) -> bool:
    return name not in known and name not in _OF_THE_ARCHIVE and not name.startswith(("x-archive-", "x-"))
