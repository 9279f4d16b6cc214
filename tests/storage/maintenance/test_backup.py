"""Backups are complete and of one moment, also during writes; compacting changes no row."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from pathlib import Path

import pytest

from newscrawl.errors import StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Store
from newscrawl.storage.maintenance import backup
from tests.storage.captures import body, capture, result
from tests.storage.maintenance.damage import contents, fill
from tests.storage.maintenance.test_checks import empty, violations

Usage = namedtuple("Usage", "total used free")
SQLITE = pytest.mark.parametrize("kind", ["sqlite"])


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@SQLITE
def test_a_backup_is_of_one_moment(store: Store, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    before, seen = contents(url), []
    monkeypatch.setattr(backup, "_PAGES", 10)
    with open_archive(url) as writer:
        run_id = writer.start_run("other", {})

        def write(done: int, total: int) -> None:
            seen.append((done, total))
            writer.record([result(capture(f"new-{done}", body=body(f"Tug {done}.")))], run_id=run_id)

        copy = store.back_up(tmp_path / "copy.db", progress=write)
    assert len(seen) > 3
    assert seen[-1][0] == seen[-1][1]
    assert len(contents(url)["articles"]) == len(before["articles"]) + len(seen)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert [row for row in contents(f"sqlite:///{copy}")["runs"] if row["spider"] == "sample"] == before["runs"]
    assert contents(f"sqlite:///{copy}")["articles"] == before["articles"]
    with open_archive(f"sqlite:///{copy}") as copied:
        assert violations(copied) == {}


@SQLITE
def test_an_existing_file_is_replaced_only_on_request(store: Store, url: str, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("mine")
    for target in (other, file_of(url)):
        with pytest.raises(StorageError, match="is there already"):
            store.back_up(target)
    assert other.read_text() == "mine"
    assert store.back_up(other, replace=True) == other
    with pytest.raises(StorageError, match="is there already"):
        store.back_up(file_of(url), replace=True)
    assert contents(f"sqlite:///{other}") == contents(url)


@SQLITE
def test_the_default_file_is_named_after_the_time(store: Store, url: str) -> None:
    made = store.back_up()
    assert made.parent == file_of(url).parent
    assert made.match("news-[0-9]*-[0-9]*.db")


@SQLITE
def test_a_failed_backup_leaves_no_file(store: Store, url: str, tmp_path: Path) -> None:
    fill(store)
    store.close()
    empty(file_of(url), "ix_tickers_ticker")
    with pytest.raises(StorageError, match="is not sound"):
        store.back_up(tmp_path / "copy.db")
    with pytest.raises(StorageError, match="there is no folder"):
        store.back_up(tmp_path / "none" / "copy.db")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("copy")) == []


@SQLITE
def test_leftovers_of_killed_processes_are_removed(store: Store, url: str, tmp_path: Path) -> None:
    name = f".{file_of(url).name}.backup"
    for left in (f"{name}.{2**22 + 1}.part", f"{name}.{2**22 + 1}.part-journal"):  # a number that no process has
        (tmp_path / left).touch()
    at_work = tmp_path / f"{name}.{os.getppid()}.part"
    at_work.touch()
    store.back_up(tmp_path / "copy.db")
    assert list(tmp_path.glob(f"{name}*")) == [at_work]


@SQLITE
def test_only_regular_files_and_links_are_replaced(store: Store, url: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for target in ("pipe", "folder"):
        with pytest.raises(StorageError, match="is no file"):
            store.back_up(tmp_path / target, replace=True)
    (tmp_path / "copy.db").write_bytes(b"mine")
    (tmp_path / "link.db").symlink_to("copy.db")
    store.back_up(tmp_path / "link.db", replace=True)
    assert not (tmp_path / "link.db").is_symlink()
    assert (tmp_path / "copy.db").read_bytes() == b"mine"
    assert contents(f"sqlite:///{tmp_path / 'link.db'}") == contents(url)


@SQLITE
def test_a_database_that_is_in_use_is_not_replaced(store: Store, tmp_path: Path) -> None:
    (tmp_path / "other.db").touch()
    (tmp_path / "other.db-wal").touch()  # SQLite would read the copy with it
    with pytest.raises(StorageError, match="is in use"):
        store.back_up(tmp_path / "other.db", replace=True)


@pytest.mark.parametrize(("kind", "tool"), [("postgresql", "pg_dump"), ("mariadb", "mariadb-dump")])
def test_the_error_for_a_server_names_its_tool(store: Store, tool: str) -> None:
    with pytest.raises(StorageError, match=tool):
        store.back_up()


def test_make_compact_frees_space_and_changes_no_row(store: Store, url: str, kind: str) -> None:
    fill(store)
    if kind == "sqlite":
        with closing(sqlite3.connect(file_of(url), isolation_level=None)) as connection:
            connection.execute("CREATE TABLE waste AS SELECT randomblob(500000)")
            connection.execute("DROP TABLE waste")
    before = contents(url)
    large, small = store.make_compact()
    assert contents(url) == before
    assert violations(store) == {}
    if kind == "sqlite":
        assert large - small > 400_000
        assert small == file_of(url).stat().st_size


@SQLITE
def test_a_full_disk_is_an_error(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(9, 9, 1000))
    with pytest.raises(StorageError, match="1,000 bytes free"):
        store.make_compact()
