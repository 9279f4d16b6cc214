"""Errors of a database are reported in one line that says what to do; no driver error escapes."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from newscrawl.errors import StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, Store, engine, upgrade
from newscrawl.storage.engine import parse_url
from tests.storage.captures import body, capture, result


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite database of ours."""
    path = tmp_path / "news.db"
    open_archive(f"sqlite:///{path}").close()
    return path


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///news.db", "sqlite"),
        ("sqlite://", "sqlite"),
        ("postgresql://host/db", "postgresql+psycopg"),
        ("postgres://host/db", "postgresql+psycopg"),
        ("postgresql+psycopg2://host/db", "postgresql+psycopg2"),
        ("mysql://host/db", "mariadb+pymysql"),
        ("mariadb://host/db", "mariadb+pymysql"),
        ("mysql+pymysql://host/db", "mariadb+pymysql"),
        ("mariadb+mysqldb://host/db", "mariadb+mysqldb"),
    ],
)
def test_a_url_without_a_driver_gets_the_one_that_is_used(url: str, driver: str) -> None:
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "no database URL"),
        ("news.db", "no database URL"),
        ("s3cret@nowhere", "no database URL"),
        ("oracle://host/db", "oracle: newscrawl stores in"),
        ("sqlite:///{tmp}/none/news.db", "there is no directory {tmp}/none; make it"),
        ("sqlite:///{tmp}", "is a directory; name a file in it"),
        ("postgresql://u:s3cret@127.0.0.1:1/db", "no server answers there"),
        ("mariadb://u:s3cret@127.0.0.1:1/db", "no server answers there"),
        ("postgresql://u:s3cret@nowhere.invalid/db", "no such host"),
        ("mariadb://u:s3cret@nowhere.invalid/db", "no such host"),
        ("postgresql+nodriver://u:s3cret@host/db", "no such database driver"),
    ],
)
@pytest.mark.parametrize("opening", [Store.open, upgrade])
def test_what_cannot_be_opened(url: str, said: str, opening: object, tmp_path: Path) -> None:
    assert callable(opening)
    with pytest.raises(StorageError) as caught:
        opening(url.format(tmp=tmp_path))
    line = str(caught.value)
    assert said.format(tmp=tmp_path) in line
    assert "\n" not in line
    assert "s3cret" not in line


@pytest.mark.parametrize(("url", "package"), [("postgresql://h/d", "psycopg[binary]"), ("mysql://h/d", "pymysql")])
def test_a_missing_driver_names_the_command_that_installs_it(
    url: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package.partition("[")[0], None)
    with pytest.raises(StorageError, match="needs a driver that is not installed: pip install") as caught:
        open_archive(url)
    assert package in str(caught.value)


@pytest.mark.parametrize(
    "written", [b"no database at all, but long enough to be read as one. " * 20, b"SQLite format 3\0" * 99]
)
def test_a_file_that_is_not_a_sqlite_database(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "news.db"
    path.write_bytes(written)
    with pytest.raises(
        StorageError, match=r"news\.db: (the file is not a SQLite database|the file is damaged)"
    ) as caught:
        open_archive(f"sqlite:///{path}")
    assert isinstance(caught.value.__cause__, SQLAlchemyError)
    assert path.read_bytes() == written


def test_a_locked_file_says_for_how_long_and_by_whom(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LOCK_WAIT", 0.1)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with open_archive(f"sqlite:///{file}") as store:
        with pytest.raises(StorageError, match=r"news\.db: another process.* kept it locked for 30 seconds; try again"):
            store.start_run("sample", {})
        assert store.search(Query(words="readers do not wait")) == []
    holder.close()


def test_the_holder_of_a_lock_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/locks").exists():
        pytest.skip("only Linux reports who holds a lock")
    monkeypatch.setattr(engine, "LOCK_WAIT", 0.1)
    script = f"""
import sqlite3
held = sqlite3.connect({str(file)!r}, isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
input()"""
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        with open_archive(f"sqlite:///{file}") as store, pytest.raises(StorageError, match=rf"process {holder.pid}\)"):
            store.start_run("sample", {})
        holder.kill()


def test_a_full_disk_stores_nothing_of_the_batch_and_says_so(file: Path) -> None:
    with open_archive(f"sqlite:///{file}") as store:
        run_id = store.start_run("sample", {})
        full = partial(_limit_pages, file.stat().st_size // 4096 + 40)
        event.listen(store._engine, "connect", full)
        store._engine.dispose()
        with pytest.raises(StorageError, match="the disk is full; make room"):
            store.record([result(capture(f"story-{at}", body=body("word " * 999))) for at in range(200)], run_id=run_id)
        assert store.totals()["articles"] == store.totals()["pages"] == 0
        event.remove(store._engine, "connect", full)
        store._engine.dispose()
        assert store.record([result(capture())], run_id=run_id)[0].outcome == "stored"


def _limit_pages(pages: int, connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_read_only_file(file: Path) -> None:
    with open_archive(f"sqlite:///file:{file}?mode=ro&uri=true") as store:
        assert store.search(Query()) == []
        with pytest.raises(StorageError, match="may only be read"):
            store.start_run("sample", {})


def test_nothing_is_left_open_when_opening_fails(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    path.write_bytes(b"nothing of the sort, and long enough to tell" * 9)
    with pytest.raises(StorageError):
        open_archive(f"sqlite:///{path}")
    gc.collect()  # a connection that was left open warns here, and warnings are errors
