"""A worker and its queue, with crawls that only say how they ended."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.operations.queue_health import CRAWL_TASK
from newscrawl.queue import worker
from newscrawl.queue.crawls import CrawlCommand
from newscrawl.queue.database import list_changes, prepare_queue
from newscrawl.queue.worker import QueueWorker, WorkerOptions
from newscrawl.storage import Schedule, Store
from tests.storage.conftest import scratch

COMMAND = CrawlCommand(program="scrapy", options=[], folder=Path())
_MAX_TURNS = 600


@pytest.fixture
def url() -> Iterator[str]:
    with scratch("postgresql", f"newscrawl_test_queue_{os.getpid()}") as address:
        yield address.replace("postgresql+psycopg://", "postgresql://")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_archive(url) as opened:
        prepare_queue(url)
        yield opened


class Crawls:
    """Stands in for the crawls of a worker."""

    def __init__(self, codes: Callable[[str, int], int], seconds: float = 0.0) -> None:
        self._codes, self._seconds = codes, seconds
        self.updates = 0
        self.times: Counter[str] = Counter()
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    def prepare(self) -> None:
        """They need nothing."""

    async def run(self, schedule: Schedule) -> int:
        site = schedule.site
        self.running[site] += 1
        self.most[site] = max(self.most[site], self.running[site])
        await asyncio.sleep(self._seconds)
        self.running[site] -= 1
        self.times[site] += 1
        return self._codes(site, self.times[site])

    async def update_clusters(self) -> int:
        self.updates += 1
        return 0

    def stop(self) -> None:
        """They end soon."""


def schedule(store: Store, *sites: str, every: int = 86400) -> None:
    store.save_schedules([Schedule(site=site, spider="news", every_seconds=every) for site in sites])


def work(url: str, store: Store, crawls: Crawls, until: Callable[[], bool], workers: int = 1) -> None:
    """Let workers work until something is true."""

    async def go() -> None:
        all_workers = [QueueWorker(store, WorkerOptions(url=url, processes=2, command=COMMAND)) for _ in range(workers)]
        for each in all_workers:
            each._crawls = crawls  # type: ignore[assignment]
        running = [asyncio.create_task(each.run()) for each in all_workers]
        for _ in range(_MAX_TURNS):
            if until() or any(task.done() for task in running):
                break
            await asyncio.sleep(0.1)
        for each in all_workers:
            each._stop()
        await asyncio.gather(*running)

    asyncio.run(go())


def count_jobs(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM newscrawl_queue.procrastinate_jobs WHERE task_name = %s", (CRAWL_TASK,)
        ).fetchone()
    return int(row[0]) if row else 0


def insert_job(url: str, site: str, *, status: str, worker_age: float | None) -> None:
    """Insert a crawl, of a worker whose last heartbeat is so old."""
    with psycopg.connect(url) as connection:
        connection.execute("SET search_path = newscrawl_queue")
        if worker_age is not None:
            heartbeat = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))"
            connection.execute(heartbeat, (worker_age,))
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, worker_id) "
            "VALUES ('sites', %s, %s, %s, jsonb_build_object('site', %s::text, 'due_at', now()::text), "
            "%s::procrastinate_job_status, (SELECT max(id) FROM procrastinate_workers))",
            (CRAWL_TASK, site, site, site, status),
        )


def test_two_workers_crawl_each_due_site_once(url: str, store: Store) -> None:
    sites = [f"{n}.example" for n in range(6)]
    schedule(store, *sites)
    crawls = Crawls(lambda site, times: 0, seconds=0.5)
    work(url, store, crawls, lambda: sum(crawls.times.values()) >= 6 and crawls.updates > 0, workers=2)
    assert (crawls.times, set(crawls.most.values())) == (Counter(sites), {1})
    assert [each.exit_code for each in store.schedules()] == [0] * 6
    assert all(each.due_at and each.due_at > store.now() for each in store.schedules())
    assert count_jobs(url) == 0


def test_a_site_is_never_crawled_twice_at_once_however_often_it_is_due(url: str, store: Store) -> None:
    schedule(store, "quay.example", every=1)
    crawls = Crawls(lambda site, times: 0, seconds=1.5)
    work(url, store, crawls, lambda: crawls.times["quay.example"] >= 2, workers=2)
    assert crawls.most == {"quay.example": 1}


def test_what_did_not_end_is_tried_again(url: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    soon = {code: (tries, timedelta()) for code, (tries, _) in worker._RETRIES.items()}
    monkeypatch.setattr(worker, "_RETRIES", soon)
    monkeypatch.setattr(worker, "_KILLED", (2, timedelta()))
    codes = {"storage.example": [6, 6, 0], "stopped.example": [8, 0], "locked.example": [9, 0], "blocked.example": [4]}
    codes |= {"killed.example": [-9] * 9, "partly.example": [7]}
    schedule(store, *codes)
    crawls = Crawls(lambda site, times: codes[site][times - 1])
    wanted = {site: len(each) for site, each in codes.items()} | {"killed.example": 3}
    work(url, store, crawls, lambda: sum(crawls.times.values()) >= sum(wanted.values()))
    assert crawls.times == wanted
    assert {each.site: each.exit_code for each in store.schedules()} == {site: each[-1] for site, each in codes.items()}
    assert count_jobs(url) == 0


def test_a_stopped_worker_gives_its_crawls_back(url: str, store: Store) -> None:
    schedule(store, "quay.example")
    crawls = Crawls(lambda site, times: 8, seconds=1)
    work(url, store, crawls, lambda: crawls.running["quay.example"] == 1)
    assert (crawls.times, count_jobs(url)) == ({"quay.example": 1}, 1)
    again = Crawls(lambda site, times: 0)
    work(url, store, again, lambda: again.times["quay.example"] == 1)
    assert (again.times, count_jobs(url)) == ({"quay.example": 1}, 0)


def test_crawls_of_a_dead_worker_are_taken_over(url: str, store: Store) -> None:
    schedule(store, "quay.example", "pier.example", "gull.example")
    store.advance_schedules(["quay.example", "pier.example", "gull.example"])
    insert_job(url, "gull.example", status="doing", worker_age=20)  # a live one
    insert_job(url, "quay.example", status="doing", worker_age=40)
    insert_job(url, "pier.example", status="doing", worker_age=None)
    insert_job(url, "pier.example", status="todo", worker_age=None)  # it was due again meanwhile
    state = store.queue_state(CRAWL_TASK)
    assert state
    assert (state.workers, state.running, state.waiting, state.stalled) == (1, 1, 1, 2)
    crawls = Crawls(lambda site, times: 0)

    def is_done() -> bool:
        return crawls.times.keys() >= {"quay.example", "pier.example"} and count_jobs(url) <= 1

    work(url, store, crawls, is_done)
    assert crawls.times == {"quay.example": 1, "pier.example": 1}
    assert count_jobs(url) == 1, "that of the live worker"


def test_a_crawl_that_the_worker_never_heard_of_is_put_back(
    url: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server took it from the queue, and the connection broke before the answer."""
    monkeypatch.setattr(worker, "_HEARTBEAT_SECONDS", 0.5)
    schedule(store, "quay.example", "pier.example")
    store.advance_schedules(["pier.example"])
    crawls = Crawls(lambda site, times: 0)
    inserted: list[int] = []

    def is_done() -> bool:
        if crawls.times["quay.example"] and not inserted:
            insert_job(url, "pier.example", status="doing", worker_age=None)
            inserted.append(1)
        return crawls.times["pier.example"] > 0

    work(url, store, crawls, is_done)
    assert crawls.times == {"quay.example": 1, "pier.example": 1}


def test_a_site_that_was_removed_is_not_crawled(url: str, store: Store) -> None:
    insert_job(url, "quay.example", status="todo", worker_age=None)
    crawls = Crawls(lambda site, times: 0)
    work(url, store, crawls, lambda: count_jobs(url) == 0)
    assert crawls.times == {}


def test_the_queue_is_made_once_and_brought_up_to_date(url: str) -> None:
    """As a procrastinate before 3.4 left it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA newscrawl_queue")
        connection.execute("SET search_path = newscrawl_queue")
        for name, statements in list_changes(""):
            if name < "03.04":
                connection.execute(statements.encode())
                connection.execute(f"COMMENT ON SCHEMA newscrawl_queue IS '{name}'".encode())
    for _ in range(2):
        prepare_queue(url)
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT to_regproc('newscrawl_queue.procrastinate_retry_job_v2')::text").fetchone()
    assert found == ("newscrawl_queue.procrastinate_retry_job_v2",)


def test_the_archive_does_not_mind_the_tables_of_the_queue(url: str, store: Store) -> None:
    assert [check.name for check in store.checks() if store.examine(check)] == []
    open_archive(url, create=False).close()
