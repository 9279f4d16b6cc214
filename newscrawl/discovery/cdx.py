"""Indexes of web archives: responses of CDX servers (Wayback, pywb, Common Crawl), one link per capture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit, urlunsplit

from newscrawl.article import CaptureRef, Link
from newscrawl.discovery._cdx_rows import Resume, Row, read_rows
from newscrawl.discovery._listing import MAX_SHOWN, Entry, More, Refused, make_absolute
from newscrawl.errors import DiscoveryError
from newscrawl.urls import without_default_port

MAX_ENTRIES = 150_000  # of one response: the maximum of web.archive.org
_WIDER = 10
_TIMESTAMP = re.compile(r"\d{4,20}", re.A)
_EARLIEST = "00000101000000"
_BASE32 = re.compile(r"[A-Z2-7]{32}")
_TOKEN = re.compile(r"[!-~]{1,200}")
_MAX_NUMBER = 15  # Digits. No archive is a petabyte in one file.
_BARE = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(?=/|\Z)")


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Yield the captures in the response to the query `url`, in order, and where the response continues.

    It continues with the server's resume key. pywb has no such key: if it returned as many rows as the query's limit=
    allowed, the query is repeated with a larger limit, and returns the same rows again.

    Raises DiscoveryError as `newscrawl.discovery.read` does: "not_cdx" for anything else, "too_many_entries" for more
    than MAX_ENTRIES. A response without rows is no error: nothing was captured.
    """
    count, key = 0, None
    for row in read_rows(body, url):
        if isinstance(row, Resume):
            key = row.key
            continue
        count += 1
        if count > MAX_ENTRIES:
            raise DiscoveryError(url, "too_many_entries", f"more than {MAX_ENTRIES:,} rows; the rest is not read")
        yield row if isinstance(row, Refused) else _link(row)
    yield from _more(url, count, key)


def _more(url: str, count: int, key: str | None) -> Iterator[More]:
    parameters = dict(parse_qsl(urlsplit(url).query))
    limit = parameters.get("limit", "")
    if key is not None:
        # some servers return the key URL-encoded, others do not
        plain = unquote_plus(key) if "%" in key else key
        if plain == parameters.get("resumeKey"):
            raise DiscoveryError(url, "broken_tail", "the index continues where it began")
        yield More(replace_parameters(url, resumeKey=plain))
    elif limit.isdecimal() and 0 < int(limit) == count:
        if count >= MAX_ENTRIES:
            raise DiscoveryError(url, "too_many_entries", f"{count:,} rows, and no way to request the next ones")
        yield More(replace_parameters(url, limit=str(min(count * _WIDER, MAX_ENTRIES))))


def replace_parameters(url: str, **parameters: str | None) -> str:
    """Replace parameters of the query `url`; None removes one.

    >>> replace_parameters("https://archive.example/cdx?url=a.example%2F&limit=5", limit="50", page="0")
    'https://archive.example/cdx?url=a.example%2F&limit=50&page=0'
    """
    parts = urlsplit(url)
    others = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in parameters]
    changed = others + [(name, value) for name, value in parameters.items() if value is not None]
    return urlunsplit(parts._replace(query=urlencode(changed), fragment=""))


def _link(row: Row) -> Entry:
    url = _original(_first(row, "original", "url"))
    if isinstance(url, Refused):
        return url
    captured_at = _moment(row.get("timestamp"))
    if captured_at is None:
        return Refused(url[:MAX_SHOWN], "no_time")
    digest = _token(row.get("digest"))
    capture = CaptureRef(
        url=url,
        captured_at=captured_at,
        status=_status(_first(row, "statuscode", "status")),
        content_type=_token(_first(row, "mimetype", "mime")) or _token(row.get("mime-detected")),
        digest=f"sha1:{digest}" if digest and _BASE32.fullmatch(digest) else digest,
        length=_number(row.get("length")),
        offset=_number(row.get("offset")),
        file=_token(row.get("filename")),
    )
    return Link(url=url, source="cdx", capture=capture)


def _first(row: Row, *names: str) -> Any:
    return next((row[name] for name in names if name in row), None)


def _original(value: Any) -> str | Refused:
    text = value.strip() if isinstance(value, str) else ""
    if _BARE.match(text):  # seen in the wild: "www.a.example:80/", in old rows
        text = f"http://{text}"
    where = make_absolute(text, "")
    return where if isinstance(where, Refused) else without_default_port(where)


def _moment(value: Any) -> datetime | None:
    """Parse a timestamp of 14 digits; of fewer, the earliest time that they may mean."""
    text = str(value)
    if not _TIMESTAMP.fullmatch(text):
        return None
    digits = text[:14] + _EARLIEST[len(text) :]
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # seen in the wild: a day 00
        return None


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_NUMBER else None


def _status(value: Any) -> int | None:
    number = _number(value)
    return number if number is not None and 100 <= number <= 599 else None


def _token(value: Any) -> str | None:
    """Return a text without spaces. Seen in the wild: "-" and "unk" for unknown values."""
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) and value not in ("-", "unk") else None
