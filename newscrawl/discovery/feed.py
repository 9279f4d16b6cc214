"""Feeds: RSS 0.9 to 2.0 with Media RSS and Dublin Core, and Atom, read with feedparser one entry at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import getaddresses
from html import unescape
from io import BytesIO
from itertools import islice
from typing import Any

import feedparser
from lxml import etree

from newscrawl.article import Link
from newscrawl.discovery._listing import Entry, Refused, limit_entries, make_absolute
from newscrawl.discovery._xml import Element, iter_children, local_name, parse_time, read_entries, read_text

MAX_BYTES = 10 * 2**20
MAX_ENTRIES = 10_000
_DATES = frozenset(("pubdate", "published", "issued", "date", "updated", "modified"))
_WANTED = _DATES | {"title", "link", "guid", "id", "description", "summary", "author", "creator", "category"}
"""Elements of an entry that a Link has a field for, in lower case."""
_REPEATED = frozenset(("link", "author", "creator", "category"))
"""Elements that may be repeated; of others the first one with any text is read."""
_ADDRESSES = frozenset(("link", "guid", "id"))
_MAX_CHILDREN = 200
_MAX_TEXT = 1 << 14
_MAX_MAILBOXES = 1000
_MAX_NAME = 150  # characters: feedparser needs time in proportion to their square
_MAX_CAPTION = 2000
_OTHER_VOCABULARY = re.compile(r"mrss|itunes|^media:")
"""Namespaces whose description and author are those of a picture or a podcast."""
_DATE = "{http://purl.org/dc/elements/1.1/}date"
_ISSUED = "{http://purl.org/dc/terms/}issued"
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--[^<>]*>")
_PLACEHOLDER = re.compile(r"\[.*\]", re.S)
_CREDIT = re.compile(
    r"\s+(?=(?:Photographer|Source|Photo|Credit|Illustrator)s?:)|\s+\((?=(?:Photo|Photograph|Illustration)s? by .*\)$)"
)


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    elements = read_entries(body, url, ("rss", "feed", "RDF"), ("item", "entry"), MAX_BYTES)
    return limit_entries(MAX_ENTRIES, (_link(element, url) for element in elements), url)


def _link(element: Element, url: str) -> Entry:
    caption, credit = _caption(element)
    entry = _parse(element)
    address = _address(entry, element.base or url)
    if isinstance(address, Refused):
        return address
    dek = _plain(entry.get("summary"))
    tickers = (tag.get("term") or "" for tag in entry.get("tags", ()) if tag.get("scheme") == "stock-symbol")
    return Link(
        url=address,
        source="feed",
        headline=_plain(entry.get("title")),
        # seen in the wild: an aggregator's note in brackets in place of the dek
        dek=None if not dek or _PLACEHOLDER.fullmatch(dek) else dek,
        byline=tuple(name for author in entry.get("authors", ()) if (name := author.get("name", "").strip())),
        published_at=parse_time(entry.get("published")),
        updated_at=parse_time(entry.get("updated")),
        tickers=tuple(filter(None, map(str.strip, tickers))),
        caption=caption,
        credit=credit,
    )


def _parse(element: Element) -> dict[str, Any]:
    # One by one, and with the wanted elements only: a broken entry affects no other, a hostile one is cheap.
    opening, closing = b'<rss version="2.0"><channel>', b"</channel></rss>"
    if local_name(element) == "entry":
        opening, closing = b'<feed xmlns="http://www.w3.org/2005/Atom">', b"</feed>"
    document = opening + etree.tostring(_select_children(element), encoding="utf-8") + closing
    # feedparser takes bytes for the name of a file, and a stream for a document
    feed = feedparser.parse(BytesIO(document), sanitize_html=False, resolve_relative_uris=False)
    # FeedParserDict would return `published` if there is no `updated`
    return dict(feed.entries[0]) if feed.entries else {}


def _select_children(element: Element) -> Element:
    """Copy an entry with the wanted elements only, in forms that feedparser reads correctly."""
    copy = etree.Element(local_name(element))
    # guid first: after a link, feedparser does not report whether the guid is a URL
    for child in islice(sorted(_iter_wanted(element), key=lambda child: local_name(child) != "guid"), _MAX_CHILDREN):
        if local_name(child) in ("author", "creator") and not len(child):
            copy.extend(_authors(child.text or ""))
            continue
        if local_name(child) in _ADDRESSES:
            child.text = (child.text or "")[:_MAX_TEXT]
        elif child.tag == _DATE:
            child.tag = _ISSUED  # feedparser reads dc:date as the time of an update
        copy.append(child)
    return copy


def _iter_wanted(element: Element) -> Iterator[Element]:
    dated = any(local_name(child).lower() in ("pubdate", "published", "issued") for child in element)
    seen = {_DATE} if dated else set()
    for child in element:
        if _is_wanted(child) and str(child.tag) not in seen:
            yield child
            seen |= {str(child.tag)} if local_name(child) not in _REPEATED else set()


def _is_wanted(child: Element) -> bool:
    name = local_name(child).lower()
    if name not in _WANTED or (name != "title" and _OTHER_VOCABULARY.search(str(child.tag))):
        return False
    size = len("".join(child.itertext()).strip())
    return 0 < size <= _MAX_TEXT or (name in _ADDRESSES and bool(size or child.get("href")))


def _authors(text: str) -> Iterator[Element]:
    """Yield the authors in a text as Atom's elements."""
    # feedparser splits "ada@a.example (Ada)" only if the domain ends in at most four letters.
    mailboxes = "@" in text and len(text) <= _MAX_MAILBOXES
    for name in (name for name, _ in getaddresses([text])) if mailboxes else text.split(","):
        if 0 < len(name.strip()) <= _MAX_NAME and "@" not in name:
            author = etree.Element("author")
            etree.SubElement(author, "name").text = name.strip()
            yield author


def _address(entry: Mapping[str, Any], base: str) -> str | Refused:
    """Return the first link to the page itself, else the guid if that is a URL."""
    addresses = [link.get("href") for link in entry.get("links", ()) if link.get("rel") == "alternate"]
    if entry.get("guidislink"):
        addresses.append(entry.get("id"))
    absolute = [make_absolute(href, base) for href in addresses]
    usable = (address for address in absolute if isinstance(address, str))
    return next(usable, absolute[0] if absolute else Refused("", "no_address"))


def _plain(text: str | None) -> str | None:
    """Remove markup. Seen in the wild: titles escaped twice, "&amp;amp;", for XML and for HTML."""
    return " ".join(unescape(_TAG.sub(" ", text or "")).split()) or None


def _caption(element: Element) -> tuple[str | None, str | None]:
    """Return caption and credit of the entry's first picture: one text, split at the label of the credit."""
    # Not read by feedparser, which takes the description of a picture for that of the entry. Media RSS puts the texts
    # of a picture into its content, content in a group, or the group.
    places = [*iter_children(element, "content")]
    for group in iter_children(element, "group"):
        places += [*iter_children(group, "content"), group]
    for place in places:
        text = read_text(place, "description")
        if text and len(text) <= _MAX_CAPTION:
            caption, *credit = _CREDIT.split(f" {text}", maxsplit=1)
            return caption.strip() or None, credit[0].rstrip(")") if credit else read_text(place, "credit")
    return None, None
