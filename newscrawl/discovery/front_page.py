"""Front pages and section fronts: every link of an HTML page, with its words."""

from __future__ import annotations

from urllib.parse import urljoin

from lxml import etree, html

from newscrawl.article import Link
from newscrawl.discovery._xml import address
from newscrawl.errors import DiscoveryError


def links(body: bytes, url: str) -> list[Link]:
    """The page's links, each address once, in reading order, chrome included: whoever asks knows an article's address.

    The longest text that leads to an address is its headline. Raises DiscoveryError when `body` is no HTML.
    """
    root = _parse(body, url)
    base = urljoin(url, next(iter(root.xpath("//base/@href")), ""))
    headlines: dict[str, str] = {}
    for anchor in root.iter("a"):
        if found := address(anchor.get("href"), base):
            text = " ".join(anchor.text_content().split())
            headlines[found] = max(headlines.get(found, ""), text, key=len)
    return [Link(url=found, source="front_page", headline=text or None) for found, text in headlines.items()]


def _parse(body: bytes, url: str) -> html.HtmlElement:
    if b"<" not in body:
        raise DiscoveryError(url, "not_html", "not HTML")
    try:
        # huge_tree off: libxml2 itself stops at 256 levels, or at 10 MB of one text
        return html.fromstring(body, parser=html.HTMLParser(recover=True, no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise DiscoveryError(url, "not_html", f"not HTML: {error}") from error
