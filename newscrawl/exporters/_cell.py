"""A value as a cell of a spreadsheet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from newscrawl.exporters._exporter import stamp
from newscrawl.exporters.text import printable

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula begins with; the last four are the wide forms of the first, which some programs take for them."""


def cell(value: Any) -> str:
    """A cell that a spreadsheet shows and does not compute (OWASP, CSV injection).

    Lists are joined with semicolons, times are ISO 8601 in UTC, None is empty.
    """
    told = stamp(value) if isinstance(value, datetime) else value
    text = printable("; ".join(told) if isinstance(told, list | tuple) else str("" if told is None else told))
    return f"'{text}" if text.startswith(_FORMULA) else text
