"""The tables. docs/schema.md is written from this file, and so is the table `data_dictionary`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
    text,
    true,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from newscrawl.storage.types import EXACT, Code, Json, LongText, Name, Prose, UtcDateTime

_Id = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")  # only INTEGER counts up in SQLite


class Base(DeclarativeBase):
    """The root of the tables; names of constraints are given, so that a migration can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _part_of_article() -> Mapped[int]:
    return mapped_column(
        _Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, comment="The article: articles.id."
    )


def _position() -> Mapped[int]:
    return mapped_column(Integer, primary_key=True, autoincrement=False, comment="Place in the page's order, from 1.")


def _options(comment: str, *indexes: Index | UniqueConstraint, rowid: bool = True) -> tuple[Any, ...]:
    return (*indexes, {"comment": comment, "sqlite_with_rowid": rowid, **EXACT})


class ArticleRow(Base):
    """Articles, each once, as they read now."""

    __tablename__ = "articles"
    __table_args__ = _options(
        "One row an article, whatever addresses lead to it, as it read when last seen.",
        Index("ix_articles_published_at_id", "published_at", "id"),
        Index("ix_articles_section_published_at", "section", "published_at"),
        Index("ix_articles_changed_at_id", "changed_at", "id"),
        Index("ix_articles_publisher_published_at", "publisher", "published_at"),
        Index("ix_articles_layout_access_language_published_at", "layout", "access", "language", "published_at"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, comment="Number of the article in this database.")
    headline: Mapped[str] = mapped_column(Prose, comment="The headline.")
    dek: Mapped[str | None] = mapped_column(Prose, comment="The line under the headline that says more; NULL: none.")
    description: Mapped[str | None] = mapped_column(
        LongText, comment="What the page's metadata (meta or JSON-LD) says about the article; NULL: nothing."
    )
    published_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="When the publisher says it came out; UTC."
    )
    published_precision: Mapped[str | None] = mapped_column(
        Code, comment="How much of published_at the page tells: second, minute or day."
    )
    updated_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="When the publisher says it last changed; UTC."
    )
    section: Mapped[str | None] = mapped_column(Name, comment="The publisher's section, as printed.")
    access: Mapped[str] = mapped_column(
        Code,
        comment="full; teaser: only the opening was shown, the rest is missing; blocked: only what a list told.",
    )
    url: Mapped[str] = mapped_column(LongText, comment="The address that it was first fetched from.")
    canonical_url: Mapped[str | None] = mapped_column(LongText, comment="The publisher's own address of it.")
    publisher: Mapped[str] = mapped_column(Name, comment="Who publishes it.")
    post_id: Mapped[str | None] = mapped_column(LongText, comment="The publisher's own identifier of it.")
    language: Mapped[str | None] = mapped_column(Code, comment="BCP 47 tag, lower-case: en.")
    dateline_place: Mapped[str | None] = mapped_column(LongText, comment="Dateline: the place reported from.")
    dateline_date_text: Mapped[str | None] = mapped_column(
        LongText, comment="Dateline: the date as printed, such as May 27."
    )
    dateline_agency: Mapped[str | None] = mapped_column(LongText, comment="Dateline: the agency in brackets.")
    correction: Mapped[str | None] = mapped_column(LongText, comment="The publisher's note of what was put right.")
    abstract: Mapped[list[str]] = mapped_column(Json, comment="Bullets printed above the body: JSON array of strings.")
    word_count: Mapped[int] = mapped_column(Integer, comment="Words of body_text, parted by white space.")
    revision: Mapped[int] = mapped_column(
        Integer, comment="How many versions were seen: the number of the newest revision."
    )
    fetched_at: Mapped[datetime] = mapped_column(
        UtcDateTime,
        comment="When the page that these values come from was fetched; UTC. Last seen: revisions.seen_until.",
    )
    changed_at: Mapped[datetime] = mapped_column(
        UtcDateTime,
        server_default=text("'1970-01-01 00:00:00'"),
        comment="When this row last changed here; UTC, never before that of a row that changed earlier.",
    )
    layout: Mapped[str] = mapped_column(Name, comment="The layout (era of the publisher's markup) that read the page.")
    extractor: Mapped[str | None] = mapped_column(
        Name, comment="Version of the extraction that read it; NULL: it was read before versions were kept."
    )
    fingerprint: Mapped[str] = mapped_column(Code, comment="Hash of what the last page told; equal means unchanged.")
    body_text: Mapped[str] = mapped_column(Prose, comment="The body as plain text, its blocks parted by blank lines.")
    body: Mapped[list[dict[str, str]]] = mapped_column(
        Json, comment="The body as blocks: JSON array of {kind: paragraph|subhead|list_item|quote|table, text}."
    )
    sources: Mapped[dict[str, str]] = mapped_column(
        Json, comment="Where each field was read: JSON object, field to place."
    )


