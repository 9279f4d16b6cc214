"""EPUB 3.3: a day's or a week's reading as a book, a chapter an article."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from newscrawl.article import Article
from newscrawl.export.formats._exporter import Entry, Exporter
from newscrawl.export.formats._html import legal, story
from newscrawl.export.formats._uri import link
from newscrawl.export.formats._zip import Zip
from newscrawl.export.formats.text import facts, moment

_FILES = Path(__file__).parent / "_epub"
_NO_SECTION = "Other articles"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?", re.I | re.A)
"""Tags that every reader takes; of others the book says that its language is not known."""


@dataclass(frozen=True, slots=True)
class _Chapter:
    id: str
    headline: str

    @property
    def file(self) -> str:
        return f"{self.id}.xhtml"


class Epub(Exporter):
    """Articles by section, with a title page and a table of contents; the same articles are the same bytes.

    Chapters are written as they come; of each its headline is held, for the table of contents at the end.
    """

    extensions: ClassVar = (".epub",)
    is_text: ClassVar = False

    def begin(self) -> None:
        """Begin the zip: what it is must stand first."""
        self._zip = Zip(self.file)
        self._names: dict[str, str] = {}
        self._sections: dict[str, list[_Chapter]] = {}
        self._publishers: dict[str, None] = {}
        self._languages: Counter[str] = Counter()
        self._days: set[str] = set()
        self._modified = datetime(1970, 1, 1, tzinfo=UTC)
        self._hash = hashlib.sha256()
        self._zip.add("mimetype", b"application/epub+zip", packed=False)
        self._zip.add("META-INF/container.xml", (_FILES / "container.xml").read_bytes())
        self._zip.add("EPUB/style.css", (_FILES / "style.css").read_bytes())

    def write(self, entry: Entry) -> None:
        """A chapter."""
        article = _legal(entry.article)
        chapter = _Chapter(f"chapter-{sum(self._languages.values()) + 1}", " ".join(article.headline.split()) or "…")
        self._enter(" ".join((article.section or "").split()) or _NO_SECTION, chapter)
        self._note(article)
        self._put(chapter.file, "chapter.xhtml", _language(article.language), _told(article, chapter, entry.url))

    def end(self) -> None:
        """The title page, the table of contents, and what is in the book."""
        language = self._languages.most_common(1)[0][0] if self._languages else "und"
        chapters = [chapter for listed in self._sections.values() for chapter in listed]
        name = ": ".join(filter(None, (", ".join(self._publishers) or "newscrawl", legal(self.title or ""))))
        told = {
            "name": name,
            "span": _span(self._days),
            "last": max(self._days, default=None),
            "count": len(chapters),
            "sections": self._sections,
            "chapters": chapters,
            "publishers": self._publishers,
            "identifier": f"urn:uuid:{uuid.UUID(bytes=self._hash.digest()[:16], version=5)}",
            "modified": f"{self._modified.replace(microsecond=0, tzinfo=None).isoformat()}Z",
        }
        for file, template in (
            ("title.xhtml", "title.xhtml"),
            ("nav.xhtml", "nav.xhtml"),
            ("package.opf", "package.opf"),
        ):
            self._put(file, template, language, told)
        self._zip.close()

    def _enter(self, section: str, chapter: _Chapter) -> None:
        """Under its section, whichever case it is written in."""
        name = self._names.setdefault(section.casefold(), section)
        self._sections.setdefault(name, []).append(chapter)

    def _note(self, article: Article) -> None:
        if publisher := " ".join(article.publisher.split()):
            self._publishers[publisher] = None
        self._languages[_language(article.language)] += 1
        if article.published_at:
            self._days.add(article.published_at.date().isoformat())
        self._modified = max(self._modified, article.fetched_at)
        self._hash.update(repr(article.to_json()).encode())

    def _put(self, file: str, template: str, language: str, told: Mapping[str, Any]) -> None:
        self._zip.add(f"EPUB/{file}", _templates().get_template(template).render(told, language=language).encode())


@cache
def _templates() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - whoever makes no book waits for it

    return Environment(
        loader=FileSystemLoader(_FILES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _told(article: Article, chapter: _Chapter, url: str) -> dict[str, Any]:
    told = {"article": article, "chapter": chapter, "facts": facts(article), "address": link(url)}
    return {**told, "story": story(article)}


def _legal(article: Article) -> Article:
    """The article as XML can have it; the story sees to itself."""
    return Article.from_json(_each(article.to_json()))


def _each(value: Any) -> Any:
    if isinstance(value, str):
        return legal(value)
    if isinstance(value, list):
        return [_each(part) for part in value]
    return {name: _each(part) for name, part in value.items()} if isinstance(value, dict) else value


def _language(tag: str | None) -> str:
    return tag if tag and _LANGUAGE.fullmatch(tag) else "und"


def _span(days: set[str]) -> str:
    if not days:
        return ""
    first, last = (moment(datetime.fromisoformat(day).replace(tzinfo=UTC), "day") for day in (min(days), max(days)))
    return first if first == last else f"{first} to {last}"
