"""The tables. docs/schema.md and the table `data_dictionary` are generated from this file."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
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
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from newscrawl.storage.types import Code, Digest, Json, LongText, Name, Pattern, Prose, UtcDateTime

_Id = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")  # only INTEGER counts up in SQLite


class Base:
    """The root of the tables: each subclass describes one, and has its columns as attributes.

    SQLAlchemy's ORM declares tables in the same way, but takes 0.15 s CPU to start, and is not used otherwise.
    """

    # Constraints have names, so that migrations can refer to them.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __tablename__: ClassVar[str]
    __table__: ClassVar[Table]
    __table_args__: ClassVar[tuple[Any, ...]]
    """Indexes and constraints, then a dict of the table's options."""

    def __init_subclass__(cls) -> None:
        columns = []
        for name, annotation in cls.__annotations__.items():
            column = getattr(cls, name)
            column.name = column.key = name
            column.nullable = annotation.endswith("| None]")
            columns.append(column)
        *items, options = cls.__table_args__
        cls.__table__ = Table(cls.__tablename__, cls.metadata, *columns, *items, **options)

    @classmethod
    def __clause_element__(cls) -> Table:
        """Return the table where a statement names the class: select_from(ArticleRow)."""
        return cls.__table__


def make_column(kind: TypeEngine[Any] | type[TypeEngine[Any]], *items: SchemaItem, **options: Any) -> Any:
    """Make a column of a table; its name and whether it may be NULL come from the attribute and its annotation."""
    return Column(kind, *items, **options)


def _part_of_article() -> Any:
    return make_column(
        _Id, ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True, comment="The article: articles.id."
    )


def _position() -> Any:
    return make_column(
        Integer, primary_key=True, autoincrement=False, comment="Place in the order of the page, from 1."
    )


def _options(comment: str, *indexes: Index | UniqueConstraint, rowid: bool = True) -> tuple[Any, ...]:
    return (*indexes, {"comment": comment, "sqlite_with_rowid": rowid})


class ArticleRow(Base):
    """Articles, each once, as they read now."""

    __tablename__ = "articles"
    __table_args__ = _options(
        "One row per article, however many URLs lead to it, as it read when last seen.",
        Index("ix_articles_published_at_id", "published_at", "id"),
        Index("ix_articles_section_published_at", "section", "published_at"),
        Index("ix_articles_changed_at_id", "changed_at", "id"),
        Index("ix_articles_publisher_published_at", "publisher", "published_at"),
        Index("ix_articles_site_published_at", "site", "published_at"),
        Index("ix_articles_layout_access_language_published_at", "layout", "access", "language", "published_at"),
    )

    id: ColumnElement[int] = make_column(_Id, primary_key=True, comment="Number of the article in this database.")
    headline: ColumnElement[str] = make_column(Prose, comment="The headline.")
    dek: ColumnElement[str | None] = make_column(Prose, comment="The line under the headline; NULL: none.")
    description: ColumnElement[str | None] = make_column(
        LongText, comment="What the page's metadata (meta or JSON-LD) says about the article; NULL: nothing."
    )
    published_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When it was published, according to the publisher; UTC."
    )
    published_precision: ColumnElement[str | None] = make_column(
        Code, comment="Precision of published_at: second, minute or day."
    )
    updated_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When it last changed, according to the publisher; UTC."
    )
    section: ColumnElement[str | None] = make_column(Name, comment="The publisher's section, as printed.")
    access: ColumnElement[str] = make_column(
        Code,
        comment="full; teaser: only the opening was shown, the rest is missing; blocked: headline only, from a list.",
    )
    url: ColumnElement[str] = make_column(LongText, comment="The URL that it was first fetched from.")
    canonical_url: ColumnElement[str | None] = make_column(LongText, comment="The publisher's own URL of it.")
    publisher: ColumnElement[str] = make_column(Name, comment="The publisher.")
    post_id: ColumnElement[str | None] = make_column(LongText, comment="The publisher's own identifier of it.")
    language: ColumnElement[str | None] = make_column(Code, comment="BCP 47 tag, lower-case: en.")
    dateline_place: ColumnElement[str | None] = make_column(LongText, comment="Dateline: the place reported from.")
    dateline_date_text: ColumnElement[str | None] = make_column(
        LongText, comment="Dateline: the date as printed, such as May 27."
    )
    dateline_agency: ColumnElement[str | None] = make_column(LongText, comment="Dateline: the agency in brackets.")
    correction: ColumnElement[str | None] = make_column(LongText, comment="The publisher's note of what was corrected.")
    abstract: ColumnElement[list[str]] = make_column(Json, comment="Bullets above the body: JSON array of strings.")
    word_count: ColumnElement[int] = make_column(
        Integer, comment="Number of words in body_text, separated by white space."
    )
    revision: ColumnElement[int] = make_column(
        Integer, comment="Number of versions seen, which is the number of the newest revision."
    )
    fetched_at: ColumnElement[datetime] = make_column(
        UtcDateTime,
        comment="When the page with these values was first fetched; UTC. Last seen: revisions.seen_until.",
    )
    changed_at: ColumnElement[datetime] = make_column(
        UtcDateTime,
        server_default=text("'1970-01-01 00:00:00'"),
        comment="When this row last changed; UTC, never earlier than that of a row that changed before it.",
    )
    layout: ColumnElement[str] = make_column(
        Name, comment="The layout (era of the publisher's markup) that read the page."
    )
    extractor: ColumnElement[str | None] = make_column(
        Name, comment="Version of the extraction that read it; NULL: read before versions were recorded."
    )
    fingerprint: ColumnElement[str] = make_column(
        Code, comment="Hash of the content of the last page; equal means unchanged."
    )
    body_text: ColumnElement[str] = make_column(
        Prose, comment="The body as plain text, its blocks separated by blank lines."
    )
    body: ColumnElement[list[dict[str, str]]] = make_column(
        Json,
        comment="The body as blocks: JSON array of {kind, text}, of kind paragraph, subhead, "
        "list_item, quote, table; or embed, a post of another site, with its url.",
    )
    sources: ColumnElement[dict[str, str]] = make_column(
        Json, comment="Where each field was read: JSON object, field to place."
    )
    complete: ColumnElement[bool] = make_column(
        Boolean,
        server_default=true(),
        comment="0: every capture of it was cut (captures.incomplete_reason), so that the rest of the text is missing.",
    )
    content_digest: ColumnElement[str | None] = make_column(
        Digest, comment="SHA-256 of the article's content; a row that does not match it is damaged."
    )
    checksums: ColumnElement[str | None] = make_column(
        Name, comment="CRC-32 of each column, 8 hex digits each: they name the column that is damaged."
    )
    confidence: ColumnElement[float | None] = make_column(
        Double,
        comment="How sure the generic extractor is that headline and body are right, 0 to 1; NULL: a layout read it.",
    )
    site: ColumnElement[str] = make_column(
        Name, server_default="", comment="The site that it was first fetched from: sites.site."
    )


