"""A Query as SQL: what must hold, and in which order the numbers of its articles come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, exists, false, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from newscrawl.storage.search import FullText, full_text
from newscrawl.storage.search.conditions import combined
from newscrawl.storage.search.parser import FACTS, Fact, Named, Node, is_text, read, split
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, AuthorRow, TickerRow

Sort = Literal["relevance", "newest", "oldest"]
Ids: TypeAlias = "Select[int]"
_Order = Literal["newest", "oldest"]
SORTS: tuple[Sort, ...] = ("relevance", "newest", "oldest")
_UNDATED_FIRST = {("postgresql", "newest"), ("mariadb", "oldest")}
"""Orders in which an index of the database has those without a date first."""
_FEW = 5000
"""Articles of an author, a ticker or (in PostgreSQL) words that are sooner sorted by date than met on a walk through
all, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to search for; every condition must hold."""

    words: str | None = None
    """Words that stand in headline, dek or body, in any order and case, and more: newscrawl.storage.search.parser."""
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
    changed_after: datetime | None = None
    """New, or changed in this database, after this moment."""
    sort: Sort | None = None
    """None: by relevance where words are asked for, else the newest first. Those without a date come last."""
    limit: int | None = 20
    """At most so many; None for all."""
    offset: int = 0
    """So many of the first are left out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What must hold of `articles`: to be among the hits of full-text search, where there is one, and conditions."""

    hits: Subquery | None
    """(id, score)"""
    conditions: tuple[ColumnElement[bool], ...]


def asked(connection: Connection, query: Query) -> Asked | None:
    """None where words are asked for that hold none: nothing can match."""
    node = read(query.words or "")
    if query.words and query.words.strip() and node is None:
        return None
    text, rest = split(node) if node else (None, ())
    hits = full_text(connection).hits(text).subquery("hits") if text else None
    besides = (_holds(connection, part) for part in rest)
    return Asked(
        hits, (*published_between(query.since, query.until), *_changed(query), *_facts(connection, query), *besides)
    )


def of_articles(columns: Select[*tuple[Any, ...]], must: Asked) -> Select[*tuple[Any, ...]]:
    """A SELECT of `articles`, narrowed to those of which it holds."""
    if must.hits is not None:
        columns = columns.join(must.hits, must.hits.c.id == ArticleRow.id)
    return columns.where(*must.conditions)


def ids(connection: Connection, query: Query) -> Ids | None:
    """The numbers of the query's articles, in its order; None where nothing can match."""
    must = asked(connection, query)
    if must is None:
        return None
    sort = query.sort or ("relevance" if query.words else "newest")
    if must.hits is not None and sort == "relevance":
        return _page(_by_relevance(must.hits, must.conditions), query)
    found: Ids = of_articles(select(ArticleRow.id), must)
    order: _Order = "oldest" if sort == "oldest" else "newest"
    dated = query.since is not None or query.until is not None
    undated_first = (connection.dialect.name, order) in _UNDATED_FIRST
    if query.limit is not None and not dated and undated_first and _is_walk(connection, must.hits):
        return _page(_dated_first(found, order, query.limit + query.offset), query)
    return _page(found.order_by(*_by_date(connection, order, dated=dated)), query)


def _is_walk(connection: Connection, hits: Subquery | None) -> bool:
    """Whether an index by date leads to articles the soonest. MariaDB's full text is a way of its own to them."""
    if hits is None:
        return True
    return connection.dialect.name == "postgresql" and not _are_few(connection, select(hits.c.id))


def _page(ordered: Ids, query: Query) -> Ids:
    return ordered.limit(query.limit).offset(query.offset or None)


def _by_relevance(hits: Subquery, conditions: tuple[ColumnElement[bool], ...]) -> Ids:
    """Of equal ones the latest comes first. Rows of articles are looked up only where a condition asks for them."""
    order = hits.c.score, hits.c.id.desc()
    if not conditions:
        return select(hits.c.id).order_by(*order)
    return select(hits.c.id).join(ArticleRow, ArticleRow.id == hits.c.id).where(*conditions).order_by(*order)


def _by_date(connection: Connection, order: _Order, *, dated: bool) -> tuple[Any, ...]:
    """Those without a date last: said only where the database would not do it of itself, as that may cost the index."""
    published, number, dialect = ArticleRow.published_at, ArticleRow.id, connection.dialect.name
    if order == "newest":
        return (published.desc() if dated or dialect != "postgresql" else published.desc().nulls_last()), number.desc()
    if dated or dialect == "postgresql":
        return published, number
    return (published.nulls_last(), number) if dialect == "sqlite" else (published.is_(None), published, number)


