"""Bloomberg's daily archive pages, to January 2015: what was published on one day, in New York.

A New York day is no UTC day, so a page tells no time of its stories.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from lxml.cssselect import CSSSelector

from newscrawl.discovery._html import Element, entries
from newscrawl.discovery._listing import Entry
from newscrawl.errors import DiscoveryError

MAX_DAYS = 36_525
"""A hundred years: more is a mistake."""
_LIST = CSSSelector("ul.stories")
_STORY = CSSSelector("ul.stories > li > a")


def links(body: bytes, url: str) -> Iterator[Entry]:
    """The stories of a day, videos included, each address once.

    Raises DiscoveryError, as `newscrawl.discovery.read` tells: "not_archive_day" of a page without a list of stories.
    """

    def stories(root: Element) -> Iterable[Element]:
        if not _LIST(root):
            raise DiscoveryError(url, "not_archive_day", "a page without a list of stories")
        return _STORY(root)

    return entries(body, url, "archive_day", stories)


def addresses(pattern: str, since: date, until: date) -> Iterator[str]:
    """The addresses of the pages of each day from `since` to `until`, both included, as New York has them.

    `pattern` has "{day}" where YYYY-MM-DD is to stand. Raises ValueError for more than a hundred years.

    >>> list(addresses("https://www.bloomberg.example/archive/news/{day}/", date(2013, 12, 31), date(2014, 1, 1)))[1]
    'https://www.bloomberg.example/archive/news/2014-01-01/'
    """
    count = (until - since).days + 1
    if count > MAX_DAYS:
        raise ValueError(f"{count:,} days from {since} to {until}: more than {MAX_DAYS:,}")
    return (pattern.replace("{day}", (since + timedelta(day)).isoformat()) for day in range(count))
