"""Reads the records of a WARC or ARC file, one in memory at a time; reports broken ones and finds the next."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader

from newscrawl.archives import members
from newscrawl.archives.capture import RecordLocation
from newscrawl.archives.members import FIRST_LINE, BrokenCompressionError, BrokenFramingError, Member
from newscrawl.errors import ArchiveError

ReportError = Callable[[ArchiveError], None]


@dataclass(frozen=True, slots=True)
class Record:
    """A record of an archive file."""

    head: ArcWarcRecord
    """Its head as warcio parsed it; that of an ARC record as of a WARC response."""
    block: bytes | None
    """None if it was not wanted, or is too large."""
    is_wanted: bool
    offset: int
    """In the file, or in its decompressed data if `location` is None."""
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
        is_wanted: Callable[[ArcWarcRecord], bool],
        report: ReportError,
        max_bytes: int,
    ) -> None:
        self._file, self._name = file, name
        self._is_wanted, self._report, self._max_bytes = is_wanted, report, max_bytes
        self._loader = ArcWarcRecordLoader(verify_http=False, arc2warc=True)

    def read_from(self, start: int) -> Iterator[Record]:
        """Yield the records from byte `start` on (the begin of a member in a compressed file); report broken ones."""
        offset: int | None = start
        while offset is not None:
            try:
                member = members.open_at(self._file, offset)
            except BrokenCompressionError as error:
                self._report(ArchiveError(self._name, offset, str(error)))
                offset = members.find_after(self._file, offset)
            else:
                offset = (yield from self._read_member(member)) if member else None

    def _read_member(self, member: Member) -> Generator[Record, None, int | None]:
        """Yield the records of a member; return the offset of the next member."""
        offset = member.offset
        try:
            member.advance()
            first = member.begin
            offset = member.offset if member.is_compressed else first
            while member.first_line:
                begin = member.begin
                is_garbage = begin == first and not member.is_compressed and not FIRST_LINE.match(member.first_line)
                try:
                    yield self._read_record(member, begin, offset)
                except BrokenFramingError as error:
                    self._report(ArchiveError(self._name, offset, str(error)))
                    if is_garbage and (compressed := members.find_after(self._file, begin)) is not None:
                        return compressed
                    try:
                        member.recover(begin, error.data)
                    except BrokenCompressionError:  # within the record that is already reported
                        return members.find_after(self._file, member.offset)
                offset = member.begin
        except BrokenCompressionError as error:
            self._report(ArchiveError(self._name, offset, str(error)))
            return members.find_after(self._file, member.offset)
        return member.end()

    def _read_record(self, member: Member, begin: int, offset: int) -> Record:
        head = self._read_head(member)
        is_wanted = self._is_wanted(head)
        block = self._read_block(member, head.length, keep=is_wanted)
        if not member.advance() and not FIRST_LINE.match(member.first_line):
            raise BrokenFramingError(
                "record does not end where its Content-Length says", (block or b"") + member.first_line
            )
        location = None
        if not member.is_compressed:
            location = RecordLocation(file=self._name, offset=begin, length=member.begin - begin)
        elif not begin and not member.first_line:
            location = RecordLocation(file=self._name, offset=member.offset, length=member.end() - member.offset)
        return Record(head, block, is_wanted, offset, location)

    def _read_head(self, member: Member) -> ArcWarcRecord:
        line = member.first_line
        if not FIRST_LINE.match(line):
            raise BrokenFramingError("no WARC record begins here")
        try:
            return self._loader.parse_record_stream(member, line, "warc" if line.startswith(b"WARC/") else "arc", True)
        except (ArchiveLoadFailed, ValueError):  # ValueError: the date of an ARC record
            raise BrokenFramingError("no WARC record begins here") from None

    def _read_block(self, member: Member, length: int | None, *, keep: bool) -> bytes | None:
        if length is None:
            raise BrokenFramingError("record without a Content-Length")
        left, missing = member.bytes_left(), length
        keep = keep and length <= self._max_bytes
        parts: list[bytes] = []
        while missing and (left is None or length <= left) and (part := member.read(missing)):
            missing -= len(part)
            if keep:
                parts.append(part)
        if missing:
            missing -= left or 0
            raise BrokenFramingError(f"record is cut short: {missing} of {length} bytes missing", b"".join(parts))
        return b"".join(parts) if keep else None
