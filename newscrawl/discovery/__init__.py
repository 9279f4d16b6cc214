"""Lists of articles: bytes in, links out. Nothing here fetches.

One module per kind of list; `read` finds it by name. Each has
`read_links(body: bytes, url: str) -> Iterator[Entry]`, which yields the entries of the list at `url` in
order, and raises DiscoveryError where it can read no further. URLs are absolute, times in UTC.

DiscoveryError.reason:

empty               no bytes, or only space
not_rss, not_json_feed, not_urlset, not_sitemapindex, not_html, not_text_sitemap, not_cdx, not_collinfo
                    a list of another kind, or none: HTML in place of XML, a sitemap in place of a feed, an error page
                    of an archive's index
not_a_list          neither feed, sitemap nor HTML page
broken_gzip         gzip by its first bytes, but nothing can be unpacked
broken_tail         cut short or broken; the part before is read
too_large           larger than the limit of its kind (unpacked: sitemaps 50 MiB, feeds and pages 10 MiB), or nested too
                    deep; the part before is read, except of pages
too_many_entries    more than the limit of its kind (sitemaps 50,000, feeds and pages 10,000, one response of an
                    archive's index 150,000); the first ones are read
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from newscrawl import plugins
from newscrawl.article import Link
from newscrawl.discovery._html import Element, read_anchors
from newscrawl.discovery._listing import MAX_ADDRESS, Entry, Listing, ListLink, More, Refused
from newscrawl.discovery._packed import MAX_BYTES, is_packed
from newscrawl.errors import DiscoveryError
from newscrawl.syntax.encodings import decode_to_utf8

__all__ = [
    "MAX_ADDRESS",
    "MAX_BYTES",
    "Element",
    "Entry",
    "ListLink",
    "Listing",
    "More",
    "Refused",
    "read",
    "read_anchors",
    "read_any",
    "sources",
]

_KINDS = ("sitemap", "feed", "json_feed", "front_page")
"""What a list of unknown kind may be: each reader rejects at once what is of another kind; "sitemap" reads four."""


def read(
    source: str,
    body: bytes,
    url: str,
    readers: Mapping[str, str] = MappingProxyType({}),
    *,
    content_type: str | None = None,
) -> Listing:
    """Read the list at `url`. `source` names a module here, or one of a publisher's own `readers`.

    "sitemap" is a sitemap of any kind. `readers` has the dotted names of functions ("package.module:function") that
    are like `read_links` of a module here; they get text in UTF-8, or gzip. `content_type` is the HTTP header, whose
    charset may be needed. Raises DiscoveryError if nothing can be read, KeyError for an unknown source. If only a part
    can be read, the error is the listing's `error`.
    """
    links_of = pkgutil.resolve_name(readers[source]) if source in readers else _readers()[source]
    if not is_packed(body):
        body = decode_to_utf8(body, content_type)[1]
    entries: list[Entry] = []
    failure = None
    try:
        entries.extend(links_of(body, url))  # of a generator that raises, those before stay
    except DiscoveryError as error:
        if not entries:
            raise
        failure = error
    return Listing(
        links=tuple(each for each in entries if isinstance(each, Link)),
        refused=tuple(each for each in entries if isinstance(each, Refused)),
        more=tuple(each.address for each in entries if isinstance(each, More)),
        lists=tuple(each for each in entries if isinstance(each, ListLink)),
        error=failure,
    )


def read_any(
    body: bytes, url: str, kinds: Sequence[str] | None = None, *, content_type: str | None = None
) -> tuple[str, Listing]:
    """Read a list of unknown kind; return its kind, the first of `kinds` that it is, and what is in it.

    Raises DiscoveryError: "not_a_list" for neither feed, sitemap nor HTML page.
    """
    for kind in kinds or _KINDS:
        try:
            return kind, read(kind, body, url, content_type=content_type)
        except DiscoveryError as error:
            if kinds or not error.reason.startswith("not_"):
                raise
    raise DiscoveryError(url, "not_a_list", "this is no feed, no sitemap and no HTML page")


def sources() -> tuple[str, ...]:
    """Return the kinds of lists that `read` knows, in alphabetical order."""
    return tuple(_readers())


@cache
def _readers() -> dict[str, Callable[[bytes, str], Iterator[Entry]]]:
    return {name: module.read_links for name, module in plugins.load_modules(sys.modules[__name__]).items()}
