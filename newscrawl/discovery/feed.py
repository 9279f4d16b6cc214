"""Feeds: RSS 0.9 to 2.0 with Media RSS and Dublin Core, Atom 0.3 and 1.0, CDF, and JSON Feed.

The texts of an entry are read by feedparser, one entry at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import getaddresses
from html import unescape
from io import BytesIO
from itertools import islice
from typing import Any

import feedparser
from lxml import etree

from newscrawl.article import Link
from newscrawl.discovery import json_feed
from newscrawl.discovery._listing import Entry, Refused, limit_entries, make_absolute
from newscrawl.discovery._packed import read_whole
from newscrawl.discovery._xml import Element, iter_children, local_name, parse_time, read_entries, read_text

MAX_BYTES = 10 * 2**20
MAX_ENTRIES = 10_000
ROOTS = ("rss", "feed", "rdf", "channel")
_PUBLISHED = ("pubdate", "published", "issued", "date")
_UPDATED = ("updated", "modified")
"""Elements with a time, the most reliable first. dc:date may mean anything: here it is the time of publication."""
_WANTED = frozenset(("title", "link", "description", "summary", "author", "creator", "category"))
"""Elements of an entry that feedparser reads. Times are not among them: it takes CEST for UTC, and reads Korean and
Hungarian dates wrongly."""
_REPEATED = frozenset(("link", "author", "creator", "category"))
"""Elements that may be repeated; of others the first one with any text is read."""
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_URL = re.compile(r"\s*https?://", re.I)
_HTML = ("text/html", "application/xhtml+xml")
_MAX_CHILDREN = 200
_MAX_TEXT = 1 << 14
_MAX_MAILBOXES = 1000
_MAX_NAME = 150  # characters: feedparser needs time in proportion to their square
_MAX_CAPTION = 2000
_OTHER_VOCABULARY = re.compile(r"mrss|itunes|^media:")
"""Namespaces whose description and author are those of a picture or a podcast."""
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--[^<>]*>")
_PLACEHOLDER = re.compile(r"\[.*\]", re.S)
_CREDIT = re.compile(
    r"\s+(?=(?:Photographer|Source|Photo|Credit|Illustrator)s?:)|\s+\((?=(?:Photo|Photograph|Illustration)s? by .*\)$)"
)


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    return read_whole(body, url, MAX_BYTES, read_feed)


def read_feed(content: bytes, url: str) -> Iterator[Entry]:
    """Yield the entries of a feed that is unpacked and in UTF-8."""
    if json_feed.is_json_feed(content):
        return json_feed.read_links(content, url)
    elements = read_entries(content, url, ROOTS, ("item", "entry"))
    return limit_entries(MAX_ENTRIES, (_link(element, url) for element in elements), url)


def _link(element: Element, url: str) -> Entry:
    caption, credit = _caption(element)
    entry = _parse(element)
    address = _address(element, entry, element.base or url)
    if isinstance(address, Refused):
        return address
    dek = _plain(entry, "summary")
    tickers = (tag.get("term") or "" for tag in entry.get("tags", ()) if tag.get("scheme") == "stock-symbol")
    return Link(
        url=address,
        source="feed",
        headline=_plain(entry, "title"),
        # seen in the wild: an aggregator's note in brackets in place of the dek
        dek=None if not dek or _PLACEHOLDER.fullmatch(dek) else dek,
        byline=tuple(name for author in entry.get("authors", ()) if (name := author.get("name", "").strip())),
        published_at=_time(element, _PUBLISHED),
        updated_at=_time(element, _UPDATED) or parse_time(_get_attribute(element, "lastmod")),
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
    return {**(feed.entries[0] if feed.entries else {}), "is_atom": local_name(element) == "entry"}


def _select_children(element: Element) -> Element:
    """Copy an entry with the wanted elements only, in forms that feedparser reads correctly."""
    copy = etree.Element(local_name(element))
    for child in islice(_iter_wanted(element), _MAX_CHILDREN):
        if local_name(child) in ("author", "creator") and not len(child):
            copy.extend(_authors(child.text or ""))
            continue
        if local_name(child) == "link":
            child.text = (child.text or "")[:_MAX_TEXT]
        copy.append(child)
    return copy


def _iter_wanted(element: Element) -> Iterator[Element]:
    seen = set()
    for child in element:
        if _is_wanted(child) and str(child.tag) not in seen:
            yield child
            seen |= {str(child.tag)} if local_name(child) not in _REPEATED else set()


def _is_wanted(child: Element) -> bool:
    name = local_name(child)
    if name not in _WANTED or (name != "title" and _OTHER_VOCABULARY.search(str(child.tag))):
        return False
    size = len("".join(child.itertext()).strip())
    return 0 < size <= _MAX_TEXT or (name == "link" and bool(size or child.get("href")))


def _authors(text: str) -> Iterator[Element]:
    """Yield the authors in a text as Atom's elements."""
    # feedparser splits "ada@a.example (Ada)" only if the domain ends in at most four letters.
    mailboxes = "@" in text and len(text) <= _MAX_MAILBOXES
    for name in (name for name, _ in getaddresses([text])) if mailboxes else text.split(","):
        if 0 < len(name.strip()) <= _MAX_NAME and "@" not in name:
            author = etree.Element("author")
            etree.SubElement(author, "name").text = name.strip()
            yield author


def _address(element: Element, entry: Mapping[str, Any], base: str) -> str | Refused:
    """Return the URL of the page itself, or why there is none."""
    # FeedBurner puts its own redirect into the link. A guid that is no URL ("1558978626260") is no relative one.
    addresses = [child.text for child in iter_children(element, "origlink")]
    links = [link for link in entry.get("links", ()) if link.get("rel") == "alternate"]
    links.sort(key=lambda link: (link.get("type") or _HTML[0]) not in _HTML)
    addresses += [link.get("href") for link in links]
    addresses += [child.text for name in ("guid", "id") for child in iter_children(element, name) if _is_link(child)]
    addresses.append(_get_attribute(element, "href"))  # of CDF
    addresses += [about for about in [element.get(_ABOUT)] if about and _URL.match(about)]
    absolute = [make_absolute(href, base) for href in addresses if href]
    usable = (address for address in absolute if isinstance(address, str))
    return next(usable, absolute[0] if absolute else Refused("", "no_address"))


def _is_link(guid: Element) -> bool:
    declared = _get_attribute(guid, "ispermalink") or ""
    return bool(_URL.match(guid.text or "")) and declared.strip().lower() != "false"


def _get_attribute(element: Element, name: str) -> str | None:
    return next((value for key, value in element.items() if key.lower() == name), None)


def _time(element: Element, names: tuple[str, ...]) -> datetime | None:
    texts = (child.text for name in names for child in iter_children(element, name))
    return next(filter(None, map(parse_time, texts)), None)


def _plain(entry: Mapping[str, Any], name: str) -> str | None:
    """Return a text of an entry without markup; in Atom's plain text, "<b>" is no markup."""
    text = entry.get(name) or ""
    if (entry.get(f"{name}_detail") or {}).get("type") != "text/plain" or not entry["is_atom"]:
        # seen in the wild: titles escaped twice, "&amp;amp;", for XML and for HTML
        text = unescape(_TAG.sub(" ", text))
    return " ".join(text.split()) or None


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
