"""Zstandard, a frame a record (RFC 8878), with a dictionary as IIPC's "Use of Zstandard in WARC" has it.

The dictionary stands in a skippable frame at the beginning of the file, as it is or packed by Zstandard itself. Other
skippable frames hold nothing.
"""

from __future__ import annotations

from typing import BinaryIO

from newscrawl.archives.packings import Unpacker
from newscrawl.archives.zstd import ZstdDecompressor, ZstdDict, ZstdError

MAGIC = rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"
BROKEN = (ZstdError,)
MAX_DICTIONARY = 16 * 2**20
"""Dictionaries in use have some 100 KiB, a few of them 1 MiB."""
_FRAME = b"\x28\xb5\x2f\xfd"
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_SKIPPABLE = b"\x2a\x4d\x18"


def unpacker(file: BinaryIO) -> Unpacker:
    """An unpacker of the frame at which `file` stands; one that is skippable unpacks to nothing.

    Raises ZstdError for a dictionary that is none.
    """
    begin = file.tell()
    if file.read(4)[1:] == _SKIPPABLE:
        return _Skipper()
    dictionary = _dictionary(file)
    file.seek(begin)
    return ZstdDecompressor(dictionary)


def _dictionary(file: BinaryIO) -> ZstdDict | None:
    file.seek(0)
    if file.read(4) != _DICTIONARY:
        return None
    size = int.from_bytes(file.read(4), "little")
    if size > MAX_DICTIONARY:
        raise ZstdError(f"dictionary of {size} bytes")
    contents = file.read(size)
    if contents.startswith(_FRAME):
        contents = ZstdDecompressor().decompress(contents, MAX_DICTIONARY)
    try:
        return ZstdDict(contents)
    except ValueError as error:
        raise ZstdError(f"no dictionary ({error})") from error


class _Skipper:
    """A frame of which nothing comes but its end."""

    def __init__(self) -> None:
        self._head = b""
        self._left: int | None = None
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return self._left == 0

    @property
    def needs_input(self) -> bool:
        return not self.eof

    def decompress(self, data: bytes, _max_length: int) -> bytes:
        if self._left is None:
            self._head += data
            if len(self._head) < 8:
                return b""
            self._left, data = int.from_bytes(self._head[4:8], "little"), self._head[8:]
        self.unused_data = data[self._left :]
        self._left -= min(self._left, len(data))
        return b""
