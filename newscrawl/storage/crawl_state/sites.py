"""The sites that were crawled: where each is, when it was last read, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from newscrawl.storage.crawl_state.runs import check_lock
from newscrawl.storage.database import Database
from newscrawl.storage.engine import read_clock
from newscrawl.storage.tables import SiteRow, table_of
from newscrawl.storage.values import Values, sanitize, truncate

_SITES = table_of(SiteRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """A site, and how the last run on it ended; times are UTC, by the database's clock."""

    site: str
    """Its key: the name of a known publisher; of any other, the host without www."""
    home: str
    title: str | None
    """Its name, as its pages print it."""
    added_at: datetime
    tried_at: datetime | None
    """When a run last started on it."""
    read_at: datetime | None
    """When the last run ended that read a list or page of it."""
    delay_seconds: float | None
    """Time between two requests to it in the last run."""
    trouble: str | None
    """What went wrong in the last run."""
    allowed_at: datetime | None
    """No run sends it a request before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteResult:
    """How a run ended on one site."""

    was_read: bool
    """Whether it read a list or a page of it."""
    delay_seconds: float | None
    trouble: str | None
    pause_seconds: float = 0.0
    """How long no run may send it a request."""


_COLUMNS = [_SITES.c[field.name] for field in fields(SiteState)]


class SiteStore(Database):
    """The sites that were crawled."""

    def sites(self, site: str | None = None) -> list[SiteState]:
        """Return the sites by their keys, or only that of a key."""
        with self._reading() as connection:
            return read_sites(connection, site)

    def start_sites(self, homes: Mapping[str, tuple[str, str | None]], *, run_id: int) -> None:
        """Note that a run starts now on sites, given by their keys with front page and name."""

        def write(connection: Connection) -> None:
            now = read_clock(connection)
            check_lock(connection, run_id)
            known = set(connection.scalars(select(_SITES.c.site)))
            new: list[Values] = []
            old: list[Values] = []
            for site, (home, title) in homes.items():
                row = {
                    "home": sanitize(home),
                    "title": sanitize(title) if title else None,
                    "tried_at": now,
                    "run_id": run_id,
                }
                if (key := truncate(sanitize(site))) in known:
                    old.append({"known_site": key, **row})
                else:
                    known.add(key)
                    new.append({"site": key, "added_at": now, **row})
            if new:
                connection.execute(insert(_SITES), new)
            if old:
                names = ("home", "title", "tried_at", "run_id")
                this = update(_SITES).where(_SITES.c.site == bindparam("known_site"))
                connection.execute(this.values({name: bindparam(name) for name in names}), old)

        self._write_concurrently(write)

    def end_sites(self, results: Mapping[str, SiteResult], *, run_id: int) -> None:
        """Save how a run ended on its sites. What a later run has started on stays."""

        def write(connection: Connection) -> None:
            now = read_clock(connection)
            for was_read in (True, False):
                rows: list[Values] = [
                    {
                        "known_site": truncate(sanitize(site)),
                        "delay_seconds": result.delay_seconds,
                        "trouble": result.trouble and sanitize(result.trouble),
                        "allowed_at": now + timedelta(seconds=result.pause_seconds),
                    }
                    for site, result in results.items()
                    if result.was_read is was_read
                ]
                values: Values = {name: bindparam(name) for name in ("delay_seconds", "trouble", "allowed_at")}
                values |= {"read_at": now} if was_read else {}
                this = update(_SITES).where(_SITES.c.site == bindparam("known_site"), _SITES.c.run_id == run_id)
                if rows:
                    connection.execute(this.values(values), rows)

        self._write_concurrently(write)


def read_sites(connection: Connection, site: str | None = None) -> list[SiteState]:
    """Read the sites by their keys, or only that of a key."""
    statement = select(*_COLUMNS).order_by(_SITES.c.site)
    if site is not None:
        statement = statement.where(_SITES.c.site == truncate(site))
    return [SiteState(**row) for row in connection.execute(statement).mappings()]
