"""Read captures into articles in several processes: whole archive files, or captures by their places.

A worker reads one job at a time and sends the result of each page. A page that kills its worker, or takes too long,
fails alone: another worker continues the job after it.
"""

from __future__ import annotations

import logging
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Any, Protocol

from newscrawl.article import CaptureRef
from newscrawl.batch.capture_worker import Place, ReadJob, WorkerSettings, place_of, run_worker
from newscrawl.batch.result_rows import ResultRow
from newscrawl.errors import ArchiveError, StorageError
from newscrawl.operations.exit_codes import PREFIX
from newscrawl.storage import PageResult

logger = logging.getLogger(__name__)

# Not fork: the parent may have threads, and has open databases.
_SPAWN = get_context("spawn")
_WAIT_SECONDS = 0.25
_ALARM = getattr(signal, "SIGALRM", 0)
_MAX_WARNINGS = 20
"""Broken records that are reported one by one."""
JobMessage = PageResult | ResultRow | ArchiveError | Counter[str]
"""What a listener gets of a job: results of pages, errors of records, and at its end its counts."""


class JobListener(Protocol):
    """Handles what workers report. Errors that it raises end the pool's run."""

    def handle_result(self, job: ReadJob, result: Any) -> None:
        """A page was read, or has stopped its worker: a PageResult, or a ResultRow if the settings say so."""

    def handle_error(self, job: ReadJob, error: ArchiveError) -> None:
        """A record or a file cannot be read."""

    def handle_progress(self, job: ReadJob, part: float) -> None:
        """A part of a file is read, from 0 to 1."""

    def finish_job(self, job: ReadJob, counts: Counter[str]) -> None:
        """All of a job is read; `counts` are its skipped captures by reason."""

    def abandon_job(self, job: ReadJob) -> None:
        """The worker of a job ended between two pages; the rest of the job is not read."""

    def keep_going(self) -> bool:
        """Called several times per second. Return whether to go on."""


def deliver_message(job: ReadJob, message: JobMessage, listener: JobListener) -> None:
    """Call the method of a listener that handles a message."""
    match message:
        case PageResult() | ResultRow():
            listener.handle_result(job, message)
        case ArchiveError():
            listener.handle_error(job, message)
        case Counter():
            listener.finish_job(job, message)


@dataclass(slots=True, eq=False)
class _CaptureWorker:
    process: BaseProcess
    pipe: Connection
    job: ReadJob | None = None
    page: CaptureRef | None = None
    """The page that it reads now."""
    since: float = 0.0
    read: set[Place] = field(default_factory=set)
    reported: set[str] = field(default_factory=set)

    def finish(self, message: JobMessage) -> None:
        """Remember that a page, a broken record or the job is done."""
        match message:
            case PageResult() | ResultRow():
                self.page = None
            case ArchiveError():
                self.reported.add(str(message))
            case Counter():
                self.job = None


