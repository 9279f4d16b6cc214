"""Front pages and section fronts: every link of an HTML page with its words, and the feeds and sitemaps it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from newscrawl.article import Link
from newscrawl.discovery._anchors import PageLink, read_page_links
from newscrawl.discovery._html import MAX_ENTRIES, Element, ParsedPage, parse_page
from newscrawl.discovery._listing import Entry, ListLink, Refused, limit_entries, make_absolute

_FEED_TYPES = re.compile(r"(?:application|text)/(?:x-|x\.)?(?:rss|atom|rdf|feed)(?:\+(?:xml|json))?\s*(?:;|$)", re.I)
_VAGUE_FEED_TYPES = re.compile(r"(?:application|text)/(?:xml|json)\s*(?:;|$)", re.I)
"""Also the types of a content management system's own interfaces: a feed only if its address says so."""
_FEED_ADDRESS = re.compile(
    r"(?:^|[/._=-])(?:rss|atom|feeds?|rdf)(?:[12]|\.(?:xml|rss|json|php|aspx?|html?))?/?$|\.(?:rss|rdf|atom)$"
    r"|[/=](?:rss|feeds?)/[^?]*(?:\.xml|/)$|[?&](?:feed|format|type|output)=(?:rss2?|atom|rdf|feed)\b",
    re.I,
)
_FEED_PAGE = re.compile(r"/(?:rss|feeds?)(?:\.html?|\.aspx?|\.php)?/?$", re.I)
"""A visible link to it may lead to the page that lists the site's feeds."""
_COMMENTS = re.compile(r"comment|kommentar|comentario|commenti|/replies", re.I)
_SITEMAP = re.compile(r"sitemap[^/]*\.xml(?:\.gz)?$", re.I)
_MAX_LISTS = 100


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Yield the lists that the page names, then its links, each URL once, in reading order, chrome included.

    The headline of a link is its longest text. Feeds of comments are left out. Raises DiscoveryError as
    `newscrawl.discovery.read_anchors` does.
    """
    page = parse_page(body, url)
    links = read_page_links(page)
    yield from list(dict.fromkeys(_find_lists(page, links)))[:_MAX_LISTS]
    yield from limit_entries(MAX_ENTRIES, map(_make_link, links), url)
    page.check_whole()


def _make_link(link: PageLink) -> Entry:
    if isinstance(link.address, Refused):
        return link.address
    return Link(url=link.address, source="front_page", headline=link.text or None, anchor=link.anchor)


def _find_lists(page: ParsedPage, links: list[PageLink]) -> Iterator[ListLink]:
    for element in page.root.iter("link", "a"):
        if "next" in (element.get("rel") or "").lower().split():
            address = make_absolute(element.get("href"), page.base)
            if isinstance(address, str):
                yield ListLink("next_page", address)
    for element in page.root.iter("link"):
        address = make_absolute(element.get("href"), page.base)
        if isinstance(address, str) and (source := _declared_source(element, address)):
            yield ListLink(source, address, element.get("title"))
    visible = [link for link in links if isinstance(link.address, str)]
    for link in sorted(visible, key=lambda link: bool(_FEED_PAGE.search(str(link.address)))):
        if source := _visible_source(link):
            yield ListLink(source, str(link.address), link.text or None)


def _declared_source(element: Element, address: str) -> str | None:
    relations = (element.get("rel") or "").lower().split()
    kind = element.get("type") or ""
    if "sitemap" in relations:
        return "sitemap"
    if "feed" not in relations and "alternate" not in relations:
        return None
    is_feed = _FEED_TYPES.match(kind) or (_VAGUE_FEED_TYPES.match(kind) and _FEED_ADDRESS.search(address))
    is_of_comments = _COMMENTS.search(f"{urlsplit(address).path} {element.get('title') or ''}")
    return "feed" if (is_feed or "feed" in relations) and not is_of_comments else None


def _visible_source(link: PageLink) -> str | None:
    address = str(link.address)
    if _SITEMAP.search(address.partition("?")[0]):
        return "sitemap"
    return "feed" if _FEED_ADDRESS.search(address) and not _COMMENTS.search(f"{address} {link.text}") else None
