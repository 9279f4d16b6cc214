"""Writes the WARC 1.1 files (ISO 28500:2017) of a run.

Each record is a gzip member, written in one piece: a killed run leaves at most one incomplete record, the last. A file
belongs to one run; no other run appends to it.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Self
from urllib.parse import urlsplit

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newscrawl.archives.payload import Headers, sha1_digest
from newscrawl.archives.record_compression import compress_record
from newscrawl.article import CaptureRef
from newscrawl.atomic_files import lock_file
from newscrawl.errors import ArchiveError

MAX_FILE_BYTES = 2**30
"""Size at which a new file is begun, as in Heritrix."""
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
_SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
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
            response = _response_record(exchange, original)
            compressed = self._compress(response)
            response_id = response.rec_headers.get_header("WARC-Record-ID")
            rest = (self._compress(record) for record in _concurrent_records(exchange, response_id))
            _append(file, offset, b"".join((compressed, *rest)))
            return CaptureRef(
                url=exchange.url,
                captured_at=exchange.received_at,
                status=exchange.status,
                content_type=next((value for name, value in exchange.headers if name.lower() == "content-type"), None),
                digest=response.rec_headers.get_header("WARC-Payload-Digest"),
                file=self._relative,
                offset=offset,
                length=len(compressed),
                kind="revisit" if original else "response",
            )

    def write_resource(self, url: str, html: bytes, made_at: datetime) -> CaptureRef:
        """Write a page that no server sent in this form, in UTF-8; return where it is."""
        content_type, digest = "text/html; charset=utf-8", sha1_digest(html)
        fields = {"WARC-Date": warc_date(made_at), "WARC-Payload-Digest": digest}
        record = _WARC.create_warc_record(
            url,
            "resource",
            payload=BytesIO(html),
            length=len(html),
            warc_content_type=content_type,
            warc_headers_dict=fields,
        )
        with self._locked():
            file = self._file_with_room()
            offset, compressed = file.tell(), self._compress(record)
            _append(file, offset, compressed)
            return CaptureRef(
                url=url,
                captured_at=made_at,
                content_type=content_type,
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

    def _compress(self, record: ArcWarcRecord) -> bytes:
        plain = BytesIO()
        WARCWriter(plain, gzip=False, warc_version="1.1").write_record(record)
        return self._gzip(plain.getvalue())

    @property
    def _relative(self) -> str:
        return self._path.relative_to(self._folder).as_posix()

    def _file_with_room(self) -> BinaryIO:
        if self._file is not None and self._file.tell() >= self._max_bytes:
            self._close()
        if self._file is None:
            file = self._next_file(datetime.now(UTC))
            info = {"software": self._software, "format": "WARC File Format 1.1", "hostname": socket.gethostname()}
            try:
                _append(file, 0, self._compress(_WARC.create_warcinfo_record(self._path.name, info)))
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
            try:
                file = self._path.open("xb", buffering=0)
            except FileExistsError:
                continue
            if self._on_finished:
                lock_file(file)
            return file


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """The head of a message, byte for byte as received: warcio rejects header names that are not ASCII."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_str().encode("latin-1", "replace") + b"\r\n"


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


def _response_record(exchange: Exchange, original: CaptureRef | None) -> ArcWarcRecord:
    fields = {"WARC-Date": warc_date(exchange.received_at)}
    if exchange.ip_address:
        fields["WARC-IP-Address"] = exchange.ip_address
    if exchange.source_url:
        fields["WARC-Source-URI"] = exchange.source_url
    head = _Head(status_line(exchange.status), list(_served_headers(exchange)), protocol="HTTP/1.1")
    if original is None:
        fields["WARC-Payload-Digest"] = exchange.digest
        return _WARC.create_warc_record(
            exchange.url,
            "response",
            payload=BytesIO(exchange.payload),
            length=len(exchange.payload),
            http_headers=head,
            warc_headers_dict=fields,
        )
    fields |= {
        "WARC-Profile": _NOT_MODIFIED if _is_not_modified(exchange) else _SAME_PAYLOAD,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": warc_date(original.captured_at),
        "WARC-Payload-Digest": original.digest or exchange.digest,
    }
    # The head of a 304 is in the metadata record: pywb would show it in place of the page.
    own = None if _is_not_modified(exchange) else head
    return _WARC.create_warc_record(exchange.url, "revisit", http_headers=own, warc_headers_dict=fields)


def _concurrent_records(exchange: Exchange, response_id: str) -> Iterator[ArcWarcRecord]:
    """Yield the request record and the metadata record of an exchange."""
    fields = {"WARC-Date": warc_date(exchange.received_at), "WARC-Concurrent-To": response_id}
    if exchange.request_headers:
        parts = urlsplit(exchange.url)
        line = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''} HTTP/1.1"
        head = _Head(line, list(exchange.request_headers), protocol="GET")
        yield _WARC.create_warc_record(exchange.url, "request", http_headers=head, warc_headers_dict=fields)
    metadata = list((exchange.metadata or {}).items())
    if _is_not_modified(exchange):
        metadata.append(("httpStatus", status_line(exchange.status)))
        metadata += (("httpHeader", f"{name}: {value}") for name, value in _served_headers(exchange))
    if payload := "".join(f"{name}: {value}\r\n" for name, value in metadata).encode():
        yield _WARC.create_warc_record(
            exchange.url, "metadata", payload=BytesIO(payload), length=len(payload), warc_headers_dict=fields
        )


def _is_not_modified(exchange: Exchange) -> bool:
    return exchange.status == HTTPStatus.NOT_MODIFIED


def _served_headers(exchange: Exchange) -> Iterator[tuple[str, str]]:
    yield from (header for header in exchange.headers if header[0].lower() not in _WIRE_HEADERS)
    if not _is_not_modified(exchange):  # its Content-Length is that of the body that is not sent
        yield "Content-Length", str(len(exchange.payload))


def warc_date(moment: datetime) -> str:
    """Format a time as WARC-Date: UTC, with a fraction of a second if there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def status_line(status: int) -> str:
    """Return status and reason phrase as in the first line of an HTTP/1.1 response."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


# Creates records; writes none.
_WARC = WARCWriter(BytesIO(), warc_version="1.1")