class ArticleKeyRow(Base):
    """Keys of articles."""

    __tablename__ = "article_keys"
    __table_args__ = _options(
        "Keys that identify an article; two pages that share one are the same article.", rowid=False
    )

    key: ColumnElement[str] = make_column(
        Name,
        primary_key=True,
        comment="post:HOST/ID, sid:HOST/SID, dated:HOST/DATE/SLUG, url:ADDRESS, text:HOST/HASH; id:N of a merged row.",
    )
    article_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("articles.id", ondelete="CASCADE"), index=True, comment="The article: articles.id."
    )


class AuthorRow(Base):
    """People who write."""

    __tablename__ = "authors"
    __table_args__ = _options("Everyone who is named in a byline or a line of assistance, once each.")

    id: ColumnElement[int] = make_column(_Id, primary_key=True, comment="Number of the author in this database.")
    name: ColumnElement[str] = make_column(
        Name, unique=True, comment="The name as printed, without By, titles or handles."
    )


class ArticleAuthorRow(Base):
    """Who wrote what."""

    __tablename__ = "article_authors"
    __table_args__ = _options("Who wrote what, in which order and role.", rowid=False)

    article_id: ColumnElement[int] = _part_of_article()
    role: ColumnElement[str] = make_column(
        Code, primary_key=True, comment="byline; or assistance: named in a line such as With assistance by."
    )
    position: ColumnElement[int] = _position()
    author_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("authors.id"), index=True, comment="The author: authors.id."
    )


class ImageRow(Base):
    """Pictures of articles."""

    __tablename__ = "images"
    __table_args__ = _options("Pictures of an article, not of the page around it.", rowid=False)

    article_id: ColumnElement[int] = _part_of_article()
    position: ColumnElement[int] = _position()
    url: ColumnElement[str | None] = make_column(LongText, comment="URL of the picture.")
    caption: ColumnElement[str | None] = make_column(LongText, comment="The caption, without the credit.")
    credit: ColumnElement[str | None] = make_column(LongText, comment="Who made it, with its label, as printed.")


