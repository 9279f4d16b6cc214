"""Some articles as a newscrawl database of their own, with all that hangs on them, under the same numbers."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table, insert, select
from sqlalchemy.engine import URL

from newscrawl.errors import StorageError
from newscrawl.storage import schema
from newscrawl.storage.driver_errors import refusals
from newscrawl.storage.engine import make_engine, outside, snapshot
from newscrawl.storage.query import articles
from newscrawl.storage.query.statement import Query
from newscrawl.storage.tables import ArticleRow, Base, table_of

Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""

_ARTICLES = table_of(ArticleRow)
_BATCH = 200

_Rows = list[dict[str, Any]]


def copy(source: Engine, target: Path, query: Query, progress: Progress | None = None) -> int:
    """Make the SQLite file `target`, and put the articles of a query into it; how many.

    With them go their revisions, keys, pages and captures, and of authors and runs those that are named. What says that
    two articles hang together goes where both do; a column that may be empty is, where it names one that stays. All is
    of one moment of `source`, which may be of any kind. The file needs no other beside it (no WAL), so that it may be
    read where nothing can be written. Raises StorageError where it is there already, or cannot be written.
    """
    if target.exists():
        raise StorageError(f"{target}: is there already")
    made = make_engine(URL.create("sqlite", database=str(target)))
    try:
        schema.prepare(made, create=True)
        with snapshot(source) as connection, refusals(made.url), made.connect() as file:
            # A file that is not whole is nobody's; and an article may name one that is copied after it.
            outside(file, "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF")
            file.execution_options(newscrawl_begin="BEGIN")
            wanted = array("q", sorted(articles.ids(connection, query)))
            _fill(connection, file, wanted, progress or (lambda done, total: None))
            outside(file, "PRAGMA journal_mode = DELETE")
    finally:
        made.dispose()
    return len(wanted)


def _fill(source: Connection, file: Connection, wanted: array[int], progress: Progress) -> None:
    there: defaultdict[Table, set[int]] = defaultdict(set)
    for start in range(0, len(wanted), _BATCH):
        with file.begin():
            found = _batch(source, wanted[start : start + _BATCH], there)
            _insert(file, {table: _alone(table, rows, wanted) for table, rows in found.items()})
        progress(min(start + _BATCH, len(wanted)), len(wanted))


def _batch(source: Connection, ids: Collection[int], there: Mapping[Table, set[int]]) -> Mapping[Table, _Rows]:
    """Rows of these articles and of what hangs on them; and those that these name, but for what is `there`."""
    found = {_ARTICLES: _select(source, _ARTICLES, _ARTICLES.c.id, ids)}
    found |= dict(_below(source, _ARTICLES, ids))
    named: defaultdict[Table, set[int]] = defaultdict(set)
    for table, rows in found.items():
        for column, other in _names(table):
            if other not in found:
                named[other].update(row[column.name] for row in rows if row[column.name] is not None)
    for table, numbers in named.items():
        new = numbers - there[table]
        there[table].update(new)
        found[table] = _select(source, table, table.c.id, new)
    return found


def _below(source: Connection, table: Table, ids: Collection[int]) -> Iterator[tuple[Table, _Rows]]:
    """The rows of other tables that belong to those of `table` with these ids, and what belongs to them."""
    for other in Base.metadata.sorted_tables:
        if columns := [column for column, owner in _names(other) if owner is table]:
            rows = _select(source, other, columns[0], ids)
            yield other, rows
            yield from _below(source, other, [row["id"] for row in rows if "id" in row])


def _alone(table: Table, rows: _Rows, wanted: array[int]) -> _Rows:
    """The rows without what names, beside the article that they belong to, one that is not `wanted`."""
    for column in [column for column, owner in _names(table) if owner is _ARTICLES][1:]:
        if column.nullable:
            rows = [row if _has(wanted, row[column.name]) else {**row, column.name: None} for row in rows]
        else:
            rows = [row for row in rows if _has(wanted, row[column.name])]
    return rows


def _has(wanted: array[int], number: int | None) -> bool:
    at = bisect_left(wanted, number) if number is not None else len(wanted)
    return at < len(wanted) and wanted[at] == number


def _names(table: Table) -> Iterator[tuple[Column[Any], Table]]:
    """The columns of `table` that name rows of others."""
    for column in table.columns:
        for key in column.foreign_keys:
            yield column, key.column.table


def _select(source: Connection, table: Table, column: Column[Any], values: Collection[int]) -> _Rows:
    if not values:
        return []
    return [dict(row) for row in source.execute(select(table).where(column.in_(values))).mappings()]


def _insert(file: Connection, found: Mapping[Table, _Rows]) -> None:
    for table in Base.metadata.sorted_tables:
        if rows := found.get(table):
            file.execute(insert(table), rows)
