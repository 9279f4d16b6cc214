"""Charts as SVG, made here: no script, no inline style, no request; static/charts.css gives them their colours.

Each is a figure: a caption, the drawing with a title on every mark, and the same numbers as a table to open. All texts
are escaped. Years that there is no room for are left out, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, log10

from markupsafe import Markup

from newscrawl.storage import Month
from newscrawl.web.coverage_calendar import DayLink, calendar
from newscrawl.web.svg import element, figure, label, left_out, legend, mark, month_of, svg, table

__all__ = ["Bar", "DayLink", "by_month", "by_year", "calendar", "histogram", "rows"]

_WIDE, _TALL = 720, 220
"""Units of a chart over time; one is a pixel where there is room."""
_NARROW = 360
"""Units of a chart that stands beside others, or fills a phone."""
_HEAD, _FOOT = 18, 24
"""Units above the tallest bar, and under the ground line, for labels."""
_SIDE = 40
"""Units beside a histogram's first bar, for the heights."""
_ROW = 24
_NAME, _NUMBER = 144, 56
"""Units of a row's name, and of its number."""
_LETTERS = 20
"""Letters of a name that fit; its mark's title has it whole."""
_YEARS = 30
"""Years that a chart over time shows, the last ones."""

_Series = Sequence[tuple[str, str]]
"""Class and name of each part of a bar, from the ground up."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A number with its name."""

    name: str
    number: int
    short: str = ""
    """The name for a narrow place."""
    href: str = ""
    """Where its name leads to; empty: nowhere."""


def by_month(title: str, months: Sequence[Month], stacked: Sequence[str]) -> Markup:
    """Articles of each month, parted by section; `stacked` names the sections of Month.by_section."""
    if not months:
        return figure(title)
    first, last = max(months[0].first.year, months[-1].first.year - _YEARS + 1), months[-1].first.year
    shown = [month for month in months if month.first.year >= first]
    series = _series(stacked, any(month.articles > sum(month.by_section) for month in shown))
    time = _Time(12 * (last - first + 1), _Scale.upto(max(month.articles for month in shown)))
    marks = [time.bar(_place(month, first), month_of(month.first), series, _parts(month, series)) for month in shown]
    drawn = [*_lines(time.scale, _WIDE), *marks, *_heights(time.scale), *_year_labels(first, last)]
    return figure(
        title,
        legend(series) if len(series) > 1 else Markup(),
        svg(f"{title}, {first} to {last}", "time", (_WIDE, _TALL), drawn),
        left_out(sum(month.articles for month in months) - sum(month.articles for month in shown), f"before {first}"),
        table(
            ("Month", "Articles", *(name for _, name in series)),
            [[month_of(month.first), month.articles, *_parts(month, series)] for month in shown],
        ),
    )


def by_year(title: str, years: Mapping[int, int]) -> Markup:
    """Articles of each year."""
    if not years:
        return figure(title)
    first, last = max(min(years), max(years) - _YEARS + 1), max(years)
    shown = {year: years[year] for year in sorted(years) if year >= first}
    time = _Time(last - first + 1, _Scale.upto(max(shown.values())))
    marks = [time.bar(year - first, str(year), [("bar", "")], [number]) for year, number in shown.items()]
    drawn = [*_lines(time.scale, _WIDE), *marks, *_heights(time.scale), *_year_labels(first, last)]
    return figure(
        title,
        svg(f"{title}, {first} to {last}", "time", (_WIDE, _TALL), drawn),
        left_out(sum(years.values()) - sum(shown.values()), f"before {first}"),
        table(("Year", "Articles"), [[str(year), number] for year, number in shown.items()]),
    )


def rows(title: str, bars: Sequence[Bar], thing: str = "Articles") -> Markup:
    """A bar in a row for each number, in the order given."""
    if not bars:
        return figure(title)
    most = max(bar.number for bar in bars)
    drawn = [_row(at, bar, most) for at, bar in enumerate(bars)]
    links = any(bar.href for bar in bars)
    drawing = svg(f"{title}, {len(bars)} rows", "rows", (_NARROW, _ROW * len(bars)), drawn, links=links)
    return figure(title, drawing, table(("Name", thing), [[bar.name, bar.number] for bar in bars]))


def histogram(title: str, bars: Sequence[Bar], thing: str = "Articles") -> Markup:
    """A bar upright for each number, in the order given, side by side."""
    if not any(bar.number for bar in bars):
        return figure(title)
    scale = _Scale.upto(max(bar.number for bar in bars))
    each = (_NARROW - _SIDE) / len(bars)
    steps = (part for at, bar in enumerate(bars) for part in _step(_SIDE + at * each, each, bar, scale))
    drawn = [*_lines(scale, _NARROW), *steps, *_heights(scale)]
    drawing = svg(f"{title}, {len(bars)} steps", "steps", (_NARROW, _TALL), drawn)
    return figure(title, drawing, table(("Step", thing), [[bar.name, bar.number] for bar in bars]))


