"""When a run's pages lack more than the site's ever did."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.crawl.policy import drift
from newscrawl.crawl.policy.drift import Drift

RATES = {"headline": 0.005, "body": 0.02, "layout": 0.02, "published_at": 0.02, "byline": 0.2, "section": 0.1}
"""How often a healthy site's pages lack a field."""


def run(pages: int, **without: int) -> dict[str, int]:
    """The counts of a run; a field that is not named is missing nowhere."""
    return {"fields/pages": pages} | {f"fields/without_{name}": without.get(name, 0) for name in RATES}


def healthy(chance: random.Random, pages: int) -> dict[str, int]:
    return run(pages, **{name: sum(chance.random() < rate for _ in range(pages)) for name, rate in RATES.items()})


GOOD = [run(20)] * 30
ODD = [run(20, body=1, layout=1, byline=4)] * 30
NEW = [run(2)]


@pytest.mark.parametrize(
    ("now", "past", "found"),
    [
        (run(12, headline=9), GOOD, "headline missing on 9 of 12 pages, 0.0 % before"),
        (run(12, body=9), ODD, "body missing on 9 of 12 pages, 5.0 % before"),
        (run(3, headline=3), GOOD, "headline missing on 3 of 3 pages, 0.0 % before"),
        (run(3, layout=3), GOOD, "layout missing on 3 of 3 pages, 0.0 % before"),
        (run(3, body=3, headline=3, layout=3), GOOD, "headline missing on 3 of 3 pages, 0.0 % before"),
        (run(3, headline=2), GOOD, None),
        (run(3, body=3), ODD, None),  # one in 8,000 of such runs
        (run(4, body=4), ODD, "body missing on 4 of 4 pages, 5.0 % before"),
        (run(20, body=1, layout=1, byline=4), ODD, None),
        (run(400, headline=30), GOOD, None),  # fewer than one in ten
        (run(400, headline=60), GOOD, "headline missing on 60 of 400 pages, 0.0 % before"),
        (run(0), GOOD, None),
        ({}, GOOD, None),
        (run(12), GOOD, None),
        # with the run before it
        (run(1, headline=1), [run(2, headline=2), *GOOD], "headline missing on 3 of 3 pages, 0.0 % before"),
        (run(1, headline=1), [run(0), run(2, headline=2), *GOOD], "headline missing on 3 of 3 pages, 0.0 % before"),
        (run(1, headline=1), [run(2), *GOOD], None),
        (run(1, headline=1), GOOD, None),
        # no past
        (run(9, headline=9), [], "headline missing on 9 of 9 pages"),
        (run(5, body=5), [], "body missing on 5 of 5 pages"),
        (run(4, body=4), [], None),
        (run(9, headline=8), [], None),
        (run(9, layout=9, byline=9), [], None),
        (run(3, headline=3), NEW, None),
        # what not every article has
        (run(3, byline=3), GOOD, None),
        (run(12, byline=12), GOOD, "byline missing on 12 of 12 pages, 0.0 % before"),
        (run(12, published_at=12), GOOD, "published at missing on 12 of 12 pages, 0.0 % before"),
        (run(12, byline=12), ODD, None),
        (run(20, byline=20), ODD, "byline missing on 20 of 20 pages, 20.0 % before"),
        (run(30, byline=12), GOOD, None),  # fewer than half
    ],
)
def test_what_is_drift(now: dict[str, int], past: list[dict[str, int]], found: str | None) -> None:
    drifted = drift.find(now, past)
    assert (str(drifted) if drifted else None) == found


def test_a_drift_as_text() -> None:
    found = drift.find(run(12, headline=9), GOOD)
    assert found == Drift(field="headline", missing=9, pages=12, past_rate=0.0)


def test_a_missing_count_is_none_missing() -> None:
    past: Any = [{"fields/pages": 20}] * 30
    assert drift.find({"fields/pages": 3, "fields/without_body": 3}, past) == Drift(
        field="body", missing=3, pages=3, past_rate=0
    )


@pytest.mark.parametrize("most_pages", [2, 5, 60])
def test_hundreds_of_healthy_runs_give_no_alarm(most_pages: int) -> None:
    chance = random.Random(most_pages)
    past: list[dict[str, int]] = []
    for n in range(400):
        now = healthy(chance, chance.randint(0, most_pages))
        assert drift.find(now, past) is None, (n, now)
        past = [now, *past]


@pytest.mark.parametrize("broken", ["headline", "body", "layout"])
@pytest.mark.parametrize("pages", [3, 4, 12])
def test_a_redesign_gives_an_alarm_in_the_first_run_with_three_pages(broken: str, pages: int) -> None:
    for seed in range(30):
        chance = random.Random(seed)
        past = [healthy(chance, chance.randint(0, 30)) for _ in range(60)]
        found = drift.find(healthy(chance, pages) | {f"fields/without_{broken}": pages}, past)
        assert found, seed


def test_a_redesign_that_comes_a_page_a_run_gives_an_alarm_at_the_third() -> None:
    past, alarms = GOOD, []
    for _ in range(6):
        now = run(1, body=1)
        alarms.append(drift.find(now, past) is not None)
        past = [now, *past]
    assert alarms == [False, False, True, True, True, True]


@pytest.mark.parametrize("broken", ["layout", "section"])
def test_the_alarm_goes_on_until_the_past_has_no_run_before_the_drift(broken: str) -> None:
    past, alarms = [run(20)] * 60, []
    for _ in range(60):
        now = run(20, **{broken: 20})
        alarms.append(drift.find(now, past) is not None)
        past = [now, *past]
    assert alarms == [True] * drift.PAST_RUNS + [False] * 30


def test_a_page_without_headline_is_never_healthy() -> None:
    past = [run(20)] * 30
    for _ in range(60):
        now = run(20, headline=20)
        assert drift.find(now, past)
        past = [now, *past]


def test_a_site_whose_first_pages_have_no_body_drifts_even_if_they_come_one_by_one() -> None:
    past: list[dict[str, int]] = []
    alarms = []
    for _ in range(8):
        now = run(1, body=1)
        alarms.append(drift.find(now, past) is not None)
        past = [now, *past]
    assert alarms == [False] * 4 + [True] * 4


def test_the_alarm_ends_when_the_layout_is_mended() -> None:
    assert drift.find(run(12), [run(12, headline=12)] * 5 + GOOD) is None


RUNS = st.builds(
    lambda pages, without: run(pages, headline=without, byline=without), st.integers(0, 50), st.integers(0, 60)
)


@given(RUNS, st.lists(RUNS, max_size=40))
def test_an_alarm_means_more_missing_fields_than_before(now: dict[str, int], past: list[dict[str, int]]) -> None:
    found = drift.find(now, past)
    if found:
        assert 0 < found.missing <= found.pages
        assert found.missing / found.pages > (found.past_rate or 0) or found.past_rate == 1
