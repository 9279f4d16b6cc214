"""Finds the originals of revisit records, which have no payload of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Self

from newscrawl.archives.capture import RecordLocation

_TABLES = """
PRAGMA journal_mode = OFF;
CREATE TABLE original (id INTEGER PRIMARY KEY, file TEXT, offset INTEGER, length INTEGER, record BLOB);
CREATE TABLE payload (digest TEXT PRIMARY KEY, original INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE capture (url TEXT, second INTEGER, original INTEGER NOT NULL, PRIMARY KEY (url, second)) WITHOUT ROWID;
"""
_SELECT = "SELECT file, offset, length, record FROM original JOIN "

FindByDigest = Callable[[str], RecordLocation | None]
FindBefore = Callable[[str, datetime], tuple[datetime, RecordLocation] | None]
Original = RecordLocation | bytes
"""The location of an original record or, if it has none, the record itself."""


class Originals:
    """Index of captures by payload digest and by address and time, in a temporary database on disk.

    One index may serve several files, so that revisits find originals in files that were read earlier; `read_captures`
    fills it. `find_by_digest` is called for digests that are not in the index, `find_before` for the latest capture of
    an address that is not after a moment: it returns when, and where.
    """

    def __init__(self, find_by_digest: FindByDigest | None = None, find_before: FindBefore | None = None) -> None:
        self._find_by_digest, self._find_before = find_by_digest, find_before
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def add(self, url: str, moment: datetime, digests: Iterable[str], original: Original) -> None:
        location, record = (original, None) if isinstance(original, RecordLocation) else (None, original)
        number = self._database.execute(
            "INSERT INTO original (file, offset, length, record) VALUES (?, ?, ?, ?)",
            (location and location.file, location and location.offset, location and location.length, record),
        ).lastrowid
        self._database.executemany(
            "INSERT OR IGNORE INTO payload VALUES (?, ?)", [(digest, number) for digest in digests]
        )
        self._database.execute("INSERT OR IGNORE INTO capture VALUES (?, ?, ?)", (url, _second(moment), number))

    def find_by_digest(self, digest: str) -> Iterator[Original]:
        yield from self._select("payload ON original.id = original WHERE digest = ?", digest)
        if self._find_by_digest and (location := self._find_by_digest(digest)):
            yield location

    def find_at(self, url: str, moment: datetime) -> Iterator[Original]:
        """Find the capture of `url` at `moment`, to the second."""
        yield from self._select("capture ON original.id = original WHERE url = ? AND second = ?", url, _second(moment))
        second, location = self._find_elsewhere(url, moment)
        if location and second == _second(moment):
            yield location

    def find_latest(self, url: str, moment: datetime) -> Iterator[Original]:
        """Find the latest capture of `url` that is not after `moment`."""
        second, location = self._find_elsewhere(url, moment)
        latest = "SELECT max(second) FROM capture WHERE url = ? AND second <= ?"
        (here,) = self._database.execute(latest, (url, _second(moment))).fetchone()
        if location and (here is None or second > here):
            yield location
        rows = "capture ON original.id = original WHERE url = ? AND second <= ? ORDER BY second DESC LIMIT 1"
        yield from self._select(rows, url, _second(moment))

    def _find_elsewhere(self, url: str, moment: datetime) -> tuple[int, RecordLocation | None]:
        result = self._find_before(url, moment) if self._find_before else None
        return (_second(result[0]), result[1]) if result else (0, None)

    def _select(self, rest: str, *values: str | int) -> Iterator[Original]:
        row = self._database.execute(_SELECT + rest, values).fetchone()
        if row:
            file, offset, length, record = row
            yield record if file is None else RecordLocation(file=file, offset=offset, length=length)


def _second(moment: datetime) -> int:
    # WARC 1.0 has whole seconds, 1.1 fractions, and a revisit may differ from its original in this.
    return int(moment.timestamp())
