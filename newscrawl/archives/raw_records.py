"""Reads the records of one exchange as they are stored, to copy them into another file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newscrawl.archives.capture import RecordLocation
from newscrawl.archives.heads import RecordHead
from newscrawl.archives.payload import may_hold_page, read_date
from newscrawl.archives.record_compression import compress_record
from newscrawl.archives.record_format import encode_record, make_record_id, warc_date
from newscrawl.archives.records import Record, Records
from newscrawl.archives.wacz import open_file
from newscrawl.archives.warc_reader import MAX_BYTES
from newscrawl.errors import ArchiveError

_LENGTH = re.compile(rb"^content-length[ \t]*:[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_CONCURRENT = ("request", "metadata")


@dataclass(frozen=True, slots=True)
class RawExchange:
    """A response, resource or revisit record with what was recorded beside it."""

    head: RecordHead
    record: bytes
    """As a gzip member."""
    others: tuple[bytes, ...]
    """Its request and metadata records, which follow it; as gzip members."""


def read_exchange(location: RecordLocation) -> RawExchange:
    """Read the records at a location. Raises ArchiveError."""
    with open_file(location.file) as file:
        records = Records(file, location.file, is_wanted=lambda _: True, report=_raise, max_bytes=MAX_BYTES)
        read = records.read_from(location.offset)
        first = next(read, None)
        if first is None or (first.location and first.location.offset != location.offset):
            raise ArchiveError(location.file, location.offset, "no record begins here")
        if not may_hold_page(first.head) or first.block is None:
            detail = f"record of {first.size} bytes is larger than {MAX_BYTES}" if first.block is None else "not a page"
            raise ArchiveError(location.file, location.offset, detail)
        if first.head["WARC-Segment-Number"]:
            raise ArchiveError(location.file, location.offset, "a record in segments, which cannot be copied")
        others: list[bytes] = []
        try:
            for record in read:
                is_other = record.head.kind in _CONCURRENT and record.block is not None
                if not is_other or record.head["WARC-Concurrent-To"] != first.head["WARC-Record-ID"]:
                    break
                others.append(_compress(record))
        except ArchiveError:
            pass  # what follows does not belong to this capture
        return RawExchange(first.head, _compress(first), tuple(others))


def _compress(record: Record) -> bytes:
    block = record.block or b""
    if record.head.raw[:5].upper() != b"WARC/":
        return compress_record(encode_record(_convert_head(record.head), block))
    # A wrong length was seen in the wild, which other readers do not forgive.
    head = _LENGTH.sub(b"Content-Length: %d" % len(block), record.head.raw, count=1)
    return compress_record(head + block + b"\r\n\r\n")


def _convert_head(arc: RecordHead) -> dict[str, str]:
    """Return the fields of an ARC record as those of a WARC record."""
    fields = {
        "WARC-Type": "response",
        "WARC-Record-ID": make_record_id(),
        "WARC-Target-URI": arc.url,
        "WARC-Date": warc_date(read_date(arc)),
        "WARC-IP-Address": arc["WARC-IP-Address"],
        "Content-Type": "application/http; msgtype=response",
    }
    return {name: value for name, value in fields.items() if value}


def _raise(error: ArchiveError) -> None:
    raise error
