"""CSV, for spreadsheets (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any, ClassVar

from newscrawl.article import Article
from newscrawl.export.display import format_cell
from newscrawl.export.exporter import ARCHIVE_FIELDS, ExportedArticle, Exporter

_FIELDS = (
    *("published_at", "published_precision", "updated_at", "headline", "dek", "byline", "section", "topics"),
    *("tickers", "language", "access", "abstract", "correction", "body_text"),
)
_LAST_FIELDS = ("assistance", "url", "canonical_url", "post_id", "publisher", "layout", "fetched_at")
_OTHER_FIELDS = {*_FIELDS, *_LAST_FIELDS, "dateline", "images", "contacts", "body", "sources"}
"""Fields that have their columns, or are not exported."""


def _dateline(name: str) -> Callable[[ExportedArticle], Any]:
    return lambda entry: getattr(entry.article.dateline, name, None)


def _images(name: str) -> Callable[[ExportedArticle], Any]:
    return lambda entry: [getattr(image, name) or "" for image in entry.article.images]


def _contacts(entry: ExportedArticle) -> list[str]:
    return [
        ", ".join(filter(None, (contact.name, contact.role, contact.place, contact.email)))
        for contact in entry.article.contacts
    ]


_COLUMNS: Mapping[str, Callable[[ExportedArticle], Any]] = {
    **{name: attrgetter(name) for name in ARCHIVE_FIELDS},
    **{name: attrgetter(f"article.{name}") for name in _FIELDS},
    **{f"dateline_{name}": _dateline(name) for name in ("place", "date_text", "agency")},
    **{f"image_{name}s": _images(name) for name in ("url", "caption", "credit")},
    "contacts": _contacts,
    **{name: attrgetter(f"article.{name}") for name in _LAST_FIELDS},
    # A new field of Article becomes a column at the end without a change here.
    **{field.name: attrgetter(f"article.{field.name}") for field in fields(Article) if field.name not in _OTHER_FIELDS},
}


class CsvExporter(Exporter):
    """One row per article. Lists are joined with "; "; a quote mark precedes what a spreadsheet would compute."""

    extensions: ClassVar = (".csv",)
    is_appendable: ClassVar = True

    def begin(self) -> None:
        if not self.file.seekable() or self.file.tell() == 0:  # Scrapy appends to existing files
            self._write_row(_COLUMNS)

    def write(self, entry: ExportedArticle) -> None:
        self._write_row(format_cell(value(entry)) for value in _COLUMNS.values())

    def _write_row(self, cells: Iterable[str]) -> None:
        row = io.StringIO()
        csv.writer(row).writerow(cells)
        self.file.write(row.getvalue().encode())
