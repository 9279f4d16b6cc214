"""The `-a` arguments of a crawl, as data: each with its meaning and the function that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from newscrawl.crawl import sources
from newscrawl.crawl.site_list import Site, SiteList, merge_sites, read_site, read_site_file
from newscrawl.date_range import DateRange, read_since, read_until
from newscrawl.errors import ArgumentError
from newscrawl.operations.durations import read_count

_PATTERN_SOURCES = ("files", "warc")
"""Sources that need an argument of their own name."""
_WEB_ARCHIVES = ("wayback", "commoncrawl")
_NO_SITES = SiteList()
_NO_PASSWORDS = "addresses are stored: set HTTPAUTH_USER, HTTPAUTH_PASS and HTTPAUTH_DOMAIN, and leave the password out"
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlArguments:
    """What a run should fetch; ARGUMENTS has the meaning of each field."""

    site: SiteList = _NO_SITES
    sites: SiteList = _NO_SITES
    """Of a file; together with `site`, the sites of a run that is not of one publisher."""
    source: str = "live"
    """A module of newscrawl.crawl.sources."""
    files: str | None = None
    warc: str | None = None
    captures: Literal["ends", "all"] = "ends"
    urls: tuple[str, ...] = ()
    """Addresses to fetch instead of those that the lists name."""
    limit: int | None = None
    since: datetime | None = None
    """UTC; only articles of this moment or later."""
    until: datetime | None = None
    """UTC; only articles before this moment."""
    full: bool = False
    dry_run: bool = False
    """No page is fetched, nothing is written."""
    given: Mapping[str, str] = field(default_factory=dict)
    """As typed."""

    @property
    def named_sites(self) -> tuple[Site, ...]:
        """The sites that the user names, each once."""
        return merge_sites((*self.site.sites, *self.sites.sites))

    @property
    def dates(self) -> DateRange:
        return DateRange(since=self.since, until=self.until)

    @property
    def selective(self) -> bool:
        """Whether the ledger decides which pages are fetched: not for pages given by name, nor for archives."""
        return self.source == "live" and not self.urls and not self.full


@dataclass(frozen=True, slots=True)
class Argument:
    """One `-a NAME=VALUE`."""

    form: str
    meaning: str
    read: Callable[[str], Any]
    """From the value as typed; raises ArgumentError, whose text follows "NAME=VALUE: "."""


def _read_source(text: str) -> str:
    names = sources.list_names()
    if text not in names:
        raise ArgumentError(f"choose one of {', '.join(names)}")
    return text


def _read_pattern(text: str) -> str:
    if not text:
        raise ArgumentError("name a file or a pattern such as 'pages/*.html'")
    return text


def _read_captures(text: str) -> str:
    if text not in ("ends", "all"):
        raise ArgumentError("choose ends (the first and the last capture of a page) or all")
    return text


def _read_urls(text: str) -> tuple[str, ...]:
    urls = _read_lines(text) if not re.match(r"https?://", text) else re.split(r",(?=https?://)", text)
    for url in urls:
        try:
            is_valid = bool(urlsplit(url).hostname) and re.fullmatch(r"https?://\S+", url, re.IGNORECASE)
        except ValueError:
            is_valid = False
        if not is_valid:
            raise ArgumentError(f"{url!r} is not an http(s) address")
        if "@" in urlsplit(url).netloc:
            raise ArgumentError(_NO_PASSWORDS)
    return tuple(dict.fromkeys(urls))


def _read_lines(path: str) -> list[str]:
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ArgumentError(f"neither an http(s) address nor a readable file ({error})") from error
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise ArgumentError("the file has no addresses")
    return lines


def _read_flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ArgumentError("give 1 or 0")
    return _FLAGS[text.lower()]


ARGUMENTS: dict[str, Argument] = {
    "site": Argument("URL,URL", "with the spider news: sites to crawl, by their front pages", read_site),
    "sites": Argument("FILE", "with the spider news: a file of sites, one on each line, or TOML", read_site_file),
    "source": Argument("|".join(sources.list_names()), "where pages come from (default: live)", _read_source),
    "files": Argument("GLOB", "saved HTML or text pages to read", _read_pattern),
    "warc": Argument("GLOB", "WARC, ARC or WACZ files to read", _read_pattern),
    "captures": Argument("ends|all", "of a page in a web archive: its first and last capture, or all", _read_captures),
    "urls": Argument("A,B or FILE", "addresses to fetch, or a file of them, one per line", _read_urls),
    "limit": Argument("N", "fetch at most N pages", read_count),
    "since": Argument("DATE", "only articles of that year, month or day (UTC) or later: 2013, 2013-05, 7d", read_since),
    "until": Argument("DATE", "only articles of that year, month or day (UTC) or earlier", read_until),
    "full": Argument("1", "fetch every list and every page in them, whatever earlier runs recorded", _read_flag),
    "dry_run": Argument("1", "fetch lists only, and report what would be fetched, and why", _read_flag),
}


def usage() -> str:
    """List all arguments on one line."""
    return ", ".join(f"{name}={argument.form}" for name, argument in ARGUMENTS.items())


def read_arguments(given: Mapping[str, str]) -> CrawlArguments:
    """Read and check the arguments of a run. Raises ArgumentError (one line)."""
    values: dict[str, Any] = {"given": dict(given)}
    for name, text in given.items():
        if name not in ARGUMENTS:
            raise ArgumentError(f"unknown argument {name!r}; the arguments are {usage()}")
        try:
            values[name] = ARGUMENTS[name].read(text)
        except (ArgumentError, OverflowError) as error:
            raise ArgumentError(f"{name}={text}: {error}; the arguments are {usage()}") from error
    for name in _PATTERN_SOURCES:
        if name in given:
            values.setdefault("source", name)
    arguments = CrawlArguments(**values)
    if conflict := _find_conflict(arguments):
        raise ArgumentError(f"{conflict}; the arguments are {usage()}")
    if arguments.dates.is_empty:
        raise ArgumentError("since= is later than until=: no article can match")
    return arguments


def _find_conflict(arguments: CrawlArguments) -> str | None:
    source = arguments.source
    if source in _PATTERN_SOURCES and source not in arguments.given:
        return f"source={source} needs {source}=GLOB"
    for name in _PATTERN_SOURCES:
        if name in arguments.given and name != source:
            return f"{name}= cannot be combined with source={source}"
    if arguments.urls and source != "live":
        return f"urls= cannot be combined with source={source}"
    if source in _WEB_ARCHIVES and not arguments.since:
        return f"source={source} needs since=DATE: archives are large"
    if "captures" in arguments.given and source not in _WEB_ARCHIVES:
        return f"captures= cannot be combined with source={source}"
    return None
