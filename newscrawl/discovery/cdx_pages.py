"""The number of pages of a CDX query (showNumPages=true), each a list of captures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from newscrawl.discovery import cdx
from newscrawl.discovery._listing import Entry, More
from newscrawl.discovery._packed import unpack_head
from newscrawl.errors import DiscoveryError

MAX_PAGES = 1000  # about fifteen million captures: a query with more is a mistake


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Yield the URLs of the pages that the response to the query `url` counts: `{"pages": 5, ...}`, or a number.

    A server without pages (pywb, for an index in one file) returns captures, and ignores filter=, from= and to=: then
    the query is repeated as one for captures, if there are any.

    Raises DiscoveryError as `newscrawl.discovery.read` does: "too_many_entries" for more than MAX_PAGES.
    """
    pages = _count(unpack_head(body, url))
    if pages is None:
        if next(cdx.read_links(body, url), None):
            yield More(cdx.replace_parameters(url, showNumPages=None))
        return
    for page in range(min(pages, MAX_PAGES)):
        yield More(cdx.replace_parameters(url, showNumPages=None, page=str(page)))
    if pages > MAX_PAGES:
        raise DiscoveryError(url, "too_many_entries", f"{pages:,} pages; the first {MAX_PAGES:,} are read")


def _count(body: bytes) -> int | None:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    pages = content.get("pages") if isinstance(content, dict) else content
    return pages if isinstance(pages, int) and not isinstance(pages, bool) and pages >= 0 else None
