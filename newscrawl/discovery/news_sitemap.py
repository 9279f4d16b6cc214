"""Sitemaps of pages (sitemaps.org 0.9), with Google's news extension where a list has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, limit_entries, make_absolute
from newscrawl.discovery._packed import MAX_BYTES, read_whole
from newscrawl.discovery._xml import Element, iter_children, parse_time, read_entries, read_text

MAX_ENTRIES = 50_000  # as sitemaps.org limits it


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    return read_whole(body, url, MAX_BYTES, _read_entries)


def _read_entries(content: bytes, url: str) -> Iterator[Entry]:
    entries = read_entries(content, url, ("urlset",), ("url",))
    return limit_entries(MAX_ENTRIES, (_link(entry, url) for entry in entries), url)


def _link(entry: Element, base: str) -> Entry:
    url = make_absolute(read_text(entry, "loc"), base)
    if isinstance(url, Refused):
        return url
    news = next(iter_children(entry, "news"), None)
    link = Link(url=url, source="news_sitemap", updated_at=parse_time(read_text(entry, "lastmod")))
    if news is None:
        return link
    return replace(
        link,
        headline=read_text(news, "title"),
        published_at=parse_time(read_text(news, "publication_date")),
        tickers=tuple(filter(None, map(str.strip, (read_text(news, "stock_tickers") or "").split(",")))),
    )
