"""The database as such: its file, its tables' indexes, its views, its dictionary."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Index, inspect, select
from sqlalchemy.exc import DatabaseError

from newscrawl.storage import views
from newscrawl.storage.docs import dictionary
from newscrawl.storage.maintenance.check import Check, Found
from newscrawl.storage.schema import fill_dictionary
from newscrawl.storage.tables import Base, MeaningRow, table_of

_MEANINGS = table_of(MeaningRow)


def _unsound(connection: Connection) -> Found:
    if connection.dialect.name == "sqlite":
        asked = "PRAGMA integrity_check"
    else:
        asked = f"CHECK TABLE {', '.join(Base.metadata.tables)}"
    try:
        told = connection.exec_driver_sql(asked).all()
    except DatabaseError as error:  # the damage is where the check itself has to read
        return Found.of([str(error.orig)])
    said = [row[0] if len(row) == 1 else f"{row[0]}: {row[3]}" for row in told if row[-1] not in ("ok", "OK")]
    return Found.of(said)


def _sort_indexes_anew(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("REINDEX")


def _missing_indexes(connection: Connection) -> Iterator[Index]:
    there = inspect(connection)
    for table in Base.metadata.tables.values():
        names = {index["name"] for index in there.get_indexes(table.name)}
        yield from (index for index in sorted(table.indexes, key=_name) if _name(index) not in names)


def _name(index: Index) -> str:
    return str(index.name)


def _make_indexes(connection: Connection) -> None:
    for index in list(_missing_indexes(connection)):
        index.create(connection)


def _missing_views(connection: Connection) -> Found:
    there = inspect(connection).get_view_names()
    return Found.of(f"view {view.name}" for view in views.VIEWS if view.name not in there)


def _make_views(connection: Connection) -> None:
    views.drop(connection)
    views.create(connection)


def _wrong_meanings(connection: Connection) -> Found:
    told = {(row.table_name, row.column_name): dict(row._mapping) for row in connection.execute(select(_MEANINGS))}
    meant = {(row["table_name"], row["column_name"]): row for row in dictionary.rows()}
    names = sorted(told.keys() | meant.keys())
    return Found.of(f"{at[0]}.{at[1]}".rstrip(".") for at in names if told.get(at) != meant.get(at))


CHECKS = (
    Check(
        name="file",
        holds="the database finds its own pages sound",
        find=_unsound,
        repair=_sort_indexes_anew,
        remedy="restore a backup, or try: sqlite3 OLD .recover | sqlite3 NEW",
        databases=frozenset({"sqlite", "mariadb"}),
    ),
    Check(
        name="indexes",
        holds="every index is there",
        find=lambda connection: Found.of(map(_name, _missing_indexes(connection))),
        repair=_make_indexes,
    ),
    Check(name="views", holds="every view is there", find=_missing_views, repair=_make_views),
    Check(
        name="dictionary",
        holds="data_dictionary tells every column",
        find=_wrong_meanings,
        repair=fill_dictionary,
    ),
)
