"""Rows that name another one by its number, and that one is gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, ForeignKey, Select, delete, exists, func, insert, select, update

from newscrawl.storage.crawl_state.runs import KILLED
from newscrawl.storage.maintenance.check import Check, Found, rows
from newscrawl.storage.tables import Base, RunRow, table_of

_RUNS = table_of(RunRow)


def _keys() -> Iterator[ForeignKey]:
    for table in Base.metadata.sorted_tables:
        yield from sorted(table.foreign_keys, key=lambda key: key.parent.name)


def _is_orphan(key: ForeignKey) -> ColumnElement[bool]:
    parent = key.column.table.alias()
    return key.parent.is_not(None) & ~exists().where(parent.c[key.column.name] == key.parent)


def _orphans(key: ForeignKey) -> Select[*tuple[Any, ...]]:
    """Such as: topics.article_id 12."""
    return select(key.parent.label(f"{key.parent.table.name}.{key.parent.name}")).where(_is_orphan(key))


def _part(connection: Connection) -> None:
    """Drop what hangs on nothing; but a page outlives its article, and a run that is gone gets a row."""
    for key in _keys():
        if key.column.table is _RUNS:
            _make_runs(connection, key)
        elif key.parent.nullable:
            values: dict[str, Any] = {key.parent.name: None}
            connection.execute(update(key.parent.table).where(_is_orphan(key)).values(values))
        else:
            connection.execute(delete(key.parent.table).where(_is_orphan(key)))


def _make_runs(connection: Connection, key: ForeignKey) -> None:
    """Rows for the runs that these rows name and that are gone: nothing is known of them but the spider."""
    spider = key.parent.table.c.get("spider")
    named = func.max(spider) if spider is not None else select(func.max(_RUNS.c.spider)).scalar_subquery()
    lost = select(key.parent, named).where(_is_orphan(key)).group_by(key.parent)
    now = datetime.now(UTC)
    known = {"arguments": {}, "started_at": now, "ended_at": now, "finish_reason": KILLED, "counts": {}}
    made = [{"id": number, "spider": name or "unknown", **known} for number, name in connection.execute(lost)]
    if made:
        connection.execute(insert(_RUNS), made)


def _find(connection: Connection) -> Found:
    return rows(connection, *map(_orphans, _keys()))


CHECKS = (Check(name="orphans", holds="what a row names by its number is there", find=_find, repair=_part),)
