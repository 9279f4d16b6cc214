"""Runs of spiders. The rows of an active run are also the locks of its sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from newscrawl.errors import LockedError, LostLockError
from newscrawl.storage.crawl_state.run_leaves import save_root
from newscrawl.storage.database import Database
from newscrawl.storage.engine import clock, read_clock
from newscrawl.storage.query.names import find_sites
from newscrawl.storage.tables import RunRow, RunSiteRow, SiteRow, table_of
from newscrawl.storage.values import Values, sanitize, truncate

KILLED = "killed"
"""Finish reason of a run whose process disappeared."""
_FETCHED = 100
_RUNS, _RUN_SITES, _SITES = map(table_of, (RunRow, RunSiteRow, SiteRow))
_FINISH_REASON = select(_RUNS.c.finish_reason).where(_RUNS.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Process:
    """The operating system process of a run."""

    host: str
    pid: int
    identity: str
    """Distinguishes it from a later process with the same pid; at most 500 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a spider; times are UTC, by the database's clock.

    Without ended_at it is active, or was killed and no run has followed.
    """

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
    """Whether no other run over the same source may start on its sites while it is active."""
    source: str = "live"
    """Where its pages come from."""
    root: str | None = None
    """Root of the hash tree over what it stored, in hexadecimal; None: nothing, or not ended."""
    read_at: datetime | None = None
    """When it was read from the database; as all other times, by the database's clock."""

    @property
    def duration(self) -> timedelta:
        """From its start to its end, or to its last heartbeat."""
        return (self.ended_at or self.alive_at or self.started_at) - self.started_at

    @property
    def silence(self) -> timedelta | None:
        """Since its last heartbeat, when it was read; None: it has sent none."""
        return (self.read_at or datetime.now(UTC)) - self.alive_at if self.alive_at else None


class RunStore(Database):
    """The runs of spiders, and the lock that keeps two runs of a site apart."""

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
        sites: Collection[str] = (),
    ) -> int:
        """Insert a run over `sites` that starts now and return its id. Safe when several processes start at once.

        Without sites it is a run over that of the spider, which has its name. With `is_alive`, every unended run on
        these sites is checked first. A run whose process is gone was killed: it ends at its last heartbeat and keeps
        its counts. Sites on which another run over the same source is active that started as `alone` are left out
        (`run_sites` says which are not). If that is all of them, LockedError is raised and nothing is inserted. A run
        that is not alone blocks no other, and none blocks it.
        """
        wanted = list(dict.fromkeys(map(truncate, sites or (spider,))))
        with self._writing() as connection:
            locked: Mapping[str, Run] = {}
            if is_alive:
                locked = _find_locked_sites(connection, wanted, source, is_alive)
            if not alone:
                locked = {}
            free = [site for site in wanted if site not in locked]
            if not free:
                run = locked[wanted[0]]
                raise LockedError(wanted[0], run.id, since=run.started_at, pid=run.pid, host=run.host)
            run_id = insert_run(
                connection, spider, arguments, source=source, versions=versions, process=process, alone=alone
            )
            connection.execute(insert(_RUN_SITES), [{"run_id": run_id, "site": site} for site in free])
            return run_id

    def run_sites(self, run_id: int) -> dict[str, Mapping[str, int] | None]:
        """Return the sites of a run with what it did on each; None: not ended, or nothing."""
        statement = select(_RUN_SITES.c.site, _RUN_SITES.c.counts).where(_RUN_SITES.c.run_id == run_id)
        with self._reading() as connection:
            return dict(connection.execute(statement.order_by(_RUN_SITES.c.site)).all())

    def alive(self, run_id: int, counts: Mapping[str, int]) -> bool:
        """Save a heartbeat with the counts so far. False if the run has ended: another process took it for killed."""
        unended = update(_RUNS).where(_RUNS.c.id == run_id, _RUNS.c.ended_at.is_(None))

        def write(connection: Connection) -> bool:
            heartbeat = unended.values(alive_at=read_clock(connection), counts=dict(counts))
            return connection.execute(heartbeat).rowcount == 1

        return self._write_concurrently(write)

    def end_run(
        self,
        run_id: int,
        *,
        finish_reason: str,
        exit_code: int,
        counts: Mapping[str, int],
        site_counts: Mapping[str, Mapping[str, int]] | None = None,
    ) -> None:
        """Save that a run ends now, even if another process took it for killed.

        `site_counts` says what it did on each site; without it, its only site has the counts of the run.
        """

        def write(connection: Connection) -> None:
            _save_site_counts(connection, run_id, counts, site_counts)
            now = read_clock(connection)
            values = {"ended_at": now, "alive_at": now, "exit_code": exit_code, "counts": dict(counts)}
            values["finish_reason"] = truncate(finish_reason)
            connection.execute(update(_RUNS).where(_RUNS.c.id == run_id).values(values))
            save_root(connection, run_id)

        self._write_concurrently(write)

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
            runs = _read_runs(connection, limit, ended=ended, spider=spider, source=source, exit_code=exit_code)
            return list(runs)

    def iterate_runs(
        self, limit: int | None = None, *, spider: str | None = None, publisher: str | None = None
    ) -> Iterator[Run]:
        """Iterate over runs, newest first; memory does not grow with their number.

        With a publisher (see newscrawl.storage.Query), over those on its sites.
        """
        with self._reading() as connection:
            sites = find_sites(connection, publisher) if publisher else None
            yield from _read_runs(connection, limit, sites=sites, spider=spider)

    def count_runs(self, spider: str | None = None, publisher: str | None = None) -> int:
        """Count the runs of a spider, or on the sites of a publisher, or all."""
        counted = select(func.count()).select_from(_RUNS)
        counted = counted.where(_RUNS.c.spider == spider) if spider else counted
        with self._reading() as connection:
            if publisher:
                counted = counted.where(_has_site(find_sites(connection, publisher)))
            return connection.scalar(counted) or 0

    def past_counts(self, site: str, name: str, *, limit: int) -> list[Mapping[str, int]]:
        """Return the counts of a site's last ended live runs, newest first, if they have count `name`."""
        statement = select(_RUN_SITES.c.counts).join(_RUNS, _RUNS.c.id == _RUN_SITES.c.run_id)
        statement = statement.where(_RUN_SITES.c.site == truncate(site), _RUN_SITES.c.counts.is_not(None))
        statement = statement.where(_RUNS.c.source == "live", _RUNS.c.ended_at.is_not(None))
        with self._reading() as connection:
            past = connection.scalars(statement.order_by(_RUN_SITES.c.run_id.desc()).limit(limit))
            return [counts for counts in past if counts and counts.get(name)]


