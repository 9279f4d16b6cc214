"""Lists as servers send them: packed or not, whatever their name says."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import chain

from newscrawl.errors import DiscoveryError

MAX_BYTES = 50 * 2**20
"""Of an unpacked list, as sitemaps.org limits it."""
_CHUNK = 1 << 16
_STEP = 256
_GZIP = b"\x1f\x8b"
_LAYERS = 2
"""Seen in the wild: a .gz file that the server packs once more."""


def unpacked(body: bytes, url: str, max_bytes: int = MAX_BYTES) -> Iterator[bytes]:
    """The bytes of the list at `url` in chunks, gzip undone where the content is gzip.

    Raises DiscoveryError after the last good chunk: "broken_gzip" where not one byte came of it, "broken_tail" where
    the rest is cut or broken, "too_large" where more than `max_bytes` would come.
    """
    chunks: Iterator[bytes] = (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))
    for _ in range(_LAYERS):
        first = next(chunks, b"")
        chunks = chain((first,), chunks)
        if not first.startswith(_GZIP):
            break
        chunks = _gunzipped(chunks, url)
    left = max_bytes
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            raise DiscoveryError(url, "too_large", f"more than {max_bytes:,} bytes; the rest is not read")


def head(body: bytes, url: str) -> bytes:
    """The first bytes of a list, unpacked; b"" where nothing can be unpacked."""
    try:
        return next(unpacked(body[:_CHUNK], url), b"")
    except DiscoveryError:
        return b""


def _gunzipped(chunks: Iterator[bytes], url: str) -> Iterator[bytes]:
    unzip, begun = _unzipper(), False
    for step in _steps(chunks):
        rest = step
        while rest:
            if unzip.eof:  # another member, or padding, which gunzip ignores too
                if not rest.startswith(_GZIP[:1]):
                    return
                unzip = _unzipper()
            try:
                for part in _inflated(unzip, rest):
                    begun = True
                    yield part
            except zlib.error as error:
                raise _broken(url, begun, f"broken gzip: {error}") from error
            rest = unzip.unused_data
    if not unzip.eof:
        raise _broken(url, begun, "the gzip file is cut short")


def _broken(url: str, begun: bool, how: str) -> DiscoveryError:
    return DiscoveryError(url, "broken_tail" if begun else "broken_gzip", how)


def _steps(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """In small pieces: of one that is broken, zlib gives nothing."""
    return (chunk[start : start + _STEP] for chunk in chunks for start in range(0, len(chunk), _STEP))


def _inflated(unzip: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """All that `packed` brings, a chunk at a time: a bomb is stopped before it is unpacked."""
    while True:
        part = unzip.decompress(packed, _CHUNK)
        if part:
            yield part
        packed = unzip.unconsumed_tail
        if not packed and len(part) < _CHUNK:
            return


def _unzipper() -> zlib._Decompress:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)
