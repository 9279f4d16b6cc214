"""Files in a zip: the same ones are the same bytes."""

from __future__ import annotations

from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

_THEN = (1980, 1, 1, 0, 0, 0)
"""What a zip has for no time at all."""


class _Zip(ZipFile):
    """One that was not ended is not whole, and given up: ZipFile would end it when it is thrown away."""

    def __del__(self) -> None:
        pass


class Zip:
    """A zip that is written from its beginning to its end. It remembers the names, as the end of a zip lists them."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = _Zip(file, "w")
        self._names: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, name: str, content: bytes, *, packed: bool = True) -> None:
        """Add a file."""
        info = ZipInfo(name, _THEN)
        info.external_attr = 0o644 << 16
        self._zip.writestr(info, content, ZIP_DEFLATED if packed else ZIP_STORED)
        self._names.add(name)

    def close(self) -> None:
        """Write the list of its files."""
        self._zip.close()
