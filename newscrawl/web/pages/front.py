"""The front page: the newest articles by day, and the way to all others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from newscrawl.storage import Hit, Query
from newscrawl.web.context import Room
from newscrawl.web.request import Answer, Asked, Shown, midnight

MOST = 40
"""Articles of a page, which ends with a day: of a day that has more, the newest."""


def front(room: Room, asked: Asked) -> Answer:
    """The newest articles, or those before a day."""
    before = asked.day("before")
    found = room.store.search(Query(limit=MOST + 1, until=midnight(before) if before else None))
    hits, last_day = _whole_days(found)
    is_cut = len(hits) == MOST and bool(last_day)
    shown = {
        "glance": room.glance(),
        "lead": None if before or not hits else hits[0],
        "hits": hits if before else hits[1:],
        "before": before,
        "older": last_day and asked.but(before=last_day),
        "rest_of": last_day if is_cut else None,
    }
    return Shown("front.html", shown)


def _whole_days(found: Sequence[Hit]) -> tuple[Sequence[Hit], date | None]:
    """What to show, and the day before which to go on; None where nothing follows."""
    if len(found) <= MOST:
        return found, None
    following = _day(found[-1])
    whole = [hit for hit in found if _day(hit) != following]
    if not whole or following is None:  # one day with more than fits, or none of them dated
        return found[:MOST], following
    return whole, _day(whole[-1])


def _day(hit: Hit) -> date | None:
    return hit.published_at.date() if hit.published_at else None
