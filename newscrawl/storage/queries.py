"""Questions to the archive: search, one article, how much there is."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from newscrawl.article import Access, Article, Precision
from newscrawl.storage import rows, search
from newscrawl.storage.pages import url_hash
from newscrawl.storage.tables import (
    ArticleAuthorRow,
    ArticleKeyRow,
    ArticleRow,
    AuthorRow,
    PageRow,
    RevisionRow,
    RunRow,
    TickerRow,
)
from newscrawl.urls import article_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to search for; every condition must hold."""

    words: str | None = None
    """Words that stand in headline, dek or body, in any order and case; "in quotes" side by side; tarif* begins so."""
    since: datetime | None = None
    """Published at this moment or later."""
    until: datetime | None = None
    """Published before this moment."""
    author: str | None = None
    """Part of a name in the byline, in any case."""
    ticker: str | None = None
    """A symbol, with its exchange or without: AAPL finds AAPL:US."""
    section: str | None = None
    """The section, in any case."""
    limit: int | None = 20
    """At most so many; None for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article as a list shows it; times are UTC."""

    id: int
    published_at: datetime | None
    published_precision: Precision | None
    headline: str
    dek: str | None
    byline: tuple[str, ...]
    section: str | None
    tickers: tuple[str, ...]
    access: Access
    revision: int
    """How many versions were seen."""
    url: str
    """The publisher's own address of it, or else the one that it was fetched from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article of the archive, with what only the archive knows of it; times are UTC."""

    id: int
    article: Article
    revision: int
    """How many versions were seen."""
    first_seen_at: datetime
    last_seen_at: datetime


_FETCHED = 10_000
"""Rows that a driver holds at once."""
_HIT = (
    ArticleRow.id,
    ArticleRow.published_at,
    ArticleRow.published_precision,
    ArticleRow.headline,
    ArticleRow.dek,
    ArticleRow.section,
    ArticleRow.access,
    ArticleRow.revision,
    func.coalesce(ArticleRow.canonical_url, ArticleRow.url).label("url"),
)


def find(connection: Connection, query: Query) -> list[Hit]:
    """The best matches first where words are asked for, else the newest."""
    asked = _asked(connection, select(*_HIT), query)
    return [] if asked is None else _hits(connection, connection.execute(asked).all())


def ids(connection: Connection, query: Query) -> array[int]:
    """The numbers of the articles of a query, in its order: eight bytes each, however many there are."""
    asked = _asked(connection, select(ArticleRow.id), query)
    if asked is None:
        return array("q")
    return array("q", connection.execute(asked, execution_options={"yield_per": _FETCHED}).scalars())


def _asked(connection: Connection, columns: Select[*tuple[Any, ...]], query: Query) -> Select[*tuple[Any, ...]] | None:
    """None where the words hold none: nothing can match."""
    asked = _narrowed(columns, query)
    if query.words and query.words.strip():
        phrases = search.phrases(query.words)
        if not phrases:
            return None
        hits = search.full_text(connection).hits(phrases).subquery("hits")
        asked = asked.join(hits, hits.c.id == ArticleRow.id).order_by(hits.c.score)
    return asked.order_by(*_newest(connection)).limit(query.limit)


def _newest(connection: Connection) -> tuple[Any, ...]:
    published = ArticleRow.published_at.desc()
    # The others have NULL last of themselves; saying so would keep them from using the index.
    return (published.nulls_last() if connection.dialect.name == "postgresql" else published), ArticleRow.id.desc()


def _narrowed(asked: Select[*tuple[Any, ...]], query: Query) -> Select[*tuple[Any, ...]]:
    conditions = []
    if query.since:
        conditions.append(ArticleRow.published_at >= query.since)
    if query.until:
        conditions.append(ArticleRow.published_at < query.until)
    if query.section:
        conditions.append(func.lower(ArticleRow.section) == func.lower(query.section))
    if query.author:
        conditions.append(_written_by(query.author))
    if query.ticker:
        conditions.append(_names(query.ticker.upper()))
    return asked.where(*conditions)


def _written_by(author: str) -> Any:
    wrote = and_(ArticleAuthorRow.article_id == ArticleRow.id, ArticleAuthorRow.author_id == AuthorRow.id)
    named = and_(ArticleAuthorRow.role == "byline", AuthorRow.name.icontains(author, autoescape=True))
    return exists().where(wrote, named)


def _names(ticker: str) -> Any:
    symbol = func.upper(TickerRow.ticker)
    meant = or_(symbol == ticker, symbol.startswith(f"{ticker}:", autoescape=True))
    return exists().where(TickerRow.article_id == ArticleRow.id, meant)


def _hits(connection: Connection, found: Collection[Any]) -> list[Hit]:
    ids = [row.id for row in found]
    people, tickers = rows.load_people(connection, ids), rows.load_parts(connection, TickerRow, ids)
    return [
        Hit(
            **row._mapping,
            byline=people[row.id].get("byline", ()),
            tickers=tuple(part["ticker"] for part in tickers[row.id]),
        )
        for row in found
    ]


def read(connection: Connection, ids: Collection[int]) -> list[StoredArticle]:
    """The articles of these ids, in their order; ids that are not there are left out."""
    articles = rows.load(connection, ids)
    spans = (
        select(
            RevisionRow.article_id.label("id"),
            func.count().label("revision"),
            func.min(RevisionRow.seen_at).label("first_seen_at"),
            func.max(RevisionRow.seen_until).label("last_seen_at"),
        )
        .where(RevisionRow.article_id.in_(ids))
        .group_by(RevisionRow.article_id)
    )
    seen = {row["id"]: row for row in connection.execute(spans).mappings()}
    return [StoredArticle(article=articles[at], **seen[at]) for at in ids if at in articles]


def article_id(connection: Connection, asked: int | str) -> int | None:
    """The article of a number (also one that a merge has retired) or of an address in any spelling."""
    if isinstance(asked, int):
        there = connection.scalar(select(ArticleRow.id).where(ArticleRow.id == asked))
        return there or _by_keys(connection, [f"id:{asked}"])
    page = select(PageRow.article_id).where(PageRow.url_hash == url_hash(asked))
    return connection.scalar(page) or _by_keys(connection, map(rows.stored_key, article_keys(asked)))


def _by_keys(connection: Connection, keys: Iterable[str]) -> int | None:
    return connection.scalar(select(ArticleKeyRow.article_id).where(ArticleKeyRow.key.in_(list(keys))).limit(1))


def totals(connection: Connection) -> dict[str, int]:
    """How many rows the tables have that people ask for."""
    asked = (ArticleRow, RevisionRow, AuthorRow, PageRow, RunRow)
    counts = (select(func.count()).select_from(row).scalar_subquery().label(row.__tablename__) for row in asked)
    return dict(connection.execute(select(*counts)).mappings().one())
