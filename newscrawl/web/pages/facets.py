"""All there is by an author, of a ticker, of a section, of a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from newscrawl.storage import FacetSummary, Query
from newscrawl.storage.query.facets import FacetKind
from newscrawl.web.context import Room
from newscrawl.web.request import Answer, Asked, Elsewhere, NothingHereError, Shown, address, midnight, read_day

_PAGE = 50
_DAY = 300
"""Articles of a day that are shown at once."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A year of a small chart."""

    year: int
    articles: int
    height: float
    """Per cent of the tallest."""
    path: str
    """The address of these articles."""


def author(room: Room, asked: Asked) -> Answer:
    """What one person wrote."""
    return _shelf(room, asked, "author")


def ticker(room: Room, asked: Asked) -> Answer:
    """What names one security."""
    return _shelf(room, asked, "ticker")


def section(room: Room, asked: Asked) -> Answer:
    """What stands in one section."""
    return _shelf(room, asked, "section")


def _shelf(room: Room, asked: Asked, kind: FacetKind) -> Answer:
    name, page = asked.named["name"], asked.number("page", 1)
    names = room.glance().spellings(name) if kind == "section" else (name,)
    extent: FacetSummary = room.memory.get((kind, names), lambda: room.store.extent(kind, names))
    if not extent.articles:
        raise NothingHereError(f"There is no article of the {kind} “{name}” in this archive.")
    shown = {
        "kind": kind,
        "name": name,
        "extent": extent,
        "bars": _bars(extent, kind, name),
        "search": _search({kind: name}),
        "hits": room.store.shelf(kind, names, limit=_PAGE, offset=(page - 1) * _PAGE),
        "newer": asked.but(page=page - 1 if page > 2 else None) if page > 1 else None,
        "older": asked.but(page=page + 1) if page * _PAGE < extent.articles else None,
    }
    return Shown("shelf.html", shown)


def _bars(extent: FacetSummary, kind: FacetKind, name: str) -> list[Bar]:
    """A bar a year, from the first to the last."""
    years = extent.by_year
    if not years:
        return []
    most = max(years.values())
    return [
        Bar(
            year=year,
            articles=years.get(year, 0),
            height=round(100 * years.get(year, 0) / most, 1),
            path=_search({kind: name, "since": f"{year:04}-01-01", "until": f"{year:04}-12-31"}),
        )
        for year in range(min(years), max(years) + 1)
    ]


def _search(args: Mapping[str, str]) -> str:
    return f"/search?{urlencode(args)}"


def day(room: Room, asked: Asked) -> Answer:
    """What came out on one day (UTC), and the way to the days around it."""
    that = read_day(asked.named["day"])
    if that is None:
        raise NothingHereError(f"There is no day {asked.named['day']}.")
    hits = room.store.search(Query(since=midnight(that), until=midnight(that, days=1), limit=_DAY + 1))
    before, after = room.store.days_around(that)
    shown = {"day": that, "hits": hits[:_DAY], "is_more": len(hits) > _DAY, "before": before, "after": after}
    return Shown("day.html", shown)


def find_day(room: Room, asked: Asked) -> Answer:
    """The day that a form asks for; without one, the newest of the archive."""
    newest = room.glance().newest or datetime.now(UTC)
    wanted: date = asked.day("day") or newest.date()
    return Elsewhere(address("day", wanted))
