"""The data dictionary: the comments of tables and views, as rows for the database and as docs/schema.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

from newscrawl.storage.tables import Base
from newscrawl.storage.views import VIEWS

_OPENING = """\
# The database

Written by `scrapy db schema > docs/schema.md`; the checks fail when it is stale. The same text stands in the database,
as the table `data_dictionary`. Types are SQLite's; all times are UTC.
"""


def rows() -> list[dict[str, Any]]:
    """Rows of `data_dictionary`: table_name, column_name, position, meaning."""
    return [
        {"table_name": name, "column_name": column, "position": position, "meaning": meaning}
        for name, columns in _all()
        for position, (column, _type, meaning) in enumerate(columns)
    ]


def markdown() -> str:
    """docs/schema.md."""
    parts = [_OPENING]
    for name, ((_, _, meaning), *columns) in _all():
        lines = [f"| `{column}` | {kind} | {_cell(said)} |" for column, kind, said in columns]
        parts.append(
            "\n".join([f"\n## {name}\n\n{meaning}\n", "| column | type | holds |", "|---|---|---|", *lines, ""])
        )
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _all() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Each table and view with (column, type, meaning); the first, without a column, is its own."""
    for table in Base.metadata.tables.values():
        yield table.name, [("", "", table.comment or ""), *_columns(table)]
    for view in VIEWS:
        yield view.name, [("", "", view.meaning), *((name, "", meaning) for name, meaning in view.columns.items())]


def _columns(table: Table) -> Iterator[tuple[str, str, str]]:
    for column in table.columns:
        kind = column.type.compile(sqlite.dialect())
        yield column.name, kind if column.nullable else f"{kind}, never NULL", column.comment or ""
