"""Articles as a reading room shelves them: all of a person, of a security, of a section, of a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, func, select

from newscrawl.storage.query.articles import Hit, of_numbers
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, AuthorRow, TickerRow

Kind = Literal["author", "ticker", "section"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much stands on a shelf, and of when; times are UTC."""

    articles: int
    first_published_at: datetime | None
    last_published_at: datetime | None
    by_year: Mapping[int, int]
    """Articles of each year that has any, oldest first; those without a date are in none."""


def extent(connection: Connection, kind: Kind, names: Collection[str]) -> Extent:
    """How much there is of exactly these names."""
    year = func.extract("year", ArticleRow.published_at)
    published = ArticleRow.published_at
    asked = select(year, func.count(), func.min(published), func.max(published)).group_by(year).order_by(year)
    found = connection.execute(asked.where(_on(kind, names))).all()
    dated = [row for row in found if row[0] is not None]
    return Extent(
        articles=sum(row[1] for row in found),
        first_published_at=dated[0][2] if dated else None,
        last_published_at=dated[-1][3] if dated else None,
        by_year={int(row[0]): row[1] for row in dated},
    )


def stand(connection: Connection, kind: Kind, names: Collection[str], *, limit: int, offset: int) -> list[Hit]:
    """Articles of exactly these names, newest first."""
    asked = select(ArticleRow.id).where(_on(kind, names)).order_by(*_newest(connection))
    return of_numbers(connection, connection.scalars(asked.limit(limit).offset(offset)).all())


def _newest(connection: Connection) -> tuple[ColumnElement[Any], ...]:
    published = ArticleRow.published_at.desc()
    return (published.nulls_last() if connection.dialect.name == "postgresql" else published), ArticleRow.id.desc()


def _on(kind: Kind, names: Collection[str]) -> ColumnElement[bool]:
    if kind == "section":
        return ArticleRow.section.in_(names)
    return ArticleRow.id.in_(_written_by(names) if kind == "author" else _naming(names))


def _written_by(names: Collection[str]) -> Select[int]:
    wrote = select(ArticleAuthorRow.article_id).join(AuthorRow, AuthorRow.id == ArticleAuthorRow.author_id)
    return wrote.where(AuthorRow.name.in_(names), ArticleAuthorRow.role == "byline")


def _naming(tickers: Collection[str]) -> Select[int]:
    return select(TickerRow.article_id).where(TickerRow.ticker.in_(tickers))


def sections(connection: Connection) -> list[tuple[str | None, int]]:
    """Every section with how many articles it has, the largest first; None for those that are in none."""
    count = func.count()
    asked = select(ArticleRow.section, count).group_by(ArticleRow.section).order_by(count.desc(), ArticleRow.section)
    return [(name, number) for name, number in connection.execute(asked)]


def ends(connection: Connection) -> tuple[datetime | None, datetime | None]:
    """When the oldest and the newest article came out; UTC."""
    oldest, newest = (select(end(ArticleRow.published_at)).scalar_subquery() for end in (func.min, func.max))
    first, last = connection.execute(select(oldest, newest)).one()
    return first, last


def days_around(connection: Connection, day: date) -> tuple[date | None, date | None]:
    """The last day (UTC) before, and the first after, of which there is an article."""
    begin, end = (datetime.combine(day, of_day, UTC) for of_day in (time.min, time.max))
    published = ArticleRow.published_at
    before = connection.scalar(select(func.max(published)).where(published < begin))
    after = connection.scalar(select(func.min(published)).where(published > end))
    return before and before.date(), after and after.date()
