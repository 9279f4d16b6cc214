"""The front page: the newest articles by day, and links to all others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from newscrawl.storage import Hit, Query
from newscrawl.web.context import Context
from newscrawl.web.request import PageRequest, PageResponse, TemplatePage, day_start

MAX_ARTICLES = 40


def show_front(context: Context, request: PageRequest) -> PageResponse:
    before = request.get_day("before")
    hits = context.store.search(Query(limit=MAX_ARTICLES + 1, until=day_start(before) if before else None))
    shown, last_day = _cut_at_day(hits)
    is_day_cut = len(shown) == MAX_ARTICLES and bool(last_day)
    variables = {
        "summary": context.summarize(),
        "lead": None if before or not shown else shown[0],
        "hits": shown if before else shown[1:],
        "before": before,
        "older": last_day and request.replace_args(before=last_day),
        "cut_day": last_day if is_day_cut else None,
    }
    return TemplatePage("front.html", variables)


def _cut_at_day(hits: Sequence[Hit]) -> tuple[Sequence[Hit], date | None]:
    """Drop the last, incomplete day; also return the day before which the next page begins, None if there is none."""
    if len(hits) <= MAX_ARTICLES:
        return hits, None
    following = _day_of(hits[-1])
    complete = [hit for hit in hits if _day_of(hit) != following]
    if not complete or following is None:  # one day fills the page, or the articles have no date
        return hits[:MAX_ARTICLES], following
    return complete, _day_of(complete[-1])


def _day_of(hit: Hit) -> date | None:
    return hit.published_at.date() if hit.published_at else None
