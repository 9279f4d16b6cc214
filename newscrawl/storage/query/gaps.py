"""Gaps in an archive's coverage: days without an article on which articles were expected. Pure.

How often a weekday has articles is estimated from the quarters before and after: a newspaper that does not appear on
Sundays has no gap there, and an archive of one article a month has none between two of them. A run of empty days is a
gap if it would be empty by chance with a probability of at most 5 %. Fewer than twelve days with articles around a run
are too few for an estimate, and give no gap.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import log, log1p

_QUARTER = 91  # days before and after a run that are looked at
_ENOUGH_DAYS = 12
_CHANCE = 1 / 20
_MAX_RUNS = 5_000  # runs that are judged, the longest first: every one of twenty years
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of days without an article; both ends inclusive."""

    first: date
    last: date
    expected: float
    """On how many of its days articles were expected."""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def find_gaps(days: Sequence[date], limit: int) -> tuple[Gap, ...]:
    """Find the longest gaps between days with articles (ascending, each once), the longest first."""
    runs = [(one + _DAY, other - _DAY) for one, other in pairwise(days) if (other - one).days > 1]
    gaps: list[Gap] = []
    for first, last in sorted(runs, key=lambda run: (run[0] - run[1], run[0]))[:_MAX_RUNS]:
        if len(gaps) == limit:
            break
        if gap := _judge(days, first, last):
            gaps.append(gap)
    return tuple(gaps)


def _judge(days: Sequence[date], first: date, last: date) -> Gap | None:
    """The run of empty days as a gap; None if it is no surprise."""
    begin = max(first.toordinal() - _QUARTER, days[0].toordinal())
    end = min(last.toordinal() + _QUARTER, days[-1].toordinal())
    with_articles = days[bisect_left(days, date.fromordinal(begin)) : bisect_right(days, date.fromordinal(end))]
    if len(with_articles) < _ENOUGH_DAYS:
        return None
    around = Counter(day % 7 for day in (*range(begin, first.toordinal()), *range(last.toordinal() + 1, end + 1)))
    filled = Counter(day.toordinal() % 7 for day in with_articles)
    improbability = expected = 0.0
    for weekday in range(7):
        # Never quite 0 or 1, and the less so the fewer such weekdays there are.
        share = (filled[weekday] + 0.5) / (around[weekday] + 1)
        in_run = ((last - first).days + 7 - (weekday - first.toordinal()) % 7) // 7
        improbability -= in_run * log1p(-share)
        expected += in_run * share
    return Gap(first, last, expected) if improbability >= -log(_CHANCE) else None
