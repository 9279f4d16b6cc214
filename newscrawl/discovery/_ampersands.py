"""Ampersands that XML does not allow, but lists contain: "AT&T", "?a=1&b=2", "&nbsp;"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import name2codepoint
from itertools import chain

_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|.\0|\0", re.S)
"""UTF-16 and UTF-32, in which an ampersand has other bytes."""
_CDATA = re.compile(rb"(<!\[CDATA\[|\]\]>)")
_NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([a-zA-Z]\w{1,31});")
_BARE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)")
_MARKS = {b"<![CDATA[": True, b"]]>": False}
_UNFINISHED = re.compile(rb"(?:&#?\w{0,32}|<(?:!(?:\[(?:C(?:D(?:AT?A?)?)?)?)?)?|\]\]?)\Z")


def repair_ampersands(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks of a document with every "&" outside CDATA turned into a reference that XML knows."""
    # A parser that recovers from errors silently drops "&b" of "?a=1&b=2", which is then the URL of another page.
    first = next(chunks, b"")
    if _WIDE.match(first):
        yield first
        yield from chunks
        return
    repair, rest = _Repair(), b""
    for chunk in chain((first,), chunks):
        text = rest + chunk
        unfinished = _UNFINISHED.search(text, max(0, len(text) - 40))
        cut = unfinished.start() if unfinished else len(text)
        rest = text[cut:]
        yield repair(text[:cut])
    yield repair(rest)


class _Repair:
    def __init__(self) -> None:
        self._in_cdata = False

    def __call__(self, text: bytes) -> bytes:
        return b"".join(map(self._part, _CDATA.split(text)))

    def _part(self, text: bytes) -> bytes:
        if text in _MARKS:
            self._in_cdata = _MARKS[text]
        elif not self._in_cdata:
            return _BARE.sub(b"&amp;", _NAMED.sub(_to_number, text))
        return text


def _to_number(entity: re.Match[bytes]) -> bytes:
    code = name2codepoint.get(entity[1].decode("ascii"))
    return b"&#%d;" % code if code else entity[0]
