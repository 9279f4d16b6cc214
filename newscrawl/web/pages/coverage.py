"""What the archive has, and what it lacks: to be looked at rather than read."""

from __future__ import annotations

from datetime import date

from newscrawl.storage import Statistics
from newscrawl.web.context import Room
from newscrawl.web.overview import Links, Overview, overview
from newscrawl.web.request import Answer, Asked, Shown, address


def coverage(room: Room, _asked: Asked) -> Answer:
    """The calendar of days, and charts by month, section, lag and reason."""
    told, charts = room.memory.get("coverage", lambda: _counted(room))
    return Shown("coverage.html", {"told": told, "charts": charts})


def _counted(room: Room) -> tuple[Statistics, Overview]:
    told = room.store.statistics()
    links = Links(
        day=_day,
        section=lambda name: address("section", name),
        ticker=lambda name: address("ticker", name),
        author=lambda name: address("author", name),
    )
    return told, overview(told, links)


def _day(day: date) -> str:
    return address("day", day)
