"""A worker of the queue: puts due sites into it, takes crawls from it, and gives back what it cannot finish."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import TypeVar

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker

from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.queue_health import CRAWL_TASK
from newscrawl.queue.crawls import CrawlCommand, Crawls
from newscrawl.queue.database import Patience, PatientConnector
from newscrawl.storage import Schedule, ScheduleStore
from newscrawl.storage.crawl_state.schedules import DEAD_AFTER

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_QUEUE = "sites"
_EVERY = "* * * * * */5"
"""Cron's fields and seconds: how often due sites are put into the queue, and crawls of dead workers back."""
_CLUSTERS = "*/10 * * * *"
"""Cron's fields: how often new articles are compared."""
_AHEAD = timedelta(seconds=30)
"""How long before they are due."""
_AT_ONCE = 1000
"""Sites that are put into the queue at once."""
_POLL_SECONDS = 1.0
_HEARTBEAT_SECONDS = 10.0
_NOW = datetime(2000, 1, 1, tzinfo=UTC)
"""A moment that no clock takes for the future."""
_RETRIES: dict[int, tuple[int, timedelta]] = {
    ExitCode.STORAGE_FAILED: (20, timedelta(seconds=15)),
    ExitCode.LOCKED: (10, timedelta(seconds=30)),
    ExitCode.STOPPED: (5, timedelta()),
}
"""How often, and after how long, a crawl with this exit code is tried again before the site is due again."""
_KILLED = (3, timedelta(seconds=30))


