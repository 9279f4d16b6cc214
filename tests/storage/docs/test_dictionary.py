"""Every column of the data dictionary has an example of its type, and every example a column."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Column, Table

from newscrawl.storage.docs.dictionary import as_shown, example, load_examples, markdown, rows
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.tables import Base
from newscrawl.storage.types import Json, LongText, UtcDateTime
from newscrawl.storage.views import VIEWS

TABLES = Base.metadata.tables
EXAMPLES = load_examples()["tables"]
COLUMNS = [column for table in TABLES.values() for column in table.columns]


def is_of_type(column: Column[Any], value: object) -> bool:
    if isinstance(column.type, Json):
        return isinstance(value, list | dict)
    if isinstance(column.type, UtcDateTime):
        return isinstance(value, datetime) and value.utcoffset() is not None
    if isinstance(column.type, LongText):
        return isinstance(value, str)
    length = getattr(column.type, "length", None) or sys.maxsize
    return type(value) is column.type.python_type and len(str(value)) <= length


def test_examples_have_the_types_of_their_columns() -> None:
    assert [str(column) for column in COLUMNS if not is_of_type(column, example(column.table.name, column.name))] == []


def test_every_example_has_a_column() -> None:
    columns = {table.name: {*table.columns.keys()} for table in TABLES.values()}
    assert {name: {*columns_} for name, columns_ in EXAMPLES.items()} == columns
    views = {view.name: {*view.columns} for view in VIEWS}
    of_views = load_examples()["views"]
    assert {*of_views} == {*views}
    assert all({*columns_} - {"of"} <= views[name] for name, columns_ in of_views.items())


@pytest.mark.parametrize("kind", ["sqlite"])
def test_the_examples_fit_together_and_are_what_sqlite_shows(url: str) -> None:
    engine = make_engine(parse_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # its cluster begins with another article
        for table in Base.metadata.sorted_tables:
            if table.name != "data_dictionary":
                connection.execute(table.insert(), [dict(EXAMPLES[table.name])])
                (shown,) = connection.exec_driver_sql(f"SELECT {', '.join(table.columns.keys())} FROM {table.name}")
                assert list(map(str, shown)) == [as_shown(value) for value in in_order(table)]
        articles = Base.metadata.tables["articles"]
        connection.execute(
            articles.insert(), {**EXAMPLES["articles"], "id": EXAMPLES["article_clusters"]["cluster_id"]}
        )
    engine.dispose()


def in_order(table: Table) -> list[object]:
    return [example(table.name, column.name) for column in table.columns]


def test_units_and_examples_are_in_the_table_and_in_the_markdown() -> None:
    row_of = {(row["table_name"], row["column_name"]): row for row in rows()}
    assert row_of["captures", "file_length"]["unit"] == "bytes"
    assert row_of["articles", "published_at"]["example"] == "2024-03-05 06:30:00"
    assert row_of["articles", ""]["example"] is None
    line = next(line for line in markdown().splitlines() if line.startswith("| `file_length` |"))
    assert line == "| `file_length` | BIGINT (bytes) | Length of its record in the file. | `21960` |"


def test_the_diagram_shows_every_foreign_key_once() -> None:
    diagram = markdown().split("```")[1].splitlines()[2:]
    keys = [key for table in TABLES.values() for key in table.foreign_keys]
    assert len({*diagram}) == len(diagram) == len(keys)
    assert "  articles |o--o{ pages : article_id" in diagram
