"""A month of a list that cron requests: number of requests, lost entries, delays. Seeded."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from newscrawl.article import Link
from newscrawl.crawl.policy import lists
from newscrawl.crawl.policy.requests import PlannedRequest
from newscrawl.states import ListState

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS = 30


@dataclass(kw_only=True)
class Life:
    """A list of a harbour's notices, which has the newest ones, and the crawl that requests it."""

    per_day: float
    """Notices, all between 6 and 18 o'clock."""
    holds: int = 30
    cron: int = 15
    """Minutes between runs."""
    dated: bool = True
    lies: bool = False
    """It has one ETag for ever."""
    down: tuple[float, float] = (0, 0)
    """From which day to which it gives no answer."""
    requests: int = 0
    sent: int = 0
    """Answers with entries."""
    found: dict[int, datetime] = field(default_factory=dict)
    state: ListState = field(default_factory=lambda: ListState(url="https://www.harbour.example/n.rss", source="feed"))

    def __post_init__(self) -> None:
        self.chance = random.Random(1)
        self.notices = list(self._notices())

    def _notices(self) -> Iterator[datetime]:
        at = BEGIN - timedelta(days=2 + 2 * self.holds / self.per_day)
        while at < BEGIN + DAYS * DAY:
            at += timedelta(days=self.chance.expovariate(2 * self.per_day))
            if 6 <= at.hour < 18:
                yield at

    def live(self) -> Life:
        """All the month's runs; each starts within seven seconds of its minute."""
        for run in range(DAYS * 1440 // self.cron):
            now = BEGIN + run * self.cron * MINUTE + timedelta(seconds=7 * self.chance.random())
            if planned := lists.plan_request(self.state, now):
                self.requests += 1
                self.state = self._answer(now, planned)
        return self

    def _answer(self, now: datetime, planned: PlannedRequest) -> ListState:
        if self.down[0] <= (now - BEGIN) / DAY < self.down[1]:
            return lists.after_failure(self.state, now, outcome="failed", reason="timeout")
        end = bisect_right(self.notices, now)
        listed = range(max(0, end - self.holds), end)
        etag = '"one"' if self.lies else f'"{listed[-1]}"'
        if planned.conditional and etag == self.state.etag:
            return lists.after_not_modified(self.state, now)
        self.sent += 1
        new = [n for n in listed if n not in self.found]
        self.found.update(dict.fromkeys(new, now))
        links = [self._link(n) for n in reversed(listed)]
        return lists.after_read(
            self.state, now, links=links, new=len(new), etag=etag, last_modified=None, planned=planned
        )

    def _link(self, n: int) -> Link:
        at = self.notices[n] if self.dated else None
        return Link(url=f"https://www.harbour.example/notices/{n}", source="feed", published_at=at)

    @property
    def runs(self) -> int:
        return DAYS * 1440 // self.cron

    @property
    def lost(self) -> int:
        """Notices that stood on the list during the month, were never found, and are no more on it."""
        ever = range(min(self.found), len(self.notices) - self.holds)
        return sum(n not in self.found for n in ever)

    @property
    def lag(self) -> timedelta:
        """From a notice to its finding, at the median of the month's."""
        lags = ((at - self.notices[n]) / MINUTE for n, at in self.found.items() if self.notices[n] > BEGIN)
        return median(lags) * MINUTE


@pytest.mark.parametrize(
    ("life", "max_requests", "latest"),
    [
        # what comes; at most: the share of runs that ask, and the minutes after which half of it is found
        ({"per_day": 300, "holds": 100}, 0.65, 10),
        ({"per_day": 300, "holds": 20}, 0.97, 10),
        ({"per_day": 40}, 0.36, 20),
        ({"per_day": 40, "cron": 60}, 0.80, 40),
        ({"per_day": 3}, 0.07, 180),
        ({"per_day": 0.1, "holds": 10}, 0.05, 240),
        ({"per_day": 40, "dated": False}, 0.40, 20),
    ],
)
def test_nothing_is_lost_and_a_quiet_list_is_left_alone(
    life: dict[str, float], max_requests: float, latest: int
) -> None:
    lived = Life(**life).live()  # type: ignore[arg-type]
    assert lived.lost == 0
    assert lived.requests <= max_requests * lived.runs
    assert lived.lag <= latest * MINUTE


def test_an_honest_list_sends_its_entries_only_when_there_is_something_new() -> None:
    lived = Life(per_day=3).live()
    assert not lived.state.validators_lie
    assert lived.sent <= len(lived.found) + DAYS  # once a day, to see whether it lies


@pytest.mark.parametrize("dated", [True, False])
def test_a_list_that_lies_is_found_out_before_anything_is_lost(dated: bool) -> None:
    lived = Life(per_day=40, lies=True, dated=dated).live()
    assert lived.state.validators_lie
    assert lived.lost == 0
    assert lived.lag <= 20 * MINUTE


def test_an_outage_costs_few_requests_and_no_more_than_its_time() -> None:
    lived = Life(per_day=40, holds=200, down=(10, 12)).live()
    assert lived.lost == 0
    assert lived.state.failures == 0
    during = [at for at in lived.found.values() if BEGIN + 10 * DAY <= at < BEGIN + 12.3 * DAY]
    assert min(during) <= BEGIN + 12 * DAY + timedelta(hours=6)
