"""Captures out: the WARC 1.1 files (ISO 28500:2017) in which a run keeps what servers answered.

Each record is a gzip member of its own and goes to the file in one piece, so a run that is killed leaves at worst a
torn last record. A file is one run's, and is never added to by another.
"""

from __future__ import annotations

import base64
import errno
import gzip
import hashlib
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlsplit

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newscrawl.archives.warc import status_line, warc_date
from newscrawl.article import CaptureRef
from newscrawl.errors import ArchiveError

MAX_FILE_BYTES = 2**30
"""After so many a file is full: what Heritrix makes them."""
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_LEVEL = 6
_OF_THE_WIRE = ("content-length", "transfer-encoding")
_FULL = "the disk is full; make room, run again"
_PROTECTED = "it may not be written to; give the crawl the right, or name another folder as NEWSCRAWL_WARC_DIR"
_WHY = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _FULL),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _PROTECTED),
}
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request, and what was answered to it."""

    url: str
    """Absolute, as asked for."""
    status: int
    headers: Headers
    """As served. Transfer-Encoding, which is undone, is not written, and Content-Length is written anew."""
    payload: bytes
    """The body as sent, content encodings and all."""
    received_at: datetime
    """UTC."""
    request_headers: Headers = ()
    """As sent; () where the request is not known."""
    ip_address: str | None = None
    told: Mapping[str, str] | None = None
    """What else is known, for the metadata record: "via" (the list that named it), "fetchTimeMs" and so on."""
    source_url: str | None = None
    """Where the archive has it that it was asked from, in place of the server itself."""

    digest: str = field(init=False)
    """Of the payload, as WARC-Payload-Digest is written."""

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.payload, usedforsecurity=False).digest()
        object.__setattr__(self, "digest", f"sha1:{base64.b32encode(digest).decode()}")


class CaptureFiles:
    """The files that a run writes: `FOLDER/2026-11/NAME-20261124053000-00001.warc.gz` and so on.

    The first is made with the first capture: a run that fetches nothing leaves none. May be called from any thread.
    Raises ArchiveError where the folder cannot be written to, or the disk is full.
    """

    def __init__(
        self, folder: str | os.PathLike[str], name: str, *, software: str, max_bytes: int = MAX_FILE_BYTES
    ) -> None:
        """`name` begins the files' names; `software` is who writes them, for their first record."""
        self._folder, self._name, self._software, self._max_bytes = Path(folder), name, software, max_bytes
        self._file: BinaryIO | None = None
        self._path = Path()
        self._number = 0
        self._turn = Lock()

    def write(self, exchange: Exchange, original: CaptureRef | None = None) -> CaptureRef:
        """Keep an exchange: its response, its request, what else is known. Returns where the response stands.

        With an `original` that has the same payload, or that the server says is still so (304), the response is a
        revisit record, which names it in place of a payload. That of a 304 has no head either, which stands in the
        metadata: pywb would show it to people in place of the page.
        """
        with self._alone():
            return self._written(exchange, original)

    def adopt(self, record: bytes, capture: CaptureRef) -> CaptureRef:
        """Keep a response record as another archive has it, byte for byte; `capture` with where it stands now."""
        with self._alone():
            file = self._file_with_room()
            offset = file.tell()
            _append(file, offset, record)
        return replace(capture, file=self._relative, offset=offset, length=len(record))

    def sync(self) -> None:
        """Have all that was written outlive the power. Raises ArchiveError."""
        with self._alone():
            if self._file is not None:
                os.fsync(self._file.fileno())

    def close(self) -> None:
        """Have the last file outlive the power, and close it. Raises ArchiveError."""
        with self._alone():
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            with self._turn:
                yield
        except OSError as error:
            where = self._folder if self._file is None else self._path
            raise ArchiveError(str(where), None, _why(error)) from error

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with file:
                os.fsync(file.fileno())

    def _written(self, exchange: Exchange, original: CaptureRef | None) -> CaptureRef:
        file = self._file_with_room()
        offset = file.tell()
        response = _response(exchange, original)
        packed = _packed(response)
        response_id = response.rec_headers.get_header("WARC-Record-ID")
        rest = (_packed(record) for record in _concurrent(exchange, response_id))
        _append(file, offset, b"".join((packed, *rest)))
        return CaptureRef(
            url=exchange.url,
            captured_at=exchange.received_at,
            status=exchange.status,
            content_type=next((value for name, value in exchange.headers if name.lower() == "content-type"), None),
            digest=response.rec_headers.get_header("WARC-Payload-Digest"),
            file=self._relative,
            offset=offset,
            length=len(packed),
            kind="revisit" if original else "response",
        )

    @property
    def _relative(self) -> str:
        return self._path.relative_to(self._folder).as_posix()

    def _file_with_room(self) -> BinaryIO:
        if self._file is not None and self._file.tell() >= self._max_bytes:
            self._close()
        if self._file is None:
            file = self._next_file(datetime.now(UTC))
            try:
                self._begin(file)
            except OSError:
                file.close()
                self._path.unlink(missing_ok=True)  # a file without its first record is none
                raise
            self._file = file
        return self._file

    def _begin(self, file: BinaryIO) -> None:
        info = {"software": self._software, "format": "WARC File Format 1.1", "hostname": socket.gethostname()}
        _append(file, 0, _packed(_WARC.create_warcinfo_record(self._path.name, info)))
        _sync_folder(self._path.parent)

    def _next_file(self, now: datetime) -> BinaryIO:
        folder = self._folder / f"{now:%Y-%m}"
        _make_folder(folder)
        while True:
            self._number += 1
            self._path = folder / f"{self._name}-{now:%Y%m%d%H%M%S}-{self._number:05}.warc.gz"
            try:
                return self._path.open("xb", buffering=0)
            except FileExistsError:
                continue


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """The head of a message, byte for byte as it came: warcio writes no name that is not ASCII."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_str().encode("latin-1", "replace") + b"\r\n"


def _why(error: OSError) -> str:
    """What went wrong, and what there is to do where that is known."""
    return _WHY.get(error.errno or 0) or error.strerror or str(error)


def _make_folder(folder: Path) -> None:
    """Make a folder, and those that it is in, to outlive the power as the files in it do."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for one in missing:
        _sync_folder(one.parent)


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder outlive the power, where the system lets a folder be opened (Windows does not)."""
    with suppress(PermissionError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _append(file: BinaryIO, offset: int, data: bytes) -> None:
    """Write all of it, or nothing: the part that a full disk had room for is taken away again."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.truncate(offset)
        file.seek(offset)
        raise


