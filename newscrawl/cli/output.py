"""What commands print: tables and bars for a terminal, JSON, CSV, progress and errors."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from itertools import islice
from typing import Any, TextIO, TypeVar

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from newscrawl.article import Precision
from newscrawl.configuration import redact
from newscrawl.export.display import format_cell, format_iso, name_commands, strip_controls

FORMATS = ("table", "json", "csv")
UNFOLDED = 10_000
"""Characters: a width at which an address stays in one piece, to be copied or piped."""
_EIGHTHS = "▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"
_ESCAPE = "newscrawl_escape"
_PLAIN = {
    "…": "...",
    "·": ".",
    "–": "-",
    "—": "--",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "→": "->",
    "×": "x",
    "█": "#",
    **dict.fromkeys("▏▎▍▌▋▊▉", "|"),
    **dict.fromkeys("▁▂", "_"),
    **dict.fromkeys("▃▄▅▆▇", "="),
    **dict.fromkeys("─━", "-"),
    **dict.fromkeys("│┃", "|"),
}
"""ASCII for what tables and bars are drawn with, and for the most frequent other characters of printed text."""
_UNPRINTABLE = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WIDE = 100
_ROWS = 500
"""Rows that are printed together."""
_Row = TypeVar("_Row")


def prepare_streams() -> None:
    r"""Let standard output and standard error escape what their encoding does not have, as JSON does: \u00e9.

    Called once, by the first thing that runs. Files that commands write are UTF-8 whatever the terminal is.
    """
    codecs.register_error(_ESCAPE, _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ESCAPE)


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)), error.end


def to_printable(text: str, encoding: str | None = None) -> str:
    """Replace what a table is drawn with by ASCII, where the encoding of standard output does not have it.

    >>> print(to_printable("█▌ 3 … café", "latin-1"))
    #| 3 ... café
    """
    encoding = encoding or getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "".join(map(_find_printable(encoding), text))
    return text


def _find_printable(encoding: str) -> Callable[[str], str]:
    def replace(character: str) -> str:
        if character not in _PLAIN:
            return character
        try:
            character.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            return _PLAIN[character]
        return character

    return replace


def format_json(value: Any) -> str:
    """Format a value as indented JSON, terminal controls escaped; times are ISO 8601 in UTC."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=to_plain) + "\n"
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def format_rows(form: str, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Format rows as "json", or their values of these names as "csv": a header line, lists joined with semicolons."""
    return "".join(iterate_rows(form, names, rows))


def format_records(form: str, kind: type[Any], records: Iterable[Any]) -> str:
    """Format dataclass instances of a kind as "json" or "csv"."""
    return "".join(iterate_records(form, kind, records))


def iterate_rows(form: str, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Format rows as `format_rows` does, piece by piece: memory does not grow with their number."""
    if form == "json":
        yield from _iterate_json(rows)
        return
    yield _format_csv_lines([names])
    for part in _split(rows):
        yield _format_csv_lines([format_cell(row[name]) for name in names] for row in part)


def iterate_records(form: str, kind: type[Any], records: Iterable[Any]) -> Iterator[str]:
    """Format dataclass instances of a kind as "json" or "csv", piece by piece."""
    return iterate_rows(form, [field.name for field in fields(kind)], map(asdict, records))


def _iterate_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    before = "["
    for row in rows:
        yield before + f"\n{format_json(row)}".rstrip().replace("\n", "\n  ")
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _format_csv_lines(lines: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _split(rows: Iterable[_Row]) -> Iterator[list[_Row]]:
    rest = iter(rows)
    while part := list(islice(rest, _ROWS)):
        yield part


def iterate_table(
    rows: Iterable[_Row],
    make: Callable[[Sequence[_Row]], Table],
    *,
    width: int | None = None,
    format_below: Callable[[_Row], str] | None = None,
) -> Iterator[str]:
    """Render a table piece by piece: `make` makes a table of some rows, all with the same columns.

    `format_below` returns what is printed below a row. Columns are as wide as the first rows need.
    """
    widths: list[int] = []
    for part in _split(rows):
        table = make(part)
        table.show_header = not widths
        for column, at_least in zip(table.columns, widths, strict=False):
            column.min_width = at_least
        lines = render_terminal(table, width=width).splitlines(keepends=True)
        if format_below:
            below = ["", *map(format_below, part)] if table.show_header else map(format_below, part)
            lines = [line + more for line, more in zip(lines, below, strict=True)]
        yield "".join(lines)
        widths = widths or [_measure(column) for column in table.columns]


def _measure(column: Column) -> int:
    cells = (cell.plain if isinstance(cell, Text) else str(cell) for cell in (column.header, *column.cells))
    return min(max(map(cell_len, cells)), column.max_width or UNFOLDED)


def write_output(pieces: Iterable[str]) -> None:
    """Write to standard output, and stop without an error when its reader has gone (`| head`)."""
    with ignore_broken_pipe(sys.stdout):
        for piece in pieces:
            sys.stdout.write(piece)


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return Console().is_terminal


def render_terminal(content: RenderableType, hint: str | None = None, *, width: int | None = None) -> str:
    """Render as a terminal shows it, in colour where standard output is one, with a hint on what to do next below.

    It is as wide as the terminal, or at most `width` characters. No line ends in blanks.
    """
    console = Console(width=width)
    with console.capture() as captured:
        console.print(content)
        if hint:
            console.print(name_commands(hint), style="dim italic", markup=False, highlight=False)
    return "".join(f"{line.rstrip()}\n" for line in to_printable(captured.get()).splitlines())


def format_hint(text: str) -> str:
    """Format a line on what to do next, as below a table."""
    return render_terminal(Text(name_commands(text), style="dim italic"))


def make_table(*names: str, numbers: Collection[str] = ()) -> Table:
    """Make a table without lines, for one row of text per entry; the columns named in `numbers` are aligned right."""
    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=not is_wide())
    for name in names:
        table.add_column(name, justify="right" if name in numbers else "left", no_wrap=True)
    return table


def is_wide() -> bool:
    """Whether the terminal has room for optional columns."""
    return Console().width >= _WIDE


def print_error(error: object) -> None:
    """Print one line on standard error, without passwords."""
    sys.stderr.write(f"{name_commands(strip_controls(redact(str(error))))}\n")


def print_message(text: str) -> None:
    """Print lines for people, in which commands are named as they are called here."""
    print(name_commands(strip_controls(text)))


@contextmanager
def ignore_broken_pipe(stream: TextIO) -> Iterator[None]:
    """Stop writing to `stream` without an error when its reader has gone (`| head`)."""
    try:
        yield
        stream.flush()
    except BrokenPipeError:
        # Python flushes the stream once more at exit: that must not fail either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def show_status(text: str) -> Iterator[None]:
    """On a terminal, show a line with a spinner while something takes time."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(text, spinner="line"):
            yield
    else:
        yield


@contextmanager
def show_progress(text: str) -> Iterator[Callable[[int, int], None]]:
    """On a terminal, show a bar with the time left; call what it yields with the done and the total number."""
    console = Console(stderr=True)
    columns = (TextColumn(text), BarColumn(30), MofNCompleteColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def format_list_time(moment: datetime | None, precision: Precision | None = None) -> str:
    """Format a UTC time for a list, to the minute, or to the day where no more is known; "-" for None."""
    if moment is None:
        return "-"
    return f"{moment:%Y-%m-%d}" if precision == "day" else f"{moment:%Y-%m-%d %H:%M}"


def to_one_line(text: str) -> str:
    """Join a text of an article into one line without terminal controls."""
    return strip_controls(" ".join(text.split()))


def shorten(text: str, length: int) -> str:
    """Cut a text to at most `length` characters, the last one an ellipsis.

    >>> shorten("shorter", 5), shorten("short", 5)
    ('shor…', 'short')
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def to_plain(value: Any) -> Any:
    """Convert a time to ISO 8601 in UTC; any other value stays."""
    return format_iso(value) if isinstance(value, datetime) else value


def draw_bar(value: float, largest: float, width: int) -> str:
    """Draw a bar of at most `width` characters, to an eighth of one; any value above zero is visible.

    >>> draw_bar(10, 20, 4), draw_bar(1, 1000, 4), draw_bar(0, 20, 4)
    ('██', '▏', '')
    """
    if not value or not largest:
        return ""
    eighths = max(1, round(8 * width * min(value, largest) / largest))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8 - 1 : eighths % 8 or 0]


def draw_strip(values: Iterable[float | None], largest: float) -> str:
    """Draw one character per value: its height in eighths, a dot for zero, a blank for None.

    >>> draw_strip([16, 4, 1, 0, None, 16], 16)
    '█▄▂· █'
    """
    strip = ""
    for value in values:
        if not value or not largest:
            strip += " " if value is None else "·"
        else:
            # By the square root, so that a quiet week beside a busy one is still visible.
            strip += _HEIGHTS[max(0, round(8 * (min(value, largest) / largest) ** 0.5) - 1)]
    return strip
