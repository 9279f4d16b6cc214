"""Bar charts as SVG, without scripts, inline styles or requests; static/charts.css gives them their colours.

Each is a figure: a caption, the drawing with a tooltip on every mark, and a collapsed table with the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, log10

from markupsafe import Markup

from newscrawl.storage import Month, Point, Series
from newscrawl.web import svg

# Sizes are in units of the drawing; one is a pixel where there is space.
_WIDE, _TALL = 720, 220
_NARROW = 360
_HEAD, _FOOT = 18, 24  # space for labels above the tallest bar and below the ground line
_LEFT = 40  # space left of a histogram's first bar, for the scale
_ROW = 24
_LABEL, _NUMBER = 144, 56  # width of a row's label and of its number
_LABEL_LENGTH = 20  # characters of a label that fit; its tooltip has the rest
_MAX_YEARS = 30
_MAX_ROWS = 10


def draw_months(title: str, months: Sequence[Month], stacked: Sequence[str]) -> Markup:
    """Draw the articles of each month, stacked by section; `stacked` names the sections of Month.by_section."""
    if not months:
        return svg.make_figure(title)
    first, last = max(months[0].first.year, months[-1].first.year - _MAX_YEARS + 1), months[-1].first.year
    shown = [month for month in months if month.first.year >= first]
    parts = [(f"series-{number}", name) for number, name in enumerate(stacked, 1)]
    if any(month.articles > sum(month.by_section) for month in shown):
        parts.append(("series-rest", "other sections") if stacked else ("bar", "articles"))
    scale = _Scale.up_to(max(month.articles for month in shown))
    each = _WIDE / (12 * (last - first + 1))
    marks: list[Markup] = []
    rows: list[Sequence[str | int]] = []
    for month in shown:
        name = f"{month.first:%B %Y}"
        counts = [*month.by_section, month.articles - sum(month.by_section)][: len(parts)]
        left = (12 * (month.first.year - first) + month.first.month - 1) * each
        marks.append(_draw_stack(name, left, each, list(zip(parts, counts, strict=True)), scale))
        rows.append([name, month.articles, *counts])
    drawn = [*_draw_grid(scale, _WIDE), *marks, *_draw_scale(scale), *_draw_year_labels(first, last)]
    return svg.make_figure(
        title,
        svg.make_legend(parts) if len(parts) > 1 else Markup(),
        svg.make_drawing(f"{title}, {first} to {last}", "time", (_WIDE, _TALL), drawn),
        svg.make_omitted_note(sum(month.articles for month in months if month.first.year < first), f"before {first}"),
        svg.make_table(("Month", "Articles", *(name for _, name in parts)), rows),
    )


def draw_rows(series: Series, link: Callable[[str], str] | None = None) -> Markup:
    """Draw a horizontal bar for each of the first points; `link` makes the URL of a point's name."""
    points = series.points[:_MAX_ROWS]
    if not points:
        return svg.make_figure(series.long_title)
    most = max(point.number for point in points)
    drawn = [_draw_row(row * _ROW, point, most, link) for row, point in enumerate(points)]
    label = f"{series.long_title}, {len(points)} rows"
    drawing = svg.make_drawing(label, "rows", (_NARROW, _ROW * len(points)), drawn, has_links=link is not None)
    return svg.make_figure(series.long_title, drawing, _make_points_table(series, points))


