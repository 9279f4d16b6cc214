"""Scripts, styles and data that some tools leave in the text of a page."""

from __future__ import annotations

import re

MAX_WRAPPED_LENGTH = 100
"""Longest line of a hard-wrapped dump. A longer line is a sentence, with or without a full stop."""
SAMPLE = 2000
_CODE = re.compile(
    r"[{};=]\s*$|\(\)|=>|\bfunction\b|\bvar\s|\bconst\s|\":|[.#][\w-]+\s*\{|\{[\w-]+:|</|<\\/|\\\"|&&|\|\|"
)
_CODE_SHARE = 25
_CODE_ROW = re.compile(
    r"\s*(?:[\]})({\[]+[,;]*|\"[^\"\s]*\"\s*[,:\]].*|[\w$-]+\s?[:=]\s?.*[;,{\[]|[\w-]+: [\d.]+[\w%]*|.*[{}\[(]"
    r"|[\d\[\]{}\", ]+)\s*$"
)
"""A line of a script or style in a text that has more of them."""
_CODE_ROW_SHARE = 12
_MIN_CODE_ROWS = 10
_CODE_MARK = re.compile(r"[{}\[\]();=<>\\|&_\"#@/]")


def is_code(line: str, share: int = _CODE_SHARE) -> bool:
    """Return whether a line is a script, a style or data rather than prose."""
    sample = line[:SAMPLE]
    marks = len(_CODE_MARK.findall(sample))
    return marks * share > len(sample) and _CODE.search(sample) is not None


def remove_code(text: str) -> str:
    """Remove the scripts and styles that some tools leave in a text; their brackets are not those of Markdown."""
    rows = text.split("\n")
    code = [len(row) > MAX_WRAPPED_LENGTH and is_code(row, _CODE_ROW_SHARE) for row in rows]
    short = sum(map(is_code, rows))
    if short >= _MIN_CODE_ROWS and short * _CODE_SHARE > len(rows):
        code = [is_long or _CODE_ROW.match(row) is not None for row, is_long in zip(rows, code, strict=True)]
    return "\n".join("" if is_one else row for row, is_one in zip(rows, code, strict=True))