def check_lock(connection: Connection, run_id: int) -> None:
    """Raise LostLockError if another process has taken a run for killed."""
    if connection.scalar(_FINISH_REASON, {"id": run_id}) == KILLED:
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
    now = read_clock(connection)
    values: Values = {"spider": spider, "source": source, "arguments": dict(arguments), "versions": dict(versions)}
    values = sanitize(values) | {"alone": alone, "started_at": now, "alive_at": now, "counts": {}}
    if process:
        values |= {"host": truncate(process.host), "pid": process.pid, "process": truncate(process.identity)}
    return int(connection.execute(insert(_RUNS).returning(_RUNS.c.id), values).scalar_one())


def _find_locked_sites(
    connection: Connection, sites: Collection[str], source: str, is_alive: Callable[[Run], bool]
) -> dict[str, Run]:
    """Return the sites on which another run over the same source is active. End the runs whose process is gone."""
    unended = _RUN_SITES.join(_RUNS, (_RUNS.c.id == _RUN_SITES.c.run_id) & _RUNS.c.ended_at.is_(None))
    statement = select(_RUN_SITES.c.run_id, _RUN_SITES.c.site).select_from(unended)
    sites_of: defaultdict[int, set[str]] = defaultdict(set)
    for run_id, site in connection.execute(statement):
        sites_of[run_id].add(site)
    locked: dict[str, Run] = {}
    for run in list(_read_runs(connection, None, ended=False)) if sites_of else ():
        shared = sites_of[run.id].intersection(sites)
        if shared and not is_alive(run):
            values = {"ended_at": run.alive_at or run.started_at, "finish_reason": KILLED}
            connection.execute(update(_RUNS).where(_RUNS.c.id == run.id).values(values))
            save_root(connection, run.id)
            _hold_sites(connection, run.id)
        elif run.alone and run.source == source:
            locked |= dict.fromkeys(shared, run)
    return locked


def _hold_sites(connection: Connection, killed_run: int) -> None:
    """Keep the delay of the sites of a run that was killed: nobody knows when it sent its last request."""
    of_run = _SITES.c.run_id == killed_run
    now, delays = read_clock(connection), select(_SITES.c.site, _SITES.c.delay_seconds).where(of_run)
    for site, delay in connection.execute(delays).all():
        allowed_at = now + timedelta(seconds=delay or 0.0)
        connection.execute(update(_SITES).where(_SITES.c.site == site).values(allowed_at=allowed_at))


def _save_site_counts(
    connection: Connection,
    run_id: int,
    counts: Mapping[str, int],
    site_counts: Mapping[str, Mapping[str, int]] | None,
) -> None:
    of_run = _RUN_SITES.c.run_id == run_id
    if site_counts is None:
        sites = list(connection.scalars(select(_RUN_SITES.c.site).where(of_run).limit(2)))
        site_counts = {sites[0]: counts} if len(sites) == 1 else {}
    rows = [{"known_site": truncate(site), "known_counts": dict(done)} for site, done in site_counts.items() if done]
    if rows:
        this = update(_RUN_SITES).where(of_run, _RUN_SITES.c.site == bindparam("known_site"))
        connection.execute(this.values(counts=bindparam("known_counts")), rows)


def _read_runs(
    connection: Connection,
    limit: int | None,
    *,
    sites: Collection[str] | None = None,
    ended: bool | None = None,
    **equal: str | int | None,
) -> Iterator[Run]:
    statement = select(_RUNS, clock(connection).label("read_at")).order_by(_RUNS.c.id.desc()).limit(limit)
    statement = statement.where(*(_RUNS.c[name] == value for name, value in equal.items() if value is not None))
    if sites is not None:
        statement = statement.where(_has_site(sites))
    if ended is not None:
        statement = statement.where(_RUNS.c.ended_at.is_not(None) if ended else _RUNS.c.ended_at.is_(None))
    for row in connection.execute(statement, execution_options={"yield_per": _FETCHED}).mappings():
        yield Run(**{**row, "versions": row["versions"] or {}})


def _has_site(sites: Collection[str]) -> ColumnElement[bool]:
    return _RUNS.c.id.in_(select(_RUN_SITES.c.run_id).where(_RUN_SITES.c.site.in_(sites)))
