"""A row that a database rejects costs its own page, and nothing else of its batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, text

from newscrawl.article import Article, CaptureRef, Link
from newscrawl.errors import RejectedRowError, StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.states import UNSTORABLE, ListState, RefusalKind
from newscrawl.storage import FileProgress, PageResult, ReextractFilter, Store
from newscrawl.storage.splitting import write_apart
from tests.storage.captures import HOST, at, body, capture, result

Spoil = Callable[[Article], Article]
_LIMIT = 60_000
"""Bytes of a value that SQLite takes in these tests."""
_HUGE = 1 << 70


@pytest.fixture
def spoil(kind: str, store: Store) -> Iterator[Spoil]:
    """Make an article that this database rejects: over SQLite's limit of length, or against a constraint."""
    if kind != "sqlite":
        with store._engine.begin() as connection:
            connection.execute(text("ALTER TABLE articles ADD CONSTRAINT no_tides CHECK (section <> 'Tides')"))
        yield lambda article: replace(article, section="Tides")
        store._engine.dispose()
        with store._engine.begin() as connection:
            connection.execute(text("ALTER TABLE articles DROP CONSTRAINT no_tides"))
        return

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LIMIT)

    event.listen(store._engine, "connect", limit)
    store._engine.dispose()
    yield lambda article: replace(article, body=body("tide " * _LIMIT))
    event.remove(store._engine, "connect", limit)


def count_transactions(store: Store) -> list[int]:
    begun: list[int] = []
    event.listen(store._engine, "begin", lambda _connection: begun.append(1))
    return begun


@pytest.mark.parametrize("place", [0, 17, 63])
def test_one_bad_article_of_a_batch(store: Store, run_id: int, spoil: Spoil, place: int) -> None:
    articles = [capture(f"story-{number}") for number in range(64)]
    articles[place] = spoil(articles[place])
    begun = count_transactions(store)
    recorded = store.record([result(article) for article in articles], run_id=run_id)
    assert [page.outcome for page in recorded].count("stored") == 63
    assert (recorded[place].outcome, recorded[place].article_id) == ("failed", None)
    assert recorded[place].problem
    assert len(begun) <= 2 * 6 + 5
    assert store.totals()["articles"] == 63
    (page,) = store.pages(state="failed")
    assert (page.url, page.reason, page.refusal) == (articles[place].url, UNSTORABLE, RefusalKind.BY_CONTENT)


def test_a_page_that_was_rejected_is_tried_once_after_a_month(store: Store, run_id: int, spoil: Spoil) -> None:
    bad = result(spoil(capture()))
    store.record([bad], run_id=run_id)
    (page,) = store.pages()
    assert page.due_at
    assert timedelta(days=29) < page.due_at - datetime.now(UTC) < timedelta(days=31)
    store.record([bad], run_id=run_id)
    (page,) = store.pages()
    assert (page.due_at, page.failures) == (None, 2)
    assert store.due("sample", datetime.now(UTC) + timedelta(days=999)) == []
    store.record([result(capture())], run_id=run_id)
    assert [page.state for page in store.pages()] == ["stored"]


def test_a_stored_article_stays_as_it_is(store: Store, run_id: int, spoil: Spoil) -> None:
    (first,) = store.record([result(capture())], run_id=run_id)
    store.record([result(spoil(capture(hours=1, headline="Harbour Wakes")))], run_id=run_id)
    (page,) = store.pages()
    assert (page.state, page.reason, page.article_id) == ("failed", UNSTORABLE, first.article_id)
    stored = store.article(first.article_id or 0)
    assert stored
    assert stored.article.headline == "Harbour Falls Quiet"


def test_all_of_a_batch_may_be_bad(store: Store, run_id: int, spoil: Spoil) -> None:
    recorded = store.record([result(spoil(capture(f"story-{number}"))) for number in range(9)], run_id=run_id)
    assert {page.outcome for page in recorded} == {"failed"}
    assert {page.reason for page in store.pages()} == {UNSTORABLE}


@pytest.mark.parametrize(
    "fields",
    [
        {"status": _HUGE},
        {"capture": CaptureRef(url=f"{HOST}/a", captured_at=at(0), file="a.warc", offset=_HUGE, length=1)},
        {"capture": CaptureRef(url=f"{HOST}/a", captured_at=at(0), digest="d" * 501, file="a.warc", status=_HUGE)},
    ],
)
def test_a_bad_value_of_a_page_or_a_capture(store: Store, run_id: int, fields: dict[str, Any]) -> None:
    bad = PageResult(f"{HOST}/a", "refused", reason="video", spider="sample", **fields)
    recorded = store.record([bad, result(capture())], run_id=run_id)
    assert [page.outcome for page in recorded] == ["failed", "stored"]
    assert {(page.state, page.reason) for page in store.pages()} == {("failed", UNSTORABLE), ("stored", None)}


def test_the_capture_of_a_rejected_article_is_kept(store: Store, run_id: int, spoil: Spoil) -> None:
    """It can be read again, where the database takes it later."""
    ref = CaptureRef(url=f"{HOST}/a", captured_at=at(0), status=200, file="a.warc.gz", offset=7, length=99)
    bad = replace(result(spoil(capture())), capture=ref, is_archived=True)
    store.record([bad], run_id=run_id)
    (known,) = store.captured([replace(ref, url=bad.url)])
    assert known
    assert (known.state, known.reason, known.is_stored) == ("failed", UNSTORABLE, True)


