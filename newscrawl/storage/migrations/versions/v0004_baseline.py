"""The baseline: all tables of schema version 0004, the first that this package knows.

It describes the tables by itself, and must not change when tables.py does.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql, sqlite

from newscrawl.storage import search
from newscrawl.storage.tables import Base
from newscrawl.storage.types import UtcDateTime

revision = "0004"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
NAME = sa.String(500)
CODE = sa.String(40)
LONG = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
PROSE = sa.Text().with_variant(mysql.LONGTEXT(collation="utf8mb4_unicode_ci"), "mysql", "mariadb")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = UtcDateTime()
EXACT: dict[str, Any] = {
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_nopad_bin",
}
BASELINE = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sa.Table(
    "articles",
    BASELINE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("headline", PROSE, nullable=False),
    sa.Column("dek", PROSE),
    sa.Column("published_at", TIME),
    sa.Column("published_precision", CODE),
    sa.Column("updated_at", TIME),
    sa.Column("section", NAME),
    sa.Column("access", CODE, nullable=False),
    sa.Column("url", LONG, nullable=False),
    sa.Column("canonical_url", LONG),
    sa.Column("publisher", NAME, nullable=False),
    sa.Column("post_id", LONG),
    sa.Column("language", CODE),
    sa.Column("dateline_place", LONG),
    sa.Column("dateline_date_text", LONG),
    sa.Column("dateline_agency", LONG),
    sa.Column("correction", LONG),
    sa.Column("abstract", JSON, nullable=False),
    sa.Column("word_count", sa.Integer(), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("fetched_at", TIME, nullable=False),
    sa.Column("changed_at", TIME, nullable=False, server_default=sa.text("'1970-01-01 00:00:00'")),
    sa.Column("layout", NAME, nullable=False),
    sa.Column("extractor", NAME),
    sa.Column("fingerprint", CODE, nullable=False),
    sa.Column("body_text", PROSE, nullable=False),
    sa.Column("body", JSON, nullable=False),
    sa.Column("sources", JSON, nullable=False),
    sa.Index("ix_articles_changed_at_id", "changed_at", "id"),
    sa.Index("ix_articles_layout_access_language_published_at", "layout", "access", "language", "published_at"),
    sa.Index("ix_articles_published_at_id", "published_at", "id"),
    sa.Index("ix_articles_publisher_published_at", "publisher", "published_at"),
    sa.Index("ix_articles_section_published_at", "section", "published_at"),
    **EXACT,
)
sa.Table(
    "authors",
    BASELINE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("name", NAME, nullable=False),
    sa.UniqueConstraint("name"),
    **EXACT,
)
sa.Table(
    "data_dictionary",
    BASELINE,
    sa.Column("table_name", CODE, primary_key=True),
    sa.Column("column_name", CODE, primary_key=True),
    sa.Column("position", sa.Integer(), nullable=False),
    sa.Column("meaning", LONG, nullable=False),
    sa.Column("unit", CODE),
    sa.Column("example", LONG),
    sqlite_with_rowid=False,
    **EXACT,
)
sa.Table(
    "exports",
    BASELINE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("target", LONG, nullable=False),
    sa.Column("format", NAME, nullable=False),
    sa.Column("conditions", JSON, nullable=False),
    sa.Column("articles", sa.Integer(), nullable=False),
    sa.Column("changed_through", TIME),
    sa.Column("exported_at", TIME, nullable=False),
    **EXACT,
)
sa.Table(
    "runs",
    BASELINE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("spider", NAME, nullable=False),
    sa.Column("arguments", JSON, nullable=False),
    sa.Column("started_at", TIME, nullable=False),
    sa.Column("ended_at", TIME),
    sa.Column("finish_reason", NAME),
    sa.Column("exit_code", sa.Integer()),
    sa.Column("counts", JSON, nullable=False),
    sa.Column("versions", JSON),
    sa.Column("host", NAME),
    sa.Column("pid", sa.BigInteger()),
    sa.Column("process", NAME),
    sa.Column("alive_at", TIME),
    sa.Column("alone", sa.Boolean(), nullable=False, server_default=sa.true()),
    sa.Column("source", NAME, nullable=False, server_default="live"),
    sa.Index("ix_runs_spider_ended_at", "spider", "ended_at"),
    **EXACT,
)
sa.Table(
    "archive_files",
    BASELINE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("path", LONG, nullable=False),
    sa.Column("path_hash", CODE, nullable=False),
    sa.Column("size", sa.BigInteger(), nullable=False),
    sa.Column("modified_at", TIME, nullable=False),
    sa.Column("captures", sa.Integer(), nullable=False),
    sa.Column("broken", sa.Integer(), nullable=False),
    sa.Column("finished_at", TIME),
    sa.Column("run_id", ID, sa.ForeignKey("runs.id"), nullable=False),
    sa.UniqueConstraint("path_hash"),
    **EXACT,
)
sa.Table(
    "article_authors",
    BASELINE,
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("role", CODE, primary_key=True),
    sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("author_id", ID, sa.ForeignKey("authors.id"), nullable=False),
    sa.Index("ix_article_authors_author_id", "author_id"),
    sqlite_with_rowid=False,
    **EXACT,
)
sa.Table(
    "article_clusters",
    BASELINE,
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("cluster_id", ID, sa.ForeignKey("articles.id", ondelete="SET NULL")),
    sa.Column("changed_at", TIME, nullable=False),
    sa.Column("signer", CODE, nullable=False),
    sa.Index("ix_article_clusters_changed_at_article_id", "changed_at", "article_id"),
    sa.Index("ix_article_clusters_cluster_id", "cluster_id"),
    **EXACT,
)
sa.Table(
    "article_keys",
    BASELINE,
    sa.Column("key", NAME, primary_key=True),
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    sa.Index("ix_article_keys_article_id", "article_id"),
    sqlite_with_rowid=False,
    **EXACT,
)
sa.Table(
    "cluster_links",
    BASELINE,
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("other_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("alike", sa.SmallInteger(), nullable=False),
    sa.Column("shared", sa.SmallInteger(), nullable=False),
    sa.Index("ix_cluster_links_other_id", "other_id"),
    sqlite_with_rowid=False,
    **EXACT,
)
sa.Table(
    "cluster_marks",
    BASELINE,
    sa.Column("period", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("mark", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Index("ix_cluster_marks_article_id", "article_id"),
    sqlite_with_rowid=False,
    **EXACT,
)
sa.Table(
    "contacts",
    BASELINE,
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("role", CODE, nullable=False),
    sa.Column("name", LONG, nullable=False),
    sa.Column("place", LONG),
    sa.Column("email", LONG),
    sqlite_with_rowid=False,
    **EXACT,
)
sa.Table(
    "images",
    BASELINE,
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("url", LONG),
    sa.Column("caption", LONG),
    sa.Column("credit", LONG),
    sqlite_with_rowid=False,
    **EXACT,
)
sa.Table(
    "lists",
    BASELINE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("spider", NAME, nullable=False),
    sa.Column("url", LONG, nullable=False),
    sa.Column("url_hash", CODE, nullable=False),
    sa.Column("source", NAME, nullable=False),
    sa.Column("index_url", LONG),
    sa.Column("outcome", CODE),
    sa.Column("reason", NAME),
    sa.Column("status", sa.SmallInteger()),
    sa.Column("etag", LONG),
    sa.Column("last_modified", LONG),
    sa.Column("digest", NAME),
    sa.Column("lastmod", TIME),
    sa.Column("entries", sa.Integer(), nullable=False),
    sa.Column("span_seconds", sa.BigInteger()),
    sa.Column("asked_at", TIME),
    sa.Column("read_at", TIME),
    sa.Column("checked_at", TIME),
    sa.Column("new_at", TIME),
    sa.Column("due_at", TIME),
    sa.Column("interval_seconds", sa.Integer(), nullable=False),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("validators_lie", sa.Boolean(), nullable=False),
    sa.Column("lastmod_lies", sa.Boolean(), nullable=False),
    sa.Column("run_id", ID, sa.ForeignKey("runs.id"), nullable=False),
    sa.UniqueConstraint("spider", "url_hash"),
    **EXACT,
)
sa.Table(
    "pages",
    BASELINE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("url", LONG, nullable=False),
    sa.Column("url_hash", CODE, nullable=False),
    sa.Column("state", CODE, nullable=False),
    sa.Column("reason", NAME),
    sa.Column("status", sa.SmallInteger()),
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="SET NULL")),
    sa.Column("spider", NAME, nullable=False),
    sa.Column("source", NAME),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("discovered_at", TIME, nullable=False),
    sa.Column("tried_at", TIME),
    sa.Column("run_id", ID, sa.ForeignKey("runs.id"), nullable=False),
    sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("due_at", TIME),
    sa.Column("etag", LONG),
    sa.Column("last_modified", LONG),
    sa.Column("listed_at", TIME),
    sa.Column("told", JSON),
    sa.UniqueConstraint("url_hash"),
    sa.Index("ix_pages_article_id", "article_id"),
    sa.Index("ix_pages_spider_due_at", "spider", "due_at"),
    sa.Index("ix_pages_spider_state", "spider", "state"),
    **EXACT,
)
sa.Table(
    "revisions",
    BASELINE,
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("seen_at", TIME, nullable=False),
    sa.Column("seen_until", TIME, nullable=False),
    sa.Column("headline", LONG, nullable=False),
    sa.Column("dek", LONG),
    sa.Column("correction", LONG),
    sa.Column("access", CODE, nullable=False),
    sa.Column("body_text", LONG),
    sa.Column("body", JSON),
    sa.Index("ix_revisions_seen_at", "seen_at"),
    **EXACT,
)
sa.Table(
    "tickers",
    BASELINE,
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("ticker", NAME, nullable=False),
    sa.Index("ix_tickers_ticker", "ticker"),
    sqlite_with_rowid=False,
    **EXACT,
)
sa.Table(
    "topics",
    BASELINE,
    sa.Column("article_id", ID, sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("topic", NAME, nullable=False),
    sa.Index("ix_topics_topic", "topic"),
    sqlite_with_rowid=False,
    **EXACT,
)
sa.Table(
    "captures",
    BASELINE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("page_id", ID, sa.ForeignKey("pages.id"), nullable=False),
    sa.Column("captured_at", TIME, nullable=False),
    sa.Column("source", NAME, nullable=False),
    sa.Column("kind", CODE, nullable=False),
    sa.Column("status", sa.SmallInteger()),
    sa.Column("digest", CODE),
    sa.Column("file", LONG),
    sa.Column("file_offset", sa.BigInteger()),
    sa.Column("file_length", sa.BigInteger()),
    sa.Column("state", CODE, nullable=False),
    sa.Column("reason", NAME),
    sa.Column("layout", NAME),
    sa.Column("extractor", NAME),
    sa.Column("run_id", ID, sa.ForeignKey("runs.id"), nullable=False),
    sa.UniqueConstraint("page_id", "captured_at"),
    sa.Index("ix_captures_digest", "digest"),
    **EXACT,
)


def upgrade() -> None:
    """Create the tables, with the full-text index."""
    # Comments are documentation, and so those of today: on a server, a comment that is added later alters its table.
    for table in BASELINE.tables.values():
        if (described := Base.metadata.tables.get(table.name)) is not None:
            table.comment = described.comment
            for column in table.columns:
                column.comment = described.c[column.name].comment if column.name in described.c else None
    BASELINE.create_all(op.get_bind())
    search.create(op.get_bind())
