"""How search results, and counts of articles, are printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from newscrawl.cli.output import (
    draw_bar,
    format_list_time,
    format_rows,
    is_terminal,
    iterate_rows,
    iterate_table,
    make_table,
    render_terminal,
    to_one_line,
)
from newscrawl.export.display import PARTIAL_LABELS, strip_controls
from newscrawl.storage import TIMES, By, Count, Hit

_BAR = 30
"""Characters of the longest bar."""


def iterate_hits(form: str, hits: Iterable[Hit], *, with_snippets: bool) -> Iterator[str]:
    names = [field.name for field in fields(Hit) if with_snippets or field.name != "snippet"]
    return iterate_rows(form, names, (_to_values(form, names, hit) for hit in hits))


def _to_values(form: str, names: Sequence[str], hit: Hit) -> dict[str, Any]:
    row = {name: getattr(hit, name) for name in names}
    if form == "csv" and row.get("snippet"):
        row["snippet"] = "".join(text for text, _ in row["snippet"])
    return row


def iterate_hit_table(ids: Sequence[int], hits: Iterable[Hit], count: Callable[[], int]) -> Iterator[str]:
    """Format one row per hit, on a terminal with its snippet below; then how many of the `count` are not shown."""
    if not ids:
        yield "No article matches.\n"
        return
    make = partial(_make_hit_table, number=len(str(max(ids))))
    yield from iterate_table(hits, make, format_below=_format_snippet if is_terminal() else None)
    if (total := count()) > len(ids):
        more = f"The first {len(ids):,} of {total:,}; --limit all shows all, --show {ids[0]} the first."
        yield render_terminal(Text(more, style="table.caption"))


def _make_hit_table(hits: Sequence[Hit], *, number: int) -> Table:
    console = Console()
    day, by = len("2016-03-01 12:30"), min(24, console.width // 5)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("#", justify="right", style="cyan", no_wrap=True)
    table.add_column("Published (UTC)", no_wrap=True)
    table.add_column("Headline", max_width=max(10, console.width - number - day - by - 6), no_wrap=True)
    table.add_column("By", max_width=by, no_wrap=True)
    for hit in hits:
        access = f" ({PARTIAL_LABELS[hit.access]})" if hit.access in PARTIAL_LABELS else ""
        access += "" if hit.complete else " (part)"
        version = f" (revision {hit.revision})" if hit.revision > 1 else ""
        published_at = format_list_time(hit.published_at, hit.published_precision)
        cells = (str(hit.id), published_at, f"{hit.headline}{access}{version}", ", ".join(hit.byline))
        table.add_row(*(Text(to_one_line(cell)) for cell in cells))
    return table


def _format_snippet(hit: Hit) -> str:
    """The lines under a row, with the matching words in bold."""
    if not hit.snippet:
        return ""
    pieces = ((strip_controls(text), "bold" if is_match else "dim") for text, is_match in hit.snippet)
    return render_terminal(Padding(Text.assemble(*pieces), (0, 0, 0, 4)))


def format_counts(form: str, by: By, counts: Sequence[Count], total: int) -> str:
    """Format the first counts of `total`, in their order, as "json", "csv" or "table"."""
    rows: list[dict[str, Any]] = [{by: count.name, "articles": count.articles} for count in counts]
    if form != "table":
        return format_rows(form, [by, "articles"], rows)
    if not counts:
        return "No article matches.\n"
    more = f"The first {len(counts):,} of {total:,}; --limit all shows all."
    return render_terminal(_make_count_table(by, counts), more if total > len(counts) else None)


def _make_count_table(by: By, counts: Sequence[Count]) -> Table:
    table = make_table()
    table.add_column(by.title(), no_wrap=True, max_width=max(10, Console().width - _BAR - 14))
    table.add_column("Articles", justify="right", no_wrap=True)
    table.add_column("", style="cyan", no_wrap=True)
    missing = "(no date)" if by in TIMES else f"(no {by})"
    largest = max(count.articles for count in counts)
    width = _BAR if Console().is_terminal else 0
    for count in counts:
        bar = draw_bar(count.articles, largest, width) if width else ""
        table.add_row(Text(strip_controls(count.name or missing)), f"{count.articles:,}", bar)
    return table
