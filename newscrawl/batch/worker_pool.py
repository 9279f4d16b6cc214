"""Captures into articles, in several processes: those of whole archive files, and those that are read again.

A worker reads one job at a time and sends what it makes of each page. One that dies, or hangs over a page, costs that
page: another goes on with the job.
"""

from __future__ import annotations

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

from newscrawl.archives.capture import Capture, RecordLocation, check_identity, locate
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_capture, read_captures
from newscrawl.article import Article, CaptureRef, Page
from newscrawl.batch.capture_filter import Screen
from newscrawl.errors import ArchiveError, BlockedError, ExtractError, StorageError
from newscrawl.storage import PageResult, Store

_SPAWN = get_context("spawn")
"""No fork: the process that writes may have threads, and has open databases."""
_LOOK_SECONDS = 0.25
_TELL_SECONDS = 0.5
_ALARM = getattr(signal, "SIGALRM", 0)
_LOOKED_UP = 200
"""Captures of a job begun before, that are looked up together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one worker reads in one go: a file, or captures by their places."""

    path: str = ""
    """The file; empty: captures that are in the database, and read as such, whether the screen wants them or not."""
    size: int = 0
    """Bytes of the file."""
    places: tuple[CaptureRef, ...] = ()
    """Captures to read; empty: all of the file."""
    skips_known: bool = False
    """Whether captures that are in the database are passed over."""
    is_changed: bool = False
    """Whether of these only those are that stand where they stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all workers are told."""

    url: str
    """Of the database, which they only read."""
    warcs: str
    """Where our own captures are."""
    spider: str
    screen: Screen
    extract: str
    """What to call with a page and max_bytes=, as "module:name"."""
    max_bytes: int
    timeout: float
    """Seconds that a page may take."""


class Listener(Protocol):
    """Who hears what workers make of a job."""

    def page(self, job: Job, result: PageResult) -> None:
        """A page was read, or took its worker with it."""

    def broken(self, job: Job, error: ArchiveError) -> None:
        """A record, or a file, cannot be read."""

    def progress(self, job: Job, part: float) -> None:
        """So much of a file is read, from 0 to 1."""

    def done(self, job: Job, counts: Counter[str]) -> None:
        """All of a job is read; what of it was passed over, by reason."""

    def left(self, job: Job) -> None:
        """A job's worker ended over no page; the rest of the job is not read."""

    def turn(self) -> bool:
        """Called several times a second. Whether to go on."""


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    job: Job | None = None
    page: CaptureRef | None = None
    """The one in hand."""
    since: float = 0.0


class ReadingPool:
    """Processes that read captures."""

    def __init__(self, settings: Settings, *, workers: int) -> None:
        """So many `workers` at most."""
        self._settings, self._most = settings, workers
        self._jobs: deque[Job] = deque()
        self._workers: list[_Worker] = []

    def run(self, jobs: Iterator[Job], listener: Listener) -> None:
        """Read the jobs, which are asked for one by one. Raises what the listener raises."""
        while (self._start(jobs) or any(worker.job for worker in self._workers)) and listener.turn():
            busy = {worker.pipe: worker for worker in self._workers if worker.job}
            for ready in connection.wait(list(busy), _LOOK_SECONDS):
                self._hear(busy[ready], listener)  # type: ignore[index]
            for worker in busy.values():
                if worker in self._workers and self._is_late(worker):
                    self._bury(worker, "timeout", listener)

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()
        self._workers.clear()

    def _is_late(self, worker: _Worker) -> bool:
        """Whether a page takes too long; not where the answer waits here, as the listener took its time."""
        late = worker.page is not None and monotonic() - worker.since > self._settings.timeout
        return late and not worker.pipe.poll()

    def _start(self, jobs: Iterator[Job]) -> bool:
        """Give every free worker a job, and start those that are missing. Whether there was one."""
        started = False
        while sum(worker.job is not None for worker in self._workers) < self._most:
            job = self._jobs.popleft() if self._jobs else next(jobs, None)
            if job is None:
                break
            worker = next((worker for worker in self._workers if worker.job is None), None) or self._hire()
            worker.job, started = job, True
            with suppress(ConnectionError):  # it is dead: heard in its turn
                worker.pipe.send(job)
        return started

    def _hire(self) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=work, args=(theirs, self._settings), daemon=True)
        process.start()
        theirs.close()
        self._workers.append(worker := _Worker(process, ours))
        return worker

    def _hear(self, worker: _Worker, listener: Listener) -> None:
        job = worker.job
        assert job is not None  # noqa: S101 - only those at work are heard
        try:
            heard = worker.pipe.recv()
        except (EOFError, ConnectionError):
            self._bury(worker, "worker_died", listener)
            return
        match heard:
            case CaptureRef():
                worker.page, worker.since = heard, monotonic()
            case PageResult():
                worker.page = None
                listener.page(job, heard)
            case float():
                listener.progress(job, heard)
            case ArchiveError():
                listener.broken(job, heard)
            case StorageError():
                raise heard
            case Counter():
                worker.job = None
                listener.done(job, heard)

    def _bury(self, worker: _Worker, reason: str, listener: Listener) -> None:
        """Take the page in hand for failed, and have the rest of the job read by another."""
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        if worker.process.exitcode == -_ALARM:
            reason = "timeout"
        job, page = worker.job, worker.page
        assert job is not None  # noqa: S101 - only those at work are watched
        if page is None:
            listener.left(job)
            return
        listener.page(job, _result(self._settings.spider, page, state="failed", reason=reason))
        stands = [(ref.file, ref.offset) for ref in job.places]
        places = job.places[stands.index((page.file, page.offset)) + 1 :] if stands else ()
        if places or not job.places:
            self._jobs.append(replace(job, places=places, skips_known=not job.places))
        else:
            listener.done(job, Counter())


