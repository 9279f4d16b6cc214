"""Reads the records of a WARC or ARC file, one in memory at a time; reports broken ones and finds the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from newscrawl.archives.capture import RecordLocation
from newscrawl.archives.heads import NEXT_RECORD, RecordHead, parse_record_head
from newscrawl.archives.members import NO_RECORD, BrokenFramingError, BrokenPartError, Stream
from newscrawl.archives.regular_records import RegularRecord, iterate_regular_records
from newscrawl.errors import ArchiveError, UnreachableFileError

ReportError = Callable[[ArchiveError], None]
# Writers have counted the blank lines after a record, or line ends that they changed.
_TOLERANCE = 16
"""Bytes by which a Content-Length may be wrong."""
_SEPARATORS = (b"\r\n\r\n", b"\n\n", b"\r\n", b"\n")
_WINDOW = _TOLERANCE + len(_SEPARATORS[0])
_UNKNOWN = 2**62
_ENOUGH_WASTED = 16 * 2**20
_HELD, _HELD_PLAIN = 64, 2
"""Pieces of the end of a block that are held if it is not wanted."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of an archive file."""

    head: RecordHead
    block: bytes | None
    """None if it was not wanted, or is too large."""
    size: int
    """Bytes of the block."""
    is_wanted: bool
    offset: int
    """In the file; if `location` is None, in the data that is decompressed from the first irregular record on."""
    location: RecordLocation | None
    """None in a compressed member that holds several records."""
    incomplete_reason: str | None = None
    """Why the block is not whole."""


class Records:
    """Reads the records of one file; `is_wanted` decides by the head of a record whether its block is needed."""

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        *,
        is_wanted: Callable[[RecordHead], bool],
        report: ReportError,
        max_bytes: int,
    ) -> None:
        self._file, self._name = file, name
        self._is_wanted, self._report, self._max_bytes = is_wanted, report, max_bytes
        self._wasted = 0

    def read_from(self, start: int) -> Iterator[Record]:
        """Yield the records from byte `start` on (the begin of a member in a compressed file); report broken ones."""
        try:
            for regular in iterate_regular_records(self._file, start):
                yield self._make_record(regular)
                start = regular.end
            yield from self._read_stream(start)
        except ConnectionError as error:
            raise UnreachableFileError(self._name, None, error.strerror or str(error)) from error

    def _make_record(self, regular: RegularRecord) -> Record:
        head, block, begin = regular.head, regular.block, regular.begin
        is_wanted = self._is_wanted(head)
        location = RecordLocation(file=self._name, offset=begin, length=regular.end - begin)
        keep = is_wanted and len(block) <= self._max_bytes
        return Record(head, block if keep else None, len(block), is_wanted, begin, location)

    def _read_stream(self, start: int) -> Iterator[Record]:
        stream = Stream(self._file, start)
        has_next = True
        while has_next:
            offset = stream.begin if stream.begin_in_file is None else stream.begin_in_file
            try:
                if stream.error:
                    raise stream.error
                if stream.is_at_end():
                    return
                record = self._read_record(stream, offset)
            except BrokenFramingError as error:
                self._report(ArchiveError(self._name, offset, str(error)))
                has_next = stream.recover(offset, error.data)
            except BrokenPartError as error:
                self._report(ArchiveError(self._name, offset, str(error)))
                has_next = stream.resync(error)
            else:
                yield record

    def _read_record(self, stream: Stream, offset: int) -> Record:
        if not stream.begins_record():
            raise BrokenFramingError(NO_RECORD)
        begin = stream.begin_in_file
        head = parse_record_head(stream.read_head())
        is_wanted = self._is_wanted(head)
        block, size = self._read_block(stream, head.length, keep=is_wanted)
        location = None
        if begin is not None and stream.begin_in_file is not None:
            location = RecordLocation(file=self._name, offset=begin, length=stream.begin_in_file - begin)
        return Record(head, block, size, is_wanted, offset, location)

    def _read_block(self, stream: Stream, length: int | None, *, keep: bool) -> tuple[bytes | None, int]:
        """Return a block of about `length` bytes, None if it is not kept, and its size; move to the next record."""
        # In a file with many wrong lengths, records are not read over what looks like the next: time stays linear.
        is_suspicious = length is None or self._wasted > max(_ENOUGH_WASTED, 4 * stream.begin)
        read = stream.read_to_record if is_suspicious else stream.read
        parts: list[bytes] = []
        size, wanted = 0, _UNKNOWN if length is None else length
        while size < wanted and (part := read(wanted - size)):
            size += len(part)
            parts.append(part)
            if not keep or max(size, length or 0) > self._max_bytes:
                # What is compressed cannot be read again, if its length proves wrong, unless it is held.
                del parts[: -_HELD_PLAIN if stream.is_plain() else -_HELD]
        data = b"".join(parts)
        dropped = size - len(data)
        keep = keep and not dropped and size <= self._max_bytes
        if size == wanted:
            is_separated = stream.advance()
            # The rest of the first line of an ARC record looks like one: "ttp://".
            is_line = (
                is_separated or data.endswith(b"\n") or not NEXT_RECORD.search(data[-_WINDOW:] + stream.peek_line())
            )
            is_next = stream.begins_record() and is_line
            if stream.is_at_end() or is_next or (is_separated and not NEXT_RECORD.search(data)):
                return (data if keep else None), size
            stream.unread(stream.skipped)
            data = _find_end(stream, data)
        block = _strip_separator(data)
        size = dropped + len(block)
        is_at_end = stream.is_at_end()
        is_cut = is_at_end and stream.is_plain() and block == data
        if length is not None and (abs(size - length) > _TOLERANCE or is_cut):
            self._wasted += dropped + len(data)
            if size < length and is_at_end:
                raise BrokenFramingError(f"record is cut short: {length - size} of {length} bytes missing", data)
            raise BrokenFramingError("record does not end where its Content-Length says", data)
        stream.advance()
        return (block if keep else None), size


def _find_end(stream: Stream, data: bytes) -> bytes:
    """Return `data`, the end of a block whose length is wrong, up to the begin of a record that is near, if any."""
    rest, near = data[:-_WINDOW], data[-_WINDOW:]
    stream.unread(near)
    near = b""
    while len(near) <= 2 * _WINDOW and (part := stream.read_to_record(2 * _WINDOW + 1 - len(near))):
        near += part
    return rest + near


def _strip_separator(block: bytes) -> bytes:
    separator = next((each for each in _SEPARATORS if block.endswith(each)), b"")
    return block[: len(block) - len(separator)]
