"""Captures of WARC, ARC and WACZ files, however packed: all in order, one by its place, one by its bytes."""

from __future__ import annotations

import contextlib
import gzip
import os
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from io import BytesIO

from warcio.recordloader import ArcWarcRecord

from newscrawl.archives.capture import Capture, Place
from newscrawl.archives.payload import Answer, BrokenRecordError, answer, date, http_head, is_page, told_digest
from newscrawl.archives.records import Record, Records, Report
from newscrawl.archives.revisits import Original, Originals
from newscrawl.archives.wacz import files, opened
from newscrawl.errors import ArchiveError, NoOriginalError

MAX_BYTES = 64 * 2**20
"""A record or body larger than this is taken for broken: no news page is."""


class _LacksOriginalError(BrokenRecordError):
    """A revisit whose original is not known, or not yet."""


def captures(  # noqa: PLR0913 - each is a word of its own at the call
    path: str | os.PathLike[str],
    *,
    wanted: Callable[[str], bool] | None = None,
    broken: Report | None = None,
    max_bytes: int = MAX_BYTES,
    originals: Originals | None = None,
    start: int = 0,
    passing: Callable[[int], None] | None = None,
) -> Iterator[Capture]:
    """Yield the captures of the file at `path`, in its order, one record in memory at a time.

    The file is WARC (0.17 to 1.1) or ARC 1.0, plain or packed by gzip or zstd, or a WACZ, whose WARC files are read in
    the order of their names; its bytes tell, not its name. One that is packed as a whole, not record by record, is
    read too, but its captures have no place, and errors name the offset in what it unpacks to.

    Captures are its `response` records of http and https addresses, whatever their status; its `resource` and
    `conversion` records of text (a WET file has those), which come as status 200; and its `revisit` records: address
    and time are the revisit's, so are status and headers where it has any, the body is that of its original. The
    original of one that says "not modified" gives status and headers too. Originals are remembered in `originals`, by
    default a new one; revisits that stand before theirs come last. Requests and metadata are passed over.

    Where `wanted` is given, addresses of which it is false are passed over, their records neither kept nor decoded.
    `start` is the offset of a place in this file, or the end of one, from which to read on; a member of a WACZ has a
    path of its own for that (see Place). `passing` is called with the offset of every record, wanted or not. No path or
    name that a file tells is ever opened.

    A record that cannot be read (cut short, of a lying length, of a head without an end, without a date, in a broken
    encoding, larger than `max_bytes`, a revisit without its original) raises ArchiveError with path and byte offset;
    where `broken` is given it is called with that error instead, and reading goes on with the next record. A file that
    cannot be opened raises ArchiveError too, so does a zip that is no WACZ.
    """
    names = files(path)
    if start and names != [os.fspath(path)]:
        raise ArchiveError(os.fspath(path), start, "a WACZ is read on from a place in one of its files")
    with contextlib.ExitStack() as stack:
        known = originals if originals is not None else stack.enter_context(Originals())
        reader = _Reader(known, wanted, broken or _raise, max_bytes)
        for name in names:
            yield from reader.captures(name, start, passing)
        yield from reader.postponed()


def read_at(
    file: str | os.PathLike[str], offset: int, *, max_bytes: int = MAX_BYTES, originals: Originals | None = None
) -> Capture:
    """The capture at a place: byte `offset` of `file`, which may be a WACZ's member.

    Raises ArchiveError where the file cannot be opened, no record begins there, it is broken or holds no page, or is
    a revisit whose original `originals` does not know.
    """
    name = os.fspath(file)
    with contextlib.ExitStack() as stack:
        known = originals if originals is not None else stack.enter_context(Originals())
        return _Reader(known, None, _raise, max_bytes).capture(name, _record_at(name, offset, max_bytes))


def read_record(data: bytes, name: str, *, max_bytes: int = MAX_BYTES) -> Capture:
    """The capture of the one record in `data`, packed or not; it has no place.

    Raises ArchiveError, in which `name` is the path and the offset is one of `data`.
    """
    record = _first(Records(BytesIO(data), name, keep=is_page, report=_raise, max_bytes=max_bytes), name, 0)
    with Originals() as known:
        capture = _Reader(known, None, _raise, max_bytes).capture(name, record)
    return replace(capture, place=None)


