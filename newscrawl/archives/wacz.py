"""Opens archive files by their path, which may lead into a WACZ (a zip; Web Archive Collection Zipped 1.1.1).

No member is extracted to disk, so the names of members are harmless.
"""

from __future__ import annotations

import io
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from newscrawl.archives.saved_pages import find_files
from newscrawl.errors import ArchiveError, ArgumentError, UnreachableFileError
from newscrawl.remote_files import check_name, hide_credentials, is_url, open_url, to_local
from newscrawl.remote_files import find_files as find_remote_files
from newscrawl.remote_files import is_file as is_remote_file
from newscrawl.remote_files import read_stat as read_remote_stat

_BUFFER = 128 * 2**10
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_WARC = re.compile(r"archive/.+\.w?arc(\.gz|\.zst)?", re.IGNORECASE)
_LOCAL_HEAD = 30
# Errors of zipfile for zips that are broken, encrypted or compressed in an unknown way.
_BROKEN_ZIP = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, ValueError)


def find_archives(pattern: str) -> list[str]:
    """Return the whole paths, or URLs, of the files that match a glob pattern, sorted. Raises ArgumentError."""
    check_name(pattern)
    if not is_url(pattern):
        return list(dict.fromkeys(str(path.resolve()) for path in find_files(to_local(pattern))))
    try:
        return find_remote_files(pattern)
    except OSError as error:
        raise ArgumentError(f"{hide_credentials(pattern)}: {error.strerror}") from error


def read_stat(name: str) -> tuple[int, datetime]:
    """Return size and modification time of a file. Raises OSError."""
    if is_url(name):
        return read_remote_stat(name)
    stat = Path(name).stat()
    return stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC)


def list_warc_files(path: str | os.PathLike[str]) -> list[str]:
    """Return the path itself or, for a WACZ, the sorted paths of the WARC and ARC files in it. Raises ArchiveError."""
    name = os.fspath(path)
    with open_file(name) as file, _archive_errors(name):
        if file.read(4) not in _ZIP:
            return [name]
        members = {info.filename for info in ZipFile(file).infolist()}
    warcs = sorted(member for member in members if _WARC.fullmatch(member))
    if not warcs:
        raise ArchiveError(name, None, "not a WACZ: the zip has no WARC file in its folder archive/")
    return [f"{name}/{member}" for member in warcs]


def open_file(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file, or a member of a zip ("crawl.wacz/archive/data.warc.gz"), to read and seek. Raises ArchiveError.

    A URL is read by ranges.
    """
    name = os.fspath(path)
    with _archive_errors(name):
        outer, inner = _split_name(name)
        return _open_member(outer, inner) if inner else _open(name)


@contextmanager
def _archive_errors(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreachableFileError(hide_credentials(name), None, error.strerror or str(error)) from error
    except _BROKEN_ZIP as error:
        raise ArchiveError(hide_credentials(name), None, f"broken zip ({error})") from error


def _split_name(name: str) -> tuple[str, str]:
    """Split a name into that of a file and that of a member in it, which is empty if the file is not a folder."""
    is_remote = is_url(name)
    for slash in re.finditer("/(?=archive/)" if is_remote else "/", name):
        outer = name[: slash.start()]
        if outer and (is_remote_file(outer) if is_remote else Path(outer).is_file()):
            return outer, name[slash.end() :]
    return name, ""


def _open(name: str) -> BinaryIO:
    return open_url(name) if is_url(name) else Path(name).open("rb", buffering=_BUFFER)


def _open_member(path: str, name: str) -> BinaryIO:
    with ZipFile(open_url(path) if is_url(path) else path) as archive:
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
        super().__init__(_open(path))
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
