"""The crawls of a worker: each a process of its own, so that a crash costs one site and memory is returned."""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path

from newscrawl.queue.process import run_command
from newscrawl.storage import Schedule

logger = logging.getLogger(__name__)

_COMPARED = 10_000
"""Articles that are compared at once: it takes the place of a crawl."""
_LOST = 255
"""The exit code of multiprocessing for a process whose server was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlCommand:
    """How a crawl, or another command of newscrawl, is started."""

    program: str
    """As for `python -m`: newscrawl or scrapy."""
    options: Sequence[str]
    """Of a crawl, after the arguments of the site: -s and -L."""
    settings: Sequence[str] = ()
    """Of any other command: -s."""
    folder: Path
    """Where it runs."""


class Crawls:
    """The crawl processes of a worker, forked from one that has imported what they need."""

    def __init__(self, command: CrawlCommand) -> None:
        self._command = command
        self._running: set[BaseProcess] = set()
        self._is_stopped = False
        self._forks = multiprocessing.get_context("forkserver")
        self._forks.set_forkserver_preload(["newscrawl.crawl_modules"])
        self._lock = asyncio.Lock()
        """multiprocessing looks for processes that have ended when it starts one."""

    def prepare(self) -> None:
        """Start the process from which crawls are forked: it imports for seconds."""
        forkserver.ensure_running()

    async def run(self, schedule: Schedule) -> int:
        """Crawl a site; return the exit code, or the negative number of the signal that killed it."""
        with tempfile.TemporaryDirectory(prefix="newscrawl-") as folder:
            return await self._run(
                "crawl", schedule.spider, *_make_words(schedule, Path(folder)), *self._command.options
            )

    async def update_clusters(self) -> int:
        """Compare some new articles; return the exit code."""
        return await self._run("clusters", "--update", "--limit", str(_COMPARED), *self._command.settings)

    async def _run(self, *words: str) -> int:
        arguments = (self._command.program, words, self._command.folder)
        process = self._forks.Process(target=run_command, args=arguments, daemon=True)
        try:
            async with self._lock:
                await asyncio.to_thread(process.start)  # may start the process from which all are forked
        except (OSError, EOFError) as error:
            logger.error("%s could not be started: %s", words[0], error or "the process it is forked from was killed")
            return -signal.SIGKILL
        self._running.add(process)
        try:
            if self._is_stopped:
                process.terminate()
            await _wait_for(process.sentinel)
            async with self._lock:
                code = process.exitcode
                process.close()
        finally:
            self._running.discard(process)
        return -signal.SIGKILL if code is None or code == _LOST else code

    def stop(self) -> None:
        """Let all crawls end: each stores what it has fetched."""
        self._is_stopped = True
        for process in self._running:
            process.terminate()

    def kill(self) -> None:
        """End all crawls at once."""
        for process in self._running:
            process.kill()


async def _wait_for(descriptor: int) -> None:
    """Wait until a file can be read."""
    loop, is_readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, is_readable.set)
    try:
        await is_readable.wait()
    finally:
        loop.remove_reader(descriptor)


def _make_words(schedule: Schedule, folder: Path) -> list[str]:
    arguments = dict(schedule.arguments)
    if [set(entry) for entry in schedule.entries] == [{"url"}]:
        arguments["site"] = str(schedule.entries[0]["url"])
    elif schedule.entries:
        file = folder / "site.json"
        file.write_text(json.dumps(list(schedule.entries)), "utf-8")
        arguments["sites"] = str(file)
    return [word for name, value in arguments.items() for word in ("-a", f"{name}={value}")]
