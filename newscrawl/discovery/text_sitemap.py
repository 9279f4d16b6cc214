"""Sitemaps that are plain text: an address a line (sitemaps.org 0.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from newscrawl.article import Link
from newscrawl.discovery._listing import MAX_ADDRESS, MAX_SHOWN, Entry, Refused, address, at_most
from newscrawl.discovery._packed import head, unpacked
from newscrawl.errors import DiscoveryError

MAX_ENTRIES = 50_000
"""As sitemaps.org limits it."""
_LONG_LINE = 8 * MAX_ADDRESS
"""Bytes; what is longer is no address, whatever follows."""
_ADDRESS = re.compile(r"https?://", re.I)
_SPACE = b"\xef\xbb\xbf \t\r\n"


def claims(body: bytes, url: str) -> bool:
    """Whether the list begins with an address."""
    return bool(_ADDRESS.match(_text(head(body, url))))


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The addresses of a text sitemap, in its order; raises DiscoveryError, as `newscrawl.discovery.read` tells."""
    lines = _lines(body, url)
    first = next(lines, None)
    if first is None:
        raise DiscoveryError(url, "empty", "the list is empty")
    if not _ADDRESS.match(first):
        raise DiscoveryError(url, "not_text_sitemap", "the first line is no address")
    return at_most(MAX_ENTRIES, (_link(line, url) for line in chain((first,), lines)), url)


def _lines(body: bytes, url: str) -> Iterator[str]:
    """The lines that hold anything. Of a file that breaks off, the last is left out: it may be cut."""
    rest = b""
    for chunk in unpacked(body, url):
        *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
        yield from (text for line in lines if (text := _text(line)))
        rest = rest[:_LONG_LINE]
    if text := _text(rest):
        yield text


def _text(line: bytes) -> str:
    return line.strip(_SPACE).decode("utf-8", "replace")


def _link(line: str, base: str) -> Entry:
    url = address(line, base) if _ADDRESS.match(line) else Refused(line[:MAX_SHOWN], "malformed")
    return url if isinstance(url, Refused) else Link(url=url, source="text_sitemap")
