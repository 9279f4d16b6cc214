"""Statistics of the archive as charts, and its gaps."""

from __future__ import annotations

from functools import partial
from typing import Any

from newscrawl.web.context import Context
from newscrawl.web.overview import draw_statistics
from newscrawl.web.request import PageRequest, PageResponse, TemplatePage, make_path

_LINKS = {
    "days": partial(make_path, "day"),
    "sections": partial(make_path, "section"),
    "tickers": partial(make_path, "ticker"),
    "authors": partial(make_path, "author"),
}


def show_coverage(context: Context, _request: PageRequest) -> PageResponse:
    def compute() -> dict[str, Any]:
        statistics = context.store.statistics()
        return {"statistics": statistics, "charts": draw_statistics(statistics, _LINKS)}

    return TemplatePage("coverage.html", context.cache.get("coverage", compute))
