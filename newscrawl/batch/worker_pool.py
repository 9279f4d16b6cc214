"""Read captures into articles in several processes: whole archive files, or captures by their places.

A worker reads one job at a time and sends the result of each page. A page that kills its worker, or takes too long,
fails alone: another worker continues the job after it.
"""

from __future__ import annotations

import logging
import pkgutil
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Any, Protocol

from newscrawl.archives.capture import Capture, CaptureFolder, RecordLocation, check_identity
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_capture, read_captures
from newscrawl.article import Article, CaptureRef, Page
from newscrawl.batch.capture_filter import CaptureFilter
from newscrawl.errors import ArchiveError, BlockedError, ExtractError, StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.operations.exit_codes import PREFIX
from newscrawl.states import OUTSIDE_DATES, RefusalKind
from newscrawl.storage import PageResult, Store

logger = logging.getLogger(__name__)

# Not fork: the parent may have threads, and has open databases.
_SPAWN = get_context("spawn")
_WAIT_SECONDS = 0.25
_PROGRESS_SECONDS = 0.5
_ALARM = getattr(signal, "SIGALRM", 0)
_LOOKED_UP_TOGETHER = 200
_MAX_WARNINGS = 20
"""Broken records that are reported one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadJob:
    """What one worker reads in one go: a file, or captures by their places."""

    path: str = ""
    """The file; empty: stored captures, which are read whether the filter accepts them or not."""
    size: int = 0
    """Bytes of the file."""
    places: tuple[CaptureRef, ...] = ()
    """The captures to read; empty: the whole file."""
    skips_known: bool = False
    """Whether captures that are in the database are skipped."""
    is_changed: bool = False
    """Whether the file has changed since: then only captures that are still at their places are skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What every worker needs."""

    database_url: str
    """Workers only read it."""
    captures: CaptureFolder
    spider: str
    capture_filter: CaptureFilter
    extract: str
    """The function to call with a page and max_bytes=, as "module:name"."""
    max_bytes: int
    timeout: float
    """Seconds per page."""

    def make_result(self, ref: CaptureRef, **values: Any) -> PageResult:
        values |= {"status": ref.status, "capture": ref, "is_archived": True}
        site = self.capture_filter.find_site_key(ref.url)
        return PageResult(url=ref.url, spider=self.spider, site=site, source="warc", **values)


class JobListener(Protocol):
    """Handles what workers report. Errors that it raises end the pool's run."""

    def handle_result(self, job: ReadJob, result: PageResult) -> None:
        """A page was read, or has stopped its worker."""

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


@dataclass(slots=True, eq=False)
class _CaptureWorker:
    process: BaseProcess
    pipe: Connection
    job: ReadJob | None = None
    page: CaptureRef | None = None
    """The page that it reads now."""
    since: float = 0.0


class WorkerPool:
    """Processes that read captures."""

    def __init__(self, settings: WorkerSettings, *, workers: int) -> None:
        self._settings, self._max_workers = settings, workers
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
        is_late = worker.page is not None and monotonic() - worker.since > self._settings.timeout
        return is_late and not worker.pipe.poll()  # its message may wait here because the listener was slow

    def _assign_jobs(self, jobs: Iterator[ReadJob]) -> bool:
        """Give every free worker a job, and spawn those that are missing. Return whether there was one."""
        has_assigned = False
        while sum(worker.job is not None for worker in self._workers) < self._max_workers:
            job = self._jobs.popleft() if self._jobs else next(jobs, None)
            if job is None:
                break
            worker = next((worker for worker in self._workers if worker.job is None), None) or self._spawn()
            worker.job, has_assigned = job, True
            with suppress(ConnectionError):  # a dead worker is handled when its pipe is read
                worker.pipe.send(job)
        return has_assigned

    def _spawn(self) -> _CaptureWorker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=run_worker, args=(theirs, self._settings), daemon=True)
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
            case PageResult():
                worker.page = None
                listener.handle_result(job, message)
            case float():
                listener.handle_progress(job, message)
            case ArchiveError():
                listener.handle_error(job, message)
            case StorageError():
                raise message
            case Counter():
                worker.job = None
                listener.finish_job(job, message)

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
        listener.handle_result(job, self._settings.make_result(page, state="failed", reason=reason))
        if not job.places:
            self._jobs.append(replace(job, skips_known=True))
            return
        read = [(ref.file, ref.offset) for ref in job.places].index((page.file, page.offset)) + 1
        if rest := job.places[read:]:
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