class WorkerPool:
    """Processes that read captures."""

    def __init__(self, settings: WorkerSettings, *, workers: int) -> None:
        self.settings, self.workers = settings, workers
        self._jobs: deque[ReadJob] = deque()
        self._workers: list[_CaptureWorker] = []

    def run(self, jobs: Iterator[ReadJob], listener: JobListener) -> None:
        """Read the jobs, which are taken one by one. Raises what the listener raises."""
        while (self._assign_jobs(jobs) or any(worker.job for worker in self._workers)) and listener.keep_going():
            busy = [worker for worker in self._workers if worker.job]
            ready = connection.wait([worker.pipe for worker in busy], _WAIT_SECONDS)
            for worker in busy:
                if worker.pipe in ready:
                    self._receive(worker, listener)
                elif self._is_late(worker):
                    self._discard(worker, "timeout", listener)

    def close(self) -> None:
        while self._workers:
            self._end(self._workers[0])

    def _end(self, worker: _CaptureWorker) -> None:
        self._workers.remove(worker)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()

    def _is_late(self, worker: _CaptureWorker) -> bool:
        is_late = worker.page is not None and monotonic() - worker.since > self.settings.timeout
        return is_late and not worker.pipe.poll()  # its message may wait here because the listener was slow

    def _assign_jobs(self, jobs: Iterator[ReadJob]) -> bool:
        """Give every free worker a job, and spawn those that are missing. Return whether there was one."""
        has_assigned = False
        while sum(worker.job is not None for worker in self._workers) < self.workers:
            job = self._jobs.popleft() if self._jobs else next(jobs, None)
            if job is None:
                break
            worker = next((worker for worker in self._workers if worker.job is None), None) or self._spawn()
            worker.job, has_assigned = job, True
            worker.read, worker.reported = set(job.read), set(job.reported)
            with suppress(ConnectionError):  # a dead worker is handled when its pipe is read
                worker.pipe.send(job)
        return has_assigned

    def _spawn(self) -> _CaptureWorker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=run_worker, args=(theirs, self.settings), daemon=True)
        process.start()
        theirs.close()
        self._workers.append(worker := _CaptureWorker(process, ours))
        return worker

    def _receive(self, worker: _CaptureWorker, listener: JobListener) -> None:
        try:
            message = worker.pipe.recv()
        except (EOFError, ConnectionError):
            self._discard(worker, "worker_died", listener)
            return
        job = worker.job
        assert job is not None  # noqa: S101 - only busy workers are read
        match message:
            case CaptureRef():
                worker.page, worker.since = message, monotonic()
                worker.read.add(place_of(message))
            case float():
                listener.handle_progress(job, message)
            case StorageError():
                raise message
            case ArchiveError() if str(message) in worker.reported:
                pass  # by the worker that this one continues
            case _:
                worker.finish(message)
                deliver_message(job, message, listener)

    def _discard(self, worker: _CaptureWorker, reason: str, listener: JobListener) -> None:
        """End a worker: its page fails, and another worker reads the rest of its job."""
        self._end(worker)
        if worker.process.exitcode == -_ALARM:
            reason = "timeout"
        job, page = worker.job, worker.page
        assert job is not None  # noqa: S101 - only busy workers are watched
        if page is None:
            listener.abandon_job(job)
            return
        listener.handle_result(job, self.settings.make_result(page, state="failed", reason=reason))
        if not job.places:
            read, reported = frozenset(worker.read), frozenset(worker.reported)
            self._jobs.append(replace(job, read=read, reported=reported))
            return
        number = [(ref.file, ref.offset) for ref in job.places].index((page.file, page.offset)) + 1
        if rest := job.places[number:]:
            self._jobs.append(replace(job, places=rest))
        else:
            listener.finish_job(job, Counter())


@dataclass(slots=True, kw_only=True)
class PoolRun:
    """What the runs over a pool share: counts, warnings and an early end."""

    stats: Counter[str] = field(default_factory=Counter)
    """Its counts, named as those of a crawl, with PREFIX."""
    site_counts: dict[str, Counter[str]] = field(default_factory=dict)
    """The same for each site that it is limited to, by key."""
    warn: Callable[[str], None] = logger.warning
    is_stopped: bool = False
    """Set to end the run: what was read is stored, the rest waits for the next run."""

    def count(self, name: str, number: int = 1, *, site: str = "") -> None:
        self.stats[PREFIX + name] += number
        if site in self.site_counts:
            self.site_counts[site][PREFIX + name] += number

    def count_broken(self, error: ArchiveError) -> None:
        self.count("captures/broken")
        if self.stats[f"{PREFIX}captures/broken"] <= _MAX_WARNINGS:
            self.warn(str(error))


@dataclass(slots=True, kw_only=True)
class FileRun(PoolRun):
    """A run over whole files."""

    show: Callable[[ReadJob, float], None] = lambda job, part: None
    """Called now and then with the part of a file that is read, from 0 to 1."""

    @property
    def unread(self) -> int:
        """The number of files that were not read to their end, though the run was not stopped."""
        return self.stats[f"{PREFIX}files/unread"]


@contextmanager
def stop_on_signals(run: PoolRun) -> Iterator[None]:
    """Stop a run on SIGINT and SIGTERM, instead of what they do."""

    def handle_signal(*_: object) -> None:
        run.is_stopped = True

    before: dict[signal.Signals, Any] = {}
    with suppress(ValueError):  # outside of the main thread signals cannot be set
        before = {number: signal.signal(number, handle_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
