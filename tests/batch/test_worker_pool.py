"""Processes that read captures, and who hears of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from newscrawl.archives.capture import CaptureFolder
from newscrawl.batch.capture_filter import CaptureFilter
from newscrawl.batch.capture_worker import ReadJob, WorkerSettings
from newscrawl.batch.worker_pool import WorkerPool
from newscrawl.date_range import DateRange
from newscrawl.errors import ArchiveError, NoOriginalError, StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.publishers import Sites
from newscrawl.publishers.bloomberg import PUBLISHER
from newscrawl.storage import PageResult
from tests.commands import press
from tests.commands.press import body_of, revisit, story, write


@dataclass
class RecordingListener:
    """A listener that remembers; `slowly` is called with every page."""

    slowly: Callable[[], object] = lambda: None
    pages: dict[str, str | None] = field(default_factory=dict)
    errors: list[ArchiveError] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    turns: Callable[[], bool] = lambda: True

    def handle_result(self, job: ReadJob, result: PageResult) -> None:
        self.pages.setdefault(result.url.rpartition("/")[2], result.reason)
        self.slowly()

    def handle_error(self, job: ReadJob, error: ArchiveError) -> None:
        self.errors.append(error)

    def handle_progress(self, job: ReadJob, part: float) -> None:
        assert 0 <= part <= 1

    def finish_job(self, job: ReadJob, counts: Counter[str]) -> None:
        self.ended.append(Path(job.path).name)

    def abandon_job(self, job: ReadJob) -> None:
        self.ended.append(f"{Path(job.path).name} left")

    def keep_going(self) -> bool:
        return self.turns()


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Callable[..., WorkerPool]]:
    made: list[WorkerPool] = []

    def make(workers: int = 1, timeout: float = 30, database_url: str = f"sqlite:///{tmp_path}/news.db") -> WorkerPool:
        if database_url:
            open_archive(database_url).close()
        settings = WorkerSettings(
            database_url=database_url,
            captures=CaptureFolder(""),
            spider="bloomberg",
            capture_filter=CaptureFilter(sites=Sites([PUBLISHER]), dates=DateRange()),
            extract=press.FUNCTION,
            max_bytes=2**20,
            timeout=timeout,
            user_agent="newscrawl/test",
        )
        made.append(WorkerPool(settings, workers=workers))
        return made[-1]

    yield make
    for each in made:
        each.close()


def job(path: Path, numbers: range, order: str = "") -> ReadJob:
    write(path, [story(number, extra=order and f"<!-- order: {order} -->") for number in numbers])
    return ReadJob(path=str(path), size=path.stat().st_size)


@pytest.mark.usefixtures("quick_workers")
def test_a_slow_listener_blames_no_page(pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    slept: list[int] = []

    def sleep() -> None:
        busy = [worker for worker in reading._workers if worker.page]
        if not slept and len(busy) == 1 and len(reading._workers) == 2 and len(listener.pages) > 20:
            slept.append(1)
            time.sleep(5.3)

    listener = RecordingListener(slowly=sleep)
    jobs = [job(tmp_path / f"{name}.warc", range(at, at + 80), "slow") for at, name in ((0, "a"), (80, "b"))]
    reading = pool(2, timeout=5)
    reading.run(iter(jobs), listener)
    assert slept
    assert listener.pages == {f"story-{number}": None for number in range(160)}


def test_a_process_that_ends_between_pages_abandons_its_file(pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    reading = pool()
    killed: list[int] = []

    def kill() -> bool:
        if reading._workers and not killed:  # it is still starting
            reading._workers[0].process.kill()
            killed.append(1)
        return True

    listener = RecordingListener(turns=kill)
    reading.run(iter([job(tmp_path / "a.warc", range(4)), job(tmp_path / "b.warc", range(4, 6))]), listener)
    assert listener.ended == ["a.warc left", "b.warc"]
    assert listener.pages == {"story-4": None, "story-5": None}


def test_a_database_error_of_a_worker_ends_the_run(pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    reading = pool()
    (tmp_path / "news.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StorageError, match="not a SQLite database"):
        reading.run(iter([job(tmp_path / "a.warc", range(2))]), RecordingListener())


@pytest.mark.usefixtures("quick_workers")
def test_workers_wait_for_a_slow_listener(pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    """A worker waits for who does not listen."""
    listener = RecordingListener()
    reading = pool()
    used: list[int] = []

    def turns() -> bool:
        process = psutil.Process(reading._workers[0].process.pid or 0)
        while listener.pages and (not used or used[-1] > 2) and len(used) < 60:  # until its pipe is full
            before = process.cpu_times().user
            time.sleep(0.5)
            used.append(round((process.cpu_times().user - before) * 100))
        return True

    listener.turns = turns
    reading.run(iter([job(tmp_path / "a.warc", range(600))]), listener)
    assert used[-1] <= 2
    assert len(listener.pages) == 600


@pytest.mark.usefixtures("quick_workers")
def test_a_file_is_continued_without_a_database(pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    orders = {2: "<!-- order: die -->", 4: "<!-- order: hang -->"}
    records = [story(number, extra=orders.get(number, "")) for number in range(6)]
    records.insert(1, b"WARC/1.0\r\nWARC-Type: response\r\n\r\n")
    records.insert(6, records[6])  # the same page at another place, after those that ended their workers
    file = write(tmp_path / "a.warc", [*records, revisit(9, 5, body_of(9))])
    calls: list[str] = []
    listener = RecordingListener(slowly=lambda: calls.append("page"))
    reading = pool(timeout=0.7, database_url="")
    reading.run(iter([ReadJob(path=str(file), size=file.stat().st_size)]), listener)
    reasons = {2: "worker_died", 4: "timeout"}
    assert listener.pages == {f"story-{number}": reasons.get(number) for number in range(6)}
    assert len(calls) == 7
    assert [type(error) for error in listener.errors] == [ArchiveError, NoOriginalError]
    assert listener.ended == ["a.warc"]
