"""The tables of each schema version that users have, on record: schemas/VERSION.DATABASE.txt.

Once a version is on record, its tables are changed by a new migration only. For a release, add it to RELEASES; then
`python -m tests.storage.schema_records` writes the record of the newest schema version, on each database.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Engine, inspect

from newscrawl.storage import schema
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.search import PREFIX
from tests.storage.released import SCHEMAS, migrate

RELEASES: dict[str, str] = {"1.0.0": "0007"}
"""The schema version of each release of newscrawl: {"1.0.0": "0007"}."""


def list_recorded(kind: str) -> list[str]:
    """List the versions whose tables on this kind of database are on record."""
    return sorted(file.name.partition(".")[0] for file in SCHEMAS.glob(f"*.{kind}.txt"))


def find_record(version: str, kind: str) -> Path:
    return SCHEMAS / f"{version}.{kind}.txt"


def describe_tables(engine: Engine) -> str:
    """Describe the tables of a database: a line for each column, key and index."""
    inspector = inspect(engine)
    lines: list[str] = []
    for table in sorted(inspector.get_table_names()):
        if table.startswith((PREFIX, schema.VERSION_TABLE)):
            continue
        lines.append(f"{table} ({_join(inspector.get_pk_constraint(table)['constrained_columns'])})")
        for column in inspector.get_columns(table):
            kind, null = column["type"].compile(engine.dialect), "" if column["nullable"] else " NOT NULL"
            default = "" if column["default"] is None else f" DEFAULT {column['default']}"
            lines.append(f"  {column['name']} {kind}{null}{default}")
        keys = [
            f"  ({_join(key['constrained_columns'])}) -> {key['referred_table']} ({_join(key['referred_columns'])})"
            f" {key['options'].get('ondelete', '')}".rstrip()
            for key in inspector.get_foreign_keys(table)
        ]
        indexes = [
            f"  {'unique ' if index['unique'] else ''}index {index['name']} ({_join(index['column_names'])})"
            for index in inspector.get_indexes(table)
            if not (index["name"] or "").startswith(PREFIX)
        ]
        unique = [f"  unique ({_join(key['column_names'])})" for key in inspector.get_unique_constraints(table)]
        lines += sorted(keys + indexes + unique)
    return "\n".join(lines) + "\n"


def _join(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))


def main() -> None:
    """Write the record of the newest version."""
    from tests.storage.conftest import SERVERS, scratch

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        urls = {"sqlite": f"sqlite:///{folder}/news.db"}
        urls |= {kind: stack.enter_context(scratch(kind, "newscrawl_record")) for kind in SERVERS}
        for kind, url in urls.items():
            engine = make_engine(parse_url(url))
            migrate(engine, schema.head())
            find_record(schema.head(), kind).write_text(describe_tables(engine), "utf-8")
            engine.dispose()


if __name__ == "__main__":
    main()
