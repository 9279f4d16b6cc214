"""A SQLite file that is deleted, moved or replaced while it is open: nothing is said to be stored in it any more."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from newscrawl.errors import LostDatabaseError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query
from tests.storage.captures import capture, result


def delete(path: Path) -> None:
    path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("moved.db"))


def replace_by_copy(path: Path) -> None:
    copy = shutil.copy(path, path.with_name("copy.db"))
    Path(copy).rename(path)


def delete_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def replace_log(path: Path) -> None:
    delete_log(path)
    path.with_name(f"{path.name}-wal").touch()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (delete, "news.db: the database was deleted or moved"),
        (move, "news.db: the database was deleted or moved"),
        (replace_by_copy, "news.db: the database was replaced"),
        (delete_log, "news.db-wal: the log of the database was deleted"),
        (replace_log, "news.db-wal: the log of the database was deleted"),
    ],
)
def test_nothing_is_committed_to_a_file_that_is_gone(tmp_path: Path, change: Callable[[Path], None], said: str) -> None:
    path = tmp_path / "news.db"
    with open_archive(f"sqlite:///{path}") as store:
        run_id = store.start_run("sample", {})
        store.record([result(capture("a"))], run_id=run_id)
        change(path)
        for _ in range(2):
            with pytest.raises(LostDatabaseError, match=said):
                store.record([result(capture("b"))], run_id=run_id)
        with pytest.raises(LostDatabaseError, match=said):
            store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})


def test_a_link_that_is_turned_to_another_file(tmp_path: Path) -> None:
    for name in ("a.db", "b.db"):
        open_archive(f"sqlite:///{tmp_path / name}").close()
    link = tmp_path / "news.db"
    link.symlink_to("a.db")
    with open_archive(f"sqlite:///{link}") as store:
        run_id = store.start_run("sample", {})
        link.unlink()
        link.symlink_to("b.db")
        with pytest.raises(LostDatabaseError, match="its link leads elsewhere"):
            store.record([result(capture())], run_id=run_id)
        link.unlink()
        link.symlink_to("a.db")
        assert store.record([result(capture())], run_id=run_id)[0].outcome == "stored"


def test_no_empty_database_is_made_in_the_place_of_one_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    with open_archive(f"sqlite:///{path}") as store:
        path.unlink()
        store._engine.dispose()
        with pytest.raises(LostDatabaseError):
            store.start_run("sample", {})
        assert not path.exists()


def test_the_working_directory_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_archive("sqlite:///news.db") as store:
        run_id = store.start_run("sample", {})
        monkeypatch.chdir("/")
        assert store.record([result(capture())], run_id=run_id)[0].outcome == "stored"


def test_a_reader_sees_the_file_that_replaced_another(tmp_path: Path) -> None:
    path = tmp_path / "news.db"
    open_archive(f"sqlite:///{path}").close()
    with open_archive(f"sqlite:///{path}", read_only=True) as reader:
        assert reader.search(Query()) == []
        replace_by_copy(path)
        reader._engine.dispose()
        assert reader.search(Query()) == []
