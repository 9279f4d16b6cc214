"""Feeds: RSS 0.9 to 2.0 with Media RSS and Dublin Core, Atom 0.3 and 1.0, CDF, and JSON Feed.

bench.feedparser_feeds compares what is read with feedparser.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from email.utils import getaddresses
from html import unescape
from itertools import islice

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
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_URL = re.compile(r"\s*https?://", re.I)
_PAGE = "alternate"
_HTML = ("text/html", "application/xhtml+xml")
_MAX_CHILDREN = 200
_MAX_TEXT = 1 << 14
_MAX_MAILBOXES = 1000
_MAX_NAME = 150
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
    address = _address(element, element.base or url)
    if isinstance(address, Refused):
        return address
    dek = _plain(element, "description", "summary")
    return Link(
        url=address,
        source="feed",
        headline=_plain(element, "title") or _plain(element, "title", of_picture=True),
        # seen in the wild: an aggregator's note in brackets in place of the dek
        dek=None if not dek or _PLACEHOLDER.fullmatch(dek) else dek,
        byline=tuple(islice(_authors(element), _MAX_CHILDREN)),
        published_at=_time(element, _PUBLISHED),
        updated_at=_time(element, _UPDATED) or parse_time(_get_attribute(element, "lastmod")),
        tickers=tuple(islice(_tickers(element), _MAX_CHILDREN)),
        caption=caption,
        credit=credit,
    )


def _own(element: Element, *names: str, of_picture: bool = False) -> Iterator[Element]:
    """Iterate over the children with one of `names` that describe the entry, or its picture or podcast."""
    for name in names:
        for child in islice(iter_children(element, name), _MAX_CHILDREN):
            if bool(_OTHER_VOCABULARY.search(str(child.tag))) is of_picture:
                yield child


def _plain(element: Element, *names: str, of_picture: bool = False) -> str | None:
    """Return the first text of an entry that is not empty, without markup; in Atom's plain text, "<b>" is no markup."""
    for child in _own(element, *names, of_picture=of_picture):
        kind = (child.get("type") or "text").lower()
        text = child.text or ""
        if len(child):
            text += "".join(etree.tostring(part, encoding="unicode") for part in child)
        if (child.get("mode") or "").lower() == "base64" or kind.startswith("application/octet"):
            text = _decode_base64(text)
        elif local_name(element) != "entry" or len(child) or kind not in ("text", "text/plain"):
            # seen in the wild: titles escaped twice, "&amp;amp;", for XML and for HTML
            text = unescape(_TAG.sub(" ", text[:_MAX_TEXT]))
        if line := " ".join(text[:_MAX_TEXT].split()):
            return line
    return None


def _authors(element: Element) -> Iterator[str]:
    for child in _own(element, "author", "creator"):
        if len(child):
            names = [text for text in [read_text(child, "name")] if text]
        else:
            names = _split_names((child.text or "")[:_MAX_TEXT])
        yield from (name.strip() for name in names if 0 < len(name.strip()) <= _MAX_NAME)


def _split_names(text: str) -> list[str]:
    if "@" in text and len(text) <= _MAX_MAILBOXES:
        return [name for name, _ in getaddresses([text])]
    return [name for name in text.split(",") if "@" not in name]


def _tickers(element: Element) -> Iterator[str]:
    for child in iter_children(element, "category"):
        if "stock-symbol" in (child.get("domain"), child.get("scheme")):
            ticker = " ".join((child.get("term") or child.text or "")[:_MAX_NAME].split())
            if ticker:
                yield ticker


def _address(element: Element, base: str) -> str | Refused:
    """Return the URL of the page itself, or why there is none."""
    # FeedBurner puts its own redirect into the link. A guid that is no URL ("1558978626260") is no relative one.
    addresses = [child.text for child in iter_children(element, "origlink")]
    links = [link for link in _own(element, "link") if (link.get("rel") or _PAGE).rpartition("/")[2] == _PAGE]
    links.sort(key=lambda link: (link.get("type") or _HTML[0]) not in _HTML)
    addresses += [link.get("href") or link.text for link in links]
    addresses += [child.text for name in ("guid", "id") for child in iter_children(element, name) if _is_link(child)]
    addresses.append(_get_attribute(element, "href"))  # of CDF
    addresses += [about for about in [element.get(_ABOUT)] if about and _URL.match(about)]
    absolute = [make_absolute(href, base) for href in addresses if href and href.strip()]
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


def _decode_base64(text: str) -> str:
    try:
        return b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""


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
