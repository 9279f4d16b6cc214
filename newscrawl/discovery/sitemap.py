"""A sitemap of any kind: an index of sitemaps, a list of pages, or plain text."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.discovery import news_sitemap, sitemap_index, text_sitemap
from newscrawl.discovery._listing import Entry
from newscrawl.discovery._xml import read_root_name


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Return the entries of a sitemap; Link.source is its kind."""
    if text_sitemap.is_text_sitemap(body, url):
        return text_sitemap.read_links(body, url)
    if read_root_name(body, url) == "sitemapindex":
        return sitemap_index.read_links(body, url)
    return news_sitemap.read_links(body, url)
