"""RSS 2.0, with Dublin Core for names and the content module for the text."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import ClassVar

from newscrawl.export.article_html import escape_text, render_article
from newscrawl.export.exporter import ExportedArticle
from newscrawl.export.feed_exporter import FeedExporter
from newscrawl.export.links import make_identifier, safe_link

_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"


class RssExporter(FeedExporter):
    """One item per article, identified by its URL, with its dek and its text as HTML."""

    extensions: ClassVar = (".rss",)
    item_tag: ClassVar = "item"

    def write_head(self, name: str, home: str | None) -> None:
        self.open_until_end("rss", {"dc": _DUBLIN_CORE, "content": _CONTENT}, version="2.0")
        self.open_until_end("channel")
        self.put("title", name)
        self.put("link", home or self.make_urn())
        self.put("description", escape_text(f"{name}, from the archive of newscrawl"))

    def write_item(self, entry: ExportedArticle) -> None:
        article, link = entry.article, safe_link(entry.url)
        self.put("title", article.headline)
        if link:
            self.put("link", link)
        self.put("guid", make_identifier(entry.url), isPermaLink="true" if link else "false")
        if article.published_at:
            self.put("pubDate", _format_date(article.published_at))
        for name in article.byline:
            self.put(f"{{{_DUBLIN_CORE}}}creator", name)  # RSS's own author is an e-mail address
        for topic in filter(None, (article.section, *article.topics)):
            self.put("category", topic)
        if article.dek:
            self.put("description", escape_text(article.dek))  # a description is HTML
        self.put(f"{{{_CONTENT}}}encoded", render_article(article))

    def write_foot(self) -> None:
        self.put("lastBuildDate", _format_date(self.changed_at))  # known only now


def _format_date(value: datetime) -> str:
    return format_datetime(value.astimezone(UTC), usegmt=True)
