"""Links of HTML pages, parsed within limits, because the bytes may be anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import urljoin

from lxml import etree, html

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, limit_entries, make_absolute
from newscrawl.discovery._packed import SPACE, unpack
from newscrawl.errors import DiscoveryError
from newscrawl.html_checks import MAX_ATTRIBUTES, has_hostile_tag
from newscrawl.syntax.encodings import decode_to_utf8

Element = html.HtmlElement
MAX_ENTRIES = 10_000
MAX_BYTES = 10 * 2**20
_MAX_TEXTS, _MAX_WORDS = 500, 2000
"""Pieces of text and characters read of an anchor: a broken page nests everything in one."""


def read_anchors(
    body: bytes, url: str, source: str, find_anchors: Callable[[Element], Iterable[Element]]
) -> Iterator[Entry]:
    """Yield the targets of some anchors of the page at `url`, each URL once, in order, with its longest text.

    Targets that are not web pages ("mailto:") are skipped. Raises DiscoveryError: "empty", "not_html", "too_large",
    "too_many_entries", and those of gzip.
    """
    page = parse_page(body, url)
    texts: dict[str | Refused, str] = {}
    for anchor in find_anchors(page.root):
        where = make_absolute(anchor.get("href"), page.base)
        if isinstance(where, str) or where.reason == "url_too_long":
            texts[where] = max(texts.get(where, ""), read_words(anchor), key=len)
    entries = (
        where if isinstance(where, Refused) else Link(url=where, source=source, headline=text or None)
        for where, text in texts.items()
    )
    yield from limit_entries(MAX_ENTRIES, entries, url)
    page.check_whole()


def read_words(element: Element) -> str:
    """Return the text of an element as one line."""
    return " ".join("".join(islice(element.itertext(), _MAX_TEXTS))[:_MAX_WORDS].split())


class ParsedPage(NamedTuple):
    """A page as far as it could be parsed."""

    root: Element
    base: str
    """The URL that its links are relative to."""
    url: str
    is_whole: bool

    def check_whole(self) -> None:
        """Raise DiscoveryError ("too_large") where the parser did not read all of it."""
        if not self.is_whole:
            raise DiscoveryError(self.url, "too_large", "nested too deep, or one text of over 10 MB")


def parse_page(body: bytes, url: str) -> ParsedPage:
    """Parse the page at `url`. Raises DiscoveryError: "empty", "not_html", "too_large", and those of gzip."""
    root, whole = _parse(body, url)
    return ParsedPage(root=root, base=_find_base(root, url), url=url, is_whole=whole)


def _find_base(root: Element, url: str) -> str:
    """Return the URL that the page's links are relative to; its own if its <base> is not a URL ("http://[x")."""
    try:
        return urljoin(url, str(next(iter(root.xpath("//base/@href")), "")))
    except ValueError:
        return url


def _parse(body: bytes, url: str) -> tuple[Element, bool]:
    """Return the root of a page, and whether the parser read all of it."""
    _, page = decode_to_utf8(b"".join(unpack(body, url, MAX_BYTES)), None)
    if not page.strip(SPACE):
        raise DiscoveryError(url, "empty", "the page is empty")
    if b"<" not in page:
        raise DiscoveryError(url, "not_html", "not HTML")
    if has_hostile_tag(page):
        raise DiscoveryError(url, "too_large", f"a tag has over {MAX_ATTRIBUTES:,} attributes")
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = html.fromstring(page, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise DiscoveryError(url, "not_html", f"not HTML: {error}") from error
    return root, all(entry.type_name != "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
