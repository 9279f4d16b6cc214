"""Every damaged byte of an article is found and named; a repair restores what was there, or says that it cannot."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from newscrawl.article import Article, CaptureRef, Contact, Image
from newscrawl.errors import DamagedDatabaseError, DamagedRowError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Check, PageResult, Query, ReextractFilter, RestoredArticle, Store
from tests.storage.captures import HOST, at, body, capture, result
from tests.storage.maintenance.damage import Rows, contents, opened

SQLITE = pytest.mark.parametrize("kind", ["sqlite"])
SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 4))]
TABLES = ("articles", "revisions", "article_authors", "authors", "images", "topics", "tickers", "contacts")


def readings() -> list[list[Article]]:
    """What the captures of three articles say, oldest first."""
    parts: dict[str, Any] = {
        "byline": ("Ann Bo", "Cy Do"),
        "assistance": ("Di Eh",),
        "tickers": ("SEA:US", "OAR:US"),
        "topics": ("Ships", "Tugs"),
        "section": "Ports",
        "dek": "The tide was late — again.",
        "published_at": at(-2),
        "published_precision": "minute",
        "images": (Image(url=f"{HOST}/crane.jpg", caption="A crané."), Image(credit="Photo: Fo Gi")),
        "contacts": (Contact(role="editor", name="Cy Do", email="cy@harbour.example"),),
        "sources": {"headline": "dom h1", "body": "dom p"},
    }
    first = [capture("first", **parts)]
    second = [
        capture("second", 0, headline="Harbor Wakes", body=body("One tug left.", "Two came."), **parts),
        capture("second", 1, headline="Harbor Wakes Up", body=body("One tug left.", "Three came."), **parts),
        capture("second", 2, headline="Harbor Wakes Up Early", body=body("One tug left.", "Three came."), **parts),
    ]
    return [first, second, [capture("third", 3, headline="Harbor Sleeps", body=body("All is dark.\tAll is still."))]]


def ref(article: Article, number: int) -> CaptureRef:
    return CaptureRef(
        url=article.url,
        captured_at=article.fetched_at,
        status=200,
        file="a.warc.gz",
        offset=number * 100,
        length=100,
        digest=f"sha1:{number}",
    )


def fill(store: Store) -> None:
    run_id = store.start_run("sample", {})
    number = 0
    for pages in readings():
        for page in pages:
            number += 1
            store.record([replace(result(page), capture=ref(page, number))], run_id=run_id, extractor="1")
    store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})


def rows_of(url: str) -> Rows:
    """The rows of articles, all of their columns but those that a repair writes again."""
    return {name: rows for name, rows in contents(url).items() if name in TABLES}


def repair(store: Store, *, may_replace: bool = True) -> list[RestoredArticle]:
    """Repair what every check finds, in their order, as `scrapy db check --repair` does; return the restored articles.

    Without `may_replace`, there are no captures.
    """
    restored: list[RestoredArticle | None] = []
    for check in store.checks():
        if check.name == "content":
            restored += restore_all(store, may_replace=may_replace)
        elif check.repair and examine(store, check) and not (check.indexes_articles and find(store)):
            with suppress(DamagedDatabaseError):
                store.repair(check)
    return [each for each in restored if each]


def restore_all(store: Store, *, may_replace: bool) -> Iterator[RestoredArticle | None]:
    damaged = [each.id for each in store.damaged_articles(lambda *_: None) if each.id]
    run_id = store.start_run("sample", {}, source="repair") if may_replace else None
    for number in damaged:
        pages = readings()[number - 1] if may_replace else ()
        try:
            yield store.restore(number, pages, run_id=run_id, extractor="1")
        except DamagedDatabaseError as error:
            yield RestoredArticle(article_id=number, damaged={"file": str(error)}, lost=["rows"])
    if run_id is not None:
        store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})


def examine(store: Store, check: Check) -> bool:
    try:
        return bool(store.examine(check))
    except DamagedDatabaseError:
        return True


def violations(store: Store) -> set[str]:
    """The checks that find something."""
    return {check.name for check in store.checks() if examine(store, check)}


def find(store: Store) -> dict[int | None, list[str]]:
    return {each.id: [*each.columns] for each in store.damaged_articles(lambda *_: None)}


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def flip_value(file: Path, random: Random) -> tuple[str, str]:
    """Flip a bit of a text of a random column; return the table and the column."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.text_factory = bytes
        table = random.choice([*TABLES, "articles", "articles", "revisions"])
        cursor = connection.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, random.choice(cursor.fetchall()), strict=True))
        row.pop("site", None)  # no checksum covers it: the check of sites finds it
        column = random.choice([name for name, value in row.items() if isinstance(value, bytes) and value])
        value = bytearray(row[column])
        value[random.randrange(len(value))] ^= 1 << random.randrange(8)
        keys = [name for name in ("id", "article_id", "number", "role", "position") if name in row]
        where = " AND ".join(f"{name} = ?" for name in keys)
        own = [each.decode() if isinstance(each := row[name], bytes) else each for name in keys]
        connection.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE {where}", [bytes(value), *own])
    return table, column


