"""The first tables.

Written by Alembic from the models, and never changed after a release.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql, sqlite

from newscrawl.storage import search
from newscrawl.storage.types import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
NAME = sa.String(500)
CODE = sa.String(40)
LONG = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
PROSE = sa.Text().with_variant(mysql.LONGTEXT(collation="utf8mb4_unicode_ci"), "mysql", "mariadb")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
EXACT: dict[str, Any] = {
    "mariadb_engine": "InnoDB",
    "mariadb_charset": "utf8mb4",
    "mariadb_collate": "utf8mb4_nopad_bin",
}


def upgrade() -> None:
    """Make them, with the full-text index."""
    op.create_table(
        "articles",
        sa.Column("id", ID, nullable=False, comment="Number of the article in this database."),
        sa.Column("headline", PROSE, nullable=False, comment="The headline."),
        sa.Column("dek", PROSE, nullable=True, comment="The line under the headline that says more; NULL: none."),
        sa.Column("published_at", UtcDateTime(), nullable=True, comment="When the publisher says it came out; UTC."),
        sa.Column(
            "published_precision",
            CODE,
            nullable=True,
            comment="How much of published_at the page tells: second, minute or day.",
        ),
        sa.Column("updated_at", UtcDateTime(), nullable=True, comment="When the publisher says it last changed; UTC."),
        sa.Column("section", NAME, nullable=True, comment="The publisher's section, as printed."),
        sa.Column(
            "access", CODE, nullable=False, comment="full; or teaser: only the opening was shown, the rest is missing."
        ),
        sa.Column("url", LONG, nullable=False, comment="The address that it was first fetched from."),
        sa.Column("canonical_url", LONG, nullable=True, comment="The publisher's own address of it."),
        sa.Column("publisher", NAME, nullable=False, comment="Who publishes it."),
        sa.Column("post_id", LONG, nullable=True, comment="The publisher's own identifier of it."),
        sa.Column("language", CODE, nullable=True, comment="BCP 47 tag, lower-case: en."),
        sa.Column("dateline_place", LONG, nullable=True, comment="Dateline: the place reported from."),
        sa.Column("dateline_date_text", LONG, nullable=True, comment="Dateline: the date as printed, such as May 27."),
        sa.Column("dateline_agency", LONG, nullable=True, comment="Dateline: the agency in brackets."),
        sa.Column("correction", LONG, nullable=True, comment="The publisher's note of what was put right."),
        sa.Column("abstract", JSON, nullable=False, comment="Bullets printed above the body: JSON array of strings."),
        sa.Column("word_count", sa.Integer(), nullable=False, comment="Words of body_text, parted by white space."),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="How many versions were seen: the number of the newest revision.",
        ),
        sa.Column(
            "fetched_at",
            UtcDateTime(),
            nullable=False,
            comment="When the page that these values come from was fetched; UTC. Last seen: revisions.seen_until.",
        ),
        sa.Column(
            "layout", NAME, nullable=False, comment="The layout (era of the publisher's markup) that read the page."
        ),
        sa.Column(
            "fingerprint", CODE, nullable=False, comment="Hash of what the last page told; equal means unchanged."
        ),
        sa.Column(
            "body_text", PROSE, nullable=False, comment="The body as plain text, its blocks parted by blank lines."
        ),
        sa.Column(
            "body",
            JSON,
            nullable=False,
            comment="The body as blocks: JSON array of {kind: paragraph|subhead|list_item|quote|table, text}.",
        ),
        sa.Column("sources", JSON, nullable=False, comment="Where each field was read: JSON object, field to place."),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        comment="One row an article, whatever addresses lead to it, as it read when last seen.",
        **EXACT,
    )
    op.create_index("ix_articles_published_at_id", "articles", ["published_at", "id"], unique=False)
    op.create_table(
        "authors",
        sa.Column("id", ID, nullable=False, comment="Number of the author in this database."),
        sa.Column("name", NAME, nullable=False, comment="The name as printed, without By, titles or handles."),
        sa.PrimaryKeyConstraint("id", name="pk_authors"),
        sa.UniqueConstraint("name", name="uq_authors_name"),
        comment="Everyone whose name stands in a byline or a line of assistance, once each.",
        **EXACT,
    )
    op.create_table(
        "data_dictionary",
        sa.Column("table_name", CODE, nullable=False, comment="A table or view."),
        sa.Column("column_name", CODE, nullable=False, comment="A column of it; empty: the table itself."),
        sa.Column(
            "position", sa.Integer(), nullable=False, comment="The column's place in its table; 0: the table itself."
        ),
        sa.Column("meaning", LONG, nullable=False, comment="What it holds."),
        sa.PrimaryKeyConstraint("table_name", "column_name", name="pk_data_dictionary"),
        comment="What every table, view and column holds.",
        **EXACT,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "runs",
        sa.Column("id", ID, nullable=False, comment="Number of the run."),
        sa.Column("spider", NAME, nullable=False, comment="The spider."),
        sa.Column("arguments", JSON, nullable=False, comment="Its -a arguments: JSON object."),
        sa.Column("started_at", UtcDateTime(), nullable=False, comment="When it began; UTC."),
        sa.Column("ended_at", UtcDateTime(), nullable=True, comment="When it ended; UTC."),
        sa.Column(
            "finish_reason", NAME, nullable=True, comment="Scrapy's finish reason: finished, shutdown and so on."
        ),
        sa.Column("exit_code", sa.Integer(), nullable=True, comment="Exit code of the command."),
        sa.Column("counts", JSON, nullable=False, comment="What it did: JSON object, name to number."),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        comment="Every run of a spider. ended_at NULL: it still runs, or it was killed.",
        **EXACT,
    )
    op.create_table(
        "article_authors",
        sa.Column("article_id", ID, nullable=False, comment="The article: articles.id."),
        sa.Column(
            "role", CODE, nullable=False, comment="byline; or assistance: named in a line such as With assistance by."
        ),
        sa.Column(
            "position", sa.Integer(), autoincrement=False, nullable=False, comment="Place in the page's order, from 1."
        ),
        sa.Column("author_id", ID, nullable=False, comment="The author: authors.id."),
        sa.ForeignKeyConstraint(
            ["article_id"], ["articles.id"], name="fk_article_authors_article_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name="fk_article_authors_author_id"),
        sa.PrimaryKeyConstraint("article_id", "role", "position", name="pk_article_authors"),
        comment="Who wrote what, in which order and role.",
        **EXACT,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_article_authors_author_id", "article_authors", ["author_id"], unique=False)
    op.create_table(
        "article_keys",
        sa.Column(
            "key",
            NAME,
            nullable=False,
            comment="post:HOST/ID, sid:HOST/SID, dated:HOST/DATE/SLUG, url:ADDRESS; id:N of a merged row.",
        ),
        sa.Column("article_id", ID, nullable=False, comment="The article: articles.id."),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_article_keys_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_article_keys"),
        comment="Keys an article is known by; two pages that share one are the same article.",
        **EXACT,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_article_keys_article_id", "article_keys", ["article_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("article_id", ID, nullable=False, comment="The article: articles.id."),
        sa.Column(
            "position", sa.Integer(), autoincrement=False, nullable=False, comment="Place in the page's order, from 1."
        ),
        sa.Column("role", CODE, nullable=False, comment="reporter or editor."),
        sa.Column("name", LONG, nullable=False, comment="The person's name."),
        sa.Column("place", LONG, nullable=True, comment="Where the person works."),
        sa.Column("email", LONG, nullable=True, comment="The printed e-mail address."),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_contacts_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "position", name="pk_contacts"),
        comment="People of the lines To contact the reporter (or editor) on this story.",
        **EXACT,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "images",
        sa.Column("article_id", ID, nullable=False, comment="The article: articles.id."),
        sa.Column(
            "position", sa.Integer(), autoincrement=False, nullable=False, comment="Place in the page's order, from 1."
        ),
        sa.Column("url", LONG, nullable=True, comment="Address of the picture."),
        sa.Column("caption", LONG, nullable=True, comment="The caption, without the credit."),
        sa.Column("credit", LONG, nullable=True, comment="Who made it, with its label, as printed."),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_images_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "position", name="pk_images"),
        comment="Pictures of an article, not of the page around it.",
        **EXACT,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pages",
        sa.Column("id", ID, nullable=False, comment="Number of the page, in the order of discovery."),
        sa.Column("url", LONG, nullable=False, comment="The address as first found."),
        sa.Column(
            "url_hash",
            CODE,
            nullable=False,
            comment="Hash of the address in normal form: all spellings of one address are one row.",
        ),
        sa.Column(
            "state",
            CODE,
            nullable=False,
            comment="discovered (not fetched yet), stored, refused (no article), failed, or blocked.",
        ),
        sa.Column("reason", NAME, nullable=True, comment="Why it was refused, failed or blocked: a short code."),
        sa.Column("status", sa.SmallInteger(), nullable=True, comment="HTTP status of the last answer."),
        sa.Column("article_id", ID, nullable=True, comment="The article it led to: articles.id."),
        sa.Column("spider", NAME, nullable=False, comment="The spider that last dealt with it."),
        sa.Column(
            "source", NAME, nullable=True, comment="Where it was first found: feed, news_sitemap, files and so on."
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="How many times it was tried."),
        sa.Column("discovered_at", UtcDateTime(), nullable=False, comment="When it was first found; UTC."),
        sa.Column("tried_at", UtcDateTime(), nullable=True, comment="When it was last tried; UTC."),
        sa.Column("run_id", ID, nullable=False, comment="The run that last dealt with it: runs.id."),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_pages_article_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_pages_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
        sa.UniqueConstraint("url_hash", name="uq_pages_url_hash"),
        comment="The ledger: every address that was ever found, and what became of it.",
        **EXACT,
    )
    op.create_index("ix_pages_article_id", "pages", ["article_id"], unique=False)
    op.create_index("ix_pages_spider_state", "pages", ["spider", "state"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("article_id", ID, nullable=False, comment="The article: articles.id."),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="1 for the oldest seen."),
        sa.Column("seen_at", UtcDateTime(), nullable=False, comment="When it was first seen so; UTC."),
        sa.Column("seen_until", UtcDateTime(), nullable=False, comment="When it was last seen so; UTC."),
        sa.Column("headline", LONG, nullable=False, comment="The headline of this version."),
        sa.Column("dek", LONG, nullable=True, comment="The dek of this version."),
        sa.Column("correction", LONG, nullable=True, comment="The correction note of this version."),
        sa.Column("access", CODE, nullable=False, comment="full or teaser: how much of this version was shown."),
        sa.Column("body_text", LONG, nullable=True, comment="The body; NULL: the same as the next version's."),
        sa.Column("body", JSON, nullable=True, comment="The body as blocks; NULL: as the next version's."),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_revisions_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "number", name="pk_revisions"),
        comment="Every version that was seen, oldest first. A body stands here once a later version has another one.",
        **EXACT,
    )
    op.create_index("ix_revisions_seen_at", "revisions", ["seen_at"], unique=False)
    op.create_table(
        "tickers",
        sa.Column("article_id", ID, nullable=False, comment="The article: articles.id."),
        sa.Column(
            "position", sa.Integer(), autoincrement=False, nullable=False, comment="Place in the page's order, from 1."
        ),
        sa.Column("ticker", NAME, nullable=False, comment="Symbol, colon, exchange (AAPL:US); or the symbol alone."),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_tickers_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "position", name="pk_tickers"),
        comment="Securities that an article names.",
        **EXACT,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tickers_ticker", "tickers", ["ticker"], unique=False)
    op.create_table(
        "topics",
        sa.Column("article_id", ID, nullable=False, comment="The article: articles.id."),
        sa.Column(
            "position", sa.Integer(), autoincrement=False, nullable=False, comment="Place in the page's order, from 1."
        ),
        sa.Column("topic", NAME, nullable=False, comment="The topic, as printed."),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_topics_article_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", "position", name="pk_topics"),
        comment="Topics that the publisher gave an article.",
        **EXACT,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_topics_topic", "topics", ["topic"], unique=False)
    search.create(op.get_bind())
