"""Engines that behave the same on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    StaticPool,
    create_engine,
    event,
    func,
    literal,
    select,
    text,
    type_coerce,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from newscrawl.errors import DamagedRowError, StorageError
from newscrawl.storage.database_file import unwatch_file, watch_file
from newscrawl.storage.driver_errors import LOCK_WAIT
from newscrawl.storage.types import UtcDateTime

_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mariadb+pymysql",
    "mariadb": "mariadb+pymysql",
}
_PACKAGES = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
"""Driver modules whose package on PyPI has another name."""
WRITES = {"newscrawl_begin": "BEGIN IMMEDIATE"}
"""Execution options of a writer, which takes its lock at once.

SQLite rejects a transaction that reads first and then writes, without waiting, if another has written in between."""
_SQL_MODE = "sql_mode = 'TRADITIONAL'"
"""MariaDB rejects values that do not fit, instead of truncating them, whatever the server's default is."""
NO_TRANSACTION = {"newscrawl_begin": None}
"""Execution options for statements that SQLite runs only outside transactions."""
# PostgreSQL does not keep the order of names; sorted, they are the same from all databases.
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_sort_names = partial(json.loads, object_pairs_hook=lambda pairs: dict(sorted(pairs)))
_decode_text = partial(str, encoding="utf-8", errors="replace")
"""How texts of SQLite are read: a damaged byte is seen as U+FFFD, instead of making its whole query fail."""


def _loads(text: Any, decode: Callable[[Any], Any] = json.loads) -> Any:
    """Decode JSON. Raises DamagedRowError."""
    try:
        return decode(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise DamagedRowError(f"a stored value, {text!r:.60},", "it is no JSON") from error


def parse_url(url: str) -> URL:
    """Parse a database URL; without a driver it gets the one that newscrawl uses. Raises StorageError if it is invalid.

    >>> parse_url("postgres://reader@db.example/news").drivername
    'postgresql+psycopg'
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        # The text is not repeated: it may hold a password.
        raise StorageError("this is no database URL; write for example sqlite:///news.db") from error
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise StorageError(f"{backend}: newscrawl stores in sqlite:, postgresql: and mariadb: databases")
    if parsed.drivername in _DRIVERS:
        return parsed.set(drivername=_DRIVERS[parsed.drivername])
    return parsed.set(drivername=parsed.drivername.replace("mysql+", "mariadb+"))


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite URL; None for a database on a server or in memory.

    Raises StorageError for an invalid URL.

    >>> sqlite_file("sqlite:///news.db"), sqlite_file("sqlite://"), sqlite_file("postgresql://db.example/news")
    (PosixPath('news.db'), None, None)
    """
    return find_file(parse_url(url))


def find_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for one on a server or in memory."""
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)) if is_file else None


def make_engine(url: URL) -> Engine:
    """Make an engine, without connecting yet. Raises StorageError if the driver is not installed."""
    try:
        engine = create_engine(url, **{"json_serializer": _dumps, "json_deserializer": _loads, **_options(url)})
    except ModuleNotFoundError as error:
        package = _PACKAGES.get(error.name or "", error.name)
        message = f"{url.get_backend_name()} needs a driver that is not installed: pip install '{package}'"
        raise StorageError(message) from error
    except (NoSuchModuleError, ArgumentError, TypeError) as error:
        raise StorageError(f"{url.drivername}: no such database driver") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    if file := find_file(url):
        watch_file(engine, file)
    if engine.driver == "pymysql":
        event.listen(engine, "do_connect", import_module("newscrawl.storage.mariadb_connection").connect)
    return engine


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        is_in_memory = url.database in (None, "", ":memory:")
        pool = {"poolclass": StaticPool} if is_in_memory else {}
        return {"connect_args": {"timeout": LOCK_WAIT, "check_same_thread": False}, **pool}
    # All our transactions are closed already: the pool's reset costs a round trip, and prints a traceback if the server
    # hangs up at that moment.
    shared = {"isolation_level": "READ COMMITTED", "pool_pre_ping": True, "pool_reset_on_return": None}
    if url.get_backend_name() == "postgresql":
        shared["json_deserializer"] = partial(_loads, decode=_sort_names)
    if url.get_driver_name() == "psycopg":
        # The first hours of year 1 in UTC are before year 1 west of Greenwich; the driver reads only ISO 8601.
        set_up = f"-c lock_timeout={LOCK_WAIT}s -c timezone=UTC -c datestyle=ISO"
        return {**shared, "connect_args": {"connect_timeout": 10, "client_encoding": "UTF8", "options": set_up}}
    if url.get_driver_name() == "pymysql":
        # Without this, a condition on each matching article would be evaluated for all articles first.
        set_up = f"SET innodb_lock_wait_timeout = {LOCK_WAIT}, optimizer_switch = 'exists_to_in=off', {_SQL_MODE}"
        return {**shared, "connect_args": {"connect_timeout": 10, "charset": "utf8mb4", "init_command": set_up}}
    return shared


def clock(connection: Connection) -> ColumnElement[datetime]:
    """Return an expression of the present moment by the database's clock, which all machines share.

    SQLite is a part of this process: its clock is ours.
    """
    if connection.dialect.name == "postgresql":
        return type_coerce(func.clock_timestamp(), UtcDateTime)
    if connection.dialect.name == "sqlite":
        return literal(datetime.now(UTC), UtcDateTime)
    return type_coerce(func.utc_timestamp(text("6")), UtcDateTime)


def read_clock(connection: Connection) -> datetime:
    """Return the present moment by the database's clock."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = connection.execute(select(clock(connection))).scalar_one()
    return moment


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.text_factory = _decode_text
    connection.isolation_level = None  # the driver's own BEGIN would be DEFERRED; ours is in _begin_sqlite
    connection.execute("PRAGMA foreign_keys = ON")
    # In WAL mode NORMAL survives a crash of the process, but a power failure may lose the last commits, while captures
    # are already in their files. FULL costs one fsync per batch.
    connection.execute("PRAGMA synchronous = FULL")


def make_read_only(engine: Engine) -> None:
    """Make a SQLite database reject every write; on a server, the rights of the user decide."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        unwatch_file(engine)
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA query_only = ON"))


def run_outside_transaction(connection: Connection, *pragmas: str) -> None:
    """Run pragmas outside a transaction; from then on the connection begins none by itself."""
    connection.execution_options(**NO_TRANSACTION)
    for pragma in pragmas:
        connection.exec_driver_sql(pragma)
    connection.rollback()


def _begin_sqlite(connection: Connection) -> None:
    if begin := connection.get_execution_options().get("newscrawl_begin", "BEGIN"):
        connection.exec_driver_sql(begin)
