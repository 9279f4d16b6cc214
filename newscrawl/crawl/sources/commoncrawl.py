"""Common Crawl: its index tells in which of its WARC files a page stands, and only that record is fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from scrapy.http import Response

from newscrawl.archives.capture import Capture
from newscrawl.archives.warc_reader import read_record
from newscrawl.article import CaptureRef, Link, Page
from newscrawl.crawl.network.failures import BrokenAnswerError, Told
from newscrawl.crawl.policy import archives
from newscrawl.crawl.sources._source import Keeper
from newscrawl.crawl.sources._web_archive import LATER, WebArchive, hosts_of
from newscrawl.discovery import Listing
from newscrawl.errors import ArchiveError
from newscrawl.items import ListRequest
from newscrawl.urls import normal_form

_MOST_BYTES = 16 * 2**20
"""Of a record: an index may tell anything."""
_WEEK, _WEEKS = timedelta(days=7), timedelta(days=42)
"""A crawl of no more than a week is one of which only the name is known, which has a week of it: crawls take weeks."""
_WHOLE_FILE = "range_ignored"


class CommonCrawl(WebArchive):
    """`scrapy crawl bloomberg -a source=commoncrawl -a since=2020-01-01 -a until=2020-01-31`.

    Crawls that were made in these days, or in the two months after them, are asked.
    """

    @property
    def hosts(self) -> frozenset[str]:
        """Those of its index and of its files."""
        return hosts_of(self._setting("NEWSCRAWL_COMMONCRAWL_INDEX"), self._setting("NEWSCRAWL_COMMONCRAWL_DATA"))

    async def start(self) -> AsyncIterator[ListRequest]:
        """The list of crawls."""
        yield ListRequest(source="collinfo", url=self._setting("NEWSCRAWL_COMMONCRAWL_INDEX"))

    def list_statuses(self, wanted: ListRequest) -> Collection[int]:
        """Its index answers 404 where a crawl has none of the pages."""
        return () if wanted.source == "collinfo" else (HTTPStatus.NOT_FOUND,)

    def lists_in(self, wanted: ListRequest, listing: Listing) -> Iterator[ListRequest]:
        """The indexes of the crawls of the days; of each how many pages it has; and these."""
        if wanted.source == "collinfo":
            for crawl in filter(self._is_of_the_days, listing.links):
                for prefix, _ in self._queries(self.publisher.past_prefixes):
                    yield ListRequest(source="cdx_pages", url=archives.commoncrawl_query(crawl.url, prefix))
        for address in listing.more:
            yield ListRequest(source="cdx", url=address)

    def chosen(self, listing: Listing, response: Response) -> Sequence[Link]:
        """Captures alone: the crawls are lists."""
        return [link for link in super().chosen(listing, response) if link.capture]

    def request_for(self, link: Link) -> Mapping[str, Any]:
        """The bytes of the record, and no more: an answer with all of the file is broken off."""
        ref = link.capture
        if ref is None or ref.file is None or ref.offset is None or ref.length is None:
            raise ValueError("the index does not tell where the capture stands")
        last = ref.offset + ref.length - 1
        meta = {"link": link, "download_maxsize": min(ref.length, _MOST_BYTES)}
        return {
            "url": f"{self._setting('NEWSCRAWL_COMMONCRAWL_DATA').rstrip('/')}/{ref.file}",
            "headers": {"Range": f"bytes={ref.offset}-{last}", "Accept-Encoding": "identity"},
            "meta": meta,
            "dont_filter": True,  # many pages stand in one file
        }

    def page(self, response: Response) -> Page:
        """The page of the record. Raises ArchiveError, and BrokenAnswerError where it is not what was asked for."""
        link: Link = response.meta["link"]
        capture = _capture(response, link)
        kept: CaptureRef | None = response.meta.get("captures", {}).get(response.url)
        page = replace(capture.page(), capture=kept or link.capture)
        return replace(page, requested_url=link.url if link.url != page.url else None)

    async def keep(self, response: Response, keeping: Keeper) -> CaptureRef | None:
        """Have the record kept as it is, where it reads."""
        try:
            capture = _capture(response, response.meta["link"])
        except (ArchiveError, BrokenAnswerError):
            return None
        return await keeping.adopt(response.body, capture.ref)

    def told(self, error: BaseException | None) -> Told:
        """Larger than its record an answer is only where the server pays no heed to what is asked for."""
        told = super().told(error)
        return Told("failed", _WHOLE_FILE) if told.reason == "too_large" else told

    def _is_of_the_days(self, crawl: Link) -> bool:
        if crawl.source != "collinfo":
            return False
        first, last = (datetime.combine(day, time(), UTC) for day in self._days)
        begun, ended = crawl.published_at, crawl.updated_at
        if begun and ended and ended - begun <= _WEEK:
            ended += _WEEKS
        return not (begun and begun > last + LATER) and not (ended and ended < first)


def _capture(response: Response, link: Link) -> Capture:
    """The capture of a link. Raises ArchiveError for a broken record or another page's, BrokenAnswerError for none."""
    offset = (link.capture.offset if link.capture else None) or 0
    if response.status != HTTPStatus.PARTIAL_CONTENT and offset:
        raise BrokenAnswerError(_WHOLE_FILE, f"{response.url}: a part of the file was asked for, and all of it came")
    try:
        capture = read_record(response.body, response.url)
    except ArchiveError as error:
        raise ArchiveError(response.url, offset + (error.offset or 0), error.detail) from error
    if normal_form(capture.url) != normal_form(link.url):
        raise ArchiveError(response.url, offset, f"a record of {capture.url}, where the index has {link.url}")
    return capture
