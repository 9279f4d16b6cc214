"""WARC files: captures in, captures out (ISO 28500:2017; versions 1.0 and 1.1, plain or gzip).

for capture in captures("crawl.warc.gz", broken=print):
    article = extract(capture.page())

with open("live.warc", "ab") as stream:
    Writer(stream).write(capture)
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from uuid import NAMESPACE_URL, uuid5

from warcio.archiveiterator import WARCIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser
from warcio.warcwriter import WARCWriter

from newscrawl.archives.capture import Capture
from newscrawl.archives.encodings import EncodingError, undo
from newscrawl.errors import ArchiveError

MAX_BYTES = 64 * 2**20
"""A record or body larger than this is taken for broken: no news page is."""
_WIRE_HEADERS = frozenset(("content-encoding", "transfer-encoding", "content-length"))
_GZIP = b"\x1f\x8b\x08"
_PLAIN = b"WARC/1."
_SCAN_BYTES = 2**20

Report = Callable[[ArchiveError], None]


class _BrokenRecordError(Exception):
    """One record cannot be read; where the next one begins is known."""


class _BrokenFramingError(Exception):
    """Where the next record begins is not known."""


class _Records(WARCIterator):  # type: ignore[misc]
    INC_RECORD = ""  # warcio prints this to stderr; err_count tells the same


def captures(
    path: str | os.PathLike[str], *, broken: Report | None = None, max_bytes: int = MAX_BYTES
) -> Iterator[Capture]:
    """Yield the captures of the WARC file at `path`, in its order, one record in memory at a time.

    These are its `response` records of http and https addresses, whatever their status, and its `resource` and
    `conversion` records of text (a WET file has those), which come as status 200. Requests, metadata and revisits
    are passed over: a revisit holds no page.

    A record that cannot be read (cut short, of a lying length, without a date, in a broken encoding, larger than
    `max_bytes`) raises ArchiveError with path and byte offset; where `broken` is given it is called with that error
    instead, and reading goes on with the next record. A file that cannot be opened raises ArchiveError too.
    """
    with _opened(path) as file:
        start: int | None = 0
        while start is not None:
            start = yield from _captures_from(start, file, os.fspath(path), broken or _raise, max_bytes)


def _opened(path: str | os.PathLike[str]) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise ArchiveError(os.fspath(path), None, error.strerror or str(error)) from error


def _captures_from(
    start: int, file: BinaryIO, name: str, report: Report, max_bytes: int
) -> Generator[Capture, None, int | None]:
    """Yield captures until the file ends, or its framing breaks: then return where to begin again."""
    file.seek(start)
    records = _Records(file, no_record_parse=True)
    offset = start
    try:
        for record in records:
            offset = records.offset
            block = _block(record, records, max_bytes)
            try:
                if _holds_page(record):
                    yield _capture(record, block, max_bytes)
            except (_BrokenRecordError, EncodingError) as error:
                report(ArchiveError(name, offset, str(error)))
        offset = records.offset
        _check_end(file, offset)
    except _BrokenFramingError as error:
        report(ArchiveError(name, offset, str(error)))
        return _next_record(file, offset + 1)
    except ArchiveLoadFailed as error:
        report(ArchiveError(name, records.offset, _one_line(error)))
        return _next_record(file, records.offset + 1)
    return None


def _raise(error: ArchiveError) -> None:
    raise error


def _one_line(error: ArchiveLoadFailed) -> str:
    if "non-chunked" in str(error):
        return "compressed as a whole; a WARC has one gzip member a record (`warcio recompress` mends it)"
    return "no WARC record begins here"


def _check_end(file: BinaryIO, offset: int) -> None:
    """A gzip member cut short in its first bytes looks to warcio like the end of the file."""
    missed = file.seek(0, os.SEEK_END) - offset
    if missed:
        raise _BrokenFramingError(f"record is cut short: nothing to read in the last {missed} bytes")


def _block(record: ArcWarcRecord, records: _Records, max_bytes: int) -> bytes | None:
    """The record's block, or None where it is too large; `records` then stands behind it."""
    if record.length is None:
        raise _BrokenFramingError("record without a Content-Length")
    block = record.raw_stream.read() if record.length <= max_bytes else None
    records.read_to_end()
    if record.raw_stream.limit:
        raise _BrokenFramingError(f"record is cut short: {record.raw_stream.limit} of {record.length} bytes missing")
    if records.err_count:
        raise _BrokenFramingError("record does not end where its Content-Length says")
    return block


def _holds_page(record: ArcWarcRecord) -> bool:
    if not (record.rec_headers.get_header("WARC-Target-URI") or "").startswith(("http://", "https://")):
        return False
    if record.rec_type in ("resource", "conversion"):
        return (record.content_type or "").startswith("text/")
    return bool(record.rec_type == "response")


