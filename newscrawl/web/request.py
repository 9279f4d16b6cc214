"""What a reader asks a page for, and what a page answers: the room's own words, without a web server's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from newscrawl.errors import NewscrawlError


@dataclass(frozen=True, slots=True)
class Asked:
    """An address of the room, read."""

    path: str
    """"/article/45"."""
    named: Mapping[str, str] = field(default_factory=dict)
    """What the path names, its escapes undone: {"number": "45"}."""
    args: Mapping[str, str] = field(default_factory=dict)
    """What stands behind the question mark; of a name that stands there twice, the first."""

    def text(self, name: str) -> str:
        """An argument without blanks around it; empty where there is none."""
        return self.args.get(name, "").strip()

    def number(self, name: str, default: int) -> int:
        """An argument that is a positive whole number; the default for anything else."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:9]) == int(text) else default

    def day(self, name: str) -> date | None:
        """An argument that is a day, "2016-05-24"; None for anything else."""
        return read_day(self.text(name))

    def but(self, **changed: object) -> str:
        """This address with other arguments; None takes one away."""
        args = {name: value for name, value in {**self.args, **changed}.items() if value not in (None, "")}
        return f"{self.path}?{urlencode(args)}" if args else self.path


@dataclass(frozen=True, slots=True)
class Shown:
    """A page: a template and what it shows."""

    template: str
    shown: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Written:
    """A document that is no page."""

    text: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The address under which it is."""

    path: str


Answer = Shown | Written | Elsewhere


class NothingHereError(NewscrawlError):
    """There is no such article, person, security, section or page; its text says so to the reader."""


def read_day(text: str) -> date | None:
    """A day as addresses have it; None for anything else.

    >>> read_day("2016-05-24"), read_day("2016-02-30"), read_day("today")
    (datetime.date(2016, 5, 24), None, None)
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def midnight(day: date, days: int = 0) -> datetime:
    """The moment at which a day begins, UTC; or so many days later. Of the last day there is, the last moment."""
    try:
        return datetime.combine(day + timedelta(days=days), time(), UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def address(*parts: object) -> str:
    """A path of the room, each part escaped: a name may hold anything.

    >>> address("author", 'A/B "C"?')
    '/author/A%2FB%20%22C%22%3F'
    """
    return "/" + "/".join(quote(str(part), safe="") for part in parts)