def _dated_first(found: Ids, order: _Order, most: int) -> Ids:
    """What an index has in order, with a date and then without, each as far as it is needed."""
    published, number = ArticleRow.published_at, ArticleRow.id
    by_date = (published, number) if order == "oldest" else (published.desc(), number.desc())
    dated, undated = (
        select(found.add_columns(published).where(has_date).order_by(*columns).limit(most).subquery())
        for has_date, columns in ((published.is_not(None), by_date), (published.is_(None), by_date[1:]))
    )
    both = union_all(dated, undated).subquery()
    when, at = both.c.published_at, both.c.id
    return select(at).order_by(when.is_(None), *((when, at) if order == "oldest" else (when.desc(), at.desc())))


def published_between(since: datetime | None, until: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """That an article came out at `since` or later, and before `until`; nothing where neither is given."""
    begun = (ArticleRow.published_at >= since,) if since else ()
    return (*begun, ArticleRow.published_at < until) if until else begun


def _changed(query: Query) -> tuple[ColumnElement[bool], ...]:
    return (ArticleRow.changed_at > query.changed_after,) if query.changed_after else ()


def _facts(connection: Connection, query: Query) -> tuple[ColumnElement[bool], ...]:
    given = ((fact, getattr(query, fact)) for fact in FACTS)
    return tuple(_is(connection, fact, value) for fact, value in given if value)


def _holds(connection: Connection, node: Node) -> ColumnElement[bool]:
    """A tree in which there is more than words."""
    search: FullText = full_text(connection)

    def known(part: Node) -> ColumnElement[bool] | None:
        if isinstance(part, Named):
            return _is(connection, part.fact, part.value)
        return search.holds(part) if is_text(part) else None

    return combined(node, known)


def _is(connection: Connection, fact: Fact, value: str) -> ColumnElement[bool]:
    """True or false, never NULL."""
    if fact == "section":
        return _of_section(connection, value)
    if fact == "author":
        named = select(AuthorRow.id).where(AuthorRow.name.icontains(value, autoescape=True))
        wrote = and_(ArticleAuthorRow.role == "byline", ArticleAuthorRow.author_id.in_(named))
        return _with(connection, ArticleAuthorRow.article_id, wrote)
    symbol = value.upper()
    meant = or_(TickerRow.ticker == symbol, _begins(connection, TickerRow.ticker, f"{symbol}:"))
    return _with(connection, TickerRow.article_id, meant)


def _begins(connection: Connection, column: InstrumentedAttribute[str], start: str) -> ColumnElement[bool]:
    """As a range in SQLite, whose LIKE uses no index: it is without case."""
    if connection.dialect.name == "sqlite":
        return and_(column >= start, column < start[:-1] + chr(ord(start[-1]) + 1))
    return column.startswith(start, autoescape=True)


def _with(connection: Connection, article_id: Any, holds: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an article has such a part: few articles are gone through, of many each is asked when it is met."""
    found = select(article_id).where(holds)
    if _are_few(connection, found):
        return ArticleRow.id.in_(found)
    return exists().where(article_id == ArticleRow.id, holds)


def _are_few(connection: Connection, found: Ids) -> bool:
    some = select(func.count()).select_from(found.limit(_FEW + 1).subquery())
    return (connection.scalar(some) or 0) <= _FEW


def _of_section(connection: Connection, section: str) -> ColumnElement[bool]:
    """Every spelling that there is, which an index can find."""
    spelt = [name for name in _sections(connection) if name.casefold() == section.casefold()]
    if not spelt:
        return false()
    meant = ArticleRow.section == spelt[0] if len(spelt) == 1 else ArticleRow.section.in_(spelt)
    return and_(ArticleRow.section.is_not(None), meant)


def _sections(connection: Connection) -> list[str]:
    """All sections, each found in the index behind the one before it: DISTINCT would read the whole of it.

    In MariaDB it is the other way round: DISTINCT goes from one to the next, and a step of the recursion reads all.
    """
    if connection.dialect.name == "mariadb":
        return list(connection.scalars(select(ArticleRow.section).distinct().where(ArticleRow.section.is_not(None))))
    first: Any = select(func.min(ArticleRow.section).label("name")).cte("sections", recursive=True)
    following = select(func.min(ArticleRow.section)).where(ArticleRow.section > first.c.name).scalar_subquery()
    names = first.union_all(select(following).where(first.c.name.is_not(None)))
    return list(connection.scalars(select(names.c.name).where(names.c.name.is_not(None))))