def draw_histogram(series: Series, title: str) -> Markup:
    points = series.points
    if not any(point.number for point in points):
        return svg.make_figure(title)
    scale = _Scale.up_to(max(point.number for point in points))
    each = (_NARROW - _LEFT) / len(points)
    drawn = list(_draw_grid(scale, _NARROW))
    for place, point in enumerate(points):
        left = _LEFT + place * each
        box = scale.draw_box(left + 3, each - 6, 0, point.number)
        drawn.append(svg.make_mark(f"{point.label}: {point.number:,}", [("bar", box)]))
        drawn.append(svg.make_label(left + each / 2, _TALL - 7, point.short, "middle"))
    drawn += _draw_scale(scale)
    drawing = svg.make_drawing(f"{title}, {len(points)} steps", "steps", (_NARROW, _TALL), drawn)
    return svg.make_figure(title, drawing, _make_points_table(series, points))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Maps numbers to heights, with round numbers for grid lines."""

    step: int
    top: int

    @classmethod
    def up_to(cls, most: int) -> _Scale:
        """Choose about four steps of 1, 2 or 5 times a power of ten.

        >>> _Scale.up_to(187), _Scale.up_to(3)
        (_Scale(step=50, top=200), _Scale(step=1, top=3))
        """
        rough = max(1.0, most / 4)
        power = 10 ** int(log10(rough))
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        return cls(step, step * max(1, ceil(most / step)))

    def height(self, number: float) -> float:
        return number / self.top * (_TALL - _FOOT - _HEAD)

    def y(self, number: float) -> float:
        return _TALL - _FOOT - self.height(number)

    def draw_box(self, left: float, width: float, ground: int, number: int) -> str:
        """Return the path of a bar of height `number`, drawn from height `ground`."""
        height = self.height(number)
        return f"M{left:.1f} {self.y(ground):.1f}v{-height:.1f}h{width:.1f}v{height:.1f}z"


def _draw_stack(
    name: str, left: float, each: float, parts: Sequence[tuple[tuple[str, str], int]], scale: _Scale
) -> Markup:
    width = min(each * 0.9, 40)
    boxes, details, ground = [], [], 0
    for (class_, part), number in parts:
        if number:
            boxes.append((class_, scale.draw_box(left + (each - width) / 2, width, ground, number)))
            details.append(f"{part} {number:,}")
        ground += number
    return svg.make_mark(f"{name}: {ground:,}" + (f" ({', '.join(details)})" if len(parts) > 1 else ""), boxes)


def _draw_row(top: int, point: Point, most: int, link: Callable[[str], str] | None) -> Markup:
    width = max(1.0, (_NARROW - _LABEL - _NUMBER) * point.number / most) if point.number else 0.0
    short = point.short if len(point.short) <= _LABEL_LENGTH else f"{point.short[: _LABEL_LENGTH - 1]}…"
    label = svg.make_label(0, top + 16, short)
    return svg.element(
        "g",
        svg.element("title", f"{point.label}: {point.number:,}"),
        svg.element("a", label, href=link(point.name)) if link and point.name else label,
        svg.element("path", class_="bar", d=f"M{_LABEL} {top + 4}h{width:.1f}v16h-{width:.1f}z"),
        svg.make_label(_LABEL + width + 5, top + 16, f"{point.number:,}"),
    )


def _make_points_table(series: Series, points: Sequence[Point]) -> Markup:
    return svg.make_table(("Name", f"{series.unit.capitalize()}s"), [(point.label, point.number) for point in points])


def _draw_grid(scale: _Scale, width: int) -> Iterator[Markup]:
    for number in range(0, scale.top + 1, scale.step):
        yield svg.element("path", class_="grid" if number else "ground", d=f"M0 {scale.y(number):.1f}H{width}")


def _draw_scale(scale: _Scale) -> Iterator[Markup]:
    for number in range(scale.step, scale.top + 1, scale.step):
        yield svg.make_label(0, scale.y(number) - 3, f"{number:,}", class_="height")


def _draw_year_labels(first: int, last: int) -> Iterator[Markup]:
    """At most twelve; half of them are `minor`, which the style sheet hides on phones."""
    count = last - first + 1
    step = next(step for step in (1, 2, 5) if count / step <= 12)
    each = _WIDE / count
    for place, year in enumerate(range(first + -first % step, last + 1, step)):
        yield svg.make_label((year - first + 0.5) * each, _TALL - 7, str(year), "middle", "minor" if place % 2 else "")