class ArticleKeyRow(Base):
    """What an article is known by."""

    __tablename__ = "article_keys"
    __table_args__ = _options(
        "Keys an article is known by; two pages that share one are the same article.", rowid=False
    )

    key: Mapped[str] = mapped_column(
        Name,
        primary_key=True,
        comment="post:HOST/ID, sid:HOST/SID, dated:HOST/DATE/SLUG, url:ADDRESS; id:N of a merged row.",
    )
    article_id: Mapped[int] = mapped_column(
        _Id, ForeignKey("articles.id", ondelete="CASCADE"), index=True, comment="The article: articles.id."
    )


class AuthorRow(Base):
    """People who write."""

    __tablename__ = "authors"
    __table_args__ = _options("Everyone whose name stands in a byline or a line of assistance, once each.")

    id: Mapped[int] = mapped_column(_Id, primary_key=True, comment="Number of the author in this database.")
    name: Mapped[str] = mapped_column(Name, unique=True, comment="The name as printed, without By, titles or handles.")


class ArticleAuthorRow(Base):
    """Who wrote what."""

    __tablename__ = "article_authors"
    __table_args__ = _options("Who wrote what, in which order and role.", rowid=False)

    article_id: Mapped[int] = _part_of_article()
    role: Mapped[str] = mapped_column(
        Code, primary_key=True, comment="byline; or assistance: named in a line such as With assistance by."
    )
    position: Mapped[int] = _position()
    author_id: Mapped[int] = mapped_column(_Id, ForeignKey("authors.id"), index=True, comment="The author: authors.id.")


class ImageRow(Base):
    """Pictures of articles."""

    __tablename__ = "images"
    __table_args__ = _options("Pictures of an article, not of the page around it.", rowid=False)

    article_id: Mapped[int] = _part_of_article()
    position: Mapped[int] = _position()
    url: Mapped[str | None] = mapped_column(LongText, comment="Address of the picture.")
    caption: Mapped[str | None] = mapped_column(LongText, comment="The caption, without the credit.")
    credit: Mapped[str | None] = mapped_column(LongText, comment="Who made it, with its label, as printed.")


class TopicRow(Base):
    """Topics of articles."""

    __tablename__ = "topics"
    __table_args__ = _options("Topics that the publisher gave an article.", rowid=False)

    article_id: Mapped[int] = _part_of_article()
    position: Mapped[int] = _position()
    topic: Mapped[str] = mapped_column(Name, index=True, comment="The topic, as printed.")


class TickerRow(Base):
    """Securities that articles name."""

    __tablename__ = "tickers"
    __table_args__ = _options("Securities that an article names.", rowid=False)

    article_id: Mapped[int] = _part_of_article()
    position: Mapped[int] = _position()
    ticker: Mapped[str] = mapped_column(
        Name, index=True, comment="Symbol, colon, exchange (AAPL:US); or the symbol alone."
    )


class ContactRow(Base):
    """People to write to."""

    __tablename__ = "contacts"
    __table_args__ = _options("People of the lines To contact the reporter (or editor) on this story.", rowid=False)

    article_id: Mapped[int] = _part_of_article()
    position: Mapped[int] = _position()
    role: Mapped[str] = mapped_column(Code, comment="reporter or editor.")
    name: Mapped[str] = mapped_column(LongText, comment="The person's name.")
    place: Mapped[str | None] = mapped_column(LongText, comment="Where the person works.")
    email: Mapped[str | None] = mapped_column(LongText, comment="The printed e-mail address.")


