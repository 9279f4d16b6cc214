"""CSV, for spreadsheets (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from newscrawl.article import Contact, Dateline
from newscrawl.export.formats._cell import cell
from newscrawl.export.formats._exporter import KNOWN, Entry, Exporter

_NOWHERE = Dateline()
_FIELDS = (
    *("published_at", "published_precision", "updated_at", "headline", "dek", "byline", "section", "topics"),
    *("tickers", "language", "access", "abstract", "correction", "body_text"),
)
_FIELDS_BEHIND = ("assistance", "url", "canonical_url", "post_id", "publisher", "layout", "fetched_at")


def _known(name: str) -> Callable[[Entry], Any]:
    return lambda entry: getattr(entry, name)


def _field(name: str) -> Callable[[Entry], Any]:
    return lambda entry: getattr(entry.article, name)


def _dateline(name: str) -> Callable[[Entry], Any]:
    return lambda entry: getattr(entry.article.dateline or _NOWHERE, name)


def _images(name: str) -> Callable[[Entry], Any]:
    return lambda entry: [getattr(image, name) or "" for image in entry.article.images]


def _contact(contact: Contact) -> str:
    return ", ".join(filter(None, (contact.name, contact.role, contact.place, contact.email)))


_COLUMNS: Mapping[str, Callable[[Entry], Any]] = {
    **{name: _known(name) for name in KNOWN},
    **{name: _field(name) for name in _FIELDS},
    **{f"dateline_{name}": _dateline(name) for name in ("place", "date_text", "agency")},
    **{f"image_{name}s": _images(name) for name in ("url", "caption", "credit")},
    "contacts": lambda entry: list(map(_contact, entry.article.contacts)),
    **{name: _field(name) for name in _FIELDS_BEHIND},
}


class Csv(Exporter):
    """A row an article. Lists are joined with "; "; what a spreadsheet would compute has a quote mark before it."""

    extensions: ClassVar = (".csv",)
    may_be_added_to: ClassVar = True

    def begin(self) -> None:
        """The names of the columns, unless the file has them."""
        if not _has_something(self.file):
            self._row(_COLUMNS)

    def write(self, entry: Entry) -> None:
        """A row."""
        self._row(cell(told(entry)) for told in _COLUMNS.values())

    def _row(self, cells: Any) -> None:
        row = io.StringIO()
        csv.writer(row).writerow(cells)
        self.file.write(row.getvalue().encode())


def _has_something(file: Any) -> bool:
    return bool(file.seekable() and file.tell())
