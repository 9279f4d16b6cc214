"""The log of exports, from which an export continues with what has changed since the last one."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select

from newscrawl.storage.database import Database
from newscrawl.storage.query import articles
from newscrawl.storage.query.statement import Query
from newscrawl.storage.tables import ArticleRow, ExportRow, table_of
from newscrawl.storage.values import split

_EXPORTS = table_of(ExportRow)
_CHUNK = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What identifies an export: one of the same target, format and conditions continues it."""

    target: str
    """The absolute path of the file or folder; "-" for the standard output."""
    format: str
    conditions: Mapping[str, Any]
    """Which articles are exported, as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A finished export. Times are UTC."""

    exported_at: datetime
    changed_through: datetime | None
    """The export has seen every change up to this moment; None: the archive was empty."""
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The articles to export."""

    ids: array[int]
    changed_through: datetime | None
    """As in Exported."""


class ExportStore(Database):
    """The part of Store that selects articles for an export and records finished ones."""

    def selection(self, query: Query) -> Selection:
        # The bound is read first: what changes meanwhile is beyond it, and belongs to the next export.
        with self._reading_settled() as connection:
            through = connection.scalar(select(func.max(ArticleRow.changed_at)))
        with self._reading() as connection:
            return Selection(ids=articles.ids(connection, query), changed_through=through)

    def span(self, ids: Sequence[int]) -> tuple[datetime, datetime] | None:
        """When the oldest and the newest of these articles were published; None if no article has a date."""
        bounds = select(func.min(ArticleRow.published_at), func.max(ArticleRow.published_at))
        moments: list[datetime] = []
        with self._reading() as connection:
            for part in split(ids, _CHUNK):
                moments += filter(None, connection.execute(bounds.where(ArticleRow.id.in_(part))).one())
        return (min(moments), max(moments)) if moments else None

    def last_export(self, export: Export) -> Exported | None:
        same = (_EXPORTS.c.target == export.target, _EXPORTS.c.format == export.format)
        with self._reading() as connection:
            for row in connection.execute(select(_EXPORTS).where(*same).order_by(_EXPORTS.c.id.desc())):
                if row.conditions == dict(export.conditions):
                    return Exported(
                        exported_at=row.exported_at, changed_through=row.changed_through, articles=row.articles
                    )
        return None

    def enter_export(self, export: Export, articles: int, changed_through: datetime | None) -> None:
        row = {
            "target": export.target,
            "format": export.format,
            "conditions": dict(export.conditions),
            "articles": articles,
            "changed_through": changed_through,
            "exported_at": datetime.now(UTC),
        }
        self._write_concurrently(lambda connection: connection.execute(insert(_EXPORTS).values(row)))
