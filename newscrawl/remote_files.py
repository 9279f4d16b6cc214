"""Files at URLs, read by ranges and written whole: s3://bucket/key, gs://… and others that fsspec opens, and https://…"""

from __future__ import annotations

import difflib
import errno
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

from newscrawl.errors import ArgumentError
from newscrawl.http_files import HttpFiles

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(::|://)")
_LOCAL = ("file", "local")
_HTTP = re.compile(r"https?://[^*]*", re.IGNORECASE)
"""What is read without fsspec, which reads the listing of a folder for a wildcard."""
_PACKAGES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "adlfs"),
}
"""What fsspec opens each scheme with. A scheme that is not here may be one of the others that fsspec knows."""
SCHEMES = (*_PACKAGES, "memory", "sftp", "smb", "hdfs", "webhdfs")
"""Of the URLs that a crawl can write its files to with -O and FEEDS."""
_OBJECT_STORES = (*_PACKAGES, "memory")
"""Here a file is replaced at once when its last byte has arrived."""
_CREDENTIALS = re.compile(r"(?<=://)[^/@]*@")
_NO_PLACE = "there is no such bucket or folder"
_FIRST_PIECE, _MAX_PIECE = 64 * 2**10, 8 * 2**20
_REMEMBERED_SECONDS = 60
_SIMILAR = 0.5  # s4 and s3


def is_url(name: str | os.PathLike[str]) -> bool:
    """Whether a name is a URL, and not the path of a local file.

    >>> [is_url(name) for name in ("s3://bucket/x", "warc", "C:/warc", "file:///srv/warc")]
    [True, False, False, False]
    """
    match = _URL.match(os.fspath(name))
    return match is not None and match[0].lower().removesuffix("://") not in _LOCAL


def to_local(name: str) -> str:
    """Return the path of a file: URL; another name as it is.

    >>> to_local("file:///srv/a%20b"), to_local("warc"), to_local("s3://bucket/x")
    ('/srv/a b', 'warc', 's3://bucket/x')
    """
    match = _URL.match(name)
    if match and match[0].lower().removesuffix("://") in _LOCAL:
        parts = urlsplit(name)
        return unquote(parts.netloc + parts.path)
    return name


def check_name(name: str) -> None:
    """Raise ArgumentError for a URL that cannot be opened here, and for what was meant as one; uses no network."""
    scheme, separator, rest = name.partition(":")
    if not is_url(name):
        if separator and scheme.lower() in _PACKAGES:
            raise ArgumentError(f"{name}: write {scheme.lower()}://{rest.lstrip('/')}")
        return
    if rest.startswith(":"):
        raise ArgumentError(f"{hide_credentials(name)}: chained URLs are not supported")
    if not _HTTP.fullmatch(name):
        _check_scheme(scheme, hide_credentials(name))
    if scheme in _PACKAGES and not urlsplit(name).netloc:
        raise ArgumentError(f"{name}: names no bucket; write {scheme}://BUCKET/NAME")


def _check_scheme(scheme: str, name: str) -> None:
    package = _PACKAGES.get(scheme, "fsspec")
    if find_spec("fsspec") is None:
        raise ArgumentError(f"{name}: needs {package}: pip install {package}")
    import fsspec  # noqa: PLC0415 - an extra, and 0.1 s

    try:
        fsspec.get_filesystem_class(scheme)
    except ImportError as error:
        detail = f"needs {package}: pip install {package}" if scheme in _PACKAGES else " ".join(str(error).split())
        raise ArgumentError(f"{name}: {detail}") from error
    except ValueError as error:
        known = [each for each in fsspec.available_protocols() if each != scheme]
        closest = difflib.get_close_matches(scheme.lower(), [*_PACKAGES, *known], 1, _SIMILAR)
        meant = f"did you mean {closest[0]}://?" if closest else "s3://, gs:// and az:// are known, for example"
        raise ArgumentError(f"{name}: unknown scheme {scheme}://; {meant}") from error


def hide_credentials(name: str) -> str:
    """Return a URL without user name and password.

    >>> hide_credentials("sftp://me:secret@host/x"), hide_credentials("s3://bucket/a@b")
    ('sftp://host/x', 's3://bucket/a@b')
    """
    return _CREDENTIALS.sub("", name, count=1)


def join(url: str, name: str) -> str:
    return f"{url.rstrip('/')}/{name}"


def open_url(url: str) -> BinaryIO:
    """Open a file to read and seek; only what is read, and some of what follows, is fetched.

    Raises OSError; reading raises ConnectionError.
    """
    return io.BufferedReader(_RangeReader(_open(url, int(monotonic() / _REMEMBERED_SECONDS))), _FIRST_PIECE)


def is_file(url: str) -> bool:
    """Whether there is a file. Raises OSError where that cannot be found out."""
    with suppress(FileNotFoundError), _os_errors(url):
        file_system, path = _find(url)
        return bool(file_system.info(path)["type"] == "file")
    return False


def read_stat(url: str) -> tuple[int, datetime]:
    """Return size and modification time of a file; some file systems do not say when. Raises OSError."""
    with _os_errors(url):
        file_system, path = _find(url)
        info = file_system.info(path)
        try:
            modified_at = info.get("modified_at") or file_system.modified(path)
        except NotImplementedError:
            modified_at = datetime.fromtimestamp(0, UTC)
    return _get_size(info, url), modified_at if modified_at.tzinfo else modified_at.replace(tzinfo=UTC)


