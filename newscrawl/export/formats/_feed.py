"""What RSS and Atom have in common: XML that is written as it comes, the newest articles, a name of the feed."""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, BinaryIO, ClassVar
from urllib.parse import urlsplit

from lxml import etree

from newscrawl.export.formats._exporter import Entry, Exporter
from newscrawl.export.formats._html import legal
from newscrawl.export.formats._uri import link

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Feed(Exporter):
    """Its head is written with the first article, which tells whose feed it is; of none, it has no publisher."""

    newest: ClassVar = 100
    of_item: ClassVar[str]
    """The element of an article."""

    def __init__(self, file: BinaryIO, title: str | None = None) -> None:
        """See Exporter."""
        super().__init__(file, title)
        self.changed_at = _NEVER
        """When the last of the articles changed."""
        self._stack = ExitStack()
        self._xml: Any = None

    @abstractmethod
    def head(self, name: str, home: str | None) -> None:
        """Open the feed: its name for people, and the publisher's front page."""

    @abstractmethod
    def item(self, entry: Entry) -> None:
        """Write what stands in the element of an article."""

    @abstractmethod
    def foot(self) -> None:
        """Write what stands behind the articles."""

    def begin(self) -> None:
        """Begin the XML."""
        self._xml = self._stack.enter_context(etree.xmlfile(self.file, encoding="utf-8"))
        self._xml.write_declaration()

    def write(self, entry: Entry) -> None:
        """Write an article."""
        if self.changed_at is _NEVER:
            self._head(entry.article.publisher, _home(entry.url))
        self.changed_at = max(self.changed_at, entry.changed_at)
        with self.inside(self.of_item):
            self.item(entry)

    def end(self) -> None:
        """Write the foot, and the head of an empty feed."""
        if self.changed_at is _NEVER:
            self._head("newscrawl", None)
        self.foot()
        self._stack.close()

    def open(self, tag: str, namespaces: dict[str | None, str] | None = None, **attributes: str) -> None:
        """Open an element that stays open to the end."""
        self._stack.enter_context(self._xml.element(tag, attributes, nsmap=namespaces))

    @contextmanager
    def inside(self, tag: str) -> Iterator[None]:
        """An element that is open in the block; the next one begins on a line of its own."""
        with self._xml.element(tag):
            yield
        self._xml.write("\n")

    def put(self, tag: str, text: str | None = None, **attributes: str) -> None:
        """Write an element with its text, without what XML has no place for."""
        with self._xml.element(tag, {name: legal(value) for name, value in attributes.items()}):
            if text:
                self._xml.write(legal(text))
        self._xml.write("\n")

    def urn(self) -> str:
        """What the feed is known by: the same for the same question."""
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'newscrawl:{self._name}')}"

    def _head(self, publisher: str, home: str | None) -> None:
        self._name = ": ".join(filter(None, (publisher, self.title)))
        self.head(self._name, home)


def _home(url: str) -> str | None:
    parts = urlsplit(link(url) or "")
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else None
