"""Exports that were made, and what has changed since."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from newscrawl.storage.query import articles
from newscrawl.storage.query.statement import Query
from newscrawl.storage.tables import ArticleRow, ExportRow, table_of
from newscrawl.storage.values import split

_EXPORTS = table_of(ExportRow)
_CHUNK = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What an export is known by: another of the same goes on from it."""

    target: str
    """The file or folder, from the root; "-" for the standard output."""
    format: str
    conditions: Mapping[str, Any]
    """Which articles are asked for, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """An export that was finished. Times are UTC."""

    exported_at: datetime
    changed_through: datetime | None
    """Every article that had changed until then was seen; None: none was there."""
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The articles to export, and the bound of what has been looked at with them."""

    ids: array[int]
    changed_through: datetime | None
    """As in Exported."""


def last(connection: Connection, export: Export) -> Exported | None:
    """The last one of the same; None: there is none."""
    same = (_EXPORTS.c.target == export.target, _EXPORTS.c.format == export.format)
    for row in connection.execute(select(_EXPORTS).where(*same).order_by(_EXPORTS.c.id.desc())):
        if row.conditions == dict(export.conditions):
            return Exported(exported_at=row.exported_at, changed_through=row.changed_through, articles=row.articles)
    return None


def selection(connection: Connection, query: Query) -> Selection:
    """The articles of a query. The bound is read first: what changes meanwhile is beyond it, and comes again."""
    through = connection.scalar(select(func.max(ArticleRow.changed_at)))
    return Selection(ids=articles.ids(connection, query), changed_through=through)


def span(connection: Connection, ids: Sequence[int]) -> tuple[datetime, datetime] | None:
    """When the oldest and the newest of these articles came out; None: of none of them is that known."""
    found: list[datetime] = []
    for part in split(ids, _CHUNK):
        asked = select(func.min(ArticleRow.published_at), func.max(ArticleRow.published_at))
        found += filter(None, connection.execute(asked.where(ArticleRow.id.in_(part))).one())
    return (min(found), max(found)) if found else None


def enter(connection: Connection, export: Export, articles: int, changed_through: datetime | None) -> None:
    """Enter that an export is finished now."""
    connection.execute(
        insert(_EXPORTS).values(
            target=export.target,
            format=export.format,
            conditions=dict(export.conditions),
            articles=articles,
            changed_through=changed_through,
            exported_at=datetime.now(UTC),
        )
    )
