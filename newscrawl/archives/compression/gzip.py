"""Gzip, one member for each record (ISO 28500:2017, annex D; RFC 1952)."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from newscrawl.archives.compression import Decompressor

MAGIC = rb"\x1f\x8b\x08"
ERRORS = (zlib.error,)


def open_member(_file: BinaryIO) -> Decompressor:
    return _GzipDecompressor()


class _GzipDecompressor:
    """zlib's decompressor, which also keeps the input that it has not decompressed yet."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
