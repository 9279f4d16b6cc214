"""A publisher as a value: its hosts and lists, and what its addresses and pages look like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newscrawl.errors import PublisherError

SITES_SPIDER = "news"
"""The spider of sites that are named when a run starts; every other one is that of a publisher."""
_NO_PARAMETER = re.compile("(?!)")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?!80$|443$)[1-9]\d*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRule:
    """Which parameters in the query of some URLs are significant: those that decide which page it is."""

    addresses: re.Pattern[str]
    """Of these URLs: searched in HOST/PATH."""
    parameters: re.Pattern[str] = _NO_PARAMETER
    """Names of the significant parameters, in full; all others are dropped."""
    identifier: str | None = None
    """A parameter that alone names the article."""
    constants: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Values of parameters that make no difference beside the identifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlRules:
    """What the addresses of a publisher say about their pages. The defaults are safe for any publisher."""

    article_paths: re.Pattern[str] | None = None
    """Paths of articles; None where none are known: then no link of a front page is taken for an article."""
    other_paths: Mapping[str, re.Pattern[str]] = field(default_factory=dict, hash=False)
    """Paths that are never articles, by the kind of their page ("video"): they are refused without a request."""
    queries: tuple[QueryRule, ...] = ()
    """The first one with the address of a URL applies; without one, all parameters but trackers are significant."""
    www_hosts: frozenset[str] = frozenset()
    """Bare hosts that are the same site as their www. host."""
    slash_paths: re.Pattern[str] | None = None
    """Paths that are written with a slash at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockMarks:
    """Marks of pages that a publisher serves in place of the requested one."""

    titles: frozenset[str] = frozenset()
    """Titles of challenge pages, exactly."""
    paths: frozenset[str] = frozenset()
    """Paths of consent and challenge pages, where a redirect ends with status 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """One publisher. May be sent to another process."""

    name: str
    """Of its spider and of its folder in newscrawl/publishers."""
    title: str
    """As its own pages say it: "Tern Post"."""
    other_names: tuple[str, ...] = ()
    """Other names of it and of its publications, as its pages print them: "Tern.example", "The Tern Weekly"."""
    edition_titles: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Titles of publications of its own, by host: {"weekly.tern.example": "The Tern Weekly"}."""
    home: str
    """Its front page: the robots.txt of this host names sitemaps, which are read before `lists`."""
    hosts: frozenset[str]
    """The only hosts that a live run sends requests to, each also with and without www., m., mobile. and amp."""
    lists: tuple[tuple[str, str], ...] = ()
    """Lists of articles: the name of a discovery module, or "sitemap", and an address."""
    sitemap_paths: re.Pattern[str] = re.compile("")
    """Paths of those sitemaps in robots.txt that list articles."""
    newest_sitemaps: int | None = None
    """How many sitemaps of an index a first run reads without since=, newest first; None: all."""
    newest_entries: int | None = None
    """How many entries of a list a run takes without since=, newest first; None: all."""
    explored: bool = False
    """Whether its lists, and which of its links are articles, are found while it is crawled: nothing else is known.

    Its subdomains belong to it."""
    past_hosts: frozenset[str] = frozenset()
    """Hosts beside `hosts` under which archives have its articles."""
    past_prefixes: tuple[str, ...] = ()
    """Beginnings of addresses under which archives have its articles; "{day}" stands for YYYY-MM-DD."""
    past_lists: tuple[tuple[str, str], ...] = ()
    """Lists of articles in archives: the name of a discovery module, and the beginning of an address.

    Without a slash at the end, because the keys of archive indexes (SURT) have none."""
    list_readers: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Kinds of lists of its own: name to "package.module:function", such as `read_links` of a discovery module."""
    url_rules: UrlRules = UrlRules()
    block_marks: BlockMarks = BlockMarks()
    language: str | None = None
    """Of its pages, if they do not state it: BCP 47, lower-case ("en")."""
    time_zone: str = "UTC"
    """Of times that are printed without a zone: an IANA name."""
    layouts: str | tuple[type[Any], ...] = ()
    """Its layouts (newscrawl.extract.layout.Layout), or the name of a package with one in each module.

    A package is imported when the first page is read: commands that read none need not wait for the parser."""

    def __post_init__(self) -> None:
        """Raises PublisherError for what is wrong with the data in itself."""
        for problem in self._problems():
            raise PublisherError(f"{self.name}: {problem}")

    def _problems(self) -> Iterator[str]:
        for name in ("hosts", "past_hosts"):
            hosts = getattr(self, name)
            if not isinstance(hosts, frozenset):
                yield f"{name} is not a frozenset"
            for host in hosts:
                if not _HOST.fullmatch(host):
                    yield f"{name}: {host!r} is not a host name in lower case, without scheme, usual port and path"
        for url in (self.home, *(url for _, url in self.lists)):
            if url and not url.startswith(("http://", "https://")):
                yield f"{url!r} is not an http(s) URL"
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            yield f"time_zone: {self.time_zone!r} is not an IANA time zone"

    @property
    def all_hosts(self) -> frozenset[str]:
        """Its hosts, present and past."""
        return self.hosts | self.past_hosts

    @property
    def names(self) -> tuple[str, ...]:
        """Its title and its other names."""
        return (self.title, *self.other_names) if self.title else self.other_names

    def is_named(self, name: str) -> bool:
        """Whether a name that a page states is one of its names, in any case."""
        return name.strip().casefold() in map(str.casefold, self.names)


GENERAL = Publisher(name="general", title="", home="", hosts=frozenset())
"""Stands for every publisher that newscrawl does not know."""
