"""A sitemap of any kind: an index of sitemaps, a list of pages, a feed, or plain text."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.discovery import feed, news_sitemap, sitemap_index, text_sitemap
from newscrawl.discovery._listing import Entry
from newscrawl.discovery._packed import unpack_head
from newscrawl.discovery._xml import read_root_name
from newscrawl.syntax.encodings import decode_to_utf8


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Return the entries of a sitemap; Link.source is its kind. sitemaps.org allows feeds too."""
    if text_sitemap.is_text_sitemap(body, url):
        return text_sitemap.read_links(body, url)
    root = read_root_name(decode_to_utf8(unpack_head(body, url), None)[1])
    if root == "sitemapindex":
        return sitemap_index.read_links(body, url)
    return feed.read_links(body, url) if root in feed.ROOTS else news_sitemap.read_links(body, url)
