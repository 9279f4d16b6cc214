"""What runs that nobody watches remember: when to ask again for a page or a list, and which process a run is.

Never changed after a release. It may be begun again where it was broken off: MariaDB commits every change of a table.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql, sqlite

from newscrawl.storage.types import UtcDateTime

revision = "0002"
down_revision = "0001"
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
_TRIES = 5
"""After so many a page that failed was not tried again by version 0001."""


def upgrade() -> None:
    """Add them, and make due what failed or was blocked, as it was to version 0001."""
    _extend_pages()
    _extend_runs()
    _make_lists()
    _carry_over()
    if op.get_bind().dialect.name != "sqlite":  # which keeps no comments
        _say_what_changed()


def _extend_pages() -> None:
    _add(
        "pages",
        sa.Column(
            "failures",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="How many times in a row it failed or was blocked.",
        ),
        sa.Column(
            "due_at",
            UtcDateTime(),
            nullable=True,
            comment="When to ask for it next; UTC. NULL: at the next run if it is discovered, else not again.",
        ),
        sa.Column("etag", LONG, nullable=True, comment="The ETag header of the last answer."),
        sa.Column("last_modified", LONG, nullable=True, comment="The Last-Modified header of the last answer."),
        sa.Column("listed_at", UtcDateTime(), nullable=True, comment="When it last changed, as lists tell; UTC."),
        sa.Column(
            "told",
            JSON,
            nullable=True,
            comment="What a list told of it (headline, dek and so on): JSON object; NULL: nothing but its address.",
        ),
    )
    _index("pages", "spider", "due_at")


def _extend_runs() -> None:
    _add(
        "runs",
        sa.Column(
            "versions",
            JSON,
            nullable=True,
            comment="What it ran with: JSON object, newscrawl, scrapy, python and so on to their versions.",
        ),
        sa.Column("host", NAME, nullable=True, comment="The machine that it ran on."),
        sa.Column("pid", sa.BigInteger(), nullable=True, comment="Its process, by the number that the machine gave."),
        sa.Column(
            "process",
            NAME,
            nullable=True,
            comment="What tells its process from a later one of the same number.",
        ),
        sa.Column("alive_at", UtcDateTime(), nullable=True, comment="When it last gave a sign of life; UTC."),
        sa.Column(
            "alone",
            sa.Boolean(),
            nullable=False,
            server_default=sa.true(),
            comment="1: no other run of the spider may begin while it is at work.",
        ),
    )
    _index("runs", "spider", "ended_at")


def _make_lists() -> None:
    op.create_table(
        "lists",
        sa.Column("id", ID, nullable=False, comment="Number of the list."),
        sa.Column("spider", NAME, nullable=False, comment="The spider that asks for it."),
        sa.Column("url", LONG, nullable=False, comment="Its address."),
        sa.Column("url_hash", CODE, nullable=False, comment="Hash of the address as it is."),
        sa.Column(
            "source",
            NAME,
            nullable=False,
            comment="What kind of list it is: feed, news_sitemap, sitemap and so on.",
        ),
        sa.Column(
            "index_url", LONG, nullable=True, comment="Address of the sitemap index that named it; NULL: none did."
        ),
        sa.Column(
            "outcome",
            CODE,
            nullable=True,
            comment="What the last request came to: read, unchanged, gone, failed or blocked; NULL: never asked for.",
        ),
        sa.Column("reason", NAME, nullable=True, comment="Why it is gone, failed or blocked: a short code."),
        sa.Column("status", sa.SmallInteger(), nullable=True, comment="HTTP status of the last answer."),
        sa.Column("etag", LONG, nullable=True, comment="The ETag header of the last answer with entries."),
        sa.Column(
            "last_modified", LONG, nullable=True, comment="The Last-Modified header of the last answer with entries."
        ),
        sa.Column("digest", NAME, nullable=True, comment="Hash of what it listed."),
        sa.Column(
            "lastmod",
            UtcDateTime(),
            nullable=True,
            comment="When it last changed, as its index told when it was last read; UTC.",
        ),
        sa.Column("entries", sa.Integer(), nullable=False, comment="How many links it had when it was last read."),
        sa.Column(
            "span_seconds",
            sa.BigInteger(),
            nullable=True,
            comment="From the oldest to the newest of its entries; NULL: it does not date them.",
        ),
        sa.Column("asked_at", UtcDateTime(), nullable=True, comment="When it was last asked for; UTC."),
        sa.Column("read_at", UtcDateTime(), nullable=True, comment="When its entries last came; UTC."),
        sa.Column(
            "checked_at",
            UtcDateTime(),
            nullable=True,
            comment="When it was last asked for without If-None-Match and If-Modified-Since; UTC.",
        ),
        sa.Column(
            "new_at",
            UtcDateTime(),
            nullable=True,
            comment="When it last named an address that nobody had named; UTC.",
        ),
        sa.Column("due_at", UtcDateTime(), nullable=True, comment="When it is to be asked for next; UTC."),
        sa.Column(
            "interval_seconds", sa.Integer(), nullable=False, comment="The pause after which it is asked for again."
        ),
        sa.Column(
            "failures", sa.Integer(), nullable=False, comment="How many times in a row it was gone, failed or blocked."
        ),
        sa.Column(
            "validators_lie",
            sa.Boolean(),
            nullable=False,
            comment="1: it said unchanged once and was not; its ETag and Last-Modified are not used any more.",
        ),
        sa.Column(
            "lastmod_lies",
            sa.Boolean(),
            nullable=False,
            comment="1: its index told no change once, and there was one; the index is not believed any more.",
        ),
        sa.Column("run_id", ID, nullable=False, comment="The run that last asked for it: runs.id."),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_lists_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lists"),
        sa.UniqueConstraint("spider", "url_hash", name="uq_lists_spider_url_hash"),
        comment="Every list of articles (feed, sitemap, front page) that a spider asks for, as it was met.",
        if_not_exists=True,
        **EXACT,
    )


def _carry_over() -> None:
    pages = sa.table("pages", *map(sa.column, ("state", "attempts", "failures", "due_at", "tried_at")))
    failed = sa.update(pages).where(pages.c.state == "failed")
    op.execute(failed.values(failures=pages.c.attempts))
    op.execute(failed.where(pages.c.attempts < _TRIES).values(due_at=pages.c.tried_at))
    op.execute(sa.update(pages).where(pages.c.state == "blocked").values(failures=1, due_at=pages.c.tried_at))


def _say_what_changed() -> None:
    for table, column, kind, nullable, said in (
        (
            "articles",
            "access",
            CODE,
            False,
            "full; teaser: only the opening was shown, the rest is missing; blocked: only what a list told.",
        ),
        ("revisions", "access", CODE, False, "full, teaser or blocked: how much of this version was shown."),
        (
            "pages",
            "state",
            CODE,
            False,
            "discovered (not asked for yet), stored, unchanged (stored, and still so), refused, failed or blocked.",
        ),
        ("runs", "ended_at", UtcDateTime(), True, "When it ended; UTC. Of a killed one, the last sign of life."),
        (
            "runs",
            "finish_reason",
            NAME,
            True,
            "Scrapy's finish reason: finished, shutdown and so on; or killed: it ended without a word.",
        ),
    ):
        op.alter_column(table, column, existing_type=kind, existing_nullable=nullable, comment=said)
    op.create_table_comment(
        "runs", "Every run of a spider. ended_at NULL: it still runs, or was killed, which the next run enters."
    )


def _add(table: str, *columns: sa.Column[Any]) -> None:
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
    for column in columns:
        if column.name not in there:
            op.add_column(table, column)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), unique=False, if_not_exists=True)
