"""Responses of CDX servers, in all their formats, as rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs, urlsplit

from newscrawl.discovery._listing import Refused
from newscrawl.discovery._packed import read_lines
from newscrawl.errors import DiscoveryError

MAX_LINE = 1 << 20  # bytes: a row is far shorter, a whole response on one line is not
_SHOWN = 120
_DEFAULT_FIELDS = ("urlkey", "timestamp", "original", "mimetype", "statuscode", "digest", "length")
_CDX_11 = (*_DEFAULT_FIELDS[:6], "redirect", "robotflags", "length", "offset", "filename")
_BY_COUNT = {len(fields): fields for fields in (_DEFAULT_FIELDS, _CDX_11)}
_CDXJ = re.compile(r"(\S+) (\d+) (\{.*\})\Z", re.A)
_NO_CAPTURES = re.compile(r"no captures found", re.I)

Row: TypeAlias = Mapping[str, Any]  # the fields of a capture, named as its server names them


class Resume(NamedTuple):
    """The key for the next part of a response."""

    key: str


RowItem: TypeAlias = Row | Refused | Resume
_UNREAD = Refused("", "malformed")


def read_rows(body: bytes, url: str) -> Iterator[RowItem]:
    """Yield the rows of a CDX server's response to the query `url`, in order; nothing if it has no capture.

    Formats: Wayback's JSON (an array of arrays, the first with the names of fields) and plain text (fields separated by
    a space, named by the query's fl=, else those of CDX servers or of CDX files), both with a resume key after an empty
    row; CDXJ ("urlkey timestamp {json}") and JSON lines, of pywb and Common Crawl.

    Raises DiscoveryError: "not_cdx" for anything else, "broken_tail" if it is cut short, and those of `unpack`.
    """
    lines = read_lines(body, url, MAX_LINE + 1)
    first = next((line for line in lines if line), "")
    if first:
        yield from _reject_broken_tail(_reader(first, url)(chain((first,), lines), url), url)


def _reader(first: str, url: str) -> Callable[[Iterator[str], str], Iterator[RowItem]]:
    if first.startswith("["):
        return _array
    if first.startswith("{"):
        return _objects
    if _CDXJ.match(first):
        return _cdxj
    if first.startswith("<"):
        raise DiscoveryError(url, "not_cdx", "HTML or XML in place of an index")
    return _plain


def _reject_broken_tail(rows: Iterable[RowItem], url: str) -> Iterator[RowItem]:
    # Seen in the wild: an index that stops in the middle of a row, or continues as an HTML page, with status 200.
    unread: Refused | None = None
    begun = False
    for row in rows:
        if unread:
            yield unread
        unread = row if isinstance(row, Refused) else None
        if not unread:
            begun = True
            yield row
    if unread and begun:
        raise DiscoveryError(url, "broken_tail", "the last line cannot be read: the response is cut short")
    if unread:
        raise DiscoveryError(url, "not_cdx", "no line is a capture")


def _array(lines: Iterator[str], url: str) -> Iterator[RowItem]:
    names: list[str] | None = None
    ended = False
    for row in _array_rows(lines, url):
        if isinstance(row, Refused):
            yield row
        elif not row:
            ended = True
        elif names is None:
            names = _check_fields([str(name) for name in row], url)
        elif ended:
            yield from _resume(row)
        else:
            yield dict(zip(names, row, strict=True)) if len(row) == len(names) else _UNREAD


def _array_rows(lines: Iterator[str], url: str) -> Iterator[list[Any] | Refused]:
    """Yield the rows of an array with one row per line, or all on the first line."""
    text, whole = "", None
    for text in filter(None, lines):
        if text in ("[", "]"):
            continue
        begun = text if text.startswith("[[") else f"[{text}"
        whole = _json(begun if begun.endswith("]]") else f"{begun.rstrip(',')}]")
        for row in whole if isinstance(whole, list) else [None]:
            yield row if isinstance(row, list) else _UNREAD
    if whole and not text.endswith("]]") and text not in ("]", "[]"):
        raise DiscoveryError(url, "broken_tail", "the array does not end: the response is cut short")


def _resume(row: Sequence[Any]) -> Iterator[RowItem]:
    yield Resume(row[0]) if len(row) == 1 and isinstance(row[0], str) else _UNREAD


def _objects(lines: Iterator[str], url: str) -> Iterator[RowItem]:
    for number, text in enumerate(filter(None, lines)):
        row = _json(text)
        if number == 0 and isinstance(row, dict) and "timestamp" not in row:
            _check_message(row, url)
            return
        yield row if isinstance(row, dict) else _UNREAD


def _check_message(response: Mapping[str, Any], url: str) -> None:
    """Accept a message that there is no capture. Seen in the wild: with status 404, under two names."""
    message = next((str(response[name]) for name in ("message", "error") if name in response), None)
    if message is None:
        raise DiscoveryError(url, "not_cdx", "JSON, but no captures")
    if not _NO_CAPTURES.search(message):
        raise DiscoveryError(url, "not_cdx", f"the index says: {message[:_SHOWN]!r}")


def _cdxj(lines: Iterator[str], url: str) -> Iterator[RowItem]:
    for text in filter(None, lines):
        parts = _CDXJ.match(text)
        row = _json(parts[3]) if parts else None
        yield {**row, "timestamp": parts[2]} if parts and isinstance(row, dict) else _UNREAD


def _plain(lines: Iterator[str], url: str) -> Iterator[RowItem]:
    first = next(lines)
    names = _names(first.split(), url)
    if not names or not first.split()[names.index("timestamp")].isdecimal():
        raise DiscoveryError(url, "not_cdx", f"not a line of an index: {first[:_SHOWN]!r}")
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
    """Return the names of the fields of a line; () if their number fits no format."""
    requested = parse_qs(urlsplit(url).query).get("fl")
    names = _check_fields(requested[0].split(","), url) if requested else _BY_COUNT.get(len(cells), ())
    return names if len(names) == len(cells) else ()


def _check_fields(names: list[str], url: str) -> list[str]:
    if "timestamp" not in names or not {"original", "url"} & set(names):
        raise DiscoveryError(url, "not_cdx", f"fields without timestamp or URL: {', '.join(names)[:_SHOWN]}")
    return names


def _json(text: str) -> Any:
    try:
        return json.loads(text) if len(text) <= MAX_LINE else None
    except (ValueError, RecursionError):
        return None
