"""Zstandard, one frame for each record (RFC 8878), with a dictionary as in IIPC's "Use of Zstandard in WARC".

The dictionary is in a skippable frame at the beginning of the file, plain or compressed by Zstandard itself. Other
skippable frames are ignored.
"""

from __future__ import annotations

from typing import BinaryIO

from newscrawl.content_encodings.decompressors import Decompressor
from newscrawl.content_encodings.zstd import ZstdDecompressor, ZstdDict, ZstdError

MAGIC = rb"\x28\xb5\x2f\xfd|" + b"|".join(rb"\x%02x\x2a\x4d\x18" % byte for byte in range(0x50, 0x60))
ERRORS = (ZstdError,)
MAX_DICTIONARY = 16 * 2**20
"""Dictionaries in use have about 100 KiB, a few of them 1 MiB."""
_FRAME = b"\x28\xb5\x2f\xfd"
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_SKIPPABLE = b"\x2a\x4d\x18"


def open_member(file: BinaryIO) -> Decompressor:
    """Return the decompressor of the frame at the file's position. Raises ZstdError for a broken dictionary."""
    begin = file.tell()
    if file.read(4)[1:] == _SKIPPABLE:
        return _SkippableFrame()
    dictionary = _read_dictionary(file)
    file.seek(begin)
    return ZstdDecompressor(dictionary)


def is_complete(_decompressor: Decompressor) -> bool:
    return False


def _read_dictionary(file: BinaryIO) -> ZstdDict | None:
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
        raise ZstdError(f"broken dictionary ({error})") from error


class _SkippableFrame:
    """A frame that decompresses to nothing."""

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
