"""The `-a` arguments of a crawl, as data: each with its meaning and the function that reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from newscrawl.crawl import sources
from newscrawl.errors import ArgumentError
from newscrawl.urls import date_in

_OWN = frozenset(("files", "warc"))
"""Sources that need an argument of their own name."""
_WEB_ARCHIVES = frozenset(("wayback", "commoncrawl"))
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlArguments:
    """What a run was asked to do."""

    source: str = "live"
    """A module of newscrawl.crawl.sources."""
    files: str | None = None
    """A glob pattern, of saved pages."""
    warc: str | None = None
    """A glob pattern, of archive files."""
    captures: Literal["ends", "all"] = "ends"
    """Which captures of a page are asked for: the first and the last, or each that differs."""
    urls: tuple[str, ...] = ()
    """Addresses to ask for in place of what the lists name."""
    limit: int | None = None
    """At most so many pages are asked for."""
    since: datetime | None = None
    """UTC; an article of this moment or later is wanted."""
    until: datetime | None = None
    """UTC; an article of before this moment is wanted."""
    full: bool = False
    """Every list and every page that they name is asked for, whatever is known of them."""
    dry_run: bool = False
    """Lists are asked for, and what a run would fetch is told: no page is fetched, and nothing is written."""
    given: Mapping[str, str] = field(default_factory=dict)
    """As typed."""

    @property
    def selective(self) -> bool:
        """Whether what is known decides what is asked for: not for pages given by name, nor for archives."""
        return self.source == "live" and not self.urls and not self.full

    def wants(self, published_at: datetime | None) -> bool:
        """Whether an article of that time is wanted; one of unknown time is."""
        if published_at is None:
            return True
        early = self.since is not None and published_at < self.since
        late = self.until is not None and published_at >= self.until
        return not (early or late)

    def wants_address(self, url: str) -> bool:
        """Whether an article of that address may be wanted, by the date in it: a UTC day, maybe one off the printed."""
        day = date_in(url)
        if not day or not (self.since or self.until):
            return True
        try:
            noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        except ValueError:
            return True
        return any(self.wants(noon + timedelta(hours=hours)) for hours in (-36, 0, 36))


@dataclass(frozen=True, slots=True)
class Argument:
    """One `-a NAME=VALUE`."""

    form: str
    meaning: str
    read: Callable[[str], Any]
    """From the value as typed; raises ArgumentError, whose text follows "NAME=VALUE: "."""


def _source(text: str) -> str:
    names = sources.names()
    if text not in names:
        raise ArgumentError(f"choose one of {', '.join(names)}")
    return text


def _files(text: str) -> str:
    if not text:
        raise ArgumentError("name a file or a pattern such as 'pages/*.html'")
    return text


def _captures(text: str) -> str:
    if text not in ("ends", "all"):
        raise ArgumentError("choose ends (the first and the last capture of a page) or all")
    return text


def _urls(text: str) -> tuple[str, ...]:
    listed = _lines(text) if not re.match(r"https?://", text) else re.split(r",(?=https?://)", text)
    for url in listed:
        if not _is_address(url):
            raise ArgumentError(f"{url!r} is no http(s) address")
    return tuple(dict.fromkeys(listed))


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)


def _lines(path: str) -> list[str]:
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ArgumentError(f"neither an http(s) address nor a file that can be read ({error})") from error
    listed = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not listed:
        raise ArgumentError("the file lists no address")
    return listed


def _limit(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise ArgumentError("give a whole number from 1 on")
    return int(text)


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ArgumentError("give 1 or 0")
    return _FLAGS[text.lower()]


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentError("give a date (2013-05-27) or a time (2013-05-27T14:30:00Z), ISO 8601") from error
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _end(text: str) -> datetime:
    """A bare date as its end: `until=2013-05-27` takes in the 27th."""
    return _moment(text) + (timedelta(days=1) if re.fullmatch(r"[\d-]+|\d{4}-?W[\d-]+", text) else timedelta())


ARGUMENTS: dict[str, Argument] = {
    "source": Argument("|".join(sources.names()), "where pages come from; live without it", _source),
    "files": Argument("GLOB", "saved HTML or text pages to read", _files),
    "warc": Argument("GLOB", "WARC, ARC or WACZ files to read", _files),
    "captures": Argument("ends|all", "of a page in a web archive: its first and last capture, or all", _captures),
    "urls": Argument("A,B or FILE", "addresses to fetch, or a file of them, one a line", _urls),
    "limit": Argument("N", "ask for N pages at most", _limit),
    "since": Argument("DATE", "only articles of that day (UTC) or later", _moment),
    "until": Argument("DATE", "only articles of that day (UTC) or earlier", _end),
    "full": Argument("1", "ask for every list and every page in them, whatever is known of them", _flag),
    "dry_run": Argument("1", "fetch lists only, and tell what would be fetched, and why", _flag),
}


def usage() -> str:
    """The arguments that exist, on one line."""
    return ", ".join(f"{name}={argument.form}" for name, argument in ARGUMENTS.items())


def read_arguments(given: Mapping[str, str]) -> CrawlArguments:
    """The arguments of a run, checked. Raises ArgumentError, one line, for what is unknown, malformed or at odds."""
    read: dict[str, Any] = {}
    for name, text in given.items():
        if name not in ARGUMENTS:
            raise ArgumentError(f"there is no argument {name!r}; there are {usage()}")
        try:
            read[name] = ARGUMENTS[name].read(text)
        except (ArgumentError, OverflowError) as error:
            raise ArgumentError(f"{name}={text}: {error}; there are {usage()}") from error
    return _consistent(read | {"given": dict(given)})


def _consistent(read: dict[str, Any]) -> CrawlArguments:
    for name in _OWN & read.keys():
        read.setdefault("source", name)
    arguments = CrawlArguments(**read)
    source = arguments.source
    for wrong, why in (
        (source in _OWN and not read.get(source), f"source={source} needs {source}=GLOB"),
        *((source != name and name in read, f"{name}= does not go with source={source}") for name in sorted(_OWN)),
        (source != "live" and arguments.urls, f"urls= does not go with source={source}"),
        (source in _WEB_ARCHIVES and not arguments.since, f"source={source} needs since=DATE: archives are large"),
        (source not in _WEB_ARCHIVES and "captures" in read, f"captures= does not go with source={source}"),
    ):
        if wrong:
            raise ArgumentError(f"{why}; there are {usage()}")
    if arguments.since and arguments.until and arguments.since >= arguments.until:
        raise ArgumentError("since= is later than until=: no article can be meant")
    return arguments
