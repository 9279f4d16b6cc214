"""Extraction beside the loop: a thread for a trickle, processes for a queue, and what goes wrong in them."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from newscrawl.article import Article
from newscrawl.crawl.extraction_pool import ExtractionPool, default_processes
from newscrawl.errors import ExtractionStoppedError, MissingFieldError, UnreadablePageError
from tests.crawls.misbehaving import page

FUNCTION = "tests.crawls.misbehaving:extract"
CROWD = 8


Results = list[Article | BaseException]
Job = Callable[[ExtractionPool], Awaitable[Results]]


def run(job: Job, *, processes: int = 1, timeout: float = 20) -> Results:
    async def whole() -> Results:
        pool = ExtractionPool(processes=processes, timeout=timeout, max_bytes=1000, function=FUNCTION)
        try:
            return await asyncio.wait_for(job(pool), 60)
        finally:
            await pool.close()
            assert pool.started_processes == 0

    return asyncio.run(whole())


def all_of(*bodies: str) -> Job:
    """All at once, after a crowd that makes the pool start its processes."""

    async def job(pool: ExtractionPool) -> Results:
        await asyncio.gather(*(pool.extract(page(f"crowd {n}")) for n in range(CROWD)))
        return await asyncio.gather(*(pool.extract(page(body)) for body in bodies), return_exceptions=True)

    return job


def headlines(results: Results) -> list[str]:
    return [result.headline if isinstance(result, Article) else type(result).__name__ for result in results]


def processes_of(results: Results) -> set[str]:
    return {result.layout for result in results if isinstance(result, Article)}


def test_a_trickle_needs_no_process() -> None:
    async def trickle(pool: ExtractionPool) -> Results:
        return [await pool.extract(page(f"page {n}")) for n in range(20)]

    assert processes_of(run(trickle)) == {f"process {os.getpid()}"}


def test_a_queue_starts_processes() -> None:
    results = run(all_of(*(f"slow 0.01 {n}" for n in range(30))), processes=2)
    assert headlines(results) == [f"slow 0.01 {n}" for n in range(30)]
    assert len(processes_of(results)) == 2
    assert f"process {os.getpid()}" not in processes_of(results)


def test_none_means_a_thread() -> None:
    assert processes_of(run(all_of(*map(str, range(30))), processes=0)) == {f"process {os.getpid()}"}


@pytest.mark.parametrize("processes", [0, 1])
def test_errors_come_back_as_they_were(processes: int) -> None:
    refused, fine, large, bug = run(all_of("refuse", "fine", "x" * 1001, "bug"), processes=processes)
    assert isinstance(refused, MissingFieldError)
    assert (refused.url, refused.reason) == ("https://www.bloomberg.example/a", "missing_headline")
    assert str(refused) == "https://www.bloomberg.example/a: no headline where it should be"
    assert isinstance(fine, Article)
    assert isinstance(large, UnreadablePageError)
    assert isinstance(bug, RuntimeError)
    assert "a bug" in str(bug)


def test_a_page_that_kills_its_worker_fails_alone(capfd: pytest.CaptureFixture[str]) -> None:
    results = run(all_of("before", "die", "after 1", "after 2", "after 3"))
    assert headlines(results) == ["before", "ExtractionStoppedError", "after 1", "after 2", "after 3"]
    assert isinstance(results[1], ExtractionStoppedError)
    assert results[1].reason == "worker_died"
    assert capfd.readouterr().err == ""


def test_a_page_whose_worker_died_is_tried_once_more(tmp_path: Path) -> None:
    body = f"die_once {tmp_path}/marker"
    assert headlines(run(all_of("a", body, "b"))) == ["a", body, "b"]


@pytest.mark.parametrize("processes", [0, 1])
def test_a_page_that_takes_too_long_fails_alone(processes: int) -> None:
    slow = "hang" if processes else "slow 3"  # a thread cannot be killed
    hung, after = run(all_of(slow, "after"), processes=processes, timeout=0.5)
    assert isinstance(hung, ExtractionStoppedError)
    assert hung.reason == "timeout"
    assert isinstance(after, Article)


@pytest.mark.parametrize("processes", [0, 1, 2])
def test_a_slow_page_does_not_hold_up_the_others(processes: int, tmp_path: Path) -> None:
    order = f"until {tmp_path / 'end'}"

    async def job(pool: ExtractionPool) -> Results:
        await asyncio.gather(*(pool.extract(page(f"crowd {n}")) for n in range(CROWD)))
        slow = asyncio.ensure_future(pool.extract(page(order)))
        await asyncio.gather(*(pool.extract(page(str(n))) for n in range(20)))
        assert not slow.done()
        (tmp_path / "end").touch()
        return [await slow]

    assert headlines(run(job, processes=processes, timeout=60)) == [order]


@pytest.mark.parametrize(("share", "count"), [(0.01, 1), (1, 2)])
def test_a_worker_that_waits_for_a_core_is_not_replaced(
    share: float, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newscrawl.crawl.extraction_pool._SLOW_SECONDS", 0.1)
    began = time.monotonic()
    monkeypatch.setattr(psutil.Process, "cpu_times", lambda _: ((time.monotonic() - began) * share, 0.0))

    async def job(pool: ExtractionPool) -> Results:
        await asyncio.gather(*(pool.extract(page(f"crowd {n}")) for n in range(CROWD)))
        slow = asyncio.ensure_future(pool.extract(page("compute 1")))
        while not slow.done():
            most.append(pool.started_processes)
            await asyncio.sleep(0.05)
        return [await slow]

    most: list[int] = []
    run(job)
    assert max(most) == count


def test_a_worker_that_does_not_start_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newscrawl.crawl.extraction_pool.sys.executable", "/bin/false")
    results = run(all_of(*map(str, range(20))))
    assert headlines(results) == [str(n) for n in range(20)]
    assert processes_of(results) == {f"process {os.getpid()}"}


def test_automatic_is_at_least_one() -> None:
    assert default_processes() >= 1
