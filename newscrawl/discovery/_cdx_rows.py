"""The forms in which CDX servers answer, read to rows: one shape for all that reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs, urlsplit

from newscrawl.discovery._listing import Refused
from newscrawl.discovery._packed import unpacked
from newscrawl.errors import DiscoveryError

MAX_LINE = 1 << 20
"""Bytes. A row is far shorter; a whole answer on one line is not."""
_SHOWN = 120
_DEFAULT_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_CDX_11 = (*_DEFAULT_FIELDS[:6], "redirect", "robotflags", "length", "offset", "filename")
_BY_COUNT = {len(fields): fields for fields in (_DEFAULT_FIELDS, _CDX_11)}
_CDXJ = re.compile(r"(\S+) (\d+) (\{.*\})\Z", re.A)
_SAYS = ("message", "error")
_NO_CAPTURES = re.compile(r"no captures found", re.I)

Row: TypeAlias = Mapping[str, Any]
"""The fields of a capture under the names that its server gives them."""


class Resume(NamedTuple):
    """The key with which a server goes on."""

    key: str


Found: TypeAlias = Row | Refused | Resume
_UNREAD = Refused("", "malformed")


def rows(body: bytes, url: str) -> Iterator[Found]:
    """What the answer of a CDX server to the query `url` tells, in its order; nothing where it knows no capture.

    Wayback's JSON (an array of arrays, of which the first names the fields) and plain text (fields parted by a space,
    as the query's fl= has them, else those of CDX servers or of CDX files), a resume key after an empty row in both;
    CDXJ ("urlkey timestamp {json}") and JSON lines, as pywb and Common Crawl have them.

    Raises DiscoveryError: "not_cdx" of anything else, "broken_tail" of what breaks off, and those of `unpacked`.
    """
    lines = _lines(body, url)
    first = next((line for line in lines if line), "")
    if first:
        yield from _but_a_broken_tail(_reader(first, url)(chain((first,), lines), url), url)


def _lines(body: bytes, url: str) -> Iterator[str]:
    """Stripped, and no longer than a line that is too long."""
    rest = b""
    for chunk in unpacked(body, url):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from map(_text, lines)
        rest = rest[: MAX_LINE + 1]
    yield _text(rest)


def _text(line: bytes) -> str:
    return line.strip(b"\xef\xbb\xbf \t\r").decode("utf-8", "replace")


def _reader(first: str, url: str) -> Callable[[Iterator[str], str], Iterator[Found]]:
    if first.startswith("["):
        return _array
    if first.startswith("{"):
        return _objects
    if _CDXJ.match(first):
        return _cdxj
    if first.startswith("<"):
        raise DiscoveryError(url, "not_cdx", "a page of HTML or XML where an index was to answer")
    return _plain


def _but_a_broken_tail(found: Iterable[Found], url: str) -> Iterator[Found]:
    """All of it; of the last line of an answer, which may be cut, that it does not read.

    Seen in the wild: an index that stops in the middle of a row, or goes on as an HTML page, with status 200.
    """
    unread: Refused | None = None
    begun = False
    for row in found:
        if unread:
            yield unread
        unread = row if isinstance(row, Refused) else None
        if not unread:
            begun = True
            yield row
    if unread:
        raise DiscoveryError(url, "broken_tail" if begun else "not_cdx", _why(begun))


def _why(begun: bool) -> str:
    return "the last line does not read: the answer is cut short" if begun else "no line of it is a capture"


def _array(lines: Iterator[str], url: str) -> Iterator[Found]:
    names: list[str] | None = None
    ended = False
    for row in _array_rows(lines, url):
        if isinstance(row, Refused):
            yield row
        elif not row:
            ended = True
        elif names is None:
            names = _checked([str(name) for name in row], url)
        elif ended:
            yield from _resume(row)
        else:
            yield dict(zip(names, row, strict=True)) if len(row) == len(names) else _UNREAD


def _array_rows(lines: Iterator[str], url: str) -> Iterator[list[Any] | Refused]:
    """The rows of an array that has one a line, or all on its first."""
    text, whole = "", None
    for text in filter(None, lines):
        if text in ("[", "]"):
            continue
        begun = text if text.startswith("[[") else f"[{text}"
        whole = _json(begun if begun.endswith("]]") else f"{begun.rstrip(',')}]")
        for row in whole if isinstance(whole, list) else [None]:
            yield row if isinstance(row, list) else _UNREAD
    if whole and not text.endswith("]]") and text not in ("]", "[]"):
        raise DiscoveryError(url, "broken_tail", "the array does not end: the answer is cut short")


def _resume(row: Sequence[Any]) -> Iterator[Found]:
    yield Resume(row[0]) if len(row) == 1 and isinstance(row[0], str) else _UNREAD


def _objects(lines: Iterator[str], url: str) -> Iterator[Found]:
    for number, text in enumerate(filter(None, lines)):
        found = _json(text)
        if number == 0 and isinstance(found, dict) and "timestamp" not in found:
            _check_says_no_more_than_nothing(found, url)
            return
        yield found if isinstance(found, dict) else _UNREAD


def _check_says_no_more_than_nothing(found: Row, url: str) -> None:
    """Seen in the wild: a status of 404, and in words that there is no capture, under one name or the other."""
    said = next((str(found[name]) for name in _SAYS if name in found), None)
    if said is None:
        raise DiscoveryError(url, "not_cdx", "JSON, but no captures")
    if not _NO_CAPTURES.search(said):
        raise DiscoveryError(url, "not_cdx", f"the index says: {said[:_SHOWN]!r}")


def _cdxj(lines: Iterator[str], url: str) -> Iterator[Found]:
    for text in filter(None, lines):
        parts = _CDXJ.match(text)
        found = _json(parts[3]) if parts else None
        yield {**found, "timestamp": parts[2]} if parts and isinstance(found, dict) else _UNREAD


def _plain(lines: Iterator[str], url: str) -> Iterator[Found]:
    first = next(lines)
    names = _names(first.split(), url)
    if not names or not first.split()[names.index("timestamp")].isdecimal():
        raise DiscoveryError(url, "not_cdx", f"no line of an index: {first[:_SHOWN]!r}")
    ended = False
    for text in chain((first,), lines):
        cells = text.split()
        if not cells:
            ended = True
        elif ended and len(cells) == 1:
            yield from _resume(cells)
        else:
            yield dict(zip(names, cells, strict=True)) if len(cells) == len(names) else _UNREAD


def _names(cells: Sequence[str], url: str) -> Sequence[str]:
    """What the fields of a line are; nothing where their number tells that it is none."""
    asked = parse_qs(urlsplit(url).query).get("fl")
    names = _checked(asked[0].split(","), url) if asked else _BY_COUNT.get(len(cells), ())
    return names if len(names) == len(cells) else ()


def _checked(names: list[str], url: str) -> list[str]:
    if "timestamp" not in names or not {"original", "url"} & set(names):
        raise DiscoveryError(url, "not_cdx", f"fields without timestamp or address: {', '.join(names)[:_SHOWN]}")
    return names


def _json(text: str) -> Any:
    """What `text` is; None where it is none."""
    try:
        return json.loads(text) if len(text) <= MAX_LINE else None
    except (ValueError, RecursionError):
        return None
