"""Front pages and section fronts: every link of an HTML page, with its words."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import etree, html

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, address, at_most
from newscrawl.errors import DiscoveryError

MAX_ENTRIES = 10_000


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The page's links, each address once, in reading order, chrome included: whoever asks knows an article's address.

    The longest text that leads to an address is its headline. What leads to no web page is left out. Raises
    DiscoveryError, as `newscrawl.discovery.read` tells.
    """
    root = _parse(body, url)
    base = urljoin(url, next(iter(root.xpath("//base/@href")), ""))
    headlines: dict[str | Refused, str] = {}
    for anchor in root.iter("a"):
        found = address(anchor.get("href"), base)
        if isinstance(found, str) or found.reason == "url_too_long":
            text = " ".join(anchor.text_content().split())
            headlines[found] = max(headlines.get(found, ""), text, key=len)
    return at_most(MAX_ENTRIES, (_entry(found, text) for found, text in headlines.items()), url)


def _entry(found: str | Refused, text: str) -> Entry:
    return found if isinstance(found, Refused) else Link(url=found, source="front_page", headline=text or None)


def _parse(body: bytes, url: str) -> html.HtmlElement:
    if b"<" not in body:
        raise DiscoveryError(url, "not_html", "not HTML")
    try:
        # huge_tree off: libxml2 itself stops at 256 levels, or at 10 MB of one text
        return html.fromstring(body, parser=html.HTMLParser(recover=True, no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise DiscoveryError(url, "not_html", f"not HTML: {error}") from error
