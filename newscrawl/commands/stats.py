"""`scrapy stats`: the archive at a glance."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from math import ceil
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from newscrawl.cli.articles import NO_ARTICLE_YET
from newscrawl.cli.options import add_conditions, reject_unknown_options
from newscrawl.cli.output import draw_bar, draw_strip, format_json, render_terminal, show_status, to_one_line
from newscrawl.errors import CommandLineError, StorageError
from newscrawl.export.display import format_count, format_day
from newscrawl.operations.durations import in_short
from newscrawl.project_command import ProjectCommand
from newscrawl.storage import Count, Gap, Lag, Statistics

_WIDTH = 80
"""Columns; a wider terminal has room left."""
_WEEKS = 53
_LISTED = 8
"""Entries of a short list."""
_EMPTY_YEARS = 3
"""Years without an article that are told one by one; more in a row are one line."""
_BUSY = 0.95
"""Share of the weeks that are not busier than a full block."""


class Command(ProjectCommand):
    """Tell how much the archive holds, of when, where its gaps are, and what it is made of."""

    def syntax(self) -> str:
        """What it takes."""
        return "[options]"

    def short_desc(self) -> str:
        """What it does."""
        return "The archive at a glance: span, coverage, gaps, sections, lag"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """--since, --until and --format."""
        super().add_options(parser)
        add_conditions(parser, "since", "until")
        parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        reject_unknown_options(args)
        if args:
            raise CommandLineError("it takes no words")
        with show_status("Counting the articles"), self.project.open_archive() as store:
            told = store.statistics(since=opts.since, until=opts.until)
            if not told.articles:
                raise StorageError(_none(told))
        sys.stdout.write(format_json(values(told)) if opts.format == "json" else _text(told))
        return 0


def _none(told: Statistics) -> str:
    if told.totals["articles"]:
        return "no article came out on these dates; `scrapy stats` without them tells of all"
    return NO_ARTICLE_YET


def values(told: Statistics) -> dict[str, Any]:
    """The statistics as they are exported; days are UTC, spans of time in seconds."""
    return {
        "articles": told.articles,
        "undated": told.undated,
        "first_published_at": told.first_published_at,
        "last_published_at": told.last_published_at,
        "totals": dict(told.totals),
        "years": {str(year): articles for year, articles in told.years.items()},
        "months": [_month(told.stacked, month.first, month.articles, month.by_section) for month in told.months],
        "days": {day.isoformat(): articles for day, articles in told.days},
        "gaps": [_gap(gap) for gap in told.gaps],
        **{name: [asdict(count) for count in counts] for name, counts in _lists(told)},
        "lag": _lag(told.lag),
        "pages": dict(told.states),
        "reasons": [{"state": each.state, "reason": each.reason, "pages": each.pages} for each in told.reasons],
    }


def _lists(told: Statistics) -> Iterator[tuple[str, Sequence[Count]]]:
    for name in ("sections", "layouts", "access", "languages", "publishers", "tickers", "authors"):
        yield name, getattr(told, name)


def _month(stacked: Sequence[str], first: date, articles: int, by_section: Sequence[int]) -> dict[str, Any]:
    sections = dict(zip(stacked, by_section, strict=True))
    return {"month": f"{first:%Y-%m}", "articles": articles, "sections": sections, "other": articles - sum(by_section)}


def _gap(gap: Gap) -> dict[str, Any]:
    return {"first": str(gap.first), "last": str(gap.last), "days": gap.days, "expected": round(gap.expected, 1)}


def _lag(lag: Lag) -> dict[str, Any]:
    return {
        "articles": lag.articles,
        "buckets": {str(bucket.name): bucket.articles for bucket in lag.buckets},
        "median_seconds": lag.median and lag.median.total_seconds(),
        "p90_seconds": lag.p90 and lag.p90.total_seconds(),
    }


def _text(told: Statistics) -> str:
    width = min(_WIDTH, Console().width)
    return render_terminal(Group(*_parts(told, width)), width=width)


def _parts(told: Statistics, width: int) -> Iterator[RenderableType]:
    yield from _head(told)
    if told.days:
        yield from (Text(), _coverage(told, width))
    yield from _gaps(told.gaps)
    beside = (
        (_List("Sections", told.sections), _List("Access", told.access)),
        (_List("Layouts", told.layouts), _List("Publishers", told.publishers)),
        (_List("Tickers", told.tickers), _List("Authors", told.authors)),
        (_List("Pages", _pages(told)), _List("Pages without an article", _reasons(told))),
    )
    for both in beside:
        if shown := [each.table(width // 2 - 2) for each in both if each.counts]:
            yield from (Text(), _beside(shown))
    if told.lag.articles:
        yield from (Text(), _List(_lag_in_words(told.lag), told.lag.buckets).table(width))


def _head(told: Statistics) -> Iterator[RenderableType]:
    span = f", {format_day(told.days[0][0])} to {format_day(told.days[-1][0])}" if told.days else ""
    undated = f" ({told.undated:,} without a date)" if told.undated else ""
    yield Text(f"{format_count(told.articles, 'article')}{span}{undated}", style="bold")
    others = ((told.totals[name], name[:-1]) for name in ("revisions", "authors", "pages", "runs"))
    yield Text("In the database: " + ", ".join(format_count(number, thing) for number, thing in others), style="dim")


def _coverage(told: Statistics, width: int) -> Table:
    """A line a year: how many articles, and how many each week (or, where that is too wide, each month)."""
    parts = _WEEKS if width >= _WIDTH - 2 else 12
    counts = _in_parts(told.days, parts)
    busy = sorted(counts.values())[ceil(_BUSY * len(counts)) - 1]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("Year", no_wrap=True)
    table.add_column(_months_over(parts), no_wrap=True, style="green")
    table.add_column("Articles", justify="right", no_wrap=True)
    table.add_column("", width=(room := max(1, min(10, width - parts - 16))), no_wrap=True, style="cyan")
    years, ends = told.years, (told.days[0][0], told.days[-1][0])
    for year in _told_years(years):
        if isinstance(year, str):
            table.add_row("…", Text(year, style="dim"), "", "")
        else:
            articles, weeks = years.get(year, 0), draw_strip(_strip(year, counts, parts, ends), busy)
            table.add_row(f"{year:04}", weeks, f"{articles:,}", draw_bar(articles, max(years.values()), room))
    return table


def _in_parts(days: Iterable[tuple[date, int]], parts: int) -> Counter[tuple[int, int]]:
    """Articles by year and part of it: 12 months, or 53 weeks from the first of January."""
    counts: Counter[tuple[int, int]] = Counter()
    for day, articles in days:
        counts[day.year, _part(day, parts)] += articles
    return counts


def _part(day: date, parts: int) -> int:
    return day.month - 1 if parts == 12 else (day.timetuple().tm_yday - 1) // 7


def _strip(
    year: int, counts: Mapping[tuple[int, int], int], parts: int, ends: tuple[date, date]
) -> Iterator[int | None]:
    """Articles of each part of a year; None for what lies outside of the ends."""
    first, last = ((end.year, _part(end, parts)) for end in ends)
    for part in range(parts):
        yield counts.get((year, part), 0) if first <= (year, part) <= last else None


def _months_over(parts: int) -> str:
    begins = [_part(date(2023, month, 1), parts) for month in range(1, 13)]
    return "".join("JFMAMJJASOND"[begins.index(at)] if at in begins else " " for at in range(parts))


def _told_years(years: Mapping[int, int]) -> Iterator[int | str]:
    """Each year of the span; of many without an article in a row, how many they are."""
    before = min(years)
    for year in years:
        empty = year - before - 1
        if empty > _EMPTY_YEARS:
            yield f"{empty} years without an article"
        else:
            yield from range(before + 1, year)
        yield year
        before = year


def _gaps(gaps: Sequence[Gap]) -> Iterator[RenderableType]:
    if not gaps:
        return
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("Longest gaps", no_wrap=True)
    table.add_column("Days", justify="right", no_wrap=True)
    table.add_column("Expected on", justify="right", no_wrap=True)
    for gap in gaps[:_LISTED]:
        span = format_day(gap.first) if gap.days == 1 else f"{format_day(gap.first)} to {format_day(gap.last)}"
        table.add_row(span, f"{gap.days:,}", f"{gap.expected:,.0f}")
    yield from (Text(), table)


def _pages(told: Statistics) -> list[Count]:
    return [Count(state, pages) for state, pages in sorted(told.states.items(), key=lambda each: -each[1])]


def _reasons(told: Statistics) -> list[Count]:
    return [Count((each.reason or "none").replace("_", " "), each.pages) for each in told.reasons]


def _lag_in_words(lag: Lag) -> str:
    median, p90 = (in_short(span) if span else "-" for span in (lag.median, lag.p90))
    return f"Lag to the first capture: median {median}, 9 in 10 within {p90} (newest {lag.articles:,})"


@dataclass(frozen=True)
class _List:
    """Counts under a title, each with a bar."""

    title: str
    counts: Sequence[Count]

    def table(self, width: int) -> Table:
        """So many characters wide; the first of them, where there are many."""
        shown = self.counts[:_LISTED]
        most = max(count.articles for count in shown)
        number, name = len(f"{most:,}"), min(24, width // 2)
        table = Table.grid(padding=(0, 1))
        table.title, table.title_justify, table.title_style = self.title, "left", "bold"
        table.add_column(width=name, no_wrap=True)
        table.add_column(width=number, justify="right", no_wrap=True)
        table.add_column(width=(room := max(4, width - name - number - 2)), no_wrap=True, style="cyan")
        for count in shown:
            label = to_one_line(count.name or "none")
            table.add_row(Text(label), f"{count.articles:,}", draw_bar(count.articles, most, room))
        return table


def _beside(tables: Sequence[Table]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_row(*tables)
    return grid
