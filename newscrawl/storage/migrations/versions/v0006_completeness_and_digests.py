"""Complete or cut captures, digests of what is stored, and the extractor that refused a page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAME = sa.String(500)
DIGEST = sa.String(64)
ID = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
COLUMNS: tuple[tuple[str, sa.Column[object]], ...] = (
    ("pages", sa.Column("extractor", NAME)),
    ("captures", sa.Column("complete", sa.Boolean, nullable=False, server_default=sa.true())),
    ("captures", sa.Column("incomplete_reason", NAME)),
    ("articles", sa.Column("complete", sa.Boolean, nullable=False, server_default=sa.true())),
    ("articles", sa.Column("content_digest", DIGEST)),
    ("revisions", sa.Column("content_digest", DIGEST)),
    ("runs", sa.Column("root", DIGEST)),
)
CAPTURE_KEY = "fk_revisions_capture_id"


def upgrade() -> None:
    """Add what an interrupted upgrade has not added yet: MariaDB commits every ALTER."""
    for table, column in COLUMNS:
        if column.name not in _read_names(table, "columns"):
            op.add_column(table, column)
    # SQLite copies the table for a foreign key. It is small: a version has a text only if the next one has another.
    with op.batch_alter_table("revisions") as revisions:
        if "capture_id" not in _read_names("revisions", "columns"):
            revisions.add_column(sa.Column("capture_id", ID))
        if "ix_revisions_capture_id" not in _read_names("revisions", "indexes"):
            revisions.create_index("ix_revisions_capture_id", ["capture_id"])
        if CAPTURE_KEY not in _read_names("revisions", "foreign_keys"):
            revisions.create_foreign_key(CAPTURE_KEY, "captures", ["capture_id"], ["id"], ondelete="SET NULL")


def _read_names(table: str, kind: str) -> set[str | None]:
    return {each["name"] for each in getattr(sa.inspect(op.get_bind()), f"get_{kind}")(table)}
