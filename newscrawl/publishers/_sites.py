"""Sites that newscrawl knows nothing of, as publishers; and the sites of a run, found by address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from newscrawl.errors import PublisherError
from newscrawl.publisher import Publisher
from newscrawl.urls import server_of, site_key, site_of, split_host

NEWEST_SITEMAPS = 5
"""Sitemaps of an index that are read without since=, newest first."""
NEWEST_ENTRIES = 1000
"""Entries of one list that are taken without since=: a sitemap may have 50,000."""


def make_site(
    home: str, *, hosts: Iterable[str] = (), lists: Iterable[tuple[str, str]] = (), **known: Any
) -> Publisher:
    """Make the publisher of a site from the address of its front page; `known` are other fields of Publisher.

    Raises PublisherError for what cannot be right.

    >>> site = make_site("https://www.tern.example/")
    >>> site.name, site.lists
    ('tern.example', (('front_page', 'https://www.tern.example/'),))
    """
    server = server_of(home)
    if not server:
        raise PublisherError(f"{home}: no http(s) address of a site")
    given: Mapping[str, Any] = {
        "name": site_key(home),
        "title": "",
        "home": home,
        "hosts": frozenset((server, *hosts)),
        "lists": (("front_page", home), *lists),
        "newest_sitemaps": NEWEST_SITEMAPS,
        "newest_entries": NEWEST_ENTRIES,
        "explored": True,
    }
    return Publisher(**{**given, **known})


class Sites:
    """The sites of a run. May be sent to another process."""

    def __init__(self, publishers: Iterable[Publisher]) -> None:
        self._by_name: dict[str, Publisher] = {}
        self._live: dict[str, Publisher] = {}
        self._all: dict[str, Publisher] = {}
        for publisher in publishers:
            self._by_name[publisher.name] = publisher
            self._live |= {_key(host): publisher for host in publisher.hosts}
            self._all |= {_key(host): publisher for host in publisher.all_hosts}
        self._are_explored = any(publisher.explored for publisher in self)

    def __iter__(self) -> Iterator[Publisher]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def get(self, name: str) -> Publisher | None:
        return self._by_name.get(name)

    def find(self, url: str, *, past: bool = False) -> Publisher | None:
        """Return the site of a URL, by the longest host that is one of its own; also by past hosts if `past`.

        www., m. and the like belong to every site; subdomains, and no other ports, to one that is explored.
        """
        known = self._all if past else self._live
        if found := known.get(site_key(url)):
            return found
        host, port = split_host(url)
        if (found := known.get(site_of(url))) and not found.explored:
            return found
        if not self._are_explored:
            return None
        labels = host.split(".")
        for start in range(1, len(labels) - 1):
            domain = ".".join(labels[start:])
            above = known.get(f"{domain}:{port}" if port else domain)
            if above and above.explored:
                return above
        return None


def _key(host: str) -> str:
    return site_key(f"//{host}")