class TopicRow(Base):
    """Topics of articles."""

    __tablename__ = "topics"
    __table_args__ = _options("Topics that the publisher gave an article.", rowid=False)

    article_id: ColumnElement[int] = _part_of_article()
    position: ColumnElement[int] = _position()
    topic: ColumnElement[str] = make_column(Name, index=True, comment="The topic, as printed.")


class TickerRow(Base):
    """Securities that articles name."""

    __tablename__ = "tickers"
    __table_args__ = _options("Securities that an article names.", rowid=False)

    article_id: ColumnElement[int] = _part_of_article()
    position: ColumnElement[int] = _position()
    ticker: ColumnElement[str] = make_column(
        Name, index=True, comment="Symbol, colon, exchange (AAPL:US); or the symbol alone."
    )


class ContactRow(Base):
    """Contacts of articles."""

    __tablename__ = "contacts"
    __table_args__ = _options("People in lines such as To contact the reporter on this story.", rowid=False)

    article_id: ColumnElement[int] = _part_of_article()
    position: ColumnElement[int] = _position()
    role: ColumnElement[str] = make_column(Code, comment="reporter or editor.")
    name: ColumnElement[str] = make_column(LongText, comment="The person's name.")
    place: ColumnElement[str | None] = make_column(LongText, comment="Where the person works.")
    email: ColumnElement[str | None] = make_column(LongText, comment="The printed e-mail address.")


class RevisionRow(Base):
    """Versions of articles."""

    __tablename__ = "revisions"
    __table_args__ = _options(
        "Every version that was seen, oldest first. It has a body only if the next version has another one."
    )

    article_id: ColumnElement[int] = _part_of_article()
    number: ColumnElement[int] = make_column(
        Integer, primary_key=True, autoincrement=False, comment="1 for the oldest seen."
    )
    seen_at: ColumnElement[datetime] = make_column(
        UtcDateTime, index=True, comment="When this version was first seen; UTC."
    )
    seen_until: ColumnElement[datetime] = make_column(UtcDateTime, comment="When this version was last seen; UTC.")
    headline: ColumnElement[str] = make_column(LongText, comment="The headline of this version.")
    dek: ColumnElement[str | None] = make_column(LongText, comment="The dek of this version.")
    correction: ColumnElement[str | None] = make_column(LongText, comment="The correction note of this version.")
    access: ColumnElement[str] = make_column(
        Code, comment="full, teaser or blocked: how much of this version was shown."
    )
    body_text: ColumnElement[str | None] = make_column(
        LongText, comment="The body; NULL: the same as in the next version, or in articles."
    )
    body: ColumnElement[list[dict[str, str]] | None] = make_column(
        Json, comment="The body as blocks; NULL: the same as in the next version, or in articles."
    )
    content_digest: ColumnElement[str | None] = make_column(
        Digest, comment="SHA-256 of this version's content; a row that does not match it is damaged."
    )
    checksums: ColumnElement[str | None] = make_column(
        Name, comment="CRC-32 of each column, 8 hex digits each: they name the column that is damaged."
    )
    capture_id: ColumnElement[int | None] = make_column(
        _Id,
        ForeignKey("captures.id", ondelete="SET NULL"),
        index=True,
        comment="The capture that first showed this version: captures.id; NULL: unknown, or not stored.",
    )


