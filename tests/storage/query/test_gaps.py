"""Gaps in coverage, compared with the days around them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.storage.query.gaps import Gap, find_gaps

BEGIN = date(2024, 1, 1)  # a Monday


def every(step: int, days: int = 364, *, but: range = range(0), weekdays: range = range(7)) -> list[date]:
    present = [BEGIN + timedelta(days=number) for number in range(0, days, step) if number not in but]
    return [day for day in present if day.weekday() in weekdays]


def spans(days: list[date]) -> list[tuple[str, int]]:
    return [(gap.first.isoformat(), gap.days) for gap in find_gaps(days, 10)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([], []),
        ([BEGIN], []),
        (every(1), []),
        (every(1, weekdays=range(5)), []),
        (every(30, 3_000), []),
        (every(1, but=range(100, 110)), [("2024-04-10", 10)]),
        (every(1, weekdays=range(5), but=range(98, 105)), [("2024-04-06", 9)]),
        (every(1, weekdays=range(5), but=range(100, 101)), [("2024-04-10", 1)]),
        (every(1, weekdays=range(5), but=range(103, 105)), []),
        (every(1, but=range(100, 101)), [("2024-04-10", 1)]),
        (every(1, 12, but=range(4, 6)), []),
        (every(1, but=range(200, 210)) + every(1, but=range(500)), [("2024-07-19", 10)]),
    ],
    ids=[
        "no day",
        "one day",
        "each day",
        "no weekends",
        "one a month",
        "ten days missing",
        "a week missing between weekends",
        "a Wednesday missing of a weekday paper",
        "a weekend of a weekday paper",
        "a day missing",
        "so few days that nothing is usual yet",
        "near the end",
    ],
)
def test_a_gap_is_where_articles_were_expected(days: list[date], expected: list[tuple[str, int]]) -> None:
    assert spans(days) == expected


def test_gaps_come_longest_first_with_the_expected_days() -> None:
    days = [day for day in every(1, weekdays=range(5)) if day.month not in (3, 6, 7)]
    first, second = find_gaps(days, 10)
    assert (first.first, first.last, first.days) == (date(2024, 6, 1), date(2024, 7, 31), 61)
    assert (second.first, second.last, second.days) == (date(2024, 3, 1), date(2024, 3, 31), 31)
    assert 35 < first.expected < 43
    assert find_gaps(days, 1) == (first,)


def test_only_an_unusual_pause_of_a_weekly_is_a_gap() -> None:
    days = [*every(7, 560), *(day + timedelta(days=1_498) for day in every(7, 560))]
    assert spans(days) == [("2025-07-08", 944)]


def test_few_articles_have_no_gap() -> None:
    assert spans([*every(28, 560), *(day + timedelta(days=1_500) for day in every(28, 560))]) == []


@given(st.sets(st.dates(date(1, 1, 1), date(9999, 12, 31)), max_size=30))
def test_gaps_lie_between_days_with_articles(present: set[date]) -> None:
    days = sorted(present)
    for gap in find_gaps(days, 10):
        assert isinstance(gap, Gap)
        assert gap.first - timedelta(days=1) in present
        assert gap.last + timedelta(days=1) in present
        assert 0 < gap.expected <= gap.days
