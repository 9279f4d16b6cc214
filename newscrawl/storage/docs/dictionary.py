"""The data dictionary: the comments of tables and views, as rows for the database and as docs/schema.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Table
from sqlalchemy.dialects import sqlite

from newscrawl.storage.docs.examples import example, unit
from newscrawl.storage.tables import Base
from newscrawl.storage.views import VIEWS

_OPENING = """\
# The database

Written by `scrapy db schema > docs/schema.md`; the checks fail when it is stale. The same text stands in the database,
as the table `data_dictionary`. Types are SQLite's, and so are the examples, all of one invented article; all times are
UTC. [questions.md](questions.md) asks something of most tables.
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column holds; without a name, what its table or view does."""

    column: str
    meaning: str
    kind: str = ""
    unit: str | None = None
    example: str | None = None


def rows() -> list[dict[str, Any]]:
    """Rows of `data_dictionary`."""
    told = []
    for name, meanings in _all():
        for position, meaning in enumerate(meanings):
            row = asdict(meaning)
            del row["kind"]
            told.append({"table_name": name, "column_name": row.pop("column"), "position": position, **row})
    return told


def markdown() -> str:
    """docs/schema.md."""
    parts = [_OPENING, "\n", *_diagram()]
    for name, (own, *columns) in _all():
        lines = [f"| `{each.column}` | {each.kind} | {_cell(each.meaning)} | {_code(each)} |" for each in columns]
        heading = ["| column | type | holds | example |", "|---|---|---|---|"]
        parts.append("\n".join([f"\n## {name}\n\n{own.meaning}\n", *heading, *lines, ""]))
    return "".join(parts)


def as_shown(value: Any) -> str:
    """A value as SQLite's shell shows it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return str(int(value) if isinstance(value, bool) else value)


def _diagram() -> Iterator[str]:
    """How the tables hang together, as Mermaid draws it, from their foreign keys."""
    yield "```mermaid\nerDiagram\n"
    alone = []
    for table in Base.metadata.tables.values():
        keys = sorted(table.foreign_keys, key=lambda key: key.parent.name)
        yield from (f"  {_relation(key)}\n" for key in keys)
        if not keys and not any(key.references(table) for key in _foreign_keys()):
            alone.append(f"`{table.name}`")
    yield f"```\n\nBy themselves stand {' and '.join(alone)}. The views at the end are made of these tables.\n"


def _foreign_keys() -> list[ForeignKey]:
    return [key for table in Base.metadata.tables.values() for key in table.foreign_keys]


def _relation(key: ForeignKey) -> str:
    one = "|o" if key.parent.nullable else "||"
    return f"{key.column.table.name} {one}--o{{ {key.parent.table.name} : {key.parent.name}"


def _code(each: Meaning) -> str:
    return f"`{_cell(each.example or '')}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _all() -> Iterator[tuple[str, list[Meaning]]]:
    """Each table and view with the meanings of its columns; the first is its own."""
    for table in Base.metadata.tables.values():
        yield table.name, [Meaning("", table.comment or ""), *_columns(table)]
    for view in VIEWS:
        told = (_meaning(view.name, name, meaning) for name, meaning in view.columns.items())
        yield view.name, [Meaning("", view.meaning), *told]


def _columns(table: Table) -> Iterator[Meaning]:
    for column in table.columns:
        kind = column.type.compile(sqlite.dialect())
        told = _meaning(table.name, column.name, column.comment or "", kind)
        yield told if column.nullable else replace(told, kind=f"{told.kind}, never NULL")


def _meaning(table: str, column: str, meaning: str, kind: str = "") -> Meaning:
    counted = unit(column)
    told = f"{kind} ({counted})" if kind and counted else kind or counted or ""
    return Meaning(column, meaning, told, counted, as_shown(example(table, column)))
