"""Writes the WARC 1.1 files (ISO 28500:2017) of a run.

Each record is a gzip member, written in one piece: a killed run leaves at most one incomplete record, the last. A file
belongs to one run; no other run appends to it.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Self
from urllib.parse import urlsplit

from newscrawl.archives.payload import Headers, sha1_digest
from newscrawl.archives.record_compression import compress_record
from newscrawl.archives.record_format import INFO_TYPE, encode_fields, encode_record, make_record_id, warc_date
from newscrawl.article import CaptureRef
from newscrawl.atomic_files import lock_file
from newscrawl.errors import ArchiveError

MAX_FILE_BYTES = 2**30
"""Size at which a new file is begun, as in Heritrix."""
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
_CONTENT_TYPES = {
    "warcinfo": INFO_TYPE,
    "metadata": INFO_TYPE,
    "request": "application/http; msgtype=request",
    "resource": "text/html; charset=utf-8",
    **dict.fromkeys(("response", "revisit"), "application/http; msgtype=response"),
}
"""The Content-Type of each kind of record."""
_WIRE_HEADERS = ("content-length", "transfer-encoding")
_FULL = "the disk is full; make room, run again"
_PROTECTED = (
    "no permission to write; change the permissions, or name another folder (NEWSCRAWL_WARC_DIR, or with a URL there "
    "NEWSCRAWL_WARC_SPOOL)"
)
_EXPLANATIONS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), _FULL),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _PROTECTED),
}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request and its response."""

    url: str
    """Absolute, as requested."""
    status: int
    headers: Headers
    """As served. Transfer-Encoding is decoded, so it is not written; Content-Length is that of the payload."""
    payload: bytes
    """The body as sent, with its content encoding."""
    received_at: datetime
    """UTC."""
    request_headers: Headers = ()
    """As sent; () if they are not known."""
    ip_address: str | None = None
    metadata: Mapping[str, str] | None = None
    """Fields of the metadata record: "via" (the list that named the page), "fetchTimeMs" and so on."""
    source_url: str | None = None
    """Address in a web archive from which it was fetched instead of from the server."""

    @cached_property
    def digest(self) -> str:
        """SHA-1 of the payload, as in WARC-Payload-Digest."""
        return sha1_digest(self.payload)


