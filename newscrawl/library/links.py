"""A list as links."""

from __future__ import annotations

from collections.abc import Iterable

from newscrawl import discovery
from newscrawl.article import Link
from newscrawl.crawl.explorer import Explorer
from newscrawl.errors import ArgumentError, DiscoveryError
from newscrawl.publisher import GENERAL
from newscrawl.publishers import find_publisher, make_site
from newscrawl.syntax.encodings import encode_text
from newscrawl.urls import is_article_path, other_kind


class LinkList(list[Link]):
    """The links of a list, in its order, and what the list says beside them."""

    kind: str
    """What the list is: "feed", "news_sitemap", "sitemap_index", "text_sitemap", "front_page" …"""
    url: str
    lists: tuple[tuple[str, str], ...] = ()
    """Feeds, sitemaps and further pages that a front page names, as (kind, URL)."""
    error: DiscoveryError | None = None
    """Why only a part of the list could be read; None: all of it was."""

    def __init__(self, links: Iterable[Link], kind: str, url: str) -> None:
        super().__init__(links)
        self.kind, self.url = kind, url

    def find_articles(self) -> list[Link]:
        """Return the links that probably lead to articles: of a front page the likeliest first.

        A crawl learns from the pages that it fetches which addresses of a site are articles; this judges by the
        addresses, and by how a front page shows them. The links of an index are sitemaps: none is an article.
        """
        if self.kind == "sitemap_index":
            return []
        publisher = find_publisher(self.url)
        if publisher is GENERAL:
            return Explorer(make_site(self.url)).select(self)[0]
        rules = publisher.url_rules
        pages = [link for link in self if find_publisher(link.url) is publisher and not other_kind(link.url, rules)]
        return [link for link in pages if self.kind != "front_page" or is_article_path(link.url, rules)]


def find_links(body: bytes | str, url: str, *, content_type: str | None = None, kind: str | None = None) -> LinkList:
    """Read the list at `url`: an RSS, Atom or JSON feed, a sitemap of any kind, or the front page of a site.

    What it is, is found in `body`, which may be gzip; `kind` names the reader instead (newscrawl.discovery.sources).
    Links are absolute and have what the list says of each article. Raises DiscoveryError where nothing can be read.
    """
    if kind is not None and kind not in discovery.sources():
        raise ArgumentError(f"kind={kind!r}: there is no such list; there are {', '.join(discovery.sources())}")
    encoded, content_type = encode_text(body, content_type)
    kind, listing = discovery.read_any(encoded, url, (kind,) if kind else None, content_type=content_type)
    found = LinkList(listing.links, listing.links[0].source if listing.links else kind, url)
    found.lists = tuple((each.source, each.address) for each in listing.lists)
    found.error = listing.error
    return found
