"""Decompression of lists, by their content: names and headers are often wrong."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import chain
from typing import TypeVar

from newscrawl.errors import DiscoveryError
from newscrawl.syntax.encodings import decode_to_utf8

MAX_BYTES = 50 * 2**20  # of an unpacked list: the limit of sitemaps.org
SPACE = b"\xef\xbb\xbf \t\r\n"
_CHUNK = 1 << 16
_STEP = 256
_GZIP = b"\x1f\x8b"
_LAYERS = 2  # seen in the wild: a .gz file that the server compresses again

Item = TypeVar("Item")


def is_packed(body: bytes) -> bool:
    return body.startswith(_GZIP)


def unpack(body: bytes, url: str, max_bytes: int = MAX_BYTES) -> Iterator[bytes]:
    """Yield the bytes of the list at `url` in chunks, decompressed if they are gzip.

    Raises DiscoveryError after the last good chunk: "broken_gzip" if there is none, "broken_tail" if the rest is cut
    or broken, "too_large" for more than `max_bytes`.
    """
    chunks: Iterator[bytes] = (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))
    for _ in range(_LAYERS):
        first = next(chunks, b"")
        chunks = chain((first,), chunks)
        if not is_packed(first):
            break
        chunks = _gunzip(chunks, url)
    left = max_bytes
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            raise DiscoveryError(url, "too_large", f"more than {max_bytes:,} bytes; the rest is not read")


def read_whole(body: bytes, url: str, max_bytes: int, read: Callable[[bytes, str], Iterator[Item]]) -> Iterator[Item]:
    """Yield what `read` finds in the whole list, unpacked and in UTF-8; then raise as `unpack` does."""
    content, failure = BytesIO(), None
    try:
        for chunk in unpack(body, url, max_bytes):
            content.write(chunk)
    except DiscoveryError as error:
        failure = error
    text = decode_to_utf8(content.getvalue(), None)[1]
    del content
    try:
        if text or not failure:
            yield from read(text, url)
    except DiscoveryError as error:
        raise failure or error from error
    if failure:
        raise failure


def unpack_head(body: bytes, url: str) -> bytes:
    """Return the first bytes of a list, unpacked; b"" if nothing can be unpacked."""
    try:
        return next(unpack(body[:_CHUNK], url), b"")
    except DiscoveryError:
        return b""


def read_lines(body: bytes, url: str, max_line: int, *, has_cr_breaks: bool = False) -> Iterator[str]:
    """Yield the stripped lines of a list; of one longer than `max_line` bytes, the begin. Raises as `unpack` does."""
    rest = b""
    for chunk in unpack(body, url):
        *lines, rest = (rest + (chunk.replace(b"\r", b"\n") if has_cr_breaks else chunk)).split(b"\n")
        yield from (line.strip(SPACE).decode("utf-8", "replace") for line in lines)
        rest = rest[:max_line]
    # Not reached if the file is cut short: then its last line may be cut too.
    yield rest.strip(SPACE).decode("utf-8", "replace")


def _gunzip(chunks: Iterator[bytes], url: str) -> Iterator[bytes]:
    unzip, begun = _make_unzipper(), False
    # zlib returns nothing of a piece that is broken, so pieces are small
    for step in (chunk[start : start + _STEP] for chunk in chunks for start in range(0, len(chunk), _STEP)):
        rest = step
        while rest:
            if unzip.eof:  # another member, or padding, which gunzip ignores too
                if not rest.startswith(_GZIP[:1]):
                    return
                unzip = _make_unzipper()
            try:
                for part in _inflate(unzip, rest):
                    begun = True
                    yield part
            except zlib.error as error:
                raise _broken(url, begun, f"broken gzip: {error}") from error
            rest = unzip.unused_data
    if not unzip.eof:
        raise _broken(url, begun, "the gzip file is cut short")


def _broken(url: str, begun: bool, how: str) -> DiscoveryError:
    return DiscoveryError(url, "broken_tail" if begun else "broken_gzip", how)


def _inflate(unzip: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """Yield what `packed` contains, chunk by chunk, so that a decompression bomb is stopped early."""
    while True:
        part = unzip.decompress(packed, _CHUNK)
        if part:
            yield part
        packed = unzip.unconsumed_tail
        if not packed and len(part) < _CHUNK:
            return


def _make_unzipper() -> zlib._Decompress:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)
