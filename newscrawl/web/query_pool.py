"""Runs SQL in processes of their own, which end with a query that takes too much time or memory."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from newscrawl.web import query_worker

WORKERS = 4
"""Queries at the same time; others wait. Three of them may be hopeless, and the room stays usable."""
_GRACE_SECONDS = 0.3
"""Time after a query's limit until its process ends itself: most queries notice the limit by then."""
_MAX_MEMORY = 512 * 2**20
"""Bytes of address space of a process."""
_ERRORS: Mapping[str, type[Exception]] = {
    error.__name__: error
    for error in (sqlite3.DatabaseError, sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.Warning)
}


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Rows of a query, at most as many as were wanted."""

    columns: Sequence[str]
    rows: Sequence[sqlite3.Row]
    is_truncated: bool


class QueryStoppedError(Exception):
    """A query took too long, or too much memory, so that its process ended."""


class QueryPool:
    """Worker processes over a SQLite file, started when they are needed, and the threads that wait for them."""

    def __init__(self, file: Path) -> None:
        command = make_command(file)
        self._workers = [_Worker(command) for _ in range(WORKERS)]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self.threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="sql")

    def run(
        self, sql: str, params: Mapping[str, Any] | Sequence[Any], milliseconds: int, max_rows: int | None
    ) -> QueryResult:
        """Run a query in a worker; called in one of `threads`.

        Raises QueryStoppedError, and the errors of sqlite3.
        """
        worker = self._idle.get()
        try:
            request = {"sql": sql, "params": params, "milliseconds": milliseconds, "max_rows": max_rows}
            answer = worker.ask(json.dumps(request, default=query_worker.encode))
        finally:
            self._idle.put(worker)
        if "error" in answer:
            if answer["message"] == "interrupted":
                raise QueryStoppedError("interrupted")
            raise _ERRORS.get(answer["error"], sqlite3.OperationalError)(answer["message"])
        return QueryResult(answer["columns"], _make_rows(answer["columns"], answer["rows"]), answer["truncated"])

    def close(self) -> None:
        """End all processes, and with them the queries that they run."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.kill()


def make_command(file: Path) -> list[str]:
    """Return the command line of a worker process."""
    script = str(Path(query_worker.__file__))
    return [sys.executable, "-I", script, str(file), str(_GRACE_SECONDS), str(_MAX_MEMORY)]


class _Worker:
    """A process, or none until the first query and after one that ended it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[str] | None = None

    def ask(self, request: str) -> dict[str, Any]:
        """Send a request, and return the answer. Raises QueryStoppedError if the process ended instead."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(f"{request}\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line.endswith("\n"):
            self.kill()
            raise QueryStoppedError("the query took too much time or memory")
        answer: dict[str, Any] = json.loads(line, object_hook=query_worker.decode)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(  # noqa: S603 - our own script
            self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
        )

    def kill(self) -> None:
        """End the process; the next query starts another one."""
        process, self._process = self._process, None
        if process:
            with process:  # which closes its pipes
                process.kill()


def _make_rows(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[sqlite3.Row]:
    """Make rows as sqlite3 does: values by number, or by the name of their column."""
    if not columns:
        return []
    names = ", ".join('NULL AS "{}"'.format(name.replace('"', '""')) for name in columns)
    with closing(sqlite3.connect(":memory:")) as connection:
        cursor = connection.execute(f"SELECT {names}")
        return [sqlite3.Row(cursor, tuple(row)) for row in rows]
