"""The history of the schema, for Alembic. How to add to it stands in docs/design.md."""
