"""Decodes gzip, zlib, deflate, br and zstd chunk by chunk, as far as the data reaches."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal

from newscrawl.content_encodings.decompressors import (
    ERRORS,
    BrotliDecompressor,
    Decompressor,
    open_deflate,
    open_gzip,
    open_zlib,
    open_zstd,
)

CHUNK = 1 << 16
_PIECE = 1 << 13
_MAX_MEMBERS = 10_000
Coding = Literal["gzip", "zlib", "deflate", "br", "zstd"]
"""zlib is the "deflate" of RFC 9110; deflate is the one without a wrapper, which many servers send under that name."""


class EncodingError(ValueError):
    """A body that cannot be decoded, or not to its end. `reason` is a short, stable code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Format:
    open: Callable[[], Decompressor]
    magic: bytes = b""
    """With which every member begins; members follow each other."""


_FORMATS: dict[Coding, _Format] = {
    "gzip": _Format(open_gzip, b"\x1f\x8b\x08"),
    "zstd": _Format(open_zstd, b"\x28\xb5\x2f\xfd"),
    "zlib": _Format(open_zlib),
    "deflate": _Format(open_deflate),
    "br": _Format(BrotliDecompressor),
}
_MAGIC: dict[Coding, bytes] = {name: each.magic for name, each in _FORMATS.items() if each.magic}


def find_coding(body: bytes) -> Coding | None:
    """Return the coding that the first bytes show: gzip or zstd, the only ones with a magic number."""
    return next((name for name, magic in _MAGIC.items() if body.startswith(magic)), None)


def may_begin(coding: Coding, body: bytes) -> bool:
    """Whether a body begins like the coding, or is too short to tell."""
    magic = _FORMATS[coding].magic
    return body[: len(magic)] == magic[: len(body)]


def decode(coding: Coding, body: bytes) -> Iterator[bytes]:
    """Yield what a body contains, in chunks, so that the caller can stop at a limit.

    Raises EncodingError after the last good byte: "cut_off" where it ends too early, "broken_encoding" where it is
    damaged. What follows the last member is ignored.
    """
    form, begin = _FORMATS[coding], 0
    for _ in range(_MAX_MEMBERS):
        begin = yield from _decode_member(form, body, begin)
        rest = body[begin : begin + len(form.magic)]
        if not rest or not form.magic.startswith(rest):
            return
    raise EncodingError("too_large", f"more than {_MAX_MEMBERS} compressed members")


def _decode_member(form: _Format, body: bytes, begin: int) -> Generator[bytes, None, int]:
    """Yield the data of a member; return the position behind it."""
    decompressor, start, size = form.open(), begin, 0
    while not decompressor.eof:
        end = min(start + _PIECE, len(body))
        if start == end:
            raise EncodingError("cut_off", "compressed body is cut short")
        try:
            for chunk in _feed(decompressor, body[start:end]):
                size += len(chunk)
                yield chunk
        except ERRORS as error:
            if (yield from _decode_damaged(form, body[begin:end], start - begin, size)):
                return len(body)
            raise EncodingError("broken_encoding", f"broken compression ({error})") from error
        start = end
    return start - len(decompressor.unused_data)


def _decode_damaged(form: _Format, member: bytes, good: int, skip: int) -> Generator[bytes, None, bool]:
    """Yield the data of a member that is damaged behind its `good` bytes, without the first `skip` bytes.

    A decompressor returns nothing of a piece that is damaged, so that piece is fed byte by byte. Return whether the
    member ends before the damage: brotli takes what follows a stream for damage.
    """
    decompressor = form.open()
    starts = chain(range(0, good, _PIECE), range(good, len(member) + 1))
    with suppress(*ERRORS):
        for start, end in pairwise(starts):
            for chunk in _feed(decompressor, member[start:end]):
                yield chunk[skip:]
                skip -= min(skip, len(chunk))
            if decompressor.eof:
                return True
    return False


def _feed(decompressor: Decompressor, piece: bytes) -> Iterator[bytes]:
    while True:
        chunk = decompressor.decompress(piece, CHUNK)
        if chunk:
            yield chunk
        if decompressor.eof or decompressor.needs_input:
            return
        piece = b""
