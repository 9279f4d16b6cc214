"""Sitemaps of sitemaps (sitemaps.org 0.9), and which of them a run needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, address, at_most
from newscrawl.discovery._xml import Element, entries, moment, text_of

MAX_ENTRIES = 50_000
"""As sitemaps.org limits it."""
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)[_/-]?(1[0-2]|0?[1-9])(?!\d)")


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The sitemaps of an index, in its order; raises DiscoveryError, as `newscrawl.discovery.read` tells."""
    found = entries(body, url, ("sitemapindex",), ("sitemap",))
    return at_most(MAX_ENTRIES, (_link(entry, url) for entry in found), url)


def _link(entry: Element, base: str) -> Entry:
    url = address(text_of(entry, "loc"), base)
    if isinstance(url, Refused):
        return url
    return Link(url=url, source="sitemap_index", updated_at=moment(text_of(entry, "lastmod")))


def needed(children: Sequence[Link], since: datetime | None, newest: int | None) -> list[Link]:
    """The sitemaps that may list an article of `since` or later, newest first.

    Without `since`, the `newest` ones (all if None): an index may lead thirty years back. A sitemap's time is the
    month in its address, else its lastmod; one that tells neither is always needed.
    """
    dated = sorted(children, key=lambda link: _reach(link) or datetime.max.replace(tzinfo=UTC), reverse=True)
    if since:
        return [link for link in dated if (reach := _reach(link)) is None or reach >= since]
    return dated[:newest]


def _reach(link: Link) -> datetime | None:
    """The end of the month in its address ("sitemap_2013_5.xml"), or its lastmod."""
    months = _MONTH.findall(link.url)
    if not months:
        return link.updated_at
    year, month = map(int, months[-1])
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