def run_worker(pipe: Connection, settings: WorkerSettings) -> None:
    """Run a worker: receive jobs; send each page's capture, then its result, and at the end of a job its counts."""
    for number in (signal.SIGINT, signal.SIGTERM):  # may be sent to the whole group; the parent ends its workers
        signal.signal(number, signal.SIG_IGN)
    with suppress(EOFError, ConnectionError):
        try:
            with open_archive(settings.database_url, create=False) as store:
                reader = _JobReader(pipe, settings, store, pkgutil.resolve_name(settings.extract))
                while True:
                    reader.read_job(pipe.recv())
        except StorageError as error:
            pipe.send(error)


@dataclass(slots=True)
class _JobReader:
    pipe: Connection
    settings: WorkerSettings
    store: Store
    extract: Callable[..., Article]
    counts: Counter[str] = field(default_factory=Counter)
    progress_sent: float = 0.0

    def read_job(self, job: ReadJob) -> None:
        self.counts = Counter()
        with Originals(self._find_original, self._find_original_at) as originals:
            for capture, ref in self._read_places(job, originals) if job.places else self._read_file(job, originals):
                self.pipe.send(ref)
                self.pipe.send(self._extract_page(capture.page(), ref))
        self.pipe.send(self.counts)

    def _read_file(self, job: ReadJob, originals: Originals) -> Iterator[tuple[Capture, CaptureRef]]:
        records = read_captures(
            job.path,
            is_wanted=partial(self._accepts, self.settings.capture_filter.select_addresses(job.path)),
            report=self.pipe.send,
            originals=originals,
            on_record=partial(self._send_progress, job),
        )
        pages = filter(self._is_wanted, records)
        try:
            for capture in self._skip_known(pages, job.is_changed) if job.skips_known else pages:
                yield capture, capture.ref
        except ArchiveError as error:
            self.pipe.send(error)

    def _read_places(self, job: ReadJob, originals: Originals) -> Iterator[tuple[Capture, CaptureRef]]:
        for ref in job.places:
            try:
                place = self.settings.captures.locate(ref)
                if place is None:
                    raise ArchiveError(ref.url, None, "its bytes are not stored")
                capture = read_capture(place.file, place.offset, originals=originals)
                if not job.path:
                    check_identity(capture, ref)
            except ArchiveError as error:
                self.pipe.send(error)
                continue
            if not job.path:
                yield capture, replace(ref, incomplete_reason=capture.incomplete_reason)
            elif self._is_wanted(capture):
                yield capture, capture.ref

    def _send_progress(self, job: ReadJob, offset: int) -> None:
        if monotonic() - self.progress_sent > _PROGRESS_SECONDS and job.size:
            self.progress_sent = monotonic()
            self.pipe.send(min(1.0, offset / job.size))

    def _accepts(self, is_of_the_sites: Callable[[str], bool], url: str) -> bool:
        is_accepted = is_of_the_sites(url)
        self.counts["captures/other_site"] += not is_accepted
        return is_accepted

    def _is_wanted(self, capture: Capture) -> bool:
        reason = self.settings.capture_filter.find_skip_reason(capture)
        self.counts[f"captures/{reason}" if reason else "links/found"] += 1
        return reason is None

    def _skip_known(self, pages: Iterator[Capture], is_changed: bool) -> Iterator[Capture]:
        while batch := list(islice(pages, _LOOKED_UP_TOGETHER)):
            known = self.store.captured([capture.ref for capture in batch], there=is_changed)
            for capture, before in zip(batch, known, strict=True):
                if before is None:
                    yield capture
                else:  # one that failed too: a file that is continued would come to the page that stopped it for ever
                    self.counts["captures/known" if before.state != "failed" else "captures/failed_before"] += 1

    def _extract_page(self, page: Page, ref: CaptureRef) -> PageResult:
        make_result = self.settings.make_result
        try:
            with _alarm(self.settings.timeout):
                article = self.extract(page, max_bytes=self.settings.max_bytes)
        except (ExtractError, BlockedError) as error:
            if page.incomplete_reason:  # a part says nothing about the page
                return make_result(ref, state="failed", reason=page.incomplete_reason)
            refusal = RefusalKind.TEMPORARY if error.is_temporary else None
            return make_result(ref, state=error.state, reason=error.reason, refusal=refusal)
        if not self.settings.capture_filter.dates.contains(article.published_at):
            values: dict[str, Any] = {"reason": OUTSIDE_DATES, "published_at": article.published_at}
            return make_result(ref, state="refused", **values)
        return make_result(ref, state="stored", article=article)

    def _find_original(self, digest: str) -> RecordLocation | None:
        original = self.store.original(digest)
        return self.settings.captures.locate(original) if original else None

    def _find_original_at(self, url: str, moment: datetime) -> tuple[datetime, RecordLocation] | None:
        original = self.store.original_then(url, moment)
        place = self.settings.captures.locate(original) if original else None
        return (original.captured_at, place) if original and place else None


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End this process after some seconds, as the parent does unless it is gone or busy."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
