"""HTTP's encodings of a body, undone: RFC 9112 chunks, RFC 9110 gzip, deflate, br and zstd (RFC 8878)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from io import BytesIO

import brotli  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataException, ChunkedDataReader

from newscrawl.archives.zstd import ZstdDecompressor, ZstdError

_CHUNK_SIZE_LINE = re.compile(rb"[0-9a-fA-F]{1,8}[ \t]*(;[^\r\n]{0,200})?\r\n")
_ZSTD = b"\x28\xb5\x2f\xfd"
_NO_ENCODING = frozenset(("", "identity", "none", "utf-8"))
"""What servers write where nothing is encoded; "none" and "utf-8" seen in the wild."""


class EncodingError(ValueError):
    """A body that is not in the encoding that its headers tell, or in one that is not known here."""


def undo(body: bytes, *, transfer: str = "", content: str = "", max_bytes: int) -> bytes:
    """The bytes that were meant, of a `body` as on the wire.

    `transfer` and `content` are the values of Transfer-Encoding and Content-Encoding. Archives often keep these
    headers beside a body that they have decoded already, so a body that does not begin as one of the encoding
    is taken as it is. Raises EncodingError for a body that breaks off, for an unknown encoding, and for one that
    would be larger than `max_bytes`.
    """
    if "chunked" in transfer.lower() and _CHUNK_SIZE_LINE.match(body):
        body = _join_chunks(body)
    for name in reversed([part.strip().lower() for part in content.split(",")]):
        if body and name not in _NO_ENCODING:
            body = _decoder(name)(body, max_bytes)
    return body


def _decoder(name: str) -> Callable[[bytes, int], bytes]:
    try:
        return _DECODERS[name]
    except KeyError:
        raise EncodingError(f"content encoding {name!r} cannot be undone") from None


def _join_chunks(body: bytes) -> bytes:
    try:
        joined: bytes = ChunkedDataReader(BytesIO(body), raise_exceptions=True).read()
    except ChunkedDataException as error:
        raise EncodingError("broken chunks") from error
    return joined


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    parts: list[bytes] = []
    room = max_bytes
    while body.startswith(b"\x1f\x8b"):  # a gzip body may have several members
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        parts.append(_inflated(member, body, room))
        room -= len(parts[-1])
        body = member.unused_data
    return b"".join(parts)


def _inflate(body: bytes, max_bytes: int) -> bytes:
    """Deflate as RFC 9110 has it (in a zlib wrapper), or bare, as many servers send it."""
    try:
        return _inflated(zlib.decompressobj(), body, max_bytes)
    except EncodingError as error:
        if not isinstance(error.__cause__, zlib.error):
            raise
    try:
        return _inflated(zlib.decompressobj(-zlib.MAX_WBITS), body, max_bytes)
    except EncodingError as error:
        if isinstance(error.__cause__, zlib.error):
            return body
        raise


def _inflated(inflater: zlib._Decompress, body: bytes, max_bytes: int) -> bytes:
    try:
        data = inflater.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise EncodingError(f"broken compression ({error})") from error
    if len(data) > max_bytes:
        raise EncodingError(f"unpacks to more than {max_bytes} bytes")
    if not inflater.eof:
        raise EncodingError("compressed body breaks off")
    return data


def _unbrotli(body: bytes, max_bytes: int) -> bytes:
    decompressor = brotli.Decompressor()
    try:
        data: bytes = decompressor.process(body, output_buffer_limit=max_bytes + 1)
    except brotli.error:
        return body  # Brotli has no magic number: what does not unpack was unpacked before
    if len(data) > max_bytes:
        raise EncodingError(f"unpacks to more than {max_bytes} bytes")
    if not decompressor.is_finished():
        raise EncodingError("compressed body breaks off")
    return data


def _unzstd(body: bytes, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    room = max_bytes
    while body.startswith(_ZSTD):  # as gzip's members, so frames
        frame = ZstdDecompressor()
        parts.append(_unframed(frame, body, room))
        room -= len(parts[-1])
        body = frame.unused_data
    return b"".join(parts) if parts else body


def _unframed(frame: ZstdDecompressor, body: bytes, max_bytes: int) -> bytes:
    try:
        data = frame.decompress(body, max_bytes + 1)
    except ZstdError as error:
        raise EncodingError(f"broken compression ({error})") from error
    if len(data) > max_bytes:
        raise EncodingError(f"unpacks to more than {max_bytes} bytes")
    if not frame.eof:
        raise EncodingError("compressed body breaks off")
    return data


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
