"""The sites that workers crawl from the queue, each at its own pace. All times are those of the database's clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select, text, update

from newscrawl.storage.database import Database
from newscrawl.storage.engine import read_clock
from newscrawl.storage.tables import RunRow, ScheduleRow, SiteRow, table_of
from newscrawl.storage.transactions import lock_rows
from newscrawl.storage.values import sanitize, truncate

QUEUE_SCHEMA = "newscrawl_queue"
"""The schema of PostgreSQL that has the queue's own tables, which procrastinate makes."""
DEAD_AFTER = timedelta(seconds=30)
"""A worker of the queue that sent no heartbeat for so long counts as dead."""
_SCHEDULES, _SITES, _RUNS = map(table_of, (ScheduleRow, SiteRow, RunRow))
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(hours=1), timedelta(days=1)
"""After a block; each further one in a row doubles the pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A site that is crawled from the queue, and its last crawl; times are UTC."""

    site: str
    """Its key: the name of a known publisher; of any other, the host without www."""
    spider: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Of its crawls, as typed after -a, without the site."""
    entries: Sequence[Mapping[str, Any]] = ()
    """Its address and settings, as in a file of sites; none: the spider has one site."""
    every_seconds: int
    added_at: datetime | None = None
    due_at: datetime | None = None
    """When it is crawled next; None: not saved yet."""
    started_at: datetime | None = None
    late_seconds: float | None = None
    """How long after it was due its last crawl started."""
    ended_at: datetime | None = None
    exit_code: int | None = None
    """Of its last crawl; negative: the signal that killed it."""
    blocks: int = 0
    """Crawls in a row that ended blocked."""

    @property
    def every(self) -> timedelta:
        return timedelta(seconds=self.every_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """The queue at one moment."""

    workers: int
    """Workers with a heartbeat."""
    running: int
    """Crawls in work."""
    waiting: int
    """Crawls that are due and that no worker has taken."""
    stalled: int
    """Crawls of workers that are dead."""
    longest_wait: timedelta
    """Of the crawls that wait."""


_COLUMNS = [_SCHEDULES.c[each.name] for each in fields(Schedule)]
_WAITING = "status = 'todo' AND task_name = :task AND coalesce(scheduled_at, now()) <= now()"
_IS_DEAD = (
    "NOT EXISTS (SELECT 1 FROM {schema}.procrastinate_workers w "
    "WHERE w.id = j.worker_id AND w.last_heartbeat > now() - make_interval(secs => :dead))"
)
_STATE = f"""
    SELECT
        (SELECT count(*) FROM {{schema}}.procrastinate_workers
            WHERE last_heartbeat > now() - make_interval(secs => :dead)) AS workers,
        count(*) FILTER (WHERE status = 'doing' AND task_name = :task AND NOT {_IS_DEAD}) AS running,
        count(*) FILTER (WHERE {_WAITING}) AS waiting,
        count(*) FILTER (WHERE status = 'doing' AND {_IS_DEAD}) AS stalled,
        coalesce(extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE {_WAITING})), 0) AS seconds
    FROM {{schema}}.procrastinate_jobs j
