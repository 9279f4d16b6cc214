"""All articles of an author, a ticker, a section or a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from newscrawl.storage import FacetSummary, Query
from newscrawl.storage.query.facets import FacetKind
from newscrawl.web.context import Context
from newscrawl.web.request import (
    PageNotFoundError,
    PageRequest,
    PageResponse,
    Redirect,
    TemplatePage,
    day_start,
    make_path,
    read_day,
)

_PAGE = 50
_MAX_DAY = 300  # articles on the page of a day


def show_facet(context: Context, request: PageRequest, kind: FacetKind) -> PageResponse:
    name, page = request.captured["name"], request.get_number("page", 1)
    names = context.summarize().list_spellings(kind, name)
    name = context.summarize().choose_spelling(kind, name)
    extent: FacetSummary = context.cache.get((kind, names), lambda: context.store.extent(kind, names))
    if not extent.articles:
        raise PageNotFoundError(f"There is no article of the {kind} “{name}” in this archive.")
    variables = {
        "kind": kind,
        "name": name,
        "extent": extent,
        "bars": _make_bars(extent, kind, name),
        "search_path": _search_path({kind: name}),
        "hits": context.store.shelf(kind, names, limit=_PAGE, offset=(page - 1) * _PAGE),
        **request.link_pages(page, has_next=page * _PAGE < extent.articles),
    }
    return TemplatePage("facet.html", variables)


def _make_bars(extent: FacetSummary, kind: FacetKind, name: str) -> list[dict[str, int | float | str]]:
    years = extent.by_year
    if not years:
        return []
    bars: list[dict[str, int | float | str]] = []
    for year in range(min(years), max(years) + 1):
        articles = years.get(year, 0)
        path = _search_path({kind: name, "since": f"{year:04}", "until": f"{year:04}"})
        height = round(100 * articles / max(years.values()), 1)  # per cent of the tallest bar
        bars.append({"year": year, "articles": articles, "height": height, "path": path})
    return bars


def _search_path(args: Mapping[str, str]) -> str:
    return f"/search?{urlencode(args)}"


def show_day(context: Context, request: PageRequest) -> PageResponse:
    day = read_day(request.captured["day"])
    if day is None:
        raise PageNotFoundError(f"There is no day {request.captured['day']}.")
    hits = context.store.search(Query(since=day_start(day), until=day_start(day, days=1), limit=_MAX_DAY + 1))
    before, after = context.store.days_around(day)
    variables = {"day": day, "hits": hits[:_MAX_DAY], "is_cut": len(hits) > _MAX_DAY, "before": before, "after": after}
    return TemplatePage("day.html", variables)


def redirect_to_day(context: Context, request: PageRequest) -> PageResponse:
    """Redirect to the day of a form, by default to the newest of the archive."""
    newest = context.summarize().newest or datetime.now(UTC)
    return Redirect(make_path("day", request.get_day("day") or newest.date()))
