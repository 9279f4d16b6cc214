"""Browsing: all articles of an author, ticker, section or publisher, how many they are, and the days around one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal

from sqlalchemy import ColumnElement, func, select

from newscrawl.storage.database import Database
from newscrawl.storage.query.articles import Hit, read_hits
from newscrawl.storage.query.names import ArticleName, NameKind, merge_spellings
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, AuthorRow, TickerRow

FacetKind = Literal["author", "ticker", "section", "publisher"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetSummary:
    """How many articles a facet has, and from when; times are UTC."""

    articles: int
    first_published_at: datetime | None
    last_published_at: datetime | None
    by_year: Mapping[int, int]
    """Articles of each year that has any, oldest first; those without a date are in none."""


class FacetStore(Database):
    """The part of Store that browses articles by author, ticker, section, publisher and day. Names match exactly."""

    def extent(self, kind: FacetKind, names: Collection[str]) -> FacetSummary:
        """Count the articles by authors, of tickers, of sections or of publishers of these names, by year."""
        published = ArticleRow.published_at
        year = func.extract("year", published)
        counted = select(year, func.count(), func.min(published), func.max(published)).group_by(year).order_by(year)
        with self._reading() as connection:
            rows = connection.execute(counted.where(_has_facet(kind, names))).all()
        dated = [row for row in rows if row[0] is not None]
        return FacetSummary(
            articles=sum(row[1] for row in rows),
            first_published_at=dated[0][2] if dated else None,
            last_published_at=dated[-1][3] if dated else None,
            by_year={int(row[0]): row[1] for row in dated},
        )

    def shelf(self, kind: FacetKind, names: Collection[str], *, limit: int, offset: int = 0) -> list[Hit]:
        """List the articles by authors, of tickers, of sections or of publishers of these names, newest first."""
        newest = ArticleRow.published_at.desc()
        with self._reading() as connection:
            # Only PostgreSQL sorts NULL as the largest; where it is not needed, NULLS LAST would cost the index.
            newest = newest.nulls_last() if connection.dialect.name == "postgresql" else newest
            ordered = select(ArticleRow.id).where(_has_facet(kind, names)).order_by(newest, ArticleRow.id.desc())
            return read_hits(connection, connection.scalars(ordered.limit(limit).offset(offset)).all())

    def names(self, kind: NameKind) -> list[ArticleName]:
        """Every section or publisher with its number of articles, the largest first."""
        column = getattr(ArticleRow, kind)
        with self._reading() as connection:
            counts = connection.execute(select(column, func.count()).group_by(column))
            merged = merge_spellings((name, number) for name, number in counts)
        return sorted(merged, key=lambda each: (-each.articles, each.name or ""))

    def has_publisher(self, title: str) -> bool:
        """Whether any article is of the publisher of exactly this title."""
        return self._has_any(ArticleRow.publisher == title)

    def has_other_publisher(self, title: str) -> bool:
        """Whether any article is of another publisher than that of this title."""
        # As two ranges, which an index finds at once.
        return self._has_any(ArticleRow.publisher < title) or self._has_any(ArticleRow.publisher > title)

    def _has_any(self, condition: ColumnElement[bool]) -> bool:
        with self._reading() as connection:
            return connection.scalar(select(ArticleRow.id).where(condition).limit(1)) is not None

    def ends(self) -> tuple[datetime | None, datetime | None]:
        """When the oldest and the newest article were published; None if no article has a date."""
        oldest, newest = (select(end(ArticleRow.published_at)).scalar_subquery() for end in (func.min, func.max))
        with self._reading() as connection:
            first, last = connection.execute(select(oldest, newest)).one()
        return first, last

    def days_around(self, day: date) -> tuple[date | None, date | None]:
        """The last day (UTC) before this one, and the first after it, that has an article."""
        begin, end = (datetime.combine(day, of_day, UTC) for of_day in (time.min, time.max))
        published = ArticleRow.published_at
        with self._reading() as connection:
            before = connection.scalar(select(func.max(published)).where(published < begin))
            after = connection.scalar(select(func.min(published)).where(published > end))
        return before and before.date(), after and after.date()


def _has_facet(kind: FacetKind, names: Collection[str]) -> ColumnElement[bool]:
    if kind in ("section", "publisher"):
        column: ColumnElement[str] = getattr(ArticleRow, kind).expression
        return column.in_(names)
    if kind == "ticker":
        return ArticleRow.id.in_(select(TickerRow.article_id).where(TickerRow.ticker.in_(names)))
    wrote = select(ArticleAuthorRow.article_id).join(AuthorRow, AuthorRow.id == ArticleAuthorRow.author_id)
    return ArticleRow.id.in_(wrote.where(AuthorRow.name.in_(names), ArticleAuthorRow.role == "byline"))