class CrawlAgainError(Exception):
    """Puts a crawl back into the queue."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at


class _Retries(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        return RetryDecision(retry_at=exception.at) if isinstance(exception, CrawlAgainError) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """What a worker works with."""

    url: str
    """The database, as psycopg takes it."""
    processes: int
    """Crawls at once."""
    command: CrawlCommand
    updates_clusters: bool = True
    """Whether new articles are compared with all others, by one worker at a time."""


class QueueWorker:
    """Works until it is stopped by a signal."""

    def __init__(self, store: ScheduleStore, options: WorkerOptions) -> None:
        self._store, self._options = store, options
        self._crawls = Crawls(options.command)
        self._patience = Patience()
        self._signals = 0
        self._working: set[int] = set()
        """Numbers of the jobs in work here."""
        self._lost: set[int] = set()
        """Jobs that the queue thinks are in work here, when that was last checked."""
        self._app = App(connector=PatientConnector(options.url, self._patience))
        self._task = self._app.task(name=CRAWL_TASK, queue=_QUEUE, pass_context=True, retry=_Retries())(self._crawl)
        keep = self._app.task(name="keep_queue", queue=_QUEUE, queueing_lock="keep_queue", priority=100)(self._keep)
        self._app.periodic(cron=_EVERY)(keep)
        if options.updates_clusters:
            name = "update_clusters"
            update = self._app.task(name=name, queue=_QUEUE, lock=name, queueing_lock=name)(self._update_clusters)
            self._app.periodic(cron=_CLUSTERS)(update)
        self._worker = self._make_worker()

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT. The first lets crawls end, the second ends them at once."""
        self._crawls.prepare()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        async with self._app.open_async():
            beat = asyncio.create_task(self._beat())
            while not self._signals:
                self._worker = self._make_worker()
                await self._worker.run()  # type: ignore[no-untyped-call]
                if not self._signals:
                    logger.error("the worker ended by itself, and starts again")
                    await asyncio.sleep(_POLL_SECONDS)
            beat.cancel()

    def _make_worker(self) -> Worker:
        return Worker(
            app=self._app,
            queues=[_QUEUE],
            concurrency=self._options.processes,
            fetch_job_polling_interval=_POLL_SECONDS,
            listen_notify=False,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=_HEARTBEAT_SECONDS,
            stalled_worker_timeout=DEAD_AFTER.total_seconds(),
        )

    def _stop(self) -> None:
        self._signals += 1
        if self._signals == 1:
            logger.info("stopping: %d crawls end, and go back into the queue", len(self._working))
            self._worker.stop()  # type: ignore[no-untyped-call]
            self._crawls.stop()
        else:
            self._patience.is_over = True
            self._crawls.kill()

    async def _beat(self) -> None:
        """Send heartbeats while crawls end, when procrastinate sends none; put lost jobs back into the queue."""
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            if (worker_id := self._worker.worker_id) is None:
                continue
            with suppress(ConnectorException):
                if self._signals:
                    await self._app.job_manager.update_heartbeat(worker_id)
                await self._return_lost(worker_id)

    async def _return_lost(self, worker_id: int) -> None:
        """Put back what this worker has twice in a row, and does not work on: the answer was lost with a connection."""
        jobs = await self._app.job_manager.list_jobs_async(status="doing", worker_id=worker_id, task=CRAWL_TASK)
        unknown = {job.id: job for job in jobs if job.id is not None and job.id not in self._working}
        for job_id in self._lost & unknown.keys():
            await self._put_back(unknown[job_id], "its worker lost it")
        self._lost = set(unknown) - self._working

    async def _keep(self, timestamp: int) -> None:
        """Put due sites into the queue, and crawls of dead workers back."""
        manager = self._app.job_manager
        due = await self._read(partial(self._store.due_sites, within=_AHEAD, limit=_AT_ONCE))
        running = {job.lock for job in await manager.list_jobs_async(status="doing", task=CRAWL_TASK)} if due else set()
        for site, due_at in due:
            if site in running:  # its crawl takes longer than its interval
                continue
            crawl = self._task.configure(lock=site, queueing_lock=site, schedule_at=due_at)
            with suppress(AlreadyEnqueued):
                await crawl.defer_async(site=site, due_at=due_at.isoformat())
        await self._read(partial(self._store.advance_schedules, [site for site, _ in due]))
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER.total_seconds()):
            if job.task_name == CRAWL_TASK:
                await self._put_back(job, "its worker is dead")
            else:
                await self._drop(job)

    async def _update_clusters(self, timestamp: int) -> None:
        """Compare new articles, which no crawl does: the next time continues what this one leaves."""
        if code := await self._crawls.update_clusters():
            logger.warning("articles were not compared: `clusters --update` ended with %s", _describe(code))

    async def _put_back(self, job: Job, why: str) -> None:
        logger.warning("%s: back into the queue: %s", job.lock, why)
        try:
            await self._app.job_manager.retry_job(job, retry_at=_NOW)
        except UniqueViolation:  # it has been put into the queue since
            await self._drop(job)
        except ConnectorException as error:  # another worker was faster
            logger.info("%s: %s", job.lock, error.__cause__ or error)

    async def _drop(self, job: Job) -> None:
        with suppress(ConnectorException):
            await self._app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)

    async def _crawl(self, context: JobContext, site: str, due_at: str) -> None:
        job_id = context.job.id or 0
        self._working.add(job_id)
        try:
            start = partial(self._store.start_schedule, site, datetime.fromisoformat(due_at))
            if schedule := await self._read(start):
                await self._crawl_site(schedule, context.job.attempts)
        finally:
            self._working.discard(job_id)

    async def _crawl_site(self, schedule: Schedule, attempts: int) -> None:
        began = monotonic()
        code = await self._crawls.run(schedule)
        result = _describe(code)
        is_well = code == ExitCode.DONE
        extra = {"event": "crawl_ended", "site": schedule.site, "exit_code": code, "result": result}
        extra |= {"seconds": round(monotonic() - began, 1), "late_seconds": schedule.late_seconds}
        text = "%s: %s after %.1f s, started %.1f s after it was due"
        level = logging.INFO if is_well else logging.WARNING
        logger.log(level, text, schedule.site, result, extra["seconds"], schedule.late_seconds or 0.0, extra=extra)
        is_blocked = code == ExitCode.BLOCKED
        now = await self._read(partial(self._store.end_schedule, schedule.site, code, is_blocked=is_blocked))
        if self._signals and (code < 0 or code == ExitCode.STOPPED):
            raise CrawlAgainError(_NOW)
        tries, pause = _KILLED if code < 0 else _RETRIES.get(code, (0, timedelta()))
        if attempts < tries:
            raise CrawlAgainError(now + pause)

    async def _read(self, call: Callable[[], _T]) -> _T:
        return await self._patience.call(lambda: asyncio.to_thread(call))


def _describe(code: int) -> str:
    """Describe an exit code: "partly failed", "killed by SIGKILL"."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    names: dict[int, str] = {each.value: each.name.lower().replace("_", " ") for each in ExitCode}
    return names.get(code, f"exit code {code}")
