"""The result of reading a list: its links, its unusable entries, and why the rest could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import urljoin, urlsplit

from newscrawl.article import Link
from newscrawl.errors import DiscoveryError

MAX_ADDRESS = 2083  # characters of a URL: longer ones are mistakes. sitemaps.org allows 2,048.
MAX_SHOWN = 200  # characters shown of a rejected URL


class Refused(NamedTuple):
    """An entry of a list without a usable URL."""

    address: str  # as listed, its first MAX_SHOWN characters; "" if the entry has none
    reason: Literal["no_address", "malformed", "url_too_long", "no_time"]
    """"no_time": a capture in an archive's index with an impossible time; other captures of the page may be good."""


class More(NamedTuple):
    """The list continues at another URL: its next part, or its pages."""

    address: str  # absolute


class ListLink(NamedTuple):
    """A list of the site that a page names."""

    source: str  # "feed", "sitemap", or "next_page": where a front page continues with older articles
    address: str  # absolute
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What could be read of a list, in order."""

    links: tuple[Link, ...]
    refused: tuple[Refused, ...] = ()
    more: tuple[str, ...] = ()
    """URLs where the list continues, of the same kind; those of "cdx_pages" are "cdx"."""
    lists: tuple[ListLink, ...] = ()
    """Further lists that a page names, those that are likely to be useful first."""
    error: DiscoveryError | None = None
    """Why only a part of the list could be read: "broken_tail", "too_large", "too_many_entries"."""


Entry: TypeAlias = Link | Refused | More | ListLink


def make_absolute(href: str | None, base: str) -> str | Refused:
    """Make an absolute http(s) URL of a link, or return why it is none."""
    href = (href or "").strip()
    if not href:
        return Refused("", "no_address")
    try:
        absolute = urljoin(base, href)
        parts = urlsplit(absolute)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # seen in the wild: "http://[Photos]", "https://a.example:443https://b.example/"
        usable = False
    if not usable:
        return Refused(href[:MAX_SHOWN], "malformed")
    return absolute if len(absolute) <= MAX_ADDRESS else Refused(absolute[:MAX_SHOWN], "url_too_long")


def limit_entries(limit: int, entries: Iterable[Entry], url: str) -> Iterator[Entry]:
    """Yield the first `limit` entries of a list. Raises DiscoveryError ("too_many_entries") if there are more."""
    rest = iter(entries)
    yield from islice(rest, limit)
    if next(rest, None) is not None:
        raise DiscoveryError(url, "too_many_entries", f"more than {limit:,} entries; the rest is not read")
