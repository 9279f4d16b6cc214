"""Common Crawl's list of its crawls (collinfo.json), each with an index of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, address, at_most
from newscrawl.discovery._packed import unpacked
from newscrawl.discovery._xml import moment
from newscrawl.errors import DiscoveryError

MAX_BYTES = 10 * 2**20
MAX_ENTRIES = 10_000
_WEEK = re.compile(r"CC-MAIN-(\d{4})-(\d\d)", re.A)
_YEARS = re.compile(r"CC-MAIN-(\d{4})(?:-(\d{4}))?", re.A)

Span = tuple[datetime | None, datetime | None]


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The indexes of the crawls, in the order of the list; published_at and updated_at are a crawl's begin and end.

    Where the list does not tell, they are what the crawl's name tells: the ISO week of CC-MAIN-2013-20, the years of
    CC-MAIN-2008-2009. A crawl takes weeks, of which its name has one.

    Raises DiscoveryError, as `newscrawl.discovery.read` tells: "not_collinfo" of anything but a JSON array.
    """
    told = b"".join(unpacked(body, url, MAX_BYTES))
    if not told.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DiscoveryError(url, "empty", "the list is empty")
    try:
        crawls = json.loads(told)
    except (ValueError, RecursionError) as error:
        raise DiscoveryError(url, "not_collinfo", "no JSON, or cut short") from error
    if not isinstance(crawls, list):
        raise DiscoveryError(url, "not_collinfo", "no array of crawls")
    yield from at_most(MAX_ENTRIES, (_link(crawl, url) for crawl in crawls), url)


def _link(crawl: Any, base: str) -> Entry:
    if not isinstance(crawl, dict):
        return Refused("", "malformed")
    where = address(_text(crawl, "cdx-api"), base)
    if isinstance(where, Refused):
        return where
    begun, ended = _span(_text(crawl, "id"))
    return Link(
        url=where,
        source="collinfo",
        published_at=moment(_text(crawl, "from")) or begun,
        updated_at=moment(_text(crawl, "to")) or ended,
    )


def _text(crawl: dict[str, Any], name: str) -> str:
    value = crawl.get(name)
    return value if isinstance(value, str) else ""


def _span(name: str) -> Span:
    try:
        if found := _WEEK.fullmatch(name):
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return _days(monday, monday + timedelta(6))
        if found := _YEARS.fullmatch(name):
            return _days(date(int(found[1]), 1, 1), date(int(found[2] or found[1]), 12, 31))
    except (ValueError, OverflowError):
        pass
    return None, None


def _days(first: date, last: date) -> Span:
    """From the first second of one to the last of the other."""
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return begin, begin + (last - first) + timedelta(hours=24, seconds=-1)
