"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

from typing import ClassVar

from newscrawl.export.article_html import render_article
from newscrawl.export.display import format_iso
from newscrawl.export.exporter import ExportedArticle
from newscrawl.export.feed_exporter import FeedExporter
from newscrawl.export.links import make_identifier, safe_link

_NAMESPACE = "http://www.w3.org/2005/Atom"


def _atom(tag: str) -> str:
    return f"{{{_NAMESPACE}}}{tag}"


class AtomExporter(FeedExporter):
    """One entry per article, identified by its URL, with its text as HTML."""

    extensions: ClassVar = (".atom",)
    item_tag: ClassVar = _atom("entry")

    def write_head(self, name: str, home: str | None) -> None:
        self.open_until_end(_atom("feed"), {None: _NAMESPACE})
        self.put(_atom("id"), self.make_urn())
        self.put(_atom("title"), name)
        if home:
            self.put(_atom("link"), rel="alternate", href=home)

    def write_item(self, entry: ExportedArticle) -> None:
        article = entry.article
        self.put(_atom("id"), make_identifier(entry.url))
        self.put(_atom("title"), article.headline, type="text")
        if link := safe_link(entry.url):
            self.put(_atom("link"), rel="alternate", href=link)
        self.put(_atom("updated"), format_iso(entry.changed_at))
        if article.published_at:
            self.put(_atom("published"), format_iso(article.published_at))
        for name in article.byline or (article.publisher,):
            with self.open_element(_atom("author")):
                self.put(_atom("name"), name)
        for topic in filter(None, (article.section, *article.topics)):
            self.put(_atom("category"), term=topic)
        if article.dek:
            self.put(_atom("summary"), article.dek, type="text")
        self.put(_atom("content"), render_article(article), type="html")

    def write_foot(self) -> None:
        # Only now the time is known; the order of a feed's elements has no meaning (RFC 4287, 4.1.1).
        self.put(_atom("updated"), format_iso(self.changed_at))
