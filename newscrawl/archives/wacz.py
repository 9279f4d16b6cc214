"""Files by their path, which may lead into a WACZ (a zip; Web Archive Collection Zipped 1.1.1).

Nothing is ever unpacked to a path, so that what a zip calls its members matters to nobody.
"""

from __future__ import annotations

import io
import os
import re
import zlib
from abc import abstractmethod
from pathlib import Path
from typing import BinaryIO, cast
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from newscrawl.errors import ArchiveError

_BUFFER = 128 * 2**10
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_WARC = re.compile(r"archive/.+\.w?arc(\.gz|\.zst)?", re.IGNORECASE)
_LOCAL_HEAD = 30
_BROKEN_ZIP = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, ValueError)
"""What zipfile raises of broken zips, and of those that are encrypted or packed in unknown ways."""


def files(path: str | os.PathLike[str]) -> list[str]:
    """The path itself or, of a WACZ, the paths of the WARC and ARC files in it, in the order of their names.

    Raises ArchiveError for a file that cannot be opened, and for a zip that is broken or holds none.
    """
    name = os.fspath(path)
    with opened(name) as file:
        if file.read(4) not in _ZIP:
            return [name]
        try:
            members = {info.filename for info in ZipFile(file).infolist()}
        except _BROKEN_ZIP as error:
            raise ArchiveError(name, None, f"broken zip ({error})") from error
    found = sorted(member for member in members if _WARC.fullmatch(member))
    if not found:
        raise ArchiveError(name, None, "a zip without a WARC file in its folder archive/, so no WACZ")
    return [f"{name}/{member}" for member in found]


def opened(path: str | os.PathLike[str]) -> BinaryIO:
    """The file at `path`, which may be a zip's member (crawl.wacz/archive/data.warc.gz), to read and seek in.

    Raises ArchiveError.
    """
    name = os.fspath(path)
    outer, inner = _split(name)
    try:
        if inner:
            return _member(outer, inner)
        return Path(outer).open("rb", buffering=_BUFFER)
    except OSError as error:
        raise ArchiveError(name, None, error.strerror or str(error)) from error
    except _BROKEN_ZIP as error:
        raise ArchiveError(name, None, f"broken zip ({error})") from error


def _split(path: str) -> tuple[str, str]:
    """The path of a file on disk, and the name of a member in it, if `path` goes on inside."""
    for slash in re.finditer("/", path):
        outer = path[: slash.start()]
        if outer and Path(outer).is_file():
            return outer, path[slash.end() :]
    return path, ""


def _member(path: str, name: str) -> BinaryIO:
    with ZipFile(path) as archive:
        info = archive.getinfo(name)
        if info.compress_type == ZIP_STORED and not info.flag_bits & 1:
            raw: io.RawIOBase = _Window(path, info)
        else:
            raw = _Inflated(cast("BinaryIO", archive.open(info)))
    return io.BufferedReader(raw, _BUFFER)


class _Part(io.RawIOBase):
    """What stands within a file, to read and seek in."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._read(len(view))
        view[: len(data)] = data
        return len(data)

    @abstractmethod
    def _read(self, length: int) -> bytes: ...


class _Window(_Part):
    """A member that is stored as it is, so that what stands in it is a step away."""

    def __init__(self, path: str, info: ZipInfo) -> None:
        super().__init__(Path(path).open("rb"))  # noqa: SIM115 - close() closes it
        self._file.seek(info.header_offset)
        head = self._file.read(_LOCAL_HEAD)
        if len(head) < _LOCAL_HEAD or not head.startswith(_ZIP[0]):
            self._file.close()
            raise BadZipFile(f"no member at byte {info.header_offset}")
        lengths = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        self._begin = info.header_offset + _LOCAL_HEAD + lengths
        self._size, self._at = info.file_size, 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def _read(self, length: int) -> bytes:
        self._file.seek(self._begin + self._at)
        data = self._file.read(max(0, min(length, self._size - self._at)))
        self._at += len(data)
        return data


class _Inflated(_Part):
    """A member that is packed; going back in it is reading it again."""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except _BROKEN_ZIP as error:
            raise OSError(f"broken zip ({error})") from error

    def tell(self) -> int:
        return self._file.tell()

    def _read(self, length: int) -> bytes:
        try:
            return self._file.read(length)
        except _BROKEN_ZIP as error:
            raise OSError(f"broken zip ({error})") from error
