"""Reads archive files: plain, or as a sequence of compressed members."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cached_property, partial
from types import ModuleType
from typing import BinaryIO

from newscrawl import plugins
from newscrawl.archives import compression
from newscrawl.content_encodings.decompressors import Decompressor

# Limits on the head of a record: one without an end would fill the memory.
MAX_LINE = 64 * 2**10
MAX_HEAD = 2**20
_PIECE = 64 * 2**10
_READ = 16 * 2**10
_OVERLAP = 8 * 2**10
_ARC_LINE = rb"[A-Za-z]{2,10}:[^\r\n]{1,4000} \S{1,45} \d{8,14} \S{1,200} \d{1,15}\r?\n"
FIRST_LINE = re.compile(rb"WARC/\d|" + _ARC_LINE)
"""The first line of a record."""
# A record after damaged bytes. Pages that quote a first line do not go on like the head of a WARC record.
_NEXT_RECORD = re.compile(rb"WARC/\d\.\d+\r?\n[A-Za-z-]+[ \t]*:|\n" + _ARC_LINE)


class BrokenFramingError(Exception):
    """The begin of the next record is not known; it may be in `data`, the bytes that were read of this one."""

    def __init__(self, detail: str, data: bytes = b"") -> None:
        super().__init__(detail)
        self.data = data


class BrokenCompressionError(Exception):
    """A member cannot be read or decompressed to its end."""


class Stream:
    """Reads bytes by line and by length, holding at most two pieces in memory; warcio's parsers read from it.

    `read_piece` returns the next bytes, none at the end; `position` is the offset of the first of them.
    """

    def __init__(self, read_piece: Callable[[], bytes], position: int = 0) -> None:
        self._read_piece, self.position = read_piece, position
        self._buffer, self._at = b"", 0
        self._head_bytes_left = MAX_HEAD

    def readline(self) -> bytes:
        """Return the next line of a head. Raises BrokenFramingError if the line or the head is too long."""
        line = self.next_line()
        self._head_bytes_left -= len(line)
        if len(line) >= MAX_LINE:
            raise BrokenFramingError(f"record head of more than {MAX_LINE} bytes in one line")
        if self._head_bytes_left < 0:
            raise BrokenFramingError(f"record head of more than {MAX_HEAD} bytes")
        return line

    def next_line(self) -> bytes:
        """Return the next line, or the first MAX_LINE bytes of it."""
        end = self._buffer.find(b"\n", self._at) + 1
        while not end and len(self._buffer) - self._at < MAX_LINE:
            searched = len(self._buffer) - self._at
            if not self._fill():
                break
            end = self._buffer.find(b"\n", searched) + 1
        return self._take(min(end or len(self._buffer), self._at + MAX_LINE))

    def read(self, length: int) -> bytes:
        """Return up to `length` bytes, none at the end."""
        if self._at == len(self._buffer):
            self._fill()
        return self._take(min(len(self._buffer), self._at + length))

    def skip_to(self, pattern: re.Pattern[bytes]) -> bool:
        """Move to the next match of `pattern`; without one, move to the end and return False."""
        while not (match := pattern.search(self._buffer, self._at)):
            self._take(max(self._at, len(self._buffer) - _OVERLAP))
            if not self._fill():
                self._take(len(self._buffer))
                return False
        self._take(match.start())
        return True

    def _fill(self) -> bool:
        piece = self._read_piece()
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        return bool(piece)

    def _take(self, end: int) -> bytes:
        data = self._buffer[self._at : end]
        self._at = end
        self.position += len(data)
        return data


class Member(Stream):
    """One compressed member of a file, or the whole rest of a plain file.

    `first_line` is the next line that is not blank, already read. `begin` is its position, in the file if that is
    plain, otherwise in the decompressed data.
    """

    def __init__(self, file: BinaryIO, offset: int, compressed: _Compressed | None = None) -> None:
        read_piece = compressed.read_piece if compressed else partial(_read, file, _PIECE)
        super().__init__(read_piece, 0 if compressed else offset)
        self._file, self._compressed, self.offset = file, compressed, offset
        self.is_compressed = compressed is not None
        self.first_line, self.begin = b"", self.position

    def end(self) -> int:
        """Return the offset of the next member in the file, once this one is read to its end."""
        return self._compressed.end() if self._compressed else self.position

    def advance(self) -> bool:
        """Move to the next line that is not blank; return whether a blank line or the end came before it."""
        is_separated = False
        while True:
            self._head_bytes_left = MAX_HEAD
            self.begin, self.first_line = self.position, self.next_line()
            if self.first_line.strip() or not self.first_line:
                return is_separated or not self.first_line
            is_separated = True

    def recover(self, begin: int, data: bytes) -> None:
        """Move to the record after the broken one at `begin`; `data` are the bytes that were read of that."""
        if self._compressed:
            self._buffer, self.position = data + self._buffer[self._at :], self.position - len(data)
        else:
            self._buffer, self.position = b"", _seek(self._file, begin + 1)
        self._at = 0
        self.skip_to(_NEXT_RECORD)
        self.advance()

    def bytes_left(self) -> int | None:
        """Return the number of bytes that can still be read; None for a compressed member."""
        return None if self._compressed else self._size - self.position

    @cached_property
    def _size(self) -> int:
        position = self._file.tell()
        size = _seek(self._file, 0, os.SEEK_END)
        _seek(self._file, position)
        return size


def open_at(file: BinaryIO, offset: int) -> Member | None:
    """Return the member at byte `offset`, None at the end of the file. Raises BrokenCompressionError."""
    _seek(file, offset)
    magic = _read(file, 4)
    _seek(file, offset)
    if not magic:
        return None
    for module in _COMPRESSIONS:
        if re.match(module.MAGIC, magic):
            return Member(file, offset, _Compressed(file, module))
    return Member(file, offset)


def find_after(file: BinaryIO, offset: int) -> int | None:
    """Return the offset of the next compressed member that begins with a record; None if there is none."""
    # A magic number alone may be chance, or part of a page.
    while (offset := _find_magic(file, offset + 1)) >= 0:
        if _begins_record(file, offset):
            return offset
    return None


def _find_magic(file: BinaryIO, offset: int) -> int:
    stream = Stream(partial(_read, file, _PIECE), offset)
    try:
        _seek(file, offset)
        return stream.position if stream.skip_to(_MAGIC) else -1
    except BrokenCompressionError:
        return -1


def _begins_record(file: BinaryIO, offset: int) -> bool:
    try:
        member = open_at(file, offset)
        if member:
            member.advance()
        return bool(member and FIRST_LINE.match(member.first_line))
    except BrokenCompressionError:
        return False


class _Compressed:
    def __init__(self, file: BinaryIO, module: ModuleType) -> None:
        begin = file.tell()
        self._file, self._errors = file, module.ERRORS
        try:
            self._decompressor: Decompressor = module.open_member(file)
        except module.ERRORS as error:
            raise BrokenCompressionError(f"broken compression ({error})") from error
        file.seek(begin)

    def read_piece(self) -> bytes:
        piece = b""
        while not piece and not self._decompressor.eof:
            data = _read(self._file, _READ) if self._decompressor.needs_input else None
            if data == b"":
                raise BrokenCompressionError("record is cut short: its compression breaks off")
            try:
                piece = self._decompressor.decompress(data or b"", _PIECE)
            except self._errors as error:
                raise BrokenCompressionError(f"broken compression ({error})") from error
        return piece

    def end(self) -> int:
        return self._file.tell() - len(self._decompressor.unused_data)


def _seek(file: BinaryIO, offset: int, whence: int = os.SEEK_SET) -> int:
    try:
        return file.seek(offset, whence)
    except OSError as error:
        raise BrokenCompressionError(error.strerror or str(error)) from error


def _read(file: BinaryIO, length: int) -> bytes:
    try:
        return file.read(length)
    except OSError as error:
        raise BrokenCompressionError(error.strerror or str(error)) from error


_COMPRESSIONS = tuple(plugins.load_modules(compression).values())
_MAGIC = re.compile(b"|".join(each.MAGIC for each in _COMPRESSIONS))