@contextmanager
def ended_by_signals(end: Callable[[], None]) -> Iterator[None]:
    """Have SIGINT and SIGTERM call `end`, in place of what they do."""

    def called(*_: object) -> None:
        end()

    before: dict[signal.Signals, Any] = {}
    with suppress(ValueError):  # not in the main thread: somebody else's signals
        before = {number: signal.signal(number, called) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def work(pipe: Connection, settings: Settings) -> None:
    """A worker's life: jobs in; of each page first its capture, then its result, out; of each job last its counts."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they may be sent to all; the parent ends this one when it is done
        signal.signal(number, signal.SIG_IGN)
    with suppress(EOFError, ConnectionError):
        try:
            with Store.open(settings.url, create=False) as store:
                reader = _Reader(pipe, settings, store, pkgutil.resolve_name(settings.extract))
                while True:
                    reader.read(pipe.recv())
        except StorageError as error:
            pipe.send(error)


@dataclass(slots=True)
class _Reader:
    pipe: Connection
    settings: Settings
    store: Store
    extract: Callable[..., Article]
    counts: Counter[str] = field(default_factory=Counter)
    told: float = 0.0

    def read(self, job: Job) -> None:
        """All of a job."""
        self.counts = Counter()
        with Originals(self._place, self._place_then) as originals:
            for capture, ref in self._places(job, originals) if job.places else self._file(job, originals):
                self.pipe.send(ref)
                self.pipe.send(self._read(capture.page(), ref))
        self.pipe.send(self.counts)

    def _file(self, job: Job, originals: Originals) -> Iterator[tuple[Capture, CaptureRef]]:
        found = read_captures(
            job.path,
            is_wanted=self.settings.screen.is_of_the_publisher,
            report=self.pipe.send,
            originals=originals,
            on_record=partial(self._tell_of, job),
        )
        pages = filter(self._is_wanted, found)
        try:
            for capture in self._missing(pages, there=job.is_changed) if job.skips_known else pages:
                yield capture, capture.ref
        except ArchiveError as error:
            self.pipe.send(error)

    def _places(self, job: Job, originals: Originals) -> Iterator[tuple[Capture, CaptureRef]]:
        for ref in job.places:
            try:
                capture = self._at(ref, originals)
                if not job.path:
                    check_identity(capture, ref)
            except ArchiveError as error:
                self.pipe.send(error)
            else:
                if not job.path:
                    yield capture, ref
                elif self._is_wanted(capture):
                    yield capture, capture.ref

    def _at(self, ref: CaptureRef, originals: Originals) -> Capture:
        place = locate(ref, self.settings.warcs)
        if place is None:
            raise ArchiveError(ref.url, None, "its bytes are not kept")
        return read_capture(place.file, place.offset, originals=originals)

    def _tell_of(self, job: Job, offset: int) -> None:
        if monotonic() - self.told > _TELL_SECONDS and job.size:
            self.told = monotonic()
            self.pipe.send(min(1.0, offset / job.size))

    def _is_wanted(self, capture: Capture) -> bool:
        reason = self.settings.screen.passed_over(capture)
        self.counts[f"captures/{reason}" if reason else "links/found"] += 1
        return reason is None

    def _missing(self, pages: Iterator[Capture], *, there: bool) -> Iterator[Capture]:
        """Those that are not in the database yet, or not as standing `there`."""
        while batch := list(islice(pages, _LOOKED_UP)):
            known = self.store.captured([capture.ref for capture in batch], there=there)
            self.counts["captures/known"] += sum(known)
            yield from (capture for capture, is_known in zip(batch, known, strict=True) if not is_known)

    def _read(self, page: Page, ref: CaptureRef) -> PageResult:
        spider = self.settings.spider
        try:
            with _alarm(self.settings.timeout):
                article = self.extract(page, max_bytes=self.settings.max_bytes)
        except (ExtractError, BlockedError) as error:
            return _result(spider, ref, state=error.state, reason=error.reason)
        if not self.settings.screen.dates.contains(article.published_at):
            return _result(spider, ref, state="refused", reason="out_of_dates")
        return _result(spider, ref, state="stored", article=article)

    def _place(self, digest: str) -> RecordLocation | None:
        """Where the database knows a payload to stand."""
        kept = self.store.original(digest)
        return locate(kept, self.settings.warcs) if kept else None

    def _place_then(self, url: str, moment: datetime) -> tuple[datetime, RecordLocation] | None:
        """Where the database knows the payload to stand that was current at an address at a moment, and since when."""
        kept = self.store.original_then(url, moment)
        place = locate(kept, self.settings.warcs) if kept else None
        return (kept.captured_at, place) if kept and place else None


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """The parent ends a process that takes longer; where it is gone, or has its hands full, the system does."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _result(spider: str, ref: CaptureRef, **told: Any) -> PageResult:
    return PageResult(
        url=ref.url, spider=spider, source="warc", status=ref.status, capture=ref, is_archived=True, **told
    )
