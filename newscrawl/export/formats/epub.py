"""EPUB 3.3: articles as a book, one chapter per article."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from newscrawl.article import Article
from newscrawl.export.article_html import render_article, replace_illegal
from newscrawl.export.display import format_day, list_facts
from newscrawl.export.exporter import ExportedArticle, Exporter
from newscrawl.export.links import safe_link
from newscrawl.export.zip_exporter import ZipWriter

_FILES = Path(__file__).parent / "_epub"
_NO_SECTION = "Other articles"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?", re.I | re.A)
"""Language tags that every reading system accepts; the book declares others as "und" (undetermined)."""


@dataclass(frozen=True, slots=True)
class _Chapter:
    id: str
    headline: str

    @property
    def file(self) -> str:
        return f"{self.id}.xhtml"


class EpubExporter(Exporter):
    """Articles by section, with a title page and a table of contents; the same articles give the same bytes.

    Chapters are written at once; only their headlines stay in memory, for the table of contents.
    """

    extensions: ClassVar = (".epub",)
    is_text: ClassVar = False

    def begin(self) -> None:
        self._zip = ZipWriter(self.file)
        self._sections: dict[str, tuple[str, list[_Chapter]]] = {}
        self._publishers: dict[str, None] = {}
        self._languages: Counter[str] = Counter()
        self._days: set[date] = set()
        self._modified = datetime(1970, 1, 1, tzinfo=UTC)
        self._hash = hashlib.sha256()
        # The standard wants the media type first, uncompressed.
        self._zip.add("mimetype", b"application/epub+zip", compress=False)
        self._zip.add("META-INF/container.xml", (_FILES / "container.xml").read_bytes())
        self._zip.add("EPUB/style.css", (_FILES / "style.css").read_bytes())

    def write(self, entry: ExportedArticle) -> None:
        article: Article = Article.from_json(_replace_illegal(entry.article.to_json()))
        chapter = _Chapter(f"chapter-{self._languages.total() + 1}", " ".join(article.headline.split()) or "…")
        section = " ".join((article.section or "").split()) or _NO_SECTION
        self._sections.setdefault(section.casefold(), (section, []))[1].append(chapter)
        language = article.language if article.language and _LANGUAGE.fullmatch(article.language) else "und"
        self._languages[language] += 1
        if publisher := " ".join(article.publisher.split()):
            self._publishers[publisher] = None
        if article.published_at:
            self._days.add(article.published_at.date())
        self._modified = max(self._modified, article.fetched_at)
        self._hash.update(repr(article.to_json()).encode())
        values = {"article": article, "chapter": chapter, "facts": list_facts(article), "link": safe_link(entry.url)}
        self._add_page(chapter.file, language, values | {"text": render_article(article)}, "chapter.xhtml")

    def end(self) -> None:
        language = self._languages.most_common(1)[0][0] if self._languages else "und"
        sections = dict(self._sections.values())
        chapters = [chapter for listed in sections.values() for chapter in listed]
        name_parts = (", ".join(self._publishers) or "newscrawl", replace_illegal(self.title or ""))
        ends = dict.fromkeys(format_day(day) for day in (min(self._days), max(self._days))) if self._days else ()
        values = {
            "name": ": ".join(filter(None, name_parts)),
            "span": " to ".join(ends),
            "last": max(self._days, default=None),
            "count": len(chapters),
            "sections": sections,
            "chapters": chapters,
            "publishers": self._publishers,
            "identifier": f"urn:uuid:{uuid.UUID(bytes=self._hash.digest()[:16], version=5)}",
            "modified": f"{self._modified.replace(microsecond=0, tzinfo=None).isoformat()}Z",
        }
        for file in ("title.xhtml", "nav.xhtml", "package.opf"):
            self._add_page(file, language, values)
        self._zip.close()

    def _add_page(self, file: str, language: str, values: Mapping[str, Any], template: str = "") -> None:
        page = _load_templates().get_template(template or file).render(values, language=language)
        self._zip.add(f"EPUB/{file}", page.encode())


@cache
def _load_templates() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow, and only books need it

    options: Any = {"trim_blocks": True, "lstrip_blocks": True}
    return Environment(loader=FileSystemLoader(_FILES), autoescape=True, undefined=StrictUndefined, **options)


def _replace_illegal(value: Any) -> Any:
    """Replace what is illegal in XML in every string of a JSON value."""
    if isinstance(value, str):
        return replace_illegal(value)
    if isinstance(value, list):
        return [_replace_illegal(part) for part in value]
    return {name: _replace_illegal(part) for name, part in value.items()} if isinstance(value, dict) else value
