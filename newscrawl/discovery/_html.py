"""HTML pages that lead to articles: parsed within limits, whatever the bytes are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urljoin

from lxml import etree, html

from newscrawl.discovery._listing import Refused, address
from newscrawl.discovery._packed import unpacked
from newscrawl.errors import DiscoveryError

MAX_BYTES = 10 * 2**20
_TAG = re.compile(rb"""<[a-zA-Z][^>"']*+(?:(?:"[^"]*+"|'[^']*+'|["'])[^>"']*+)*+""")
_QUOTED = re.compile(rb"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_ATTRIBUTE = re.compile(rb"""[\s/"'][^\s/"'=>]""")
_LONG_TAG = 1 << 16
_MANY_ATTRIBUTES = 10_000
_MAX_TEXTS, _MAX_WORDS = 500, 2000
"""Of an anchor: pieces of text, and characters. It is a headline, not what a broken page has nested in it."""


def parsed(body: bytes, url: str) -> html.HtmlElement:
    """The root of a page. Raises DiscoveryError ("empty", "not_html", "too_large", and those of gzip)."""
    page = b"".join(unpacked(body, url, MAX_BYTES))
    if not page.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DiscoveryError(url, "empty", "the page is empty")
    if b"<" not in page:
        raise DiscoveryError(url, "not_html", "not HTML")
    if _has_monstrous_tag(page):
        raise DiscoveryError(url, "too_large", f"a tag has over {_MANY_ATTRIBUTES:,} attributes")
    try:
        # huge_tree off: libxml2 itself stops at a depth, or at 10 MB of one text
        return html.fromstring(page, parser=html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True))
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise DiscoveryError(url, "not_html", f"not HTML: {error}") from error


def leads(root: html.HtmlElement, url: str, anchors: Iterator[html.HtmlElement]) -> dict[str | Refused, str]:
    """Where the anchors of the page at `url` lead, each address once, in order, with the longest words that do.

    What leads to no web page ("mailto:") is left out.
    """
    base = urljoin(url, next(iter(root.xpath("//base/@href")), ""))
    found: dict[str | Refused, str] = {}
    for anchor in anchors:
        where = address(anchor.get("href"), base)
        if isinstance(where, str) or where.reason == "url_too_long":
            found[where] = max(found.get(where, ""), _words(anchor), key=len)
    return found


def _words(anchor: html.HtmlElement) -> str:
    return " ".join("".join(islice(anchor.itertext(), _MAX_TEXTS))[:_MAX_WORDS].split())


def _has_monstrous_tag(page: bytes) -> bool:
    """Whether one tag would stall the parser: libxml2 takes the square of its attributes."""
    long = (tag for tag in _TAG.findall(page) if len(tag) > _LONG_TAG) if len(page) > _LONG_TAG else ()
    return any(len(_ATTRIBUTE.findall(_QUOTED.sub(b"=", tag))) > _MANY_ATTRIBUTES for tag in long)
