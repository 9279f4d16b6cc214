"""Each kind of damage is found by its check and no other, and repaired without loss of other rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from newscrawl.errors import StorageError
from newscrawl.storage import Query, Store
from newscrawl.storage.maintenance.checks import CHECKS
from tests.storage.maintenance.damage import DAMAGES, Damage, contents, fill


def violations(store: Store) -> dict[str, int]:
    return {check.name: result.count for check in store.checks() if (result := store.examine(check))}


def repaired(store: Store) -> dict[str, int]:
    """What is left after every check has repaired what it finds, in their order."""
    for check in store.checks():
        if store.examine(check):
            store.repair(check)
    return violations(store)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_damage_is_found_and_repaired(store: Store, url: str, kind: str) -> None:
    for damage in DAMAGES:
        if kind in damage.kinds and not damage.stays:
            fill(store)
            prove(store, url, damage)


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("damage", [damage for damage in DAMAGES if damage.stays], ids=lambda damage: damage.name)
def test_damage_whose_former_values_are_lost_is_found_and_left(store: Store, url: str, damage: Damage) -> None:
    fill(store)
    prove(store, url, damage)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_an_article_without_a_revision_is_an_error_with_a_remedy(store: Store, url: str) -> None:
    fill(store)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("DELETE FROM revisions")
    with pytest.raises(StorageError, match=r"article 1 has no revision; `scrapy db check --repair` adds one"):
        store.article(1)
    assert repaired(store) == {}
    assert [stored.revision for stored in store.articles(Query(limit=1))] == [1]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_all_damage_at_once_is_found_and_repaired(store: Store, url: str, kind: str) -> None:
    these = [damage for damage in DAMAGES if kind in damage.kinds]
    finds, leaves, stays = (
        frozenset().union(*sets)
        for sets in zip(*((each.finds, each.leaves, each.stays) for each in these), strict=True)
    )
    fill(store)
    statements = tuple(text for each in these for text in each.statements)
    # Nothing of an article is repaired if a part of it is lost: it stays as it is.
    stays |= {"newest", "versions", "words"}
    prove(store, url, Damage("all", statements, finds, leaves, stays=stays))


def prove(store: Store, url: str, damage: Damage) -> None:
    before = contents(url)
    assert violations(store) == {}, damage.name
    damage.do(url)
    assert violations(store).keys() == damage.finds, damage.name
    assert repaired(store).keys() == damage.stays, damage.name
    after = contents(url)
    assert {name for name, rows in before.items() if after[name] != rows} <= damage.leaves, damage.name
    assert {hit.headline for hit in store.search(Query(words="tug"))} == {"Harbor Wakes Up Early"}, damage.name


def test_every_check_has_a_damage() -> None:
    assert {check.name for check in CHECKS} - {name for damage in DAMAGES for name in damage.finds} == {
        "file",
        "order",
        "roots",
        "stored",
    }


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("until", ["'2020-01-01 00:00:00'", "seen_until"])
def test_revisions_out_of_order_are_found_and_get_the_times_of_their_captures(
    store: Store, url: str, until: str
) -> None:
    fill(store)
    before = contents(url)
    late = f"UPDATE revisions SET seen_at = '2020-01-01 00:00:00', seen_until = {until} "
    Damage("late", (f"{late} WHERE number = 1 AND article_id = {{second}}",), frozenset()).do(url)
    assert violations(store) == {"content": 1, "order": 1 + (until == "seen_until")}
    assert repaired(store) == {}
    assert contents(url) == before


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_damaged_index_is_rebuilt(store: Store, url: str) -> None:
    fill(store)
    before = contents(url)
    store.close()
    empty(Path(url.removeprefix("sqlite:///")), "ix_tickers_ticker")
    assert violations(store)["file"] >= 1
    assert repaired(store) == {}
    assert contents(url) == before


def empty(file: Path, index: str) -> None:
    """Have the first page of an index of a SQLite file read as if it had no entries."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (index,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(bytes([10, 0, 0, 0, 0]) + size.to_bytes(2) + b"\0")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_violations_are_named(store: Store, url: str) -> None:
    fill(store)
    gone = "UPDATE article_keys SET article_id = 900000 + article_id"
    Damage("gone", (gone, "UPDATE articles SET word_count = 9 WHERE id = {third}"), frozenset()).do(url)
    results = {check.name: store.examine(check) for check in store.checks()}
    third = min(row["id"] for row in contents(url)["articles"] if row["headline"] == "Harbor Sleeps")
    assert results["words"].examples == (f"article {third} says 9 has 6",)
    assert results["orphans"].count == len(contents(url)["article_keys"])
    assert f"article_keys.article_id {900000 + third}" in results["orphans"].examples
    assert results["keys"].count == 3
