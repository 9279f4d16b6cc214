"""Some articles as a database of their own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from newscrawl.article import CaptureRef
from newscrawl.errors import StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult, Query, Store
from newscrawl.storage.maintenance import subset
from tests.commands.press import health, rows
from tests.storage.captures import HOST, at, body, capture


def filled(store: Store) -> None:
    """Two runs: harbours (with a revision, two pages of one article, captures) and tariffs."""
    first = store.start_run("sample", {})
    harbour = capture("harbour", byline=("Ann Bo",), tickers=("SEA:US",), section="Ports")
    ref = CaptureRef(url=harbour.url, captured_at=harbour.fetched_at, file="a.warc.gz", offset=7, length=9, status=200)
    other = f"{HOST}/news/articles/2016-03-01/harbour?ref=x"
    results = [
        PageResult(harbour.url, "stored", article=harbour, status=200, spider="sample", capture=ref),
        PageResult(other, "stored", article=harbour, status=200, spider="sample"),
    ]
    store.record(results, run_id=first, extractor="1")
    edited = capture("harbour", 5, byline=("Ann Bo", "Cy Do"), section="Ports", body=body("Gulls have the quay."))
    tariffs = capture("tariffs", byline=("Cy Do",), headline="Tariffs, Again")
    second = store.start_run("sample", {})
    more = [PageResult(article.url, "stored", article=article, spider="sample") for article in (edited, tariffs)]
    store.record(more, run_id=second)
    store.start_run("sample", {})


def test_a_subset_has_all_rows_of_its_articles(store: Store, url: str, tmp_path: Path) -> None:
    filled(store)
    target, calls = tmp_path / "some.db", []
    assert store.subset(target, Query(section="ports", limit=None), lambda *done: calls.append(done)) == 1
    assert calls == [(1, 1)]
    assert [file.name for file in tmp_path.glob("some.db*")] == ["some.db"]
    (article,) = store.articles(Query(section="ports"))
    with open_archive(f"sqlite:///{target}", create=False) as made:
        assert list(made.articles(Query())) == [article]
        assert [hit.id for hit in made.search(Query(words="gulls"))] == [article.id]
        assert made.captures(article.id) == store.captures(article.id)
        assert made.totals() == {"articles": 1, "revisions": 2, "authors": 2, "pages": 1, "runs": 2}
    there = f"sqlite:///{target}"
    for table, key in (("revisions", "article_id"), ("article_keys", "article_id"), ("pages", "article_id")):
        whole = [row for row in rows(url, table) if row[key] == article.id]
        assert sorted(rows(there, table), key=repr) == sorted(whole, key=repr)
        assert whole
    assert health(target) == []


def test_rows_that_connect_two_articles_are_copied_with_both(
    store: Store, url: str, run_id: int, tmp_path: Path
) -> None:
    chance = Random(7)
    text = " ".join("".join(chance.choices("abcdefghiklmnoprstu", k=chance.randint(3, 9))) for _ in range(200))
    days = [capture(f"q-{day}", day, body=body(text), section=f"day {day}", published_at=at(day)) for day in range(3)]
    store.record([PageResult(one.url, "stored", article=one, spider="sample") for one in days], run_id=run_id)
    assert sum(store.compare()) == 3
    (first,) = {row["cluster_id"] for row in rows(url, "article_clusters")}
    store.subset(tmp_path / "all.db", Query())
    store.subset(tmp_path / "one.db", Query(section="day 2"))
    for name in ("article_clusters", "cluster_marks"):
        whole = rows(url, name)
        assert whole
        assert sorted(map(repr, rows(f"sqlite:///{tmp_path}/all.db", name))) == sorted(map(repr, whole))
    assert [row["cluster_id"] for row in rows(f"sqlite:///{tmp_path}/one.db", "article_clusters")] == [None]
    assert first in store.ids(Query())
    assert health(tmp_path / "all.db") == health(tmp_path / "one.db") == []


def test_a_subset_is_of_one_moment(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An article is edited, and another joins two into one, while the first of them is copied."""
    monkeypatch.setattr(subset, "_BATCH", 1)
    filled(store)
    before = list(store.articles(Query()))
    run_id = store.start_run("sample", {})

    def meanwhile(done: int, _total: int) -> None:
        if done == 1:
            edited = capture("tariffs", 9, headline="Tariffs, Once Again", post_id="P1")
            same = capture("harbour", 9, post_id="P1", body=body("Gulls."))
            results = [PageResult(one.url, "stored", article=one, spider="sample") for one in (edited, same)]
            store.record(results, run_id=run_id)

    store.subset(tmp_path / "all.db", Query(), meanwhile)
    assert len(list(store.articles(Query()))) == 1
    with open_archive(f"sqlite:///{tmp_path}/all.db") as made:
        assert list(made.articles(Query())) == before
    assert health(tmp_path / "all.db") == []


def test_a_subset_without_articles_is_a_valid_database(store: Store, tmp_path: Path) -> None:
    assert store.subset(tmp_path / "none.db", Query()) == 0
    with open_archive(f"sqlite:///{tmp_path}/none.db") as made:
        assert made.totals()["articles"] == 0


def test_an_existing_file_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    (tmp_path / "some.db").write_text("mine")
    with pytest.raises(StorageError, match="is there already"):
        store.subset(tmp_path / "some.db", Query())
    assert (tmp_path / "some.db").read_text() == "mine"


def test_a_subset_can_be_read_from_a_read_only_medium(tmp_path: Path) -> None:
    with open_archive(f"sqlite:///{tmp_path}/news.db") as store:
        filled(store)
        store.subset(tmp_path / "some.db", Query())
    with closing(sqlite3.connect(f"file:{tmp_path}/some.db?immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (2,)