def test_an_article_that_was_read_again_and_is_rejected_stays(store: Store, run_id: int, spoil: Spoil) -> None:
    good, bad = (
        replace(
            result(capture(slug)),
            capture=CaptureRef(url=HOST, captured_at=at(0), status=200, file="a.warc", offset=place, length=9),
        )
        for place, slug in enumerate(("good", "bad"))
    )
    ids = [page.article_id or 0 for page in store.record([good, bad], run_id=run_id)]
    assert good.article
    assert bad.article
    again = [
        replace(good, article=replace(good.article, dek="More of it"), is_archived=True),
        replace(bad, article=spoil(replace(bad.article, dek="More of it")), is_archived=True),
    ]
    readings = {number: [each.article] for number, each in zip(ids, again, strict=True) if each.article}
    changed = store.rewrite(readings, again, lists=(), run_id=run_id, extractor="2")
    assert [article.article_id for article in changed] == ids[:1]
    stored = [store.article(number) for number in ids]
    assert [article and article.article.dek for article in stored] == ["More of it", None]
    left = [state for batch in store.to_reread(ReextractFilter(read_before="2"), batch=9) for state in batch]
    assert [(state.file_offset, state.reason) for state in left] == [(1, UNSTORABLE)]
    assert {page.state for page in store.pages()} == {"stored"}


def test_of_a_link_that_is_rejected_the_address_is_saved(store: Store, run_id: int, kind: str, spoil: Spoil) -> None:
    links = [Link(url=f"{HOST}/{number}", source="feed", headline=f"Story {number}") for number in range(20)]
    if kind == "sqlite":
        links[7] = replace(links[7], headline="tide " * _LIMIT)
    else:
        links[7] = replace(links[7], published_at=datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))))
    known = store.discover(links, run_id=run_id, spider="sample")
    assert known == [None] * 20
    assert len(store.pages()) == 20


def test_of_a_list_that_is_rejected_the_outcome_is_saved(store: Store, run_id: int) -> None:
    store.save_list("sample", ListState(url=f"{HOST}/feed", source="feed", outcome="read", status=_HUGE), run_id=run_id)
    (saved,) = store.lists("sample")
    assert (saved.outcome, saved.status) == ("read", None)


def test_files_are_finished_with_the_rest_of_their_batch(store: Store, run_id: int, spoil: Spoil) -> None:
    file = FileProgress(path="/archive/a.warc", size=9, modified_at=at(0), finished_at=at(1))
    batch = [result(capture("a")), result(spoil(capture("b")))]
    store.record(batch, run_id=run_id, files=[file])
    assert store.file_progress(file.path) == file


def test_what_concerns_the_whole_database_is_no_matter_of_a_row(store: Store, run_id: int) -> None:
    with store._engine.begin() as connection:
        connection.execute(text("ALTER TABLE pages RENAME TO paper"))
    try:
        with pytest.raises(StorageError) as caught:
            store.record([result(capture("a")), result(capture("b"))], run_id=run_id)
        assert not isinstance(caught.value, RejectedRowError)
    finally:
        with store._engine.begin() as connection:
            connection.execute(text("ALTER TABLE paper RENAME TO pages"))
    assert store.totals()["articles"] == 0


def test_a_run_that_has_no_row_ends_instead_of_failing_all_its_pages(store: Store, run_id: int) -> None:
    with pytest.raises(StorageError):
        store.record([result(capture("a")), result(capture("b"))], run_id=run_id + 99)
    assert store.pages() == []


@pytest.mark.parametrize("kind", ["mariadb"])
def test_a_statement_that_the_server_would_hang_up_on(url: str, kind: str) -> None:
    with open_archive(url) as store:
        run_id = store.start_run("sample", {})
        with store._engine.connect() as connection:
            limit = connection.execute(text("SELECT @@max_allowed_packet")).scalar_one()
        paragraph = "quiet harbour " * 1000
        huge = capture("huge", body=body(*[paragraph] * (limit // len(paragraph) // 2 + 2)))
        recorded = store.record([result(capture("a")), result(huge), result(capture("b"))], run_id=run_id)
        assert [page.outcome for page in recorded] == ["stored", "failed", "stored"]
        assert "max_allowed_packet" in (recorded[1].problem or "")


@pytest.mark.parametrize("kind", ["mariadb"])
def test_a_batch_that_is_too_large_together_is_stored(url: str, kind: str) -> None:
    with open_archive(url) as store:
        run_id = store.start_run("sample", {})
        articles = [capture(f"story-{number}", body=body("quiet harbour " * 70_000)) for number in range(10)]
        recorded = store.record([result(article) for article in articles], run_id=run_id)
        assert [page.outcome for page in recorded] == ["stored"] * 10


@pytest.mark.parametrize("bad", [set(), {0}, {99}, {50}, {3, 4, 77}])
def test_a_batch_is_split_down_to_its_bad_items(bad: set[int]) -> None:
    calls: list[int] = []

    def write(items: list[int]) -> list[str]:
        calls.append(len(items))
        if bad & {*items}:
            raise RejectedRowError("no")
        return [f"good {item}" for item in items]

    written = write_apart(
        lambda items: write([*items]), range(100), lambda item, error: f"bad {item}", RejectedRowError("no")
    )
    assert written == [f"{'bad' if item in bad else 'good'} {item}" for item in range(100)]
    assert len(calls) <= 2 * 7 * max(1, len(bad))
