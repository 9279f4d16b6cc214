"""Compressions of archive files, record by record: one module each.

A module has `MAGIC`, a pattern of the bytes with which a compressed member begins; `open_member(file)`, which returns
the Decompressor of the member at the file's position; and `ERRORS`, the exceptions of its decompressor.
"""

from __future__ import annotations

from typing import Protocol


class Decompressor(Protocol):
    """Decompresses one member piece by piece, like the zstd and bz2 decompressors of the standard library."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...
