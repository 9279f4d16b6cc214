"""How found articles, and counts of them, are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from newscrawl.cli.blocks import bar
from newscrawl.cli.output import as_csv, as_json, as_text, in_a_line, listing, when
from newscrawl.export.display import PARTIAL_LABELS, strip_controls
from newscrawl.storage import TIMES, By, Count, Hit

_BAR = 30
"""Characters of the longest bar."""


def hits_as(form: str, hits: Sequence[Hit], *, with_snippets: bool) -> str:
    """Hits as "json" or "csv"; without snippets their names do not appear."""
    names = [field.name for field in fields(Hit) if with_snippets or field.name != "snippet"]
    rows = [{name: getattr(hit, name) for name in names} for hit in hits]
    if form == "json":
        return as_json(rows)
    for row in rows:
        if row.get("snippet"):
            row["snippet"] = "".join(text for text, _ in row["snippet"])
    return as_csv(names, rows)


def hits_as_table(hits: Sequence[Hit], total: int) -> str:
    """A row a hit, and on a terminal under it the place in which the words stand; below, how many more there are."""
    if not hits:
        return "No article matches.\n"
    more = f"The first {len(hits):,} of {total:,}; --limit shows more, --show {hits[0].id} the first."
    heading, *rows = as_text(_table(hits)).splitlines(keepends=True)
    places = map(_place, hits) if Console().is_terminal else [""] * len(hits)
    told = [heading, *(f"{row}{place}" for row, place in zip(rows, places, strict=True))]
    return "".join(told) + (as_text(Text(more, style="table.caption")) if total > len(hits) else "")


def _table(hits: Sequence[Hit]) -> Table:
    console = Console()
    number, day, by = len(str(max(hit.id for hit in hits))), len("2016-03-01 12:30"), min(24, console.width // 5)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("#", justify="right", style="cyan", no_wrap=True)
    table.add_column("Published (UTC)", no_wrap=True)
    table.add_column("Headline", max_width=max(10, console.width - number - day - by - 6), no_wrap=True)
    table.add_column("By", max_width=by, no_wrap=True)
    for hit in hits:
        shown = f" ({PARTIAL_LABELS[hit.access]})" if hit.access in PARTIAL_LABELS else ""
        marks = shown + (f" (version {hit.revision})" if hit.revision > 1 else "")
        cells = (
            str(hit.id),
            when(hit.published_at, hit.published_precision),
            hit.headline + marks,
            ", ".join(hit.byline),
        )
        table.add_row(*(Text(in_a_line(cell)) for cell in cells))
    return table


def _place(hit: Hit) -> str:
    """The lines under a row, with what was asked for in bold."""
    if not hit.snippet:
        return ""
    pieces = ((strip_controls(text), "bold" if is_hit else "dim") for text, is_hit in hit.snippet)
    return as_text(Padding(Text.assemble(*pieces), (0, 0, 0, 4)))


def counts_as(form: str, by: By, counts: Sequence[Count], total: int) -> str:
    """Counts in their order, as "json", "csv" or a table; `total` of them there are."""
    rows: list[dict[str, Any]] = [{by: count.name, "articles": count.articles} for count in counts]
    if form == "json":
        return as_json(rows)
    if form == "csv":
        return as_csv([by, "articles"], rows)
    if not counts:
        return "No article matches.\n"
    more = f"The first {len(counts):,} of {total:,}; --limit shows more."
    return as_text(_bars(by, counts), more if total > len(counts) else None)


def _bars(by: By, counts: Sequence[Count]) -> Table:
    table = listing()
    table.add_column(by.title(), no_wrap=True, max_width=max(10, Console().width - _BAR - 14))
    table.add_column("Articles", justify="right", no_wrap=True)
    table.add_column("", style="cyan", no_wrap=True)
    without = "(no date)" if by in TIMES else f"(no {by})"
    most, width = max(count.articles for count in counts), _BAR if Console().is_terminal else 0
    for count in counts:
        drawn = bar(count.articles, most, width) if width else ""
        table.add_row(Text(strip_controls(count.name or without)), f"{count.articles:,}", drawn)
    return table
