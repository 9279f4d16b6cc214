"""A Query as SQL: its conditions, and the ids of its articles in its order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, exists, func, or_, select, union_all

from newscrawl.storage.query.names import has_publisher, has_section, has_site
from newscrawl.storage.search import full_text
from newscrawl.storage.search.conditions import build_condition
from newscrawl.storage.search.parser import ATTRIBUTES, Attribute, HasAttribute, Node, is_text, parse, split
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, AuthorRow, TickerRow

Sort = Literal["relevance", "newest", "oldest"]
Ids: TypeAlias = "Select[int]"
_Order = Literal["newest", "oldest"]
SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")
# Orders in which an index of the database has the articles without a date first.
_UNDATED_FIRST = {("postgresql", "newest"), ("mariadb", "oldest")}
# Up to so many articles of an author, a ticker or (in PostgreSQL) words are sorted by date: it is faster than walking
# an index by date over all articles until enough of them are met.
_FEW = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to search for; every condition must hold."""

    words: str | None = None
    """Words of headline, dek or body, in any order and case, and more: see newscrawl.storage.search.parser."""
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
    publisher: str | None = None
    """The publisher, in any case: its title, or else the name or host of its site."""
    site: str | None = None
    """The site: a host such as "news.example", an address on it, or the name of a known publisher."""
    min_confidence: float | None = None
    """The least confidence of the generic extractor, from 0 to 1; articles of known layouts always match."""
    changed_after: datetime | None = None
    """New, or changed in this database, after this moment."""
    sort: Sort | None = None
    """None: by relevance if there are words, else newest first. Articles without a date come last."""
    limit: int | None = 20
    """None: all articles."""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Criteria:
    """A query's conditions as SQL: the hits of full-text search, if it has words, and conditions on `articles`."""

    hits: Subquery | None
    """(id, score)"""
    conditions: tuple[ColumnElement[bool], ...]


def build_criteria(connection: Connection, query: Query) -> Criteria | None:
    """Translate a query's conditions; None if nothing can match, because its words hold no word."""
    node = parse(query.words or "")
    if query.words and query.words.strip() and node is None:
        return None
    text, rest = split(node) if node else (None, ())
    conditions = [*published_between(query.since, query.until)]
    if query.changed_after:
        conditions.append(ArticleRow.changed_at > query.changed_after)
    if query.min_confidence is not None:
        conditions.append(or_(ArticleRow.confidence.is_(None), ArticleRow.confidence >= query.min_confidence))
    attributes = {attribute: getattr(query, attribute) for attribute in ATTRIBUTES}
    conditions += (_has_attribute(connection, attribute, value) for attribute, value in attributes.items() if value)
    conditions += (_match_node(connection, part) for part in rest)
    hits = full_text(connection).hits(text).subquery("hits") if text else None
    return Criteria(hits, tuple(conditions))


def apply_criteria(columns: Select[*tuple[Any, ...]], criteria: Criteria) -> Select[*tuple[Any, ...]]:
    """Narrow a SELECT of `articles` to those that meet the criteria."""
    if criteria.hits is not None:
        columns = columns.join(criteria.hits, criteria.hits.c.id == ArticleRow.id)
    return columns.where(*criteria.conditions)


