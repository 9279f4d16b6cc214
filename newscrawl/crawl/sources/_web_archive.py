"""What web archives have in common: their index is asked which captures they have, and these are fetched one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response

from newscrawl.article import CaptureRef, Link
from newscrawl.crawl.policy import archives
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.sources._source import Source
from newscrawl.discovery import Listing
from newscrawl.urls import normal_form

_AROUND = timedelta(days=1)
"""The day in an address may be one off the day that is meant."""
LATER = timedelta(days=60)
"""How long after its publication an article without a date in its address is looked for."""
_EARLIEST = datetime(1996, 1, 1, tzinfo=UTC)
"""Nothing of the web was kept before."""
_TIMEOUT = 180
"""Seconds: an index of billions of captures takes its time."""


class WebArchive(Source):
    """The base of sources that ask a web archive."""

    mode: ClassVar[RunMode] = RunMode.WEB_ARCHIVE

    @property
    def article_hosts(self) -> frozenset[str]:
        """Those that the publisher has, and once had."""
        return self.publisher.all_hosts

    def settings(self) -> Mapping[str, Any]:
        """Patience."""
        return {"DOWNLOAD_DELAY": self._setting("NEWSCRAWL_ARCHIVE_DELAY"), "DOWNLOAD_TIMEOUT": _TIMEOUT}

    def version(self, link: Link) -> datetime | None:
        """The time of the capture."""
        return link.capture.captured_at if link.capture else None

    def is_to_be_asked_again(self, link: Link, asked: Collection[datetime | None]) -> bool:
        """Each capture that the index tells of; a page that only a list names is asked for if nothing of it was."""
        return link.source == "cdx"

    def requested_url(self, request: Request) -> str:
        """The page's own address."""
        return str(request.meta["link"].url)

    def chosen(self, listing: Listing, response: Response) -> Sequence[Link]:
        """Of the captures of each page the first and the last, or all that differ."""
        refs = [link.capture for link in listing.links if link.capture and not self._list_of(link.capture)]
        if not refs:
            return [link for link in listing.links if not link.capture]
        return [Link(url=ref.url, source="cdx", capture=ref) for ref in archives.chosen(refs, self._arguments.captures)]

    def _queries(self, patterns: Iterable[str]) -> Iterator[tuple[str, Mapping[str, date]]]:
        """Beginnings of addresses to ask the index for, and the time within which captures are wanted."""
        first, last = self._days
        for pattern in patterns:
            if "{day}" in pattern:
                for prefix in archives.prefixes([pattern], first - _AROUND, last + _AROUND):
                    yield prefix, {"since": first - _AROUND}
            else:
                yield pattern, {"since": first, "until": last + LATER}

    @property
    def _days(self) -> tuple[date, date]:
        """The first and the last day of the run."""
        since = self._arguments.since or _EARLIEST
        until = self._arguments.until or datetime.now(UTC)
        return since.date(), max(since, until - timedelta.resolution).date()

    def _list_of(self, ref: CaptureRef) -> str | None:
        """The discovery module that reads the page of a capture, where it is a list of the publisher's."""
        bare = normal_form(ref.url).partition("://")[2].removeprefix("www.")
        heads = ((name, pattern.partition("{day}")[0]) for name, pattern in self.publisher.past_lists)
        return next((name for name, head in heads if bare.startswith(head)), None)

    def _setting(self, name: str) -> Any:
        return self._crawl.crawler.settings[name]


def hosts_of(*addresses: str) -> frozenset[str]:
    """The hosts of these addresses."""
    return frozenset(urlsplit(address).hostname or "" for address in addresses)
