"""The data dictionary: the comments of tables and views, as rows for the database and as docs/schema.md."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy.dialects import sqlite

from newscrawl.storage.tables import Base
from newscrawl.storage.views import VIEWS

_OPENING = """\
# The database

Written by `scrapy db schema > docs/schema.md`; the checks fail when it is stale. The table `data_dictionary` holds the
same text. Types are those of SQLite. The examples, all of one invented article, are written as SQLite shows them. All
times are UTC. [questions.md](questions.md) has queries for most tables.
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column holds; without a name, what its table or view holds."""

    column: str
    meaning: str
    type: str = ""
    unit: str | None = None
    example: str | None = None


@cache
def load_examples() -> dict[str, Any]:
    """Read examples.toml: `tables` and `views`, by column, in the type of the column; and `units`."""
    return tomllib.loads((files("newscrawl.storage.docs") / "examples.toml").read_text(encoding="utf-8"))


def example(table: str, column: str) -> Any:
    """An example of a column of a table or view, in the column's type. Raises KeyError if there is none."""
    examples = load_examples()
    if table in examples["tables"]:
        return examples["tables"][table][column]
    view = examples["views"][table]
    return view[column] if column in view else examples["tables"][view["of"]][column]


def rows() -> list[dict[str, Any]]:
    """The rows of the table `data_dictionary`."""
    return [
        {
            "table_name": name,
            "column_name": each.column,
            "position": position,
            "meaning": each.meaning,
            "unit": each.unit,
            "example": each.example,
        }
        for name, meanings in _read_meanings()
        for position, each in enumerate(meanings)
    ]


def markdown() -> str:
    """Write docs/schema.md."""
    parts = [_OPENING, "\n", *_diagram()]
    for name, (own, *columns) in _read_meanings():
        parts.append(f"\n## {name}\n\n{own.meaning}\n\n| column | type | holds | example |\n|---|---|---|---|\n")
        parts += (
            f"| `{each.column}` | {each.type} | {_cell(each.meaning)} | `{_cell(each.example or '')}` |\n"
            for each in columns
        )
    digests = (files("newscrawl.storage.docs") / "digests.md").read_text(encoding="utf-8")
    return "".join([*parts, digests])


def as_shown(value: Any) -> str:
    """A value as SQLite's shell shows it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return str(int(value) if isinstance(value, bool) else value)


def _diagram() -> Iterator[str]:
    yield "```mermaid\nerDiagram\n"
    tables = Base.metadata.tables.values()
    referenced = {key.column.table.name for table in tables for key in table.foreign_keys}
    alone = []
    for table in tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            one = "|o" if key.parent.nullable else "||"
            yield f"  {key.column.table.name} {one}--o{{ {table.name} : {key.parent.name}\n"
        if not table.foreign_keys and table.name not in referenced:
            alone.append(f"`{table.name}`")
    listed = f"{', '.join(alone[:-1])} and {alone[-1]}"
    yield f"```\n\n{listed} refer to no other table. The views at the end are made of these tables.\n"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _read_meanings() -> Iterator[tuple[str, list[Meaning]]]:
    """Each table and view with its meanings; the first is its own, the others are those of its columns."""
    for table in Base.metadata.tables.values():
        columns = (
            _describe(
                table.name,
                column.name,
                column.comment or "",
                column.type.compile(sqlite.dialect()),
                "" if column.nullable else ", never NULL",
            )
            for column in table.columns
        )
        yield table.name, [Meaning("", table.comment or ""), *columns]
    for view in VIEWS:
        columns = (_describe(view.name, name, meaning) for name, meaning in view.columns.items())
        yield view.name, [Meaning("", view.meaning), *columns]


def _describe(table: str, column: str, meaning: str, type_: str = "", suffix: str = "") -> Meaning:
    # None if the column is no count, or its name says what it counts.
    counted: str | None = load_examples()["units"].get(column)
    type_ = f"{type_} ({counted})" if type_ and counted else type_ or counted or ""
    return Meaning(column, meaning, type_ + suffix, counted, as_shown(example(table, column)))
