"""Transactions that behave the same on SQLite, PostgreSQL and MariaDB, and the locks that keep writers apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Engine, select

from newscrawl.errors import StorageError
from newscrawl.storage.database_file import check_file
from newscrawl.storage.driver_errors import is_conflict, translate_errors
from newscrawl.storage.engine import WRITES
from newscrawl.storage.values import split_sorted

LOCK_NUMBER = 6_397_211
"""Number of PostgreSQL's advisory lock of the whole database: of writers, and of creating and upgrading the tables."""
_CONCURRENT = "newscrawl_concurrent"
"""Execution option of a writer that others may write beside."""
_EXCLUSIVE_LOCKS = {
    "postgresql": f"SELECT pg_advisory_xact_lock({LOCK_NUMBER})",
    "mariadb": "SELECT version_num FROM newscrawl_version FOR UPDATE",
}
_SHARED_LOCKS = {
    "postgresql": f"SELECT pg_advisory_xact_lock_shared({LOCK_NUMBER})",
    "mariadb": "SELECT version_num FROM newscrawl_version LOCK IN SHARE MODE",
}
"""Both servers keep their order: a writer that waits for the exclusive lock is not overtaken by shared ones."""
_CONCURRENT_TRIES = 3
_Written = TypeVar("_Written")


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads. Driver errors become StorageError."""
    with translate_errors(engine.url), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that reads one state of the database, whatever is written meanwhile. Keep it short."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with translate_errors(engine.url), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def settled_transaction(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that reads while nobody writes, so that no smaller `changed_at` appears later. Keep it short.

    Of writers beside each other, one may commit an earlier change later.
    """
    with read_transaction(engine) as connection:
        _lock_database(connection, _EXCLUSIVE_LOCKS)
        yield connection


@contextmanager
def write_transaction(engine: Engine, *, is_concurrent: bool = False) -> Iterator[Connection]:
    """Open the transaction of the only writer, committed at the end; others wait for it, up to LOCK_WAIT seconds.

    Raises LostDatabaseError, and commits nothing, if the file of the database was deleted, moved or replaced.

    SQLite has one writer at a time anyway. On a server, transactions that are concurrent go on beside each other, and
    beside no other one: they lock rows (`lock_rows`), and may fail by a conflict (see `write_concurrently`).
    """
    options = WRITES | {_CONCURRENT: is_concurrent}
    with translate_errors(engine.url), engine.connect().execution_options(**options) as connection, connection.begin():
        _lock_database(connection, _SHARED_LOCKS if is_concurrent else _EXCLUSIVE_LOCKS)
        yield connection
        check_file(connection)


def _lock_database(connection: Connection, statements: dict[str, str]) -> None:
    if statement := statements.get(connection.dialect.name):
        connection.exec_driver_sql(statement)


def write_concurrently(engine: Engine, write: Callable[[Connection], _Written]) -> _Written:
    """Run a function in a transaction beside those of other writers; return its result.

    If it conflicts with one of them, or needs the database for itself (`require_exclusive`), it is undone and runs
    again, whole: after three conflicts as the only writer. What fails then, would always fail.
    """
    for _ in range(_CONCURRENT_TRIES if engine.dialect.name in _SHARED_LOCKS else 0):
        try:
            with write_transaction(engine, is_concurrent=True) as connection:
                return write(connection)
        except _ExclusiveLockNeededError:
            break
        except StorageError as error:
            if not is_conflict(error):
                raise
    with write_transaction(engine) as connection:
        return write(connection)


class _ExclusiveLockNeededError(StorageError):
    """A concurrent transaction would do what only one writer at a time may do."""


def require_exclusive(connection: Connection) -> None:
    """Start a concurrent transaction again, as that of the only writer."""
    if is_concurrent(connection):
        raise _ExclusiveLockNeededError("this writer has to be the only one")


def is_concurrent(connection: Connection) -> bool:
    """Whether others write at the same time as this transaction."""
    return bool(connection.get_execution_options().get(_CONCURRENT))


def lock_rows(connection: Connection, column: Column[Any], values: Iterable[Any]) -> bool:
    """Lock the rows with these values of a column until the end of a concurrent transaction, in their order.

    Return whether there was anything to lock: then rows may have changed since they were read.
    """
    wanted = list(split_sorted(values)) if is_concurrent(connection) else []
    for part in wanted:
        rows = select(column).where(column.in_(part)).order_by(column)
        # Rows that refer to a locked one can be inserted.
        connection.execute(rows.with_for_update(key_share=True))
    return bool(wanted)
