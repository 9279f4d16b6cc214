"""RSS 2.0, with Dublin Core for names and the content module for the story."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import ClassVar

from lxml import etree

from newscrawl.exporters._exporter import Entry
from newscrawl.exporters._feed import Feed, element
from newscrawl.exporters._html import escaped, story
from newscrawl.exporters._uri import identifier, link

_CREATOR = "http://purl.org/dc/elements/1.1/"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"


class Rss(Feed):
    """An item an article, known by its address, with its dek and its story as HTML."""

    extensions: ClassVar = (".rss",)

    def head(self, name: str, home: str | None) -> None:
        """rss, channel, title, link, description."""
        self.open("rss", {"dc": _CREATOR, "content": _CONTENT}, version="2.0")
        self.open("channel")
        self.put(element("title", name))
        self.put(element("link", home or self.urn()))
        self.put(element("description", escaped(f"{name}, from the archive of newscrawl")))

    def item(self, entry: Entry) -> etree._Element:
        """item."""
        made = element("item")
        made.extend(_parts(entry))
        return made

    def foot(self) -> None:
        """lastBuildDate: only now it is known."""
        self.put(element("lastBuildDate", _date(self.changed_at)))


def _parts(entry: Entry) -> Iterator[etree._Element]:
    article, address = entry.article, link(entry.url)
    yield element("title", article.headline)
    if address:
        yield element("link", address)
    yield element("guid", identifier(entry.url), isPermaLink="true" if address else "false")
    if article.published_at:
        yield element("pubDate", _date(article.published_at))
    for name in article.byline:
        yield element(f"{{{_CREATOR}}}creator", name)  # RSS's own author is an e-mail address
    for topic in filter(None, (article.section, *article.topics)):
        yield element("category", topic)
    if article.dek:
        yield element("description", escaped(article.dek))  # is HTML
    if told := story(article):
        yield element(f"{{{_CONTENT}}}encoded", told)


def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
