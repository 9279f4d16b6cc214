"""`stats`: statistics of the archive in a terminal, or as JSON."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from math import ceil
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from newscrawl.cli.articles import NO_ARTICLE_YET
from newscrawl.cli.options import add_conditions, add_limit, reject_unknown_options
from newscrawl.cli.output import (
    draw_bar,
    draw_strip,
    format_json,
    render_terminal,
    show_status,
    to_one_line,
    write_output,
)
from newscrawl.cli.project import Project
from newscrawl.errors import CommandLineError, StorageError
from newscrawl.export.display import format_count, format_day
from newscrawl.operations.durations import in_short
from newscrawl.storage import Series, Statistics

SYNTAX = "[options]"
DESCRIPTION = (
    "Print how many articles the archive has and from when, its gaps, and the most frequent values of each field."
)
_MAX_WIDTH = 80
_WEEKS, _MONTHS = 53, 12
_MAX_ROWS = 8
_MAX_EMPTY_YEARS = 3
"""More consecutive years without an article are one line."""
_FULL_BLOCK = 0.95
"""Share of the weeks that are drawn lower than a full block: one extreme week would flatten all others."""
_PAIRS = (("sections", "access"), ("layouts", "publishers"), ("tickers", "authors"), ("pages", "reasons"))
"""Series that are printed side by side."""


def add_options(parser: argparse.ArgumentParser) -> None:
    add_conditions(parser, "since", "until", "publisher")
    add_limit(parser, "values of each field", f"{_MAX_ROWS} in a table, all in json")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")


def run(words: list[str], opts: argparse.Namespace, project: Project) -> int:
    reject_unknown_options(words)
    if words:
        raise CommandLineError("it takes no words, only options")
    default = _MAX_ROWS if opts.format == "table" else 0
    limit = default if opts.limit is None else opts.limit
    with show_status("Counting the articles"), project.open_archive() as store:
        conditions = {"since": opts.since, "until": opts.until, "publisher": opts.publisher}
        statistics = store.statistics(**conditions, entries=limit or None)
    if not statistics.totals["articles"]:
        raise StorageError(NO_ARTICLE_YET)
    if not statistics.articles:
        unmatched = "of this publisher" if opts.publisher else "was published on these dates"
        raise StorageError(f"no article {unmatched}; run `scrapy stats` without options")
    if opts.format == "json":
        write_output([format_json(_to_values(statistics))])
    else:
        width = min(_MAX_WIDTH, Console().width)
        write_output([render_terminal(Group(*_render(statistics, width)), width=width)])
    return 0


def _to_values(statistics: Statistics) -> dict[str, Any]:
    """Convert the statistics for JSON; days are UTC, durations are in seconds."""
    months = []
    for month in statistics.months:
        sections = dict(zip(statistics.stacked, month.by_section, strict=True))
        other = month.articles - sum(month.by_section)
        months.append(
            {"month": f"{month.first:%Y-%m}", "articles": month.articles, "sections": sections, "other": other}
        )
    lists = ("sections", "layouts", "access", "languages", "publishers", "tickers", "authors")
    lag = statistics.lag
    return {
        "articles": statistics.articles,
        "undated": statistics.undated,
        "first_published_at": statistics.first_published_at,
        "last_published_at": statistics.last_published_at,
        "totals": dict(statistics.totals),
        "years": {str(year): articles for year, articles in statistics.years.items()},
        "months": months,
        "days": {day.isoformat(): articles for day, articles in statistics.days},
        "gaps": [
            {"first": str(gap.first), "last": str(gap.last), "days": gap.days, "expected": round(gap.expected, 1)}
            for gap in statistics.gaps
        ],
        **{name: [asdict(count) for count in getattr(statistics, name)] for name in lists},
        "lag": {
            "articles": lag.articles,
            "buckets": {str(bucket.name): bucket.articles for bucket in lag.buckets},
            "median_seconds": lag.median and lag.median.total_seconds(),
            "p90_seconds": lag.p90 and lag.p90.total_seconds(),
        },
        "pages": dict(statistics.states),
        "reasons": [asdict(reason) for reason in statistics.reasons],
    }


def _render(statistics: Statistics, width: int) -> Iterator[RenderableType]:
    span = f", {' to '.join(map(format_day, statistics.span))}" if statistics.span else ""
    undated = f" ({statistics.undated:,} without a date)" if statistics.undated else ""
    yield Text(f"{format_count(statistics.articles, 'article')}{span}{undated}", style="bold")
    totals = [format_count(statistics.totals[name], name[:-1]) for name in ("revisions", "authors", "pages", "runs")]
    yield Text(f"In the database: {', '.join(totals)}", style="dim")
    if statistics.span:
        yield from (Text(), _render_coverage(statistics, statistics.span, width))
    if statistics.gaps:
        yield from (Text(), _render_gaps(statistics))
    series = statistics.series
    for pair in _PAIRS:
        side_by_side = [_render_series(series[name], width // 2 - 2) for name in pair if series[name].points]
        if side_by_side:
            grid = Table.grid(padding=(0, 2))
            grid.add_row(*side_by_side)
            yield from (Text(), grid)
    lag = statistics.lag
    if lag.articles:
        median, p90 = (in_short(duration) if duration else "-" for duration in (lag.median, lag.p90))
        title = f"{series['lag'].title}: median {median}, 90 % within {p90} (newest {lag.articles:,})"
        yield from (Text(), _render_series(series["lag"], width, title))


def _render_coverage(statistics: Statistics, span: tuple[date, date], width: int) -> Table:
    """One line per year: articles of each week (in a narrow terminal, of each month), and of the year."""
    parts = _WEEKS if width >= _MAX_WIDTH - 2 else _MONTHS
    counts = Counter[tuple[int, int]]()
    for day, articles in statistics.days:
        counts[day.year, _part_of(day, parts)] += articles
    full = sorted(counts.values())[ceil(_FULL_BLOCK * len(counts)) - 1]
    first, last = ((day.year, _part_of(day, parts)) for day in span)
    table = _make_table()
    table.add_column("Year", no_wrap=True)
    table.add_column(_label_months(parts), no_wrap=True, style="green")
    table.add_column("Articles", justify="right", no_wrap=True)
    bar_width = max(1, min(10, width - parts - 16))
    table.add_column("", width=bar_width, no_wrap=True, style="cyan")
    years = statistics.years
    long_gaps = {empty.start: empty for empty in statistics.empty_years if len(empty) > _MAX_EMPTY_YEARS}
    year = first[0]
    while year <= last[0]:
        if empty := long_gaps.get(year):
            table.add_row("…", Text(f"{len(empty)} years without an article", style="dim"), "", "")
            year = empty.stop
            continue
        places = [(year, part) for part in range(parts)]
        strip = draw_strip((counts[place] if first <= place <= last else None for place in places), full)
        articles = years.get(year, 0)
        table.add_row(f"{year:04}", strip, f"{articles:,}", draw_bar(articles, max(years.values()), bar_width))
        year += 1
    return table


def _part_of(day: date, parts: int) -> int:
    """The month of a day, or its week, counted from 1 January; the first is 0."""
    return day.month - 1 if parts == _MONTHS else (day.timetuple().tm_yday - 1) // 7


def _label_months(parts: int) -> str:
    """Initials of the months, each above the part with its first day."""
    label = [" "] * parts
    for month, initial in enumerate("JFMAMJJASOND", 1):
        label[_part_of(date(2023, month, 1), parts)] = initial
    return "".join(label)


def _render_gaps(statistics: Statistics) -> Table:
    table = _make_table()
    table.add_column("Longest gaps", no_wrap=True)
    table.add_column("Days", justify="right", no_wrap=True)
    table.add_column("Articles expected (days)", justify="right", no_wrap=True)
    for gap in statistics.gaps[:_MAX_ROWS]:
        span = format_day(gap.first) if gap.days == 1 else f"{format_day(gap.first)} to {format_day(gap.last)}"
        table.add_row(span, f"{gap.days:,}", f"{gap.expected:,.0f}")
    return table


def _render_series(series: Series, width: int, title: str = "") -> Table:
    """A list of the first points, each with a bar, in `width` characters."""
    points = series.points
    most = max(point.number for point in points)
    number_width, label_width = len(f"{most:,}"), min(24, width // 2)
    bar_width = max(4, width - label_width - number_width - 2)
    table = Table.grid(padding=(0, 1))
    table.title, table.title_justify, table.title_style = title or series.title, "left", "bold"
    table.add_column(width=label_width, no_wrap=True)
    table.add_column(width=number_width, justify="right", no_wrap=True)
    table.add_column(width=bar_width, no_wrap=True, style="cyan")
    for point in points:
        label = Text(to_one_line(point.short))
        table.add_row(label, f"{point.number:,}", draw_bar(point.number, most, bar_width))
    return table


def _make_table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
