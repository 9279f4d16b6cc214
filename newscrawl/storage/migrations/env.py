"""The environment in which Alembic runs a migration, with the connection of newscrawl.storage.schema."""

from __future__ import annotations

from alembic import context
from sqlalchemy.schema import SchemaItem

from newscrawl.storage.search import PREFIX
from newscrawl.storage.tables import Base


def is_ours(_item: SchemaItem, name: str | None, *_rest: object) -> bool:
    """Whether Alembic should compare this table, column or index with tables.py, which has none for full text."""
    return not (name or "").startswith(PREFIX)


def migrate() -> None:
    """Run the migrations in the transaction of that connection."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        version_table="newscrawl_version",
        transactional_ddl=True,
        include_object=is_ours,
    )
    context.run_migrations()


if hasattr(context, "config"):  # only when Alembic runs this file
    migrate()
