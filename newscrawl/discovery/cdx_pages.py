"""How many pages a CDX server has of a query (showNumPages=true), each of which is a list of captures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from newscrawl.discovery import cdx
from newscrawl.discovery._listing import Entry, More
from newscrawl.discovery._packed import head
from newscrawl.errors import DiscoveryError

MAX_PAGES = 1000
"""Some fifteen million captures: more of one publisher is a query that went astray."""


def links(body: bytes, url: str) -> Iterator[Entry]:
    """Where the pages are that the answer to the query `url` counts: `{"pages": 5, ...}`, or a bare number.

    A server without pages answers with captures, and pays no heed to filter=, from= and to= (pywb, of an index in one
    file): the query comes again as one for captures. An answer without any, or that is empty, leads nowhere.

    Raises DiscoveryError, as `newscrawl.discovery.read` tells: "too_many_entries" of more than MAX_PAGES.
    """
    pages = _count(head(body, url))
    if pages is None:
        yield from _whole(body, url)
        return
    for page in range(min(pages, MAX_PAGES)):
        yield More(cdx.asking(url, showNumPages=None, page=str(page)))
    if pages > MAX_PAGES:
        raise DiscoveryError(url, "too_many_entries", f"{pages:,} pages; the first {MAX_PAGES:,} are read")


def _whole(body: bytes, url: str) -> Iterator[More]:
    """The query itself, if there are captures; raises DiscoveryError where the body tells of none and of no lack."""
    if next(cdx.links(body, url), None):
        yield More(cdx.asking(url, showNumPages=None))


def _count(told: bytes) -> int | None:
    try:
        found: Any = json.loads(told)
    except (ValueError, RecursionError):
        return None
    pages = found.get("pages") if isinstance(found, dict) else found
    return pages if isinstance(pages, int) and not isinstance(pages, bool) and pages >= 0 else None
