"""Sitemaps in plain text: one URL per line (sitemaps.org 0.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from newscrawl.article import Link
from newscrawl.discovery._listing import MAX_ADDRESS, MAX_SHOWN, Entry, Refused, limit_entries, make_absolute
from newscrawl.discovery._packed import SPACE, read_lines, unpack_head
from newscrawl.errors import DiscoveryError

MAX_ENTRIES = 50_000  # as sitemaps.org limits it
_LONG_LINE = 8 * MAX_ADDRESS  # bytes: a longer line is no URL
_ADDRESS = re.compile(r"https?://", re.I)


def is_text_sitemap(body: bytes, url: str) -> bool:
    return bool(_ADDRESS.match(unpack_head(body, url).lstrip(SPACE).decode("utf-8", "replace")))


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    lines = filter(None, read_lines(body, url, _LONG_LINE, has_cr_breaks=True))
    first = next(lines, None)
    if first is None:
        raise DiscoveryError(url, "empty", "the list is empty")
    if not _ADDRESS.match(first):
        raise DiscoveryError(url, "not_text_sitemap", "the first line is not a URL")
    return limit_entries(MAX_ENTRIES, (_link(line, url) for line in chain((first,), lines)), url)


def _link(line: str, base: str) -> Entry:
    url = make_absolute(line, base) if _ADDRESS.match(line) else Refused(line[:MAX_SHOWN], "malformed")
    return url if isinstance(url, Refused) else Link(url=url, source="text_sitemap")
