"""What asking, comparing and exporting need: when a row changed, exports, clusters, indexes to count by, examples.

Never changed after a release. It may be begun again where it was broken off: MariaDB commits every change of a table.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql, sqlite

from newscrawl.storage.search import postgresql as postgresql_search
from newscrawl.storage.types import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
NAME = sa.String(500)
CODE = sa.String(40)
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
    _count_without_reading_articles()
    _make_exports()
    _give_examples()
    _make_clusters()
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


def _count_without_reading_articles() -> None:
    for columns in (("publisher", "published_at"), ("layout", "access", "language", "published_at")):
        op.create_index(f"ix_articles_{'_'.join(columns)}", "articles", list(columns), if_not_exists=True)


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


def _give_examples() -> None:
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("data_dictionary")}
    for column in (
        sa.Column("unit", CODE, nullable=True, comment="What a number counts: seconds, bytes or words."),
        sa.Column("example", LONG, nullable=True, comment="A value that it may have; NULL: of a table itself."),
    ):
        if column.name not in there:
            op.add_column("data_dictionary", column)


def _make_clusters() -> None:
    op.create_table(
        "article_clusters",
        _article("article_id", "The article: articles.id."),
        sa.Column(
            "cluster_id",
            ID,
            sa.ForeignKey("articles.id", name="fk_article_clusters_cluster_id", ondelete="SET NULL"),
            nullable=True,
            comment="The first article of its story: articles.id; itself where it is alone. NULL: compared anew soon.",
        ),
        sa.Column(
            "changed_at",
            UtcDateTime(),
            nullable=False,
            comment="The articles.changed_at with which it was compared: what changed later is still to be.",
        ),
        sa.Column("signer", CODE, nullable=False, comment="Version of what its marks (cluster_marks) were made with."),
        sa.PrimaryKeyConstraint("article_id", name="pk_article_clusters"),
        _of_article("article_clusters", "article_id"),
        comment="Which articles tell the same story: rewritten through the day, copied, corrected. "
        "Nothing is left out by it.",
        if_not_exists=True,
        **EXACT,
    )
    op.create_table(
        "cluster_marks",
        sa.Column(
            "period",
            sa.Integer(),
            nullable=False,
            autoincrement=False,
            comment="Three days of publication, counted from 1970; -1000000: a mark that is looked for at all times.",
        ),
        sa.Column(
            "mark",
            sa.BigInteger(),
            nullable=False,
            autoincrement=False,
            comment="The mark, a 64-bit number without a meaning.",
        ),
        _article("article_id", "The article: articles.id."),
        sa.PrimaryKeyConstraint("period", "mark", "article_id", name="pk_cluster_marks"),
        _of_article("cluster_marks", "article_id"),
        comment="Marks of each article's text (MinHash): articles that share one are compared word by word.",
        if_not_exists=True,
        sqlite_with_rowid=False,
        **EXACT,
    )
    op.create_table(
        "cluster_links",
        _article("article_id", "The article: articles.id."),
        _article("other_id", "The other article: articles.id."),
        sa.Column(
            "alike",
            sa.SmallInteger(),
            nullable=False,
            comment="Of all that the two tell, what both do, in thousandths (Jaccard, of four words at a time).",
        ),
        sa.Column(
            "shared",
            sa.SmallInteger(),
            nullable=False,
            comment="Of what the shorter one tells, what both do, in thousandths.",
        ),
        sa.PrimaryKeyConstraint("article_id", "other_id", name="pk_cluster_links"),
        _of_article("cluster_links", "article_id"),
        _of_article("cluster_links", "other_id"),
        comment="Pairs of articles that were found to tell the same story, each in both directions.",
        if_not_exists=True,
        sqlite_with_rowid=False,
        **EXACT,
    )
    for table, column in (
        ("article_clusters", "cluster_id"),
        ("cluster_marks", "article_id"),
        ("cluster_links", "other_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column], if_not_exists=True)
    changed = ["changed_at", "article_id"]
    op.create_index("ix_article_clusters_changed_at_article_id", "article_clusters", changed, if_not_exists=True)


def _article(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, ID, nullable=False, autoincrement=False, comment=comment)


def _of_article(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["articles.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")
