"""The Wayback Machine, and archives with the same interface (pywb)."""

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
from newscrawl.crawl.network.failures import BrokenResponseError
from newscrawl.crawl.network.hosts import is_memento
from newscrawl.crawl.network.responses import get_header, list_headers, make_page
from newscrawl.crawl.policy import archives
from newscrawl.crawl.sources._web_archive import WebArchive, list_hosts
from newscrawl.discovery import Listing
from newscrawl.items import ListRequest

_ROWS = 10_000  # of one response of the index
_ORIGINAL_PREFIX = "x-archive-orig-"
_TRANSFER_HEADERS = ("content-encoding", "content-length", "transfer-encoding")
_ARCHIVE_HEADERS = ("memento-datetime", "link", "server", "date", "content-length", "content-location", "server-timing")


class Wayback(WebArchive):
    """`scrapy crawl NAME -a source=wayback -a since=2013-05-27 -a until=2013-05-28`."""

    @property
    def hosts(self) -> frozenset[str]:
        return list_hosts(self._setting("NEWSCRAWL_WAYBACK_INDEX"), self._template)

    @property
    def queries_per_minute(self) -> int:
        return int(self._setting("NEWSCRAWL_WAYBACK_QUERIES"))

    async def start(self) -> AsyncIterator[ListRequest]:
        endpoint = self._setting("NEWSCRAWL_WAYBACK_INDEX")
        patterns = self._list_patterns()
        patterns += [pattern for site in self.sites for _, pattern in site.past_lists]
        for wanted, within in self._queries(patterns):
            yield ListRequest(source="cdx", url=archives.make_wayback_query(endpoint, wanted, limit=_ROWS, **within))

    def select_links(self, listing: Listing, url: str) -> Sequence[Link]:
        """As of every archive; the links of a captured list lead to captures of the same time."""
        links = super().select_links(listing, url)
        at = archives.read_capture_time(url, self._template)
        return [replace(link, capture=CaptureRef(url=link.url, captured_at=at)) for link in links] if at else links

    def find_lists(self, request: ListRequest, listing: Listing) -> Iterator[ListRequest]:
        """Yield the rest of the index's response, and the last capture of each of the publisher's own lists."""
        yield from super().find_lists(request, listing)
        refs = sorted((link.capture for link in listing.links if link.capture), key=lambda ref: ref.captured_at)
        last = {ref.url: (kind, ref) for ref in refs if (kind := self._list_kind(ref))}
        for kind, ref in last.values():
            yield ListRequest(source=kind, url=archives.make_replay_url(self._template, ref), depth=request.depth)

    def request_arguments(self, link: Link) -> Mapping[str, Any]:
        ref = link.capture or CaptureRef(url=link.url, captured_at=datetime.now(UTC))
        return {"url": archives.make_replay_url(self._template, ref)}

    def original_url(self, url: str) -> str:
        return archives.read_original_url(url, self._template) or url

    def read_page(self, response: Response) -> Page:
        """Make the captured page. Raises BrokenResponseError for a page of the archive itself."""
        if not is_memento(response):  # seen in the wild: an outage with status 200
            raise BrokenResponseError("no_capture", f"{response.url}: the archive answered with a page of its own")
        link: Link = response.meta["link"]
        page = make_page(response)
        url, captured_at = self.original_url(response.url), self._captured_at(response)
        capture = page.capture or CaptureRef(
            url=url, captured_at=captured_at, status=response.status, incomplete_reason=page.incomplete_reason
        )
        requested_url = link.url if link.url != url else None
        return replace(page, url=url, requested_url=requested_url, fetched_at=captured_at, capture=capture)

    def read_capture(self, response: Response) -> Exchange | None:
        """Return the capture with its own time; nothing for a redirect to the nearest capture, or for an error."""
        if response.status != HTTPStatus.OK or not is_memento(response):
            return None
        return Exchange(
            url=self.original_url(response.url),
            status=response.status,
            headers=_original_headers(response),
            payload=response.body,
            received_at=self._captured_at(response),
            source_url=response.url,
        )

    @property
    def _template(self) -> str:
        return str(self._setting("NEWSCRAWL_WAYBACK_REPLAY"))

    def _captured_at(self, response: Response) -> datetime:
        """The time in the address of the response, which may differ from the requested one; else the archive's word."""
        location = get_header(response, "Content-Location")
        for url in (response.urljoin(location) if location else "", response.url):
            if moment := archives.read_capture_time(url, self._template):
                return moment
        if memento := get_header(response, "Memento-Datetime"):
            return parsedate_to_datetime(memento)
        link: Link = response.meta["link"]
        return link.capture.captured_at if link.capture else datetime.now(UTC)


def _original_headers(response: Response) -> tuple[tuple[str, str], ...]:
    """Return the headers that the server once sent, as far as the archive knows; those of encoding are today's."""
    original, current = [], []
    for name, value in list_headers(response.headers):
        lower = name.lower()
        if lower.startswith(_ORIGINAL_PREFIX) and lower.removeprefix(_ORIGINAL_PREFIX) not in _TRANSFER_HEADERS:
            original.append((name[len(_ORIGINAL_PREFIX) :], value))
        elif lower not in _ARCHIVE_HEADERS and not lower.startswith("x-"):
            current.append((name, value))
    known = {name.lower() for name, _ in original}
    return (*original, *((name, value) for name, value in current if name.lower() not in known))
