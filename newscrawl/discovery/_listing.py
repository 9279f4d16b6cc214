"""What comes of reading a list: its links, what of it is no link, and what was wrong with the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import urljoin, urlsplit

from newscrawl.article import Link
from newscrawl.errors import DiscoveryError

MAX_ADDRESS = 2083
"""Characters of an address: no longer one is known to be meant. sitemaps.org allows 2,048."""
MAX_SHOWN = 200
"""Characters of an address that is refused."""


class Refused(NamedTuple):
    """An entry of a list that leads nowhere."""

    address: str
    """As listed, its first MAX_SHOWN characters; "" where the entry has none."""
    reason: Literal["no_address", "malformed", "url_too_long", "no_time"]
    """"no_time": an entry of an archive's index without a time that there ever was; other captures may be good."""


class More(NamedTuple):
    """That the list goes on elsewhere: in its next part, or in its pages."""

    address: str
    """Absolute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as far as it could be read, in its order."""

    links: tuple[Link, ...]
    refused: tuple[Refused, ...] = ()
    more: tuple[str, ...] = ()
    """Addresses at which the list goes on, of the same source but for those of "cdx_pages", which are of "cdx"."""
    trouble: DiscoveryError | None = None
    """Why the list is not whole, where something of it was read: "broken_tail", "too_large", "too_many_entries"."""


Entry: TypeAlias = Link | Refused | More


def address(found: str | None, base: str) -> str | Refused:
    """`found` as an absolute http(s) address, or why it is none."""
    found = (found or "").strip()
    if not found:
        return Refused("", "no_address")
    try:
        absolute = urljoin(base, found)
        parts = urlsplit(absolute)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # seen in the wild: "http://[Photos]", "https://a.example:443https://b.example/"
        usable = False
    if not usable:
        return Refused(found[:MAX_SHOWN], "malformed")
    return absolute if len(absolute) <= MAX_ADDRESS else Refused(absolute[:MAX_SHOWN], "url_too_long")


def at_most(limit: int, entries: Iterable[Entry], url: str) -> Iterator[Entry]:
    """The first `limit` entries of the list at `url`; raises DiscoveryError ("too_many_entries") if there are more."""
    rest = iter(entries)
    yield from islice(rest, limit)
    if next(rest, None) is not None:
        raise DiscoveryError(url, "too_many_entries", f"more than {limit:,} entries; the rest is not read")
