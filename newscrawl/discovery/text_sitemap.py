"""Sitemaps in plain text: one URL per line (sitemaps.org 0.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from newscrawl.article import Link
from newscrawl.discovery._listing import MAX_ADDRESS, MAX_SHOWN, Entry, Refused, limit_entries, make_absolute
from newscrawl.discovery._packed import unpack, unpack_head
from newscrawl.errors import DiscoveryError

MAX_ENTRIES = 50_000
"""As sitemaps.org limits it."""
_LONG_LINE = 8 * MAX_ADDRESS
"""Bytes: a longer line is no URL."""
_ADDRESS = re.compile(r"https?://", re.I)
_SPACE = b"\xef\xbb\xbf \t\r\n"


def is_text_sitemap(body: bytes, url: str) -> bool:
    """Whether the list begins with a URL."""
    return bool(_ADDRESS.match(_text(unpack_head(body, url))))


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Return the URLs of a text sitemap, in order. Raises DiscoveryError as `newscrawl.discovery.read` does."""
    lines = _lines(body, url)
    first = next(lines, None)
    if first is None:
        raise DiscoveryError(url, "empty", "the list is empty")
    if not _ADDRESS.match(first):
        raise DiscoveryError(url, "not_text_sitemap", "the first line is not a URL")
    return limit_entries(MAX_ENTRIES, (_link(line, url) for line in chain((first,), lines)), url)


def _lines(body: bytes, url: str) -> Iterator[str]:
    """Yield the lines with text. The last line of a file that is cut short is left out: it may be cut too."""
    rest = b""
    for chunk in unpack(body, url):
        *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
        yield from (text for line in lines if (text := _text(line)))
        rest = rest[:_LONG_LINE]
    if text := _text(rest):
        yield text


def _text(line: bytes) -> str:
    return line.strip(_SPACE).decode("utf-8", "replace")


def _link(line: str, base: str) -> Entry:
    url = make_absolute(line, base) if _ADDRESS.match(line) else Refused(line[:MAX_SHOWN], "malformed")
    return url if isinstance(url, Refused) else Link(url=url, source="text_sitemap")
