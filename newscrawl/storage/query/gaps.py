"""Gaps in an archive's coverage: days without an article, where articles were to be expected. Pure.

What is usual is told by the same weekday in the quarter before and after: a paper that does not appear on Sundays has
no gap there, and an archive of one article a month has none between two of them. A run of empty days is a gap where
its emptiness had a chance of 1 in 20 or less, had each day brought articles as often as its weekday does around it.
Where fewer than twelve days around it have any, nothing is usual, and no gap is told.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import log, log1p

_AROUND = 91
"""Days before a run, and as many after it, that tell what is usual."""
_ENOUGH = 12
"""Days with articles around a run, from which something is usual."""
_CHANCE = 1 / 20
_LOOKED_AT = 5_000
"""Runs that are judged, the longest first: all of those of twenty years."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of days without an article; both ends inclusive."""

    first: date
    last: date
    expected: float
    """On how many of them articles were to be expected."""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


def gaps(days: Sequence[date], limit: int) -> tuple[Gap, ...]:
    """The longest gaps between these days (ascending, each once), at most `limit`, the longest first."""
    empty = [(one + _DAY, other - _DAY) for one, other in pairwise(days) if (other - one).days > 1]
    longest = sorted(empty, key=lambda run: (run[0] - run[1], run[0]))[:_LOOKED_AT]
    found: list[Gap] = []
    for first, last in longest:
        if len(found) == limit:
            break
        if gap := _judged(days, first, last):
            found.append(gap)
    return tuple(found)


def _judged(days: Sequence[date], first: date, last: date) -> Gap | None:
    """The run as a gap; None where it is as was to be expected."""
    begin, end = (
        max(first.toordinal() - _AROUND, days[0].toordinal()),
        min(last.toordinal() + _AROUND, days[-1].toordinal()),
    )
    filled = days[bisect_left(days, date.fromordinal(begin)) : bisect_right(days, date.fromordinal(end))]
    if len(filled) < _ENOUGH:
        return None
    near = [*range(begin, first.toordinal()), *range(last.toordinal() + 1, end + 1)]
    shares = list(_shares(Counter(number % 7 for number in near), Counter(day.toordinal() % 7 for day in filled)))
    often = [((last - first).days + 7 - (weekday - first.toordinal()) % 7) // 7 for weekday in range(7)]
    surprise = -sum(count * log1p(-share) for count, share in zip(often, shares, strict=True))
    if surprise < -log(_CHANCE):
        return None
    return Gap(first, last, sum(count * share for count, share in zip(often, shares, strict=True)))


def _shares(near: Counter[int], filled: Counter[int]) -> Iterator[float]:
    """For each weekday, how often it brings articles: never quite 0 or 1, the less so the fewer of them are near."""
    for weekday in range(7):
        yield (filled[weekday] + 0.5) / (near[weekday] + 1)