class PageRow(Base):
    """The page ledger."""

    __tablename__ = "pages"
    __table_args__ = _options(
        "The page ledger: every URL that was discovered, and what became of it.",
        Index("ix_pages_spider_state", "spider", "state"),
        Index("ix_pages_site_state", "site", "state"),
        Index("ix_pages_site_due_at", "site", "due_at"),
    )

    id: ColumnElement[int] = make_column(
        _Id, primary_key=True, comment="Number of the page, in the order of discovery."
    )
    url: ColumnElement[str] = make_column(LongText, comment="The URL as first discovered.")
    url_hash: ColumnElement[str] = make_column(
        Code, unique=True, comment="Hash of the normalized URL: all spellings of a URL are one row."
    )
    state: ColumnElement[str] = make_column(
        Code,
        comment="discovered (not fetched yet), stored, unchanged (stored before), refused, failed or blocked.",
    )
    reason: ColumnElement[str | None] = make_column(
        Name, comment="Why it was refused, failed or blocked: a short code."
    )
    status: ColumnElement[int | None] = make_column(SmallInteger, comment="HTTP status of the last response.")
    article_id: ColumnElement[int | None] = make_column(
        _Id,
        ForeignKey("articles.id", ondelete="SET NULL"),
        index=True,
        comment="The article that it led to: articles.id.",
    )
    spider: ColumnElement[str] = make_column(Name, comment="The spider that last handled it.")
    source: ColumnElement[str | None] = make_column(
        Name, comment="Where it was first discovered: feed, news_sitemap, files and so on."
    )
    attempts: ColumnElement[int] = make_column(Integer, comment="Number of tries.")
    discovered_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it was first discovered; UTC.")
    tried_at: ColumnElement[datetime | None] = make_column(UtcDateTime, comment="When it was last tried; UTC.")
    run_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("runs.id"), comment="The run that last handled it: runs.id."
    )
    failures: ColumnElement[int] = make_column(
        Integer,
        server_default="0",
        comment="Number of times in a row that it gave no article for reasons of the same kind (refusal).",
    )
    due_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime,
        comment="When to fetch it next; UTC. NULL: in the next run if it is discovered, otherwise if a list reports "
        "a change.",
    )
    etag: ColumnElement[str | None] = make_column(LongText, comment="The ETag header of the last response.")
    last_modified: ColumnElement[str | None] = make_column(
        LongText, comment="The Last-Modified header of the last response."
    )
    listed_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When it last changed, according to lists; UTC."
    )
    told: ColumnElement[dict[str, Any] | None] = make_column(
        Json, comment="What the first list said of it (headline, dek and so on): JSON object; NULL: only its URL."
    )
    extractor: ColumnElement[str | None] = make_column(
        Name, comment="Version of the extraction that refused it by its content; NULL: none did."
    )
    refusal: ColumnElement[str | None] = make_column(
        Code,
        comment="Kind of the reason: permanent, by content, temporary, not wanted (by that run); NULL: no reason.",
    )
    published_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When the article was published that was not wanted, because of since or until; UTC."
    )
    site: ColumnElement[str] = make_column(Name, server_default="", comment="The site that it belongs to: sites.site.")
    listed_by: ColumnElement[str | None] = make_column(
        Name, comment="Kinds of lists that named it, in alphabetical order: feed,news_sitemap; NULL: unknown."
    )


class CaptureRow(Base):
    """Captures of pages."""

    __tablename__ = "captures"
    __table_args__ = _options(
        "Every capture of a page: the response at one moment, where it is stored, and how it was read.",
        UniqueConstraint("page_id", "captured_at"),
    )

    id: ColumnElement[int] = make_column(_Id, primary_key=True, comment="Number of the capture.")
    page_id: ColumnElement[int] = make_column(_Id, ForeignKey("pages.id"), comment="The page: pages.id.")
    captured_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When the server responded; UTC.")
    source: ColumnElement[str] = make_column(
        Name, comment="Where it came from: live, warc, wayback, commoncrawl, sample and so on."
    )
    kind: ColumnElement[str] = make_column(
        Code,
        comment="response; revisit: the payload is that of an earlier capture; resource; conversion: text only (WET).",
    )
    status: ColumnElement[int | None] = make_column(SmallInteger, comment="HTTP status of the response.")
    digest: ColumnElement[str | None] = make_column(
        Code, index=True, comment="Digest of the payload as sent, as in WARC-Payload-Digest: sha1:BASE32."
    )
    file: ColumnElement[str | None] = make_column(
        LongText, comment="The WARC file, relative to NEWSCRAWL_WARC_DIR or absolute; NULL: not stored."
    )
    file_offset: ColumnElement[int | None] = make_column(
        BigInteger, comment="Byte of the file at which its record starts."
    )
    file_length: ColumnElement[int | None] = make_column(BigInteger, comment="Length of its record in the file.")
    state: ColumnElement[str] = make_column(
        Code,
        comment="What it was read as: stored (an article), unchanged, refused, failed or blocked; discovered: nothing, "
        "because the archive answered with another capture.",
    )
    reason: ColumnElement[str | None] = make_column(Name, comment="Why it is not an article: a short code.")
    layout: ColumnElement[str | None] = make_column(Name, comment="The layout that read it; NULL: none.")
    extractor: ColumnElement[str | None] = make_column(Name, comment="Version of the extraction that read it.")
    complete: ColumnElement[bool] = make_column(
        Boolean, server_default=true(), comment="0: only part of the response was received or stored."
    )
    incomplete_reason: ColumnElement[str | None] = make_column(
        Name, comment="Why it is not complete: a short code; NULL: it is."
    )
    run_id: ColumnElement[int] = make_column(_Id, ForeignKey("runs.id"), comment="The run that read it last: runs.id.")


