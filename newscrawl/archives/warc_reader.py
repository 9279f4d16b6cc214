"""Reads captures from WARC, ARC and WACZ files: all in order, one by its location, or one from bytes.

for capture in read_captures("crawl.warc.gz", report=print):
    article = extract(capture.page())
"""

from __future__ import annotations

import contextlib
import gzip
import os
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import BinaryIO

from warcio.recordloader import ArcWarcRecord

from newscrawl.archives.capture import Capture, RecordLocation
from newscrawl.archives.payload import (
    BrokenRecordError,
    Payload,
    may_hold_page,
    read_date,
    read_digest,
    read_http_head,
    read_payload,
)
from newscrawl.archives.records import Record, Records, ReportError
from newscrawl.archives.revisits import Original, Originals
from newscrawl.archives.segments import Segments
from newscrawl.archives.wacz import list_warc_files, open_file
from newscrawl.errors import ArchiveError, NoOriginalError

MAX_BYTES = 64 * 2**20
"""Larger records and bodies are reported as broken: no news page has this size."""


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
    `report` with that error and continues. A file that cannot be opened and a zip that is no WACZ always raise it.
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


class _CaptureReader:
    def __init__(
        self, originals: Originals, is_wanted: Callable[[str], bool] | None, report: ReportError, max_bytes: int
    ) -> None:
        self._originals, self._report, self._max_bytes = originals, report, max_bytes
        self._is_wanted_url = is_wanted
        self._segments = Segments(max_bytes)
        self._postponed: defaultdict[str, array[int]] = defaultdict(partial(array, "q"))

    def read_file(self, name: str, start: int, on_record: Callable[[int], None] | None) -> Iterator[Capture]:
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
            if may_hold_page(record.head) and (capture := self._read_or_report(name, record)):
                yield capture

    def read_postponed(self) -> Iterator[Capture]:
        """Yield the revisits that precede their originals."""
        for name, offsets in self._postponed.items():
            for offset in offsets:
                try:
                    capture = self.read_record(name, _read_at(name, offset, self._max_bytes))
                except ArchiveError as error:
                    self._report(error)
                else:
                    yield capture

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
                self._add_original(record, [read_digest(record.head)])
        except _MissingOriginalError as error:
            if record.location:
                self._postponed[name].append(record.location.offset)
            else:
                self._report(ArchiveError(name, record.offset, str(error)))
        except BrokenRecordError as error:
            self._report(ArchiveError(name, record.offset, str(error)))
        return None

    def _is_wanted(self, head: ArcWarcRecord) -> bool:
        url = head.rec_headers["WARC-Target-URI"]
        is_wanted = may_hold_page(head) and (self._is_wanted_url is None or self._is_wanted_url(url))
        return is_wanted or self._segments.is_awaited(head)

    def _read(self, record: Record) -> Capture:
        if record.block is None:
            raise BrokenRecordError(f"record of {record.head.length} bytes is larger than {self._max_bytes}")
        url, moment = record.head.rec_headers["WARC-Target-URI"], read_date(record.head)
        if record.head.rec_type == "revisit":
            original, payload = self._find_original(record.head, url, moment)
            self._originals.add(url, moment, [], original)
            if record.block and not _is_not_modified(record.head):
                status, headers = read_http_head(record.block)
                payload = replace(payload, status=status, headers=headers)
        else:
            payload = read_payload(record.head, record.block, self._max_bytes, record.incomplete_reason)
            self._add_original(record, [payload.declared_digest, payload.digest])
        return Capture(
            url=url,
            status=payload.status,
            headers=payload.headers,
            body=payload.body,
            captured_at=moment,
            kind=record.head.rec_type,
            location=record.location,
            digest=payload.digest,
            incomplete_reason=payload.incomplete_reason,
        )

    def _add_original(self, record: Record, digests: list[str | None]) -> None:
        if record.head.rec_type not in ("response", "resource"):  # a conversion has no revisits
            return
        original: Original | None = record.location
        if original is None and record.block is not None and len(record.block) == record.head.length:
            # A record that is compressed together with others cannot be read again on its own.
            original = gzip.compress(record.head.rec_headers.to_bytes() + record.block, compresslevel=1)
        if original is not None:
            url = record.head.rec_headers["WARC-Target-URI"]
            self._originals.add(url, read_date(record.head), [digest for digest in digests if digest], original)

    def _find_original(self, head: ArcWarcRecord, url: str, moment: datetime) -> tuple[Original, Payload]:
        digest = None if _is_not_modified(head) else read_digest(head)
        detail = f"the original of this revisit is missing ({digest or url})"
        for original in self._candidates(head, url, moment, digest):
            try:
                payload = self._read_original(original)
            except (ArchiveError, BrokenRecordError) as error:
                detail = f"the original of this revisit cannot be read ({error})"
            else:
                if digest is None or payload.may_have(digest):
                    return original, payload
        raise _MissingOriginalError(detail)

    def _candidates(self, head: ArcWarcRecord, url: str, moment: datetime, digest: str | None) -> Iterator[Original]:
        if digest:
            yield from self._originals.find_by_digest(digest)
        if head.rec_headers["WARC-Refers-To-Date"]:
            referred = head.rec_headers["WARC-Refers-To-Target-URI"] or url
            yield from self._originals.find_at(referred.strip("<>"), read_date(head, "WARC-Refers-To-Date"))
        if _is_not_modified(head):
            yield from self._originals.find_latest(url, moment)

    def _read_original(self, original: Original) -> Payload:
        if isinstance(original, RecordLocation):
            record = _read_at(original.file, original.offset, self._max_bytes)
        else:
            record = _read_one(BytesIO(original), "memory", 0, self._max_bytes)
        if record.block is None or record.head.rec_type == "revisit":
            raise BrokenRecordError("a record without a payload")
        return read_payload(record.head, record.block, self._max_bytes, record.incomplete_reason)


def _read_at(name: str, offset: int, max_bytes: int) -> Record:
    with open_file(name) as file:
        return _read_one(file, name, offset, max_bytes)


def _read_one(file: BinaryIO, name: str, offset: int, max_bytes: int) -> Record:
    segments = Segments(max_bytes)

    def is_wanted(head: ArcWarcRecord) -> bool:
        return segments.is_awaited(head) or (not segments.is_waiting and may_hold_page(head))

    def report(error: ArchiveError) -> None:
        if not segments.is_waiting:  # of other records then
            raise error

    records = Records(file, name, is_wanted=is_wanted, report=report, max_bytes=max_bytes).read_from(offset)
    record = next(records, None)
    if record is None or (record.location and record.location.offset != offset):
        raise ArchiveError(name, offset, "no record begins here")
    if not may_hold_page(record.head):
        raise ArchiveError(name, offset, f"not a page: the record is of type {record.head.rec_type}")
    return segments.join(record, records)


def _is_not_modified(head: ArcWarcRecord) -> bool:
    return (head.rec_headers["WARC-Profile"] or "").endswith("/server-not-modified")


def _raise(error: ArchiveError) -> None:
    raise error
