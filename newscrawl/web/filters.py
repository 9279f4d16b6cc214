"""How values read on a page: the filters of the templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from newscrawl.article import Block, Precision
from newscrawl.export.display import format_count, format_day, format_time, strip_controls
from newscrawl.storage import Hit
from newscrawl.web.request import address

_MAILBOX = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,253}")
_NUMBER = re.compile(r"[-+−(]?[$€£¥]?\d[\d.,]*\s?(?:%|bp|bps|bn|m|k)?\)?", re.IGNORECASE)


def plain(value: object) -> object:
    """A text without controls and reversed writing; any other value as it is. Templates show everything through it.

    Markup stays markup: Datasette makes that of some cells, stored text and all.
    """
    return type(value)(strip_controls(value)) if isinstance(value, str) else value


def outgoing(url: str | None) -> str | None:
    """The address if a browser may follow it: http or https; None for javascript:, data: and whatever else it is.

    >>> outgoing("https://news.example/a"), outgoing("javascript:alert(1)"), outgoing("https:///a")
    ('https://news.example/a', None, None)
    """
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    usable = parts.scheme in ("http", "https") and parts.netloc and not re.search(r"[\s\x00-\x1f<>\"]", url or "")
    return url if usable else None


def mailto(mailbox: str | None) -> str | None:
    """The address to write to; None for what is no mailbox."""
    return f"mailto:{quote(mailbox, safe='@')}" if mailbox and _MAILBOX.fullmatch(mailbox) else None


def long_day(value: date) -> str:
    """As in "Tuesday, 24 May 2016"."""
    return f"{value:%A}, {format_day(value)}"


def clock(value: datetime | None, precision: Precision | None) -> str:
    """As in "13:15"; empty where only the day is known."""
    return f"{value:%H:%M}" if value and precision != "day" else ""


def exact(value: datetime) -> str:
    """A time for the datetime attribute, ISO 8601 in UTC."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def thousands(number: int) -> str:
    """As in "12,345"."""
    return f"{number:,}"


def by_day(hits: Iterable[Hit]) -> Iterator[tuple[date | None, list[Hit]]]:
    """Articles in the order given, those of one day (UTC) together."""
    for day, of_day in groupby(hits, lambda hit: hit.published_at.date() if hit.published_at else None):
        yield day, list(of_day)


def runs(body: Sequence[Block]) -> Iterator[tuple[str, list[Block]]]:
    """The body by kind, items of one list together."""
    for kind, blocks in groupby(body, lambda block: block.kind):
        if kind == "list_item":
            yield kind, list(blocks)
        else:
            yield from ((kind, [block]) for block in blocks)


def cells(table: Block) -> list[list[tuple[str, bool]]]:
    """A table's rows of cells, each with whether it is a number."""
    rows = [row.split("\t") for row in table.text.split("\n")]
    width = max(map(len, rows))
    return [[(cell, bool(_NUMBER.fullmatch(cell.strip()))) for cell in row + [""] * (width - len(row))] for row in rows]


def with_code(text: str) -> Markup:
    """Our own text, with what stands between `backticks` as code.

    >>> with_code("`a` < `b`")
    Markup('<code>a</code> &lt; <code>b</code>')
    """
    code = Markup("<code>{}</code>")
    return Markup().join(code.format(part) if at % 2 else part for at, part in enumerate(text.split("`")))


def is_number(cell: object) -> bool:
    """Whether a cell of an answer is a number: Datasette gives all of them as text.

    >>> is_number("12"), is_number("0.5"), is_number("2016-05-24")
    (True, True, False)
    """
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", str(cell)))


FILTERS = {
    "address": lambda name, kind: address(kind, name),
    "by_day": by_day,
    "cells": cells,
    "clock": clock,
    "counted": format_count,
    "exact": exact,
    "is_number": is_number,
    "long_day": long_day,
    "mailto": mailto,
    "moment": format_time,
    "outgoing": outgoing,
    "runs": runs,
    "short_day": format_day,
    "thousands": thousands,
    "with_code": with_code,
}
