"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from typing import ClassVar

from newscrawl.export.formats._exporter import Entry, stamp
from newscrawl.export.formats._feed import Feed
from newscrawl.export.formats._html import story
from newscrawl.export.formats._uri import identifier, link

_NAMESPACE = "http://www.w3.org/2005/Atom"


def _atom(tag: str) -> str:
    return f"{{{_NAMESPACE}}}{tag}"


class Atom(Feed):
    """An entry an article, known by its address, with its story as HTML."""

    extensions: ClassVar = (".atom",)
    of_item: ClassVar = _atom("entry")

    def head(self, name: str, home: str | None) -> None:
        """feed, id, title, link."""
        self.open(_atom("feed"), {None: _NAMESPACE})
        self.put(_atom("id"), self.urn())
        self.put(_atom("title"), name)
        if home:
            self.put(_atom("link"), rel="alternate", href=home)

    def item(self, entry: Entry) -> None:
        """What is in an entry."""
        article = entry.article
        self.put(_atom("id"), identifier(entry.url))
        self.put(_atom("title"), article.headline, type="text")
        if address := link(entry.url):
            self.put(_atom("link"), rel="alternate", href=address)
        self.put(_atom("updated"), stamp(entry.changed_at))
        if article.published_at:
            self.put(_atom("published"), stamp(article.published_at))
        for name in article.byline or (article.publisher,):
            with self.inside(_atom("author")):
                self.put(_atom("name"), name)
        for topic in filter(None, (article.section, *article.topics)):
            self.put(_atom("category"), term=topic)
        if article.dek:
            self.put(_atom("summary"), article.dek, type="text")
        self.put(_atom("content"), story(article), type="html")

    def foot(self) -> None:
        """updated: the order of a feed's elements means nothing (4.1.1), and only now it is known."""
        self.put(_atom("updated"), stamp(self.changed_at))
