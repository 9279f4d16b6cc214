"""Several workers crawl many sites; one of them is killed, and PostgreSQL is restarted meanwhile."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psutil
import psycopg

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, Run
from tests.queue.servers import Server
from tests.world import Measured, World, measure

PROJECT = Path(__file__).parents[2]
_IS_MADE = "SELECT 1 WHERE to_regclass('newscrawl_queue.procrastinate_jobs') IS NOT NULL"
_COUNT = (
    "SELECT (SELECT count(*) FROM schedules WHERE ended_at >= started_at AND exit_code IN (0, 5, 7)), "
    "(SELECT count(*) FROM newscrawl_queue.procrastinate_jobs WHERE task_name = 'crawl_site')"
)
"""Crawls that ended otherwise go back into the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the trial goes."""

    workers: int = 3
    processes: int = 2
    delay: float = 0.5
    """Seconds between two requests to a site."""
    spread: float = 20.0
    """Seconds over which the sites become due."""
    kill_after: int = 0
    """Finished sites after which a worker gets SIGKILL; 0: never."""
    restart_after: int = 0
    """Finished sites after which PostgreSQL is restarted; 0: never."""
    settings: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a trial."""

    found: Measured
    closest: float
    """Seconds between the two requests to one site that were closest."""
    close: Sequence[str]
    """Pairs of requests that were closer than nine tenths of the delay."""
    together: int
    """Pairs of runs on one site that overlapped."""
    refetched: int
    """Articles that were requested more than once."""
    lags: Sequence[float]
    """Seconds from when each site was due to its first request."""
    waits: Sequence[float]
    """Seconds from when each site was due to the start of its last crawl."""
    seconds: float
    """Until all sites were finished."""
    cpu_seconds: float
    """Of the workers and their crawls."""
    connections: int
    """To PostgreSQL, at most."""
    database_bytes: int
    """Grown since the sites were registered."""
    capture_bytes: int
    capture_files: int
    runs: Counter[str]
    """Ends of the runs."""
    codes: Sequence[int]
    """Exit codes of the workers that were not killed."""
    log: str

    @property
    def median_lag(self) -> float:
        return statistics.median(self.lags)


def run_trial(world: World, server: Server, folder: Path, plan: Plan) -> Outcome:
    """Schedule the sites of a world, start the workers, break what the plan breaks, and wait for all sites."""
    trial = _Trial(world, server, folder, plan)
    began = time.monotonic()
    try:
        trial.start()
        trial.wait_for_all()
        seconds = time.monotonic() - began
        codes = trial.stop()
    finally:
        trial.kill_all()
    return trial.judge(seconds, codes)