class WarcWriter:
    """Writes the files of a run: `FOLDER/2026-11/NAME-20261124053000-00001.warc.gz` and so on.

    The first file is created with the first capture. Thread-safe. All methods raise ArchiveError if the folder cannot
    be written or the disk is full. `software` is named in the first record of each file.

    `compress` makes a gzip member (newscrawl.archives.record_compression).

    `on_finished` is called with each file that is complete. Then names are unique among all machines, and a file is
    locked until it is complete.
    """

    def __init__(  # noqa: PLR0913 - all are keywords
        self,
        folder: str | os.PathLike[str],
        name: str,
        *,
        software: str,
        max_bytes: int = MAX_FILE_BYTES,
        compress: Callable[[bytes], bytes] = compress_record,
        on_finished: Callable[[Path], None] | None = None,
    ) -> None:
        self._folder, self._name, self._software, self._max_bytes = Path(folder), name, software, max_bytes
        self._gzip = compress
        self._on_finished = on_finished
        self._suffix = f"-{secrets.token_hex(4)}" if on_finished else ""
        self._file: BinaryIO | None = None
        self._path = Path()
        self._relative = ""
        self._number = 0
        self._lock = Lock()

    def write(self, exchange: Exchange, original: CaptureRef | None = None) -> CaptureRef:
        """Write the records of an exchange (response, request, metadata); return where the response is.

        With an `original`, which has the same payload or which the server says is unchanged (304), the response is a
        revisit record.
        """
        with self._locked():
            file = self._file_with_room()
            offset = file.tell()
            digest = (original.digest if original else None) or exchange.digest
            response_id = make_record_id()
            compressed = self._gzip(_make_response(exchange, original, response_id, digest))
            rest = (self._gzip(record) for record in _make_concurrent(exchange, response_id))
            _append(file, offset, b"".join((compressed, *rest)))
            return CaptureRef(
                url=exchange.url,
                captured_at=exchange.received_at,
                status=exchange.status,
                content_type=next((value for name, value in exchange.headers if name.lower() == "content-type"), None),
                digest=digest,
                file=self._relative,
                offset=offset,
                length=len(compressed),
                kind="revisit" if original else "response",
            )

    def write_resource(self, url: str, html: bytes, made_at: datetime) -> CaptureRef:
        """Write a page that no server sent in this form, in UTF-8; return where it is."""
        digest = sha1_digest(html)
        fields = {"WARC-Target-URI": url, "WARC-Date": warc_date(made_at), "WARC-Payload-Digest": digest}
        record = _make_record("resource", make_record_id(), fields, html)
        with self._locked():
            file = self._file_with_room()
            offset, compressed = file.tell(), self._gzip(record)
            _append(file, offset, compressed)
            return CaptureRef(
                url=url,
                captured_at=made_at,
                content_type=_CONTENT_TYPES["resource"],
                digest=digest,
                file=self._relative,
                offset=offset,
                length=len(compressed),
                kind="resource",
            )

    def copy(self, record: bytes, capture: CaptureRef) -> CaptureRef:
        """Append a response record of another archive, byte for byte; return `capture` with its new location."""
        with self._locked():
            file = self._file_with_room()
            offset = file.tell()
            _append(file, offset, record)
        return replace(capture, file=self._relative, offset=offset, length=len(record))

    def sync(self) -> None:
        """Flush everything written so far to disk (fsync)."""
        with self._locked():
            if self._file is not None:
                os.fsync(self._file.fileno())

    def close(self) -> None:
        with self._locked():
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except OSError as error:
            where = self._folder if self._file is None else self._path
            detail = _EXPLANATIONS.get(error.errno or 0) or error.strerror or str(error)
            raise ArchiveError(str(where), None, detail) from error

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with file:
                os.fsync(file.fileno())
            if self._on_finished:
                self._on_finished(self._path)

    def _file_with_room(self) -> BinaryIO:
        if self._file is not None and self._file.tell() >= self._max_bytes:
            self._close()
        if self._file is None:
            file = self._next_file(datetime.now(UTC))
            try:
                _append(file, 0, self._gzip(_make_info(self._path.name, self._software)))
                _sync_folder(self._path.parent)
            except OSError:
                file.close()
                self._path.unlink(missing_ok=True)
                raise
            self._file = file
        return self._file

    def _next_file(self, now: datetime) -> BinaryIO:
        folder = self._folder / f"{now:%Y-%m}"
        # A new folder survives a crash once its entry in its parent is on disk.
        new = [each for each in (folder, *folder.parents) if not each.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        for each in new:
            _sync_folder(each.parent)
        while True:
            self._number += 1
            self._path = folder / f"{self._name}-{now:%Y%m%d%H%M%S}-{self._number:05}{self._suffix}.warc.gz"
            self._relative = f"{folder.name}/{self._path.name}"
            try:
                file = self._path.open("xb", buffering=0)
            except FileExistsError:
                continue
            if self._on_finished:
                lock_file(file)
            return file


def _sync_folder(folder: Path) -> None:
    with suppress(PermissionError):  # Windows does not let folders be opened
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _append(file: BinaryIO, offset: int, data: bytes) -> None:
    """Write all of `data` or, if the disk is full, nothing."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.truncate(offset)
        file.seek(offset)
        raise


def _make_info(file_name: str, software: str) -> bytes:
    """Make the first record of a file."""
    fields = {"WARC-Filename": file_name, "WARC-Date": warc_date(datetime.now(UTC))}
    info = {"software": software, "format": "WARC File Format 1.1", "hostname": socket.gethostname()}
    return _make_record("warcinfo", make_record_id(), fields, encode_fields(info.items()))


def _make_response(exchange: Exchange, original: CaptureRef | None, record_id: str, digest: str) -> bytes:
    fields = {"WARC-Target-URI": exchange.url, "WARC-Date": warc_date(exchange.received_at)}
    if exchange.ip_address:
        fields["WARC-IP-Address"] = exchange.ip_address
    if exchange.source_url:
        fields["WARC-Source-URI"] = exchange.source_url
    block = _encode_head(f"HTTP/1.1 {status_line(exchange.status)}", _served_headers(exchange))
    if original is None:
        kind, block = "response", block + exchange.payload
    else:
        kind, is_not_modified = "revisit", _is_not_modified(exchange)
        fields |= {
            "WARC-Profile": _NOT_MODIFIED if is_not_modified else _SAME_PAYLOAD,
            "WARC-Refers-To-Target-URI": original.url,
            "WARC-Refers-To-Date": warc_date(original.captured_at),
        }
        # The head of a 304 is in the metadata record: pywb would show it in place of the page.
        block = b"" if is_not_modified else block
    fields["WARC-Payload-Digest"] = digest
    return _make_record(kind, record_id, fields, block)


def _make_concurrent(exchange: Exchange, response_id: str) -> Iterator[bytes]:
    """Make the request record and the metadata record of an exchange."""
    fields = {
        "WARC-Target-URI": exchange.url,
        "WARC-Date": warc_date(exchange.received_at),
        "WARC-Concurrent-To": response_id,
    }
    if exchange.request_headers:
        parts = urlsplit(exchange.url)
        line = f"GET {parts.path or '/'}{f'?{parts.query}' if parts.query else ''} HTTP/1.1"
        yield _make_record("request", make_record_id(), fields, _encode_head(line, exchange.request_headers))
    metadata = list((exchange.metadata or {}).items())
    if _is_not_modified(exchange):
        metadata.append(("httpStatus", status_line(exchange.status)))
        metadata += (("httpHeader", f"{name}: {value}") for name, value in _served_headers(exchange))
    if metadata:
        yield _make_record("metadata", make_record_id(), fields, encode_fields(metadata))


def _make_record(kind: str, record_id: str, fields: Mapping[str, str], block: bytes) -> bytes:
    first = {"WARC-Type": kind, "WARC-Record-ID": record_id}
    last = {"WARC-Block-Digest": sha1_digest(block), "Content-Type": _CONTENT_TYPES[kind]}
    return encode_record({**first, **fields, **last}, block)


def _encode_head(line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """Encode the head of a message, byte for byte as it was received."""
    lines = (line, *(f"{name}: {value}" for name, value in headers), "", "")
    return "\r\n".join(lines).encode("latin-1", "replace")


def _is_not_modified(exchange: Exchange) -> bool:
    return exchange.status == HTTPStatus.NOT_MODIFIED


def _served_headers(exchange: Exchange) -> Iterator[tuple[str, str]]:
    yield from (header for header in exchange.headers if header[0].lower() not in _WIRE_HEADERS)
    if not _is_not_modified(exchange):  # its Content-Length is that of the body that is not sent
        yield "Content-Length", str(len(exchange.payload))


def status_line(status: int) -> str:
    """Return status and reason phrase as in the first line of an HTTP/1.1 response."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