class ArchiveFileRow(Base):
    """Files of captures."""

    __tablename__ = "archive_files"
    __table_args__ = _options("Every archive file that `scrapy ingest` has started to read.")

    id: ColumnElement[int] = make_column(_Id, primary_key=True, comment="Number of the file.")
    path: ColumnElement[str] = make_column(LongText, comment="Its absolute path.")
    path_hash: ColumnElement[str] = make_column(Code, unique=True, comment="Hash of the path.")
    size: ColumnElement[int] = make_column(BigInteger, comment="Its size when it was read.")
    modified_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it was last modified; UTC.")
    captures: ColumnElement[int] = make_column(Integer, comment="Number of captures of the publisher that were read.")
    broken: ColumnElement[int] = make_column(Integer, comment="Number of records that could not be read.")
    finished_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When all of it was stored; UTC. NULL: the next `scrapy ingest` continues with it."
    )
    run_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("runs.id"), comment="The run that last read of it: runs.id."
    )
    sites: ColumnElement[str | None] = make_column(
        LongText, comment="Sites whose pages of it were read: sites.site, separated by commas; NULL: all."
    )


class ListRow(Base):
    """Lists of articles."""

    __tablename__ = "lists"
    __table_args__ = _options(
        "Every list of articles (feed, sitemap, front page) of a site, and its last state.",
        UniqueConstraint("site", "url_hash"),
    )

    id: ColumnElement[int] = make_column(_Id, primary_key=True, comment="Number of the list.")
    spider: ColumnElement[str] = make_column(Name, comment="The spider that first fetched it.")
    site: ColumnElement[str] = make_column(
        Name, server_default="", comment="The site that it lists articles of: sites.site."
    )
    url: ColumnElement[str] = make_column(LongText, comment="Its URL.")
    url_hash: ColumnElement[str] = make_column(Code, comment="Hash of the exact URL.")
    source: ColumnElement[str] = make_column(
        Name, comment="What kind of list it is: feed, news_sitemap, sitemap and so on."
    )
    index_url: ColumnElement[str | None] = make_column(
        LongText, comment="URL of the sitemap index that named it; NULL: none."
    )
    outcome: ColumnElement[str | None] = make_column(
        Code,
        comment="Outcome of the last request: read, unchanged, gone, failed, blocked or refused; NULL: never fetched.",
    )
    reason: ColumnElement[str | None] = make_column(Name, comment="Why it is gone, failed or blocked: a short code.")
    status: ColumnElement[int | None] = make_column(SmallInteger, comment="HTTP status of the last response.")
    etag: ColumnElement[str | None] = make_column(
        LongText, comment="The ETag header of the last response with entries."
    )
    last_modified: ColumnElement[str | None] = make_column(
        LongText, comment="The Last-Modified header of the last response with entries."
    )
    digest: ColumnElement[str | None] = make_column(Name, comment="Hash of its entries.")
    lastmod: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When it last changed, according to its index when it was last read; UTC."
    )
    entries: ColumnElement[int] = make_column(Integer, comment="Number of links when it was last read.")
    span_seconds: ColumnElement[int | None] = make_column(
        BigInteger, comment="Time from its oldest to its newest entry; NULL: entries have no dates."
    )
    asked_at: ColumnElement[datetime | None] = make_column(UtcDateTime, comment="When it was last fetched; UTC.")
    read_at: ColumnElement[datetime | None] = make_column(UtcDateTime, comment="When its entries were last read; UTC.")
    checked_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When it was last fetched without If-None-Match and If-Modified-Since; UTC."
    )
    new_at: ColumnElement[datetime | None] = make_column(UtcDateTime, comment="When it last had a new URL; UTC.")
    due_at: ColumnElement[datetime | None] = make_column(UtcDateTime, comment="When to fetch it next; UTC.")
    interval_seconds: ColumnElement[int] = make_column(Integer, comment="The time until it is fetched again.")
    failures: ColumnElement[int] = make_column(
        Integer, comment="Number of times in a row that it was gone, failed or blocked."
    )
    validators_lie: ColumnElement[bool] = make_column(
        Boolean, comment="1: it once said unchanged and was not; its ETag and Last-Modified are no longer used."
    )
    lastmod_lies: ColumnElement[bool] = make_column(
        Boolean, comment="1: its index once missed a change; lastmod in the index is no longer used."
    )
    run_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("runs.id"), comment="The run that last fetched it: runs.id."
    )


