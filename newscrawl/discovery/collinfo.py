"""Common Crawl's list of its crawls (collinfo.json), each with its own index."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, limit_entries, make_absolute
from newscrawl.discovery._packed import SPACE, unpack
from newscrawl.discovery._xml import parse_time
from newscrawl.errors import DiscoveryError

MAX_BYTES = 10 * 2**20
MAX_ENTRIES = 10_000
_WEEK = re.compile(r"CC-MAIN-(\d{4})-(\d\d)", re.A)
_YEARS = re.compile(r"CC-MAIN-(\d{4})(?:-(\d{4}))?", re.A)

Span = tuple[datetime | None, datetime | None]


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Yield the indexes of the crawls, in order; published_at and updated_at are the begin and end of a crawl.

    If the list does not say, they are read from the crawl's name: the ISO week of CC-MAIN-2013-20 (one of the weeks
    that a crawl takes), the years of CC-MAIN-2008-2009.

    Raises DiscoveryError as `newscrawl.discovery.read` does: "not_collinfo" for anything but a JSON array.
    """
    content = b"".join(unpack(body, url, MAX_BYTES))
    if not content.strip(SPACE):
        raise DiscoveryError(url, "empty", "the list is empty")
    try:
        crawls = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DiscoveryError(url, "not_collinfo", "not JSON, or cut short") from error
    if not isinstance(crawls, list):
        raise DiscoveryError(url, "not_collinfo", "not an array of crawls")
    yield from limit_entries(MAX_ENTRIES, (_link(crawl, url) for crawl in crawls), url)


def _link(crawl: Any, base: str) -> Entry:
    if not isinstance(crawl, dict):
        return Refused("", "malformed")
    where = make_absolute(_text(crawl, "cdx-api"), base)
    if isinstance(where, Refused):
        return where
    begun, ended = _span(_text(crawl, "id"))
    return Link(
        url=where,
        source="collinfo",
        published_at=parse_time(_text(crawl, "from")) or begun,
        updated_at=parse_time(_text(crawl, "to")) or ended,
    )


def _text(crawl: dict[str, Any], name: str) -> str:
    value = crawl.get(name)
    return value if isinstance(value, str) else ""


def _span(name: str) -> Span:
    with suppress(ValueError, OverflowError):
        if week := _WEEK.fullmatch(name):
            monday = date.fromisocalendar(int(week[1]), int(week[2]), 1)
            return _days(monday, monday + timedelta(6))
        if years := _YEARS.fullmatch(name):
            return _days(date(int(years[1]), 1, 1), date(int(years[2] or years[1]), 12, 31))
    return None, None


def _days(first: date, last: date) -> Span:
    """Return the first second of one day and the last of another."""
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return begin, begin + (last - first) + timedelta(hours=24, seconds=-1)
