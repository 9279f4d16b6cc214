"""Column types that mean the same on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, String, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from newscrawl.errors import DamagedRowError

NAME_LENGTH = 500
"""Length of an indexed text. MariaDB indexes at most 3072 bytes, and utf8mb4 needs up to four per character."""


def utc(value: datetime) -> datetime:
    """Return the same moment in UTC. Raises ValueError for a time without a time zone."""
    if value.tzinfo is None:
        raise ValueError(f"a time without a time zone: {value!r}")
    return value.astimezone(UTC)


def read_time(value: Any) -> datetime | None:
    """Read a time as SQLite stores it. Raises DamagedRowError for anything else."""
    try:
        return None if value is None else datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise DamagedRowError(f"a stored time, {value!r:.60},", "it is no date") from error


class _SqliteTime(sqlite.DATETIME):
    """Times as SQLite's own datetime() writes them, "2013-05-27 04:01:00", with a fraction if there is one."""

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return lambda value: None if value is None else value.isoformat(" ")

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return read_time


_make_sqlite_time: Callable[[], TypeEngine[Any]] = _SqliteTime  # its base class has no type hints


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, to the microsecond: takes any time zone, returns UTC. A time without a time zone is a ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_make_sqlite_time())
        if dialect.name in ("mysql", "mariadb"):
            from sqlalchemy.dialects.mysql import DATETIME  # noqa: PLC0415 - see LongText

            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        value = utc(value)
        # PostgreSQL stores the time zone; SQLite and MariaDB drop it.
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class LongText(TypeDecorator[str]):
    """Text without a limit, which MariaDB's TEXT has, at 64 KiB."""

    # No variants of types: their dialects, imported for a database that is not there, take 0.06 s CPU at every start.
    impl = Text
    cache_ok = True

    def __init__(self, mariadb_collation: str | None = None) -> None:
        super().__init__()
        self.mariadb_collation = mariadb_collation

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name in ("mysql", "mariadb"):
            from sqlalchemy.dialects.mysql import LONGTEXT  # noqa: PLC0415 - see above

            return LONGTEXT(collation=self.mariadb_collation)
        return super().load_dialect_impl(dialect)


class Json(TypeDecorator[Any]):
    """A JSON value; None is NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415 - see LongText

            return JSONB(none_as_null=True)
        return super().load_dialect_impl(dialect)


# MariaDB's default collations equate "a" with "A" and with "a ".
Name = String(NAME_LENGTH)
Pattern = String(250)  # a key of a Name and this fits into what MariaDB indexes
Code = String(40)
Digest = String(64)
"""SHA-256, in hexadecimal."""
Prose = LongText("utf8mb4_unicode_ci")
"""Text that is searched by words, case-insensitively."""
