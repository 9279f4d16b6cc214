"""Extraction beside the event loop: in a thread while pages trickle, in processes when they queue up.

A worker is a Python process that reads pages from a socket and answers with articles or errors, in order. It holds one
page at work and some that wait in the socket, so that it never idles for the loop. It has no thread here and no lock:
the loop itself reads and writes. A dead worker is noticed by the end of its stream, and only the page it was at
is to blame. One that is slow with a page is set aside until it is done, and another goes on with the rest.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import pickle
import pkgutil
import signal
import socket
import struct
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from io import BufferedRWPair
from threading import Thread
from typing import Any

from newscrawl.article import Article, Page
from newscrawl.errors import ExtractionStoppedError, NewscrawlError

logger = logging.getLogger(__name__)

_SIZE = struct.Struct(">I")
_AT_ONCE = 4
_TRIES = 2
_QUEUED_UP = 4
"""So many pages at once are more than a trickle: worth the half second that a worker's start costs."""
_FALSE_STARTS = 3
_SLOW_SECONDS = 1.0
_ASIDE = 4
"""So many slow workers are replaced at a time; behind a fifth the crawl waits."""


@dataclass(slots=True, eq=False)
class _Task:
    page: Page
    done: asyncio.Future[Article]
    tries: int = 0


@dataclass(slots=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ready: bool = False
    tasks: deque[_Task] = field(default_factory=deque)
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    timed_out: bool = False
    aside: bool = False


def automatic_processes() -> int:
    """One process fewer than there are cores for this process, and at least one."""
    return max(1, len(os.sched_getaffinity(0)) - 1) if hasattr(os, "sched_getaffinity") else 1


class ExtractionPool:
    """Where pages are extracted. To be used from one event loop."""

    def __init__(self, *, processes: int, timeout: float, max_bytes: int, function: str, at_once: bool = False) -> None:
        """So many `processes` at most (0, and always on Windows: a thread), `timeout` in seconds a page.

        They start with the first page if `at_once`, else when pages queue up: until then a thread extracts.
        `function` is what to call with a page and `max_bytes=`, as "module:name", for workers import it themselves.
        """
        self._name, self._extract = function, pkgutil.resolve_name(function)
        self._processes = 0 if sys.platform == "win32" else processes
        self._timeout, self._max_bytes = timeout, max_bytes
        self._at_once = at_once
        self._free_threads = asyncio.Semaphore(_QUEUED_UP)
        self._queue: deque[_Task] = deque()
        self._workers: list[_Worker] = []
        self._starting = 0
        self._jobs: set[asyncio.Task[None]] = set()
        self._false_starts = 0
        self._closed = False

    @property
    def started_processes(self) -> int:
        """How many worker processes run."""
        return len(self._workers)

    async def extract(self, page: Page) -> Article:
        """The page's article. Raises what `newscrawl.extract.extract` raises, and ExtractionStoppedError."""
        if not any(worker.ready for worker in self._workers):
            if not self._processes or not (self._at_once or self._free_threads.locked()):
                return await self._extract_in_thread(page)
            await self._start_workers()
        task = _Task(page, asyncio.get_running_loop().create_future())
        self._queue.append(task)
        self._dispatch()
        return await task.done

    async def close(self) -> None:
        """End the workers; pages still at work are cancelled."""
        self._closed = True
        workers, self._workers = self._workers, []
        for worker in workers:
            _stop_timers(worker)
            worker.writer.close()
            for task in worker.tasks:
                task.done.cancel()
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*(asyncio.to_thread(_reap, worker.process) for worker in workers))

    async def _extract_in_thread(self, page: Page) -> Article:
        async with self._free_threads:
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[Article] = loop.create_future()
            extract = partial(self._extract, max_bytes=self._max_bytes)
            # a daemon: a thread cannot be killed, and one that hangs must not keep the process from its end
            Thread(target=_extract_for, args=(loop, answer, extract, page), daemon=True).start()
            try:
                return await asyncio.wait_for(answer, self._timeout)
            except TimeoutError as error:
                raise ExtractionStoppedError(page.url, "timeout") from error

    async def _start_workers(self) -> None:
        while self._starting + sum(not worker.aside for worker in self._workers) < self._processes:
            self._starting += 1
            self._workers.append(worker := await _start_worker(self._name, self._max_bytes))
            self._starting -= 1
            self._later(self._read(worker))

    def _later(self, job: Coroutine[Any, Any, None]) -> None:
        self._jobs.add(task := asyncio.create_task(job))
        task.add_done_callback(self._jobs.discard)

    def _dispatch(self) -> None:
        """Give each worker one page before any gets a second."""
        for held in range(_AT_ONCE):
            for worker in self._workers:
                if self._queue and len(worker.tasks) == held and not worker.aside:
                    task = self._queue.popleft()
                    worker.tasks.append(task)
                    worker.writer.write(_frame(task.page))
                    self._watch(worker)

    def _watch(self, worker: _Worker) -> None:
        """Time the page that the worker is at."""
        if worker.ready and worker.tasks and not worker.timers:
            later = asyncio.get_running_loop().call_later
            worker.timers = [
                later(_SLOW_SECONDS, self._set_aside, worker),
                later(self._timeout, self._time_out, worker),
            ]

    def _set_aside(self, worker: _Worker) -> None:
        """Let another worker go on, with the pages that wait behind the slow one too."""
        if sum(other.aside for other in self._workers) < _ASIDE:
            worker.aside = True
            while len(worker.tasks) > 1:
                self._queue.appendleft(worker.tasks.pop())
            self._later(self._go_on())

    async def _go_on(self) -> None:
        await self._start_workers()
        self._dispatch()

    def _time_out(self, worker: _Worker) -> None:
        worker.timed_out = True
        worker.process.kill()

    async def _read(self, worker: _Worker) -> None:
        try:
            await _receive_frame(worker.reader)  # it is ready
            worker.ready, self._false_starts = True, 0
            self._watch(worker)
            while not worker.aside or worker.tasks:
                self._answer(worker, pickle.loads(await _receive_frame(worker.reader)))  # noqa: S301 - our own process
            await self._dismiss(worker)
        except (asyncio.IncompleteReadError, ConnectionError):
            if not self._closed:
                await self._replace(worker)

    def _answer(self, worker: _Worker, answer: Article | BaseException) -> None:
        _stop_timers(worker)
        task = worker.tasks.popleft()
        self._dispatch()
        self._watch(worker)
        _settle(task.done, answer)

    async def _replace(self, worker: _Worker) -> None:
        """Blame the page that a dead worker was at, give the others another, and start one in its place."""
        await self._dismiss(worker)
        if not worker.ready:
            self._false_starts += 1
        elif worker.tasks and self._is_spent(worker.tasks[0], worker.timed_out):
            worker.tasks.popleft()
        self._queue.extendleft(reversed(worker.tasks))
        if self._false_starts < _FALSE_STARTS:
            await self._go_on()
        elif not self._workers:
            self._do_without()

    async def _dismiss(self, worker: _Worker) -> None:
        _stop_timers(worker)
        worker.writer.close()
        self._workers.remove(worker)
        await asyncio.to_thread(_reap, worker.process)

    def _is_spent(self, task: _Task, timed_out: bool) -> bool:
        task.tries += 1
        if not timed_out and task.tries < _TRIES:
            return False
        if not task.done.done():
            task.done.set_exception(ExtractionStoppedError(task.page.url, "timeout" if timed_out else "worker_died"))
        return True

    def _do_without(self) -> None:
        logger.warning("extraction processes do not start: pages are extracted in a thread")
        self._processes = 0
        while self._queue:
            task = self._queue.popleft()
            running = asyncio.ensure_future(self._extract_in_thread(task.page))
            running.add_done_callback(partial(_pass_on, task.done))


