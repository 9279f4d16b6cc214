"""The views answer a first question in one line, and the same on the three databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, text, update

from newscrawl.article import Link
from newscrawl.storage import PageResult, Store
from newscrawl.storage.engine import parse_url, read_clock
from newscrawl.storage.tables import RunRow
from tests.storage.captures import Keep, at, body, capture

Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def ask(url: str, keep: Keep, store: Store, run_id: int) -> Iterator[Ask]:
    keep(
        capture(
            "first",
            headline="First",
            published_at=at(-24),
            byline=("Zoe Xu", "Ann Bo"),
            assistance=("Cy Do",),
            tickers=("SEA:US", "AIR:FP"),
            section="markets",
        ),
        capture(
            "second", headline="Second", published_at=at(0), byline=("Ann Bo",), access="teaser", section="markets"
        ),
        capture("third", headline="Third", published_at=at(11.9), tickers=("SEA:US",)),
        capture("fourth", headline="Undated"),
    )
    keep(capture("first", hours=1, headline="First, Changed", dek="Why"))
    keep(capture("first", hours=2, headline="First, Changed", dek="Why", body=body("Another body.")))
    listed = capture("fifth", headline="Listed", published_at=at(-30), access="blocked", body=())
    results = [
        PageResult("https://x.example/v", "refused", reason="video", spider="sample"),
        PageResult(listed.url, "failed", reason="http_403", article=listed, spider="sample", due_at=at(1)),
    ]
    store.record(results, run_id=run_id)
    store.discover([Link(url=capture("sixth").url, source="feed")], run_id=run_id, spider="sample")
    engine = create_engine(parse_url(url))

    def query(sql: str) -> list[tuple[Any, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    yield query
    engine.dispose()


def test_latest(ask: Ask) -> None:
    rows = ask("SELECT headline, byline, tickers, section, access, revision, word_count FROM latest")
    assert rows == [
        ("Third", None, "SEA:US", None, "full", 1, 6),
        ("Second", "Ann Bo", None, "markets", "teaser", 1, 6),
        ("First, Changed", "Zoe Xu, Ann Bo", "SEA:US AIR:FP", "markets", "full", 3, 2),
        ("Listed", None, None, None, "blocked", 1, 0),
        ("Undated", None, None, None, "full", 1, 6),
    ]


def test_articles_by_day(ask: Ask) -> None:
    rows = ask("SELECT day, articles, teasers, headlines, words FROM articles_by_day WHERE day IS NOT NULL")
    results = [(day if isinstance(day, date) else date.fromisoformat(day), *counts) for day, *counts in rows]
    assert results == [(date(2016, 3, 1), 2, 1, 0, 12), (date(2016, 2, 29), 2, 0, 1, 2)]


def test_articles_by_author(ask: Ask) -> None:
    rows = ask("SELECT author, articles, assisted FROM articles_by_author")
    assert rows == [("Ann Bo", 2, 0), ("Cy Do", 0, 1), ("Zoe Xu", 1, 0)]


def test_articles_by_section(ask: Ask) -> None:
    assert set(ask("SELECT section, articles FROM articles_by_section")) == {("markets", 2), (None, 3)}


def test_ticker_mentions(ask: Ask) -> None:
    rows = ask("SELECT ticker, headline FROM ticker_mentions WHERE ticker = 'SEA:US'")
    assert rows == [("SEA:US", "Third"), ("SEA:US", "First, Changed")]


def test_revisions_readable(ask: Ask) -> None:
    rows = ask(
        "SELECT number, headline, dek, body_text, headline_changed, dek_changed, correction_changed, body_changed "
        "FROM revisions_readable WHERE url LIKE '%first'"
    )
    same = "The cranes stood still on Tuesday."
    assert rows == [
        (1, "First", None, same, 0, 0, 0, 0),
        (2, "First, Changed", "Why", same, 1, 1, 0, 0),
        (3, "First, Changed", "Why", "Another body.", 0, 0, 0, 1),
    ]


def test_a_body_that_did_not_change_is_not_repeated(ask: Ask) -> None:
    query = "SELECT r.number FROM revisions r JOIN articles a ON a.id = r.article_id "
    assert ask(query + "WHERE r.body_text IS NOT NULL AND a.revision = 3") == [(2,)]


def test_pages_by_reason(ask: Ask) -> None:
    rows = ask("SELECT state, reason, pages FROM pages_by_reason")
    assert rows == [
        ("stored", None, 4),
        ("discovered", None, 1),
        ("failed", "http_403", 1),
        ("refused", "video", 1),
    ]


def test_pages_due(ask: Ask) -> None:
    rows = ask("SELECT state, reason, failures, url FROM pages_due WHERE spider = 'sample'")
    assert rows == [("discovered", None, 0, capture("sixth").url), ("failed", "http_403", 1, capture("fifth").url)]


def test_runs_readable(ask: Ask, store: Store, run_id: int) -> None:
    counts = {"outcome/stored": 48, "outcome/failed": 2, "failed/timeout": 2}
    with store._writing() as connection:
        connection.execute(update(RunRow).values(started_at=read_clock(connection) - timedelta(seconds=90)))
    store.end_run(run_id, finish_reason="finished", exit_code=7, counts=counts)
    store.start_run("other", {})
    rows = ask("SELECT spider, finish_reason, exit_code, stored, updated, failed FROM runs_readable")
    assert rows == [("other", None, None, 0, 0, 0), ("sample", "finished", 7, 48, 0, 2)]
    assert [round(seconds / 10) for (seconds,) in ask("SELECT seconds FROM runs_readable ORDER BY id")] == [9, 0]