class RevisionRow(Base):
    """Versions of articles."""

    __tablename__ = "revisions"
    __table_args__ = _options(
        "Every version that was seen, oldest first. A body stands here once a later version has another one."
    )

    article_id: Mapped[int] = _part_of_article()
    number: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, comment="1 for the oldest seen."
    )
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True, comment="When it was first seen so; UTC.")
    seen_until: Mapped[datetime] = mapped_column(UtcDateTime, comment="When it was last seen so; UTC.")
    headline: Mapped[str] = mapped_column(LongText, comment="The headline of this version.")
    dek: Mapped[str | None] = mapped_column(LongText, comment="The dek of this version.")
    correction: Mapped[str | None] = mapped_column(LongText, comment="The correction note of this version.")
    access: Mapped[str] = mapped_column(Code, comment="full, teaser or blocked: how much of this version was shown.")
    body_text: Mapped[str | None] = mapped_column(LongText, comment="The body; NULL: the same as the next version's.")
    body: Mapped[list[dict[str, str]] | None] = mapped_column(
        Json, comment="The body as blocks; NULL: as the next version's."
    )


class PageRow(Base):
    """The ledger."""

    __tablename__ = "pages"
    __table_args__ = _options(
        "The ledger: every address that was ever found, and what became of it.",
        Index("ix_pages_spider_state", "spider", "state"),
        Index("ix_pages_spider_due_at", "spider", "due_at"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, comment="Number of the page, in the order of discovery.")
    url: Mapped[str] = mapped_column(LongText, comment="The address as first found.")
    url_hash: Mapped[str] = mapped_column(
        Code, unique=True, comment="Hash of the address in normal form: all spellings of one address are one row."
    )
    state: Mapped[str] = mapped_column(
        Code,
        comment="discovered (not asked for yet), stored, unchanged (stored, and still so), refused, failed or blocked.",
    )
    reason: Mapped[str | None] = mapped_column(Name, comment="Why it was refused, failed or blocked: a short code.")
    status: Mapped[int | None] = mapped_column(SmallInteger, comment="HTTP status of the last answer.")
    article_id: Mapped[int | None] = mapped_column(
        _Id, ForeignKey("articles.id", ondelete="SET NULL"), index=True, comment="The article it led to: articles.id."
    )
    spider: Mapped[str] = mapped_column(Name, comment="The spider that last dealt with it.")
    source: Mapped[str | None] = mapped_column(
        Name, comment="Where it was first found: feed, news_sitemap, files and so on."
    )
    attempts: Mapped[int] = mapped_column(Integer, comment="How many times it was tried.")
    discovered_at: Mapped[datetime] = mapped_column(UtcDateTime, comment="When it was first found; UTC.")
    tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="When it was last tried; UTC.")
    run_id: Mapped[int] = mapped_column(_Id, ForeignKey("runs.id"), comment="The run that last dealt with it: runs.id.")
    failures: Mapped[int] = mapped_column(
        Integer, server_default="0", comment="How many times in a row it failed or was blocked."
    )
    due_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime,
        comment="When to ask for it next; UTC. NULL: at the next run if it is discovered, else not again.",
    )
    etag: Mapped[str | None] = mapped_column(LongText, comment="The ETag header of the last answer.")
    last_modified: Mapped[str | None] = mapped_column(LongText, comment="The Last-Modified header of the last answer.")
    listed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="When it last changed, as lists tell; UTC.")
    told: Mapped[dict[str, Any] | None] = mapped_column(
        Json, comment="What a list told of it (headline, dek and so on): JSON object; NULL: nothing but its address."
    )


