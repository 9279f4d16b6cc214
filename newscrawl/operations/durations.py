"""Durations and counts as people type and read them."""

from __future__ import annotations

import re
from datetime import timedelta

from newscrawl.errors import ArgumentError

_FORM = re.compile(r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,8})s)?")
_UNITS = ((86400, "day", "d"), (3600, "hour", "h"), (60, "minute", "min"), (1, "second", "s"))


def read_count(text: str) -> int:
    """Read a whole number of 1 or more, at most nine digits. Raises ArgumentError."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise ArgumentError("give a whole number of 1 or more")
    return int(text)


def read_duration(text: str) -> timedelta:
    """Read a duration longer than zero. Raises ArgumentError.

    >>> read_duration("90s"), read_duration("1h30m")
    (datetime.timedelta(seconds=90), datetime.timedelta(seconds=5400))
    """
    match = _FORM.fullmatch(text)
    if not match or not any(match.groups("")):
        raise ArgumentError("give a duration such as 90s, 30m, 2h or 1d")
    days, hours, minutes, seconds = map(int, match.groups("0"))
    duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not duration:
        raise ArgumentError("give a duration longer than zero")
    return duration


def in_words(duration: timedelta) -> str:
    """Format a duration in its largest unit, rounded down; less than a second, or negative, is "0 seconds".

    >>> in_words(timedelta(minutes=12, seconds=40)), in_words(timedelta(hours=1))
    ('12 minutes', '1 hour')
    """
    number, word, _ = _largest_unit(duration)
    return f"{number} {word}{'' if number == 1 else 's'}"


def in_short(duration: timedelta) -> str:
    """Format a duration as `in_words` does, for a narrow column.

    >>> in_short(timedelta(minutes=12, seconds=40)), in_short(timedelta(days=3))
    ('12 min', '3 d')
    """
    number, _, abbreviation = _largest_unit(duration)
    return f"{number} {abbreviation}"


def _largest_unit(duration: timedelta) -> tuple[int, str, str]:
    seconds = max(0, int(duration.total_seconds()))
    size, word, abbreviation = next((unit for unit in _UNITS if seconds >= unit[0]), _UNITS[-1])
    return seconds // size, word, abbreviation
