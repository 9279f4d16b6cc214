"""The counts of a run, and what it counted: names of hosts, lists, files and pages."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

PREFIX = "newscrawl/"
NEW_MATCHES = f"{PREFIX}new_matches"
"""A list of lines: what saved searches have found."""
_NAMED = f"{PREFIX}named"
_MAX_NAMED = 3
_MAX_LENGTH = 160


def count(stats: Mapping[str, Any], name: str) -> int:
    """Return one of our counts ("outcome/stored"); 0 if nothing was counted."""
    return int(stats.get(PREFIX + name, 0))


def counts(stats: Mapping[str, Any]) -> dict[str, int]:
    """Return all our counts by name, without their prefix."""
    ours = {name.removeprefix(PREFIX): value for name, value in stats.items() if name.startswith(PREFIX)}
    return {name: value for name, value in sorted(ours.items()) if isinstance(value, int)}


def reasons(stats: Mapping[str, Any], outcome: str) -> dict[str, int]:
    """Return the reasons of an outcome ("refused") with their counts, the most frequent first."""
    by_reason = {name.partition("/")[2]: n for name, n in counts(stats).items() if name.startswith(f"{outcome}/")}
    return dict(sorted(by_reason.items(), key=lambda item: (-item[1], item[0])))


def add_name(stats: MutableMapping[str, Any], what: str, name: str) -> None:
    """Remember the name of something that is counted as `what`; the first few are kept."""
    if len(name) > _MAX_LENGTH:  # a query to the index of an archive
        name = f"{name[: _MAX_LENGTH // 2]}…{name[-_MAX_LENGTH // 2 :]}"
    names = stats.setdefault(_NAMED, {}).setdefault(what, [])
    if len(names) < _MAX_NAMED and name not in names:
        names.append(name)


def list_names(stats: Mapping[str, Any], *counted: str, default: str = "") -> str:
    """Return the names of what is counted under these counts, on one line; `default` where none is known.

    >>> stats = {"newscrawl/lists/lost": 5}
    >>> for number in range(5):
    ...     add_name(stats, "lists/lost", f"https://tern.example/{number}.rss")
    >>> list_names(stats, "lists/lost")
    'https://tern.example/0.rss, https://tern.example/1.rss, https://tern.example/2.rss and 2 more'
    """
    named: Mapping[str, list[str]] = stats.get(_NAMED, {})
    names = [name for what in counted for name in named.get(what, ())][:_MAX_NAMED]
    more = sum(count(stats, what) for what in counted) - len(names)
    if not names:
        return default
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")