async def _start_worker(function: str, max_bytes: int) -> _Worker:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - a fork and an exec; it does not wait for anything
            [sys.executable, "-c", f"from {__name__} import work; work({theirs.fileno()}, {function!r}, {max_bytes})"],
            pass_fds=[theirs.fileno()],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            process_group=0,  # Ctrl-C is for the crawl, which ends its workers when it is done
        )
    reader, writer = await asyncio.open_connection(sock=ours)
    return _Worker(process, reader, writer)


def work(descriptor: int, function: str, max_bytes: int) -> None:
    """A worker's life: pages in from the socket, articles or errors out, until the other end closes or is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    extract = partial(pkgutil.resolve_name(function), max_bytes=max_bytes)
    gc.freeze()
    connection = socket.socket(fileno=descriptor)
    with suppress(BrokenPipeError, ConnectionResetError), connection, connection.makefile("rwb") as stream:
        _send(stream, None)
        while frame := _read_frame(stream):
            _send(stream, _outcome(extract, pickle.loads(frame)))  # noqa: S301 - sent by the crawl


def _outcome(extract: Callable[[Page], Article], page: Page) -> Article | BaseException:
    try:
        return extract(page)
    except NewscrawlError as error:
        return error
    except Exception:  # noqa: BLE001 - not swallowed: raised again where the page came from
        return RuntimeError(f"extraction of {page.url} failed\n{traceback.format_exc()}")


def _extract_for(
    loop: asyncio.AbstractEventLoop, answer: asyncio.Future[Article], extract: Callable[[Page], Article], page: Page
) -> None:
    told = _outcome(extract, page)
    with suppress(RuntimeError):  # the loop may have closed meanwhile
        loop.call_soon_threadsafe(_settle, answer, told)


def _settle(answer: asyncio.Future[Article], told: Article | BaseException) -> None:
    if answer.done():
        return
    if isinstance(told, BaseException):
        answer.set_exception(told)
    else:
        answer.set_result(told)


def _frame(value: Any) -> bytes:
    body = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return _SIZE.pack(len(body)) + body


def _send(stream: BufferedRWPair, value: Any) -> None:
    stream.write(_frame(value))
    stream.flush()


def _read_frame(stream: BufferedRWPair) -> bytes:
    """The next frame; nothing where the stream has ended, in the midst of one or not."""
    size = stream.read(_SIZE.size)
    if len(size) < _SIZE.size:
        return b""
    body = stream.read(length := _SIZE.unpack(size)[0])
    return body if len(body) == length else b""


async def _receive_frame(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(*_SIZE.unpack(await reader.readexactly(_SIZE.size)))


def _stop_timers(worker: _Worker) -> None:
    while worker.timers:
        worker.timers.pop().cancel()


def _reap(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _pass_on(waiting: asyncio.Future[Article], done: asyncio.Future[Article]) -> None:
    if waiting.done() or done.cancelled():
        return
    if error := done.exception():
        waiting.set_exception(error)
    else:
        waiting.set_result(done.result())
