"""Some of the articles as a newscrawl database of their own, with all their rows, under the same ids."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, insert, select
from sqlalchemy.engine import URL

from newscrawl.errors import DamagedRowError, StorageError
from newscrawl.storage import schema
from newscrawl.storage.database import Database
from newscrawl.storage.driver_errors import translate_errors
from newscrawl.storage.engine import make_engine, run_outside_transaction
from newscrawl.storage.maintenance.backup import CopyProgress
from newscrawl.storage.maintenance.content import find_damaged_in
from newscrawl.storage.query import articles
from newscrawl.storage.query.statement import Query
from newscrawl.storage.tables import ArticleRow, Base, RunRow, WatchMatchRow, table_of
from newscrawl.storage.transactions import snapshot
from newscrawl.storage.values import split

_ARTICLES, _RUNS = map(table_of, (ArticleRow, RunRow))
_OWN = table_of(WatchMatchRow)
"""Saved searches and their addresses stay with the archive that they search."""
_BATCH = 200

_Rows = list[dict[str, Any]]


class SubsetStore(Database):
    """The part of Store that copies some articles into a new database."""

    def subset(
        self,
        target: Path,
        query: Query,
        progress: CopyProgress | None = None,
        on_damage: Callable[[StorageError], None] | None = None,
    ) -> int:
        """Copy the articles of a query, as they are at one moment, into a new SQLite file; return how many there are.

        All rows that belong to them are copied, except matches of saved searches, and the authors and runs that these
        refer to. Rows that connect two articles are copied if both are; a reference that may be NULL is cleared if its
        row is not copied. `progress` is called with articles. Raises StorageError if the file exists or cannot be
        written, and for a damaged article unless `on_damage` is given: that is called with the error, and the article
        is left out.
        """
        if target.exists():
            raise StorageError(f"{target}: is there already")
        engine = make_engine(URL.create("sqlite", database=str(target)))
        try:
            schema.prepare(engine, create=True)
            with snapshot(self._engine) as source, translate_errors(engine.url), engine.connect() as file:
                # An incomplete file is of no use, so it need not survive a crash; and an article may refer to one
                # that is copied after it.
                run_outside_transaction(file, "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF")
                file.execution_options(newscrawl_begin="BEGIN")
                ids = _leave_out_damaged(source, array("q", sorted(articles.ids(source, query))), on_damage)
                _copy_articles(source, file, ids, progress or (lambda done, total: None))
                # Without a WAL beside it, the file can be read from a medium without write access.
                run_outside_transaction(file, "PRAGMA journal_mode = DELETE")
        finally:
            engine.dispose()
        return len(ids)


def _leave_out_damaged(
    source: Connection, ids: array[int], on_damage: Callable[[StorageError], None] | None
) -> array[int]:
    damaged: set[int] = set()
    for batch in split(ids, _BATCH):
        for article in find_damaged_in(source, batch):
            error = DamagedRowError(f"article {article.id}", ", ".join(article.columns))
            if on_damage is None:
                raise error
            on_damage(error)
            damaged.add(article.id or 0)
    return array("q", [number for number in ids if number not in damaged]) if damaged else ids


def _copy_articles(source: Connection, file: Connection, ids: array[int], progress: CopyProgress) -> None:
    copied: defaultdict[Table, set[int]] = defaultdict(set)
    done = 0
    for batch in split(ids, _BATCH):
        with file.begin():
            rows = _read_batch(source, batch, copied)
            for table in Base.metadata.sorted_tables:
                if complete := _clear_references(table, rows.get(table, []), ids):
                    file.execute(insert(table), complete)
        done += len(batch)
        progress(done, len(ids))


def _read_batch(source: Connection, ids: Collection[int], copied: Mapping[Table, set[int]]) -> Mapping[Table, _Rows]:
    """The rows of these articles, and those that they refer to, except for ids that are `copied` already."""
    rows = {_ARTICLES: _select(source, _ARTICLES, _ARTICLES.c.id, ids)}
    rows |= dict(_read_dependents(source, _ARTICLES, ids))
    referred: defaultdict[Table, set[int]] = defaultdict(set)
    for table, own in rows.items():
        for column, other in _references(table):
            if other not in rows:
                referred[other].update(row[column.name] for row in own if row[column.name] is not None)
    for table, numbers in referred.items():
        new = numbers - copied[table]
        copied[table].update(new)
        rows[table] = _select(source, table, table.c.id, new)
    return rows


def _read_dependents(source: Connection, table: Table, ids: Collection[int]) -> Iterator[tuple[Table, _Rows]]:
    """The rows of other tables that belong to these rows of `table`, and those that belong to them."""
    for other in Base.metadata.sorted_tables:
        columns = [column for column, owner in _references(other) if owner is table]
        if columns and other is not _OWN:
            rows = _select(source, other, columns[0], ids)
            yield other, rows
            yield from _read_dependents(source, other, [row["id"] for row in rows if "id" in row])


def _clear_references(table: Table, rows: _Rows, ids: array[int]) -> _Rows:
    """Clear or leave out references to articles that are not copied, except for the article that owns the row.

    A run has no root in a copy, which has only some of what the run stored.
    """
    if table is _RUNS:
        return [{**row, "root": None} for row in rows]
    for column in [column for column, owner in _references(table) if owner is _ARTICLES][1:]:
        if column.nullable:
            rows = [row if _contains(ids, row[column.name]) else {**row, column.name: None} for row in rows]
        else:
            rows = [row for row in rows if _contains(ids, row[column.name])]
    return rows


def _contains(ids: array[int], number: int | None) -> bool:
    at = bisect_left(ids, number) if number is not None else len(ids)
    return at < len(ids) and ids[at] == number


def _references(table: Table) -> Iterator[tuple[Column[Any], Table]]:
    """The foreign keys of a table, with the tables that they refer to."""
    for column in table.columns:
        for key in column.foreign_keys:
            yield column, key.column.table


def _select(source: Connection, table: Table, column: Column[Any], values: Collection[int]) -> _Rows:
    if not values:
        return []
    return [dict(row) for row in source.execute(select(table).where(column.in_(values))).mappings()]
