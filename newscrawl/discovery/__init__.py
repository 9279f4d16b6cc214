"""Lists of articles: bytes in, links out. Nothing here fetches.

One module a source, and a source's name is its module's name: `read` finds it there. Each has
`links(body: bytes, url: str) -> Iterator[Link | Refused | More]`, which yields the entries of the list at `url` in its
order, and raises DiscoveryError where it comes to an end of what can be read. A list without entries is none, but for
an archive's index, which has none of what nobody captured. Addresses come out absolute, times in UTC.

What a list may be, and what is told of it (DiscoveryError.reason):

empty               nothing, or nothing but space
not_rss, not_urlset, not_sitemapindex, not_html, not_text_sitemap, not_cdx, not_collinfo
                    something else than was asked for: HTML for XML, a sitemap for a feed, no markup at all; an error
                    page of an archive's index
xml_entities        XML that declares entities or an external DTD
broken_gzip         gzip by its first bytes, and not one byte comes of it
broken_tail         cut short or broken: what came before is read
too_large           larger than its kind is (sitemaps 50 MiB unpacked, feeds 10: what came before is read; pages 10),
                    or nested too deep: what came before is read
too_many_entries    more than its kind has (sitemaps 50,000, feeds and pages 10,000, an archive's index 150,000 at
                    once): the first are read
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType

from newscrawl import plugins
from newscrawl.article import Link
from newscrawl.discovery._html import Element
from newscrawl.discovery._html import entries as read_anchors
from newscrawl.discovery._listing import MAX_ADDRESS, Entry, Listing, More, Refused
from newscrawl.discovery._packed import MAX_BYTES
from newscrawl.errors import DiscoveryError

__all__ = [
    "MAX_ADDRESS",
    "MAX_BYTES",
    "Element",
    "Entry",
    "Listing",
    "More",
    "Refused",
    "read",
    "read_anchors",
    "sources",
]


def read(source: str, body: bytes, url: str, readers: Mapping[str, str] = MappingProxyType({})) -> Listing:
    """Read the list at `url`. `source` names a module here, or one of a publisher's own `readers`.

    "sitemap" is a sitemap of any kind. `readers` has the dotted names of functions ("package.module:function") that
    are like `links` of a module here. Raises DiscoveryError if nothing can be read, KeyError for an unknown source. If
    only a part can be read, the error is the listing's `trouble`.
    """
    links_of = pkgutil.resolve_name(readers[source]) if source in readers else _readers()[source]
    links: list[Link] = []
    refused: list[Refused] = []
    more: list[str] = []
    trouble = None
    try:
        for entry in links_of(body, url):
            match entry:
                case Link():
                    links.append(entry)
                case Refused():
                    refused.append(entry)
                case More(address):
                    more.append(address)
    except DiscoveryError as error:
        if not links and not refused and not more:
            raise
        trouble = error
    return Listing(links=tuple(links), refused=tuple(refused), more=tuple(more), trouble=trouble)


def sources() -> tuple[str, ...]:
    """The names that `read` knows, in alphabetical order."""
    return tuple(_readers())


@cache
def _readers() -> dict[str, Callable[[bytes, str], Iterator[Entry]]]:
    return {name: module.links for name, module in plugins.load_modules(sys.modules[__name__]).items()}
