"""The estimate of what lists do not show, against simulated sites of which everything is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from newscrawl.operations.completeness import Estimate, Unknown, estimate_coverage

Shares = dict[str, float]
TRIALS = 120


def publish(random: Random, articles: int, name: Callable[[Random], Shares]) -> tuple[Counter[frozenset[str]], float]:
    """Articles that appear on lists by chance: how many by the lists that name them, and the true share that any does.

    `name` says how likely each kind of list names the next article.
    """
    cells: Counter[frozenset[str]] = Counter()
    for _ in range(articles):
        cells[frozenset(kind for kind, share in name(random).items() if random.random() < share)] += 1
    return cells, 1 - cells.pop(frozenset(), 0) / articles


def simulate(articles: int, name: Callable[[Random], Shares]) -> tuple[float, float, float]:
    """Return how often the interval holds the truth, its mean width, and the mean error of the estimate."""
    random, hits, width, error = Random(2026), 0, 0.0, 0.0
    for _ in range(TRIALS):
        cells, true = publish(random, articles, name)
        estimate = estimate_coverage(cells)
        assert isinstance(estimate, Estimate)
        assert 0 < estimate.low <= estimate.share <= estimate.high <= 1
        hits += estimate.low - 1e-9 <= true <= estimate.high + 1e-9
        width += estimate.high - estimate.low
        error += estimate.share - true
    return hits / TRIALS, width / TRIALS, error / TRIALS


@pytest.mark.parametrize(
    ("articles", "shares", "widest"),
    [
        (200, {"feed": 0.6, "sitemap": 0.9}, 0.1),
        (300, {"feed": 0.3, "sitemap": 0.5}, 0.3),
        (200, {"feed": 0.9, "sitemap": 0.98}, 0.04),
        (200, {"feed": 0.8, "sitemap": 1.0}, 0.04),
        (200, {"feed": 0.6, "sitemap": 0.9, "front page": 0.4}, 0.12),
        (300, {"feed": 0.3, "sitemap": 0.5, "front page": 0.3}, 0.3),
    ],
)
def test_the_interval_holds_the_truth_where_lists_are_independent(articles: int, shares: Shares, widest: float) -> None:
    hits, width, error = simulate(articles, lambda random: shares)
    assert hits >= 0.91, "nominal: 0.95, which 120 trials give to within 0.04"
    assert width < widest
    assert abs(error) < 0.02


def prefer_news_of_the_day(random: Random) -> Shares:
    """Feed and front page prefer the same four articles of ten; the sitemap prefers none."""
    factor = 1.6 if random.random() < 0.4 else 0.6
    return {"feed": 0.5 * factor, "front page": 0.4 * factor, "sitemap": 0.8}


def test_a_third_kind_shows_that_two_depend_on_each_other() -> None:
    hits, _, error = simulate(300, prefer_news_of_the_day)
    assert hits >= 0.91
    assert abs(error) < 0.02


def test_two_kinds_that_prefer_the_same_articles_promise_too_much() -> None:
    def without_sitemap(random: Random) -> Shares:
        return {kind: share for kind, share in prefer_news_of_the_day(random).items() if kind != "sitemap"}

    _, _, error = simulate(300, without_sitemap)
    assert 0.1 < error < 0.2, "the documented bias"
    estimate = estimate_coverage(publish(Random(1), 300, without_sitemap)[0])
    assert isinstance(estimate, Estimate)
    assert estimate.is_limit, "so the estimate is a limit"


def test_a_section_that_no_list_names_stays_unseen() -> None:
    def hide(random: Random) -> Shares:
        return {"feed": 0.0, "sitemap": 0.0} if random.random() < 0.1 else {"feed": 0.6, "sitemap": 0.9}

    _, _, error = simulate(300, hide)
    assert 0.07 < error < 0.12, "the documented bias: the share that is hidden"


def test_lists_that_share_articles_out_promise_too_little() -> None:
    def share_out(random: Random) -> Shares:
        return {"feed": 0.2, "sitemap": 0.9} if random.random() < 0.5 else {"feed": 0.6, "sitemap": 0.3}

    assert simulate(300, share_out)[2] < -0.1


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({}, "no list names enough articles"),
        ({("feed",): 300}, "only one kind of list: feed"),
        ({("feed",): 300, ("feed", "sitemap"): 4}, "only one kind of list: feed"),
        ({("feed",): 4, ("sitemap",): 4, ("feed", "sitemap"): 8}, "only 16 articles"),
        ({("feed",): 40, ("sitemap",): 40, ("feed", "sitemap"): 6}, "only 6 articles are on two kinds of lists"),
    ],
)
def test_too_little_says_nothing(cells: dict[tuple[str, ...], int], reason: str) -> None:
    assert estimate_coverage({frozenset(kinds): n for kinds, n in cells.items()}) == Unknown(reason)


def test_known_numbers() -> None:
    """The example of two lists that every textbook has: 60 and 50, 30 on both; Chapman: (61 x 51 / 31) - 1."""
    estimate = estimate_coverage(
        {frozenset(["feed", "sitemap"]): 30, frozenset(["feed"]): 30, frozenset(["sitemap"]): 20}
    )
    assert isinstance(estimate, Estimate)
    assert 80 / estimate.share == pytest.approx(61 * 51 / 31 - 1)
    assert 80 / estimate.high < 61 * 51 / 31 - 1 < 80 / estimate.low
