"""A sitemap of whichever kind it is: of sitemaps, of pages, or a plain list of addresses."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.discovery import news_sitemap, sitemap_index, text_sitemap
from newscrawl.discovery._listing import Entry
from newscrawl.discovery._xml import root_name


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The entries of a sitemap; their `source` tells its kind. Raises DiscoveryError, as that kind's module does."""
    if text_sitemap.claims(body, url):
        return text_sitemap.links(body, url)
    if root_name(body, url) == "sitemapindex":
        return sitemap_index.links(body, url)
    return news_sitemap.links(body, url)
