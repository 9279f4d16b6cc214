"""How the pages of a run are shared among its sites."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from newscrawl.crawl.policy.shares import PageShares


def run(pages: dict[str, int], *, limit: int | None = None, own: dict[str, int] | None = None) -> Counter[str]:
    """Offer so many pages of each site, finish every page at once, and count those that were requested."""
    sites = dict.fromkeys(pages) | (own or {})
    shares = PageShares[str](sites, limit=limit, at_work=2, max_held=10_000)
    asked = [site for site, number in pages.items() for _ in range(number) if shares.take(site, site)]
    done: Counter[str] = Counter()
    while asked or (asked := shares.share_rest()):
        done[site := asked.pop()] += 1
        asked += shares.finish(site)
    return done


def test_without_a_limit_all_pages_are_requested() -> None:
    assert run({"a": 50, "b": 1, "c": 0}) == {"a": 50, "b": 1}


def test_a_limit_is_shared_evenly() -> None:
    assert run(dict.fromkeys("abcdefghij", 50), limit=100) == dict.fromkeys("abcdefghij", 10)


def test_what_a_site_does_not_use_goes_to_the_others() -> None:
    assert run({"a": 2, "b": 50, "c": 50}, limit=30) == {"a": 2, "b": 14, "c": 14}


def test_a_limit_smaller_than_the_number_of_sites_is_used_up() -> None:
    assert run({"a": 0, "b": 0, "c": 9}, limit=2) == {"c": 2}


def test_a_site_keeps_its_own_limit() -> None:
    assert run({"a": 50, "b": 50}, own={"a": 3}) == {"a": 3, "b": 50}
    assert run({"a": 50, "b": 50}, limit=20, own={"a": 3}) == {"a": 3, "b": 17}


def test_few_pages_of_a_site_are_in_work() -> None:
    shares = PageShares[int]({"a": None}, at_work=3, max_held=4)
    assert [shares.take("a", page) for page in range(9)] == [True] * 3 + [False] * 6
    assert (shares.count_held(), shares.dropped) == ({"a": 4}, {"a": 2})
    assert shares.finish("a") == [3]
    assert shares.drop("a") == 3
    assert shares.finish("a") == []


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(0, 30), min_size=1), st.integers(1, 60))
def test_a_limit_is_used_and_kept(pages: dict[str, int], limit: int) -> None:
    assert run(pages, limit=limit).total() == min(limit, sum(pages.values()))
