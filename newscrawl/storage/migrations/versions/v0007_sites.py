"""Sites: each has its own lock, lists, pages, pace and URL patterns; generic confidence; saved searches."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, sqlite

from newscrawl.storage.types import Json, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = sa.String(500)
CODE = sa.String(40)
LONG = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
TIME = UtcDateTime()
ID = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
EXACT: dict[str, Any] = {
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_nopad_bin",
}
COLUMNS: tuple[tuple[str, sa.Column[Any]], ...] = (
    ("articles", sa.Column("confidence", sa.Double)),
    ("articles", sa.Column("site", NAME, nullable=False, server_default="")),
    ("pages", sa.Column("site", NAME, nullable=False, server_default="")),
    ("pages", sa.Column("listed_by", NAME)),
    ("lists", sa.Column("site", NAME, nullable=False, server_default="")),
    ("archive_files", sa.Column("sites", LONG)),
)
INDEXES = (
    ("articles", "ix_articles_site_published_at", ("site", "published_at")),
    ("pages", "ix_pages_site_state", ("site", "state")),
    ("pages", "ix_pages_site_due_at", ("site", "due_at")),
)


def upgrade() -> None:
    """Add what an interrupted upgrade has not added yet: MariaDB commits every ALTER."""
    for table, column in COLUMNS:
        if column.name not in _read_names(table, "columns"):
            op.add_column(table, column)
    for table, name, columns in INDEXES:
        if name not in _read_names(table, "indexes"):
            op.create_index(name, table, list(columns))
    if "ix_pages_spider_due_at" in _read_names("pages", "indexes"):
        op.drop_index("ix_pages_spider_due_at", "pages")
    for table in ("pages", "lists"):
        op.execute(f"UPDATE {table} SET site = spider WHERE site = ''")  # noqa: S608 - one of these two
    op.execute("UPDATE archive_files SET sites = (SELECT spider FROM runs r WHERE r.id = run_id) WHERE sites IS NULL")
    _key_lists_by_site()
    _create_tables()
    _replace_clusters()
    spider = "(SELECT min(p.spider) FROM pages p WHERE p.article_id = articles.id)"
    op.execute(f"UPDATE articles SET site = coalesce({spider}, 'unknown') WHERE site = ''")  # noqa: S608
    op.execute(
        "INSERT INTO run_sites (run_id, site, counts) SELECT id, spider, counts FROM runs "
        "WHERE NOT EXISTS (SELECT 1 FROM run_sites s WHERE s.run_id = runs.id)"
    )


def _key_lists_by_site() -> None:
    keys = _read_names("lists", "unique_constraints")
    with op.batch_alter_table("lists") as lists:
        if "uq_lists_site_url_hash" not in keys:
            lists.create_unique_constraint("uq_lists_site_url_hash", ["site", "url_hash"])
        if "uq_lists_spider_url_hash" in keys:
            lists.drop_constraint("uq_lists_spider_url_hash", type_="unique")


def _create_tables() -> None:
    tables = sa.inspect(op.get_bind()).get_table_names()
    if "run_sites" not in tables:
        op.create_table(
            "run_sites",
            sa.Column("run_id", ID, nullable=False),
            sa.Column("site", NAME, nullable=False),
            sa.Column("counts", Json),
            sa.ForeignKeyConstraint(["run_id"], ["runs.id"], "fk_run_sites_run_id", ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("run_id", "site", name="pk_run_sites"),
            sqlite_with_rowid=False,
            **EXACT,
        )
    if "ix_run_sites_site_run_id" not in _read_names("run_sites", "indexes"):
        op.create_index("ix_run_sites_site_run_id", "run_sites", ["site", "run_id"])
    if "sites" not in tables:
        op.create_table(
            "sites",
            sa.Column("site", NAME, nullable=False),
            sa.Column("home", LONG, nullable=False),
            sa.Column("title", LONG),
            sa.Column("added_at", TIME, nullable=False),
            sa.Column("tried_at", TIME),
            sa.Column("read_at", TIME),
            sa.Column("delay_seconds", sa.Double),
            sa.Column("trouble", LONG),
            sa.Column("run_id", ID, nullable=False),
            sa.Column("allowed_at", TIME),
            sa.ForeignKeyConstraint(["run_id"], ["runs.id"], "fk_sites_run_id"),
            sa.PrimaryKeyConstraint("site", name="pk_sites"),
            sqlite_with_rowid=False,
            **EXACT,
        )
    _create_schedules(tables)
    if "url_patterns" not in tables:
        op.create_table(
            "url_patterns",
            sa.Column("site", NAME, nullable=False),
            sa.Column("pattern", sa.String(250), nullable=False),
            sa.Column("fetched", sa.Integer, nullable=False),
            sa.Column("articles", sa.Integer, nullable=False),
            sa.Column("rule", CODE),
            sa.Column("changed_at", TIME, nullable=False),
            sa.PrimaryKeyConstraint("site", "pattern", name="pk_url_patterns"),
            sqlite_with_rowid=False,
            **EXACT,
        )
    if "deleted_keys" not in tables:
        op.create_table(
            "deleted_keys",
            sa.Column("key", NAME, nullable=False),
            sa.Column("article_id", sa.BigInteger, nullable=False),
            sa.Column("deleted_at", TIME, nullable=False),
            sa.PrimaryKeyConstraint("key", name="pk_deleted_keys"),
            sqlite_with_rowid=False,
            **EXACT,
        )
    if "ix_deleted_keys_article_id" not in _read_names("deleted_keys", "indexes"):
        op.create_index("ix_deleted_keys_article_id", "deleted_keys", ["article_id"])
    _create_watches(tables)


def _create_schedules(tables: Collection[str]) -> None:
    if "schedules" not in tables:
        op.create_table(
            "schedules",
            sa.Column("site", NAME, nullable=False),
            sa.Column("spider", NAME, nullable=False),
            sa.Column("arguments", Json, nullable=False),
            sa.Column("entries", Json, nullable=False),
            sa.Column("every_seconds", sa.Integer, nullable=False),
            sa.Column("added_at", TIME, nullable=False),
            sa.Column("due_at", TIME, nullable=False),
            sa.Column("started_at", TIME),
            sa.Column("late_seconds", sa.Double),
            sa.Column("ended_at", TIME),
            sa.Column("exit_code", sa.Integer),
            sa.Column("blocks", sa.Integer, nullable=False),
            sa.PrimaryKeyConstraint("site", name="pk_schedules"),
            sqlite_with_rowid=False,
            **EXACT,
        )
    if "ix_schedules_due_at" not in _read_names("schedules", "indexes"):
        op.create_index("ix_schedules_due_at", "schedules", ["due_at"])


def _replace_clusters() -> None:
    """Drop the tables of clusters and create them empty; `clusters --update` computes their rows by the new rules."""
    tables = sa.inspect(op.get_bind()).get_table_names()
    old = {"cluster_links": "alike", "cluster_marks": "period", "article_clusters": "signer"}
    dropped = {table for table, column in old.items() if table in tables and column in _read_names(table, "columns")}
    for table in dropped:
        op.drop_table(table)
    refer = sa.ForeignKeyConstraint
    if "article_clusters" in dropped or "article_clusters" not in tables:
        op.create_table(
            "article_clusters",
            sa.Column("article_id", ID, nullable=False),
            sa.Column("cluster_id", ID),
            sa.Column("changed_at", TIME, nullable=False),
            sa.Column("text_hash", sa.BigInteger),
            sa.Column("notice", CODE),
            refer(["article_id"], ["articles.id"], "fk_article_clusters_article_id", ondelete="CASCADE"),
            refer(["cluster_id"], ["articles.id"], "fk_article_clusters_cluster_id", ondelete="SET NULL"),
            sa.PrimaryKeyConstraint("article_id", name="pk_article_clusters"),
            **EXACT,
        )
    indexes = {"ix_article_clusters_changed_at_article_id": ["changed_at", "article_id"]}
    for name, columns in {**indexes, "ix_article_clusters_cluster_id": ["cluster_id"]}.items():
        if name not in _read_names("article_clusters", "indexes"):
            op.create_index(name, "article_clusters", columns)
    if "cluster_marks" in dropped or "cluster_marks" not in tables:
        op.create_table(
            "cluster_marks",
            sa.Column("mark", sa.BigInteger, nullable=False, autoincrement=False),
            sa.Column("article_id", ID, nullable=False),
            refer(["article_id"], ["articles.id"], "fk_cluster_marks_article_id", ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("mark", "article_id", name="pk_cluster_marks"),
            sqlite_with_rowid=False,
            **EXACT,
        )
    if "ix_cluster_marks_article_id" not in _read_names("cluster_marks", "indexes"):
        op.create_index("ix_cluster_marks_article_id", "cluster_marks", ["article_id"])


def _create_watches(tables: Collection[str]) -> None:
    if "watches" not in tables:
        op.create_table(
            "watches",
            sa.Column("id", ID, nullable=False),
            sa.Column("name", NAME, nullable=False),
            sa.Column("key", CODE, nullable=False),
            sa.Column("conditions", Json, nullable=False),
            sa.Column("added_at", TIME, nullable=False),
            sa.Column("checked_at", TIME, nullable=False),
            sa.Column("changed_through", TIME),
            sa.PrimaryKeyConstraint("id", name="pk_watches"),
            sa.UniqueConstraint("name", name="uq_watches_name"),
            **EXACT,
        )
    refer = sa.ForeignKeyConstraint
    if "watch_matches" not in tables:
        op.create_table(
            "watch_matches",
            sa.Column("watch_id", ID, nullable=False),
            sa.Column("number", sa.Integer, nullable=False),
            sa.Column("article_id", ID, nullable=False),
            sa.Column("found_at", TIME, nullable=False),
            refer(["watch_id"], ["watches.id"], "fk_watch_matches_watch_id", ondelete="CASCADE"),
            refer(["article_id"], ["articles.id"], "fk_watch_matches_article_id", ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("watch_id", "number", name="pk_watch_matches"),
            sa.UniqueConstraint("watch_id", "article_id", name="uq_watch_matches_watch_id_article_id"),
            sqlite_with_rowid=False,
            **EXACT,
        )
    if "ix_watch_matches_article_id" not in _read_names("watch_matches", "indexes"):
        op.create_index("ix_watch_matches_article_id", "watch_matches", ["article_id"])
    if "watch_targets" not in tables:
        op.create_table(
            "watch_targets",
            sa.Column("watch_id", ID, nullable=False),
            sa.Column("kind", CODE, nullable=False),
            sa.Column("address", LONG, nullable=False),
            sa.Column("secret", LONG),
            sa.Column("delivered_through", sa.Integer, nullable=False),
            sa.Column("sending_through", sa.Integer),
            sa.Column("claimed_until", TIME),
            sa.Column("delivered_at", TIME),
            sa.Column("failures", sa.Integer, nullable=False),
            sa.Column("trouble", LONG),
            refer(["watch_id"], ["watches.id"], "fk_watch_targets_watch_id", ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("watch_id", "kind", name="pk_watch_targets"),
            sqlite_with_rowid=False,
            **EXACT,
        )


def _read_names(table: str, kind: str) -> set[str | None]:
    return {each["name"] for each in getattr(sa.inspect(op.get_bind()), f"get_{kind}")(table)}
