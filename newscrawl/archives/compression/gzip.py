"""Gzip, one member for each record (ISO 28500:2017, annex D; RFC 1952)."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from newscrawl.content_encodings.decompressors import Decompressor, open_gzip

MAGIC = rb"\x1f\x8b\x08"
ERRORS = (zlib.error,)


def open_member(_file: BinaryIO) -> Decompressor:
    return open_gzip()
