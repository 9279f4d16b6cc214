"""The runs: a row each, which is also the lock under which no two of a spider are at work at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from newscrawl.errors import LockedError
from newscrawl.storage.tables import RunRow, table_of
from newscrawl.storage.values import Values, sanitize, truncate

KILLED = "killed"
"""Finish reason of a run whose process ended without a word."""
_RUNS = table_of(RunRow)


@dataclass(frozen=True, slots=True)
class Process:
    """The process that a run is."""

    host: str
    """Name of its machine."""
    pid: int
    """The machine's number of it."""
    identity: str
    """What tells it from a later process of the same number; at most 500 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a spider; times are UTC. Without ended_at it still runs, or was killed and no run has followed."""

    id: int
    spider: str
    arguments: Mapping[str, str]
    started_at: datetime
    ended_at: datetime | None
    """Of one that was killed, its last sign of life."""
    finish_reason: str | None
    """Scrapy's, or "killed"."""
    exit_code: int | None
    """None: it has not ended, or was killed."""
    counts: Mapping[str, int]
    versions: Mapping[str, str] = field(default_factory=dict)
    """What it ran with: {"newscrawl": "0.1.0", …}; empty for a run of newscrawl 0.1."""
    host: str | None = None
    pid: int | None = None
    process: str | None = None
    """Process.identity."""
    alive_at: datetime | None = None
    """Its last sign of life."""
    alone: bool = True
    """Whether no other run of the spider over the same source may begin while it is at work."""
    source: str = "live"
    """Where its pages come from."""

    @property
    def duration(self) -> timedelta:
        """From its beginning to its end, or to its last sign of life."""
        return (self.ended_at or self.alive_at or self.started_at) - self.started_at


def start(connection: Connection, told: Values, process: Process | None) -> int:
    """Enter a run that begins now, with its spider, source, arguments, versions, and if it is to be alone; its id."""
    now = datetime.now(UTC)
    begun = {**sanitize(told), "started_at": now, "alive_at": now, "counts": {}}
    if process:
        begun |= {"host": truncate(process.host), "pid": process.pid, "process": truncate(process.identity)}
    return int(connection.execute(insert(_RUNS).returning(_RUNS.c.id), begun).scalar_one())


def close_killed(connection: Connection, spider: str, source: str, is_alive: Callable[[Run], bool]) -> None:
    """End the spider's runs whose process is gone as "killed".

    Raises LockedError where one over the same source is at work that must be alone.
    """
    for run in read(connection, None, spider=spider, ended=False):
        if not is_alive(run):
            last_sign = run.alive_at or run.started_at
            close = update(_RUNS).where(_RUNS.c.id == run.id)
            connection.execute(close.values(ended_at=last_sign, finish_reason=KILLED))
        elif run.alone and run.source == source:
            raise LockedError(spider, run.id, since=run.started_at, pid=run.pid, host=run.host)


def sign(connection: Connection, run_id: int, counts: Mapping[str, int]) -> bool:
    """Enter a sign of life with the counts so far. False, and nothing is entered, for a run that has an end."""
    still = update(_RUNS).where(_RUNS.c.id == run_id, _RUNS.c.ended_at.is_(None))
    return connection.execute(still.values(alive_at=datetime.now(UTC), counts=dict(counts))).rowcount == 1


def end(connection: Connection, run_id: int, *, finish_reason: str, exit_code: int, counts: Mapping[str, int]) -> None:
    """Enter that a run ends now, and how: also of one that another took for killed."""
    now = datetime.now(UTC)
    ended = {"ended_at": now, "alive_at": now, "finish_reason": truncate(finish_reason), "exit_code": exit_code}
    connection.execute(update(_RUNS).where(_RUNS.c.id == run_id).values(**ended, counts=dict(counts)))


def read(  # noqa: PLR0913 - what runs are told apart by
    connection: Connection,
    limit: int | None,
    *,
    spider: str | None,
    source: str | None = None,
    ended: bool | None,
    exit_code: int | None = None,
) -> list[Run]:
    """Runs, newest first: those that have an end or have none, or both (None)."""
    asked = select(_RUNS).order_by(_RUNS.c.id.desc()).limit(limit)
    if spider is not None:
        asked = asked.where(_RUNS.c.spider == spider)
    if source is not None:
        asked = asked.where(_RUNS.c.source == source)
    if exit_code is not None:
        asked = asked.where(_RUNS.c.exit_code == exit_code)
    if ended is not None:
        asked = asked.where(_RUNS.c.ended_at.is_not(None) if ended else _RUNS.c.ended_at.is_(None))
    return [Run(**{**row, "versions": row["versions"] or {}}) for row in connection.execute(asked).mappings()]


def past_counts(connection: Connection, spider: str, name: str, limit: int) -> list[Mapping[str, int]]:
    """The counts of those of the spider's last live runs that have an end and counted `name`, newest first."""
    live = (_RUNS.c.spider == spider, _RUNS.c.source == "live", _RUNS.c.ended_at.is_not(None))
    asked = select(_RUNS.c.counts).where(*live)
    found = connection.scalars(asked.order_by(_RUNS.c.id.desc()).limit(limit))
    return [counts for counts in found if counts.get(name)]