class _Trial:
    def __init__(self, world: World, server: Server, folder: Path, plan: Plan) -> None:
        self._world, self._server, self._folder, self._plan = world, server, folder, plan
        self._workers: list[subprocess.Popen[bytes]] = []
        self._due: dict[str, float] = {}
        """By site, when it is due by the monotonic clock."""
        self._log = folder / "work.log"
        self._connections = self._empty_bytes = 0
        self._cpu_seconds = 0.0
        self._events: dict[str, float] = {}
        """When a worker was killed, and when PostgreSQL was back (monotonic)."""

    def start(self) -> None:
        sites = "\n".join(f'[[site]]\nurl = "{site.home}"\ndelay = {self._plan.delay}' for site in self._world.sites)
        (self._folder / "sites.toml").write_text(sites, "utf-8")
        scheduled = self._run("schedule", "--queue", "-a", "sites=sites.toml", "--every", "1d")
        assert scheduled.wait() == 0, self._log.read_text("utf-8")
        with open_archive(self._server.url) as store:
            keys = [each.site for each in store.schedules()]
        self._empty_bytes = self._measure_database()
        start = 8.0  # a worker is ready by then
        with psycopg.connect(self._server.url) as connection:
            now = time.monotonic()
            for number, key in enumerate(keys):
                after = start + number * self._plan.spread / len(keys)
                self._due[key] = now + after
                connection.execute(
                    "UPDATE schedules SET due_at = clock_timestamp() + make_interval(secs => %s) WHERE site = %s",
                    (after - (time.monotonic() - now), key),
                )
        for _ in range(self._plan.workers):
            self._workers.append(self._run("work", "--processes", str(self._plan.processes)))

    def wait_for_all(self) -> None:
        kill_after, restart_after = self._plan.kill_after, self._plan.restart_after
        for _ in range(3000):
            finished, busy = self._count()
            if kill_after and finished >= kill_after:
                killed = self._workers.pop(0)
                self._cpu_seconds += _measure_cpu(killed.pid)
                killed.kill()
                killed.wait()
                self._events["kill"] = time.monotonic()
                kill_after = 0
            if restart_after and finished >= restart_after:
                self._server.stop()
                time.sleep(2)
                self._server.start()
                self._events["restart"] = time.monotonic()
                restart_after = 0
            if finished == len(self._due) and not busy:
                return
            time.sleep(0.5)
        raise AssertionError(self._log.read_text("utf-8")[-5000:])

    def stop(self) -> list[int]:
        self._cpu_seconds += sum(_measure_cpu(worker.pid) for worker in self._workers)
        for worker in self._workers:
            worker.send_signal(signal.SIGTERM)
        return [worker.wait(60) for worker in self._workers]

    def kill_all(self) -> None:
        for worker in self._workers:
            worker.kill()
            worker.wait()

    def judge(self, seconds: float, codes: Sequence[int]) -> Outcome:
        with open_archive(self._server.url) as store:
            urls = [stored.article.url for stored in store.articles(Query(limit=None)) if stored.article.body]
            runs = [(run, site) for run in store.runs(None) for site in store.run_sites(run.id)]
            schedules = store.schedules()
        logs = {site: [request for request in site.log if request.status] for site in self._world.sites}
        gaps = [
            (later.at - earlier.at, f"{site.name} {earlier.path} {later.path} {self._place(later.at)}")
            for site, log in logs.items()
            for earlier, later in pairwise(log)
        ]
        captures = list((self._folder / "warc").rglob("*.warc.gz"))
        requested = [
            Counter(request.path for request in log if request.status == 200 and site.story_at(request.path))
            for site, log in logs.items()
        ]
        first = {site.origin.removeprefix("http://"): log[0].at for site, log in logs.items() if log}
        return Outcome(
            found=measure(self._world, urls),
            closest=min(gaps)[0],
            close=[f"{gap:.3f} s: {what}" for gap, what in sorted(gaps) if gap < 0.9 * self._plan.delay],
            together=_count_overlaps(runs),
            refetched=sum(times > 1 for counted in requested for times in counted.values()),
            lags=[first[key] - due for key, due in self._due.items()],
            waits=[each.late_seconds or 0.0 for each in schedules],
            seconds=seconds,
            cpu_seconds=self._cpu_seconds,
            connections=self._connections,
            database_bytes=self._measure_database() - self._empty_bytes,
            capture_bytes=sum(file.stat().st_size for file in captures),
            capture_files=len(captures),
            runs=Counter(run.finish_reason or "killed" for run, _ in runs),
            codes=codes,
            log=self._log.read_text("utf-8"),
        )

    def _place(self, at: float) -> str:
        return ", ".join(f"{at - moment:+.1f} s after the {name}" for name, moment in self._events.items())

    def _measure_database(self) -> int:
        with psycopg.connect(self._server.url) as connection:
            size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(size[0]) if size else 0

    def _count(self) -> tuple[int, int]:
        """Return the sites whose last crawl ended well, and the crawls in the queue."""
        with psycopg.connect(self._server.url) as connection:
            counts = connection.execute(_COUNT).fetchone() if connection.execute(_IS_MADE).fetchone() else None
            others = connection.execute("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = 'news'").fetchone()
        self._connections = max(self._connections, *(others or ()))
        return counts or (0, 0)

    def _run(self, *words: str) -> subprocess.Popen[bytes]:
        settings = (
            f"NEWSCRAWL_DATABASE_URL={self._server.url}",
            "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES=127.0.0.0/8",
            f"NEWSCRAWL_WARC_DIR={self._folder}/warc",
            *self._plan.settings,
        )
        options = [word for setting in settings for word in ("-s", setting)]
        environment = os.environ | {"PYTHONPATH": str(PROJECT)}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "newscrawl", *words, *options],
                cwd=self._folder,
                env=environment,
                stdout=log,
                stderr=log,
            )


def _measure_cpu(worker: int) -> float:
    """Return the CPU seconds of a worker, its crawls that have ended, and the process they are forked from."""
    process = psutil.Process(worker)
    return sum(sum(each.cpu_times()[:4]) for each in (process, *process.children(recursive=True)))


def _count_overlaps(runs: Sequence[tuple[Run, str]]) -> int:
    spans: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for run, site in runs:
        if run.finish_reason != "locked":
            spans[site].append((run.started_at, run.ended_at or run.alive_at or run.started_at + timedelta(days=1)))
    return sum(later[0] < earlier[1] for each in spans.values() for earlier, later in pairwise(sorted(each)))
