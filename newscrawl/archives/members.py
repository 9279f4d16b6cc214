"""The bytes of an archive's file as its records stand in them: plain, or member after member of a packing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cached_property
from types import ModuleType
from typing import BinaryIO

from newscrawl import plugins
from newscrawl.archives import packings
from newscrawl.archives.packings import Unpacker

MAX_LINE = 64 * 2**10
MAX_HEAD = 2**20
"""A head's line, and a whole head, are bounded, or one without an end would fill the memory."""
_PIECE = 64 * 2**10
_READ = 16 * 2**10
_OVERLAP = 8 * 2**10
_ARC_LINE = rb"[A-Za-z]{2,10}:[^\r\n]{1,4000} \S{1,45} \d{8,14} \S{1,200} \d{1,15}\r?\n"
FIRST_LINE = re.compile(rb"WARC/\d|" + _ARC_LINE)
"""The line with which a record begins."""
_NEXT_RECORD = re.compile(rb"WARC/\d\.\d+\r?\n[A-Za-z-]+[ \t]*:|\n" + _ARC_LINE)
"""A record amid bytes of unknown kind: pages that quote a first line do not go on as WARC's heads do. Before it there
may be anything, as it is the end of a broken record."""


class BrokenFramingError(Exception):
    """Where the next record begins is not known; `kept` is what was read of this one, in which it may begin."""

    def __init__(self, detail: str, kept: bytes = b"") -> None:
        super().__init__(detail)
        self.kept = kept


class BrokenPackingError(Exception):
    """The member cannot be read or unpacked to its end."""


class Stream:
    """Bytes by line and by length, in a memory of two pieces; warcio's parsers read from it."""

    def __init__(self, piece: Callable[[], bytes], position: int = 0) -> None:
        """`piece` gives the next bytes, none at the end; `position` is the number of the first one."""
        self._piece, self.position = piece, position
        self._buffer, self._at = b"", 0
        self.begin_head()

    def begin_head(self) -> None:
        """From here on lines are counted as those of one head."""
        self._room = MAX_HEAD

    def readline(self) -> bytes:
        """A line of a head. Raises BrokenFramingError where it, or the head, is too long."""
        line = self.line()
        self._room -= len(line)
        if len(line) >= MAX_LINE:
            raise BrokenFramingError(f"record head of more than {MAX_LINE} bytes in one line")
        if self._room < 0:
            raise BrokenFramingError(f"record head of more than {MAX_HEAD} bytes")
        return line

    def line(self) -> bytes:
        """The next line, of which no more than MAX_LINE bytes."""
        end = self._buffer.find(b"\n", self._at) + 1
        while not end and len(self._buffer) - self._at < MAX_LINE:
            seen = len(self._buffer) - self._at
            if not self._fill():
                break
            end = self._buffer.find(b"\n", seen) + 1
        return self._taken(min(end or len(self._buffer), self._at + MAX_LINE))

    def read(self, length: int) -> bytes:
        """Up to `length` bytes, none at the end."""
        if self._at == len(self._buffer):
            self._fill()
        return self._taken(min(len(self._buffer), self._at + length))

    def find(self, pattern: re.Pattern[bytes]) -> bool:
        """Go on to where `pattern` matches; false, and at the end, where it does nowhere."""
        while not (found := pattern.search(self._buffer, self._at)):
            self._taken(max(self._at, len(self._buffer) - _OVERLAP))
            if not self._fill():
                self._taken(len(self._buffer))
                return False
        self._taken(found.start())
        return True

    def unread(self, data: bytes) -> None:
        """Let `data` be read next."""
        self._buffer, self._at = data + self._buffer[self._at :], 0
        self.position -= len(data)

    def restart(self, position: int) -> None:
        """Forget what was read ahead: the next piece is of `position`."""
        self._buffer, self._at, self.position = b"", 0, position

    def _fill(self) -> bool:
        piece = self._piece()
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        return bool(piece)

    def _taken(self, end: int) -> bytes:
        taken = self._buffer[self._at : end]
        self._at = end
        self.position += len(taken)
        return taken


