"""Decompressors with one interface, that of the standard library's for zstd and bz2."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

import brotli

from newscrawl.content_encodings.zstd import ZstdDecompressor, ZstdError

if TYPE_CHECKING:
    import zlib
else:  # twice as fast; there are no wheels for some machines
    zlib = import_module("zlib_ng.zlib_ng" if find_spec("zlib_ng") else "zlib")

ZlibError = zlib.error
ERRORS: tuple[type[Exception], ...] = (ZlibError, brotli.error, ZstdError)
"""What the decompressors raise for damaged data."""


class Decompressor(Protocol):
    """Decompresses one member (gzip), frame (zstd) or stream piece by piece."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class ZlibDecompressor:
    """Zlib's, which also keeps the input that it has not decompressed yet."""

    def __init__(self, window: int) -> None:
        self._zlib = zlib.decompressobj(window)
        self._is_full = False

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not (self._is_full or self._zlib.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        result = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self._is_full = len(result) == max_length  # there may be more, even if all input is consumed
        return result


class BrotliDecompressor:
    """Brotli's, which does not say where a stream ends."""

    unused_data = b""

    def __init__(self) -> None:
        self._brotli = brotli.Decompressor()
        self._is_full = False

    @property
    def eof(self) -> bool:
        return bool(self._brotli.is_finished())

    @property
    def needs_input(self) -> bool:
        return not self._is_full and bool(self._brotli.can_accept_more_data())

    def decompress(self, data: bytes, max_length: int) -> bytes:
        result: bytes = self._brotli.process(data, output_buffer_limit=max_length)
        self._is_full = len(result) >= max_length  # it rounds the limit up
        return result


def open_gzip() -> Decompressor:
    return ZlibDecompressor(16 + zlib.MAX_WBITS)


def open_zlib() -> Decompressor:
    return ZlibDecompressor(zlib.MAX_WBITS)


def open_deflate() -> Decompressor:
    return ZlibDecompressor(-zlib.MAX_WBITS)


def open_zstd() -> Decompressor:
    return ZstdDecompressor()
