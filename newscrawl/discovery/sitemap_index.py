"""Sitemaps of sitemaps (sitemaps.org 0.9)."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, address, at_most
from newscrawl.discovery._xml import Element, entries, moment, text_of

MAX_ENTRIES = 50_000
"""As sitemaps.org limits it."""


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The sitemaps of an index, in its order; raises DiscoveryError, as `newscrawl.discovery.read` tells."""
    found = entries(body, url, ("sitemapindex",), ("sitemap",))
    return at_most(MAX_ENTRIES, (_link(entry, url) for entry in found), url)


def _link(entry: Element, base: str) -> Entry:
    url = address(text_of(entry, "loc"), base)
    if isinstance(url, Refused):
        return url
    return Link(url=url, source="sitemap_index", updated_at=moment(text_of(entry, "lastmod")))
