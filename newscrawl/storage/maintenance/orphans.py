"""Checks of foreign keys: rows that refer to a row which does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, ForeignKey, delete, exists, func, insert, select, update

from newscrawl.storage.crawl_state.runs import KILLED
from newscrawl.storage.maintenance.check import Check, CheckResult, count_rows
from newscrawl.storage.tables import Base, RunRow, table_of

_RUNS = table_of(RunRow)


def _foreign_keys() -> Iterator[ForeignKey]:
    for table in Base.metadata.sorted_tables:
        yield from sorted(table.foreign_keys, key=lambda key: key.parent.name)


def _is_orphan(key: ForeignKey) -> ColumnElement[bool]:
    parent = key.column.table.alias()
    return key.parent.is_not(None) & ~exists().where(parent.c[key.column.name] == key.parent)


def _find_orphans(connection: Connection) -> CheckResult:
    violations = []
    for key in _foreign_keys():
        name = f"{key.parent.table.name}.{key.parent.name}"
        violations.append(select(key.parent.label(name)).where(_is_orphan(key)))
    return count_rows(connection, *violations)


def _remove_orphans(connection: Connection) -> None:
    """Delete orphans, or clear the reference where it may be NULL; a missing run gets a row instead."""
    for key in _foreign_keys():
        if key.column.table is _RUNS:
            _insert_runs(connection, key)
        elif key.parent.nullable:
            values: dict[str, Any] = {key.parent.name: None}
            connection.execute(update(key.parent.table).where(_is_orphan(key)).values(values))
        else:
            connection.execute(delete(key.parent.table).where(_is_orphan(key)))


def _insert_runs(connection: Connection, key: ForeignKey) -> None:
    # Nothing is known about a lost run but its spider.
    spider = key.parent.table.c.get("spider")
    name = func.max(spider) if spider is not None else select(func.max(_RUNS.c.spider)).scalar_subquery()
    lost = connection.execute(select(key.parent, name).where(_is_orphan(key)).group_by(key.parent))
    now = datetime.now(UTC)
    run = {"arguments": {}, "started_at": now, "ended_at": now, "finish_reason": KILLED, "counts": {}}
    runs = [{"id": run_id, "spider": spider_name or "unknown", **run} for run_id, spider_name in lost]
    if runs:
        connection.execute(insert(_RUNS), runs)


CHECKS = (
    Check(
        name="orphans",
        holds="every row that another row refers to exists",
        find=_find_orphans,
        repair=_remove_orphans,
    ),
)
