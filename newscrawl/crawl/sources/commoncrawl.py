"""Common Crawl: its index says where in its WARC files a page is, and only that record is fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from scrapy.http import Response

from newscrawl.archives.capture import Capture
from newscrawl.archives.warc_reader import read_record
from newscrawl.article import CaptureRef, Link, Page
from newscrawl.crawl.network.failures import BrokenResponseError, RequestFailure
from newscrawl.crawl.policy import archives
from newscrawl.crawl.source import ArchivedRecord
from newscrawl.crawl.sources._web_archive import CAPTURE_DELAY, WebArchive, list_hosts
from newscrawl.discovery import Listing
from newscrawl.errors import ArchiveError
from newscrawl.items import ListRequest
from newscrawl.publishers import normalize_by_publisher

_MAX_RECORD_BYTES = 16 * 2**20  # the length in an index cannot be trusted
_WEEK, _CRAWL_DURATION = timedelta(days=7), timedelta(days=42)
"""Crawls take weeks. One of at most a week has its dates from its name, which holds only the first week."""
_RANGE_IGNORED = "range_ignored"


class CommonCrawl(WebArchive):
    """`scrapy crawl NAME -a source=commoncrawl -a since=2020-01-01 -a until=2020-01-31`.

    Crawls of these days and of the two months after them are searched.
    """

    @property
    def hosts(self) -> frozenset[str]:
        return list_hosts(self._setting("NEWSCRAWL_COMMONCRAWL_INDEX"), self._setting("NEWSCRAWL_COMMONCRAWL_DATA"))

    @property
    def queries_per_minute(self) -> int:
        return int(self._setting("NEWSCRAWL_COMMONCRAWL_QUERIES"))

    async def start(self) -> AsyncIterator[ListRequest]:
        self._list_patterns()
        yield ListRequest(source="collinfo", url=self._setting("NEWSCRAWL_COMMONCRAWL_INDEX"))

    def find_lists(self, request: ListRequest, listing: Listing) -> Iterator[ListRequest]:
        """For each crawl of the run's days, first how many result pages its index has, then these pages."""
        # the index answers 404 where a crawl has none of the pages
        statuses = (HTTPStatus.NOT_FOUND,)
        if request.source == "collinfo":
            for crawl in filter(self._is_of_the_days, listing.links):
                for wanted, _ in self._queries(each for site in self.sites for each in archives.list_patterns(site)):
                    url = archives.make_commoncrawl_query(crawl.url, wanted)
                    yield ListRequest(source="cdx_pages", url=url, statuses=statuses)
        for url in listing.more:
            yield ListRequest(source="cdx", url=url, statuses=statuses)

    def select_links(self, listing: Listing, url: str) -> Sequence[Link]:
        """Captures only: the links of "collinfo" are crawls."""
        return [link for link in super().select_links(listing, url) if link.capture]

    def request_arguments(self, link: Link) -> Mapping[str, Any]:
        """Request the bytes of the record; a response with the whole file is cut off by its size."""
        ref = link.capture
        if ref is None or ref.file is None or ref.offset is None or ref.length is None:
            raise ValueError("the index does not say where the capture is")
        last = ref.offset + ref.length - 1
        return {
            "url": f"{self._setting('NEWSCRAWL_COMMONCRAWL_DATA').rstrip('/')}/{ref.file}",
            "headers": {"Range": f"bytes={ref.offset}-{last}", "Accept-Encoding": "identity"},
            "meta": {"link": link, "download_maxsize": min(ref.length, _MAX_RECORD_BYTES)},
            "dont_filter": True,  # many pages are in one file
        }

    def read_page(self, response: Response) -> Page:
        """Make the page of the record. Raises ArchiveError, and BrokenResponseError where it is another one."""
        link: Link = response.meta["link"]
        stored: CaptureRef | None = response.meta.get("captures", {}).get(response.url)
        page = _read_capture(response, link).page()
        if capture := stored or link.capture:
            page = replace(page, capture=replace(capture, incomplete_reason=page.incomplete_reason))
        return replace(page, requested_url=link.url if link.url != page.url else None)

    def read_capture(self, response: Response) -> ArchivedRecord | None:
        try:
            capture = _read_capture(response, response.meta["link"])
        except (ArchiveError, BrokenResponseError):
            return None
        return ArchivedRecord(response.body, capture.ref)

    def describe_failure(self, error: BaseException | None) -> RequestFailure:
        """A response is larger than its record only if the server ignored the requested range."""
        failure = super().describe_failure(error)
        return RequestFailure("failed", _RANGE_IGNORED) if failure.reason == "too_large" else failure

    def _is_of_the_days(self, crawl: Link) -> bool:
        if crawl.source != "collinfo":
            return False
        first, last = (datetime.combine(day, time(), UTC) for day in self._days)
        begun, ended = crawl.published_at, crawl.updated_at
        if begun and ended and ended - begun <= _WEEK:
            ended += _CRAWL_DURATION
        return not (begun and begun > last + CAPTURE_DELAY) and not (ended and ended < first)


def _read_capture(response: Response, link: Link) -> Capture:
    """The capture of a link. Raises ArchiveError for a broken or wrong record, BrokenResponseError for a whole file."""
    offset = (link.capture.offset if link.capture else None) or 0
    if response.status != HTTPStatus.PARTIAL_CONTENT and offset:
        raise BrokenResponseError(_RANGE_IGNORED, f"{response.url}: the server sent the whole file instead of a range")
    try:
        capture = read_record(response.body, response.url)
    except ArchiveError as error:
        raise ArchiveError(response.url, offset + (error.offset or 0), error.detail) from error
    if normalize_by_publisher(capture.url) != normalize_by_publisher(link.url):
        raise ArchiveError(response.url, offset, f"a record of {capture.url}, where the index has {link.url}")
    return capture
