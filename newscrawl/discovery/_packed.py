"""Decompression of lists, by their content: names and headers are often wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import chain
from typing import TypeVar

from newscrawl.content_encodings.streams import CHUNK, Coding, EncodingError, decode, find_coding
from newscrawl.errors import DiscoveryError
from newscrawl.syntax.encodings import decode_to_utf8

MAX_BYTES = 50 * 2**20  # of an unpacked list: the limit of sitemaps.org
SPACE = b"\xef\xbb\xbf \t\r\n"
_GZIP = b"\x1f\x8b"

Item = TypeVar("Item")


def is_packed(body: bytes) -> bool:
    return _find_coding(body) is not None


def unpack(body: bytes, url: str, max_bytes: int = MAX_BYTES) -> Iterator[bytes]:
    """Yield the bytes of the list at `url` in chunks, decompressed if they are gzip or zstd.

    Raises DiscoveryError after the last good chunk: "broken_gzip" if there is none, "broken_tail" if the rest is cut
    or broken, "too_large" for more than `max_bytes`.
    """
    failure = None
    chunks = _unpack_layer(body, url)
    if _find_coding(body):
        first = next(chunks, b"")
        chunks = chain((first,), chunks)
        if _find_coding(first):  # seen in the wild: a .gz file that the server compresses again
            inner, failure = _read_layer(_limit(chunks, url, max_bytes))
            chunks = _unpack_layer(inner, url)
    yield from _limit(chunks, url, max_bytes)
    if failure:
        raise failure


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
        return next(unpack(body[:CHUNK], url), b"")
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


def _find_coding(body: bytes) -> Coding | None:
    return "gzip" if body.startswith(_GZIP) else find_coding(body)


def _unpack_layer(body: bytes, url: str) -> Iterator[bytes]:
    coding = _find_coding(body)
    if coding is None:
        yield from (body[start : start + CHUNK] for start in range(0, len(body), CHUNK))
        return
    has_begun = False
    try:
        for chunk in decode(coding, body):
            has_begun = True
            yield chunk
    except EncodingError as error:
        raise DiscoveryError(url, "broken_tail" if has_begun else "broken_gzip", f"{coding}: {error}") from error


def _read_layer(chunks: Iterator[bytes]) -> tuple[bytes, DiscoveryError | None]:
    parts: list[bytes] = []
    try:
        parts.extend(chunks)
    except DiscoveryError as error:
        return b"".join(parts), error
    return b"".join(parts), None


def _limit(chunks: Iterator[bytes], url: str, max_bytes: int) -> Iterator[bytes]:
    """Yield chunks up to a limit, so that a decompression bomb is stopped early."""
    left = max_bytes
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left < 0:
            raise DiscoveryError(url, "too_large", f"more than {max_bytes:,} bytes; the rest is not read")