""".format(schema=QUEUE_SCHEMA)  # noqa: S608 - a name of ours


class ScheduleStore(Database):
    """The part of Store that knows when sites are due."""

    def schedules(self, site: str | None = None) -> list[Schedule]:
        """Return the scheduled sites by their keys, or only that of a key."""
        statement = select(*_COLUMNS).order_by(_SCHEDULES.c.site)
        if site is not None:
            statement = statement.where(_SCHEDULES.c.site == truncate(site))
        with self._reading() as connection:
            return [Schedule(**row) for row in connection.execute(statement).mappings()]

    def save_schedules(self, schedules: Sequence[Schedule]) -> None:
        """Save sites with their pace: new ones are due now, known ones at the latest after their new interval."""
        with self._writing() as connection:
            now = read_clock(connection)
            known = dict(connection.execute(select(_SCHEDULES.c.site, _SCHEDULES.c.due_at)).all())
            new, old = [], []
            for each in schedules:
                values = {
                    "spider": each.spider,
                    "arguments": sanitize(dict(each.arguments)),
                    "entries": sanitize([dict(entry) for entry in each.entries]),
                    "every_seconds": each.every_seconds,
                }
                key = truncate(sanitize(each.site))
                if key in known:
                    old.append({"known_site": key, "due_at": min(known[key], now + each.every), **values})
                else:
                    new.append({"site": key, "added_at": now, "due_at": now, "blocks": 0, **values})
            if new:
                connection.execute(insert(_SCHEDULES), new)
            if old:
                names = ("due_at", "spider", "arguments", "entries", "every_seconds")
                this = update(_SCHEDULES).where(_SCHEDULES.c.site == bindparam("known_site"))
                connection.execute(this.values({name: bindparam(name) for name in names}), old)

    def remove_schedules(self, sites: Collection[str]) -> int:
        """Remove sites; return how many there were. Crawls of them that are in work go on."""
        with self._writing() as connection:
            return sum(
                connection.execute(delete(_SCHEDULES).where(_SCHEDULES.c.site == truncate(site))).rowcount
                for site in sites
            )

    def due_sites(self, *, within: timedelta, limit: int) -> list[tuple[str, datetime]]:
        """Return the sites that are due by then, and when, the longest due first; none before it may be requested."""
        is_held = _SITES.c.allowed_at > _SCHEDULES.c.due_at
        due_at = case((is_held, _SITES.c.allowed_at), else_=_SCHEDULES.c.due_at)
        both = _SCHEDULES.outerjoin(_SITES, _SITES.c.site == _SCHEDULES.c.site)
        with self._reading() as connection:
            latest = read_clock(connection) + within
            statement = select(_SCHEDULES.c.site, due_at.label("due")).select_from(both)
            statement = statement.where(_SCHEDULES.c.due_at <= latest, due_at <= latest)
            rows = connection.execute(statement.order_by(_SCHEDULES.c.due_at, _SCHEDULES.c.site).limit(limit))
            return [(site, due) for site, due in rows]

    def advance_schedules(self, sites: Collection[str]) -> None:
        """Set when sites that were put into the queue are due again."""
        columns = (_SCHEDULES.c.site, _SCHEDULES.c.due_at, _SCHEDULES.c.every_seconds)
        with self._writing() as connection:
            now = read_clock(connection)
            rows = connection.execute(select(*columns).where(_SCHEDULES.c.site.in_(sites))).all()
            next_due = [
                {"known_site": site, "next": find_next_due(site, due_at, timedelta(seconds=every), now)}
                for site, due_at, every in rows
            ]
            if next_due:
                this = update(_SCHEDULES).where(_SCHEDULES.c.site == bindparam("known_site"))
                connection.execute(this.values(due_at=bindparam("next")), next_due)

    # These two write one row beside the writers of pages. What else writes `due_at` has the database for itself.

    def start_schedule(self, site: str, due_at: datetime) -> Schedule | None:
        """Save that the crawl of a site that was due starts now; None if it is scheduled no more."""
        this = _SCHEDULES.c.site == truncate(site)

        def write(connection: Connection) -> Schedule | None:
            now = read_clock(connection)
            late = max(0.0, (now - due_at).total_seconds())
            connection.execute(update(_SCHEDULES).where(this).values(started_at=now, late_seconds=late))
            row = connection.execute(select(*_COLUMNS).where(this)).mappings().one_or_none()
            return Schedule(**row) if row else None

        return self._write_concurrently(write)

    def end_schedule(self, site: str, exit_code: int, *, is_blocked: bool) -> datetime:
        """Save how the crawl of a site ended, and pause it after a block; return the present moment."""
        key = truncate(site)
        this = _SCHEDULES.c.site == key

        def write(connection: Connection) -> datetime:
            lock_rows(connection, _SCHEDULES.c.site, [key])
            now = read_clock(connection)
            columns = (_SCHEDULES.c.due_at, _SCHEDULES.c.blocks)
            for due_at, blocks in connection.execute(select(*columns).where(this)).all():
                count = blocks + 1 if is_blocked else 0
                pause = min(_FIRST_PAUSE * 2 ** min(blocks, 10), _LONGEST_PAUSE) if is_blocked else timedelta()
                values = {"ended_at": now, "exit_code": exit_code, "blocks": count, "due_at": max(due_at, now + pause)}
                if not is_blocked:
                    del values["due_at"]
                connection.execute(update(_SCHEDULES).where(this).values(values))
            return now

        return self._write_concurrently(write)

    def recent_hosts(self) -> set[str]:
        """Return the machines on which runs started within a day."""
        with self._reading() as connection:
            started = _RUNS.c.started_at > read_clock(connection) - timedelta(days=1)
            found = connection.scalars(select(_RUNS.c.host).where(started, _RUNS.c.source == "live").distinct())
            return {host for host in found if host}

    def queue_state(self, task: str) -> QueueState | None:
        """Return the state of the queue, whose jobs have the name `task`; None if there is no queue."""
        with self._reading() as connection:
            if not has_queue(connection):
                return None
            values = {"task": task, "dead": DEAD_AFTER.total_seconds()}
            row = connection.execute(text(_STATE), values).one()
        wait = timedelta(seconds=float(row.seconds))
        return QueueState(
            workers=row.workers, running=row.running, waiting=row.waiting, stalled=row.stalled, longest_wait=wait
        )


def has_queue(connection: Connection) -> bool:
    """Whether the queue's own tables are there."""
    if connection.dialect.name != "postgresql":
        return False
    name = f"{QUEUE_SCHEMA}.procrastinate_jobs"
    return connection.scalar(select(func.to_regclass(name))) is not None


def find_next_due(site: str, due_at: datetime, every: timedelta, now: datetime) -> datetime:
    """Return when a site is due next: always at its own point of the interval, so that sites spread over it.

    That is half an interval to one and a half after it was due, then an interval each time. What was missed is not
    made up for.
    """
    earliest = max(due_at + every / 2, now).timestamp()
    seconds = every.total_seconds()
    point = crc32(site.encode()) % 2**20 / 2**20 * seconds
    return datetime.fromtimestamp(earliest + (point - earliest) % seconds, now.tzinfo)
