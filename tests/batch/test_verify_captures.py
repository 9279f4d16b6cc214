"""Captures that the database names, and that do not stand where it says."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from newscrawl.archives.capture import CaptureFolder
from newscrawl.archives.warc_reader import read_captures
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.batch.verify_captures import find_lost_files, find_lost_records
from newscrawl.errors import UnknownLayoutError
from newscrawl.operations.archive import open_archive
from newscrawl.sample import EDITION
from newscrawl.storage import PageResult, Store

TAKEN = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of captures, with the sample edition in it."""
    made = tmp_path / "warc"
    made.mkdir()
    (made / "a.warc").write_bytes(EDITION.read_bytes())
    return made


@pytest.fixture
def store(tmp_path: Path, folder: Path) -> Iterator[Store]:
    """A store of the first captures of that file, by its name."""
    with open_archive(f"sqlite:///{tmp_path / 'news.db'}") as opened:
        run_id = opened.start_run("sample", {})
        results = []
        for capture in read_captures(folder / "a.warc"):
            ref = capture.ref
            capture_ref = type(ref)(**{name: getattr(ref, name) for name in ref.__slots__} | {"file": "a.warc"})
            try:
                article = extract(capture.page())
            except UnknownLayoutError:
                continue
            results.append(PageResult(capture.url, "stored", article=article, spider="sample", capture=capture_ref))
            if len(results) == TAKEN:
                break
        opened.record(results, run_id=run_id)
        yield opened


def numbers(store: Store) -> list[int]:
    return sorted(capture.id for batch in store.kept(3) for capture in batch)


def test_nothing_is_lost(store: Store, folder: Path) -> None:
    seen: list[tuple[int, int]] = []
    assert list(find_lost_files(store, CaptureFolder(str(folder)))) == []
    assert list(find_lost_records(store, CaptureFolder(str(folder)), lambda *values: seen.append(values))) == []
    assert (len(numbers(store)), seen[-1]) == (TAKEN, (TAKEN, TAKEN))


def test_a_missing_file_loses_all_its_captures(store: Store, folder: Path) -> None:
    (folder / "a.warc").rename(folder / "b.warc")
    (lost,) = find_lost_files(store, CaptureFolder(str(folder)))
    assert (sorted(lost.captures), lost.is_gone) == (numbers(store), True)
    assert lost.reason == f"{folder / 'a.warc'}: No such file or directory; captures of it: {TAKEN}"
    store.forget_places(lost.captures)
    assert (numbers(store), list(find_lost_files(store, CaptureFolder(str(folder))))) == ([], [])


@pytest.mark.parametrize("name", ["warc", "elsewhere"])
def test_captures_in_a_missing_folder_are_not_gone(store: Store, folder: Path, name: str) -> None:
    (folder / "a.warc").unlink()  # an empty folder may be where a disk is to be mounted
    missing = CaptureFolder(str(folder.with_name(name)))
    (lost,) = find_lost_files(store, missing)
    assert not lost.is_gone
    assert not any(each.is_gone for each in find_lost_records(store, missing, lambda *_: None))


def test_a_truncated_file_loses_the_captures_behind_its_end(store: Store, folder: Path) -> None:
    stored = sorted((capture for batch in store.kept(9) for capture in batch), key=lambda each: each.file_offset or 0)
    os.truncate(folder / "a.warc", (stored[-2].file_offset or 0) + 10)
    (lost,) = find_lost_files(store, CaptureFolder(str(folder)))
    assert sorted(lost.captures) == sorted(capture.id for capture in stored[-2:])
    assert lost.is_gone


def test_another_record_at_the_place_is_reported(store: Store, folder: Path, tmp_path: Path) -> None:
    first, second, *_ = numbers(store)
    with closing(sqlite3.connect(tmp_path / "news.db")) as connection, connection:
        (offset,) = connection.execute("SELECT file_offset FROM captures WHERE id = ?", (second,)).fetchone()
        connection.execute("UPDATE captures SET file_offset = file_offset + 1 WHERE id = ?", (second,))
        connection.execute("UPDATE captures SET file_offset = ? WHERE id = ?", (offset, first))
    assert list(find_lost_files(store, CaptureFolder(str(folder)))) == []
    one, other = find_lost_records(store, CaptureFolder(str(folder)), lambda *_: None)
    assert (one.captures, other.captures) == ((first,), (second,))
    assert "another capture is stored here instead of https://" in one.reason
    assert "no WARC record begins here" in other.reason
