"""Decodes HTTP bodies: RFC 9112 chunks, RFC 9110 gzip, deflate, br and zstd (RFC 8878)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Protocol

import brotli
from warcio.bufferedreaders import ChunkedDataException, ChunkedDataReader

from newscrawl.archives.zstd import ZstdDecompressor, ZstdError

_CHUNK_SIZE_LINE = re.compile(rb"[0-9a-fA-F]{1,8}[ \t]*(;[^\r\n]{0,200})?\r\n")
# "none" and "utf-8" were seen in the wild.
_NO_ENCODING = frozenset(("", "identity", "none", "utf-8"))


class EncodingError(ValueError):
    """A body that cannot be decoded: broken, truncated, too large or of an unknown encoding."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def decode_body(body: bytes, *, transfer: str = "", content: str = "", max_bytes: int) -> bytes:
    """Decode a `body` as sent; `transfer` and `content` are the values of Transfer-Encoding and Content-Encoding.

    Raises EncodingError, also for a body that would be larger than `max_bytes`.
    """
    # Archives often keep these headers with a body that is decoded already, so a body that does not begin like one of
    # the encoding is returned as it is.
    if "chunked" in transfer.lower() and _CHUNK_SIZE_LINE.match(body):
        try:
            body = ChunkedDataReader(BytesIO(body), raise_exceptions=True).read()
        except ChunkedDataException as error:
            raise EncodingError("broken chunks") from error
    for name in reversed([part.strip().lower() for part in content.split(",")]):
        if not body or name in _NO_ENCODING:
            continue
        if name not in _DECODERS:
            raise EncodingError(f"unknown content encoding {name!r}")
        body = _DECODERS[name](body, max_bytes)
    return body


def _decode_members(magic: bytes, decompressor: Callable[[], _Decompressor], body: bytes, max_bytes: int) -> bytes:
    """Decode a body of several gzip members or zstd frames; return it as it is if it does not begin with `magic`."""
    parts: list[bytes] = []
    while body.startswith(magic):
        member = decompressor()
        parts.append(_decompress(member, body, max_bytes))
        max_bytes -= len(parts[-1])
        body = member.unused_data
    return b"".join(parts) if parts else body


def _decode_deflate(body: bytes, max_bytes: int) -> bytes:
    # RFC 9110 requires a zlib wrapper, but many servers send bare deflate.
    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            return _decompress(zlib.decompressobj(window), body, max_bytes)
        except EncodingError as error:
            if not isinstance(error.__cause__, zlib.error):
                raise
    return body


def _decompress(decompressor: _Decompressor, body: bytes, max_bytes: int) -> bytes:
    try:
        data = decompressor.decompress(body, max_bytes + 1)
    except (zlib.error, ZstdError) as error:
        raise EncodingError(f"broken compression ({error})") from error
    _check_complete(data, max_bytes, is_complete=decompressor.eof)
    return data


def _decode_brotli(body: bytes, max_bytes: int) -> bytes:
    decompressor = brotli.Decompressor()
    try:
        data: bytes = decompressor.process(body, output_buffer_limit=max_bytes + 1)
    except brotli.error:
        return body  # Brotli has no magic number: a body that does not decode is decoded already
    _check_complete(data, max_bytes, is_complete=decompressor.is_finished())
    return data


def _check_complete(data: bytes, max_bytes: int, *, is_complete: bool) -> None:
    if len(data) > max_bytes:
        raise EncodingError(f"unpacks to more than {max_bytes} bytes")
    if not is_complete:
        raise EncodingError("compressed body is cut short")


_decode_gzip = partial(_decode_members, b"\x1f\x8b", lambda: zlib.decompressobj(16 + zlib.MAX_WBITS))
_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _decode_gzip,
    "x-gzip": _decode_gzip,
    "deflate": _decode_deflate,
    "br": _decode_brotli,
    "zstd": partial(_decode_members, b"\x28\xb5\x2f\xfd", ZstdDecompressor),
}