@dataclass(frozen=True, slots=True)
class _Scale:
    """From numbers to heights, with round numbers to read them by."""

    step: int
    top: int

    @classmethod
    def upto(cls, most: int) -> _Scale:
        """About four steps of 1, 2 or 5 times a power of ten.

        >>> _Scale.upto(187), _Scale.upto(3)
        (_Scale(step=50, top=200), _Scale(step=1, top=3))
        """
        rough = max(1.0, most / 4)
        power = 10 ** int(log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        return cls(step, step * max(1, ceil(most / step)))

    def height(self, number: float) -> float:
        """Units above the ground line."""
        return number / self.top * (_TALL - _FOOT - _HEAD)

    def place(self, number: float) -> float:
        """Units from the drawing's top."""
        return _TALL - _FOOT - self.height(number)

    def box(self, left: float, width: float, ground: int, number: int) -> str:
        """The path of a bar that begins at a number and is so many high."""
        height = self.height(number)
        return f"M{left:.1f} {self.place(ground):.1f}v{-height:.1f}h{width:.1f}v{height:.1f}z"


@dataclass(frozen=True, slots=True)
class _Time:
    """So many equal parts of a span of years, from left to right."""

    parts: int
    scale: _Scale

    def bar(self, place: int, when: str, series: _Series, numbers: Sequence[int]) -> Markup:
        """What came in one of them."""
        each = _WIDE / self.parts
        width = min(each * 0.9, 40)
        left = place * each + (each - width) / 2
        grounds = accumulate(numbers, initial=0)
        parts = [(*of, ground, number) for of, ground, number in zip(series, grounds, numbers, strict=False) if number]
        boxes = [(shape, self.scale.box(left, width, ground, number)) for shape, _, ground, number in parts]
        words = ", ".join(f"{name} {number:,}" for _, name, _, number in parts if len(series) > 1)
        return mark(f"{when}: {sum(numbers):,}" + (f" ({words})" if words else ""), boxes)


def _step(left: float, width: float, bar: Bar, scale: _Scale) -> tuple[Markup, Markup]:
    box = scale.box(left + 3, width - 6, 0, bar.number)
    name = label(left + width / 2, _TALL - 7, bar.short or bar.name, "middle")
    return mark(f"{bar.name}: {bar.number:,}", [("bar", box)]), name


def _series(stacked: Sequence[str], with_rest: bool) -> _Series:
    named = [(f"series-{number}", name) for number, name in enumerate(stacked, 1)]
    rest = [("series-rest", "other sections")] if stacked else [("bar", "articles")]
    return [*named, *(rest if with_rest else [])]


def _parts(month: Month, series: _Series) -> list[int]:
    """By section, and then what is left of all."""
    return [*month.by_section, month.articles - sum(month.by_section)][: len(series)]


def _place(month: Month, year: int) -> int:
    return 12 * (month.first.year - year) + month.first.month - 1


def _row(at: int, bar: Bar, most: int) -> Markup:
    top, room = at * _ROW, _NARROW - _NAME - _NUMBER
    width = max(1.0, room * bar.number / most) if bar.number else 0.0
    short = bar.short or bar.name
    name = label(0, top + 16, short if len(short) <= _LETTERS else f"{short[: _LETTERS - 1]}…")
    return element(
        "g",
        element("title", f"{bar.name}: {bar.number:,}"),
        element("a", name, href=bar.href) if bar.href else name,
        element("path", class_="bar", d=f"M{_NAME} {top + 4}h{width:.1f}v16h-{width:.1f}z"),
        label(_NAME + width + 5, top + 16, f"{bar.number:,}"),
    )


def _lines(scale: _Scale, width: int) -> Iterator[Markup]:
    """Lines to read heights by, behind the bars."""
    for number in range(0, scale.top + 1, scale.step):
        yield element("path", class_="grid" if number else "ground", d=f"M0 {scale.place(number):.1f}H{width}")


def _heights(scale: _Scale) -> Iterator[Markup]:
    """The number of each line above its left end, before the bars."""
    for number in range(scale.step, scale.top + 1, scale.step):
        yield label(0, scale.place(number) - 3, f"{number:,}", class_="height")


def _year_labels(first: int, last: int) -> Iterator[Markup]:
    """At most twelve, and half as many on a phone, where style hides those that are `minor`."""
    count = last - first + 1
    step = next(step for step in (1, 2, 5) if count / step <= 12)
    each = _WIDE / count
    for at, year in enumerate(range(first + -first % step, last + 1, step)):
        yield label((year - first + 0.5) * each, _TALL - 7, str(year), "middle", "minor" if at % 2 else "")
