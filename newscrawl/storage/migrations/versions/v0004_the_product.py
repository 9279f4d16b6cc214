"""What asking, comparing and exporting need: when a row changed, exports that were made, an index by section.

Never changed after a release. It may be begun again where it was broken off: MariaDB commits every change of a table.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql, sqlite

from newscrawl.storage.columns import UtcDateTime
from newscrawl.storage.search import postgresql as postgresql_search

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
NAME = sa.String(500)
LONG = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
EXACT: dict[str, Any] = {
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_nopad_bin",
}


def upgrade() -> None:
    """Add them; of an article that is there, it is taken that it changed when it was fetched."""
    _say_when_articles_changed()
    _make_exports()
    if op.get_bind().dialect.name == "postgresql":
        postgresql_search.remake(op.get_bind())  # until then it kept accents, and "state-of-the-art" as one word


def _say_when_articles_changed() -> None:
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("articles")}
    if "changed_at" not in there:
        op.add_column(
            "articles",
            sa.Column(
                "changed_at",
                UtcDateTime(),
                nullable=False,
                server_default=sa.text("'1970-01-01 00:00:00'"),
                comment="When this row last changed here; UTC, never before that of a row that changed earlier.",
            ),
        )
    articles = sa.table("articles", sa.column("changed_at"), sa.column("fetched_at"))
    op.execute(sa.update(articles).values(changed_at=articles.c.fetched_at))
    op.create_index("ix_articles_changed_at_id", "articles", ["changed_at", "id"], if_not_exists=True)
    op.create_index("ix_articles_section_published_at", "articles", ["section", "published_at"], if_not_exists=True)


def _make_exports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", ID, nullable=False, comment="Number of the export."),
        sa.Column("target", LONG, nullable=False, comment="The file or folder, from the root."),
        sa.Column("format", NAME, nullable=False, comment="Its form: jsonl, csv, parquet and so on."),
        sa.Column("conditions", JSON, nullable=False, comment="Which articles were asked for: JSON object."),
        sa.Column("articles", sa.Integer(), nullable=False, comment="How many articles were written."),
        sa.Column(
            "changed_through",
            UtcDateTime(),
            nullable=True,
            comment="Every article that changed until then (articles.changed_at) was seen; UTC. NULL: none was there.",
        ),
        sa.Column("exported_at", UtcDateTime(), nullable=False, comment="When it was finished; UTC."),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
        comment="Every `scrapy export` that was finished: what the next one with `--since last` goes on from.",
        if_not_exists=True,
        **EXACT,
    )
