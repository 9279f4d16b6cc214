"""How many articles a query has, in all and by a field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Select, String, func, literal_column, select

from newscrawl.storage.database import Database
from newscrawl.storage.query.names import merge_spellings
from newscrawl.storage.query.statement import Criteria, Query, apply_criteria, build_criteria
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, AuthorRow, TickerRow

By = Literal["day", "month", "year", "section", "publisher", "site", "author", "ticker"]
BY: tuple[By, ...] = get_args(By)
TIMES = ("day", "month", "year")
# For MariaDB and PostgreSQL. SQLite holds such text, and cuts it to the length of the second one.
_FORMATS = {"day": ("%Y-%m-%d", "YYYY-MM-DD"), "month": ("%Y-%m", "YYYY-MM"), "year": ("%Y", "YYYY")}


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles have a value; an article with several authors or tickers counts for each."""

    name: str | None
    """"2013-05-27", "2013-05" or "2013" (UTC); a name. None: those without a date or section."""
    articles: int


class CountStore(Database):
    """The part of Store that counts the articles of a query. Limit and offset of the query are ignored."""

    def count(self, query: Query) -> int:
        with self._reading() as connection:
            criteria = build_criteria(connection, query)
            if criteria is None:
                return 0
            counted = apply_criteria(select(func.count()).select_from(ArticleRow), criteria)
            if criteria.hits is not None and not criteria.conditions:
                # No row of `articles` is needed.
                counted = select(func.count()).select_from(select(criteria.hits.c.id).subquery())
            return connection.scalar(counted) or 0

    def count_by(self, query: Query, by: By) -> list[Count]:
        """Count the articles of a query by day, month or year (UTC), in order, those without a date last.

        Or by section or publisher (in any spelling), site, author or ticker, the most frequent first.
        """
        with self._reading() as connection:
            return count_by(connection, query, by)


def count_by(connection: Connection, query: Query, by: By) -> list[Count]:
    criteria = build_criteria(connection, query)
    if criteria is None:
        return []
    if by == "author":
        author_id = ArticleAuthorRow.author_id
        wrote = _join_part(select(author_id, _count_distinct(ArticleAuthorRow)), ArticleAuthorRow, criteria)
        most = wrote.where(ArticleAuthorRow.role == "byline").group_by(author_id).subquery()
        counted = select(AuthorRow.name, most.c.articles).join(most, most.c.author_id == AuthorRow.id)
    elif by == "ticker":
        counted = _join_part(select(TickerRow.ticker, _count_distinct(TickerRow)), TickerRow, criteria)
        counted = counted.group_by(TickerRow.ticker)
    else:
        value = (getattr(ArticleRow, by) if by in ("section", "publisher", "site") else time_of(connection, by)).label(
            "value"
        )
        counted = apply_criteria(select(value, func.count()).select_from(ArticleRow), criteria).group_by(value)
    counts = [Count(value, articles) for value, articles in connection.execute(counted)]
    if by in ("section", "publisher"):
        counts = merge_counts(counts)
    if by in TIMES:
        return sorted(counts, key=lambda each: (each.name is None, each.name))
    return sorted(counts, key=lambda each: (-each.articles, each.name is None, each.name))


def merge_counts(counts: Iterable[Count]) -> list[Count]:
    """Merge the counts of a name's spellings, under the most frequent one."""
    return [Count(each.name, each.articles) for each in merge_spellings((one.name, one.articles) for one in counts)]


def time_of(connection: Connection, by: By) -> ColumnElement[str]:
    """The day (2013-05-27), month (2013-05) or year of published_at as text; UTC."""
    mariadb, postgresql = _FORMATS[by]
    published: ColumnElement[Any] = ArticleRow.published_at.expression
    if connection.dialect.name == "sqlite":
        return func.substr(published, 1, len(postgresql), type_=String)
    # The format is a literal: PostgreSQL would take two equal parameters for different ones, and not group by them.
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", published), literal_column(f"'{postgresql}'"), type_=String)
    return func.date_format(published, literal_column(f"'{mariadb}'"), type_=String)


def _count_distinct(part: Any) -> ColumnElement[int]:
    return func.count(part.article_id.distinct()).label("articles")


def _join_part(columns: Select[*tuple[Any, ...]], part: Any, criteria: Criteria) -> Select[*tuple[Any, ...]]:
    """Narrow a query of a part (authors, tickers) to the articles of the criteria."""
    if criteria.conditions:
        return apply_criteria(columns.join(ArticleRow, ArticleRow.id == part.article_id), criteria)
    # Without conditions no row of `articles` is needed.
    return columns if criteria.hits is None else columns.join(criteria.hits, criteria.hits.c.id == part.article_id)
