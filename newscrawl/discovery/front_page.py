"""Front pages and section fronts: every link of an HTML page, with its words."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.discovery._html import entries
from newscrawl.discovery._listing import Entry


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The page's links, each address once, in reading order, chrome included: whoever asks knows an article's address.

    The longest text that leads to an address is its headline. Raises DiscoveryError, as `newscrawl.discovery.read`
    tells.
    """
    return entries(body, url, "front_page", lambda root: root.iter("a"))
