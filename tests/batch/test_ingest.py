"""Whole files into the database: what is held open until all of it is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from newscrawl.batch.capture_worker import ReadJob
from newscrawl.batch.ingest import Ingest, find_unfinished
from newscrawl.batch.worker_pool import JobListener, WorkerPool
from newscrawl.errors import ArchiveError, LostLockError, NoOriginalError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import FileProgress, Store
from tests.commands.press import body_of, revisit, story, write
from tests.storage.captures import capture, result


class Pool:
    """A pool that meets a revisit without its original in every file, and is stopped after some runs."""

    def __init__(self, runs: int) -> None:
        self.runs, self.jobs, self.closed = runs, list[ReadJob](), False

    def run(self, jobs: Iterator[ReadJob], listener: JobListener) -> None:
        for job in jobs:
            self.jobs.append(job)
            for place in job.places:
                listener.handle_error(job, NoOriginalError(job.path, place.offset, "still not here"))
            if not job.places:
                listener.handle_error(job, NoOriginalError(job.path, 0, "not here"))
            listener.finish_job(job, Counter())
        self.runs -= 1
        cast("Ingest", listener).is_stopped = self.runs <= 0

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_archive(f"sqlite:///{tmp_path}/news.db") as opened:
        yield opened


def read(store: Store, wanted: list[FileProgress], runs: int) -> tuple[Ingest, Pool]:
    values: list[str] = []
    pool = Pool(runs)
    ingest = Ingest(store, store.start_run("bloomberg", {}, source="ingest"), warn=values.append)
    ingest.run(wanted, cast("WorkerPool", pool))
    assert pool.closed
    assert len(values) == ingest.stats["newscrawl/captures/broken"]
    return ingest, pool


@pytest.mark.parametrize(("runs", "is_finished"), [(1, False), (2, False), (3, True)])
def test_a_file_is_finished_with_its_last_revisit(store: Store, tmp_path: Path, runs: int, is_finished: bool) -> None:
    path = write(tmp_path / "a.warc", [revisit(1, 5, body_of(1))])
    wanted, finished = find_unfinished(store, [str(path)], _never)
    assert ([file.path for file in wanted], finished) == ([str(path)], [])
    _, pool = read(store, wanted, runs)
    assert [bool(job.places) for job in pool.jobs] == ([False] if runs == 1 else [False, True])
    known = store.file_progress(str(path))
    assert known is not None
    assert (known.finished_at is not None, known.broken) == (is_finished, int(is_finished))
    assert len(find_unfinished(store, [str(path)], _never)[0]) == (0 if is_finished else 1)


def test_a_missing_file_is_reported(store: Store, tmp_path: Path) -> None:
    named: list[ArchiveError] = []
    assert find_unfinished(store, [str(tmp_path / "gone.warc")], named.append) == ([], [])
    assert [error.path for error in named] == [str(tmp_path / "gone.warc")]


@pytest.mark.parametrize("pages", [1, 2, 5, 30, 500])
def test_a_run_that_is_killed_early_has_stored_half_of_what_was_read(
    store: Store, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newscrawl.batch.ingest.monotonic", lambda: 0.0)  # or a slow machine commits more often
    ingest = Ingest(store, store.start_run("bloomberg", {}, source="ingest"))
    commits = 0
    for number in range(pages):
        before = store.page_counts()
        ingest.handle_result(ReadJob(path="a.warc"), result(capture(f"story-{number}")))
        assert ingest.keep_going()
        commits += store.page_counts() != before
    assert sum(store.page_counts().values()) >= pages / 2
    assert commits <= 10 + pages // 200


def test_a_run_that_another_one_took_for_dead_stops(store: Store) -> None:
    ingest = Ingest(store, store.start_run("bloomberg", {}, source="ingest"))
    store.start_run("bloomberg", {}, source="ingest", is_alive=lambda run: False)
    ingest.handle_result(ReadJob(path="a.warc"), result(capture()))
    with pytest.raises(LostLockError):
        ingest.keep_going()
    assert store.totals()["pages"] == 0


def _never(error: ArchiveError) -> None:
    raise error


def test_a_file_is_read_again_for_other_sites(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc", [story(1)])
    tern, gull = frozenset(("tern.example",)), frozenset(("gull.example",))

    def find(sites: frozenset[str] | None) -> list[FileProgress]:
        return find_unfinished(store, [str(path)], list[ArchiveError]().append, sites)[0]

    def finish(sites: frozenset[str] | None) -> None:
        (file,) = find(sites)
        run_id = store.start_run("news", {}, source="ingest", alone=False)
        store.record([], run_id=run_id, files=[replace(file, finished_at=datetime.now(UTC))])

    finish(tern)
    assert find(tern) == []
    assert [file.sites for file in find(gull)] == [tern | gull]
    finish(gull)
    assert find(tern) == find(gull) == find(tern | gull) == []
    assert [file.sites for file in find(None)] == [None]
    finish(None)
    assert find(None) == find(tern) == find(frozenset(("new.example",))) == []
    path.write_bytes(path.read_bytes() * 2)
    assert [file.sites for file in find(gull)] == [gull]
