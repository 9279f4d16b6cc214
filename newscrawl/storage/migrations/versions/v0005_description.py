"""The description that an article's metadata gives of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LONG = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    """Add the column, unless an interrupted upgrade has: MariaDB commits every ALTER."""
    columns = sa.inspect(op.get_bind()).get_columns("articles")
    if "description" not in [column["name"] for column in columns]:
        op.add_column("articles", sa.Column("description", LONG, nullable=True))
