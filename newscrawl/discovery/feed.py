"""Feeds: RSS 0.9 to 2.0 with Media RSS and Dublin Core, and Atom (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from lxml import etree

from newscrawl.article import Link
from newscrawl.discovery._xml import address, children, local_name, moment, parse, text_of

_TAG = re.compile(r"<[^>]+>")
_PLACEHOLDER = re.compile(r"\[.*\]", re.S)
_CREDIT = re.compile(
    r"\s+(?=(?:Photographer|Source|Photo|Credit|Illustrator)s?:)|\s+\((?=(?:Photo|Photograph|Illustration)s? by .*\)$)"
)


def links(body: bytes, url: str) -> list[Link]:
    """The entries of a feed, in its order. Raises DiscoveryError when `body` is no feed."""
    root = parse(body, url, "rss", "feed", "RDF")
    read = (_link(entry, url) for entry in _entries(root))
    return [link for link in read if link]


def _entries(root: etree._Element) -> Iterator[etree._Element]:
    return (element for element in root.iter() if local_name(element) in ("item", "entry"))


def _link(entry: etree._Element, base: str) -> Link | None:
    url = _address(entry, base)
    if not url:
        return None
    caption, credit = _caption(entry)
    return Link(
        url=url,
        source="feed",
        headline=_plain(text_of(entry, "title")),
        dek=_dek(entry),
        byline=tuple(_byline(entry)),
        published_at=moment(text_of(entry, "pubDate", "published", "date", "issued")),
        updated_at=moment(text_of(entry, "updated", "modified")),
        tickers=tuple(_tickers(entry)),
        caption=caption,
        credit=credit,
    )


def _address(entry: etree._Element, base: str) -> str | None:
    for link in children(entry, "link"):
        if link.get("rel", "alternate") == "alternate" and (url := address(link.get("href") or link.text, base)):
            return url
    guids = (guid for guid in children(entry, "guid") if guid.get("isPermaLink", "true") != "false")
    return next((url for guid in guids if (url := address(guid.text, base))), None)


def _dek(entry: etree._Element) -> str | None:
    dek = _plain(text_of(entry, "description", "summary"))
    # Seen in the wild: a note in brackets, of an aggregator, where the dek was.
    return None if not dek or _PLACEHOLDER.fullmatch(dek) else dek


def _plain(text: str | None) -> str | None:
    """Without markup. Seen in the wild: "&amp;amp;" in titles, escaped once for XML and once for HTML."""
    return " ".join(unescape(_TAG.sub(" ", text or "")).split()) or None


def _byline(entry: etree._Element) -> Iterator[str]:
    for author in children(entry, "author"):
        if name := text_of(author, "name"):
            yield name
    for creator in children(entry, "creator"):
        yield from (name.strip() for name in (creator.text or "").split(",") if name.strip())


def _tickers(entry: etree._Element) -> Iterator[str]:
    for category in children(entry, "category"):
        if category.get("domain") == "stock-symbol" and (symbol := (category.text or "").strip()):
            yield symbol


def _caption(entry: etree._Element) -> tuple[str | None, str | None]:
    """Caption and credit of the entry's picture: one text, parted where the credit's label stands."""
    for content in children(entry, "content"):
        if text := text_of(content, "description"):
            caption, *credit = _CREDIT.split(f" {text}", maxsplit=1)
            return caption.strip() or None, credit[0].rstrip(")") if credit else text_of(content, "credit")
    return None, None