class CaptureRow(Base):
    """Captures of pages."""

    __tablename__ = "captures"
    __table_args__ = _options(
        "Every capture of a page: what its server answered at one moment, where that is kept, and how it was read.",
        UniqueConstraint("page_id", "captured_at"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, comment="Number of the capture.")
    page_id: Mapped[int] = mapped_column(_Id, ForeignKey("pages.id"), comment="The page: pages.id.")
    captured_at: Mapped[datetime] = mapped_column(UtcDateTime, comment="When the server answered; UTC.")
    source: Mapped[str] = mapped_column(
        Name, comment="Where it came from: live, warc, wayback, commoncrawl, sample and so on."
    )
    kind: Mapped[str] = mapped_column(
        Code,
        comment="response; revisit: its payload is that of an earlier capture; resource; conversion: text only (WET).",
    )
    status: Mapped[int | None] = mapped_column(SmallInteger, comment="HTTP status of the answer.")
    digest: Mapped[str | None] = mapped_column(
        Code, index=True, comment="Digest of the payload as sent, as in WARC-Payload-Digest: sha1:BASE32."
    )
    file: Mapped[str | None] = mapped_column(
        LongText, comment="The WARC file, relative to NEWSCRAWL_WARC_DIR or from the root; NULL: none was kept."
    )
    file_offset: Mapped[int | None] = mapped_column(BigInteger, comment="Byte of the file at which its record begins.")
    file_length: Mapped[int | None] = mapped_column(BigInteger, comment="Bytes of its record in the file.")
    state: Mapped[str] = mapped_column(
        Code, comment="What it was read as: stored (an article), unchanged, refused, failed or blocked."
    )
    reason: Mapped[str | None] = mapped_column(Name, comment="Why it is no article: a short code.")
    layout: Mapped[str | None] = mapped_column(Name, comment="The layout that read it; NULL: none did.")
    extractor: Mapped[str | None] = mapped_column(Name, comment="Version of the extraction that read it.")
    run_id: Mapped[int] = mapped_column(_Id, ForeignKey("runs.id"), comment="The run that read it last: runs.id.")


class ArchiveFileRow(Base):
    """Files of captures."""

    __tablename__ = "archive_files"
    __table_args__ = _options("Every archive file that `scrapy ingest` has begun to read.")

    id: Mapped[int] = mapped_column(_Id, primary_key=True, comment="Number of the file.")
    path: Mapped[str] = mapped_column(LongText, comment="Its path, from the root.")
    path_hash: Mapped[str] = mapped_column(Code, unique=True, comment="Hash of the path.")
    size: Mapped[int] = mapped_column(BigInteger, comment="Its bytes when it was read.")
    modified_at: Mapped[datetime] = mapped_column(UtcDateTime, comment="When it was last written to; UTC.")
    captures: Mapped[int] = mapped_column(Integer, comment="How many captures of the publisher were read.")
    broken: Mapped[int] = mapped_column(Integer, comment="How many records could not be read.")
    finished_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="When all of it was stored; UTC. NULL: the next `scrapy ingest` goes on with it."
    )
    run_id: Mapped[int] = mapped_column(_Id, ForeignKey("runs.id"), comment="The run that last read of it: runs.id.")


