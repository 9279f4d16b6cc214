"""Numbers as bars and strips of block characters, for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable

_EIGHTHS = "▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"
NOTHING = "·"


def bar(value: float, most: float, width: int) -> str:
    """A bar of at most `width` characters, to an eighth of one; what is more than nothing is seen.

    >>> bar(10, 20, 4), bar(1, 1000, 4), bar(0, 20, 4)
    ('██', '▏', '')
    """
    if not value or not most:
        return ""
    eighths = max(1, round(8 * width * min(value, most) / most))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8 - 1 : eighths % 8 or 0]


def strip(values: Iterable[float | None], most: float) -> str:
    """A character for each value: its height out of eight, a dot for nothing, a blank for None.

    Heights go by the square root, so that a quiet week beside a busy one is still seen.

    >>> strip([16, 4, 1, 0, None, 16], 16)
    '█▄▂· █'
    """
    return "".join(" " if value is None else _height(value, most) for value in values)


def _height(value: float, most: float) -> str:
    if not value or not most:
        return NOTHING
    return _HEIGHTS[min(7, max(0, round(8 * (min(value, most) / most) ** 0.5) - 1))]
