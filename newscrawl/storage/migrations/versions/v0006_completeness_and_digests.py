"""Complete or cut captures, digests of what is stored, and kinds of refusals: when a page is fetched again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

from newscrawl.storage.types import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAME = sa.String(500)
CODE = sa.String(40)
TIME = UtcDateTime()
DIGEST = sa.String(64)
ID = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
COLUMNS: tuple[tuple[str, sa.Column[object]], ...] = (
    ("pages", sa.Column("extractor", NAME)),
    ("pages", sa.Column("refusal", CODE)),
    ("pages", sa.Column("published_at", TIME)),
    ("captures", sa.Column("complete", sa.Boolean, nullable=False, server_default=sa.true())),
    ("captures", sa.Column("incomplete_reason", NAME)),
    ("articles", sa.Column("complete", sa.Boolean, nullable=False, server_default=sa.true())),
    ("articles", sa.Column("content_digest", DIGEST)),
    ("articles", sa.Column("checksums", NAME)),
    ("revisions", sa.Column("content_digest", DIGEST)),
    ("revisions", sa.Column("checksums", NAME)),
    ("runs", sa.Column("root", DIGEST)),
)
EXACT: dict[str, Any] = {
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_nopad_bin",
}
CAPTURE_KEY = "fk_revisions_capture_id"
PAGES = sa.table(
    "pages",
    *(sa.column(name) for name in ("id", "state", "reason", "status", "source", "run_id", "failures", "refusal")),
    *(sa.column(name, TIME) for name in ("tried_at", "due_at")),
)
RUNS = sa.table("runs", sa.column("id"), sa.column("source"))
BY_CONTENT = frozenset(("section_front", "not_html", "unknown_layout", "missing_headline", "missing_body")) | frozenset(
    ("too_large", "too_deep", "content_encoding", "offsite", "scheme", "redirects_to_known")
)
TEMPORARY = frozenset(("empty", "redirect_loop", "bad_redirect", "robots_txt", "private_address"))
NOT_WANTED = frozenset(("out_of_dates", "no_time"))
LAST_TRY = {"temporary": 6, "by content": 1, "not wanted": 0}
"""Failures so far, as if this was the last retry: a page that is still refused then is given up."""
PAUSE = timedelta(days=1) / 1000
"""Between two pages that become due, the last tried first: an archive may have 100,000 of them."""
BATCH = 1000


def upgrade() -> None:
    """Add what an interrupted upgrade has not added yet: MariaDB commits every ALTER."""
    for table, column in COLUMNS:
        if column.name not in _read_names(table, "columns"):
            op.add_column(table, column)
    if not sa.inspect(op.get_bind()).has_table("run_leaves"):
        op.create_table(
            "run_leaves",
            sa.Column("run_id", ID, nullable=False),
            sa.Column("kind", sa.String(40), nullable=False),
            sa.Column("item_id", sa.BigInteger, nullable=False, autoincrement=False),
            sa.Column("digest", NAME, nullable=False),
            sa.ForeignKeyConstraint(["run_id"], ["runs.id"], "fk_run_leaves_run_id", ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("run_id", "kind", "item_id", name="pk_run_leaves"),
            sqlite_with_rowid=False,
            **EXACT,
        )
    # SQLite copies the table for a foreign key. It is small: a version has a text only if the next one has another.
    with op.batch_alter_table("revisions") as revisions:
        if "capture_id" not in _read_names("revisions", "columns"):
            revisions.add_column(sa.Column("capture_id", ID))
        if "ix_revisions_capture_id" not in _read_names("revisions", "indexes"):
            revisions.create_index("ix_revisions_capture_id", ["capture_id"])
        if CAPTURE_KEY not in _read_names("revisions", "foreign_keys"):
            revisions.create_foreign_key(CAPTURE_KEY, "captures", ["capture_id"], ["id"], ondelete="SET NULL")
    _classify_failures()
    _reopen_refused_pages()


def _classify_failures() -> None:
    has_no_kind = PAGES.c.refusal.is_(None)
    by_content = sa.case((PAGES.c.reason.in_(BY_CONTENT), "by content"), else_="temporary")
    failed = sa.update(PAGES).where(PAGES.c.state.in_(("failed", "blocked")), has_no_kind)
    op.execute(failed.values(refusal=by_content))


def _reopen_refused_pages() -> None:
    """Give refused pages their kind; those of the live site that were refused for good without need become due."""
    connection, now = op.get_bind(), datetime.now(UTC)
    statement = (
        sa.select(PAGES.c.id, PAGES.c.reason, PAGES.c.status, PAGES.c.source, RUNS.c.source.label("run_source"))
        .outerjoin(RUNS, RUNS.c.id == PAGES.c.run_id)
        .where(PAGES.c.state == "refused", PAGES.c.refusal.is_(None))
        .order_by(PAGES.c.tried_at.desc(), PAGES.c.id)
    )
    rows = connection.execute(statement).all()
    values = list(_reopened(rows, now))
    changed: dict[str, Any] = {name: sa.bindparam(name) for name in ("refusal", "failures", "due_at")}
    update = sa.update(PAGES).where(PAGES.c.id == sa.bindparam("page_id")).values(changed)
    for first in range(0, len(values), BATCH):
        connection.execute(update, values[first : first + BATCH])


def _reopened(rows: Iterable[Any], now: datetime) -> Iterator[dict[str, Any]]:
    due = 0
    for row in rows:
        refusal = _find_kind(row.reason, row.status)
        is_live = row.run_source == "live" and row.source not in ("cdx", "archive_day", "warc")
        if is_live and refusal in LAST_TRY:
            due += 1
            yield {"page_id": row.id, "refusal": refusal, "failures": LAST_TRY[refusal], "due_at": now + due * PAUSE}
        else:
            yield {"page_id": row.id, "refusal": refusal, "failures": 0, "due_at": None}


def _find_kind(reason: str | None, status: int | None) -> str:
    """Return the kind of a reason as this version of newscrawl has it."""
    if reason in NOT_WANTED:
        return "not wanted"
    if reason in TEMPORARY or (reason or "").startswith("http_"):
        return "permanent" if reason == "http_410" else "temporary"
    # only what an address says, such as "video" by its path, needs no response
    return "by content" if reason in BY_CONTENT or status is not None else "permanent"


def _read_names(table: str, kind: str) -> set[str | None]:
    return {each["name"] for each in getattr(sa.inspect(op.get_bind()), f"get_{kind}")(table)}
