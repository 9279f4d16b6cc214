"""Finds the originals of revisit records, which have no payload of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self

from newscrawl.archives import heads
from newscrawl.archives.capture import RecordLocation
from newscrawl.archives.heads import RecordHead
from newscrawl.archives.payload import read_date

# Ranks of originals: a revisit whose original is not known yet, one that is resolved, and a record with a payload.
PENDING, RESOLVED, PAYLOAD = range(3)
_TABLES = """
PRAGMA journal_mode = OFF;
CREATE TABLE original (id INTEGER PRIMARY KEY, file TEXT, offset INTEGER, length INTEGER, record BLOB);
CREATE TABLE named (record_id INTEGER PRIMARY KEY, original INTEGER NOT NULL);
CREATE TABLE payload (digest TEXT, url TEXT, original INTEGER NOT NULL, PRIMARY KEY (digest, url)) WITHOUT ROWID;
CREATE TABLE capture (url TEXT, second INTEGER, rank INTEGER NOT NULL, original INTEGER NOT NULL,
                      PRIMARY KEY (url, second)) WITHOUT ROWID;
"""
# Of the records with one digest that are looked at: tools have written the same one for all pages.
_OTHERS = 3
_SELECT = "SELECT file, offset, length, record FROM original JOIN "

FindByDigest = Callable[[str], RecordLocation | None]
FindBefore = Callable[[str, datetime], tuple[datetime, RecordLocation] | None]
Link = Literal["id", "moment", "address", "digest"]
Original = RecordLocation | bytes
"""The location of an original record or, if it has none, the record itself."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the head of a revisit record says about its original."""

    url: str
    """Of the revisit."""
    moment: datetime
    record_id: str | None
    original_url: str
    original_moment: datetime | None
    digest: str | None
    """None if the server said "not modified": then it is that of the empty response."""
    is_not_modified: bool


def read_reference(head: RecordHead) -> Reference:
    """Read what a revisit refers to. Raises BrokenRecordError."""
    is_not_modified = (head["WARC-Profile"] or "").lower().endswith("/server-not-modified")
    return Reference(
        url=head.url,
        moment=read_date(head),
        record_id=head["WARC-Refers-To"],
        original_url=(head["WARC-Refers-To-Target-URI"] or "").strip("<>").replace(" ", "%20") or head.url,
        original_moment=read_date(head, "WARC-Refers-To-Date") if head["WARC-Refers-To-Date"] else None,
        digest=None if is_not_modified else heads.read_digest(head["WARC-Payload-Digest"]),
        is_not_modified=is_not_modified,
    )


class Originals:
    """Index of captures by record id, by address and time and by payload digest, in a temporary database on disk.

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

    def add(self, head: RecordHead, moment: datetime, original: Original, rank: int) -> int:
        """Add the record with a head, whose payload is that of `original`; return the number of the latter."""
        location, record = (original, None) if isinstance(original, RecordLocation) else (None, original)
        number = self._database.execute(
            "INSERT INTO original (file, offset, length, record) VALUES (?, ?, ?, ?)",
            (location and location.file, location and location.offset, location and location.length, record),
        ).lastrowid
        if record_id := head["WARC-Record-ID"]:
            self._database.execute("INSERT OR REPLACE INTO named VALUES (?, ?)", (_hash_id(record_id), number))
        self._database.execute(
            "INSERT INTO capture VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET original = excluded.original, rank = excluded.rank WHERE excluded.rank > rank",
            (head.url, _second(moment), rank, number),
        )
        return number or 0

    def add_digest(self, digest: str, url: str, number: int) -> None:
        """Add the digest that an original has, or says it has, by its number."""
        self._database.execute("INSERT OR IGNORE INTO payload VALUES (?, ?, ?)", (digest, url, number))

    def find_number(self, number: int) -> Original:
        return self._select("(SELECT 1) WHERE id = ?", number)[0]

    def find_candidates(self, reference: Reference) -> Iterator[tuple[Original, Link]]:
        """Find what a revisit may refer to, and by what: what it names comes before what has its digest."""
        if reference.record_id:
            yield from ((original, "id") for original in self.find_by_id(reference.record_id))
        url = reference.original_url
        if reference.original_moment:
            yield from ((original, "moment") for original in self.find_at(url, reference.original_moment))
        if reference.is_not_modified:
            yield from ((original, "address") for original in self.find_latest(url, reference.moment))
        elif reference.digest:
            yield from ((original, "digest") for original in self.find_by_digest(reference.digest, url))

    def find_by_id(self, record_id: str) -> Iterator[Original]:
        yield from self._select("named ON id = original WHERE record_id = ?", _hash_id(record_id))

    def find_by_digest(self, digest: str, url: str) -> Iterator[Original]:
        """Find some records that have a digest, or say so: one of `url` first."""
        yield from self._select("payload ON id = original WHERE digest = ? AND url = ?", digest, url)
        yield from self._select(f"payload ON id = original WHERE digest = ? LIMIT {_OTHERS}", digest)
        if self._find_by_digest and (location := self._find_by_digest(digest)):
            yield location

    def find_at(self, url: str, moment: datetime) -> Iterator[Original]:
        """Find the capture of `url` at `moment`, to the second."""
        yield from self._select("capture ON id = original WHERE url = ? AND second = ?", url, _second(moment))
        second, location = self._find_elsewhere(url, moment)
        if location and second == _second(moment):
            yield location

    def find_latest(self, url: str, moment: datetime) -> Iterator[Original]:
        """Find the latest capture of `url` that is not after `moment`."""
        second, location = self._find_elsewhere(url, moment)
        rows = f"FROM capture WHERE url = ? AND second <= ? AND rank > {PENDING} ORDER BY second DESC LIMIT 1"
        here = self._database.execute(f"SELECT second, original {rows}", (url, _second(moment))).fetchone()
        if location and (here is None or second > here[0]):
            yield location
        if here:
            yield self.find_number(here[1])

    def _find_elsewhere(self, url: str, moment: datetime) -> tuple[int, RecordLocation | None]:
        result = self._find_before(url, moment) if self._find_before else None
        return (_second(result[0]), result[1]) if result else (0, None)

    def _select(self, rest: str, *values: str | int) -> list[Original]:
        return [
            record if file is None else RecordLocation(file=file, offset=offset, length=length)
            for file, offset, length, record in self._database.execute(_SELECT + rest, values)
        ]


def _hash_id(record_id: str) -> int:
    # 64 bits, as long as the index: ids would take most of its space.
    return hash(record_id.strip("<>"))


def _second(moment: datetime) -> int:
    # WARC 1.0 has whole seconds, 1.1 fractions, and a revisit may differ from its original in this.
    return int(moment.timestamp())
