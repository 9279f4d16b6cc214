"""Sitemaps of pages (sitemaps.org 0.9), with Google's news extension where a list has it."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, address, at_most
from newscrawl.discovery._xml import Element, children, entries, moment, text_of

MAX_ENTRIES = 50_000
"""As sitemaps.org limits it."""


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The pages of a sitemap, in its order; raises DiscoveryError, as `newscrawl.discovery.read` tells."""
    found = entries(body, url, ("urlset",), ("url",))
    return at_most(MAX_ENTRIES, (_link(entry, url) for entry in found), url)


def _link(entry: Element, base: str) -> Entry:
    url = address(text_of(entry, "loc"), base)
    if isinstance(url, Refused):
        return url
    news = next(children(entry, "news"), None)
    updated_at = moment(text_of(entry, "lastmod"))
    if news is None:
        return Link(url=url, source="news_sitemap", updated_at=updated_at)
    return Link(
        url=url,
        source="news_sitemap",
        headline=text_of(news, "title"),
        published_at=moment(text_of(news, "publication_date")),
        updated_at=updated_at,
        tickers=_tickers(text_of(news, "stock_tickers")),
    )


def _tickers(text: str | None) -> tuple[str, ...]:
    return tuple(ticker for part in (text or "").split(",") if (ticker := part.strip()))
