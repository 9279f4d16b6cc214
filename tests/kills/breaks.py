"""Ways to break a run off, and when."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import psutil
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from newscrawl.storage.engine import parse_url
from tests.crawls.loopback import Publisher

Process = Popen[Any]
_POLL_SECONDS = 0.003
_QUIET_SECONDS = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment in a run."""

    when: str
    """ "starting", "at work" or "closing"."""
    requests: int = 0
    """So many requests in."""
    seconds: float
    """And so much later."""

    def await_in(self, process: Process, site: Publisher) -> bool:
        """Wait for it. Whether it came before the run ended."""
        before = len(site.requests)
        while process.poll() is None and not self._is_near(site, before):
            time.sleep(_POLL_SECONDS)
        deadline = time.monotonic() + self.seconds
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return process.poll() is None

    def _is_near(self, site: Publisher, before: int) -> bool:
        if self.when == "closing":  # the site has heard nothing for a while: everything was requested
            return len(site.requests) > before and time.monotonic() - site.requests[-1][0] > _QUIET_SECONDS
        return len(site.requests) - before >= self.requests


def any_moment(requests: int, chance: random.Random, start_seconds: float = 1.6) -> Moment:
    """A moment before the first request, within so many requests, or as the run closes."""
    draw = chance.random()
    if draw < 0.15:
        return Moment(when="starting", seconds=chance.uniform(0, start_seconds))
    if draw < 0.88:
        return Moment(when="at work", requests=chance.randint(1, requests), seconds=chance.uniform(0, 0.3))
    return Moment(when="closing", seconds=chance.uniform(0, 0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A way to break a run off."""

    name: str
    act: Callable[[Process, random.Random], None]
    codes: frozenset[int]
    """What the run may end with; 0, because it may have been as good as over."""
    after: Callable[[], None] = lambda: None
    """What is done once it has ended."""
    in_order: bool = True
    """Whether the run has to end in order; else it may print tracebacks, and ask again for what did not arrive."""


def sigkill() -> Break:
    """SIGKILL, for the crawl alone, or for its extraction processes as well."""

    def act(process: Process, chance: random.Random) -> None:
        with_children = chance.random() < 0.5
        victims = [psutil.Process(process.pid), *(children(process) if with_children else ())]
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()

    return Break(name="SIGKILL", act=act, codes=frozenset((-signal.SIGKILL, 0)))  # 0: it ended the moment before


def sigterm() -> Break:
    """SIGTERM, as a supervisor stops a service. Before Scrapy listens, and after, it ends a process as any other."""

    def act(process: Process, _: random.Random) -> None:
        process.terminate()

    return Break(name="SIGTERM", act=act, codes=frozenset((8, 0, -signal.SIGTERM)))


def database_gone(url: str) -> Break:
    """The server of `url` hangs up on all that use the database, again and again for a while."""

    def act(process: Process, chance: random.Random) -> None:
        deadline = time.monotonic() + chance.uniform(0.05, 1.5)
        while process.poll() is None and time.monotonic() < deadline:
            hang_up(url)
            time.sleep(0.01)

    return Break(name="database gone", act=act, codes=frozenset((6, 0)))


def disk_full(folder: Path) -> Break:
    """No room is left on the disk of `folder` until the run has ended; the disk has to be a small one."""
    ballast = folder / "ballast"

    def act(_process: Process, chance: random.Random) -> None:
        fill(ballast, leave=chance.choice((0, 0, 4096, 65536)))

    return Break(name="disk full", act=act, codes=frozenset((6, 0)), after=lambda: ballast.unlink(missing_ok=True))


def memory_gone() -> Break:
    """The crawl gets no more memory than it has, and a little (RLIMIT_AS): where it fails then is anybody's guess."""

    def act(process: Process, chance: random.Random) -> None:
        with suppress(psutil.NoSuchProcess):
            running = psutil.Process(process.pid)
            limit = running.memory_info().vms + chance.randint(0, 4 * 2**20)
            running.rlimit(psutil.RLIMIT_AS, (limit, limit))

    return Break(name="no memory", act=act, codes=frozenset(range(-64, 256)), in_order=False)


def children(process: Process) -> list[psutil.Process]:
    """The processes that a run has started."""
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def hang_up(url: str) -> int:
    """End all connections to the database of a server's URL but the one that does so; how many there were."""
    parsed = parse_url(url)
    engine = create_engine(parsed, isolation_level="AUTOCOMMIT")
    named = {"name": parsed.database}
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND "
            ended = len(connection.execute(text(others + "pid <> pg_backend_pid()"), named).all())
        else:
            others = "SELECT id FROM information_schema.processlist WHERE db = :name AND id <> connection_id()"
            ids = connection.scalars(text(others), named).all()
            ended = sum(_end_connection(connection, at) for at in ids)
    engine.dispose()
    return ended


def _end_connection(connection: Any, at: int) -> bool:
    try:
        connection.execute(text(f"KILL {at}"))
    except OperationalError:  # it has ended by itself
        return False
    return True


def fill(ballast: Path, *, leave: int) -> None:
    """Write a file until its disk has no more than so many bytes left."""
    room = os.statvfs(ballast.parent)
    size = room.f_bavail * room.f_frsize - leave
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while size > 0:
            size -= file.write(b"\0" * min(size, 2**16))
