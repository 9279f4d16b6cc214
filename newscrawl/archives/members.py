"""Reads an archive file as one stream of bytes: its plain parts, and its compressed members decompressed."""

from __future__ import annotations

import os
import re
from collections import deque
from types import ModuleType
from typing import BinaryIO

from newscrawl import plugins
from newscrawl.archives import compression
from newscrawl.archives.heads import FIRST_LINE, MAX_HEAD, MAX_LINE, NEXT_RECORD, HeadError, find_head_end
from newscrawl.content_encodings.decompressors import Decompressor

_PIECE = 64 * 2**10
# Enough to see whether a record begins in a member.
_FIRST_PIECE = 8 * 2**10
_READ = 16 * 2**10
_OVERLAP = 8 * 2**10
NO_RECORD = "no WARC record begins here"


class BrokenFramingError(Exception):
    """A record whose end is not known; `data` are its bytes as far as they were read."""

    def __init__(self, detail: str, data: bytes = b"") -> None:
        super().__init__(detail)
        self.data = data


class BrokenPartError(Exception):
    """A part of the file, which begins at byte `offset`, cannot be read or decompressed to its end."""

    def __init__(self, detail: str, offset: int, *, is_compressed: bool = False, is_cut: bool = False) -> None:
        super().__init__(detail)
        self.offset, self.is_compressed, self.is_cut = offset, is_compressed, is_cut


