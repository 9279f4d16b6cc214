"""Captures of pages: where the bytes of each are kept, and which extraction read it.

Never changed after a release. It may be begun again where it was broken off: MariaDB commits every change of a table.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql, sqlite

from newscrawl.storage.types import UtcDateTime

revision = "0003"
down_revision = "0002"
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
    """Add them, and tell of every run where its pages came from."""
    _make_captures()
    _make_archive_files()
    _add(
        "articles",
        sa.Column(
            "extractor",
            NAME,
            nullable=True,
            comment="Version of the extraction that read it; NULL: it was read before versions were kept.",
        ),
    )
    _add(
        "runs",
        sa.Column(
            "source",
            NAME,
            nullable=False,
            server_default="live",
            comment="Where its pages come from: live, files, sample, warc, wayback and so on.",
        ),
    )
    _carry_over()
    if op.get_bind().dialect.name != "sqlite":  # which keeps no comments
        op.alter_column(
            "runs",
            "alone",
            existing_type=sa.Boolean(),
            existing_nullable=False,
            existing_server_default=sa.true(),
            comment="1: no other run of the spider over the same source may begin while it is at work.",
        )


def _make_captures() -> None:
    op.create_table(
        "captures",
        sa.Column("id", ID, nullable=False, comment="Number of the capture."),
        sa.Column("page_id", ID, nullable=False, comment="The page: pages.id."),
        sa.Column("captured_at", UtcDateTime(), nullable=False, comment="When the server answered; UTC."),
        sa.Column(
            "source",
            NAME,
            nullable=False,
            comment="Where it came from: live, warc, wayback, commoncrawl, sample and so on.",
        ),
        sa.Column(
            "kind",
            CODE,
            nullable=False,
            comment="response; revisit: its payload is that of an earlier capture; resource; conversion: text only "
            "(WET).",
        ),
        sa.Column("status", sa.SmallInteger(), nullable=True, comment="HTTP status of the answer."),
        sa.Column(
            "digest",
            CODE,
            nullable=True,
            comment="Digest of the payload as sent, as in WARC-Payload-Digest: sha1:BASE32.",
        ),
        sa.Column(
            "file",
            LONG,
            nullable=True,
            comment="The WARC file, relative to NEWSCRAWL_WARC_DIR or from the root; NULL: none was kept.",
        ),
        sa.Column(
            "file_offset", sa.BigInteger(), nullable=True, comment="Byte of the file at which its record begins."
        ),
        sa.Column("file_length", sa.BigInteger(), nullable=True, comment="Bytes of its record in the file."),
        sa.Column(
            "state",
            CODE,
            nullable=False,
            comment="What it was read as: stored (an article), unchanged, refused, failed or blocked.",
        ),
        sa.Column("reason", NAME, nullable=True, comment="Why it is no article: a short code."),
        sa.Column("layout", NAME, nullable=True, comment="The layout that read it; NULL: none did."),
        sa.Column("extractor", NAME, nullable=True, comment="Version of the extraction that read it."),
        sa.Column("run_id", ID, nullable=False, comment="The run that read it last: runs.id."),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name="fk_captures_page_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_captures_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_captures"),
        sa.UniqueConstraint("page_id", "captured_at", name="uq_captures_page_id_captured_at"),
        comment="Every capture of a page: what its server answered at one moment, where that is kept, and how it was "
        "read.",
        if_not_exists=True,
        **EXACT,
    )
    op.create_index("ix_captures_digest", "captures", ["digest"], unique=False, if_not_exists=True)


def _make_archive_files() -> None:
    op.create_table(
        "archive_files",
        sa.Column("id", ID, nullable=False, comment="Number of the file."),
        sa.Column("path", LONG, nullable=False, comment="Its path, from the root."),
        sa.Column("path_hash", CODE, nullable=False, comment="Hash of the path."),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="Its bytes when it was read."),
        sa.Column("modified_at", UtcDateTime(), nullable=False, comment="When it was last written to; UTC."),
        sa.Column("captures", sa.Integer(), nullable=False, comment="How many captures of the publisher were read."),
        sa.Column("broken", sa.Integer(), nullable=False, comment="How many records could not be read."),
        sa.Column(
            "finished_at",
            UtcDateTime(),
            nullable=True,
            comment="When all of it was stored; UTC. NULL: the next `scrapy ingest` goes on with it.",
        ),
        sa.Column("run_id", ID, nullable=False, comment="The run that last read of it: runs.id."),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_archive_files_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_archive_files"),
        sa.UniqueConstraint("path_hash", name="uq_archive_files_path_hash"),
        comment="Every archive file that `scrapy ingest` has begun to read.",
        if_not_exists=True,
        **EXACT,
    )


def _carry_over() -> None:
    runs = sa.table("runs", sa.column("id", ID), sa.column("arguments", JSON), sa.column("source", NAME))
    connection = op.get_bind()
    for run_id, arguments in connection.execute(sa.select(runs.c.id, runs.c.arguments)).all():
        source = arguments.get("source", "files" if "files" in arguments else "live")
        if source != "live":
            connection.execute(sa.update(runs).where(runs.c.id == run_id).values(source=source))


def _add(table: str, *columns: sa.Column[Any]) -> None:
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
    for column in columns:
        if column.name not in there:
            op.add_column(table, column)
