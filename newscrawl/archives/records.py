"""The records of a WARC or ARC file, one in memory at a time; broken ones named, and the next one found."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord, ArcWarcRecordLoader

from newscrawl.archives.capture import Place
from newscrawl.archives.members import FIRST_LINE, BrokenFramingError, BrokenPackingError, Member, Members
from newscrawl.errors import ArchiveError

Report = Callable[[ArchiveError], None]


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it stands in its file."""

    head: ArcWarcRecord
    """warcio's reading of its head; an ARC record's as that of a WARC response."""
    block: bytes | None
    """None where it was not to be kept, or is larger than it may be."""
    kept: bool
    """Whether it was to be kept."""
    offset: int
    """Of the file, or of what it unpacks to where `place` is None."""
    place: Place | None
    """None in a member that holds several records."""

    def error(self, path: str, detail: object) -> ArchiveError:
        """The error that names it."""
        return ArchiveError(path, self.offset, str(detail))


class Records:
    """Reads the records of one file."""

    def __init__(
        self, file: BinaryIO, name: str, *, keep: Callable[[ArcWarcRecord], bool], report: Report, max_bytes: int
    ) -> None:
        """`keep` tells by its head whether the block of a record is wanted."""
        self._members, self._name = Members(file), name
        self._keep, self._report, self._max_bytes = keep, report, max_bytes
        self._loader = ArcWarcRecordLoader(verify_http=False, arc2warc=True)

    def since(self, start: int) -> Iterator[Record]:
        """Yield the records from byte `start` on, in a packed file the beginning of a member; report broken ones."""
        offset: int | None = start
        while offset is not None:
            try:
                member = self._members.at(offset)
            except BrokenPackingError as error:
                self._report(ArchiveError(self._name, offset, str(error)))
                offset = self._members.after(offset)
            else:
                offset = (yield from self._of(member)) if member else None

    def _of(self, member: Member) -> Generator[Record, None, int | None]:
        """Yield the records of a member; return where the next one begins."""
        where = member.offset
        try:
            member.advance()
            first = member.begin
            where = member.offset if member.packed else first
            while member.ahead:
                begin = member.begin
                rubbish = begin == first and not member.packed and not FIRST_LINE.match(member.ahead)
                try:
                    yield self._record(member, begin, where)
                except BrokenFramingError as error:
                    self._report(ArchiveError(self._name, where, str(error)))
                    if rubbish and (packed := self._members.after(begin)) is not None:
                        return packed
                    if not self._recovered(member, begin, error.kept):
                        return self._members.after(member.offset)
                where = member.begin
        except BrokenPackingError as error:
            self._report(ArchiveError(self._name, where, str(error)))
            return self._members.after(member.offset)
        return member.end()

    def _recovered(self, member: Member, begin: int, kept: bytes) -> bool:
        """Whether the member holds a record yet after a broken one, or ends well; it stands there then."""
        try:
            member.recover(begin, kept)
        except BrokenPackingError:
            return False  # the record in which it breaks off is named already
        return True

    def _record(self, member: Member, begin: int, where: int) -> Record:
        """The record at which `member` stands, which then stands at the next."""
        head = self._head(member)
        keep = self._keep(head)
        block = self._block(member, head.length, keep=keep)
        if not member.advance() and not FIRST_LINE.match(member.ahead):
            raise BrokenFramingError("record does not end where its Content-Length says", (block or b"") + member.ahead)
        return Record(head, block, keep, where, self._place(member, begin))

    def _head(self, member: Member) -> ArcWarcRecord:
        line = member.ahead
        if not FIRST_LINE.match(line):
            raise BrokenFramingError("no WARC record begins here")
        try:
            return self._loader.parse_record_stream(member, line, "warc" if line.startswith(b"WARC/") else "arc", True)
        except (ArchiveLoadFailed, ValueError):  # ValueError: an ARC record's date
            raise BrokenFramingError("no WARC record begins here") from None

    def _block(self, member: Member, length: int | None, *, keep: bool) -> bytes | None:
        if length is None:
            raise BrokenFramingError("record without a Content-Length")
        left, missing = member.left(), length
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

    def _place(self, member: Member, begin: int) -> Place | None:
        if not member.packed:
            return Place(file=self._name, offset=begin, length=member.begin - begin)
        if begin or member.ahead:
            return None
        return Place(file=self._name, offset=member.offset, length=member.end() - member.offset)
