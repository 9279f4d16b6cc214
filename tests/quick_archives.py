"""Makes new SQLite archives with the statements that the migrations left in one: migrations take a third of a second.

Tests make hundreds of archives. Those in tests/storage run the migrations, and so does each process of its own.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, inspect

from newscrawl.storage import schema
from newscrawl.storage.engine import make_engine, parse_url

migrate = schema._upgrade_to_head


def install() -> None:
    """Let this process make new SQLite archives quickly."""
    _read_statements()
    schema._upgrade_to_head = make_or_upgrade


def make_or_upgrade(
    engine: Engine, connection: Connection, before: str | None, compute_digests: schema.Fill = lambda connection: None
) -> None:
    if before is not None or engine.dialect.name != "sqlite" or inspect(connection).get_table_names():
        migrate(engine, connection, before, compute_digests)
        return
    for statement, rows in _read_statements():
        if rows is None:
            connection.exec_driver_sql(statement)
        else:
            connection.exec_driver_sql(statement, rows)


@cache
def _read_statements() -> list[tuple[str, list[tuple[Any, ...]] | None]]:
    """Return statements, each with the rows it is executed for, if it has parameters."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "news.db"
        engine = make_engine(parse_url(f"sqlite:///{file}"))
        with schema._locked(engine) as connection:
            migrate(engine, connection, None)
        engine.dispose()
        with closing(sqlite3.connect(file)) as made:
            kinds = {name: kind for _, name, kind, *_ in made.execute("PRAGMA table_list")}
            listed = made.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
            statements = [(sql, None) for name, sql in listed if kinds.get(name) != "shadow"]
            tables = [name for name, _ in listed if kinds.get(name) == "table"]
            return statements + [insert for name in tables if (insert := _insert(made, name))[1]]


def _insert(connection: sqlite3.Connection, table: str) -> tuple[str, list[tuple[Any, ...]]]:
    rows = connection.execute(f"SELECT * FROM {table}").fetchall()
    return f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0] if rows else ()))})", rows
