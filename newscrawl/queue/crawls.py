"""The crawls of a worker: each a process of its own, so that a crash costs one site and memory is returned."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from newscrawl.operations.process import PARENT_VARIABLE
from newscrawl.storage import Schedule

_COMPARED = 10_000
"""Articles that are compared at once: it takes the place of a crawl."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlCommand:
    """How a crawl, or another command of newscrawl, is started."""

    program: Sequence[str]
    """The program, and what comes before the command."""
    options: Sequence[str]
    """Of a crawl, after the arguments of the site: -s and -L."""
    settings: Sequence[str] = ()
    """Of any other command: -s."""
    folder: Path
    """Where it runs."""


class Crawls:
    """The crawl processes of a worker."""

    def __init__(self, command: CrawlCommand) -> None:
        self._command = command
        self._running: set[asyncio.subprocess.Process] = set()
        self._is_stopped = False

    async def run(self, schedule: Schedule) -> int:
        """Crawl a site; return the exit code, or the negative number of the signal that killed it."""
        with tempfile.TemporaryDirectory(prefix="newscrawl-") as folder:
            return await self._start(self._make_command(schedule, Path(folder)))

    async def update_clusters(self) -> int:
        """Compare some new articles; return the exit code."""
        words = ("clusters", "--update", "--limit", str(_COMPARED))
        return await self._start([*self._command.program, *words, *self._command.settings])

    async def _start(self, command: Sequence[str]) -> int:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self._command.folder,
            stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, PARENT_VARIABLE: str(os.getpid())},
            start_new_session=True,  # Ctrl-C reaches the worker, which ends its crawls once
        )
        self._running.add(process)
        try:
            if self._is_stopped:
                process.terminate()
            return await process.wait()
        finally:
            self._running.discard(process)

    def stop(self) -> None:
        """Let all crawls end: each stores what it has fetched."""
        self._is_stopped = True
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End all crawls at once."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._running:
            with suppress(ProcessLookupError):
                process.send_signal(number)

    def _make_command(self, schedule: Schedule, folder: Path) -> list[str]:
        arguments = dict(schedule.arguments)
        if [set(entry) for entry in schedule.entries] == [{"url"}]:
            arguments["site"] = str(schedule.entries[0]["url"])
        elif schedule.entries:
            file = folder / "site.json"
            file.write_text(json.dumps(list(schedule.entries)), "utf-8")
            arguments["sites"] = str(file)
        words = [word for name, value in arguments.items() for word in ("-a", f"{name}={value}")]
        return [*self._command.program, "crawl", schedule.spider, *words, *self._command.options]