def flip_byte(file: Path, random: Random) -> None:
    """Flip a bit of the file within the pages of articles and their rows."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        names = ", ".join(f"'{name}'" for name in TABLES)
        pages = connection.execute(f"SELECT pgoffset, pgsize FROM dbstat WHERE name IN ({names})").fetchall()
    offset, size = random.choice(pages)
    with file.open("r+b") as stream:
        # Rows are written from the end of a page.
        place = offset + size - 1 - random.randrange(size // 2)
        stream.seek(place)
        [byte] = stream.read(1)
        stream.seek(place)
        stream.write(bytes([byte ^ 1 << random.randrange(8)]))


def read_raw(file: Path) -> Any:
    """All rows of articles as SQLite returns them; its error if it cannot."""
    with closing(sqlite3.connect(file)) as connection:
        connection.text_factory = bytes
        try:
            return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}
        except sqlite3.DatabaseError as error:
            return str(error)


@SQLITE
@pytest.mark.parametrize("seed", SEEDS)
def test_a_flipped_bit_of_a_value_is_found_named_and_restored(
    store: Store, url: str, seed: int, tmp_path: Path
) -> None:
    fill(store)
    before = rows_of(url)
    random = Random(seed)
    for number in range(10):
        copy = store.back_up(tmp_path / f"{number}.db")
        table, column = flip_value(copy, random)
        with open_archive(f"sqlite:///{copy}") as damaged:
            found = find(damaged)
            named = " ".join(name for names in found.values() for name in names)
            assert found, (table, column)
            assert column in named or column == "checksums" or table not in ("articles", "revisions")
            restored = repair(damaged)
            assert all(each.is_restored and not each.replaced for each in restored), (table, column, restored)
            assert find(damaged) == {}
            assert violations(damaged) == set()
        assert rows_of(f"sqlite:///{copy}") == before, (table, column)
        copy.unlink()


@SQLITE
@pytest.mark.parametrize("seed", SEEDS)
def test_a_flipped_bit_of_the_file_never_becomes_an_article(store: Store, url: str, seed: int, tmp_path: Path) -> None:
    fill(store)
    store.close()
    before, random = rows_of(url), Random(seed)
    with closing(sqlite3.connect(file_of(url))) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    intact = file_of(url).read_bytes()
    raw = read_raw(file_of(url))
    for number in range(10):
        copy = tmp_path / f"{number}.db"
        copy.write_bytes(intact)
        flip_byte(copy, random)
        is_changed = read_raw(copy) != raw
        with open_archive(f"sqlite:///{copy}") as damaged:
            found = find(damaged)
            assert found or not is_changed or violations(damaged)
            restored = repair(damaged)
            left = find(damaged)
        if found and not left and all(each.is_restored and not each.replaced for each in restored):
            assert rows_of(f"sqlite:///{copy}") == before
        else:
            assert not is_changed or left or violations_of(copy)
        copy.unlink()


def violations_of(file: Path) -> set[str]:
    with open_archive(f"sqlite:///{file}") as store:
        return violations(store)


DAMAGE = {
    "no JSON": ("UPDATE articles SET body = '[{' WHERE id = 2", {2: ["body"]}),
    "JSON of another kind": ("UPDATE articles SET body = '5' WHERE id = 2", {2: ["body"]}),
    "other names in JSON": (
        'UPDATE articles SET body = \'[{"kinf":"paragraph","text":"x"}]\' WHERE id = 2',
        {2: ["body"]},
    ),
    "not UTF-8": ("UPDATE articles SET headline = CAST(x'c328' AS TEXT) WHERE id = 2", {2: ["headline"]}),
    "no text": ("UPDATE articles SET headline = x'6162' WHERE id = 2", {2: ["headline"]}),
    "no date": ("UPDATE articles SET published_at = '2016-02-31 00:00:00' WHERE id = 2", {2: ["published_at"]}),
    "no number": ("UPDATE articles SET word_count = 'many' WHERE id = 2", {2: ["word_count"]}),
    "its count of versions": ("UPDATE articles SET revision = 9 WHERE id = 2", {2: ["revision"]}),
    "when it changed": ("UPDATE articles SET changed_at = '2016-01-01 00:00:00' WHERE id = 2", {2: ["changed_at"]}),
    "its version of the extraction": ("UPDATE articles SET extractor = NULL WHERE id = 2", {2: ["extractor"]}),
    "its fingerprint": ("UPDATE articles SET fingerprint = 'x' WHERE id = 2", {2: ["fingerprint"]}),
    "a digest": ("UPDATE articles SET content_digest = 'x' WHERE id = 2", {2: ["content_digest"]}),
    "no digest": ("UPDATE articles SET content_digest = NULL WHERE id = 2", {2: ["content_digest"]}),
    "checksums": (
        "UPDATE articles SET checksums = '00000000' || substr(checksums, 9) WHERE id = 2",
        {2: ["checksums"]},
    ),
    "no checksums": ("UPDATE articles SET checksums = NULL WHERE id = 2", {2: ["checksums"]}),
    "a name": ("UPDATE authors SET name = 'Ann Bp' WHERE name = 'Ann Bo'", {1: ["byline"], 2: ["byline"]}),
    "an order": ("UPDATE topics SET position = 9 WHERE position = 2 AND article_id = 1", {1: ["topics"]}),
    "a picture of another article": (
        "UPDATE images SET article_id = 3 WHERE article_id = 1 AND position = 2",
        {1: ["images"], 3: ["images"]},
    ),
    "a body of an old version": (
        "UPDATE revisions SET body = '[]' WHERE body IS NOT NULL",
        {2: ["revision 1: body"]},
    ),
    "a time of a version": (
        "UPDATE revisions SET seen_until = '2017-01-01 00:00:00' WHERE article_id = 2 AND number = 2",
        {2: ["revision 2: seen_until"]},
    ),
    "a digest of a version": (
        "UPDATE revisions SET content_digest = 'x' WHERE article_id = 2 AND number = 3",
        {2: ["revision 3: content_digest"]},
    ),
    "a lost version": ("DELETE FROM revisions WHERE article_id = 2 AND number = 1", {2: ["revisions"]}),
    "several columns at once": (
        "UPDATE articles SET body = '[]', section = 'x', dek = NULL, url = 'http://x.example/' WHERE id = 2",
        {2: ["body", "dek", "section", "url"]},
    ),
}


@SQLITE
@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named_and_restored(store: Store, url: str, name: str) -> None:
    statement, expected = DAMAGE[name]
    fill(store)
    before = rows_of(url)
    with closing(sqlite3.connect(file_of(url))) as connection, connection:
        connection.execute(statement)
    assert {number: sorted(names) for number, names in find(store).items()} == {
        number: sorted(names) for number, names in expected.items()
    }
    assert all(each.is_restored and not each.replaced for each in repair(store))
    assert rows_of(url) == before
    assert violations(store) == set()


def test_damage_is_found_and_restored_on_every_database(store: Store, url: str) -> None:
    fill(store)
    before = rows_of(url)
    ids = {stored.article.url.rpartition("/")[2]: stored.id for stored in store.articles(Query())}
    with opened(url) as connection:
        connection.exec_driver_sql(f"UPDATE articles SET section = 'x', body = '[]' WHERE id = {ids['second']}")
        connection.exec_driver_sql(
            f"UPDATE revisions SET headline = 'x' WHERE article_id = {ids['second']} AND number = 1"
        )
        connection.exec_driver_sql(f"UPDATE tickers SET ticker = 'x' WHERE article_id = {ids['first']}")
        connection.commit()
    assert find(store) == {
        ids["first"]: ["tickers"],
        ids["second"]: ["section", "body", "revision 1: headline"],
    }
    for name, pages in zip(("first", "second"), readings(), strict=False):
        restored = store.restore(ids[name], pages, run_id=None, extractor="1")
        assert restored
        assert restored.is_restored
    assert find(store) == {}
    assert rows_of(url) == before


@SQLITE
def test_without_captures_a_text_is_restored_from_what_the_row_repeats(store: Store, url: str) -> None:
    fill(store)
    before = rows_of(url)
    execute(url, "UPDATE articles SET body = '[', word_count = 0, headline = 'x' WHERE id = 2")
    [restored] = repair(store, may_replace=False)
    assert sorted(restored.restored) == ["body", "headline", "word_count"]
    assert rows_of(url) == before


def execute(url: str, *statements: str) -> None:
    with closing(sqlite3.connect(file_of(url))) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@SQLITE
def test_what_nothing_has_is_left_as_it_is(store: Store, url: str) -> None:
    fill(store)
    execute(url, "UPDATE articles SET section = 'Porte', word_count = 99 WHERE id = 2")
    before = rows_of(url)
    [restored] = repair(store, may_replace=False)
    assert (restored.lost, restored.is_restored) == (["section"], False)
    assert rows_of(url) == before
    assert find(store) == {2: ["section", "word_count"]}


@SQLITE
def test_a_lost_body_is_taken_from_the_last_good_revision_and_said_to_be(store: Store, url: str) -> None:
    fill(store)
    execute(url, "UPDATE articles SET body = '[]', body_text = 'x' WHERE id = 2")
    run_id = store.start_run("sample", {}, source="repair")
    restored = store.restore(2, (), run_id=run_id, extractor="1")
    assert restored
    assert restored.replaced == {"body": "revision 1"}
    article = store.article(2)
    assert article
    assert article.article.body_text == "One tug left.\n\nTwo came."
    store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    assert violations(store) == {"text"}  # the index has the words of the lost body


@SQLITE
def test_a_lost_column_is_taken_from_captures_that_another_extraction_reads_differently(store: Store, url: str) -> None:
    fill(store)
    execute(url, "UPDATE articles SET section = 'Porte' WHERE id = 1")
    [page] = readings()[0]
    run_id = store.start_run("sample", {}, source="repair")
    restored = store.restore(1, [replace(page, section="Harbours")], run_id=run_id, extractor="2")
    assert restored
    assert restored.replaced == {"section": "its captures as they are read today"}
    store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    assert violations(store) == set()


@SQLITE
def test_a_damaged_article_is_an_error_that_names_it_and_the_others_are_read(store: Store, url: str) -> None:
    fill(store)
    execute(url, "UPDATE articles SET body = replace(body, 'tug', 'tog') WHERE id = 2")
    with pytest.raises(DamagedRowError, match=r"article 2 is damaged .*`scrapy db check --repair`"):
        store.article(2)
    errors: list[Exception] = []
    assert [stored.id for stored in store.articles_of([1, 2, 3], errors.append)] == [1, 3]
    assert [str(error).partition(" is")[0] for error in errors] == ["article 2"]
    execute(url, "UPDATE articles SET published_at = 'soon' WHERE id = 1")
    assert [hit.id for hit in store.search(Query())] == [1, 3, 2] or len(store.search(Query())) == 3


@SQLITE
def test_a_capture_of_an_article_that_cannot_be_read_fails_until_it_is_repaired(store: Store, url: str) -> None:
    fill(store)
    execute(url, "UPDATE articles SET body = '[{' WHERE id = 2")
    before = rows_of_raw(url)
    run_id = store.start_run("sample", {})
    later = capture("second", 9, headline="Harbor Wakes Late", body=body("No tug left."))
    [damaged, other] = store.record([result(later), result(capture("third", 9, dek="New."))], run_id=run_id)
    assert (damaged.outcome, other.outcome) == ("failed", "updated")
    [page] = store.pages(urls=[later.url])
    assert (page.state, page.reason, page.due_at is not None) == ("failed", "article_damaged", True)
    assert rows_of_raw(url) == before
    assert [*find(store)] == [2]


def rows_of_raw(url: str) -> Any:
    with closing(sqlite3.connect(file_of(url))) as connection:
        return connection.execute("SELECT * FROM articles WHERE id = 2").fetchall()


@SQLITE
@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("UPDATE articles SET body = replace(body, 'tug', 'tog') WHERE id = 2", ["revision 3: body"]),
        ("UPDATE articles SET section = 'Porte' WHERE id = 2", ["section"]),
        ("UPDATE articles SET section = 'Porte', headline = 'x' WHERE id = 2", ["section"]),
        ("UPDATE revisions SET headline = 'x' WHERE article_id = 2 AND number = 1", ["revision 1: headline"]),
        ("UPDATE topics SET topic = 'Tags' WHERE article_id = 2 AND position = 2", ["topics"]),
    ],
)
def test_what_a_capture_does_not_replace_of_a_damaged_article_is_still_found(
    store: Store, url: str, statement: str, left: list[str]
) -> None:
    fill(store)
    execute(url, statement)
    run_id = store.start_run("sample", {})
    later = capture("second", 9, headline="Harbor Wakes Late", body=body("No tug left."))
    [recorded] = store.record([result(later)], run_id=run_id, extractor="1")
    assert recorded.outcome == "updated"
    assert find(store) == {2: left}
    restored = store.restore(2, [*readings()[1], later], run_id=None, extractor="1")
    assert restored
    assert restored.is_restored
    assert find(store) == {}
    article = store.article(2)
    assert article
    assert (article.article.section, article.article.topics) == ("Ports", ("Ships", "Tugs"))
    assert [version.headline for version in store.versions(2)] == [
        *(f"Harbor Wakes{more}" for more in ("", " Up", " Up Early", " Late"))
    ]
    assert store.versions(2)[2].body == body("One tug left.", "Three came.")


@SQLITE
@pytest.mark.parametrize(
    ("statement", "is_rewritten"),
    [
        ("UPDATE articles SET body = replace(body, 'tug', 'tog') WHERE id = 2", True),
        ("UPDATE articles SET section = 'Porte', word_count = 1 WHERE id = 2", True),
        ("UPDATE articles SET description = 'x' WHERE id = 2", True),
        ("UPDATE articles SET canonical_url = 'http://x.example/', url = 'http://x.example/' WHERE id = 2", False),
        ("UPDATE revisions SET headline = 'x' WHERE article_id = 2 AND number = 1", True),
        ("UPDATE revisions SET seen_at = '2016-01-01 00:00:00' WHERE article_id = 2 AND number = 1", False),
    ],
)
def test_captures_that_are_read_again_replace_all_that_is_damaged_or_nothing(
    store: Store, url: str, statement: str, is_rewritten: bool
) -> None:
    fill(store)
    before = rows_of(url)
    execute(url, statement)
    run_id = store.start_run("sample", {})
    rewritten = store.rewrite({2: readings()[1]}, [], lists=(), run_id=run_id, extractor="2")
    assert (len(rewritten), find(store) == {}) == (is_rewritten, is_rewritten)
    if is_rewritten:
        texts = [[row["body_text"], row["section"], row["description"]] for row in rows_of(url)["articles"]]
        assert texts == [[row["body_text"], row["section"], row["description"]] for row in before["articles"]]


Step = Callable[[Store, Random, int], object]


def record_some(store: Store, random: Random, run_id: int) -> None:
    """Record a batch of captures of a few articles, at any time and in any order, some of them joining articles."""
    pages = []
    for _ in range(random.randint(1, 4)):
        slug = random.choice("abcde")
        fields: dict[str, Any] = {
            "headline": f"Harbour {random.choice(('Wakes', 'Sleeps', 'Burns'))}",
            "body": body(*(f"Tug {random.randint(1, 3)} left." for _ in range(random.randint(0, 3)))),
            "access": random.choice(("full", "full", "full", "teaser", "blocked")),
            "post_id": random.choice((None, None, None, "P1", "P2")),
            "section": random.choice((None, "Ports", "Tides")),
            "byline": random.choice(((), ("Ann Bo",), ("Cy Do", "Ann Bo"))),
            "images": random.choice(((), (Image(caption="A crane."),))),
            "layout": random.choice(("bloomberg_2015", "bloomberg_2015", "bloomberg_text")),
        }
        page = capture(slug, random.randint(0, 400), **fields)
        place = replace(ref(page, random.randint(1, 10**6)), digest=f"sha1:{random.randint(1, 9)}")
        known = result(page, random.choice((page.url, f"{page.url}?page=2")))
        pages.append(replace(known, capture=place if random.random() < 0.8 else None))
    store.record(pages, run_id=run_id, extractor="1")


def see_again(store: Store, random: Random, run_id: int) -> None:
    url = capture(random.choice("abcde")).url
    store.record([PageResult(url, "unchanged", spider="sample")], run_id=run_id)


def rewrite(store: Store, random: Random, run_id: int) -> None:
    """Read captures again, as another version of the extraction does."""
    for batch in store.to_reread(ReextractFilter(), batch=9):
        read: dict[int, list[Article]] = {}
        for state in batch:
            if state.article_id:
                page = capture("x", headline=f"Harbour Reread {random.randint(1, 2)}")
                article = replace(page, url=state.url, fetched_at=state.captured_at)
                read.setdefault(state.article_id, []).append(article)
        pages = [result(article) for articles in read.values() for article in articles]
        store.rewrite(read, pages, lists=(), run_id=run_id, extractor=str(random.randint(2, 9)))


def compare(store: Store, _random: Random, _run_id: int) -> None:
    list(store.compare())


STEPS: Sequence[Step] = (record_some, record_some, record_some, see_again, rewrite, compare)


def prove_history(store: Store, seed: int, steps: int) -> None:
    random = Random(seed)
    for _ in range(steps // 5):
        run_id = store.start_run("sample", {}, is_alive=lambda run: False)
        for _ in range(5):
            random.choice(STEPS)(store, random, run_id)
            assert find(store) == {}, seed
        if random.random() < 0.7:  # else it was killed
            store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    names = {"content", "roots", "stored", "newest", "versions", "orphans"}
    assert violations(store).isdisjoint(names), seed


@SQLITE
@pytest.mark.parametrize("seed", SEEDS)
def test_no_history_of_legitimate_changes_looks_like_damage(store: Store, seed: int, tmp_path: Path) -> None:
    prove_history(store, seed, 30)
    store.make_compact()
    assert find(store) == {}
    store.subset(tmp_path / "some.db", Query(limit=3))
    for copy in (tmp_path / "some.db", store.back_up(tmp_path / "all.db")):
        assert violations_of(copy).isdisjoint(("content", "roots", "stored", "orphans")), seed


def test_no_history_looks_like_damage_on_any_database(store: Store) -> None:
    prove_history(store, 99, 15)


@SQLITE
@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("UPDATE run_leaves SET digest = 'x' WHERE kind = 'article' AND item_id = 2", "roots"),
        ("DELETE FROM run_leaves WHERE kind = 'capture' AND item_id = 1", "roots"),
        ("UPDATE runs SET root = 'x'", "roots"),
        ("UPDATE captures SET digest = 'sha1:X' WHERE id = 1", "stored"),
    ],
)
def test_a_change_of_what_a_run_stored_is_found(store: Store, url: str, statement: str, check: str) -> None:
    fill(store)
    execute(url, statement)
    assert check in violations(store)


@SQLITE
def test_an_article_that_is_changed_with_its_digests_is_not_what_a_run_stored(store: Store, url: str) -> None:
    fill(store)
    other = tmp_store(store, url)
    execute(url, f"UPDATE articles SET content_digest = '{other}' WHERE id = 3")
    assert "stored" in violations(store)
    [own, *_] = store.prove_digests(3)
    assert own.recorded == other


def tmp_store(store: Store, _url: str) -> str:
    """The digest of another article."""
    return str(store.prove_digests(1)[0].recorded)
