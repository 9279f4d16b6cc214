"""Splits the markup of a list where its entries begin and end, however broken they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

_TAG = re.compile(rb"""<[^<>"']*+(?:"[^"<]*+"[^<>"']*+|'[^'<]*+'[^<>"']*+)*+>""")
_ENDS = {b"<!--": b"-->", b"<![cdata[": b"]]>"}


class Splitter:
    """The entries of a list: iteration yields the position and the markup of each.

    An entry ends with its end tag, else where the next one begins or the list ends. The last entry of a list that is
    cut short is left out, because its URL may be cut. Takes linear time.
    """

    def __init__(self, body: bytes, root: re.Match[bytes], names: tuple[str, ...]) -> None:
        """`root` is the begin of the root element with its name as group 1, `names` are those of entries."""
        self._body, self._first, self._root = body, root.start(), root[1].lower()
        local = "|".join(names).encode()
        self._token = re.compile(
            rb"<(?:!--|!\[CDATA\[|(?P<end>/?)(?P<name>(?:[\w.-]+:)?(?P<entry>%s)|channel|%s)(?=[\s/>]))"
            % (local, re.escape(self._root)),
            re.I,
        )
        self._entry = re.compile(rb"</?(?:[\w.-]+:)?(?:%s)[\s/>]" % local, re.I)
        self._begin: int | None = None  # of the open entry
        starts = Counter(found["name"].lower() for found in self._token.finditer(body, self._first) if found["entry"])
        self._name = max(starts, key=lambda name: starts[name], default=b"")  # a list has entries of one name
        self._last_end: int | None = None  # of the entry before
        self._found_ends = dict.fromkeys(_ENDS, 0)
        self.is_whole = self._root.rpartition(b":")[2].decode("ascii", "replace") in names
        """Whether the end of the root element was read; a list without a root has none."""

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        for token in self._tokens():
            if not token["entry"]:
                yield from self._read_container(token)
                continue
            if token["name"].lower() != self._name:
                continue
            yield from self._end_entry(token) if token["end"] else self._begin_entry(token)

    def _read_container(self, token: re.Match[bytes]) -> Iterator[tuple[int, bytes]]:
        is_end = bool(token["end"] or self._find_empty_end(token))
        if is_end and token["name"].lower() == self._root:
            self.is_whole = True
        if is_end:
            yield from self._close(token.start())
            self._last_end = None

    def _begin_entry(self, token: re.Match[bytes]) -> Iterator[tuple[int, bytes]]:
        yield from self._close(token.start())
        self._begin = token.start()
        if end := self._find_empty_end(token):
            yield from self._close(end)

    def _end_entry(self, token: re.Match[bytes]) -> Iterator[tuple[int, bytes]]:
        end = self._body.find(b">", token.end()) + 1 or token.end()
        if self._begin is None and self._last_end is not None:  # its begin is broken
            yield self._last_end, b"<%b>" % token["name"] + self._body[self._last_end : end]
            self._last_end = end
        else:
            yield from self._close(end)

    def _find_empty_end(self, token: re.Match[bytes]) -> int | None:
        """Return the end of a tag that begins and ends an element, "<url/>"."""
        tag = _TAG.match(self._body, token.start())
        return tag.end() if tag and tag[0].endswith(b"/>") else None

    def _close(self, end: int) -> Iterator[tuple[int, bytes]]:
        if self._begin is not None:
            yield self._begin, self._body[self._begin : end]
            self._begin, self._last_end = None, end

    def _tokens(self) -> Iterator[re.Match[bytes]]:
        """Yield the tags of entries, and of what contains them, outside comments and CDATA."""
        position = self._first
        while token := self._token.search(self._body, position):
            if token["name"]:
                yield token
                position = token.end()
            else:
                position = self._skip(token)

    def _skip(self, token: re.Match[bytes]) -> int:
        """Return the end of a comment or CDATA section, or of its mark if it has no end."""
        body, begin = self._body, token.end()
        mark = token[0].lower()
        if 0 <= self._found_ends[mark] < begin:
            self._found_ends[mark] = body.find(_ENDS[mark], begin)
        end = self._found_ends[mark]
        if end < 0:
            return begin
        # Neither may contain the other's mark: if one does, beyond its entry, its own end is missing.
        again = body.find(token[0], begin, end)
        is_open = again >= 0 and self._entry.search(body, begin, again) is not None
        return begin if is_open else end + len(_ENDS[mark])
