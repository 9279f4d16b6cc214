"""Parquet by year: read back as one table, replaced as a whole, and nothing else is deleted."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newscrawl.errors import ArgumentError, ExportError
from newscrawl.export import targets
from newscrawl.export.exporter import ExportedArticle
from newscrawl.export.partitions import UNDATED, write_partitions
from tests.export.formats.entries import ENTRY

pytest.importorskip("pyarrow", reason="no pyarrow: make extras, or pip install -r requirements-extras.txt")


def entries(*years: int | None) -> list[ExportedArticle]:
    dates = [datetime(year, 7, 1, tzinfo=UTC) if year else None for year in years]
    articles = [replace(ENTRY.article, published_at=date, headline=f"Of {date and date.year}") for date in dates]
    return [replace(ENTRY, article=article) for article in articles]


def read(path: Path) -> dict[int | None, list[str]]:
    """Return the headlines by year, as a reader of Hive partitions sees them."""
    from pyarrow import dataset

    table = dataset.dataset(path, partitioning="hive").to_table(columns=["headline", "year"])
    found: dict[int | None, list[str]] = {}
    for row in table.to_pylist():
        found.setdefault(row["year"], []).append(row["headline"])
    return found


def names(path: Path) -> list[str]:
    return sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())


def test_each_year_is_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "all.parquet"
    write_partitions(path, entries(2016, 2016, 2013, None))
    assert names(path) == [
        "year=2013/part-0.parquet",
        "year=2016/part-0.parquet",
        f"year={UNDATED}/part-0.parquet",
    ]
    assert read(path) == {2016: ["Of 2016", "Of 2016"], 2013: ["Of 2013"], None: ["Of None"]}


def test_a_year_that_comes_again_gets_a_second_file(tmp_path: Path) -> None:
    write_partitions(tmp_path / "a", entries(2016, 2013, 2016))
    assert names(tmp_path / "a") == [f"year={name}" for name in ("2013/part-0.parquet", "2016/part-0.parquet")] + [
        "year=2016/part-1.parquet"
    ]


def test_an_export_replaces_the_folder_of_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_partitions(path, entries(2016, 2013))
    write_partitions(path, entries(2020))
    assert read(path) == {2020: ["Of 2020"]}
    write_partitions(path, [])
    assert (names(path), list(tmp_path.iterdir())) == ([], [path])


def test_a_failure_leaves_the_old_folder(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_partitions(path, entries(2016))

    def fail() -> Any:
        yield entries(2020)[0]
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_partitions(path, fail())
    assert (read(path), list(tmp_path.iterdir())) == ({2016: ["Of 2016"]}, [path])


def test_the_folder_of_a_run_that_was_killed_while_it_was_replaced_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_partitions(path, entries(2016))
    dead = 2**22 + 1  # above the highest process id
    path.rename(tmp_path / f".a.{dead}.old-years")
    (tmp_path / f".a.{dead}.new-years").mkdir()
    (tmp_path / f".a.{os.getppid()}.new-years").mkdir()

    def fail() -> Any:
        yield from ()
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_partitions(path, fail())
    assert read(path) == {2016: ["Of 2016"]}
    assert sorted(file.name for file in tmp_path.iterdir()) == [f".a.{os.getppid()}.new-years", "a"]


@pytest.mark.parametrize("other", ["notes.md", "year=2016/notes.md", "month=1/part-0.parquet", "year=x/part-0.parquet"])
def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, other: str) -> None:
    file = tmp_path / "a" / other
    file.parent.mkdir(parents=True)
    file.touch()
    with pytest.raises(ExportError, match="has other files than"):
        write_partitions(tmp_path / "a", entries(2016))
    assert names(tmp_path / "a") == [other]


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    for name, message in (("file", "has other files"), ("link", "has other files"), ("x/y", "there is no folder")):
        with pytest.raises(ExportError, match=message):
            write_partitions(tmp_path / name, entries(2016))


def test_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.parquet", "a.parquet/", "a/"):
        target = targets.parse_partitioned_target(name)
        assert (target.name, target.format, target.is_partitioned) == (name.rstrip("/"), "parquet", True)
    for name, form in (("a.csv", None), ("a.parquet", "csv"), ("a", None)):
        with pytest.raises(ArgumentError, match="only Parquet is written by year"):
            targets.parse_partitioned_target(name, form)
    (tmp_path / "a.parquet").mkdir()
    with pytest.raises(ArgumentError, match="is a folder; give --partition-by year"):
        targets.parse_target("a.parquet")
