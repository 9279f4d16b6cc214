"""Archive files read by the workers of a Dask cluster: each file is a task, whose results are written to one folder."""

from __future__ import annotations

import logging
import signal
from collections import Counter, deque
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing import current_process
from queue import Empty, SimpleQueue
from threading import get_ident
from time import monotonic
from typing import NamedTuple
from uuid import uuid4

import dask
from distributed import Client, Event, Future, KilledWorker, LocalCluster, get_worker

from newscrawl.archives.wacz import open_file
from newscrawl.batch.capture_worker import WorkerSettings
from newscrawl.batch.extraction import extractor_version
from newscrawl.batch.results import ReadTask, ResultsFile, find_results, write_results
from newscrawl.batch.worker_pool import WorkerPool
from newscrawl.errors import ArchiveError, ClusterError
from newscrawl.http_files import set_user_agent
from newscrawl.remote_files import hide_credentials

LOCAL = "local"
_DASHBOARD = "127.0.0.1:8787"
_SETTINGS = {
    # Workers are daemonic by default, and could then not have processes of their own.
    "distributed.worker.daemon": False,
    # Dask observes its threads, event loops and memory 10 to 100 times a second: 8 % of a core in each process.
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "1s",
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
}
_CONNECT_SECONDS = 10
_WAIT_SECONDS = 0.25
_STOP_SECONDS = 1.0
_RETRIES = 3
_MIN_SUBMITTED = 8
"""Tasks at the scheduler, at least; else twice as many as it has threads."""


_POOLS: dict[int, tuple[str, WorkerPool]] = {}
"""On a worker: the pools that wait for the next file of a run, by thread. To start a process costs a second."""


class Failure(NamedTuple):
    """Why a worker did not read a file."""

    worker: str
    """Its address."""
    reason: str


@contextmanager
def connect(address: str, *, workers: int | None) -> Iterator[Client]:
    """Connect to a scheduler or, for "local", start one with worker processes on this machine, by default one per core.

    Raises ClusterError.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it warns of is reported by the run
    if address != LOCAL:
        try:
            client = Client(address, timeout=_CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise ClusterError(f"{address}: no scheduler answers; `dask scheduler` starts one") from error
        with client:
            yield client
        return
    with (
        dask.config.set(_SETTINGS),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address=_DASHBOARD,
            silence_logs=logging.CRITICAL,
            preload=[__name__],
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def dask_setup(worker: object) -> None:
    """Ignore Ctrl-C in a worker of a local cluster, which is sent to the whole group; Dask calls it at its start."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@dataclass(slots=True)
