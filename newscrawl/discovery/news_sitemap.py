"""Sitemaps of pages (sitemaps.org 0.9), with Google's news extension where a list has it."""

from __future__ import annotations

from lxml import etree

from newscrawl.article import Link
from newscrawl.discovery._xml import address, children, moment, parse, text_of


def links(body: bytes, url: str) -> list[Link]:
    """The pages of a sitemap, in its order. Raises DiscoveryError when `body` is no <urlset>."""
    root = parse(body, url, "urlset")
    read = (_link(entry, url) for entry in children(root, "url"))
    return [link for link in read if link]


def _link(entry: etree._Element, base: str) -> Link | None:
    url = address(text_of(entry, "loc"), base)
    if not url:
        return None
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
