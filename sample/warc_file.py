"""Writes captures to WARC 1.1 files (ISO 28500:2017) that depend on nothing but the captures."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from newscrawl.archives.capture import Capture
from newscrawl.archives.record_format import warc_date
from newscrawl.archives.warc_writer import status_line


def write_captures(path: str | os.PathLike[str], captures: Iterable[Capture], *, software: str = "newscrawl") -> None:
    """Write `captures` as response records to a new file at `path`, with gzip if its name ends in ".gz".

    A record's identifier is a hash of its contents, and the warcinfo record has the time of the first capture, so the
    same captures give the same bytes (with gzip, for one version of zlib). The file appears complete or not at all.
    """
    target = Path(path)
    part = target.with_name(target.name + ".part")
    with part.open("wb") as stream:
        warc = WARCWriter(stream, gzip=target.suffix == ".gz", warc_version="1.1")
        for number, capture in enumerate(captures):
            if number == 0:
                info = f"software: {software}\r\nformat: WARC File Format 1.1\r\n".encode()
                _write_record(warc, ("", "warcinfo"), info, warc_headers_dict=_identity(capture.captured_at, info))
            headers = [*capture.headers, ("Content-Length", str(len(capture.body)))]
            head = StatusAndHeaders(status_line(capture.status), headers, protocol="HTTP/1.1")
            contents = f"{capture.url}\n{capture.status}\n{capture.headers}\n".encode() + capture.body
            identity = _identity(capture.captured_at, contents)
            record = (capture.url, "response")
            _write_record(warc, record, capture.body, http_headers=head, warc_headers_dict=identity)
    part.replace(target)


def _write_record(warc: WARCWriter, record: tuple[str, str], payload: bytes, **heads: object) -> None:
    """Write one record; `record` is its address and its type."""
    warc.write_record(warc.create_warc_record(*record, payload=BytesIO(payload), length=len(payload), **heads))


def _identity(moment: datetime, contents: bytes) -> dict[str, str]:
    date, digest = warc_date(moment), hashlib.sha256(contents).hexdigest()
    return {"WARC-Date": date, "WARC-Record-ID": f"<urn:uuid:{uuid5(NAMESPACE_URL, f'{date} {digest}')}>"}