class ListRow(Base):
    """Lists of articles."""

    __tablename__ = "lists"
    __table_args__ = _options(
        "Every list of articles (feed, sitemap, front page) that a spider asks for, as it was met.",
        UniqueConstraint("spider", "url_hash"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, comment="Number of the list.")
    spider: Mapped[str] = mapped_column(Name, comment="The spider that asks for it.")
    url: Mapped[str] = mapped_column(LongText, comment="Its address.")
    url_hash: Mapped[str] = mapped_column(Code, comment="Hash of the address as it is.")
    source: Mapped[str] = mapped_column(Name, comment="What kind of list it is: feed, news_sitemap, sitemap and so on.")
    index_url: Mapped[str | None] = mapped_column(
        LongText, comment="Address of the sitemap index that named it; NULL: none did."
    )
    outcome: Mapped[str | None] = mapped_column(
        Code,
        comment="What the last request came to: read, unchanged, gone, failed or blocked; NULL: never asked for.",
    )
    reason: Mapped[str | None] = mapped_column(Name, comment="Why it is gone, failed or blocked: a short code.")
    status: Mapped[int | None] = mapped_column(SmallInteger, comment="HTTP status of the last answer.")
    etag: Mapped[str | None] = mapped_column(LongText, comment="The ETag header of the last answer with entries.")
    last_modified: Mapped[str | None] = mapped_column(
        LongText, comment="The Last-Modified header of the last answer with entries."
    )
    digest: Mapped[str | None] = mapped_column(Name, comment="Hash of what it listed.")
    lastmod: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="When it last changed, as its index told when it was last read; UTC."
    )
    entries: Mapped[int] = mapped_column(Integer, comment="How many links it had when it was last read.")
    span_seconds: Mapped[int | None] = mapped_column(
        BigInteger, comment="From the oldest to the newest of its entries; NULL: it does not date them."
    )
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="When it was last asked for; UTC.")
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="When its entries last came; UTC.")
    checked_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="When it was last asked for without If-None-Match and If-Modified-Since; UTC."
    )
    new_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="When it last named an address that nobody had named; UTC."
    )
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="When it is to be asked for next; UTC.")
    interval_seconds: Mapped[int] = mapped_column(Integer, comment="The pause after which it is asked for again.")
    failures: Mapped[int] = mapped_column(Integer, comment="How many times in a row it was gone, failed or blocked.")
    validators_lie: Mapped[bool] = mapped_column(
        Boolean, comment="1: it said unchanged once and was not; its ETag and Last-Modified are not used any more."
    )
    lastmod_lies: Mapped[bool] = mapped_column(
        Boolean, comment="1: its index told no change once, and there was one; the index is not believed any more."
    )
    run_id: Mapped[int] = mapped_column(_Id, ForeignKey("runs.id"), comment="The run that last asked for it: runs.id.")


class RunRow(Base):
    """Runs of spiders."""

    __tablename__ = "runs"
    __table_args__ = _options(
        "Every run of a spider. ended_at NULL: it still runs, or was killed, which the next run enters.",
        Index("ix_runs_spider_ended_at", "spider", "ended_at"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, comment="Number of the run.")
    spider: Mapped[str] = mapped_column(Name, comment="The spider.")
    arguments: Mapped[dict[str, str]] = mapped_column(Json, comment="Its -a arguments: JSON object.")
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, comment="When it began; UTC.")
    ended_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime, comment="When it ended; UTC. Of a killed one, the last sign of life."
    )
    finish_reason: Mapped[str | None] = mapped_column(
        Name, comment="Scrapy's finish reason: finished, shutdown and so on; or killed: it ended without a word."
    )
    exit_code: Mapped[int | None] = mapped_column(Integer, comment="Exit code of the command.")
    counts: Mapped[dict[str, int]] = mapped_column(Json, comment="What it did: JSON object, name to number.")
    versions: Mapped[dict[str, str] | None] = mapped_column(
        Json, comment="What it ran with: JSON object, newscrawl, scrapy, python and so on to their versions."
    )
    host: Mapped[str | None] = mapped_column(Name, comment="The machine that it ran on.")
    pid: Mapped[int | None] = mapped_column(BigInteger, comment="Its process, by the number that the machine gave.")
    process: Mapped[str | None] = mapped_column(
        Name, comment="What tells its process from a later one of the same number."
    )
    alive_at: Mapped[datetime | None] = mapped_column(UtcDateTime, comment="When it last gave a sign of life; UTC.")
    alone: Mapped[bool] = mapped_column(
        Boolean,
        server_default=true(),
        comment="1: no other run of the spider over the same source may begin while it is at work.",
    )
    source: Mapped[str] = mapped_column(
        Name, server_default="live", comment="Where its pages come from: live, files, sample, warc, wayback and so on."
    )


