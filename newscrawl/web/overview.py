"""The statistics of an archive as charts, for the browser and for the report file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from newscrawl.operations.durations import in_short
from newscrawl.storage import Statistics
from newscrawl.web.charts import draw_histogram, draw_months, draw_rows
from newscrawl.web.coverage_calendar import draw_calendar

_ROW_CHARTS = ("sections", "reasons", "access", "tickers", "authors", "layouts")


def draw_statistics(
    statistics: Statistics, links: Mapping[str, Callable[[Any], str]] | None = None
) -> dict[str, Markup]:
    """Draw the charts, each a figure; `links` makes the URL of a name in a series, or of a day ("days")."""
    series, lag, links = statistics.series, statistics.lag, links or {}
    lag_title = series["lag"].long_title
    if lag.median is not None and lag.p90 is not None:
        lag_title += f": median {in_short(lag.median)}, 90 % within {in_short(lag.p90)}"
    return {
        "months": draw_months("Articles per month", statistics.months, statistics.stacked),
        "calendar": draw_calendar("Articles per day", statistics.days, statistics.gaps, links.get("days")),
        "lag": draw_histogram(series["lag"], lag_title),
        **{name: draw_rows(series[name], links.get(name)) for name in _ROW_CHARTS},
    }
