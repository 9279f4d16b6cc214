"""Spans of time as people write and read them; the rest of the examples are in the module."""

from __future__ import annotations

from datetime import timedelta

import pytest

from newscrawl.errors import ArgumentError
from newscrawl.operations.durations import in_short, in_words, read_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86400), ("1d2h3m4s", 93784), ("007m", 420)]
)
def test_valid_durations(text: str, seconds: int) -> None:
    assert read_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "m", "-1h", "1.5h", "0s", "0d0h", "30m1h", "2 h", "1w", "9999999d", "٣m"])
def test_invalid_durations(text: str) -> None:
    with pytest.raises(ArgumentError, match="give a duration"):
        read_duration(text)


@pytest.mark.parametrize(
    ("seconds", "words", "short"),
    [
        (-5, "0 seconds", "0 s"),
        (0.9, "0 seconds", "0 s"),
        (1, "1 second", "1 s"),
        (59.9, "59 seconds", "59 s"),
        (60, "1 minute", "1 min"),
        (3599, "59 minutes", "59 min"),
        (7200, "2 hours", "2 h"),
        (86400, "1 day", "1 d"),
        (40 * 86400, "40 days", "40 d"),
    ],
)
def test_formats(seconds: float, words: str, short: str) -> None:
    span = timedelta(seconds=seconds)
    assert (in_words(span), in_short(span)) == (words, short)