class ExportRow(Base):
    """Exports."""

    __tablename__ = "exports"
    __table_args__ = _options(
        "Every `scrapy export` that was finished: what the next one with `--since last` goes on from."
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True, comment="Number of the export.")
    target: Mapped[str] = mapped_column(LongText, comment="The file or folder, from the root.")
    format: Mapped[str] = mapped_column(Name, comment="Its form: jsonl, csv, parquet and so on.")
    conditions: Mapped[dict[str, Any]] = mapped_column(Json, comment="Which articles were asked for: JSON object.")
    articles: Mapped[int] = mapped_column(Integer, comment="How many articles were written.")
    changed_through: Mapped[datetime | None] = mapped_column(
        UtcDateTime,
        comment="Every article that changed until then (articles.changed_at) was seen; UTC. NULL: none was there.",
    )
    exported_at: Mapped[datetime] = mapped_column(UtcDateTime, comment="When it was finished; UTC.")


class ArticleClusterRow(Base):
    """Which story an article tells."""

    __tablename__ = "article_clusters"
    __table_args__ = _options(
        "Which articles tell the same story: rewritten through the day, copied, corrected. Nothing is left out by it.",
        Index("ix_article_clusters_changed_at_article_id", "changed_at", "article_id"),
    )

    article_id: Mapped[int] = _part_of_article()
    cluster_id: Mapped[int | None] = mapped_column(
        _Id,
        ForeignKey("articles.id", ondelete="SET NULL"),
        index=True,
        comment="The first article of its story: articles.id; itself where it is alone. NULL: compared anew soon.",
    )
    changed_at: Mapped[datetime] = mapped_column(
        UtcDateTime, comment="The articles.changed_at with which it was compared: what changed later is still to be."
    )
    signer: Mapped[str] = mapped_column(Code, comment="Version of what its marks (cluster_marks) were made with.")


class ClusterMarkRow(Base):
    """By what near-duplicates are found."""

    __tablename__ = "cluster_marks"
    __table_args__ = _options(
        "Marks of each article's text (MinHash): articles that share one are compared word by word.", rowid=False
    )

    period: Mapped[int] = mapped_column(
        Integer,
        primary_key=True,
        autoincrement=False,
        comment="Three days of publication, counted from 1970; -1000000: a mark that is looked for at all times.",
    )
    mark: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, comment="The mark, a 64-bit number without a meaning."
    )
    article_id: Mapped[int] = mapped_column(
        _Id,
        ForeignKey("articles.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
        comment="The article: articles.id.",
    )


class ClusterLinkRow(Base):
    """Which articles are alike, and how much."""

    __tablename__ = "cluster_links"
    __table_args__ = _options(
        "Pairs of articles that were found to tell the same story, each in both directions.", rowid=False
    )

    article_id: Mapped[int] = _part_of_article()
    other_id: Mapped[int] = mapped_column(
        _Id,
        ForeignKey("articles.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
        comment="The other article: articles.id.",
    )
    alike: Mapped[int] = mapped_column(
        SmallInteger,
        comment="Of all that the two tell, what both do, in thousandths (Jaccard, of four words at a time).",
    )
    shared: Mapped[int] = mapped_column(
        SmallInteger, comment="Of what the shorter one tells, what both do, in thousandths."
    )


class MeaningRow(Base):
    """The comments of this file, for who has only the database."""

    __tablename__ = "data_dictionary"
    __table_args__ = _options("What every table, view and column holds.", rowid=False)

    table_name: Mapped[str] = mapped_column(Code, primary_key=True, comment="A table or view.")
    column_name: Mapped[str] = mapped_column(Code, primary_key=True, comment="A column of it; empty: the table itself.")
    position: Mapped[int] = mapped_column(Integer, comment="The column's place in its table; 0: the table itself.")
    meaning: Mapped[str] = mapped_column(LongText, comment="What it holds.")
    unit: Mapped[str | None] = mapped_column(Code, comment="What a number counts: seconds, bytes or words.")
    example: Mapped[str | None] = mapped_column(LongText, comment="A value that it may have; NULL: of a table itself.")


def table_of(row: type[Base]) -> Table:
    """The Core table of a row class, for statements over many rows at once."""
    return Base.metadata.tables[row.__tablename__]
