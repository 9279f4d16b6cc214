"""Opens archive files by their path, which may lead into a WACZ (a zip; Web Archive Collection Zipped 1.1.1).

No member is extracted to disk, so the names of members are harmless.
"""

from __future__ import annotations

import io
import os
import re
import zlib
from pathlib import Path
from typing import BinaryIO, cast
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from newscrawl.errors import ArchiveError

_BUFFER = 128 * 2**10
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_WARC = re.compile(r"archive/.+\.w?arc(\.gz|\.zst)?", re.IGNORECASE)
_LOCAL_HEAD = 30
# Errors of zipfile for zips that are broken, encrypted or compressed in an unknown way.
_BROKEN_ZIP = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, ValueError)


def list_warc_files(path: str | os.PathLike[str]) -> list[str]:
    """Return the path itself or, for a WACZ, the sorted paths of the WARC and ARC files in it. Raises ArchiveError."""
    name = os.fspath(path)
    with open_file(name) as file:
        if file.read(4) not in _ZIP:
            return [name]
        try:
            members = {info.filename for info in ZipFile(file).infolist()}
        except _BROKEN_ZIP as error:
            raise ArchiveError(name, None, f"broken zip ({error})") from error
    warcs = sorted(member for member in members if _WARC.fullmatch(member))
    if not warcs:
        raise ArchiveError(name, None, "not a WACZ: the zip has no WARC file in its folder archive/")
    return [f"{name}/{member}" for member in warcs]


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file, or a member of a zip ("crawl.wacz/archive/data.warc.gz"), to read and seek. Raises ArchiveError."""
    name = os.fspath(path)
    outer, inner = name, ""
    for slash in re.finditer("/", name):
        if slash.start() and Path(name[: slash.start()]).is_file():
            outer, inner = name[: slash.start()], name[slash.end() :]
            break
    try:
        if inner:
            return _open_member(outer, inner)
        return Path(outer).open("rb", buffering=_BUFFER)
    except OSError as error:
        raise ArchiveError(name, None, error.strerror or str(error)) from error
    except _BROKEN_ZIP as error:
        raise ArchiveError(name, None, f"broken zip ({error})") from error


def _open_member(path: str, name: str) -> BinaryIO:
    with ZipFile(path) as archive:
        info = archive.getinfo(name)
        if info.compress_type == ZIP_STORED and not info.flag_bits & 1:
            raw: io.RawIOBase = _StoredMember(path, info)
        else:
            raw = _Member(cast("BinaryIO", archive.open(info)))
    return io.BufferedReader(raw, _BUFFER)


class _Member(io.RawIOBase):
    """A member of a zip, to read and seek; if compressed, seeking back reads it again from its beginning."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except _BROKEN_ZIP as error:
            raise OSError(f"broken zip ({error})") from error

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        super().close()

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._read(len(view))
        view[: len(data)] = data
        return len(data)

    def _read(self, length: int) -> bytes:
        try:
            return self._file.read(length)
        except _BROKEN_ZIP as error:
            raise OSError(f"broken zip ({error})") from error


class _StoredMember(_Member):
    """A member that is stored uncompressed: seeking costs nothing."""

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
