"""The archive: the database, opened with the URL rules of all publishers."""

from __future__ import annotations

from newscrawl.publisher import UrlRules
from newscrawl.publishers import find_publisher
from newscrawl.storage import Store


def open_archive(url: str, *, create: bool = True, read_only: bool = False) -> Store:
    """Open the database of a URL; see Store.open. All code that opens an archive does it here.

    A store that was opened without the rules of publishers would take one page for two, and two for one.
    """
    return Store.open(url, create=create, read_only=read_only, find_rules=find_url_rules)


def find_url_rules(url: str) -> UrlRules:
    """Return the URL rules of the publisher of a URL."""
    return find_publisher(url).url_rules
