"""Reads captures from WARC, ARC and WACZ files: all in order, one by its location, or one from bytes.

for capture in read_captures("crawl.warc.gz", report=print):
    article = extract(capture.page())
"""

from __future__ import annotations

import contextlib
import gzip
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import BinaryIO, cast

from newscrawl.archives.capture import Capture, RecordLocation
from newscrawl.archives.heads import RecordHead, read_digest
from newscrawl.archives.payload import (
    BrokenRecordError,
    Payload,
    find_problem,
    may_hold_page,
    read_date,
    read_http_head,
    read_payload,
    sha1_digest,
)
from newscrawl.archives.records import Record, Records, ReportError
from newscrawl.archives.revisits import PAYLOAD, PENDING, RESOLVED, Link, Original, Originals, Reference, read_reference
from newscrawl.archives.segments import Segments
from newscrawl.archives.wacz import list_warc_files, open_file
from newscrawl.article import CaptureKind
from newscrawl.errors import ArchiveError, NoOriginalError, UnreachableFileError

MAX_BYTES = 64 * 2**20
"""Larger records and bodies are reported as broken: no news page has this size."""


# A revisit may refer to a revisit, and that to another; some refer to themselves.
_MAX_ORIGINALS_READ = 16


class _MissingOriginalError(BrokenRecordError):
    """The original of a revisit is not known, or not yet."""


def read_captures(  # noqa: PLR0913 - all are keywords
    path: str | os.PathLike[str],
    *,
    is_wanted: Callable[[str], bool] | None = None,
    report: ReportError | None = None,
    max_bytes: int = MAX_BYTES,
    originals: Originals | None = None,
    start: int = 0,
    on_record: Callable[[int], None] | None = None,
) -> Iterator[Capture]:
    """Yield the captures of the file at `path`, in its order, one record in memory at a time.

    The file is WARC (0.17 to 1.1) or ARC 1.0, plain or compressed by gzip or zstd, or a WACZ; its bytes decide, not its
    name. If it is compressed as a whole, captures have no location, and offsets are those of the decompressed data.

    Captures are `response` records of http and https addresses, whatever their status; `resource` and `conversion`
    records of text, with status 200; and `revisit` records, with the body of their original, and with its status and
    headers if they have none of their own. Originals are added to `originals`, by default a new index; revisits that
    precede their originals come last.

    Records whose address is not `is_wanted` are skipped without decoding. `start` is the offset at which a record of
    this file begins or ends. `on_record` is called with the offset of every record.

    A record that cannot be read, or is larger than `max_bytes`, raises ArchiveError with path and offset, or calls
    `report` with that error and continues. A file that cannot be opened and a zip that is no WACZ always raise it; a
    file that is out of reach, in its middle too, UnreachableFileError.
    """
    names = list_warc_files(path)
    if start and names != [os.fspath(path)]:
        raise ArchiveError(os.fspath(path), start, "to start at an offset, give the path of a file in the WACZ")
    with contextlib.ExitStack() as stack:
        index = originals if originals is not None else stack.enter_context(Originals())
        reader = _CaptureReader(index, is_wanted, report or _raise, max_bytes)
        for name in names:
            yield from reader.read_file(name, start, on_record)
        yield from reader.read_postponed()


def read_capture(
    file: str | os.PathLike[str], offset: int, *, max_bytes: int = MAX_BYTES, originals: Originals | None = None
) -> Capture:
    """Return the capture at a byte of a file. Raises ArchiveError, also for a revisit without its original."""
    name = os.fspath(file)
    with contextlib.ExitStack() as stack:
        index = originals if originals is not None else stack.enter_context(Originals())
        reader = _CaptureReader(index, None, _raise, max_bytes)
        return reader.read_record(name, _read_at(name, offset, max_bytes))


def read_record(data: bytes, name: str, *, max_bytes: int = MAX_BYTES) -> Capture:
    """Return the capture of the one record in `data`, compressed or not, without a location. Errors name `name`."""
    record = _read_one(BytesIO(data), name, 0, max_bytes)
    with Originals() as index:
        capture = _CaptureReader(index, None, _raise, max_bytes).read_record(name, record)
    return replace(capture, location=None)