class ClusterReader:
    """Reads files on a cluster."""

    client: Client
    settings: WorkerSettings
    folder: str
    """Where results go: a path that is the same on all machines, or a URL."""
    keep_going: Callable[[], bool]
    """Called several times per second. Return whether to go on."""
    show: Callable[[ReadTask, float], None]
    """Called now and then with the part of a file that is read, from 0 to 1."""
    warn: Callable[[str], None]
    """Called for each worker that fails."""
    fail: Callable[[str], None]
    """Called for each file that is not read."""
    _topic: str = field(default_factory=lambda: f"newscrawl-{uuid4().hex}")
    _done: SimpleQueue[Future[Failure | None]] = field(default_factory=SimpleQueue)
    _running: dict[str, tuple[ReadTask, Future[Failure | None]]] = field(default_factory=dict)
    _tries: Counter[str] = field(default_factory=Counter)
    _failed_workers: set[str] = field(default_factory=set)
    _parts: dict[str, float] = field(default_factory=dict)

    def read(self, tasks: Collection[ReadTask]) -> Generator[ResultsFile]:
        """Return the results of each file when it is read. Raises ClusterError where the scheduler is gone."""
        waiting: deque[ReadTask] = deque()
        for task in tasks:
            if results := self._find_results(task):
                yield results
            else:
                waiting.append(task)
        self.client.subscribe_topic(self._topic, self._receive_part)
        try:
            while (waiting or self._running) and self.keep_going():
                self._submit(waiting)
                self._show_parts()
                try:
                    future = self._done.get(timeout=_WAIT_SECONDS)
                except Empty:
                    continue
                task, _ = self._running.pop(future.key)
                if results := self._take(task, future):
                    yield results
                elif self._tries[task.name] <= _RETRIES:
                    waiting.appendleft(task)
        finally:
            self._stop()

    def _find_results(self, task: ReadTask) -> ResultsFile | None:
        try:
            return find_results(self.folder, task)
        except ArchiveError:  # damaged: it is replaced
            return None
        except OSError as error:
            raise ClusterError(f"{hide_credentials(self.folder)}: {error.strerror or error}") from error

    def _submit(self, waiting: deque[ReadTask]) -> None:
        """Give the scheduler tasks, so that each thread has one to read and one to go on with."""
        if not waiting:
            return
        threads = self.client.nthreads()
        pending = sum(not future.done() for _, future in self._running.values())
        usable = [worker for worker in threads if worker not in self._failed_workers]
        for _ in range(max(_MIN_SUBMITTED, 2 * sum(threads.values())) - pending):
            if not waiting:
                break
            task = waiting.popleft()
            self._tries[task.name] += 1
            future = self.client.submit(
                read_archive,
                task,
                self.settings,
                self.folder,
                self._topic,
                key=f"{task.name}-{self._topic}-{self._tries[task.name]}",
                workers=usable if self._failed_workers and usable else None,
                allow_other_workers=bool(usable and self._failed_workers),  # where these are gone
            )
            self._running[future.key] = task, future
            future.add_done_callback(self._done.put)

    def _take(self, task: ReadTask, future: Future[Failure | None]) -> ResultsFile | None:
        """Return the results of a task that has ended; report why there are none."""
        failure = self._find_failure(task, future)
        if failure is None:
            if results := self._find_results(task):
                return results
            folder = hide_credentials(self.folder)
            failure = Failure("", f"its results are not in {folder}, which workers and this machine must share")
        if failure.worker and failure.worker not in self._failed_workers:
            self._failed_workers.add(failure.worker)
            self.warn(f"{failure.worker}: {failure.reason}; other workers read its files")
        if self._tries[task.name] > _RETRIES:
            self.fail(f"{task.path}: not read: {failure.reason}; the next run tries again")
        return None

    def _find_failure(self, task: ReadTask, future: Future[Failure | None]) -> Failure | None:
        if future.status == "finished":
            failure: Failure | None = future.result()
            return failure
        if future.status == "cancelled":
            raise ClusterError("the connection to the scheduler was lost; what is read is kept, so run again")
        if future.status != "error":  # its worker died since; its results may be there
            return None
        error = future.exception()
        if isinstance(error, KilledWorker):
            self._tries[task.name] += _RETRIES  # Dask has tried as often
            return Failure("", "the workers that read it died")
        return Failure("", f"{type(error).__name__}: {error}")

    def _receive_part(self, event: tuple[float, tuple[str, float]]) -> None:
        name, part = event[1]
        self._parts[name] = part

    def _show_parts(self) -> None:
        for task, _ in self._running.values():
            if task.name in self._parts:
                self.show(task, self._parts[task.name])

    def _stop(self) -> None:
        """End the tasks that still run."""
        with suppress(OSError):  # there is no scheduler any more
            if self._running and self.client.status == "running":
                Event(self._topic, client=self.client).set()
                self.client.cancel([future for _, future in self._running.values()])
            self.client.run(close_pools, self._topic, on_error="ignore")


def read_archive(task: ReadTask, settings: WorkerSettings, folder: str, topic: str) -> Failure | None:
    """Read a file on a worker, unless there are results of it already; return why not, if it is not read."""
    worker = get_worker()
    if current_process().daemon:
        how = "start it with DASK_DISTRIBUTED__WORKER__DAEMON=False, or with --no-nanny"
        return Failure(worker.address, f"cannot have processes of its own; {how}")
    if extractor_version() != task.extractor:
        return Failure(worker.address, f"has newscrawl {extractor_version()} instead of {task.extractor}")
    clock, pool, is_read = _StopClock(Event(topic)), _take_pool(topic, settings), False
    try:
        with suppress(ArchiveError):  # damaged: it is replaced
            if find_results(folder, task):
                return None
        set_user_agent(settings.user_agent)
        open_file(task.path).close()
        is_read = write_results(
            folder,
            task,
            pool,
            show=lambda part: worker.log_event(topic, (task.name, part)),
            keep_going=clock.keep_going,
        )
    except (OSError, ArchiveError) as error:
        return Failure(worker.address, error.strerror or str(error) if isinstance(error, OSError) else str(error))
    finally:
        if is_read:
            _POOLS[get_ident()] = topic, pool
        else:
            pool.close()
    return None if is_read else Failure("", "the process that read it ended")


def _take_pool(topic: str, settings: WorkerSettings) -> WorkerPool:
    """Return the pool that has read the last file in this thread, if that was of the same run, or a new one."""
    known, pool = _POOLS.pop(get_ident(), ("", None))
    if pool and known == topic:
        return pool
    if pool:
        pool.close()
    return WorkerPool(replace(settings, sends_rows=True), workers=1)


def close_pools(topic: str) -> None:
    """End the processes of a run that has ended."""
    for thread, (known, _) in list(_POOLS.items()):
        if known == topic:
            _POOLS.pop(thread)[1].close()


@dataclass(slots=True)
class _StopClock:
    """Asks now and then whether the run was stopped."""

    event: Event
    _asked: float = field(default_factory=monotonic)

    def keep_going(self) -> bool:
        if monotonic() - self._asked < _STOP_SECONDS:
            return True
        self._asked = monotonic()
        return not self.event.is_set()
