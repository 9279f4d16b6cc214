"""What commands print: rows as a table for a terminal, as JSON, or as CSV."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

from rich.console import Console, RenderableType
from rich.table import Table

from newscrawl.article import Precision
from newscrawl.export.display import format_cell, format_iso, strip_controls

FORMATS = ("table", "json", "csv")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WIDE = 100
"""Characters; a narrower terminal has one blank between columns."""


def as_json(value: Any) -> str:
    """Indented JSON; nothing in it is obeyed by a terminal. Times are ISO 8601 in UTC."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=plain) + "\n"
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def as_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV with a heading; lists are joined with semicolons, None is empty."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(names)
    table.writerows([format_cell(row[name]) for name in names] for row in rows)
    return written.getvalue()


def as_text(shown: RenderableType, hint: str | None = None, *, width: int | None = None) -> str:
    """What a terminal shows, with its colours where the standard output is one, and under it what to try next.

    It is as wide as the terminal, or `width` characters at most. No line ends in blanks.
    """
    console = Console(width=width)
    with console.capture() as captured:
        console.print(shown)
        if hint:
            console.print(hint, style="dim italic", markup=False, highlight=False)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def listing() -> Table:
    """An empty table without lines, for one row of text an entry."""
    return Table(box=None, pad_edge=False, header_style="bold", collapse_padding=not is_wide())


def is_wide() -> bool:
    """Whether the terminal has room for more than is needed."""
    return Console().width >= _WIDE


@contextmanager
def whoever_stops_listening(stream: TextIO) -> Iterator[None]:
    """Writing to `stream` ends where its reader has gone: `| head` is no error."""
    try:
        yield
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # what Python would flush at its end


def when(moment: datetime | None, precision: Precision | None = None) -> str:
    """A time in a list, UTC, to the minute or to the day where no more is known; "-" where nothing is."""
    if moment is None:
        return "-"
    return f"{moment:%Y-%m-%d}" if precision == "day" else f"{moment:%Y-%m-%d %H:%M}"


def in_a_line(text: str) -> str:
    """A text of an article in one line, of which a terminal obeys nothing."""
    return strip_controls(" ".join(text.split()))


def plain(value: Any) -> Any:
    """A time as ISO 8601 in UTC, any other value as it is."""
    return format_iso(value) if isinstance(value, datetime) else value
