"""Dates as people type them."""

from datetime import UTC, datetime

import pytest

from newscrawl.date_range import read_range, read_since, read_until
from newscrawl.errors import ArgumentError

_NOW = datetime(2024, 3, 31, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2013", "2013-01-01", "2014-01-01"),
        ("2013-12", "2013-12-01", "2014-01-01"),
        ("2012-02", "2012-02-01", "2012-03-01"),
        ("2013-05-27", "2013-05-27", "2013-05-28"),
        ("20130527", "2013-05-27", "2013-05-28"),
        ("2013-W22", "2013-05-27", "2013-06-03"),
        ("2013-W22-7", "2013-06-02", "2013-06-03"),
        ("2013-05-27T14:30:00+02:00", "2013-05-27T12:30", "2013-05-27T12:30"),
        ("2013-05-27T14:30", "2013-05-27T14:30", "2013-05-27T14:30"),
        ("today", "2024-03-31", "2024-04-01"),
        (" Yesterday ", "2024-03-30", "2024-03-31"),
        ("0d", "2024-03-31", "2024-04-01"),
        ("7d", "2024-03-24", "2024-03-25"),
        ("2w", "2024-03-17", "2024-03-18"),
        ("1m", "2024-02-29", "2024-03-01"),
        ("13M", "2023-02-28", "2023-03-01"),
        ("1y", "2023-03-31", "2023-04-01"),
        ("12h", "2024-03-30T22:30", "2024-03-30T22:30"),
    ],
)
def test_a_date_is_a_period(text: str, begin: str, end: str) -> None:
    since, until = read_since(text, _NOW), read_until(text, _NOW)
    assert [since, until] == [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (begin, end)]


@pytest.mark.parametrize("text", ["9999", "9999-12", "9999-12-31"])
def test_the_last_period_ends_with_the_last_moment(text: str) -> None:
    assert read_until(text) == datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "last week", "2013-13", "2013-5", "2013-02-30", "0000", "201305", "7", "-7d", "7 d", "999999y", "٢٠١٣", "1e3"],
)
def test_another_text_is_rejected_with_examples(text: str) -> None:
    for read in (read_since, read_until):
        with pytest.raises(ArgumentError, match=r"2013-05-27.*yesterday.*7d"):
            read(text)


def test_a_range() -> None:
    dates = read_range("2013", "2013")
    assert dates.contains(datetime(2013, 12, 31, 23, 59, tzinfo=UTC))
    assert not dates.contains(datetime(2014, 1, 1, tzinfo=UTC))
    with pytest.raises(ArgumentError, match="later than"):
        read_range("2014", "2013-12")
    with pytest.raises(ArgumentError, match="until=soon: give a year"):
        read_range(None, "soon")
