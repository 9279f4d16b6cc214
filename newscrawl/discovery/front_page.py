"""Front pages and section fronts: every link of an HTML page, with its words."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.article import Link
from newscrawl.discovery._html import leads, parsed
from newscrawl.discovery._listing import Entry, Refused, at_most

MAX_ENTRIES = 10_000


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The page's links, each address once, in reading order, chrome included: whoever asks knows an article's address.

    The longest text that leads to an address is its headline. Raises DiscoveryError, as `newscrawl.discovery.read`
    tells.
    """
    root = parsed(body, url)
    found = leads(root, url, root.iter("a"))
    return at_most(MAX_ENTRIES, (_entry(where, words) for where, words in found.items()), url)


def _entry(where: str | Refused, words: str) -> Entry:
    return where if isinstance(where, Refused) else Link(url=where, source="front_page", headline=words or None)
