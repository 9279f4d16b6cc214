"""Shelves: all articles of a name, and of the days around one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from newscrawl.errors import StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import ArticleName, FacetSummary, Store, sqlite_file
from tests.storage.captures import Keep, capture


def at(year: int, month: int = 3, day: int = 1, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.fixture
def stocked(store: Store, keep: Keep) -> Store:
    articles = (
        ("a", at(2015), ("Ada Okafor",), ("AAPL:US",), "Markets"),
        ("b", at(2016, day=1), ("Ada Okafor", "Bo Lind"), ("AAPL:US", "AAPL:LN"), "markets"),
        ("c", at(2016, day=3), ("Bo Lindqvist",), ("AAPL",), "Markets"),
        ("d", None, ("Bo Lind",), (), None),
    )
    keep(
        *(
            capture(slug, headline=slug, published_at=moment, byline=byline, tickers=tickers, section=section)
            for slug, moment, byline, tickers, section in articles
        )
    )
    keep(capture("e", headline="e", published_at=at(2017), assistance=("Bo Lind",)))
    return store


def test_a_shelf_matches_names_exactly(stocked: Store) -> None:
    def slugs(*names: str, **page: int) -> list[str]:
        return [hit.headline for hit in stocked.shelf("author", names, **{"limit": 10, **page})]

    assert [slugs("Bo Lind"), slugs("Bo Lindqvist"), slugs("bo"), slugs("Bo Lind", "Ada Okafor")] == [
        ["b", "d"],
        ["c"],
        [],
        ["b", "a", "d"],
    ]
    assert [slugs("Bo Lind", limit=1), slugs("Bo Lind", limit=1, offset=1)] == [["b"], ["d"]]
    assert [hit.headline for hit in stocked.shelf("ticker", ["AAPL:US"], limit=10)] == ["b", "a"]
    assert [hit.byline for hit in stocked.shelf("section", ["markets"], limit=10)] == [("Ada Okafor", "Bo Lind")]


def test_extent_counts_by_year(stocked: Store) -> None:
    summary = stocked.extent("section", ["Markets", "markets"])
    ends = {"first_published_at": at(2015), "last_published_at": at(2016, day=3)}
    assert summary == FacetSummary(articles=3, by_year={2015: 1, 2016: 2}, **ends)
    undated = stocked.extent("author", ["Bo Lind"])
    assert (undated.articles, undated.by_year) == (2, {2016: 1})
    nothing = FacetSummary(articles=0, first_published_at=None, last_published_at=None, by_year={})
    assert stocked.extent("ticker", ["MSFT:US"]) == nothing


def test_sections_and_ends_of_the_archive(stocked: Store) -> None:
    assert stocked.names("section") == [ArticleName("Markets", 3, ("Markets", "markets")), ArticleName(None, 2, ())]
    assert [(each.name, each.articles) for each in stocked.names("publisher")] == [("Sample Edition", 5)]
    assert stocked.ends() == (at(2015), at(2017))


def test_an_empty_archive_has_no_sections_and_no_ends(store: Store) -> None:
    assert (store.names("section"), store.ends(), store.days_around(date(2016, 3, 2))) == (
        [],
        (None, None),
        (None, None),
    )


def test_the_days_around_a_day(stocked: Store) -> None:
    assert stocked.days_around(date(2016, 3, 2)) == (date(2016, 3, 1), date(2016, 3, 3))
    assert stocked.days_around(date(2016, 3, 1)) == (date(2015, 3, 1), date(2016, 3, 3))
    assert stocked.days_around(date(2020, 1, 1)) == (date(2017, 3, 1), None)
    assert stocked.days_around(date.max) == (date(2017, 3, 1), None)


def test_a_read_only_database_rejects_writes(stocked: Store, url: str) -> None:
    with open_archive(url, read_only=True) as reading:
        assert reading.totals()["articles"] == 5
        if sqlite_file(url):
            with pytest.raises(StorageError, match="may only be read"):
                reading.start_run("sample", {})
