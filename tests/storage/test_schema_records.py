"""Once a version of the schema is released, its tables change by a new migration only; and its rows are tested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import inspect

from newscrawl import __version__
from newscrawl.storage import schema
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.search import PREFIX
from tests.storage.conftest import SERVERS
from tests.storage.released import BASELINE, ROWS, make, migrate
from tests.storage.schema_records import RELEASES, describe_tables, find_record, list_recorded

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
NEVER_FILLED = {
    *(f"articles.{name}" for name in ("updated_at", "canonical_url", "post_id", "correction")),
    *(f"articles.dateline_{name}" for name in ("place", "date_text", "agency")),
    *("contacts.place", "contacts.email", "images.url", "images.credit", "captures.reason"),
    *(f"lists.{name}" for name in ("reason", "index_url", "lastmod", "last_modified", "span_seconds")),
    *("lists.new_at", "lists.checked_at"),
    *("revisions.correction", "revisions.body_text", "revisions.body", "archive_files.finished_at"),
}
"""Columns without a value in the rows of the baseline."""


def test_the_tables_of_recorded_versions_are_as_they_were(kind: str, empty_url: str) -> None:
    """A change of a released table is a new migration: docs/stability.md promises that nothing else changes it."""
    engine = make_engine(parse_url(empty_url))
    assert list_recorded(kind)
    for version in list_recorded(kind):
        migrate(engine, version)
        assert describe_tables(engine) == find_record(version, kind).read_text("utf-8")
    engine.dispose()


def test_every_release_has_its_tables_on_record() -> None:
    """tests/storage/schema_records.py says how to record them."""
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", CHANGELOG.read_text("utf-8"), re.MULTILINE)
    assert set(RELEASES) == set(released)
    assert __version__ in released or __version__.startswith("0.") or "dev" in __version__
    for version in RELEASES.values():
        for kind in ("sqlite", *SERVERS):
            assert find_record(version, kind).exists(), f"python -m tests.storage.schema_records writes {version}"
    assert max(RELEASES.values(), default=BASELINE) <= schema.head()


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("version", ROWS)
def test_the_rows_of_a_version_fill_every_table_and_column(empty_url: str, version: str) -> None:
    engine = make_engine(parse_url(empty_url))
    make(engine, version)
    described = {
        f"{table}.{column['name']}"
        for table in inspect(engine).get_table_names()
        if table != "data_dictionary" and not table.startswith((PREFIX, schema.VERSION_TABLE))
        for column in inspect(engine).get_columns(table)
    }
    engine.dispose()
    filled = {
        f"{table}.{name}"
        for table, rows in ROWS[version].items()
        for row in rows
        for name, value in row.items()
        if value is not None
    }
    assert described - filled <= NEVER_FILLED
