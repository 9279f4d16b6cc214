"""Spans of time as people write and read them."""

from __future__ import annotations

import re
from datetime import timedelta

from newscrawl.errors import ArgumentError

_FORM = re.compile(r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,8})s)?")
_UNITS = ((86400, "day", "d"), (3600, "hour", "h"), (60, "minute", "min"), (1, "second", "s"))


def read_duration(text: str) -> timedelta:
    """A span of more than nothing, as typed; raises ArgumentError for what is none.

    >>> read_duration("90s"), read_duration("1h30m")
    (datetime.timedelta(seconds=90), datetime.timedelta(seconds=5400))
    """
    found = _FORM.fullmatch(text)
    if not found or not any(found.groups("")):
        raise ArgumentError("give a duration such as 90s, 30m, 2h or 1d")
    days, hours, minutes, seconds = map(int, found.groups("0"))
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not span:
        raise ArgumentError("give a duration of more than nothing")
    return span


def in_words(span: timedelta) -> str:
    """A span in its largest unit, rounded down; what is less than a second, or negative, is "0 seconds".

    >>> in_words(timedelta(minutes=12, seconds=40)), in_words(timedelta(hours=1))
    ('12 minutes', '1 hour')
    """
    number, (_, word, _) = _largest(span)
    return f"{number} {word}{'' if number == 1 else 's'}"


def in_short(span: timedelta) -> str:
    """As in_words, for a narrow column.

    >>> in_short(timedelta(minutes=12, seconds=40)), in_short(timedelta(days=3))
    ('12 min', '3 d')
    """
    number, (_, _, letter) = _largest(span)
    return f"{number} {letter}"


def _largest(span: timedelta) -> tuple[int, tuple[int, str, str]]:
    seconds = max(0, int(span.total_seconds()))
    unit = next((unit for unit in _UNITS if seconds >= unit[0]), _UNITS[-1])
    return seconds // unit[0], unit
