"""How databases go about the main questions: by an index, and without sorting what an index has in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from newscrawl.storage import Query
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.query import articles, counts
from newscrawl.storage.query import statement as statements
from tests.storage.captures import Keep, at, capture

Asked = Callable[[Connection, Query], Any]
SORTED = "USE TEMP B-TREE FOR ORDER BY"
JOINED = ["SCAN search_words VIRTUAL TABLE INDEX 0:M3", "SEARCH articles USING INTEGER PRIMARY KEY (rowid=?)"]
DATED = "articles USING COVERING INDEX ix_articles_published_at_id"
BY_SECTION = "articles USING COVERING INDEX ix_articles_section_published_at"


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.fixture
def engine(url: str, keep: Keep) -> Iterator[Engine]:
    fields: dict[str, Any] = {"byline": ("Ann Bo",), "tickers": ("SEA:US",), "section": "Markets"}
    keep(*(capture(f"story-{number}", published_at=at(number), **fields) for number in range(8)))
    made = make_engine(parse_url(url))
    yield made
    made.dispose()


def plan(engine: Engine, ask: Asked, query: Query) -> list[str]:
    """The plan of the last statement that asking runs."""
    ran: list[tuple[str, Any]] = []
    with engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", lambda *args: ran.append((args[2], args[3])))
        ask(connection, query)
        statement, values = ran[-1]
        explained = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)
        return [row[3] for row in explained]


def last(engine: Engine, query: Query) -> tuple[str, Any]:
    """The last statement that is run for the numbers of a query's articles, and its values."""
    ran: list[tuple[str, Any]] = []
    with engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", lambda *args: ran.append((args[2], args[3])))
        articles.ids(connection, query)
    return ran[-1]


def steps(plan: Sequence[str]) -> list[str]:
    """Without the headings of what follows."""
    return [step for step in plan if "SUBQUERY" not in step and step != "MULTI-INDEX OR"]


YEAR: dict[str, Any] = {"since": datetime(2016, 1, 1, tzinfo=UTC), "until": datetime(2017, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), [f"SCAN {DATED}"]),
        (Query(sort="oldest"), [f"SCAN {DATED}"]),
        (Query(**YEAR), [f"SEARCH {DATED} (published_at>? AND published_at<?)"]),
        (
            Query(section="markets"),
            [f"SEARCH {BY_SECTION} (section=?)"],
        ),
        (
            Query(section="markets", **YEAR),
            [f"SEARCH {BY_SECTION} (section=? AND published_at>? AND published_at<?)"],
        ),
        (Query(words="harbour"), [JOINED[0], SORTED]),
        (Query(words="harbour", section="markets", **YEAR), [*JOINED, SORTED]),
        (Query(words="harbour", sort="newest"), [*JOINED, SORTED]),
    ],
)
def test_articles_come_in_order_from_an_index(engine: Engine, query: Query, expected: list[str]) -> None:
    assert steps(plan(engine, articles.ids, query)) == expected


TICKER = ["INDEX 1", "(ticker=?)", "INDEX 2", "(ticker>? AND ticker<?)"]


def test_few_articles_are_looked_up_and_sorted(engine: Engine) -> None:
    by_ticker = steps(plan(engine, articles.ids, Query(ticker="SEA")))
    assert [step.rpartition("ix_tickers_ticker ")[2] for step in by_ticker] == [
        "SEARCH articles USING INTEGER PRIMARY KEY (rowid=?)",
        *TICKER,
        SORTED,
    ]
    assert steps(plan(engine, articles.ids, Query(author="ann"))) == [
        "SEARCH articles USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH article_authors USING COVERING INDEX ix_article_authors_author_id (author_id=?)",
        "SCAN authors",
        SORTED,
    ]


def test_many_articles_are_tested_one_by_one(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_FEW", 7)
    for query in (Query(ticker="sea:us"), Query(author="ANN")):
        walk = steps(plan(engine, articles.ids, query))
        assert walk[0] == f"SCAN {DATED}"
        assert SORTED not in walk
        with engine.connect() as connection:
            assert list(articles.ids(connection, query)) == [8, 7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("by", "index"),
    [
        ("day", f"SCAN {DATED}"),
        ("section", f"SCAN {BY_SECTION}"),
        ("ticker", "SCAN tickers USING COVERING INDEX ix_tickers_ticker"),
        ("author", "SCAN article_authors USING COVERING INDEX ix_article_authors_author_id"),
    ],
)
def test_counts_read_an_index_and_no_article(engine: Engine, by: counts.By, index: str) -> None:
    assert index in plan(engine, lambda connection, query: counts.count_by(connection, query, by), Query())


@pytest.mark.parametrize("by", ["ticker", "author"])
def test_counts_of_hits_read_no_article(engine: Engine, by: counts.By) -> None:
    query = Query(words="cranes")
    steps = plan(engine, lambda connection, query: counts.count_by(connection, query, by), query)
    assert JOINED[0] in steps
    assert not [step for step in steps if " articles " in step]


@pytest.mark.parametrize("kind", ["mariadb"])
def test_mariadb_tests_many_articles_one_by_one(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_FEW", 7)
    statement, values = last(engine, Query(author="ann"))
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(f"EXPLAIN {statement}", values)
        kinds = [(row[1], row[2]) for row in cursor.fetchall()]
    assert kinds[0] == ("PRIMARY", "articles")
    assert {kind for kind, _ in kinds[1:]} == {"DEPENDENT SUBQUERY"}


@pytest.mark.parametrize("kind", ["postgresql"])
@pytest.mark.parametrize(("few", "walks"), [(7, True), (8, False)])
def test_postgresql_walks_by_date_if_many_articles_have_the_words(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, few: int, walks: bool
) -> None:
    monkeypatch.setattr(statements, "_FEW", few)
    query = Query(words="cranes", sort="newest")
    statement, _ = last(engine, query)
    assert ("UNION ALL" in statement) == walks
    with engine.connect() as connection:
        ids = list(articles.ids(connection, query))
    assert (len(ids), ids) == (8, sorted(ids, reverse=True))
