"""Template filters: how values are written on a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from newscrawl.article import Block, Precision
from newscrawl.export.display import (
    format_count,
    format_day,
    format_iso,
    format_time,
    name_commands,
    strip_controls,
)
from newscrawl.storage import Hit
from newscrawl.web.request import make_path

_MAILBOX = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,253}")
_NUMBER = re.compile(r"[-+−(]?[$€£¥]?\d[\d.,]*\s?(?:%|bp|bps|bn|m|k)?\)?", re.IGNORECASE)


def finalize(value: object) -> object:
    """Remove terminal controls and bidirectional overrides from a text; every template output passes this."""
    # Markup stays markup: Datasette wraps some cells in it, stored text included.
    return type(value)(strip_controls(value)) if isinstance(value, str) else value


def outgoing_link(url: str | None) -> str | None:
    """Return a URL that a browser may follow, http or https; None for javascript:, data: and anything else.

    >>> outgoing_link("https://news.example/a"), outgoing_link("javascript:alert(1)"), outgoing_link("https:///a")
    ('https://news.example/a', None, None)
    """
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    usable = parts.scheme in ("http", "https") and parts.netloc and not re.search(r"[\s\x00-\x1f<>\"]", url or "")
    return url if usable else None


def mailto_link(mailbox: str | None) -> str | None:
    return f"mailto:{quote(mailbox, safe='@')}" if mailbox and _MAILBOX.fullmatch(mailbox) else None


def format_weekday(value: date) -> str:
    """Write a day as "Tuesday, 24 May 2016"."""
    return f"{value:%A}, {format_day(value)}"


def format_clock(value: datetime | None, precision: Precision | None) -> str:
    """Write a time as "13:15"; empty if only the day is known."""
    return f"{value:%H:%M}" if value and precision != "day" else ""


def format_number(number: int) -> str:
    return f"{number:,}"


def group_by_day(hits: Iterable[Hit]) -> Iterator[tuple[date | None, list[Hit]]]:
    for day, of_day in groupby(hits, lambda hit: hit.published_at.date() if hit.published_at else None):
        yield day, list(of_day)


def group_blocks(body: Sequence[Block]) -> Iterator[tuple[str, list[Block]]]:
    """Group consecutive list items; other blocks stay alone."""
    for kind, blocks in groupby(body, lambda block: block.kind):
        if kind == "list_item":
            yield kind, list(blocks)
        else:
            yield from ((kind, [block]) for block in blocks)


def split_cells(table: Block) -> list[list[tuple[str, bool]]]:
    """Split a table into rows of cells, each with whether it is a number; all rows get the same length."""
    rows = [row.split("\t") for row in table.text.split("\n")]
    width = max(map(len, rows))
    return [[(cell, bool(_NUMBER.fullmatch(cell.strip()))) for cell in row + [""] * (width - len(row))] for row in rows]


def mark_code(text: str) -> Markup:
    """Mark `backticks` in our own texts as code.

    >>> mark_code("`a` < `b`")
    Markup('<code>a</code> &lt; <code>b</code>')
    """
    code = Markup("<code>{}</code>")
    return Markup().join(code.format(part) if at % 2 else part for at, part in enumerate(text.split("`")))


def is_number(cell: object) -> bool:
    """Whether a cell of a query result is a number: Datasette passes all of them as text.

    >>> is_number("12"), is_number("0.5"), is_number("2016-05-24")
    (True, True, False)
    """
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", str(cell)))


_FUNCTIONS = (
    *(finalize, format_clock, format_count, format_day, format_iso, format_number, format_time, format_weekday),
    *(group_blocks, group_by_day, is_number, mailto_link, mark_code, name_commands, outgoing_link, split_cells),
)
FILTERS = {function.__name__: function for function in _FUNCTIONS} | {"path": lambda name, kind: make_path(kind, name)}
