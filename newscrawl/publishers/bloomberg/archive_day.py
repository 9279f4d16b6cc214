"""Bloomberg's daily archive pages, to January 2015: the stories of one day in New York.

A New York day is not a UTC day, so a page states no time for its stories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml.cssselect import CSSSelector

from newscrawl.discovery import Element, Entry, read_anchors
from newscrawl.errors import DiscoveryError

_LIST = CSSSelector("ul.stories")
_STORY = CSSSelector("ul.stories > li > a")


def read_links(body: bytes, url: str) -> Iterator[Entry]:
    """Yield the stories of a day, videos included, each URL once.

    Raises DiscoveryError as `newscrawl.discovery.read` does; "not_archive_day" for a page without a list of stories.
    """

    def stories(root: Element) -> Iterable[Element]:
        if not _LIST(root):
            raise DiscoveryError(url, "not_archive_day", "a page without a list of stories")
        return _STORY(root)

    return read_anchors(body, url, "archive_day", stories)