class RunRow(Base):
    """Runs of spiders."""

    __tablename__ = "runs"
    __table_args__ = _options(
        "Every run of a spider. ended_at NULL: it is running, or was killed, which the next run records.",
        Index("ix_runs_spider_ended_at", "spider", "ended_at"),
    )

    id: ColumnElement[int] = make_column(_Id, primary_key=True, comment="Number of the run.")
    spider: ColumnElement[str] = make_column(Name, comment="The spider.")
    arguments: ColumnElement[dict[str, str]] = make_column(Json, comment="Its -a arguments: JSON object.")
    started_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it started; UTC.")
    ended_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When it ended; UTC. Of a killed run, its last heartbeat."
    )
    finish_reason: ColumnElement[str | None] = make_column(
        Name, comment="Scrapy's finish reason: finished, shutdown and so on; or killed: its process disappeared."
    )
    exit_code: ColumnElement[int | None] = make_column(Integer, comment="Exit code of the command.")
    counts: ColumnElement[dict[str, int]] = make_column(Json, comment="What it did: JSON object, name to number.")
    versions: ColumnElement[dict[str, str] | None] = make_column(
        Json, comment="Versions that it ran with: JSON object, such as newscrawl, scrapy and python to their versions."
    )
    host: ColumnElement[str | None] = make_column(Name, comment="The machine that it ran on.")
    pid: ColumnElement[int | None] = make_column(BigInteger, comment="Its process id.")
    process: ColumnElement[str | None] = make_column(
        Name, comment="Distinguishes its process from a later one with the same id."
    )
    alive_at: ColumnElement[datetime | None] = make_column(UtcDateTime, comment="Its last heartbeat; UTC.")
    alone: ColumnElement[bool] = make_column(
        Boolean,
        server_default=true(),
        comment="1: no other run of the spider over the same source may start while it is running.",
    )
    source: ColumnElement[str] = make_column(
        Name, server_default="live", comment="Where its pages come from: live, files, sample, warc, wayback and so on."
    )
    root: ColumnElement[str | None] = make_column(
        Digest,
        comment="Root of the hash tree (SHA-256) over its run_leaves, saved when it ends; NULL: it stored nothing.",
    )


class RunSiteRow(Base):
    """Sites of runs."""

    __tablename__ = "run_sites"
    __table_args__ = _options(
        "The sites of each run. While the run is active, no other run over the same source may start on them.",
        Index("ix_run_sites_site_run_id", "site", "run_id"),
        rowid=False,
    )

    run_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True, comment="The run: runs.id."
    )
    site: ColumnElement[str] = make_column(Name, primary_key=True, comment="The site: sites.site.")
    counts: ColumnElement[dict[str, int] | None] = make_column(
        Json, comment="What the run did on this site, as in runs.counts; NULL: not ended, or nothing."
    )


class SiteRow(Base):
    """Sites."""

    __tablename__ = "sites"
    __table_args__ = _options(
        "Every site that was crawled: a publisher that newscrawl knows, by its name, or any other, by its host.",
        rowid=False,
    )

    site: ColumnElement[str] = make_column(
        Name, primary_key=True, comment="Its key: the name of a known publisher; of any other, the host without www."
    )
    home: ColumnElement[str] = make_column(LongText, comment="Its front page.")
    title: ColumnElement[str | None] = make_column(LongText, comment="Its name, as its pages print it; NULL: unknown.")
    added_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it was first crawled; UTC.")
    tried_at: ColumnElement[datetime | None] = make_column(UtcDateTime, comment="When a run last started on it; UTC.")
    read_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When the last run ended that read a list or page of it; UTC."
    )
    delay_seconds: ColumnElement[float | None] = make_column(
        Double, comment="Time between two requests to it in the last run; NULL: unknown."
    )
    trouble: ColumnElement[str | None] = make_column(
        LongText, comment="What went wrong on it in the last run, such as a block; NULL: nothing."
    )
    run_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("runs.id"), comment="The run that last started on it: runs.id."
    )
    allowed_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="No run sends it a request before, as its delay or its Retry-After says; UTC."
    )


class ScheduleRow(Base):
    """Scheduled sites."""

    __tablename__ = "schedules"
    __table_args__ = _options(
        "Sites that the workers of the queue crawl (`scrapy work`), each at its own pace.",
        Index("ix_schedules_due_at", "due_at"),
        rowid=False,
    )

    site: ColumnElement[str] = make_column(Name, primary_key=True, comment="The site: sites.site.")
    spider: ColumnElement[str] = make_column(Name, comment="The spider that crawls it.")
    arguments: ColumnElement[dict[str, str]] = make_column(
        Json, comment="The -a arguments of its crawls, without its address: JSON object."
    )
    entries: ColumnElement[list[dict[str, Any]]] = make_column(
        Json, comment="Its address and settings, as in a file of sites: JSON array; empty: the spider has one site."
    )
    every_seconds: ColumnElement[int] = make_column(Integer, comment="Time between the starts of two crawls.")
    added_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it was scheduled; UTC.")
    due_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it is crawled next; UTC.")
    started_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When its last crawl from the queue started; UTC."
    )
    late_seconds: ColumnElement[float | None] = make_column(
        Double, comment="How long after it was due that crawl started."
    )
    ended_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When its last crawl from the queue ended; UTC."
    )
    exit_code: ColumnElement[int | None] = make_column(
        Integer, comment="Exit code of that crawl; negative: the signal that killed it."
    )
    blocks: ColumnElement[int] = make_column(
        Integer, comment="Number of crawls in a row that ended blocked: each doubles the pause before the next."
    )


