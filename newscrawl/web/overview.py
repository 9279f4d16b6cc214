"""The charts of an archive at a glance, as a page of the reading room and as the report show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from newscrawl.operations.durations import in_short
from newscrawl.storage import Count, Lag, Statistics
from newscrawl.web import charts
from newscrawl.web.charts import Bar, DayLink

_ROWS = 10
_SHORT = {
    "under 15 minutes": "< 15 min",
    "under 1 hour": "< 1 h",
    "under 6 hours": "< 6 h",
    "under 1 day": "< 1 d",
    "under 1 week": "< 1 w",
}
"""Steps of the lag as a narrow chart has them."""

NameLink = Callable[[str], str]
"""The address of the page of a section, a ticker, an author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where marks and names lead to; None: nowhere."""

    day: DayLink | None = None
    section: NameLink | None = None
    ticker: NameLink | None = None
    author: NameLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The charts, each a figure."""

    months: Markup
    calendar: Markup
    sections: Markup
    lag: Markup
    reasons: Markup
    access: Markup
    layouts: Markup
    tickers: Markup
    authors: Markup


def overview(told: Statistics, links: Links = Links()) -> Overview:
    """The charts of an archive."""
    return Overview(
        months=charts.by_month("Articles a month", told.months, told.stacked),
        calendar=charts.calendar("Articles a day", told.days, told.gaps, links.day),
        sections=charts.rows("Sections", _bars(told.sections, links.section)),
        lag=charts.histogram(_lag_in_words(told.lag), _steps(told.lag)),
        reasons=charts.rows("Pages without an article", _reasons(told), "Pages"),
        access=charts.rows("How much of each article is there", _bars(told.access)),
        layouts=charts.rows("Layouts that read the pages", _bars(told.layouts)),
        tickers=charts.rows("Tickers", _bars(told.tickers, links.ticker)),
        authors=charts.rows("Authors", _bars(told.authors, links.author)),
    )


def _bars(counts: Iterable[Count], link: NameLink | None = None) -> list[Bar]:
    return [
        Bar(count.name or "none", count.articles, href=link(count.name) if link and count.name else "")
        for count in list(counts)[:_ROWS]
    ]


def _reasons(told: Statistics) -> list[Bar]:
    named = (((each.reason or "none").replace("_", " "), each) for each in told.reasons[:_ROWS])
    return [Bar(f"{name} ({each.state})", each.pages, short=name) for name, each in named]


def _steps(lag: Lag) -> list[Bar]:
    return [Bar(str(step.name), step.articles, _SHORT.get(str(step.name), "")) for step in lag.buckets]


def _lag_in_words(lag: Lag) -> str:
    """The title of the lag's chart."""
    if lag.median is None or lag.p90 is None:
        return "From publication to the first capture"
    return f"From publication to the first capture: median {in_short(lag.median)}, 9 in 10 within {in_short(lag.p90)}"
