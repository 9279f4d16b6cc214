"""Gzip, one member for each record (ISO 28500:2017, annex D; RFC 1952)."""

from __future__ import annotations

from typing import BinaryIO

from newscrawl.content_encodings.decompressors import Decompressor, ZlibError, open_gzip

MAGIC = rb"\x1f\x8b\x08"
ERRORS = (ZlibError,)


def open_member(_file: BinaryIO) -> Decompressor:
    return open_gzip()


def is_complete(decompressor: Decompressor) -> bool:
    """Return whether only the trailer, or a part of it, is missing: seen at the end of files."""
    try:
        decompressor.decompress(bytes(8), 1)
    except ZlibError as error:  # a wrong trailer; before that, the contents would be wrong
        return "data check" in str(error) or "length check" in str(error)
    return decompressor.eof
