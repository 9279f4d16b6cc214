"""The sites of a run as a user names them: addresses, or a file of them with settings for each."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newscrawl import discovery
from newscrawl.errors import ArgumentError, PublisherError
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.publishers import find_publisher, make_site
from newscrawl.urls import server_of, split_host

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)
_HOST = re.compile(r"[^\s/?#@]+\.[^\s/?#@.]+(?::\d+)?|localhost(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?", re.I)
_PLAIN = re.compile(r"[^/]*:(?!443(?:/|$))\d+(?:/|$)|localhost|[\d.]+(?:/|$)|\[", re.I)
_SITEMAP = re.compile(r"sitemap|\.(?:xml\.gz|txt)$", re.I)
_TABLES = ("site", "sites")
"""Names of the array of tables in a TOML file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site of a run, with what the user says about it."""

    publisher: Publisher
    delay: float | None = None
    """Seconds between two requests to its host; None: DOWNLOAD_DELAY."""
    limit: int | None = None
    """Pages that are fetched at most."""
    browser: bool = False
    """Whether its pages need a browser."""
    entries: tuple[Mapping[str, Any], ...] = ()
    """What the user wrote: "url" and settings."""

    @property
    def name(self) -> str:
        return self.publisher.name


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteList:
    """The sites of a run, each once, in order."""

    sites: tuple[Site, ...] = ()
    problems: tuple[str, ...] = ()
    """Entries that name no site, a line for each: "sites.txt, line 3: 'x y' is no address"."""


def read_site(text: str) -> SiteList:
    """Read addresses separated by commas. Raises ArgumentError for one that is none."""
    entries = [entry for part in text.split(",") if (entry := part.strip())]
    if not entries:
        raise ArgumentError("name the address of a site, such as https://www.news.example/")
    return SiteList(sites=merge_sites(_make_site({"url": entry}) for entry in entries))


def read_site_file(path: str) -> SiteList:
    """Read a file of sites: an address on each line, or TOML (see docs/operations.md).

    A bad entry costs no other one. Raises ArgumentError for a file that cannot be read, or that has no site.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ArgumentError(f"no readable file ({error})") from error
    is_toml = path.lower().endswith(".toml") or re.search(r"^\s*\[\[?[^\]:]+\]\]?\s*$", text, re.M) is not None
    read = _read_json if path.lower().endswith(".json") else _read_toml if is_toml else _read_lines
    entries = list(read(text))
    sites: list[Site] = []
    problems: list[str] = []
    for place, entry in entries:
        try:
            sites.append(_make_site(entry))
        except ArgumentError as error:
            problems.append(f"{path}, {place}: {error}")
    if not sites:
        raise ArgumentError("; ".join(problems[:5]) or "the file names no site")
    return SiteList(sites=merge_sites(sites), problems=tuple(problems))


def _read_lines(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, line in enumerate(text.splitlines(), 1):
        entry = re.sub(r"(?:^|\s)#.*", "", line).strip()
        for part in filter(None, (part.strip() for part in entry.split(","))):
            yield f"line {number}", {"url": part}


def _read_json(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the objects of an array: such a file is what a worker of the queue gives to its crawl."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"no valid JSON ({error})") from error
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], 1):
        yield f"site {number}", entry if isinstance(entry, dict) else {"url": entry}


