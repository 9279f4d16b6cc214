"""Where the payloads of captures stand, so that revisits, which hold none, find theirs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Self

from newscrawl.archives.capture import Place

_TABLES = """
PRAGMA journal_mode = OFF;
CREATE TABLE original (id INTEGER PRIMARY KEY, file TEXT, offset INTEGER, length INTEGER, record BLOB);
CREATE TABLE payload (digest TEXT PRIMARY KEY, original INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE capture (url TEXT, second INTEGER, original INTEGER NOT NULL, PRIMARY KEY (url, second)) WITHOUT ROWID;
"""
_FOUND = "SELECT file, offset, length, record FROM original JOIN "

FindThen = Callable[[str, datetime], tuple[datetime, Place] | None]
Original = Place | bytes
"""Where an original record stands or, where that cannot be told, the record itself."""


class Originals:
    """Remembers captures by the digest of their payload and by address and time, in a temporary database on disk.

    One may serve several files, so that the revisits in one find their originals in another that was read before. It
    is `captures` that fills it.
    """

    def __init__(self, find: Callable[[str], Place | None] | None = None, find_then: FindThen | None = None) -> None:
        """`find` is asked for digests ("sha1:" and Base32, mostly) that are not known here.

        `find_then` is asked for the latest capture of an address that is not after a moment: when, and where.
        """
        self._find, self._find_then = find, find_then
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget all."""
        self._database.close()

    def add(self, url: str, moment: datetime, digests: Iterable[str], original: Original) -> None:
        """Remember the capture of `url` at `moment`, whose payload has `digests`."""
        place, record = (original, None) if isinstance(original, Place) else (None, original)
        number = self._database.execute(
            "INSERT INTO original (file, offset, length, record) VALUES (?, ?, ?, ?)",
            (place and place.file, place and place.offset, place and place.length, record),
        ).lastrowid
        self._database.executemany(
            "INSERT OR IGNORE INTO payload VALUES (?, ?)", [(digest, number) for digest in digests]
        )
        self._database.execute("INSERT OR IGNORE INTO capture VALUES (?, ?, ?)", (url, _second(moment), number))

    def by_digest(self, digest: str) -> Iterator[Original]:
        """The original of a payload, the one that was met, then the one that `find` knows."""
        yield from self._ask("payload ON original.id = original WHERE digest = ?", digest)
        if self._find and (place := self._find(digest)):
            yield place

    def by_time(self, url: str, moment: datetime) -> Iterator[Original]:
        """The original of the capture of `url` at `moment`, to the second."""
        yield from self._ask("capture ON original.id = original WHERE url = ? AND second = ?", url, _second(moment))
        second, place = self._elsewhere(url, moment)
        if place and second == _second(moment):
            yield place

    def before(self, url: str, moment: datetime) -> Iterator[Original]:
        """The original of the latest capture of `url` that is not after `moment`."""
        second, place = self._elsewhere(url, moment)
        last = "SELECT max(second) FROM capture WHERE url = ? AND second <= ?"
        (here,) = self._database.execute(last, (url, _second(moment))).fetchone()
        if place and (here is None or second > here):
            yield place
        latest = "capture ON original.id = original WHERE url = ? AND second <= ? ORDER BY second DESC LIMIT 1"
        yield from self._ask(latest, url, _second(moment))

    def _elsewhere(self, url: str, moment: datetime) -> tuple[int, Place | None]:
        found = self._find_then(url, moment) if self._find_then else None
        return (_second(found[0]), found[1]) if found else (0, None)

    def _ask(self, which: str, *values: str | int) -> Iterator[Original]:
        row = self._database.execute(_FOUND + which, values).fetchone()
        if row:
            file, offset, length, record = row
            yield record if file is None else Place(file=file, offset=offset, length=length)


def _second(moment: datetime) -> int:
    """WARC 1.0 tells seconds, 1.1 their fractions too, and a revisit need not do as its original does."""
    return int(moment.timestamp())