class Member(Stream):
    """One member of a file; of a plain file there is one, from where its reading begins to its end.

    `ahead` is the next line that is not blank, read already, and `begin` its position: in the file where the member is
    plain, in what is unpacked where it is packed.
    """

    def __init__(self, file: BinaryIO, offset: int, packed: _Packed | None = None) -> None:
        """The member of `file` at byte `offset`, where the file stands."""
        self._plain = _Plain(file)
        super().__init__(packed.piece if packed else self._plain.piece, 0 if packed else offset)
        self._packed, self.offset = packed, offset
        self.ahead, self.begin = b"", self.position

    @property
    def packed(self) -> bool:
        """Whether it is unpacked to be read."""
        return self._packed is not None

    def end(self) -> int:
        """Where in the file the next one begins, once this one is read to its end."""
        return self._packed.end() if self._packed else self.position

    def advance(self) -> bool:
        """Go to the next line that is not blank; whether a blank one, or the end, came before it."""
        blank = False
        while True:
            self.begin_head()
            self.begin, self.ahead = self.position, self.line()
            if self.ahead.strip() or not self.ahead:
                return blank or not self.ahead
            blank = True

    def recover(self, begin: int, kept: bytes) -> None:
        """Go to the next record after the one that begins at `begin`, of which `kept` was read and not used."""
        if self._packed:
            self.unread(kept)
        else:
            self._plain.seek(begin + 1)
            self.restart(begin + 1)
        self.find(_NEXT_RECORD)
        self.advance()

    def left(self) -> int | None:
        """How many bytes there are yet to read; None where only unpacking can tell."""
        return None if self._packed else self._plain.size - self.position


class Members:
    """The members of a file."""

    def __init__(self, file: BinaryIO) -> None:
        """A file that can be sought in."""
        self._file = file

    def at(self, offset: int) -> Member | None:
        """The member at byte `offset`, None at the file's end. Raises BrokenPackingError."""
        _seek(self._file, offset)
        magic = _read(self._file, 4)
        _seek(self._file, offset)
        if not magic:
            return None
        packing = next((one for one in _PACKINGS if re.match(one.MAGIC, magic)), None)
        return Member(self._file, offset, _Packed(self._file, packing) if packing else None)

    def after(self, offset: int) -> int | None:
        """Where the first packed member stands that begins after byte `offset` and holds a record; None without one.

        Any member will do whose record reads: a magic number may be chance, or stand in a page.
        """
        while (offset := self._next_magic(offset + 1)) >= 0:
            if self._begins_record(offset):
                return offset
        return None

    def _next_magic(self, offset: int) -> int:
        stream = Stream(_Plain(self._file).piece, offset)
        try:
            _seek(self._file, offset)
            return stream.position if stream.find(_PACKED) else -1
        except BrokenPackingError:
            return -1

    def _begins_record(self, offset: int) -> bool:
        try:
            member = self.at(offset)
            if member:
                member.advance()
            return bool(member and FIRST_LINE.match(member.ahead))
        except BrokenPackingError:
            return False


class _Plain:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @cached_property
    def size(self) -> int:
        here = self._file.tell()
        size = _seek(self._file, 0, os.SEEK_END)
        _seek(self._file, here)
        return size

    def seek(self, offset: int) -> None:
        _seek(self._file, offset)

    def piece(self) -> bytes:
        return _read(self._file, _PIECE)


class _Packed:
    def __init__(self, file: BinaryIO, packing: ModuleType) -> None:
        begin = file.tell()
        self._file, self._broken = file, packing.BROKEN
        try:
            self._unpacker: Unpacker = packing.unpacker(file)
        except packing.BROKEN as error:
            raise BrokenPackingError(f"broken compression ({error})") from error
        file.seek(begin)

    def piece(self) -> bytes:
        piece = b""
        while not piece and not self._unpacker.eof:
            piece = self._unpack(_read(self._file, _READ) if self._unpacker.needs_input else None)
        return piece

    def end(self) -> int:
        return self._file.tell() - len(self._unpacker.unused_data)

    def _unpack(self, data: bytes | None) -> bytes:
        if data == b"":
            raise BrokenPackingError("record is cut short: its compression breaks off")
        try:
            return self._unpacker.decompress(data or b"", _PIECE)
        except self._broken as error:
            raise BrokenPackingError(f"broken compression ({error})") from error


def _seek(file: BinaryIO, offset: int, whence: int = os.SEEK_SET) -> int:
    try:
        return file.seek(offset, whence)
    except OSError as error:
        raise BrokenPackingError(error.strerror or str(error)) from error


def _read(file: BinaryIO, length: int) -> bytes:
    try:
        return file.read(length)
    except OSError as error:
        raise BrokenPackingError(error.strerror or str(error)) from error


_PACKINGS = tuple(plugins.load_modules(packings).values())
_PACKED = re.compile(b"|".join(one.MAGIC for one in _PACKINGS))
