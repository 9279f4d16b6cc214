"""How an archive packs its records, one after another: a module each, named after its form.

A module has `MAGIC`, a pattern of the bytes with which a packed member begins, `unpacker(file)`, which gives an
Unpacker of the member at which `file` stands, and `BROKEN`, the errors by which its unpacker refuses.
"""

from __future__ import annotations

from typing import Protocol


class Unpacker(Protocol):
    """Undoes one member, in pieces; as zstd's and bz2's decompressors of the standard library are."""

    @property
    def eof(self) -> bool:
        """Whether the member is at its end."""

    @property
    def needs_input(self) -> bool:
        """Whether the next call wants more packed bytes, or still has some."""

    @property
    def unused_data(self) -> bytes:
        """What was given beyond the member's end."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Up to `max_length` bytes more."""
