"""Runs of spiders. The row of an active run is also the lock of its spider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Connection, insert, select, update

from newscrawl.errors import LockedError, LostLockError
from newscrawl.storage.crawl_state.run_leaves import save_root
from newscrawl.storage.database import Database
from newscrawl.storage.tables import RunRow, table_of
from newscrawl.storage.values import Values, sanitize, truncate

KILLED = "killed"
"""Finish reason of a run whose process disappeared."""
_RUNS = table_of(RunRow)


@dataclass(frozen=True, slots=True)
class Process:
    """The operating system process of a run."""

    host: str
    pid: int
    identity: str
    """Distinguishes it from a later process with the same pid; at most 500 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a spider; times are UTC. Without ended_at it is active, or was killed and no run has followed."""

    id: int
    spider: str
    arguments: Mapping[str, str]
    started_at: datetime
    ended_at: datetime | None
    """Of a killed run, its last heartbeat."""
    finish_reason: str | None
    """Scrapy's, or "killed"."""
    exit_code: int | None
    """None: not ended, or killed."""
    counts: Mapping[str, int]
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions it ran with: {"newscrawl": "0.1.0", …}."""
    host: str | None = None
    pid: int | None = None
    process: str | None = None
    """Process.identity."""
    alive_at: datetime | None = None
    """Its last heartbeat."""
    alone: bool = True
    """Whether no other run of the spider over the same source may start while it is active."""
    source: str = "live"
    """Where its pages come from."""
    root: str | None = None
    """Root of the hash tree over what it stored, in hexadecimal; None: nothing, or not ended."""

    @property
    def duration(self) -> timedelta:
        """From its start to its end, or to its last heartbeat."""
        return (self.ended_at or self.alive_at or self.started_at) - self.started_at


class RunStore(Database):
    """The runs of spiders, and the lock that keeps two runs of a spider apart."""

    def start_run(  # noqa: PLR0913 - all that a run starts with
        self,
        spider: str,
        arguments: Mapping[str, str],
        *,
        source: str = "live",
        versions: Mapping[str, str] = MappingProxyType({}),
        process: Process | None = None,
        is_alive: Callable[[Run], bool] | None = None,
        alone: bool = True,
    ) -> int:
        """Insert a run that starts now and return its id. Safe when several processes start at once.

        With `is_alive`, every unended run of the spider is checked first. A run whose process is gone was killed: it
        ends at its last heartbeat and keeps its counts. Raises LockedError, and inserts nothing, if another run over
        the same source is active and started as `alone`. A run that is not alone neither checks nor blocks others.
        """
        with self._writing() as connection:
            if alone and is_alive:
                _end_killed_runs(connection, spider, source, is_alive)
            return insert_run(
                connection, spider, arguments, source=source, versions=versions, process=process, alone=alone
            )

    def alive(self, run_id: int, counts: Mapping[str, int]) -> bool:
        """Save a heartbeat with the counts so far. False if the run has ended: another process took it for killed."""
        unended = update(_RUNS).where(_RUNS.c.id == run_id, _RUNS.c.ended_at.is_(None))
        with self._writing() as connection:
            heartbeat = unended.values(alive_at=datetime.now(UTC), counts=dict(counts))
            return connection.execute(heartbeat).rowcount == 1

    def end_run(self, run_id: int, *, finish_reason: str, exit_code: int, counts: Mapping[str, int]) -> None:
        """Save that a run ends now, even if another process took it for killed."""
        with self._writing() as connection:
            now = datetime.now(UTC)
            values = {"ended_at": now, "alive_at": now, "exit_code": exit_code, "counts": dict(counts)}
            values["finish_reason"] = truncate(finish_reason)
            connection.execute(update(_RUNS).where(_RUNS.c.id == run_id).values(values))
            save_root(connection, run_id)

    def runs(
        self,
        limit: int | None = 20,
        *,
        spider: str | None = None,
        source: str | None = None,
        ended: bool | None = None,
        exit_code: int | None = None,
    ) -> list[Run]:
        """Return runs, newest first: ended ones (True), unended ones (False) or both (None)."""
        with self._reading() as connection:
            return _read_runs(connection, limit, spider=spider, source=source, ended=ended, exit_code=exit_code)

    def past_counts(self, spider: str, name: str, *, limit: int) -> list[Mapping[str, int]]:
        """Return the counts of the spider's last ended live runs, newest first, if they have count `name`."""
        ended = (_RUNS.c.spider == spider, _RUNS.c.source == "live", _RUNS.c.ended_at.is_not(None))
        statement = select(_RUNS.c.counts).where(*ended).order_by(_RUNS.c.id.desc()).limit(limit)
        with self._reading() as connection:
            return [counts for counts in connection.scalars(statement) if counts.get(name)]


def check_lock(connection: Connection, run_id: int) -> None:
    """Raise LostLockError if another process has taken a run for killed."""
    if connection.scalar(select(_RUNS.c.finish_reason).where(_RUNS.c.id == run_id)) == KILLED:
        raise LostLockError


def insert_run(  # noqa: PLR0913 - all that a run starts with
    connection: Connection,
    spider: str,
    arguments: Mapping[str, str],
    *,
    source: str = "live",
    versions: Mapping[str, str] = MappingProxyType({}),
    process: Process | None = None,
    alone: bool = True,
) -> int:
    """Insert a run that starts now and return its id."""
    now = datetime.now(UTC)
    values: Values = {"spider": spider, "source": source, "arguments": dict(arguments), "versions": dict(versions)}
    values = sanitize(values) | {"alone": alone, "started_at": now, "alive_at": now, "counts": {}}
    if process:
        values |= {"host": truncate(process.host), "pid": process.pid, "process": truncate(process.identity)}
    return int(connection.execute(insert(_RUNS).returning(_RUNS.c.id), values).scalar_one())


def _end_killed_runs(connection: Connection, spider: str, source: str, is_alive: Callable[[Run], bool]) -> None:
    """End the runs whose process is gone. Raises LockedError for an active run over the same source."""
    for run in _read_runs(connection, None, spider=spider, ended=False):
        if not is_alive(run):
            values = {"ended_at": run.alive_at or run.started_at, "finish_reason": KILLED}
            connection.execute(update(_RUNS).where(_RUNS.c.id == run.id).values(values))
            save_root(connection, run.id)
        elif run.alone and run.source == source:
            raise LockedError(spider, run.id, since=run.started_at, pid=run.pid, host=run.host)


def _read_runs(
    connection: Connection, limit: int | None, *, ended: bool | None = None, **equal: str | int | None
) -> list[Run]:
    statement = select(_RUNS).order_by(_RUNS.c.id.desc()).limit(limit)
    statement = statement.where(*(_RUNS.c[name] == value for name, value in equal.items() if value is not None))
    if ended is not None:
        statement = statement.where(_RUNS.c.ended_at.is_not(None) if ended else _RUNS.c.ended_at.is_(None))
    return [Run(**{**row, "versions": row["versions"] or {}}) for row in connection.execute(statement).mappings()]