class Stream:
    """The contents of a file from a byte on, at the first line that is not blank; holds some pieces in memory.

    Records may extend over members, but not into a member that begins with a record: the stream ends before it until
    `advance` is called. `begin` is the position of the current record: of plain parts in the file, of others in the
    decompressed data.
    """

    def __init__(self, file: BinaryIO, offset: int) -> None:
        self._file, self._position = file, offset
        self.begin = offset
        self.begin_in_file: int | None = offset
        """The byte of the file at which the current record begins; None if it shares a member with others."""
        self.skipped = b""
        """The blank lines before the current record."""
        self.error: BrokenPartError | None = None
        """Why what follows the current record cannot be read."""
        self._restart(offset)
        self.advance()

    def _restart(self, offset: int) -> None:
        self._buffer, self._at = b"", 0
        self._found = -1  # the position at which `read_to_record` found a record
        self._ahead = b""  # the first bytes of the next part, which begins with a record
        self._part: _Part | None = None
        self._next_offset = offset
        # Position, byte in the file, and whether it is plain, of each part since the current record.
        self._begins: deque[tuple[int, int, bool]] = deque()

    def is_at_end(self) -> bool:
        """Whether nothing is left, in this part and in others."""
        return self._at == len(self._buffer) and not self._ahead

    def begins_record(self) -> bool:
        """Whether the next line is the first line of a record, after `advance`."""
        return FIRST_LINE.match(self._buffer, self._at) is not None

    def advance(self) -> bool:
        """Move to the next line that is not blank; return whether a blank line or the end of a part is before it.

        Raises BrokenPartError if the record before it is damaged, too; otherwise such an error is kept in `error`.
        """
        end, self.skipped, self.error = self._position, b"", None
        is_separated = False
        try:
            while not (line := self.peek_line()).strip() or self._leave_plain_part():
                is_separated = True
                if not line.strip():
                    self.skipped += line if len(self.skipped) < MAX_LINE else b""
                    self._take(self._at + len(line))
                    if not line and not self._enter_part():
                        break
        except BrokenPartError as error:
            is_same_part = end > self.begin and self._part is not None and self._part.offset == error.offset
            if is_same_part and not error.is_cut:
                raise
            # If a record that has a member for itself is complete, nothing is missing.
            self.error = None if is_same_part and self.begin_in_file == error.offset else error
            is_separated = True
            self._take(len(self._buffer))
        while len(self._begins) > 1 and self._begins[1][0] <= self.begin:
            self._begins.popleft()
        self.begin = self._position
        self.begin_in_file = self._find_in_file(end)
        return is_separated

    def _find_in_file(self, end: int) -> int | None:
        """Return the byte of the file at which the record at `begin` begins, if nothing else is in its member."""
        if self.error and not self.error.is_cut:
            return self.error.offset
        if self._at == len(self._buffer):
            return self._part.end() if self._part else self._next_offset
        position, offset, is_plain = next(part for part in reversed(self._begins) if part[0] <= self.begin)
        if is_plain:
            return offset + self.begin - position
        return offset if position >= end else None

    def read_head(self) -> bytes:
        """Return the head of the record that begins here. Raises BrokenFramingError if it is too long."""
        line = self.peek_line()
        if line[:5].upper() != b"WARC/":
            return self._take(self._at + len(line))
        try:
            while (end := find_head_end(self._buffer, self._at)) < 0:
                self._check_lines(self._buffer[self._at :])
                if not self._fill():
                    raise BrokenFramingError("record is cut short: its head has no end")
        except HeadError as error:
            raise BrokenFramingError(str(error)) from None
        if end - self._at > MAX_LINE:
            self._check_lines(self._buffer[self._at : end])
        return self._take(end)

    def _check_lines(self, head: bytes) -> None:
        if max(map(len, head.split(b"\n"))) >= MAX_LINE:
            raise BrokenFramingError(f"record head of more than {MAX_LINE} bytes in one line")
        if len(head) > MAX_HEAD:
            raise BrokenFramingError(f"record head of more than {MAX_HEAD} bytes")

    def read(self, length: int) -> bytes:
        """Return up to `length` bytes, none at the end."""
        if self._at == len(self._buffer):
            self._fill()
        return self._take(min(len(self._buffer), self._at + length))

    def read_to_record(self, length: int) -> bytes:
        """Return up to `length` bytes, none at the end and at what looks like the begin of a record."""
        if self._position == self._found:
            return b""
        is_filled = True
        while not (match := NEXT_RECORD.search(self._buffer, self._at)) and is_filled:
            if len(self._buffer) - self._at > _OVERLAP:
                return self._take(min(len(self._buffer) - _OVERLAP, self._at + length))
            is_filled = self._fill()
        end = _find_begin(match) if match else len(self._buffer)
        if match:
            self._found = self._position + end - self._at
        return self._take(min(end, self._at + length))

    def unread(self, data: bytes) -> None:
        """Put back what was taken last, except over the begin of a member that begins with a record."""
        self._buffer, self._at = data + self._buffer[self._at :], 0
        self._position -= len(data)

    def recover(self, offset: int, data: bytes) -> bool:
        """Move to the record after the broken one at `offset`; return whether there is one.

        `data` are the bytes that were taken of that; they are read again, unless the file is plain at this point.
        """
        if self.is_plain():
            # Pages may hold compressed archives, but a file may begin with other bytes than its first member.
            holds_records = self._part is None or self._part.holds_records
            patterns = (NEXT_RECORD, _MAGIC) if holds_records else (_MAGIC, NEXT_RECORD)
            return any(self._find_record(pattern, offset) for pattern in patterns)
        self.unread(data)
        self._take(min(len(self._buffer), self._at + 1))
        try:
            return self._skip_to_record()
        except BrokenPartError as error:  # within the record that is broken
            return self.resync(error)

    def resync(self, error: BrokenPartError) -> bool:
        """Move to the record after the part that is broken; return whether there is one."""
        if self._find_record(_MAGIC, error.offset):
            return True
        # Compressed data may hold the text of records.
        return not error.is_compressed and self._find_record(NEXT_RECORD, error.offset)

    def _find_record(self, pattern: re.Pattern[bytes], offset: int) -> bool:
        # What looks like the begin of a member may be chance, or part of a page.
        while (found := self._find_part(pattern, offset + 1)) is not None:
            self._restart(found)
            try:
                return self._skip_to_record()
            except BrokenPartError as error:
                offset = max(found, error.offset)
        return False

    def _skip_to_record(self) -> bool:
        while self.read_to_record(_PIECE):
            pass
        self.advance()
        if self.error:
            raise self.error
        return not self.is_at_end()

    def is_plain(self) -> bool:
        return next((plain for position, _, plain in reversed(self._begins) if position <= self.begin), True)

    def peek_line(self) -> bytes:
        """Return the next line, or the first MAX_LINE bytes of it, without taking it."""
        end = self._buffer.find(b"\n", self._at) + 1
        while not end and len(self._buffer) - self._at < MAX_LINE:
            searched = len(self._buffer) - self._at
            if not self._fill():
                break
            end = self._buffer.find(b"\n", searched) + 1
        return self._buffer[self._at : min(end or len(self._buffer), self._at + MAX_LINE)]

    def _take(self, end: int) -> bytes:
        data = self._buffer[self._at : end]
        self._at = end
        self._position += len(data)
        return data

    def _fill(self) -> bool:
        """Add a piece to the buffer; return False at the end, and before a part that begins with a record."""
        if self._ahead:
            return False
        piece = self._part.read(_PIECE) if self._part else b""
        if not piece:
            piece = self._open_part()
            if FIRST_LINE.match(piece.lstrip()):
                self._ahead = piece
                return False
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        return bool(piece)

    def _enter_part(self) -> bool:
        self._buffer, self._at, self._ahead = self._ahead, 0, b""
        return bool(self._buffer)

    def _open_part(self) -> bytes:
        """Open the next part that is not empty; return its first bytes, none at the end of the file."""
        while True:
            offset = self._part.end() if self._part else self._next_offset
            self._seek(offset)
            magic = _read(self._file, 4, offset)
            self._seek(offset)
            if not magic:
                return b""
            module = next((each for each, pattern in _MAGICS if pattern.match(magic)), None)
            part = _Member(self._file, offset, module) if module else _Part(self._file, offset)
            piece = part.read(_FIRST_PIECE)
            part.holds_records = FIRST_LINE.match(piece.lstrip()) is not None
            if self._part and not module and piece.strip() and not part.holds_records:
                raise BrokenPartError(NO_RECORD, offset)
            self._part = part
            if piece:
                position = self._position + len(self._buffer) - self._at
                self._begins.append((position, offset, module is None))
                return piece

    def _leave_plain_part(self) -> bool:
        """Go on with a compressed member if one that begins with a record is next; return whether there is one."""
        if not _MAGIC.match(self._buffer, self._at) or not self._part or isinstance(self._part, _Member):
            return False
        end = self._part.end()
        offset = end - len(self._buffer) + self._at
        is_record = Stream(self._file, offset).begins_record()
        if is_record:
            self._restart(offset)
        else:
            self._seek(end)
        return is_record

    def _find_part(self, pattern: re.Pattern[bytes], offset: int) -> int | None:
        """Return the byte, from `offset` on, at which what matches a pattern begins."""
        size, data = _FIRST_PIECE, b""
        try:
            self._seek(offset)
            while piece := _read(self._file, size, offset):
                data = data[-_OVERLAP:] + piece
                offset += len(piece)
                if match := pattern.search(data):
                    return offset - len(data) + _find_begin(match)
                size = _PIECE
        except BrokenPartError:
            pass
        return None

    def _seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as error:
            raise BrokenPartError(error.strerror or str(error), offset) from error