def published_between(since: datetime | None, until: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """The conditions for articles published from `since` until before `until`; None: no bound."""
    begun = (ArticleRow.published_at >= since,) if since else ()
    return (*begun, ArticleRow.published_at < until) if until else begun


def select_ids(connection: Connection, query: Query) -> Ids | None:
    """Select the ids of the query's articles, in its order; None if nothing can match."""
    criteria = build_criteria(connection, query)
    if criteria is None:
        return None
    return _order(connection, criteria, query).limit(query.limit).offset(query.offset or None)


def _order(connection: Connection, criteria: Criteria, query: Query) -> Ids:
    hits = criteria.hits
    if hits is not None and (query.sort or "relevance") == "relevance":
        by_relevance = select(hits.c.id).order_by(hits.c.score, hits.c.id.desc())
        # Without conditions no row of `articles` is needed.
        joined = by_relevance.join(ArticleRow, ArticleRow.id == hits.c.id) if criteria.conditions else by_relevance
        return joined.where(*criteria.conditions)
    matches: Ids = apply_criteria(select(ArticleRow.id), criteria)
    order: _Order = "oldest" if query.sort == "oldest" else "newest"
    dated = query.since is not None or query.until is not None
    dialect = connection.dialect.name
    if (
        query.limit is not None
        and not dated
        and (dialect, order) in _UNDATED_FIRST
        # MariaDB cannot combine an index by date with its full-text index.
        and (hits is None or (dialect == "postgresql" and not _are_few(connection, select(hits.c.id))))
    ):
        return _dated_then_undated(matches, order, query.limit + query.offset)
    return matches.order_by(*_by_date(connection, order, dated=dated))


def _by_date(connection: Connection, order: _Order, *, dated: bool) -> tuple[Any, ...]:
    published, number, dialect = ArticleRow.published_at, ArticleRow.id, connection.dialect.name
    # NULLS LAST is written only where it is not the default, because it may cost the index.
    if order == "newest":
        return (published.desc() if dated or dialect != "postgresql" else published.desc().nulls_last()), number.desc()
    if dated or dialect == "postgresql":
        return published, number
    return (published.nulls_last(), number) if dialect == "sqlite" else (published.is_(None), published, number)


def _dated_then_undated(matches: Ids, order: _Order, limit: int) -> Ids:
    """Two walks over an index, first over the articles with a date, then over those without; each up to the limit."""
    published, number = ArticleRow.published_at, ArticleRow.id
    by_date = (published, number) if order == "oldest" else (published.desc(), number.desc())
    dated, undated = (
        select(matches.add_columns(published).where(has_date).order_by(*columns).limit(limit).subquery())
        for has_date, columns in ((published.is_not(None), by_date), (published.is_(None), by_date[1:]))
    )
    both = union_all(dated, undated).subquery()
    when, at = both.c.published_at, both.c.id
    return select(at).order_by(when.is_(None), *((when, at) if order == "oldest" else (when.desc(), at.desc())))


def _match_node(connection: Connection, node: Node) -> ColumnElement[bool]:
    """The condition for a node that holds more than words."""
    search = full_text(connection)

    def match_part(part: Node) -> ColumnElement[bool] | None:
        if isinstance(part, HasAttribute):
            return _has_attribute(connection, part.attribute, part.value)
        return search.holds(part) if is_text(part) else None

    return build_condition(node, match_part)


def _has_attribute(connection: Connection, attribute: Attribute, value: str) -> ColumnElement[bool]:
    """True or false, never NULL."""
    if attribute == "section":
        return has_section(connection, value)
    if attribute == "publisher":
        return has_publisher(connection, value)
    if attribute == "site":
        return has_site(value)
    if attribute == "author":
        named = select(AuthorRow.id).where(AuthorRow.name.icontains(value, autoescape=True))
        wrote = and_(ArticleAuthorRow.role == "byline", ArticleAuthorRow.author_id.in_(named))
        return _has_part(connection, ArticleAuthorRow.article_id, wrote)
    symbol, start = value.upper(), f"{value.upper()}:"
    with_exchange = TickerRow.ticker.startswith(start, autoescape=True)
    if connection.dialect.name == "sqlite":
        # A range, because LIKE ignores case in SQLite and therefore uses no index.
        with_exchange = and_(TickerRow.ticker >= start, TickerRow.ticker < f"{symbol};")
    return _has_part(connection, TickerRow.article_id, or_(TickerRow.ticker == symbol, with_exchange))


def _has_part(connection: Connection, article_id: Any, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """That an article has such a part. Few articles are listed; else each article is tested when it is met."""
    ids = select(article_id).where(condition)
    if _are_few(connection, ids):
        return ArticleRow.id.in_(ids)
    return exists().where(article_id == ArticleRow.id, condition)


def _are_few(connection: Connection, ids: Ids) -> bool:
    counted = select(func.count()).select_from(ids.limit(_FEW + 1).subquery())
    return (connection.scalar(counted) or 0) <= _FEW
