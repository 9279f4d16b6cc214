"""WARC files: captures in, captures out (ISO 28500:2017). Reading stands in `reading`, writing here.

for capture in captures("crawl.warc.gz", broken=print):
    article = extract(capture.page())

with open("live.warc", "ab") as stream:
    Writer(stream).write(capture)
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from uuid import NAMESPACE_URL, uuid5

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newscrawl.archives.capture import Capture
from newscrawl.archives.records import Report
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import MAX_BYTES, captures, read_at, read_record

__all__ = [
    "MAX_BYTES",
    "Originals",
    "Report",
    "Writer",
    "captures",
    "read_at",
    "read_record",
    "write",
]


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
        head = StatusAndHeaders(status_line(capture.status), list(_served(capture)), protocol="HTTP/1.1")
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
    date = warc_date(moment)
    digest = hashlib.sha256(contents).hexdigest()
    return {"WARC-Date": date, "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{date} {digest}')}>"}


def _fingerprint(capture: Capture) -> bytes:
    return f"{capture.url}\n{capture.status}\n{capture.headers}\n".encode() + capture.body


def warc_date(moment: datetime) -> str:
    """A time as WARC-Date has it: UTC, with a fraction where there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def status_line(status: int) -> str:
    """Status and reason phrase, as they stand in an HTTP/1.1 answer's first line."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _served(capture: Capture) -> Iterator[tuple[str, str]]:
    yield from capture.headers
    yield "Content-Length", str(len(capture.body))
