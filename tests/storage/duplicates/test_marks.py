"""Marks in the database: candidates for a comparison, and crowded marks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from newscrawl.storage import Store
from newscrawl.storage.duplicates import marks
from newscrawl.storage.duplicates.marks import delete_marks, find_candidates, replace_marks
from newscrawl.storage.duplicates.similarity import PERIOD, ComparedArticle, prepare
from newscrawl.storage.engine import make_engine, parse_url
from tests.storage.captures import Keep, capture

NOON = datetime(2016, 3, 1, 12, tzinfo=UTC)
SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
HEADLINE = "Grain Barges Collide at Mouth of the Ember"


@pytest.fixture
def connection(store: Store, keep: Keep, url: str) -> Iterator[Connection]:
    """A connection to a database with articles 1 to 5."""
    keep(*(capture(f"story-{number}") for number in range(5)))
    engine = make_engine(parse_url(url))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def headline_only(published_at: datetime = NOON, headline: str = HEADLINE) -> ComparedArticle:
    return prepare(headline, "", published_at)


@SQLITE
def test_candidates_share_a_mark_of_the_same_or_the_next_period(connection: Connection) -> None:
    articles = {
        1: headline_only(),
        2: headline_only(NOON + PERIOD),
        3: headline_only(NOON + 2 * PERIOD),
        4: headline_only(headline="Grain Barges Collide at Mouth of the Elbe"),
    }
    assert replace_marks(connection, articles) == set()
    assert find_candidates(connection, articles) == {(1, 2), (2, 3)}
    assert find_candidates(connection, {3: articles[3]}) == {(2, 3)}


@SQLITE
def test_articles_of_a_mark_are_compared_again_when_it_becomes_or_ceases_to_be_crowded(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "_CROWD", 3)
    assert replace_marks(connection, {number: headline_only() for number in (1, 2, 3)}) == set()
    assert len(find_candidates(connection, {1: headline_only()})) == 2
    assert replace_marks(connection, {4: headline_only()}) == {1, 2, 3}
    assert find_candidates(connection, {1: headline_only()}) == set()
    assert replace_marks(connection, {5: headline_only()}) == set()
    assert delete_marks(connection, [5]) == set()
    assert delete_marks(connection, [4]) == {1, 2, 3}
    assert replace_marks(connection, {3: headline_only(NOON + timedelta(days=99))}) == set()
    assert find_candidates(connection, {1: headline_only()}) == {(1, 2)}