@dataclass(frozen=True, slots=True)
class _Found:
    """An original that was read."""

    original: Original
    payload: Payload
    head: RecordHead
    """Of the record that was found; if that is a revisit, the payload is that of its own original."""
    digests: frozenset[str | None]
    """As the heads say."""


class _CaptureReader:
    def __init__(
        self, originals: Originals, is_wanted: Callable[[str], bool] | None, report: ReportError, max_bytes: int
    ) -> None:
        self._originals, self._report, self._max_bytes = originals, report, max_bytes
        self._is_wanted_url = is_wanted
        self._segments = Segments(max_bytes)
        self._names: list[str] = []
        # Of each revisit that precedes its original: index of the file's name, offset and number of the record.
        self._postponed = array("q")

    def read_file(self, name: str, start: int, on_record: Callable[[int], None] | None) -> Iterator[Capture]:
        self._names.append(name)
        try:
            file = open_file(name)
        except ArchiveError as error:
            self._report(error)
            return
        with file:
            records = Records(file, name, is_wanted=self._is_wanted, report=self._report, max_bytes=self._max_bytes)
            for record in records.read_from(start):
                if on_record:
                    on_record(record.offset)
                yield from self._read_done(name, self._segments.add(record))
            yield from self._read_done(name, self._segments.take_rest())

    def _read_done(self, name: str, records: Sequence[Record]) -> Iterator[Capture]:
        for record in records:
            if may_hold_page(record.head):
                if capture := self._read_or_report(name, record):
                    yield capture
            elif problem := find_problem(record.head):
                self._report(ArchiveError(name, record.offset, problem))

    def read_postponed(self) -> Iterator[Capture]:
        """Yield the revisits that precede their originals."""
        places = iter(self._postponed)
        for index, offset, number in zip(places, places, places, strict=True):
            original = self._originals.find_number(number)
            try:
                record = self._read_again(original)
                yield self.read_record(self._names[index], record)
            except UnreachableFileError:
                raise
            except ArchiveError as error:
                # Without a location it cannot be read again when its original is there.
                is_missing = isinstance(error, NoOriginalError) and isinstance(original, RecordLocation)
                kind = NoOriginalError if is_missing else ArchiveError
                self._report(kind(self._names[index], offset, error.detail))

    def read_record(self, name: str, record: Record) -> Capture:
        try:
            return self._read(record)
        except _MissingOriginalError as error:
            raise NoOriginalError(name, record.offset, str(error)) from error
        except BrokenRecordError as error:
            raise ArchiveError(name, record.offset, str(error)) from error

    def _read_or_report(self, name: str, record: Record) -> Capture | None:
        try:
            if record.is_wanted:
                return self._read(record)
            with contextlib.suppress(BrokenRecordError):
                self._add(record, read_date(record.head), None)
        except _MissingOriginalError:
            number = self._add(record, read_date(record.head), None)
            self._postponed.extend((len(self._names) - 1, record.offset, number))
        except BrokenRecordError as error:
            self._report(ArchiveError(name, record.offset, str(error)))
        return None

    def _is_wanted(self, head: RecordHead) -> bool:
        is_wanted = may_hold_page(head) and (self._is_wanted_url is None or self._is_wanted_url(head.url))
        return is_wanted or self._segments.is_awaited(head)

    def _read(self, record: Record) -> Capture:
        if record.block is None:
            raise BrokenRecordError(f"record of {record.size} bytes is larger than {self._max_bytes}")
        head, moment = record.head, read_date(record.head)
        if head.kind == "revisit":
            reference = read_reference(head)
            found = self._find_original(reference, {_locate(record)})
            self._originals.add(head, moment, found.original, RESOLVED)
            payload = found.payload
            if record.block and not reference.is_not_modified:
                status, headers = read_http_head(record.block)
                payload = replace(payload, status=status, headers=headers)
        else:
            payload = read_payload(head, record.block, self._max_bytes, record.incomplete_reason)
            self._add(record, moment, payload)
        return Capture(
            url=head.url,
            status=payload.status,
            headers=payload.headers,
            body=payload.body,
            captured_at=moment,
            kind=cast("CaptureKind", head.kind),
            location=record.location,
            sent=payload.sent,
            declared_digest=read_digest(head["WARC-Payload-Digest"]),
            incomplete_reason=payload.incomplete_reason,
        )

    def _add(self, record: Record, moment: datetime, payload: Payload | None) -> int:
        """Add a record to the index; return its number, or 0."""
        head = record.head
        if head.kind == "conversion":  # has no revisits
            return 0
        if record.location is None and (record.block is None or len(record.block) != record.size):
            return 0  # it cannot be read again
        if head.kind == "revisit":
            return self._originals.add(head, moment, _locate(record), PENDING)
        number = self._originals.add(head, moment, _locate(record), PAYLOAD)
        if digest := read_digest(head["WARC-Payload-Digest"]) or (payload and sha1_digest(payload.sent)):
            self._originals.add_digest(digest, head.url, number)
        return number

    def _find_original(self, reference: Reference, seen: set[Original]) -> _Found:
        """Find what a revisit refers to; `seen` are the records that were read for that. Raises BrokenRecordError."""
        detail = f"the original of this revisit is missing ({reference.digest or reference.record_id or reference.url})"
        is_contradicted = False
        for original, link in self._originals.find_candidates(reference):
            if original in seen or len(seen) > _MAX_ORIGINALS_READ:
                continue
            seen.add(original)
            try:
                found = self._read_original(original, seen)
            except (ArchiveError, BrokenRecordError) as error:
                detail = f"the original of this revisit cannot be read ({error})"
                continue
            is_of_other_page = is_contradicted and found.head.url != reference.original_url
            if _is_original(found, reference, link) and not is_of_other_page:
                return found
            is_contradicted = is_contradicted or link == "moment"
        raise _MissingOriginalError(detail)

    def _read_original(self, original: Original, seen: set[Original]) -> _Found:
        record = self._read_again(original)
        if record.block is None:
            raise BrokenRecordError("a record without a payload")
        digests = frozenset((read_digest(record.head["WARC-Payload-Digest"]),))
        if record.head.kind == "revisit":
            try:
                found = self._find_original(read_reference(record.head), seen)
            except _MissingOriginalError:
                raise BrokenRecordError("a record without a payload, whose own original is missing") from None
            return replace(found, head=record.head, digests=digests | found.digests)
        payload = read_payload(record.head, record.block, self._max_bytes, record.incomplete_reason)
        return _Found(original, payload, record.head, digests)

    def _read_again(self, original: Original) -> Record:
        if isinstance(original, RecordLocation):
            return _read_at(original.file, original.offset, self._max_bytes)
        record = _read_one(BytesIO(original), "memory", 0, self._max_bytes)
        return replace(record, location=None)