class UrlPatternRow(Base):
    """URL patterns of sites."""

    __tablename__ = "url_patterns"
    __table_args__ = _options(
        "Shapes of each site's URLs, and how many of their pages were articles: they decide which links are followed.",
        rowid=False,
    )

    site: ColumnElement[str] = make_column(Name, primary_key=True, comment="The site: sites.site.")
    pattern: ColumnElement[str] = make_column(
        Pattern, primary_key=True, comment="The shape, such as /news/{date}/{slug}."
    )
    fetched: ColumnElement[int] = make_column(Integer, comment="Number of its pages that were fetched.")
    articles: ColumnElement[int] = make_column(Integer, comment="Number of those that were articles.")
    rule: ColumnElement[str | None] = make_column(
        Code, comment="allow: always follow; deny: never; NULL: as the numbers say. Yours to set."
    )
    changed_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When the numbers last changed; UTC.")


class RunLeafRow(Base):
    """Leaves of the hash trees of runs."""

    __tablename__ = "run_leaves"
    __table_args__ = _options("What each run stored: the leaves of the hash tree whose root is runs.root.", rowid=False)

    run_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True, comment="The run: runs.id."
    )
    kind: ColumnElement[str] = make_column(Code, primary_key=True, comment="article or capture.")
    item_id: ColumnElement[int] = make_column(
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="The article or capture: articles.id or captures.id; it may have been merged into another since.",
    )
    digest: ColumnElement[str] = make_column(
        Name, comment="Its digest when the run last stored it: articles.content_digest or captures.digest."
    )


class ExportRow(Base):
    """Exports."""

    __tablename__ = "exports"
    __table_args__ = _options("Every finished `scrapy export`: where the next one with `--since last` continues.")

    id: ColumnElement[int] = make_column(_Id, primary_key=True, comment="Number of the export.")
    target: ColumnElement[str] = make_column(LongText, comment="The absolute path of the file or folder.")
    format: ColumnElement[str] = make_column(Name, comment="Its format: jsonl, csv, parquet and so on.")
    conditions: ColumnElement[dict[str, Any]] = make_column(
        Json, comment="The conditions of its articles: JSON object."
    )
    articles: ColumnElement[int] = make_column(Integer, comment="Number of articles written.")
    changed_through: ColumnElement[datetime | None] = make_column(
        UtcDateTime,
        comment="Every change up to then (articles.changed_at) is in it; UTC. NULL: there were no articles.",
    )
    exported_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it was finished; UTC.")


class DeletedKeyRow(Base):
    """Deleted articles."""

    __tablename__ = "deleted_keys"
    __table_args__ = _options(
        "Keys of articles that `scrapy db delete` has deleted: pages with one are not stored again.", rowid=False
    )

    key: ColumnElement[str] = make_column(
        Name, primary_key=True, comment="As in article_keys; or page:N of a page that led to the article: pages.id."
    )
    article_id: ColumnElement[int] = make_column(
        BigInteger, index=True, comment="The number that the article had; no other article gets it."
    )
    deleted_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it was deleted; UTC.")


class WatchRow(Base):
    """Saved searches."""

    __tablename__ = "watches"
    __table_args__ = _options("Saved searches (`scrapy watch`): each article that matches one is reported once.")

    id: ColumnElement[int] = make_column(_Id, primary_key=True, comment="Number of the saved search.")
    name: ColumnElement[str] = make_column(Name, unique=True, comment="Its name.")
    key: ColumnElement[str] = make_column(Code, comment="Its identifier in messages, which no other one ever has.")
    conditions: ColumnElement[dict[str, Any]] = make_column(Json, comment="Its words and conditions: JSON object.")
    added_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it was added; UTC.")
    checked_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When articles were last matched; UTC.")
    changed_through: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="Every change up to then (articles.changed_at) was matched; UTC. NULL: none."
    )


