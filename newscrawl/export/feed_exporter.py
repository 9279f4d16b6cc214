"""What RSS and Atom have in common: streamed XML, the newest articles, a name of the feed."""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from lxml import etree

from newscrawl.export.article_html import replace_illegal
from newscrawl.export.exporter import ExportedArticle, Exporter
from newscrawl.export.links import safe_link

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class FeedExporter(Exporter):
    """A feed whose head is written with the first article, which names the publisher."""

    default_limit: ClassVar = 100
    item_tag: ClassVar[str]  # the element that holds an article

    @abstractmethod
    def write_head(self, name: str, home: str | None) -> None:
        """Open the feed: its name for people, and the publisher's front page."""

    @abstractmethod
    def write_item(self, entry: ExportedArticle) -> None:
        """Write the content of an article's element."""

    @abstractmethod
    def write_foot(self) -> None:
        """Write what comes after the articles."""

    def begin(self) -> None:
        self.changed_at = _NEVER  # when the last changed article changed
        self._stack = ExitStack()
        self._xml: Any = self._stack.enter_context(etree.xmlfile(self.file, encoding="utf-8"))
        self._xml.write_declaration()

    def write(self, entry: ExportedArticle) -> None:
        if self.changed_at is _NEVER:
            parts = urlsplit(safe_link(entry.url) or "")
            self._begin_feed(entry.article.publisher, f"{parts.scheme}://{parts.netloc}/" if parts.netloc else None)
        self.changed_at = max(self.changed_at, entry.changed_at)
        with self.open_element(self.item_tag):
            self.write_item(entry)

    def end(self) -> None:
        if self.changed_at is _NEVER:
            self._begin_feed("newscrawl", None)
        self.write_foot()
        self._stack.close()

    def open_until_end(self, tag: str, namespaces: dict[str | None, str] | None = None, **attributes: str) -> None:
        """Open an element that stays open until the end of the feed."""
        self._stack.enter_context(self._xml.element(tag, attributes, nsmap=namespaces))

    @contextmanager
    def open_element(self, tag: str) -> Iterator[None]:
        """Keep an element open during the block; the next one begins on a new line."""
        with self._xml.element(tag):
            yield
        self._xml.write("\n")

    def put(self, tag: str, text: str | None = None, **attributes: str) -> None:
        """Write an element with its text; characters that are illegal in XML are replaced."""
        with self._xml.element(tag, {name: replace_illegal(value) for name, value in attributes.items()}):
            if text:
                self._xml.write(replace_illegal(text))
        self._xml.write("\n")

    def make_urn(self) -> str:
        """Return the feed's identifier, the same for the same publisher and selection."""
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'newscrawl:{self._name}')}"

    def _begin_feed(self, publisher: str, home: str | None) -> None:
        self._name = ": ".join(filter(None, (publisher, self.title)))
        self.write_head(self._name, home)
