"""Front pages and section fronts: every link of an HTML page, with its words."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.discovery._html import read_anchors
from newscrawl.discovery._listing import Entry


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Yield the page's links, each URL once, in reading order, chrome included, with its longest text as headline."""
    return read_anchors(body, url, "front_page", lambda root: root.iter("a"))
