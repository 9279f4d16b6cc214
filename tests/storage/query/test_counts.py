"""Counts, in all and by a field, on the three databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from newscrawl.storage import By, Count, Query, Store
from tests.storage.captures import Keep, at, capture
from tests.storage.query.archive import ARTICLES

COUNTS: list[tuple[dict[str, Any], int]] = [
    ({}, 3),
    ({"limit": 1, "offset": 2}, 3),
    ({"words": "harbour"}, 2),
    ({"words": "NOT harbour"}, 1),
    ({"words": "harbour", "since": at(2)}, 1),
    ({"author": "ann"}, 2),
    ({"section": "markets"}, 1),
    ({"words": "***"}, 0),
]
COUNTS_BY: list[tuple[By, dict[str, Any], list[tuple[str | None, int]]]] = [
    ("day", {}, [("2016-03-01", 2), (None, 1)]),
    ("month", {"words": "harbour"}, [("2016-03", 2)]),
    ("year", {"words": "cranes", "limit": 1}, [("2016", 1), (None, 1)]),
    ("section", {}, [("Markets", 1), ("politics", 1), (None, 1)]),
    ("section", {"until": at(3)}, [("Markets", 1)]),
    ("author", {}, [("Ann Bo", 1), ("Ann O'Bo", 1), ("Cy Do", 1), ("Émile Zoë", 1)]),
    ("author", {"words": "cranes", "author": "O'Bo"}, [("Ann O'Bo", 1), ("Émile Zoë", 1)]),
    ("author", {"words": "tax"}, [("Cy Do", 1)]),
    ("ticker", {"words": "harbour"}, [("PORT", 1), ("SEA:US", 1), ("SEAX:US", 1)]),
    ("ticker", {"section": "politics"}, [("SEAX:US", 1)]),
    ("ticker", {"words": "***"}, []),
]


def test_counts(store: Store, keep: Keep) -> None:
    keep(*ARTICLES)
    assert [(query, store.count(Query(**query))) for query, _ in COUNTS] == COUNTS


def test_counts_by_field(store: Store, keep: Keep) -> None:
    keep(*ARTICLES)

    def counted(by: By, query: dict[str, Any]) -> list[tuple[str | None, int]]:
        return [(count.name, count.articles) for count in store.count_by(Query(**query), by)]

    assert [(by, query, counted(by, query)) for by, query, _ in COUNTS_BY] == COUNTS_BY


def test_days_are_utc_and_in_order(store: Store, keep: Keep) -> None:
    west = timezone(timedelta(hours=-5))
    late = capture("late", published_at=datetime(2016, 2, 29, 23, 30, tzinfo=west))
    keep(late, capture("later", published_at=datetime(2017, 1, 1, tzinfo=UTC)), *ARTICLES)
    assert [(count.name, count.articles) for count in store.count_by(Query(), "day")] == [
        ("2016-03-01", 3),
        ("2017-01-01", 1),
        (None, 1),
    ]


def test_sections_are_counted_in_any_case(store: Store, keep: Keep) -> None:
    named = ["markets", "Markets", "Markets", "MARKETS", "law"]
    keep(*(capture(f"story-{number}", section=section) for number, section in enumerate(named)))
    assert store.count_by(Query(), "section") == [Count("Markets", 4), Count("law", 1)]
    assert store.count(Query(section="markets")) == 4


def test_articles_of_known_layouts_need_no_confidence(store: Store, keep: Keep) -> None:
    keep(*(capture(f"story-{number}", confidence=each) for number, each in enumerate([None, 0.4, 0.8, 0.95])))
    assert [store.count(Query(min_confidence=least)) for least in (None, 0.0, 0.8, 1.0)] == [4, 4, 3, 1]


def test_an_author_is_counted_once_for_each_article(store: Store, keep: Keep) -> None:
    keep(*(capture(f"story-{number}", byline=("Ann Bo",), tickers=("SEA:US", "SEA:LN")) for number in range(3)))
    assert store.count_by(Query(), "author") == [Count("Ann Bo", 3)]
    assert store.count_by(Query(ticker="SEA"), "ticker") == [Count("SEA:LN", 3), Count("SEA:US", 3)]
    assert store.count(Query(ticker="sea")) == 3
