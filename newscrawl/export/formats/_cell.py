"""A value as a cell of a spreadsheet."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from newscrawl.export.formats._exporter import stamp
from newscrawl.export.formats.text import printable

_FORMULA = re.compile("[\\s\u200b-\u200f\u061c\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|\t")
"""How a formula begins: with its sign, or the wide form of that, which some programs take for it; and behind blanks,
which some programs take away, and what nobody sees."""


def cell(value: Any) -> str:
    """A cell that a spreadsheet shows and does not compute (OWASP, CSV injection).

    Lists are joined with semicolons, times are ISO 8601 in UTC, None is empty.
    """
    told = stamp(value) if isinstance(value, datetime) else value
    text = printable("; ".join(told) if isinstance(told, list | tuple) else str("" if told is None else told))
    return f"'{text}" if _FORMULA.match(text) else text