def _is_original(found: _Found, reference: Reference, link: Link) -> bool:
    """Whether a record is what a revisit refers to, that has the same id, moment, address or digest."""
    digest = reference.digest
    if link == "id" or digest is None:
        return True
    # Tools have written wrong digests, even one for all pages: what a head says joins no two addresses.
    is_same_page = link == "moment" or found.head.url == reference.original_url
    return (is_same_page and digest in found.digests) or found.payload.has(digest)


def _locate(record: Record) -> Original:
    if record.location:
        return record.location
    # A record that is compressed together with others cannot be read again on its own.
    return gzip.compress(record.head.raw + (record.block or b""), compresslevel=1)


def _read_at(name: str, offset: int, max_bytes: int) -> Record:
    with open_file(name) as file:
        return _read_one(file, name, offset, max_bytes)


def _read_one(file: BinaryIO, name: str, offset: int, max_bytes: int) -> Record:
    segments = Segments(max_bytes)

    def is_wanted(head: RecordHead) -> bool:
        return segments.is_awaited(head) or (not segments.is_waiting and may_hold_page(head))

    def report(error: ArchiveError) -> None:
        if not segments.is_waiting:  # of other records then
            raise error

    records = Records(file, name, is_wanted=is_wanted, report=report, max_bytes=max_bytes).read_from(offset)
    record = next(records, None)
    if record is None or (record.location and record.location.offset != offset):
        raise ArchiveError(name, offset, "no record begins here")
    if not may_hold_page(record.head):
        raise ArchiveError(name, offset, f"not a page: the record is of type {record.head.kind}")
    return segments.join(record, records)


def _raise(error: ArchiveError) -> None:
    raise error
