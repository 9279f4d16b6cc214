"""Search in a SQLite that was built without FTS5."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, Store
from newscrawl.storage.search import sqlite
from tests.storage.captures import result
from tests.storage.query.archive import ARTICLES


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A SQLite database that was made without FTS5."""
    monkeypatch.setattr(sqlite, "is_available", lambda _connection: False)
    with open_archive(f"sqlite:///{tmp_path / 'bare.db'}") as store:
        run_id = store.start_run("sample", {})
        store.record([result(article) for article in ARTICLES], run_id=run_id)
        yield store


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("HARBOUR", ["harbour", "tariffs"]),
        ("tarif*", ["tariffs"]),
        ('"stood still"', ["harbour"]),
        ("100%", ["tariffs"]),
        ("words_joined", ["undated"]),
        ("cranes winches", []),
        ("harbour -ships", ["tariffs"]),
        ("headline:harbour", ["harbour"]),
        ("NOT harbour", ["undated"]),
        ("ships OR café OR author:bo", ["tariffs", "harbour", "undated"]),
    ],
)
def test_search_without_fts5(bare: Store, words: str, expected: list[str]) -> None:
    assert [hit.url.rpartition("/")[2] for hit in bare.search(Query(words=words))] == expected
