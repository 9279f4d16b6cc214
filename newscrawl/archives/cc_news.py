"""CC-NEWS, Common Crawl's archive of news pages: finds the files of a time by the lists of its months."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from newscrawl.content_encodings.body import decode_body
from newscrawl.content_encodings.streams import EncodingError
from newscrawl.date_range import read_since, read_until
from newscrawl.errors import ArgumentError
from newscrawl.remote_files import join, open_url

_PREFIX = "cc-news:"
_FIRST = (2016, 8)
_FOLDER = "crawl-data/CC-NEWS"
_FILE = re.compile(r"CC-NEWS-(\d{14})-\d{5}\.warc\.gz")
_LINE = re.compile(_FOLDER + r"/\d{4}/\d{2}/" + _FILE.pattern)
_MAX_LIST_BYTES = 16 * 2**20


def is_cc_news(pattern: str) -> bool:
    return pattern.lower().startswith(_PREFIX)


def find_files(pattern: str, data_url: str) -> list[str]:
    """Return the URLs of the files that were begun in a time ("cc-news:2026-10", "cc-news:2026-08..2026-10").

    The ends are read as those of a date range. `data_url` is where Common Crawl's files are. Months that have no list
    are left out, unless all are. Raises ArgumentError.
    """
    first, separator, last = pattern[len(_PREFIX) :].partition("..")
    try:
        since, until = read_since(first), read_until(last if separator else first)
    except ArgumentError as error:
        raise ArgumentError(f"{pattern}: {error}") from error
    files: list[str] = []
    for year, month in _list_months(since, min(until, datetime.now(UTC))):
        with suppress(FileNotFoundError):
            files += _read_list(join(data_url, f"{_FOLDER}/{year}/{month:02}/warc.paths.gz"), data_url)
    files = [file for file in files if since <= (read_time(file) or since) < until]
    if not files:
        raise ArgumentError(f"{pattern}: CC-NEWS has no files of that time; it begins in August 2016, and ends today")
    return files


def read_time(name: str) -> datetime | None:
    """Return when a file of CC-NEWS was begun, which is in its name; None for any other file. They never change."""
    match = _FILE.fullmatch(name.rpartition("/")[2])
    with suppress(ValueError):
        return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) if match else None
    return None


def _list_months(since: datetime, until: datetime) -> Iterator[tuple[int, int]]:
    year, month = max((since.year, since.month), _FIRST)
    while datetime(year, month, 1, tzinfo=UTC) < until:
        yield year, month
        year, month = year + month // 12, month % 12 + 1


def _read_list(url: str, data_url: str) -> list[str]:
    try:
        with open_url(url) as file:
            lines = decode_body(file.read(_MAX_LIST_BYTES), max_bytes=_MAX_LIST_BYTES).body.decode().split()
    except FileNotFoundError:
        raise
    except (OSError, EncodingError, UnicodeDecodeError) as error:
        raise ArgumentError(f"{url}: {getattr(error, 'strerror', None) or error}") from error
    if not all(map(_LINE.fullmatch, lines)):
        raise ArgumentError(f"{url}: not a list of files of CC-NEWS")
    return [join(data_url, line) for line in lines]
