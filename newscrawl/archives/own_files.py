"""Recognises the archive files that newscrawl wrote itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from newscrawl.archives.records import Records
from newscrawl.archives.wacz import open_file
from newscrawl.errors import ArchiveError

_MAX_INFO_BYTES = 2**16
_SOFTWARE = re.compile(rb"^software:\s*newscrawl/", re.M | re.I)
_FILE_NAME = re.compile(r"(.+)-(\d{14})-\d{5}(?:-[0-9a-f]{8})?\.warc\.gz")
"""As WarcWriter names its files."""


def find_writer(name: str) -> str | None:
    """Return the name of the spider whose run wrote a file, as its first record says; None for any other file.

    The name of the file may have changed since.
    """
    try:
        with open_file(name) as file:
            records = Records(file, name, is_wanted=lambda _: True, report=_raise, max_bytes=_MAX_INFO_BYTES)
            first = next(records.read_from(0), None)
    except ArchiveError:
        return None
    if first is None or first.head.kind != "warcinfo" or not _SOFTWARE.search(first.block or b""):
        return None
    written = _FILE_NAME.fullmatch(first.head["WARC-Filename"] or "")
    return written[1] if written else None


def is_recent(name: str, age: timedelta) -> bool:
    """Whether a file was begun less than `age` ago, as its name says."""
    match = _FILE_NAME.fullmatch(name.rpartition("/")[2])
    return (
        match is not None and datetime.now(UTC) - datetime.strptime(match[2], "%Y%m%d%H%M%S").replace(tzinfo=UTC) < age
    )


def _raise(error: ArchiveError) -> None:
    raise error
