"""Decodes the body of a message by what its headers say and its bytes show.

Headers are wrong in both directions: archives keep them beside bodies that they have decoded, and servers send gzip
without one. So a label counts only if the bytes may be of its encoding, gzip and zstd are recognised without a label,
and unknown labels ("none", "utf-8", "text/html" and "amz-1.0" were seen in the wild) count as none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType

from newscrawl.content_encodings.chunks import decode_chunks
from newscrawl.content_encodings.streams import Coding, EncodingError, decode, find_coding, may_begin

MAX_CODINGS = 3
"""Of one body: servers use one, and each costs time."""
_LABELS: dict[str, Coding] = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br", "zstd": "zstd"}
_SAMPLE = 1024
_MIN_TEXT = 64
"""Bytes of a text that no compressed data is mistaken for."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # ESC begins the sequences of ISO-2022
_ASCII = bytes(range(128))
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded body."""

    body: bytes
    incomplete_reason: str | None = None
    """Why it is only a part: "cut_off" or "broken_encoding"; None if nothing is known to be missing."""
    is_encoded: bool = False
    """Whether it had a content encoding, whatever its headers say."""


def decode_body(
    body: bytes, headers: Mapping[str, str] = MappingProxyType({}), *, max_bytes: int, by_label_only: bool = False
) -> Decoded:
    """Decode a `body` as sent, or as far as it is there.

    `headers` are those of the message, with names in lower case: content-encoding, transfer-encoding and content-length
    count. With `by_label_only`, compressed data without a label is the content itself, such as a sitemap.xml.gz.

    Raises EncodingError if nothing can be decoded, if there are too many encodings ("content_encoding"), and for a body
    of more than `max_bytes` ("too_large").
    """
    content = headers.get("content-encoding", "").lower()
    labels = [_LABELS[name] for part in content.split(",") if (name := part.strip()) in _LABELS]
    if len(labels) > MAX_CODINGS:
        raise EncodingError("content_encoding", f"more than {MAX_CODINGS} content encodings")
    is_chunked = "chunked" in headers.get("transfer-encoding", "").lower()
    result = Decoded(*decode_chunks(body)) if is_chunked else Decoded(body)
    for label in reversed(labels):
        result = _decode_labelled(result, find_coding(result.body) or label, max_bytes)
    if not by_label_only:
        result = _decode_unlabelled(result, MAX_CODINGS - len(labels), max_bytes)
    if body and not result.body and result.incomplete_reason:
        raise EncodingError(result.incomplete_reason, "broken chunks: nothing can be decoded")
    length = headers.get("content-length", "") if not is_chunked else ""
    if result.incomplete_reason is None and _is_short(body, length, result, has_labels=bool(labels)):
        return replace(result, incomplete_reason="cut_off")
    return result


def _decode_labelled(given: Decoded, label: Coding, max_bytes: int) -> Decoded:
    """Undo the encoding of a label, if the body has it."""
    body = given.body
    if not body or not may_begin(label, body):
        return given
    if find_coding(body) != label and _reads_as_text(body):
        return given
    result, error = _read_deflate(body, max_bytes) if label == "deflate" else _read(label, body, max_bytes)
    if error is None:
        return replace(given, body=result, is_encoded=True)
    is_certain = label in ("gzip", "zstd") or (label == "deflate" and _may_be_zlib(body))
    if error.reason != "cut_off" and not (is_certain or find_coding(result) or _reads_as_text(result)):
        return given  # without a magic number: what does not decode is decoded already
    if not result:
        raise error
    return Decoded(result, given.incomplete_reason or error.reason, is_encoded=True)


def _read_deflate(body: bytes, max_bytes: int) -> tuple[bytes, EncodingError | None]:
    if _may_be_zlib(body):
        result, error = _read("zlib", body, max_bytes)
        if result or error is None or error.reason == "cut_off":
            return result, error
    return _read("deflate", body, max_bytes)


def _decode_unlabelled(given: Decoded, layers: int, max_bytes: int) -> Decoded:
    """Undo gzip and zstd that no header mentions; the others, which have no magic number, if they make markup."""
    for _ in range(layers):
        if not (coding := find_coding(given.body)):
            break
        result, error = _read(coding, given.body, max_bytes)
        if not result:
            return given
        given = Decoded(result, given.incomplete_reason or (error.reason if error else None), is_encoded=True)
    if not given.body or _reads_as_text(given.body):
        return given
    guesses: tuple[Coding, ...] = ("zlib", "deflate", "br") if _may_be_zlib(given.body) else ("deflate", "br")
    for coding in guesses:
        with suppress(EncodingError):
            if not _MARKUP.match(next(decode(coding, given.body), b"")):
                continue
            result, error = _read(coding, given.body, max_bytes)
            if error is None or (coding == "zlib" and error.reason == "cut_off"):
                reason = given.incomplete_reason or (error.reason if error else None)
                return Decoded(result, reason, is_encoded=True)
    return given


def _read(coding: Coding, body: bytes, max_bytes: int) -> tuple[bytes, EncodingError | None]:
    """Decode as much as possible; return it with what ended it early. Raises EncodingError if it is too large."""
    chunks: list[bytes] = []
    left = max_bytes
    try:
        for chunk in decode(coding, body):
            chunks.append(chunk)
            left -= len(chunk)
            if left < 0:
                raise EncodingError("too_large", f"unpacks to more than {max_bytes} bytes")
    except EncodingError as error:
        if error.reason == "too_large":
            raise
        return b"".join(chunks), error
    return b"".join(chunks), None


def _may_be_zlib(body: bytes) -> bool:
    """Whether a body begins with the header of RFC 1950, or is too short to tell."""
    is_deflate = body[0] & 0x0F == 8 and body[0] >> 4 <= 7
    return is_deflate and (len(body) == 1 or (not body[1] & 0x20 and (body[0] << 8 | body[1]) % 31 == 0))


def _reads_as_text(body: bytes) -> bool:
    """Whether a body is markup or text. Compressed data has control characters among its first bytes."""
    sample = body[:_SAMPLE]
    if len(sample) < _MIN_TEXT or _CONTROL.search(sample):
        return False
    if _MARKUP.match(sample) or len(sample.translate(None, _ASCII)) < len(sample) / 4:
        return True
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(sample) - 3
    return True


def _is_short(received: bytes, length: str, result: Decoded, *, has_labels: bool) -> bool:
    """Whether a body is shorter than its Content-Length says, as far as the two can be compared."""
    if not length.isascii() or not length.isdecimal() or len(received) >= int(length[:18]):
        return False
    if result.is_encoded:  # seen in the wild: the length before compression
        return len(result.body) != int(length[:18])
    return not has_labels  # an archive that has decoded a body often keeps its length
