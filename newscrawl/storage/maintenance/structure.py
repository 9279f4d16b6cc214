"""Checks of the database itself: its file, indexes, views and data dictionary."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Index, inspect, select
from sqlalchemy.exc import DatabaseError

from newscrawl.storage import views
from newscrawl.storage.docs import dictionary
from newscrawl.storage.maintenance.check import Check, CheckResult
from newscrawl.storage.schema import fill_dictionary
from newscrawl.storage.tables import Base, MeaningRow, table_of

_MEANINGS = table_of(MeaningRow)


def _check_file(connection: Connection) -> CheckResult:
    if connection.dialect.name == "sqlite":
        command = "PRAGMA integrity_check"
    else:
        command = f"CHECK TABLE {', '.join(Base.metadata.tables)}"
    try:
        rows = connection.exec_driver_sql(command).all()
    except DatabaseError as error:  # the damage is where the check itself has to read
        return CheckResult.of([str(error.orig)])
    # One column from SQLite; table, operation, kind and message from MariaDB.
    return CheckResult.of(
        row[0] if len(row) == 1 else f"{row[0]}: {row[3]}" for row in rows if row[-1] not in ("ok", "OK")
    )


def _rebuild_indexes(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("REINDEX")


def _find_missing_indexes(connection: Connection) -> Iterator[Index]:
    inspector = inspect(connection)
    for table in Base.metadata.tables.values():
        names = {index["name"] for index in inspector.get_indexes(table.name)}
        missing = [index for index in table.indexes if index.name not in names]
        yield from sorted(missing, key=lambda index: str(index.name))


def _create_indexes(connection: Connection) -> None:
    for index in list(_find_missing_indexes(connection)):
        index.create(connection)


def _check_views(connection: Connection) -> CheckResult:
    names = inspect(connection).get_view_names()
    return CheckResult.of(f"view {view.name}" for view in views.VIEWS if view.name not in names)


def _create_views(connection: Connection) -> None:
    views.drop(connection)
    views.create(connection)


def _check_dictionary(connection: Connection) -> CheckResult:
    stored = {(row.table_name, row.column_name): dict(row._mapping) for row in connection.execute(select(_MEANINGS))}
    expected = {(row["table_name"], row["column_name"]): row for row in dictionary.rows()}
    names = sorted(stored.keys() | expected.keys())
    return CheckResult.of(
        f"{table}.{column}".rstrip(".")
        for table, column in names
        if stored.get((table, column)) != expected.get((table, column))
    )


CHECKS = (
    Check(
        name="file",
        holds="the database finds no damage in its own pages",
        find=_check_file,
        repair=_rebuild_indexes,
        remedy="restore a backup, or try: sqlite3 OLD .recover | sqlite3 NEW",
        databases=frozenset({"sqlite", "mariadb"}),
    ),
    Check(
        name="indexes",
        holds="no index is missing",
        find=lambda connection: CheckResult.of(str(index.name) for index in _find_missing_indexes(connection)),
        repair=_create_indexes,
    ),
    Check(name="views", holds="no view is missing", find=_check_views, repair=_create_views),
    Check(
        name="dictionary",
        holds="data_dictionary describes every column",
        find=_check_dictionary,
        repair=fill_dictionary,
    ),
)
