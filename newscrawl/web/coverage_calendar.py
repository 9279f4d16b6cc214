"""A calendar of coverage as SVG: a drawing per year, a mark per day, the darker the more articles."""

from __future__ import annotations

from calendar import isleap, month_abbr
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import ceil

from markupsafe import Markup

from newscrawl.export.display import format_day
from newscrawl.storage import Gap
from newscrawl.web import svg

DayLink = Callable[[date], str]

_CELL, _DAY = 7, 6  # units from day to day, and of a day
_LEFT, _TOP = 29, 14
_SIZE = (_LEFT + 54 * _CELL, _TOP + 7 * _CELL + 2)
_MAX_YEARS = 20
_SHADES = 4


def draw_calendar(
    title: str, days: Sequence[tuple[date, int]], gaps: Sequence[Gap] = (), link: DayLink | None = None
) -> Markup:
    """Draw the last years of `days` with articles, ascending; empty days between are pale, and marked in a gap."""
    if not days:
        return svg.make_figure(title)
    by_year = {year: dict(of_year) for year, of_year in groupby(days, key=lambda day: day[0].year)}
    years = sorted(by_year)[-_MAX_YEARS:]
    shades = _Shades.choose([number for year in years for number in by_year[year].values()])
    missing = {day for gap in gaps for day in _list_days(gap, years)}
    calendar = _Calendar((days[0][0], days[-1][0]), shades, missing, link)
    drawings = []
    for place, year in enumerate(years):
        if place and (empty := range(years[place - 1] + 1, year)):
            span = str(empty[0]) if len(empty) == 1 else f"{empty[0]} to {empty[-1]}"
            drawings.append(svg.element("p", f"{span}: no article", class_="pause"))
        drawings.append(calendar.draw_year(year, by_year[year]))
    months = Counter[tuple[int, int]]()
    for day, number in days:
        months[day.year, day.month] += number
    return svg.make_figure(
        title,
        shades.draw_legend(bool(missing)),
        svg.element("div", Markup().join(drawings), class_="years"),
        svg.make_omitted_note(sum(number for day, number in days if day.year < years[0]), f"before {years[0]}"),
        svg.make_table(
            ("Year", *month_abbr[1:]),
            [(str(year), *(months[year, month] for month in range(1, 13))) for year in years],
        ),
    )


@dataclass(frozen=True, slots=True)
class _Shades:
    """Maps the number of a day to one of four shades, by quartiles of the days with articles."""

    bounds: tuple[int, ...]  # the least number of each shade but the first

    @classmethod
    def choose(cls, numbers: Sequence[int]) -> _Shades:
        ordered = sorted(numbers)
        quartiles = {ordered[len(ordered) * part // _SHADES] for part in range(1, _SHADES)}
        return cls(tuple(sorted(quartiles - {ordered[0]})))

    def find_shade(self, number: int) -> int:
        """Return a shade from 1, the palest, to 4; fewer are used if there are fewer different numbers."""
        return self._spread(sum(bound <= number for bound in self.bounds))

    def _spread(self, place: int) -> int:
        return ceil((place + 1) * _SHADES / (len(self.bounds) + 1))

    def draw_legend(self, has_gaps: bool) -> Markup:
        keys = [("heat-0", "none"), *([("heat-gap", "none, where some were expected")] if has_gaps else [])]
        starts = [1, *self.bounds]
        for place, start in enumerate(starts):
            if place + 1 == len(starts):
                span = f"{start:,} or more"
            else:
                end = starts[place + 1] - 1
                span = f"{start:,}" if end == start else f"{start:,} to {end:,}"
            keys.append((f"heat-{self._spread(place)}", span))
        return svg.make_legend(keys)


@dataclass(frozen=True, slots=True)
class _Calendar:
    ends: tuple[date, date]
    shades: _Shades
    missing: set[date]
    link: DayLink | None

    def draw_year(self, year: int, articles: Mapping[date, int]) -> Markup:
        days = [date(year, 1, 1) + timedelta(days=number) for number in range(366 if isleap(year) else 365)]
        empty = [day for day in days if self.ends[0] <= day <= self.ends[1] and day not in articles]
        drawn = [svg.make_label(0, _TOP + 4 * _CELL, f"{year}", class_="number"), *_draw_month_labels(year)]
        for shade, is_gap in (("heat-0", False), ("heat-gap", True)):
            if path := "".join(_draw_cell(day) for day in empty if (day in self.missing) is is_gap):
                drawn.append(svg.element("path", class_=shade, d=path))
        drawn += [self._draw_day(day, number) for day, number in articles.items()]
        label = f"{year}: {sum(articles.values()):,} articles on {len(articles)} days"
        return svg.make_drawing(label, "year", _SIZE, drawn, has_links=self.link is not None)

    def _draw_day(self, day: date, number: int) -> Markup:
        title = f"{format_day(day)}: {number:,}"
        drawn = svg.make_mark(title, [(f"heat-{self.shades.find_shade(number)}", _draw_cell(day))])
        return svg.element("a", drawn, href=self.link(day), tabindex="-1") if self.link else drawn


def _draw_cell(day: date) -> str:
    x = _LEFT + _week_of(day) * _CELL
    return f"M{x} {_TOP + day.weekday() * _CELL}h{_DAY}v{_DAY}h-{_DAY}z"


def _week_of(day: date) -> int:
    """Count the weeks from the one with 1 January, 0; weeks begin on Monday."""
    return (day.timetuple().tm_yday - 1 + date(day.year, 1, 1).weekday()) // 7


def _draw_month_labels(year: int) -> Iterator[Markup]:
    for month in range(1, 13):
        first = date(year, month, 1)
        week = _week_of(first) + (first.weekday() > 0)  # the first whole week of the month
        yield svg.make_label(_LEFT + week * _CELL, _TOP - 4, month_abbr[month])


def _list_days(gap: Gap, years: Sequence[int]) -> Iterator[date]:
    for year in years:
        begin, end = max(gap.first, date(year, 1, 1)), min(gap.last, date(year, 12, 31))
        yield from (begin + timedelta(days=number) for number in range((end - begin).days + 1))