class _Part:
    """A part of the file that is not compressed."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        self._file, self.offset = file, offset
        self.holds_records = False

    def read(self, length: int) -> bytes:
        return _read(self._file, length, self.offset)

    def end(self) -> int:
        """Return the byte of the file after what was read."""
        return self._file.tell()


class _Member(_Part):
    """A compressed member."""

    def __init__(self, file: BinaryIO, offset: int, module: ModuleType) -> None:
        super().__init__(file, offset)
        self._errors, self._is_complete, self._is_last = module.ERRORS, module.is_complete, False
        try:
            self._decompressor: Decompressor = module.open_member(file)
        except module.ERRORS as error:
            raise BrokenPartError(f"broken compression ({error})", offset, is_compressed=True) from error
        file.seek(offset)

    def read(self, length: int) -> bytes:
        piece = b""
        while not piece and not self._decompressor.eof:
            data = _read(self._file, _READ, self.offset) if self._decompressor.needs_input else None
            if data == b"":
                self._is_last = True
                if self._is_complete(self._decompressor):
                    break
                detail = "record is cut short: its compression breaks off"
                raise BrokenPartError(detail, self.offset, is_compressed=True, is_cut=True)
            try:
                piece = self._decompressor.decompress(data or b"", length)
            except self._errors as error:
                detail = f"broken compression ({error})"
                raise BrokenPartError(detail, self.offset, is_compressed=True) from error
        return piece

    def end(self) -> int:
        unused = 0 if self._is_last else len(self._decompressor.unused_data)
        return self._file.tell() - unused


def _find_begin(match: re.Match[bytes]) -> int:
    # The first line of an ARC record is found with the end of the line before it.
    return match.start() + match[0].startswith(b"\n")


def _read(file: BinaryIO, length: int, offset: int) -> bytes:
    try:
        return file.read(length)
    except ConnectionError:  # no damage of the file
        raise
    except OSError as error:
        raise BrokenPartError(error.strerror or str(error), offset) from error


_MAGICS = [(each, re.compile(each.MAGIC)) for each in plugins.load_modules(compression).values()]
_MAGIC = re.compile(b"|".join(pattern.pattern for _, pattern in _MAGICS))
