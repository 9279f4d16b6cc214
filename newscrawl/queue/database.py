"""The queue's own tables, in a schema of their own, and a connection that waits while the server is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager

from newscrawl.errors import StorageError
from newscrawl.storage import QUEUE_SCHEMA

logger = logging.getLogger(__name__)

_T = TypeVar("_T")
_LOCK = 6_397_212
"""Number of the advisory lock under which the tables are made and changed."""
_RETRY_SECONDS = 1.0


class Patience:
    """Repeats calls that fail because the server is away, until it is back."""

    def __init__(self) -> None:
        self.is_over = False
        """Set when the program must end: then errors are raised."""
        self._is_away = False

    async def call(self, function: Callable[[], Awaitable[_T]]) -> _T:
        """Await `function()`, again and again while the server is away."""
        while True:
            try:
                result = await function()
            except (StorageError, ConnectorException) as error:
                if self.is_over or not _is_outage(error):
                    raise
                if not self._is_away:
                    logger.warning("the database does not answer, which is waited for: %s", error.__cause__ or error)
                self._is_away = True
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                if self._is_away:
                    logger.warning("the database answers again")
                self._is_away = False
                return result


class PatientConnector(PsycopgConnector):
    """procrastinate's connector, which ends its worker when the server is away, with patience."""

    def __init__(self, url: str, patience: Patience) -> None:
        """Make it for a URL as psycopg takes it."""
        # Without LISTEN every connection is short: one of a pooler in transaction mode will do
        options = {"options": f"-c search_path={QUEUE_SCHEMA}", "connect_timeout": 10}
        super().__init__(conninfo=url, kwargs=options, min_size=1, max_size=4, timeout=10, reconnect_timeout=5)
        self._patience = patience

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        execute = super().execute_query_async
        await self._patience.call(lambda: execute(query, **arguments))

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        execute = super().execute_query_one_async
        return await self._patience.call(lambda: execute(query, **arguments))

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        execute = super().execute_query_all_async
        return await self._patience.call(lambda: execute(query, **arguments))


def _is_outage(error: BaseException) -> bool:
    """Whether the server was away: not reached, restarted, or without a free connection."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, psycopg.OperationalError):
            return True
        seen = seen.__cause__ or getattr(seen, "orig", None)
    return False


def prepare_queue(url: str) -> None:
    """Make the queue's tables, or apply the changes of a newer procrastinate. Raises StorageError.

    The comment of the schema is the last change that was applied.
    """
    try:
        with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            for name, statements in list_changes(_find_applied(connection)):
                with connection.transaction():
                    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {QUEUE_SCHEMA}")
                    connection.execute(f"SET LOCAL search_path = {QUEUE_SCHEMA}")
                    connection.execute(statements.encode())
                    connection.execute(f"COMMENT ON SCHEMA {QUEUE_SCHEMA} IS '{name}'".encode())
    except psycopg.errors.InsufficientPrivilege as error:
        message = "the queue needs a schema of its own; once, as the owner of the database: GRANT CREATE ON DATABASE"
        raise StorageError(f"{message} … TO … ({error})") from error
    except psycopg.Error as error:
        raise StorageError(f"the queue cannot be used: {' '.join(str(error).split())}") from error


def _find_applied(connection: psycopg.Connection[Any]) -> str | None:
    query = "SELECT obj_description(to_regnamespace(%s), 'pg_namespace')"
    found = connection.execute(query, (QUEUE_SCHEMA,)).fetchone()
    return found[0] if found else None


def list_changes(applied: str | None) -> list[tuple[str, str]]:
    """Return name and statements of the changes after the last applied one, in order; of a new schema, all in one."""
    files = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    if applied is None:
        return [(files[-1].name, SchemaManager.get_schema())]
    return [(file.name, file.read_text("utf-8")) for file in files if file.name > applied]
