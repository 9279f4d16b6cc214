"""What a browser requests from a page and what a page returns, independent of the web server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from newscrawl.errors import ArgumentError, NewscrawlError


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A parsed URL of the web application."""

    path: str  # "/article/45"
    captured: Mapping[str, str] = field(default_factory=dict)
    """Unescaped groups of the page's pattern: {"number": "45"}."""
    args: Mapping[str, str] = field(default_factory=dict)
    """The query string; of a repeated name, the first value."""

    def get_text(self, name: str) -> str:
        return self.args.get(name, "").strip()

    def get_number(self, name: str, default: int) -> int:
        """Return an argument that is a positive integer, else the default."""
        text = self.get_text(name)
        return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:9]) == int(text) else default

    def get_day(self, name: str) -> date | None:
        return read_day(self.get_text(name))

    def get_time(self, name: str, read: Callable[[str], datetime]) -> datetime | None:
        """Return what `read_since` or `read_until` of newscrawl.date_range reads; None if there is no date."""
        try:
            return read(self.get_text(name))
        except ArgumentError:
            return None

    def replace_args(self, **changed: object) -> str:
        """Return this URL with some arguments changed; None removes one."""
        args = {name: value for name, value in {**self.args, **changed}.items() if value not in (None, "")}
        return f"{self.path}?{urlencode(args)}" if args else self.path

    def link_pages(self, page: int, *, has_next: bool) -> dict[str, str | None]:
        """Return the URLs of the pages before ("newer") and after ("older") a page, counted from 1."""
        newer = self.replace_args(page=page - 1 if page > 2 else None) if page > 1 else None
        return {"newer": newer, "older": self.replace_args(page=page + 1) if has_next else None}


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """A template and its variables."""

    template: str
    variables: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Document:
    """A response that is no HTML page."""

    text: str
    content_type: str
    modified_at: datetime | None = None
    """When it last changed, at most; None: it may be requested again without conditions only."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """The path of the same thing."""

    path: str


PageResponse = TemplatePage | Document | Redirect


class PageNotFoundError(NewscrawlError):
    """There is no such page, article, author, ticker or section; the message is shown to the user."""


def read_day(text: str) -> date | None:
    """Parse a day of a URL; None if invalid.

    >>> read_day("2016-05-24"), read_day("2016-02-30"), read_day("today")
    (datetime.date(2016, 5, 24), None, None)
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def day_start(day: date, days: int = 0) -> datetime:
    """Return when a day begins, in UTC, `days` later; the last possible time if that overflows."""
    try:
        return datetime.combine(day + timedelta(days=days), time(), UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def make_path(*parts: object) -> str:
    """Join the parts of a path, each escaped.

    >>> make_path("author", 'A/B "C"?')
    '/author/A%2FB%20%22C%22%3F'
    """
    return "/" + "/".join(quote(str(part), safe="") for part in parts)
