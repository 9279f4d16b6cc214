"""Reads the records of a gzip file that is as the standard says, in half of the time that `members.Stream` takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from newscrawl.archives.heads import HeadError, RecordHead, find_head_end, parse_record_head
from newscrawl.content_encodings.decompressors import ZlibError, open_gzip

_PIECE = 32 * 2**10
_MAX_HEAD = 16 * 2**10
_MAX_BLOCK = 1280 * 2**10
"""Common Crawl cuts pages at a MiB."""
_SEPARATOR = b"\r\n\r\n"


class RegularRecord(NamedTuple):
    """A WARC record that is a gzip member of its own, with the right length and checksum."""

    begin: int
    """The byte of the file at which its member begins."""
    end: int
    head: RecordHead
    block: bytes


def iterate_regular_records(file: BinaryIO, start: int) -> Iterator[RegularRecord]:
    """Yield the records from byte `start` on that precede another regular one, or with which the file ends.

    What follows the last one is irregular in some way, or too large. Raises ConnectionError.
    """
    last: RegularRecord | None = None
    try:
        file.seek(start)
        data = file.read(_PIECE)
        while data:
            if len(data) < _MAX_HEAD:
                data += file.read(_PIECE)
            record, data = _read_member(file, start, data)
            if record is None:
                return
            if last:
                yield last
            last, start, data = record, record.end, data or file.read(_PIECE)
    except ConnectionError:
        raise
    except (ZlibError, HeadError, OSError):
        return
    if last:
        yield last


def _read_member(file: BinaryIO, begin: int, data: bytes) -> tuple[RegularRecord | None, bytes]:
    """Read the member that begins with `data`; return its record, and what was read of the next member."""
    decompressor = open_gzip()
    part = decompressor.decompress(data, _MAX_HEAD)
    head_end = find_head_end(part, 0) if part.startswith(b"WARC/") else -1
    if head_end < 0:
        return None, b""
    head = parse_record_head(part[:head_end])
    length = _MAX_BLOCK + 1 if head.length is None else head.length
    parts, end = [part[head_end:]], begin + len(data)
    left = length + len(_SEPARATOR) - len(parts[0])
    while 0 <= left <= _MAX_BLOCK and not decompressor.eof:
        data = file.read(_PIECE) if decompressor.needs_input else b""
        if decompressor.needs_input and not data:
            break
        parts.append(decompressor.decompress(data, left + 1))
        left, end = left - len(parts[-1]), end + len(data)
    contents, rest = b"".join(parts), decompressor.unused_data
    if left or not decompressor.eof or not contents.endswith(_SEPARATOR):
        return None, b""
    return RegularRecord(begin, end - len(rest), head, contents[:length]), rest