def _packed(record: ArcWarcRecord) -> bytes:
    """A gzip member. warcio's own takes level 9: twice the time of 6, for one byte in a hundred and forty."""
    plain = BytesIO()
    WARCWriter(plain, gzip=False, warc_version="1.1").write_record(record)
    return gzip.compress(plain.getvalue(), _LEVEL, mtime=0)


def _response(exchange: Exchange, original: CaptureRef | None) -> ArcWarcRecord:
    told = {"WARC-Date": warc_date(exchange.received_at)}
    if exchange.ip_address:
        told["WARC-IP-Address"] = exchange.ip_address
    if exchange.source_url:
        told["WARC-Source-URI"] = exchange.source_url
    head = _Head(status_line(exchange.status), list(_served(exchange)), protocol="HTTP/1.1")
    if original is None:
        told["WARC-Payload-Digest"] = exchange.digest
        payload = BytesIO(exchange.payload)
        return _WARC.create_warc_record(
            exchange.url,
            "response",
            payload=payload,
            length=len(exchange.payload),
            http_headers=head,
            warc_headers_dict=told,
        )
    told |= {
        "WARC-Profile": _NOT_MODIFIED if _is_not_modified(exchange) else _SAME_PAYLOAD,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": warc_date(original.captured_at),
        "WARC-Payload-Digest": original.digest or exchange.digest,
    }
    own = None if _is_not_modified(exchange) else head
    return _WARC.create_warc_record(exchange.url, "revisit", http_headers=own, warc_headers_dict=told)


def _concurrent(exchange: Exchange, response_id: str) -> Iterator[ArcWarcRecord]:
    """The records beside a response: the request, and what else is known."""
    told = {"WARC-Date": warc_date(exchange.received_at), "WARC-Concurrent-To": response_id}
    if exchange.request_headers:
        parts = urlsplit(exchange.url)
        line = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''} HTTP/1.1"
        head = _Head(line, list(exchange.request_headers), protocol="GET")
        yield _WARC.create_warc_record(exchange.url, "request", http_headers=head, warc_headers_dict=told)
    if fields := "".join(f"{name}: {value}\r\n" for name, value in _told(exchange)).encode():
        yield _WARC.create_warc_record(
            exchange.url, "metadata", payload=BytesIO(fields), length=len(fields), warc_headers_dict=told
        )


def _told(exchange: Exchange) -> Iterator[tuple[str, str]]:
    yield from (exchange.told or {}).items()
    if _is_not_modified(exchange):
        yield "httpStatus", status_line(exchange.status)
        yield from (("httpHeader", f"{name}: {value}") for name, value in _served(exchange))


def _is_not_modified(exchange: Exchange) -> bool:
    return exchange.status == HTTPStatus.NOT_MODIFIED


def _served(exchange: Exchange) -> Iterator[tuple[str, str]]:
    yield from (field for field in exchange.headers if field[0].lower() not in _OF_THE_WIRE)
    if not _is_not_modified(exchange):  # whose length is that of what is not sent
        yield "Content-Length", str(len(exchange.payload))


_WARC = WARCWriter(BytesIO(), warc_version="1.1")
"""For making records: it writes none."""