class WatchMatchRow(Base):
    """Articles that match saved searches."""

    __tablename__ = "watch_matches"
    __table_args__ = _options(
        "Articles that match a saved search, in the order in which they were found.",
        UniqueConstraint("watch_id", "article_id"),
        rowid=False,
    )

    watch_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("watches.id", ondelete="CASCADE"), primary_key=True, comment="The saved search: watches.id."
    )
    number: ColumnElement[int] = make_column(
        Integer, primary_key=True, autoincrement=False, comment="Place in the order in which they were found, from 1."
    )
    article_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("articles.id", ondelete="CASCADE"), index=True, comment="The article: articles.id."
    )
    found_at: ColumnElement[datetime] = make_column(UtcDateTime, comment="When it was found; UTC.")


class WatchTargetRow(Base):
    """Where matches are reported."""

    __tablename__ = "watch_targets"
    __table_args__ = _options("Where the matches of saved searches are reported, and how far.", rowid=False)

    watch_id: ColumnElement[int] = make_column(
        _Id, ForeignKey("watches.id", ondelete="CASCADE"), primary_key=True, comment="The saved search: watches.id."
    )
    kind: ColumnElement[str] = make_column(Code, primary_key=True, comment="feed (a file), webhook or mail.")
    address: ColumnElement[str] = make_column(LongText, comment="The absolute path, URL or mail address.")
    secret: ColumnElement[str | None] = make_column(LongText, comment="The key that signs; NULL: nothing is signed.")
    delivered_through: ColumnElement[int] = make_column(
        Integer, comment="Matches up to this one (watch_matches.number) need no report any more."
    )
    sending_through: ColumnElement[int | None] = make_column(
        Integer, comment="The last match of the report that was sent last, if that failed; NULL: it did not."
    )
    claimed_until: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="Until then no other process reports to it; UTC. NULL: none does."
    )
    delivered_at: ColumnElement[datetime | None] = make_column(
        UtcDateTime, comment="When a report last succeeded; UTC. NULL: never."
    )
    failures: ColumnElement[int] = make_column(Integer, comment="Number of reports in a row that failed.")
    trouble: ColumnElement[str | None] = make_column(LongText, comment="Why the last report failed; NULL: it did not.")


class ArticleClusterRow(Base):
    """Which cluster of copies an article belongs to."""

    __tablename__ = "article_clusters"
    __table_args__ = _options(
        "Which articles are copies, updates and corrections of each other. It hides no article.",
        Index("ix_article_clusters_changed_at_article_id", "changed_at", "article_id"),
    )

    article_id: ColumnElement[int] = _part_of_article()
    cluster_id: ColumnElement[int | None] = make_column(
        _Id,
        ForeignKey("articles.id", ondelete="SET NULL"),
        index=True,
        comment="The article of its cluster that was published first: articles.id; itself if it is alone. NULL: to be "
        "compared again.",
    )
    changed_at: ColumnElement[datetime] = make_column(
        UtcDateTime, comment="The articles.changed_at when it was compared: a later change is compared again."
    )
    text_hash: ColumnElement[int | None] = make_column(
        BigInteger,
        comment="Equal for the same text, word for word; below 40 words, with the same headline. NULL: it has no text.",
    )
    notice: ColumnElement[str | None] = make_column(
        Code, comment='What its headline or a note says that it is: "update" or "correction". NULL: neither.'
    )


class ClusterMarkRow(Base):
    """Marks by which copies are found."""

    __tablename__ = "cluster_marks"
    __table_args__ = _options(
        "Marks of the text of each article (MinHash): articles that share one are compared word by word.", rowid=False
    )

    mark: ColumnElement[int] = make_column(
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="The mark, a 64-bit number without a meaning. At most 20 articles have the same.",
    )
    article_id: ColumnElement[int] = make_column(
        _Id,
        ForeignKey("articles.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
        comment="The article: articles.id.",
    )


class MeaningRow(Base):
    """The comments of this file, in the database."""

    __tablename__ = "data_dictionary"
    __table_args__ = _options("What every table, view and column holds.", rowid=False)

    table_name: ColumnElement[str] = make_column(Code, primary_key=True, comment="A table or view.")
    column_name: ColumnElement[str] = make_column(
        Code, primary_key=True, comment="A column of it; empty: the table itself."
    )
    position: ColumnElement[int] = make_column(Integer, comment="The column's place in its table; 0: the table itself.")
    meaning: ColumnElement[str] = make_column(LongText, comment="What it holds.")
    unit: ColumnElement[str | None] = make_column(Code, comment="The unit of a number: seconds, bytes or words.")
    example: ColumnElement[str | None] = make_column(
        LongText, comment="An example of its value; NULL: of a table itself."
    )


def table_of(row: type[Base]) -> Table:
    """Return the Core table of a row class, for statements over many rows at once."""
    return row.__table__