def _read_toml(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the tables of a file, each with the settings above all tables where it has none of its own."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ArgumentError(f"no valid TOML ({error})") from error
    given = {name: value for name, value in data.items() if name not in _TABLES and not isinstance(value, dict)}
    named: list[Any] = []
    for name, value in data.items():
        if name in _TABLES and isinstance(value, list):
            named += value
        elif isinstance(value, dict):
            tables = value if name in _TABLES else {name: value}
            named += [{"url": url, **table} if isinstance(table, dict) else table for url, table in tables.items()]
    for number, entry in enumerate(named, 1):
        own = {"url": entry} if isinstance(entry, str) else entry if isinstance(entry, dict) else {"url": str(entry)}
        url = str(own.get("url", ""))
        line = next((n for n, line in enumerate(text.splitlines(), 1) if url and url in line), None)
        yield f"line {line}" if line else f"site {number}", {**given, **own}


def _make_site(entry: Mapping[str, Any]) -> Site:
    """Make a site of an entry. Raises ArgumentError."""
    unknown = [name for name in entry if name not in _SETTINGS and name != "url"]
    if unknown:
        raise ArgumentError(f"there is no setting {unknown[0]!r}; there are {', '.join(_SETTINGS)}")
    home = _read_home(entry.get("url"))
    values = {name: _read_setting(name, value) for name, value in entry.items() if name != "url"}
    own: dict[str, Any] = {name: values[name] for name in ("delay", "limit", "browser") if name in values}
    own["entries"] = ({**entry, "url": home},)
    lists = (*values.get("lists", ()), *(("front_page", url) for url in values.get("sections", ())))
    of_site = {name: values[name] for name in ("language", "time_zone", "title") if name in values}
    hosts = values.get("hosts", ())
    known = find_publisher(home)
    try:
        if known is GENERAL:
            return Site(publisher=make_site(home, hosts=hosts, lists=lists, **of_site), **own)
        return Site(
            publisher=replace(known, lists=(*known.lists, *lists), hosts=known.hosts.union(hosts), **of_site), **own
        )
    except PublisherError as error:
        raise ArgumentError(str(error).partition(": ")[2]) from error


def _read_home(text: object) -> str:
    """Return the address of a front page. Raises ArgumentError.

    Without a scheme it is https, but http on a port or an IP address, where servers without certificates are.

    >>> _read_home("news.example"), _read_home("HTTP://news.example/de"), _read_home("127.0.0.1:8000")
    ('https://news.example/', 'http://news.example/de', 'http://127.0.0.1:8000/')
    """
    given = str(text or "").strip()
    url = given if _SCHEME.match(given) else f"{'http' if _PLAIN.match(given) else 'https'}://{given}"
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not server_of(url):
        raise ArgumentError(f"{given!r} is no address of a site")
    if re.search(r"\s", given) or not _HOST.fullmatch(parts.netloc.rpartition("@")[2]) or parts.username:
        raise ArgumentError(f"{given!r} is no address of a site")
    return f"{parts.scheme}://{server_of(url)}{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def _split(url: str) -> Any:
    try:
        return urlsplit(url)
    except ValueError:  # "http://[x"
        return None


def _read_setting(name: str, value: object) -> Any:
    try:
        return _SETTINGS[name](value)
    except (TypeError, ValueError, ArgumentError) as error:
        raise ArgumentError(f"{name}: {error}") from error


def _read_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(f"{value!r} is no text")
    return value.strip()


def _read_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ArgumentError(f"{value!r} is no number of seconds")
    return float(value)


def _read_limit(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArgumentError(f"{value!r} is no number of pages")
    return value


def _read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ArgumentError(f"{value!r} is neither true nor false")
    return value


def _read_all(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ArgumentError(f"{value!r} is no array")
    return value


def _read_hosts(value: object) -> tuple[str, ...]:
    return tuple(server_of(_read_home(each)) for each in _read_all(value))


def _read_sections(value: object) -> tuple[str, ...]:
    return tuple(_read_home(each) for each in _read_all(value))


def _read_lists(value: object) -> tuple[tuple[str, str], ...]:
    """Read addresses of lists, or tables with "kind" and "url"."""
    read = []
    for each in _read_all(value):
        if isinstance(each, dict):
            kind, url = _read_text(each.get("kind")), _read_home(each.get("url"))
            if kind not in discovery.sources():
                raise ArgumentError(f"{kind!r} is none of {', '.join(discovery.sources())}")
        else:
            url = _read_home(each)
            kind = "sitemap" if _SITEMAP.search(url) else "json_feed" if url.endswith(".json") else "feed"
        read.append((kind, url))
    return tuple(read)


_SETTINGS: Mapping[str, Callable[[object], Any]] = {
    "language": lambda value: _read_text(value).lower(),
    "time_zone": _read_text,
    "title": _read_text,
    "lists": _read_lists,
    "sections": _read_sections,
    "hosts": _read_hosts,
    "delay": _read_number,
    "limit": _read_limit,
    "browser": _read_flag,
}
"""The settings of a site, and how their values are read."""


def merge_sites(sites: Iterable[Site]) -> tuple[Site, ...]:
    """Return each site once, where it was first named, with what every entry says."""
    merged: dict[str, Site] = {}
    for site in sites:
        before = merged.get(site.name)
        merged[site.name] = _join(before, site) if before else site
    return tuple(merged.values())


def _join(first: Site, second: Site) -> Site:
    one, other = first.publisher, second.publisher
    is_same_home = urlsplit(one.home).path == urlsplit(other.home).path
    others = (each for each in other.lists if not (is_same_home and each[1] == other.home))
    lists = tuple(dict.fromkeys((*one.lists, *others)))
    publisher = replace(
        one,
        lists=lists,
        hosts=one.hosts | other.hosts,
        language=one.language or other.language,
        time_zone=one.time_zone if one.time_zone != GENERAL.time_zone else other.time_zone,
        title=one.title or other.title,
    )
    return replace(
        first,
        publisher=publisher if publisher != one else one,
        delay=second.delay if first.delay is None else first.delay,
        limit=second.limit if first.limit is None else first.limit,
        browser=first.browser or second.browser,
        entries=first.entries + second.entries,
    )


def list_delays(sites: Iterable[Site]) -> dict[str, dict[str, float]]:
    """Return the delays that users chose, as Scrapy's DOWNLOAD_SLOTS: by host."""
    return {
        host: {"delay": site.delay, "jitter": 0.0}
        for site in sites
        if site.delay is not None
        for host in site.publisher.hosts
        if split_host(f"//{host}")[0]
    }