def _capture(record: ArcWarcRecord, block: bytes | None, max_bytes: int) -> Capture:
    if block is None:
        raise _BrokenRecordError(f"record of {record.length} bytes is larger than {max_bytes}")
    url, captured_at = record.rec_headers.get_header("WARC-Target-URI"), _date(record)
    if record.rec_type != "response":
        told = (("Content-Type", _text_type(record)),)
        return Capture(url=url, headers=told, body=block, captured_at=captured_at)
    status, http, payload = _response(block)
    body = undo(
        payload,
        transfer=http.get_header("Transfer-Encoding", ""),
        content=http.get_header("Content-Encoding", ""),
        max_bytes=max_bytes,
    )
    headers = tuple((key, value) for key, value in http.headers if key.lower() not in _WIRE_HEADERS)
    return Capture(url=url, status=status, headers=headers, body=body, captured_at=captured_at)


def _date(record: ArcWarcRecord) -> datetime:
    text = record.rec_headers.get_header("WARC-Date") or ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _BrokenRecordError(f"WARC-Date {text!r} does not read") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _text_type(record: ArcWarcRecord) -> str:
    """The content type of a text record; one that names no charset is UTF-8, as Common Crawl's WET files are."""
    told = str(record.content_type)
    return told if "charset" in told.lower() else f"{told}; charset=utf-8"


def _response(block: bytes) -> tuple[int, StatusAndHeaders, bytes]:
    stream = BytesIO(block)
    try:
        http = StatusAndHeadersParser([], verify=False).parse(stream)
    except EOFError:
        raise _BrokenRecordError("response without an HTTP head") from None
    status = http.statusline.partition(" ")[0]
    if not http.protocol.startswith("HTTP/") or not (status.isdecimal() and len(status) == 3):
        raise _BrokenRecordError("response without an HTTP status line")
    return int(status), http, stream.read()


def _next_record(file: BinaryIO, after: int) -> int | None:
    """The offset of the first record at or after byte `after`, or None."""
    file.seek(0)
    marker = _GZIP if file.read(len(_GZIP)) == _GZIP else _PLAIN
    return next((offset for offset in _occurrences(file, marker, after) if _begins_record(file, offset)), None)


def _occurrences(file: BinaryIO, marker: bytes, after: int) -> Iterator[int]:
    position = after
    while file.seek(position) is not None and (chunk := file.read(_SCAN_BYTES)):
        found = chunk.find(marker)
        while found >= 0:
            yield position + found
            found = chunk.find(marker, found + 1)
        position += max(1, len(chunk) - len(marker) + 1)


def _begins_record(file: BinaryIO, offset: int) -> bool:
    """Whether a record stands at `offset`, where its marker was seen: a marker may be chance, or quoted in a page."""
    file.seek(offset - 1)
    before, start = file.read(1), file.read(1024)
    if start.startswith(_PLAIN):
        return before == b"\n"
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(start, len(_PLAIN)) == _PLAIN
    except zlib.error:
        return False


class Writer:
    """Writes captures to a WARC 1.1 file as `response` records.

    Nothing but what it is given goes into the file: a record's identifier is made from its contents and the
    `warcinfo` record carries the time of the first capture, so the same captures give the same bytes.
    Header values that are not ASCII are percent-encoded, as HTTP wants them.
    """

    def __init__(self, stream: BinaryIO, *, gzip: bool = False, software: str = "newscrawl") -> None:
        self._warc = WARCWriter(stream, gzip=gzip, warc_version="1.1")
        self._software = software
        self._begun = False

    def write(self, capture: Capture) -> None:
        """Append `capture`, with a warcinfo record before the first one. Raises OSError as the stream does."""
        if not self._begun:
            self._begin(capture.captured_at)
        head = StatusAndHeaders(_status_line(capture.status), list(_served(capture)), protocol="HTTP/1.1")
        self._warc.write_record(
            self._warc.create_warc_record(
                capture.url,
                "response",
                payload=BytesIO(capture.body),
                length=len(capture.body),
                http_headers=head,
                warc_headers_dict=_identity(capture.captured_at, _fingerprint(capture)),
            )
        )

    def _begin(self, moment: datetime) -> None:
        info = f"software: {self._software}\r\nformat: WARC File Format 1.1\r\n".encode()
        self._warc.write_record(
            self._warc.create_warc_record(
                "",
                "warcinfo",
                payload=BytesIO(info),
                length=len(info),
                warc_headers_dict=_identity(moment, info),
            )
        )
        self._begun = True


def write(path: str | os.PathLike[str], captures: Iterable[Capture], *, software: str = "newscrawl") -> None:
    """Write `captures`, in their order, to a new WARC 1.1 file at `path`, gzip where its name ends in ".gz".

    The same captures give the same bytes (but for ".gz", where zlib's version has its say). The file appears whole
    or not at all. Raises OSError when it cannot be written.
    """
    target = Path(path)
    part = target.with_name(target.name + ".part")
    with part.open("wb") as stream:
        writer = Writer(stream, gzip=target.suffix == ".gz", software=software)
        for capture in captures:
            writer.write(capture)
    part.replace(target)


def _identity(moment: datetime, contents: bytes) -> dict[str, str]:
    date = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    digest = hashlib.sha256(contents).hexdigest()
    return {"WARC-Date": date, "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{date} {digest}')}>"}


def _fingerprint(capture: Capture) -> bytes:
    return f"{capture.url}\n{capture.status}\n{capture.headers}\n".encode() + capture.body


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _served(capture: Capture) -> Iterator[tuple[str, str]]:
    yield from capture.headers
    yield "Content-Length", str(len(capture.body))
