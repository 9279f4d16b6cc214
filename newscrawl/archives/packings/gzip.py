"""Gzip, a member a record (ISO 28500:2017, annex D; RFC 1952)."""

from __future__ import annotations

import zlib
from typing import BinaryIO

from newscrawl.archives.packings import Unpacker

MAGIC = rb"\x1f\x8b\x08"
BROKEN = (zlib.error,)


def unpacker(_file: BinaryIO) -> Unpacker:
    """An unpacker of a member."""
    return _Inflater()


class _Inflater:
    """zlib's decompressor, keeping by itself what it has not come to yet."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def needs_input(self) -> bool:
        return not self._inflater.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflater.decompress(self._inflater.unconsumed_tail + data, max_length)
