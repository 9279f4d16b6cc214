"""Feeds: RSS 0.9 to 2.0 with Media RSS and Dublin Core, and Atom, an entry at a time, as feedparser reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import getaddresses
from html import unescape
from io import BytesIO
from itertools import islice
from typing import Any

import feedparser  # type: ignore[import-untyped]
from lxml import etree

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, address, at_most
from newscrawl.discovery._xml import Element, children, entries, local_name, moment, text_of

MAX_BYTES = 10 * 2**20
MAX_ENTRIES = 10_000
_DATES = frozenset(("pubdate", "published", "issued", "date", "updated", "modified"))
_TOLD = _DATES | {"title", "link", "guid", "id", "description", "summary", "author", "creator", "category"}
"""Elements of an entry that tell what a Link can hold, in lower case."""
_REPEATED = frozenset(("link", "author", "creator", "category"))
"""Those that an entry may have several of; of the others the first that says anything."""
_ADDRESSES = frozenset(("link", "guid", "id"))
_MAX_TOLD = 200
_MAX_TEXT = 1 << 14
_MAX_MAILBOXES = 1000
_MAX_NAME = 150
"""Characters; feedparser takes the square of them."""
_MAX_CAPTION = 2000
_OTHER_VOCABULARY = re.compile(r"mrss|itunes|^media:")
"""What Media RSS and iTunes call description or author is the picture's or the podcast's."""
_DATE = "{http://purl.org/dc/elements/1.1/}date"
_ISSUED = "{http://purl.org/dc/terms/}issued"
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--[^<>]*>")
_PLACEHOLDER = re.compile(r"\[.*\]", re.S)
_CREDIT = re.compile(
    r"\s+(?=(?:Photographer|Source|Photo|Credit|Illustrator)s?:)|\s+\((?=(?:Photo|Photograph|Illustration)s? by .*\)$)"
)


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The entries of a feed, in its order; raises DiscoveryError, as `newscrawl.discovery.read` tells."""
    found = entries(body, url, ("rss", "feed", "RDF"), ("item", "entry"), MAX_BYTES)
    return at_most(MAX_ENTRIES, (_link(entry, url) for entry in found), url)


def _link(element: Element, url: str) -> Entry:
    caption, credit = _caption(element)
    entry = _parsed(element)
    found = _address(entry, element.base or url)
    if isinstance(found, Refused):
        return found
    return Link(
        url=found,
        source="feed",
        headline=_plain(entry.get("title")),
        dek=_dek(entry),
        byline=tuple(_byline(entry)),
        published_at=moment(entry.get("published")),
        updated_at=moment(entry.get("updated")),
        tickers=tuple(_tickers(entry)),
        caption=caption,
        credit=credit,
    )


def _parsed(element: Element) -> dict[str, Any]:
    """What feedparser makes of one entry.

    One entry, and of it what is wanted, so that a broken one takes no other with it, and a hostile one no time.
    """
    opening, closing = (
        (b'<feed xmlns="http://www.w3.org/2005/Atom">', b"</feed>")
        if local_name(element) == "entry"
        else (b'<rss version="2.0"><channel>', b"</channel></rss>")
    )
    document = opening + etree.tostring(_told(element), encoding="utf-8") + closing
    # As a stream: bytes would be taken for the name of a file.
    found = feedparser.parse(BytesIO(document), sanitize_html=False, resolve_relative_uris=False)
    # As a plain dict: FeedParserDict tells `published` where there is no `updated`.
    return dict(found.entries[0]) if found.entries else {}


def _told(element: Element) -> Element:
    """An entry of those children that tell what is wanted, and that feedparser does not mistake."""
    told = etree.Element(local_name(element))
    # Its guid first: after a link, feedparser does not say whether it is an address.
    for child in islice(sorted(_wanted(element), key=lambda child: local_name(child) != "guid"), _MAX_TOLD):
        if local_name(child) in ("author", "creator") and not len(child):
            told.extend(_authors(child.text or ""))
            continue
        if local_name(child) in _ADDRESSES:
            child.text = (child.text or "")[:_MAX_TEXT]
        elif child.tag == _DATE:
            child.tag = _ISSUED  # which feedparser would take for when it was updated
        told.append(child)
    return told


def _wanted(element: Element) -> Iterator[Element]:
    dated = any(local_name(child).lower() in ("pubdate", "published", "issued") for child in element)
    seen = {_DATE} if dated else set()
    for child in element:
        if _is_told(child) and str(child.tag) not in seen:
            yield child
            seen |= {str(child.tag)} if local_name(child) not in _REPEATED else set()


def _is_told(child: Element) -> bool:
    name = local_name(child).lower()
    if name not in _TOLD or (name != "title" and _OTHER_VOCABULARY.search(str(child.tag))):
        return False
    size = len("".join(child.itertext()).strip())
    return 0 < size <= _MAX_TEXT or (name in _ADDRESSES and bool(size or child.get("href")))


def _authors(text: str) -> Iterator[Element]:
    """A text that names authors, as the elements that Atom has for them.

    Left to itself, feedparser takes "ada@a.example (Ada)" apart only where the domain ends in four letters or fewer.
    """
    mailboxes = "@" in text and len(text) <= _MAX_MAILBOXES
    for name in (name for name, _ in getaddresses([text])) if mailboxes else text.split(","):
        if 0 < len(name.strip()) <= _MAX_NAME and "@" not in name:
            author = etree.Element("author")
            etree.SubElement(author, "name").text = name.strip()
            yield author


def _address(entry: Mapping[str, Any], base: str) -> str | Refused:
    """The first link to the page itself, else the guid where that is an address."""
    addresses = [link.get("href") for link in entry.get("links", ()) if link.get("rel") == "alternate"]
    if entry.get("guidislink"):
        addresses.append(entry.get("id"))
    found = [address(href, base) for href in addresses]
    usable = (href for href in found if isinstance(href, str))
    return next(usable, found[0] if found else Refused("", "no_address"))


def _dek(entry: Mapping[str, Any]) -> str | None:
    dek = _plain(entry.get("summary"))
    # Seen in the wild: a note in brackets, of an aggregator, where the dek was.
    return None if not dek or _PLACEHOLDER.fullmatch(dek) else dek


def _plain(text: str | None) -> str | None:
    """Without markup. Seen in the wild: "&amp;amp;" in titles, escaped once for XML and once for HTML."""
    return " ".join(unescape(_TAG.sub(" ", text or "")).split()) or None


def _byline(entry: Mapping[str, Any]) -> Iterator[str]:
    return (name for author in entry.get("authors", ()) if (name := author.get("name", "").strip()))


def _tickers(entry: Mapping[str, Any]) -> Iterator[str]:
    for tag in entry.get("tags", ()):
        if tag.get("scheme") == "stock-symbol" and (symbol := (tag.get("term") or "").strip()):
            yield symbol


def _caption(element: Element) -> tuple[str | None, str | None]:
    """Caption and credit of the entry's first picture: one text, parted where the credit's label stands.

    Not by feedparser, which takes the description of a picture for the entry's.
    """
    for place in _pictures(element):
        text = text_of(place, "description")
        if text and len(text) <= _MAX_CAPTION:
            caption, *credit = _CREDIT.split(f" {text}", maxsplit=1)
            return caption.strip() or None, credit[0].rstrip(")") if credit else text_of(place, "credit")
    return None, None


def _pictures(element: Element) -> Iterator[Element]:
    """Where Media RSS lets a picture's words stand: in its content, in a group of such, in a group beside them."""
    for group in (element, *children(element, "group")):
        yield from children(group, "content")
        yield from (group,) if group is not element else ()