class _Reader:
    """Records into captures."""

    def __init__(
        self, originals: Originals, wanted: Callable[[str], bool] | None, report: Report, max_bytes: int
    ) -> None:
        self._originals, self._report, self._max_bytes = originals, report, max_bytes
        self._wanted = wanted
        self._postponed: defaultdict[str, array[int]] = defaultdict(partial(array, "q"))

    def captures(self, name: str, start: int, passing: Callable[[int], None] | None) -> Iterator[Capture]:
        """All of a file."""
        try:
            file = opened(name)
        except ArchiveError as error:
            self._report(error)
            return
        with file:
            records = Records(file, name, keep=self._keeps, report=self._report, max_bytes=self._max_bytes)
            for record in records.since(start):
                if passing:
                    passing(record.offset)
                if is_page(record.head) and (capture := self._tried(name, record)):
                    yield capture

    def postponed(self) -> Iterator[Capture]:
        """The revisits that stood before their originals."""
        for name, offsets in self._postponed.items():
            for offset in offsets:
                try:
                    capture = self.capture(name, _record_at(name, offset, self._max_bytes))
                except ArchiveError as error:
                    self._report(error)
                else:
                    yield capture

    def capture(self, name: str, record: Record) -> Capture:
        """That of a record with a page. Raises ArchiveError."""
        try:
            return self._capture(record)
        except _LacksOriginalError as error:
            raise NoOriginalError(name, record.offset, str(error)) from error
        except BrokenRecordError as error:
            raise record.error(name, error) from error

    def _tried(self, name: str, record: Record) -> Capture | None:
        try:
            if record.kept:
                return self._capture(record)
            with contextlib.suppress(BrokenRecordError):
                self._remember(record, [told_digest(record.head)])
        except _LacksOriginalError as error:
            if record.place:
                self._postponed[name].append(record.place.offset)
            else:
                self._report(record.error(name, error))
        except BrokenRecordError as error:
            self._report(record.error(name, error))
        return None

    def _keeps(self, head: ArcWarcRecord) -> bool:
        return is_page(head) and (self._wanted is None or self._wanted(head.rec_headers["WARC-Target-URI"]))

    def _capture(self, record: Record) -> Capture:
        if record.block is None:
            raise BrokenRecordError(f"record of {record.head.length} bytes is larger than {self._max_bytes}")
        url, moment = record.head.rec_headers["WARC-Target-URI"], date(record.head)
        if record.head.rec_type == "revisit":
            original, found = self._original(record.head, url, moment)
            self._originals.add(url, moment, [], original)
            found = _revisited(record, found)
        else:
            found = answer(record.head, record.block, self._max_bytes)
            self._remember(record, [told_digest(record.head), found.digest])
        return Capture(
            url=url,
            status=found.status,
            headers=found.headers,
            body=found.body,
            captured_at=moment,
            kind=record.head.rec_type,
            place=record.place,
            digest=found.digest,
        )

    def _remember(self, record: Record, digests: list[str | None]) -> None:
        """A conversion has no revisits; one packed with others can be found again only if it is kept."""
        original: Original | None = record.place
        if record.head.rec_type not in ("response", "resource"):
            return
        if original is None and record.block is not None:
            original = gzip.compress(record.head.rec_headers.to_bytes() + record.block, compresslevel=1)
        if original is not None:
            url = record.head.rec_headers["WARC-Target-URI"]
            self._originals.add(url, date(record.head), [digest for digest in digests if digest], original)

    def _original(self, head: ArcWarcRecord, url: str, moment: datetime) -> tuple[Original, Answer]:
        """The original of a revisit, and what it answered."""
        told = None if _not_modified(head) else told_digest(head)
        detail = f"revisit of a capture that is not here ({told or url})"
        for original in self._candidates(head, url, moment, told):
            try:
                found = self._answer(original)
            except (ArchiveError, BrokenRecordError) as error:
                detail = f"revisit of a capture that does not read ({error})"
            else:
                if told is None or found.has(told):
                    return original, found
        raise _LacksOriginalError(detail)

    def _candidates(self, head: ArcWarcRecord, url: str, moment: datetime, told: str | None) -> Iterator[Original]:
        if told:
            yield from self._originals.by_digest(told)
        if head.rec_headers["WARC-Refers-To-Date"]:
            referred = head.rec_headers["WARC-Refers-To-Target-URI"] or url
            yield from self._originals.by_time(referred.strip("<>"), date(head, "WARC-Refers-To-Date"))
        if _not_modified(head):
            yield from self._originals.before(url, moment)

    def _answer(self, original: Original) -> Answer:
        if isinstance(original, Place):
            record = _record_at(original.file, original.offset, self._max_bytes)
        else:
            kept = Records(BytesIO(original), "memory", keep=is_page, report=_raise, max_bytes=self._max_bytes)
            record = _first(kept, "memory", 0)
        if record.block is None or record.head.rec_type == "revisit":
            raise BrokenRecordError("a record without a payload")
        return answer(record.head, record.block, self._max_bytes)


def _record_at(name: str, offset: int, max_bytes: int) -> Record:
    with opened(name) as file:
        return _first(Records(file, name, keep=is_page, report=_raise, max_bytes=max_bytes), name, offset)


def _first(records: Records, name: str, offset: int) -> Record:
    record = next(records.since(offset), None)
    if record is None or (record.place and record.place.offset != offset):
        raise ArchiveError(name, offset, "no record begins here")
    if not is_page(record.head):
        raise ArchiveError(name, offset, f"a record that holds no page but {record.head.rec_type}")
    return record


def _revisited(record: Record, original: Answer) -> Answer:
    """The answer of a revisit: its own head, if it has one and it is not that nothing changed."""
    if not record.block or _not_modified(record.head):
        return original
    status, headers, _ = http_head(record.block)
    return replace(original, status=status, headers=headers)


def _not_modified(head: ArcWarcRecord) -> bool:
    return (head.rec_headers["WARC-Profile"] or "").endswith("/server-not-modified")


def _raise(error: ArchiveError) -> None:
    raise error
