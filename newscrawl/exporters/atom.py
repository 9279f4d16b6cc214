"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lxml import etree

from newscrawl.exporters._exporter import Entry, stamp
from newscrawl.exporters._feed import Feed, element
from newscrawl.exporters._html import legal, story
from newscrawl.exporters._uri import identifier, link

_NAMESPACE = "http://www.w3.org/2005/Atom"
_NAMES: dict[str | None, str] = {None: _NAMESPACE}


class Atom(Feed):
    """An entry an article, known by its address, with its story as HTML."""

    extensions: ClassVar = (".atom",)

    def head(self, name: str, home: str | None) -> None:
        """feed, id, title, link."""
        self.open(f"{{{_NAMESPACE}}}feed", _NAMES)
        self.put(_element("id", self.urn()))
        self.put(_element("title", name))
        if home:
            self.put(_element("link", rel="alternate", href=home))

    def item(self, entry: Entry) -> etree._Element:
        """entry."""
        made = _element("entry")
        made.extend(_parts(entry))
        return made

    def foot(self) -> None:
        """updated: the order of a feed's elements means nothing (4.1.1), and only now it is known."""
        self.put(_element("updated", stamp(self.changed_at)))


def _element(tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    return element(f"{{{_NAMESPACE}}}{tag}", text, _NAMES, **attributes)


def _parts(entry: Entry) -> Iterator[etree._Element]:
    article = entry.article
    yield _element("id", identifier(entry.url))
    yield _element("title", article.headline, type="text")
    if address := link(entry.url):
        yield _element("link", rel="alternate", href=address)
    yield _element("updated", stamp(entry.changed_at))
    if article.published_at:
        yield _element("published", stamp(article.published_at))
    for name in article.byline or (article.publisher,):
        yield _author(name)
    for topic in filter(None, (article.section, *article.topics)):
        yield _element("category", term=legal(topic))
    if article.dek:
        yield _element("summary", article.dek, type="text")
    yield _element("content", story(article), type="html")


def _author(name: str) -> etree._Element:
    made = _element("author")
    made.append(_element("name", name))
    return made