def find_files(pattern: str) -> list[str]:
    """Return the URLs of the files that match a glob pattern, sorted. Raises OSError."""
    if _HTTP.fullmatch(pattern):
        return [pattern] if is_file(pattern) else []
    scheme = pattern.partition("://")[0]
    with _os_errors(pattern):
        file_system, path = _find(pattern)
        file_system.invalidate_cache()
        found = file_system.glob(path, detail=True)
    names = sorted(name for name, info in found.items() if info["type"] == "file")
    return [name if is_url(name) else f"{scheme}://{name.lstrip('/')}" for name in names]


def check_place(url: str) -> None:
    """Raise OSError where nothing can be written because there is no such bucket, or it cannot be reached."""
    if url.partition("://")[0] in _PACKAGES:
        with suppress(PermissionError), _os_errors(url, "there is no such bucket"):
            file_system, path = _find(url)
            try:
                file_system.info(path.partition("/")[0])
            except FileNotFoundError:
                raise FileNotFoundError from None


def put_file(file: Path, url: str) -> None:
    """Write a local file to a URL, whole or not at all; what was there is replaced. Raises OSError."""
    with _os_errors(url, _NO_PLACE):
        file_system, path = _find(url)
        is_atomic = url.partition("://")[0] in _OBJECT_STORES
        target = path if is_atomic else f"{path}.part"
        if not is_atomic:
            file_system.makedirs(path.rpartition("/")[0], exist_ok=True)
        file_system.put_file(str(file), target)
        size, expected = _get_size(file_system.info(target), url), file.stat().st_size
        if size != expected:
            raise OSError(f"{size} of {expected} bytes arrived")
        if not is_atomic:
            file_system.mv(target, path)
    _open.cache_clear()


def put_bytes(data: bytes, url: str) -> None:
    """Write a small file to a URL. Raises OSError."""
    with _os_errors(url, _NO_PLACE):
        file_system, path = _find(url)
        if url.partition("://")[0] not in _OBJECT_STORES:
            file_system.makedirs(path.rpartition("/")[0], exist_ok=True)
        file_system.pipe_file(path, data)
    _open.cache_clear()


class _RemoteFile:
    """A file that keeps the piece it read last. Read in order, its pieces become larger."""

    def __init__(self, url: str) -> None:
        self._url, self._lock = url, Lock()
        self._begin, self._data, self._piece = 0, b"", _FIRST_PIECE
        with _os_errors(url):
            self._file_system, self._path = _find(url)
            info = self._file_system.info(self._path)
        if info["type"] != "file":
            raise IsADirectoryError(errno.EISDIR, "not a file")
        self.size = _get_size(info, url)

    def read(self, offset: int, length: int) -> bytes:
        with self._lock:
            if not self._begin <= offset < self._begin + len(self._data):
                self._fetch(offset)
            at = offset - self._begin
            return self._data[at : at + length]

    def _fetch(self, offset: int) -> None:
        is_next = 0 <= offset - self._begin - len(self._data) <= self._piece and self._data
        self._piece = min(2 * self._piece, _MAX_PIECE) if is_next else _FIRST_PIECE
        end = min(self.size, offset + self._piece)
        try:
            with _os_errors(self._url):
                data = self._file_system.cat_file(self._path, start=offset, end=end) if offset < end else b""
        except OSError as error:
            raise ConnectionError(error.errno, error.strerror) from error
        if len(data) > end - offset:  # the server knows no ranges
            data = data[offset:end]
        if len(data) < end - offset:
            raise ConnectionError(errno.EIO, f"{len(data)} of {end - offset} bytes arrived")
        self._begin, self._data = offset, data


# Commands that read captures by their places open the same file for each; `slot` is the time, in minutes, so that a
# process that works for hours sees a file that was replaced.
@lru_cache(4)
def _open(url: str, slot: int) -> _RemoteFile:
    del slot
    return _RemoteFile(url)


class _RangeReader(io.RawIOBase):
    def __init__(self, file: _RemoteFile) -> None:
        self._file, self._at = file, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._file.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._file.read(self._at, len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def _get_size(info: dict[str, Any], url: str) -> int:
    if info["size"] is None:
        raise OSError(f"the server of {hide_credentials(url)} does not say how large the file is")
    return int(info["size"])


@contextmanager
def _os_errors(url: str, missing: str = "there is no such file") -> Iterator[None]:
    """Raise the errors of a file system as OSError whose strerror is one line."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, error.strerror or missing) from error
    except OSError as error:
        raise type(error)(error.errno or errno.EIO, error.strerror or str(error) or type(error).__name__) from error
    except Exception as error:  # each file system has errors of its own
        detail = hide_credentials(" ".join(str(error).split())) or type(error).__name__
        raise OSError(errno.EIO, detail) from error


@cache
def _load_url_to_fs() -> Any:
    from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra

    return url_to_fs


def _find(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path in it."""
    if _HTTP.fullmatch(url):
        return HttpFiles(), url
    file_system, path = _load_url_to_fs()(url)
    return file_system, str(path)
