"""How many articles a query has, in all and by what they have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Select, String, func, literal_column, select

from newscrawl.storage.query.statement import Asked, Query, asked, of_articles
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, AuthorRow, TickerRow

By = Literal["day", "month", "year", "section", "author", "ticker"]
BY: tuple[By, ...] = get_args(By)
TIMES = ("day", "month", "year")
_FORMS = {"day": ("%Y-%m-%d", "YYYY-MM-DD"), "month": ("%Y-%m", "YYYY-MM"), "year": ("%Y", "YYYY")}
"""How MariaDB and PostgreSQL are told to write them. SQLite holds such text, and cuts it to the second one's length."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles have a value; an article with several authors or tickers counts for each."""

    name: str | None
    """"2013-05-27", "2013-05" or "2013" (UTC); a name. None: those without a date or section."""
    articles: int


def count(connection: Connection, query: Query) -> int:
    """How many articles the query has; its limit and offset do not count."""
    must = asked(connection, query)
    if must is None:
        return 0
    if must.hits is not None and not must.conditions:
        return connection.scalar(select(func.count()).select_from(select(must.hits.c.id).subquery())) or 0
    return connection.scalar(of_articles(select(func.count()).select_from(ArticleRow), must)) or 0


def count_by(connection: Connection, query: Query, by: By) -> list[Count]:
    """Those of count, parted: by time in its order, those without one last; else the most first."""
    must = asked(connection, query)
    if must is None:
        return []
    counted = _COUNTED[by](connection, must) if by in _COUNTED else _of_articles(connection, must, by)
    found = [Count(value, articles) for value, articles in connection.execute(counted)]
    if by == "section":
        found = in_any_case(found)
    if by in TIMES:
        return sorted(found, key=lambda each: (each.name is None, each.name))
    return sorted(found, key=lambda each: (-each.articles, each.name is None, each.name))


def in_any_case(counts: Iterable[Count]) -> list[Count]:
    """Those of one name together, as a query takes them, under the spelling of the most."""
    together: defaultdict[str | None, list[Count]] = defaultdict(list)
    for count in counts:
        together[count.name and count.name.casefold()].append(count)
    return [
        Count(max(same, key=lambda each: (each.articles, each.name)).name, sum(each.articles for each in same))
        for same in together.values()
    ]


def time_of(connection: Connection, by: By) -> ColumnElement[str]:
    """One of TIMES of published_at as text, UTC: a day as 2013-05-27, a month as 2013-05.

    Its form is written out: PostgreSQL takes two parameters for two things, and would not group by it.
    """
    mariadb, postgresql = _FORMS[by]
    published: ColumnElement[Any] = ArticleRow.published_at.expression
    if connection.dialect.name == "sqlite":
        return func.substr(published, 1, len(postgresql), type_=String)
    if connection.dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", published), literal_column(f"'{postgresql}'"), type_=String)
    return func.date_format(published, literal_column(f"'{mariadb}'"), type_=String)


def _of_articles(connection: Connection, must: Asked, by: By) -> Select[*tuple[Any, ...]]:
    value = (ArticleRow.section if by == "section" else time_of(connection, by)).label("value")
    return of_articles(select(value, func.count()).select_from(ArticleRow), must).group_by(value)


def _authors(_connection: Connection, must: Asked) -> Select[*tuple[Any, ...]]:
    number = ArticleAuthorRow.author_id
    wrote = _parts(select(number, _different(ArticleAuthorRow)), ArticleAuthorRow, must)
    found = wrote.where(ArticleAuthorRow.role == "byline").group_by(number).subquery()
    return select(AuthorRow.name, found.c.articles).join(found, found.c.author_id == AuthorRow.id)


def _tickers(_connection: Connection, must: Asked) -> Select[*tuple[Any, ...]]:
    return _parts(select(TickerRow.ticker, _different(TickerRow)), TickerRow, must).group_by(TickerRow.ticker)


def _different(part: Any) -> ColumnElement[int]:
    return func.count(part.article_id.distinct()).label("articles")


def _parts(columns: Select[*tuple[Any, ...]], part: Any, must: Asked) -> Select[*tuple[Any, ...]]:
    """Parts of the query's articles; rows of `articles` are looked up only where a condition asks for them."""
    if must.conditions:
        return of_articles(columns.join(ArticleRow, ArticleRow.id == part.article_id), must)
    return columns if must.hits is None else columns.join(must.hits, must.hits.c.id == part.article_id)


_COUNTED = {"author": _authors, "ticker": _tickers}
