"""Extraction beside the event loop of a crawl: in a thread while pages trickle in, in processes when they queue up.

A worker is a Python process that reads pages from a socket and answers with articles or errors, in order. It has one
page in work and some more in its socket, so that it does not idle while the loop is busy. When a worker dies, only the
page it worked on is to blame. A worker that is slow with a page is set aside, and another continues with the rest.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import pkgutil
import socket
import sys
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any, cast

import psutil

from newscrawl.article import Article, Page
from newscrawl.crawl.extraction_worker import FRAME_SIZE, call_extract, encode_frame, run_worker
from newscrawl.errors import ExtractionStoppedError, NewscrawlError
from newscrawl.publisher import Publisher

logger = logging.getLogger(__name__)

_PAGES_PER_WORKER = 4
_MAX_TRIES = 2
_QUEUE_LENGTH = 4
"""Pages at once from which processes are started: a start takes half a second."""
_MAX_FALSE_STARTS = 3
_SLOW_SECONDS = 1.0
"""Of a core: a worker that waits for one is not slow, and another process would only take its turn from it."""
_MAX_ASIDE = 4
"""Slow workers that are replaced; behind one more the crawl waits."""


@dataclass(slots=True, eq=False)
class _Task:
    page: Page
    publisher: Publisher | None
    done: asyncio.Future[Article]
    tries: int = 0


@dataclass(slots=True, eq=False)
class _ExtractionWorker:
    process: psutil.Popen
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_ready: bool = False
    tasks: deque[_Task] = field(default_factory=deque)
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    has_timed_out: bool = False
    is_aside: bool = False
    cpu_before: float = 0.0
    """Seconds of a core that it had used when it answered last."""

    def stop_timers(self) -> None:
        while self.timers:
            self.timers.pop().cancel()

    def waits_for_core(self) -> bool:
        """Return whether it is not slow, but had less than _SLOW_SECONDS of a core for its page, and wants more."""
        with suppress(psutil.Error):
            is_busy = self.process.status() == psutil.STATUS_RUNNING
            return is_busy and sum(self.process.cpu_times()[:2]) - self.cpu_before < _SLOW_SECONDS
        return False


def default_processes() -> int:
    """Return the number of cores without one for the crawl itself, at least 1."""
    return max(1, len(os.sched_getaffinity(0)) - 1) if hasattr(os, "sched_getaffinity") else 1


class ExtractionPool:
    """Extracts pages in a thread or in processes. For use from one event loop."""

    def __init__(self, *, processes: int, timeout: float, max_bytes: int, function: str, at_once: bool = False) -> None:
        """Make a pool of at most `processes` (0, and always on Windows: a thread), `timeout` in seconds per page.

        They start with the first page if `at_once`, else when pages queue up. `function` is called with a page and
        `max_bytes=`; it is named as "module:name" because workers import it.
        """
        self._function_name, self._extract = function, pkgutil.resolve_name(function)
        self._processes = 0 if sys.platform == "win32" else processes
        self._timeout, self._max_bytes = timeout, max_bytes
        self._at_once = at_once
        self._free_threads = asyncio.Semaphore(_QUEUE_LENGTH)
        self._queue: deque[_Task] = deque()
        self._workers: list[_ExtractionWorker] = []
        self._starting = 0
        self._jobs: set[asyncio.Task[None]] = set()
        self._false_starts = 0
        self._is_closed = False

    @property
    def started_processes(self) -> int:
        return len(self._workers)

    async def extract(self, page: Page, publisher: Publisher | None = None) -> Article:
        """Extract the article of a page. Raises what the function raises, and ExtractionStoppedError.

        The function gets the publisher of a site of which the user says something, as `publisher=`.
        """
        if not any(worker.is_ready for worker in self._workers):
            if not self._processes or not (self._at_once or self._free_threads.locked()):
                return await self._extract_in_thread(page, publisher)
            await self._start_workers()
        task = _Task(page, publisher, asyncio.get_running_loop().create_future())
        self._queue.append(task)
        self._dispatch()
        return await task.done

    async def close(self) -> None:
        """End the workers; pages still in work are cancelled."""
        self._is_closed = True
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.stop_timers()
            worker.writer.close()
            for task in worker.tasks:
                task.done.cancel()
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*(asyncio.to_thread(_wait_or_kill, worker.process) for worker in workers))

    async def _extract_in_thread(self, page: Page, publisher: Publisher | None) -> Article:
        async with self._free_threads:
            loop = asyncio.get_running_loop()
            done: asyncio.Future[Article] = loop.create_future()
            extract = partial(self._extract, max_bytes=self._max_bytes)

            def extract_page() -> None:
                result = call_extract(extract, page, publisher)
                with suppress(RuntimeError):  # the loop may be closed by now
                    loop.call_soon_threadsafe(_settle, done, result)

            # A daemon: a thread cannot be killed, and one that hangs must not keep the process alive.
            Thread(target=extract_page, daemon=True).start()
            try:
                return await asyncio.wait_for(done, self._timeout)
            except TimeoutError as error:
                raise ExtractionStoppedError(page.url, "timeout") from error

    async def _start_workers(self) -> None:
        while self._starting + sum(not worker.is_aside for worker in self._workers) < self._processes:
            self._starting += 1
            self._workers.append(worker := await _spawn(self._function_name, self._max_bytes))
            self._starting -= 1
            self._run_later(self._read_answers(worker))

    def _run_later(self, job: Coroutine[Any, Any, None]) -> None:
        self._jobs.add(task := asyncio.create_task(job))
        task.add_done_callback(self._jobs.discard)

    def _dispatch(self) -> None:
        """Give each worker one page before any gets a second."""
        for held in range(_PAGES_PER_WORKER):
            for worker in self._workers:
                if self._queue and len(worker.tasks) == held and not worker.is_aside:
                    task = self._queue.popleft()
                    worker.tasks.append(task)
                    worker.writer.write(encode_frame((task.page, task.publisher)))
                    self._start_timers(worker)

    def _start_timers(self, worker: _ExtractionWorker) -> None:
        if worker.is_ready and worker.tasks and not worker.timers:
            loop = asyncio.get_running_loop()
            worker.timers = [
                loop.call_later(_SLOW_SECONDS, self._set_aside, worker),
                loop.call_later(self._timeout, self._time_out, worker),
            ]

    def _set_aside(self, worker: _ExtractionWorker) -> None:
        """Let another worker continue, also with the pages that wait behind the slow one."""
        if worker.waits_for_core():
            worker.timers.append(asyncio.get_running_loop().call_later(_SLOW_SECONDS, self._set_aside, worker))
        elif sum(other.is_aside for other in self._workers) < _MAX_ASIDE:
            worker.is_aside = True
            while len(worker.tasks) > 1:
                self._queue.appendleft(worker.tasks.pop())
            self._run_later(self._continue())

    async def _continue(self) -> None:
        await self._start_workers()
        self._dispatch()

    def _time_out(self, worker: _ExtractionWorker) -> None:
        worker.has_timed_out = True
        worker.process.kill()

    async def _read_answers(self, worker: _ExtractionWorker) -> None:
        try:
            worker.cpu_before, _ = await _receive_answer(worker.reader)  # it is ready
            worker.is_ready, self._false_starts = True, 0
            self._start_timers(worker)
            while not worker.is_aside or worker.tasks:
                worker.cpu_before, answer = await _receive_answer(worker.reader)
                worker.stop_timers()
                task = worker.tasks.popleft()
                self._dispatch()
                self._start_timers(worker)
                _settle(task.done, answer)
            await self._discard(worker)
        except (asyncio.IncompleteReadError, ConnectionError):
            if not self._is_closed:
                await self._replace(worker)

    async def _replace(self, worker: _ExtractionWorker) -> None:
        """Blame the page that a dead worker worked on, queue its other pages again, and start another worker."""
        await self._discard(worker)
        if not worker.is_ready:
            self._false_starts += 1
        elif worker.tasks:
            self._blame(worker)
        self._queue.extendleft(reversed(worker.tasks))
        if self._false_starts < _MAX_FALSE_STARTS:
            await self._continue()
        elif not self._workers:
            logger.warning("extraction processes do not start: pages are extracted in a thread")
            self._processes = 0
            while self._queue:
                self._run_later(self._extract_task_in_thread(self._queue.popleft()))

    async def _discard(self, worker: _ExtractionWorker) -> None:
        worker.stop_timers()
        worker.writer.close()
        self._workers.remove(worker)
        await asyncio.to_thread(_wait_or_kill, worker.process)

    def _blame(self, worker: _ExtractionWorker) -> None:
        """Fail the first page of a dead worker, unless it may be tried again."""
        task = worker.tasks[0]
        task.tries += 1
        if worker.has_timed_out or task.tries >= _MAX_TRIES:
            worker.tasks.popleft()
            reason = "timeout" if worker.has_timed_out else "worker_died"
            _settle(task.done, ExtractionStoppedError(task.page.url, reason))

    async def _extract_task_in_thread(self, task: _Task) -> None:
        try:
            _settle(task.done, await self._extract_in_thread(task.page, task.publisher))
        except (NewscrawlError, RuntimeError) as error:  # what `call_extract` returns
            _settle(task.done, error)


async def _spawn(function: str, max_bytes: int) -> _ExtractionWorker:
    ours, theirs = socket.socketpair()
    with theirs:
        arguments = f"{theirs.fileno()}, {function!r}, {max_bytes}"
        process = psutil.Popen(  # a fork and an exec; it does not wait for anything
            [sys.executable, "-c", f"from {run_worker.__module__} import run_worker; run_worker({arguments})"],
            pass_fds=[theirs.fileno()],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            process_group=0,  # Ctrl-C is for the crawl, which ends its workers when it is done
        )
    reader, writer = await asyncio.open_connection(sock=ours)
    return _ExtractionWorker(process, reader, writer)


def _settle(done: asyncio.Future[Article], result: Article | BaseException) -> None:
    if done.done():
        return
    if isinstance(result, BaseException):
        done.set_exception(result)
    else:
        done.set_result(result)


async def _receive_answer(reader: asyncio.StreamReader) -> tuple[float, Any]:
    frame = await reader.readexactly(*FRAME_SIZE.unpack(await reader.readexactly(FRAME_SIZE.size)))
    return cast("tuple[float, Any]", pickle.loads(frame))  # noqa: S301 - our own process


def _wait_or_kill(process: psutil.Popen) -> None:
    try:
        process.wait(2)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()
