"""HTML pages that lead to articles: parsed within limits, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from urllib.parse import urljoin

from lxml import etree, html

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, address, at_most
from newscrawl.discovery._packed import unpacked
from newscrawl.errors import DiscoveryError
from newscrawl.html_limits import MAX_ATTRIBUTES, has_hostile_tag

Element = html.HtmlElement
MAX_ENTRIES = 10_000
MAX_BYTES = 10 * 2**20
_MAX_TEXTS, _MAX_WORDS = 500, 2000
"""Of an anchor: pieces of text, and characters. It is a headline, not what a broken page has nested in it."""


def entries(body: bytes, url: str, source: str, anchors: Callable[[Element], Iterable[Element]]) -> Iterator[Entry]:
    """Where those `anchors` of the page at `url` lead, each address once, in order, with the longest words that do.

    What leads to no web page ("mailto:") is left out. Raises DiscoveryError: "empty", "not_html", "too_large",
    "too_many_entries", and those of gzip.
    """
    root, whole = _parsed(body, url)
    base = _base(root, url)
    found: dict[str | Refused, str] = {}
    for anchor in anchors(root):
        where = address(anchor.get("href"), base)
        if isinstance(where, str) or where.reason == "url_too_long":
            found[where] = max(found.get(where, ""), _words(anchor), key=len)
    yield from at_most(MAX_ENTRIES, (_entry(where, words, source) for where, words in found.items()), url)
    if not whole:
        raise DiscoveryError(url, "too_large", "nested too deep, or one text of over 10 MB")


def _base(root: Element, url: str) -> str:
    """What the page's addresses are joined to; the page's own where its base is no address ("http://[x")."""
    try:
        return urljoin(url, str(next(iter(root.xpath("//base/@href")), "")))
    except ValueError:
        return url


def _entry(where: str | Refused, words: str, source: str) -> Entry:
    return where if isinstance(where, Refused) else Link(url=where, source=source, headline=words or None)


def _parsed(body: bytes, url: str) -> tuple[Element, bool]:
    """The root of a page, and whether all of it was read."""
    page = b"".join(unpacked(body, url, MAX_BYTES))
    if not page.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DiscoveryError(url, "empty", "the page is empty")
    if b"<" not in page:
        raise DiscoveryError(url, "not_html", "not HTML")
    if has_hostile_tag(page):
        raise DiscoveryError(url, "too_large", f"a tag has over {MAX_ATTRIBUTES:,} attributes")
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = html.fromstring(page, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise DiscoveryError(url, "not_html", f"not HTML: {error}") from error
    return root, all(entry.type_name != "ERR_RESOURCE_LIMIT" for entry in parser.error_log)


def _words(anchor: Element) -> str:
    return " ".join("".join(islice(anchor.itertext(), _MAX_TEXTS))[:_MAX_WORDS].split())
