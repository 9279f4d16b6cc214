"""Decodes the chunks of Transfer-Encoding (RFC 9112, 7.1), as far as they are there."""

from __future__ import annotations

import re

_SIZE_LINE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r?\n")
_CUT_SIZE_LINE = re.compile(rb"[0-9a-fA-F]{1,8}[ \t]*(?:;[^\r\n]{0,200})?\r?")
_LINE_END = re.compile(rb"\r?\n")


def decode_chunks(body: bytes) -> tuple[bytes, str | None]:
    """Return the data of all chunks, and "cut_off" or "broken_encoding" if that is not all.

    The body is complete once its chunk of size zero was received (RFC 9112, 8). One that has no chunks, because an
    archive has decoded them already, is returned as it is.
    """
    chunks: list[bytes] = []
    position = 0
    while size_line := _SIZE_LINE.match(body, position):
        size = int(size_line[1], 16)
        if not size:
            return b"".join(chunks), None
        end = size_line.end() + size
        chunk = body[size_line.end() : end]
        if body[end : end + 2] in (b"", b"\r"):
            return b"".join((*chunks, chunk)), "cut_off"
        if not (line_end := _LINE_END.match(body, end)):
            # a first line that only looks like a size
            return (b"".join((*chunks, chunk)), "broken_encoding") if chunks else (body, None)
        chunks.append(chunk)
        position = line_end.end()
    if position == len(body) or _CUT_SIZE_LINE.fullmatch(body, position):
        return b"".join(chunks), "cut_off" if body else None
    return (b"".join(chunks), "broken_encoding") if chunks else (body, None)
