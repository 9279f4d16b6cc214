"""A calendar of coverage: a drawing a year, a mark a day, the darker the more articles came out on it."""

from __future__ import annotations

from calendar import isleap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import ceil

from markupsafe import Markup

from newscrawl.storage import Gap
from newscrawl.web.svg import MONTHS, element, figure, label, left_out, legend, mark, month_of, svg, table

DayLink = Callable[[date], str]
"""The address of a day's page."""

_CELL, _DAY = 7, 6
"""Units from day to day, and of a day."""
_LEFT, _TOP = 29, 14
_SIZE = (_LEFT + 54 * _CELL, _TOP + 7 * _CELL + 2)
_YEARS = 20
"""Years that are shown, the last ones that have articles."""
_SHADES = 4


def calendar(
    title: str, days: Sequence[tuple[date, int]], gaps: Sequence[Gap] = (), link: DayLink | None = None
) -> Markup:
    """Every day, the darker the more articles came out on it: a drawing a year, weeks from left to right.

    `days` ascend, and have articles; between the first and the last of them an empty day is pale, and marked where it
    is of a gap. `link` makes each day with articles lead to its page.
    """
    if not days:
        return figure(title)
    of_year = {year: dict(found) for year, found in groupby(days, key=lambda day: day[0].year)}
    shown = sorted(of_year)[-_YEARS:]
    shades = _Shades.of([number for year in shown for number in of_year[year].values()])
    missing = {day for gap in gaps for day in _days_of(gap, shown)}
    ends = (days[0][0], days[-1][0])
    drawings = [_drawing_of_year(year, of_year[year], _Calendar(ends, shades, missing, link)) for year in shown]
    months = Counter[tuple[int, int]]()
    for day, number in days:
        months[day.year, day.month] += number
    return figure(
        title,
        shades.legend(bool(missing)),
        element("div", Markup().join(_with_pauses(shown, drawings)), class_="years"),
        left_out(sum(number for day, number in days if day.year < shown[0]), f"before {shown[0]}"),
        table(
            ("Year", *(name[:3] for name in MONTHS)),
            [(str(year), *(months[year, month] for month in range(1, 13))) for year in shown],
        ),
    )


@dataclass(frozen=True, slots=True)
class _Shades:
    """From a day's number to one of four shades, by quarters of the days that have any."""

    bounds: tuple[int, ...]
    """The least number of each shade but the first."""

    @classmethod
    def of(cls, numbers: Sequence[int]) -> _Shades:
        """Fewer shades where fewer numbers occur."""
        ordered = sorted(numbers)
        quarters = {ordered[len(ordered) * part // _SHADES] for part in range(1, _SHADES)}
        return cls(tuple(sorted(quarters - {ordered[0]})))

    def shade(self, number: int) -> int:
        """1, the palest, to 4."""
        return self._spread(sum(bound <= number for bound in self.bounds))

    def _spread(self, place: int) -> int:
        return ceil((place + 1) * _SHADES / (len(self.bounds) + 1))

    def legend(self, with_gaps: bool) -> Markup:
        """What the shades mean."""
        starts = [1, *self.bounds]
        ends = [*(f"{bound - 1:,}" for bound in self.bounds), ""]
        keys = [("heat-0", "none"), *([("heat-gap", "none, where some were to be expected")] if with_gaps else [])]
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            span = f"{start:,}" if end == f"{start:,}" else f"{start:,} to {end}" if end else f"{start:,} or more"
            keys.append((f"heat-{self._spread(place)}", span))
        return legend(keys)


@dataclass(frozen=True, slots=True)
class _Calendar:
    """What all years of a calendar have in common."""

    ends: tuple[date, date]
    shades: _Shades
    missing: set[date]
    link: DayLink | None


def _drawing_of_year(year: int, found: Mapping[date, int], common: _Calendar) -> Markup:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366 if isleap(year) else 365)]
    within = [day for day in days if common.ends[0] <= day <= common.ends[1] and day not in found]
    drawn = [label(0, _TOP + 4 * _CELL, f"{year}", class_="number"), *_month_labels(year)]
    for shade, empty in (("heat-0", False), ("heat-gap", True)):
        if path := "".join(_cell(day) for day in within if (day in common.missing) is empty):
            drawn.append(element("path", class_=shade, d=path))
    drawn += [_day_mark(day, number, common) for day, number in found.items()]
    told = f"{year}: {sum(found.values()):,} articles on {len(found)} days"
    return svg(told, "year", _SIZE, drawn, links=common.link is not None)


def _day_mark(day: date, number: int, common: _Calendar) -> Markup:
    drawn = mark(f"{day.day} {month_of(day)}: {number:,}", [(f"heat-{common.shades.shade(number)}", _cell(day))])
    return element("a", drawn, href=common.link(day), tabindex="-1") if common.link else drawn


def _cell(day: date) -> str:
    before = date(day.year, 1, 1).weekday()
    week = (day.timetuple().tm_yday - 1 + before) // 7
    return f"M{_LEFT + week * _CELL} {_TOP + day.weekday() * _CELL}h{_DAY}v{_DAY}h-{_DAY}z"


def _month_labels(year: int) -> Iterator[Markup]:
    before = date(year, 1, 1).weekday()
    for month, name in enumerate(MONTHS, 1):
        week = (date(year, month, 1).timetuple().tm_yday - 1 + before + 6) // 7
        yield label(_LEFT + week * _CELL, _TOP - 4, name[:3])


def _days_of(gap: Gap, years: Sequence[int]) -> Iterator[date]:
    """The days of a gap in these years."""
    for year in years:
        begin, end = max(gap.first, date(year, 1, 1)), min(gap.last, date(year, 12, 31))
        yield from (begin + timedelta(days=number) for number in range((end - begin).days + 1))


def _with_pauses(years: Sequence[int], drawings: Sequence[Markup]) -> Iterator[Markup]:
    """The drawings, and between them, in words, the years that have none."""
    for at, (year, drawing) in enumerate(zip(years, drawings, strict=True)):
        empty = year - years[at - 1] - 1 if at else 0
        if empty:
            span = str(year - 1) if empty == 1 else f"{years[at - 1] + 1} to {year - 1}"
            yield element("p", f"{span}: no article", class_="pause")
        yield drawing
