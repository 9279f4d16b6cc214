"""RSS 2.0, with Dublin Core for names and the content module for the story."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import ClassVar

from newscrawl.export.formats._exporter import Entry
from newscrawl.export.formats._feed import Feed
from newscrawl.export.formats._html import escaped, story
from newscrawl.export.formats._uri import identifier, link

_CREATOR = "http://purl.org/dc/elements/1.1/"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"


class Rss(Feed):
    """An item an article, known by its address, with its dek and its story as HTML."""

    extensions: ClassVar = (".rss",)
    of_item: ClassVar = "item"

    def head(self, name: str, home: str | None) -> None:
        """rss, channel, title, link, description."""
        self.open("rss", {"dc": _CREATOR, "content": _CONTENT}, version="2.0")
        self.open("channel")
        self.put("title", name)
        self.put("link", home or self.urn())
        self.put("description", escaped(f"{name}, from the archive of newscrawl"))

    def item(self, entry: Entry) -> None:
        """What is in an item."""
        article, address = entry.article, link(entry.url)
        self.put("title", article.headline)
        if address:
            self.put("link", address)
        self.put("guid", identifier(entry.url), isPermaLink="true" if address else "false")
        if article.published_at:
            self.put("pubDate", _date(article.published_at))
        for name in article.byline:
            self.put(f"{{{_CREATOR}}}creator", name)  # RSS's own author is an e-mail address
        for topic in filter(None, (article.section, *article.topics)):
            self.put("category", topic)
        if article.dek:
            self.put("description", escaped(article.dek))  # is HTML
        self.put(f"{{{_CONTENT}}}encoded", story(article))

    def foot(self) -> None:
        """lastBuildDate: only now it is known."""
        self.put("lastBuildDate", _date(self.changed_at))


def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
