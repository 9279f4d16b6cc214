"""What Alembic runs a migration in: the connection that newscrawl.storage.schema hands it."""

from __future__ import annotations

from alembic import context
from sqlalchemy.schema import SchemaItem

from newscrawl.storage.search import PREFIX
from newscrawl.storage.tables import Base


def ours(_item: SchemaItem, name: str | None, *_rest: object) -> bool:
    """Whether Alembic should compare this table, column or index with the models: the full-text ones have none."""
    return not (name or "").startswith(PREFIX)


def migrate() -> None:
    """Run the migrations in the transaction of the connection that was handed over."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        version_table="newscrawl_version",
        transactional_ddl=True,
        include_object=ours,
    )
    context.run_migrations()


if hasattr(context, "config"):  # not so when something else than Alembic imports this file
    migrate()
