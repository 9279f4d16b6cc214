"""The archive at a glance: how much there is of what, and when it came out.

What it costs on 1,000,000 articles: no row of `articles` is read but the 10,000 of the lag, so that bodies stay
unread. Days, months, sections, layouts, access, languages and publishers are each one walk through an index that has
all that is asked for; so are tickers, authors and the states of pages. Reasons read the rows of those pages that gave
no article.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import starmap
from math import ceil
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, func, select

from newscrawl.states import State
from newscrawl.storage.query.articles import totals
from newscrawl.storage.query.counts import Count, in_any_case, time_of
from newscrawl.storage.query.gaps import Gap, gaps
from newscrawl.storage.query.statement import published_between
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, AuthorRow, CaptureRow, PageRow, TickerRow

LAGS = {
    "under 15 minutes": timedelta(minutes=15),
    "under 1 hour": timedelta(hours=1),
    "under 6 hours": timedelta(hours=6),
    "under 1 day": timedelta(days=1),
    "under 1 week": timedelta(weeks=1),
    "longer": timedelta.max,
}
"""The bars of the lag: each has what the ones before it leave."""
REASONED = ("refused", "failed", "blocked")
"""States of pages that gave no article."""
STACKED = 6
"""Sections that each month is parted into; what else there is stands together."""
_GAPS = 10
_MOST = 20
"""Entries of a list, the most frequent first."""
_LAGGING = 10_000
"""The newest articles, whose lag is told."""


_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Month:
    """A month with articles."""

    first: date
    """Its first day."""
    articles: int
    by_section: tuple[int, ...]
    """In the order of Statistics.stacked; what is left of `articles` is of other sections."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How long after publication articles were first captured on the live site."""

    articles: int
    """Of how many it is told: of the newest 10,000 whose time is known to the minute, those first seen live."""
    buckets: tuple[Count, ...]
    """As `LAGS`."""
    median: timedelta | None
    p90: timedelta | None
    """Nine in ten came sooner. None: there is no such article."""


@dataclass(frozen=True, slots=True)
class Reason:
    """How many pages gave no article, and why."""

    state: State
    """refused, failed or blocked."""
    reason: str | None
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The archive at a glance; days and months are UTC, and those without an article are left out."""

    totals: Mapping[str, int]
    """Rows of articles, revisions, authors, pages and runs, whatever their dates."""
    articles: int
    """Those that the rest is told of: all, or those of the dates that were asked for."""
    undated: int
    """Those of which no page tells when they came out."""
    first_published_at: datetime | None
    last_published_at: datetime | None
    days: tuple[tuple[date, int], ...]
    """Articles of each day, ascending."""
    stacked: tuple[str, ...]
    """The largest sections, at most six, each under the spelling of the most."""
    months: tuple[Month, ...]
    """Ascending."""
    gaps: tuple[Gap, ...]
    """The longest ten, the longest first; see newscrawl.storage.query.gaps."""
    sections: tuple[Count, ...]
    layouts: tuple[Count, ...]
    access: tuple[Count, ...]
    languages: tuple[Count, ...]
    publishers: tuple[Count, ...]
    tickers: tuple[Count, ...]
    authors: tuple[Count, ...]
    """The most frequent first, at most twenty. An article counts for each ticker and each name of its byline."""
    lag: Lag
    states: Mapping[State, int]
    """Pages by state, whatever their dates."""
    reasons: tuple[Reason, ...]
    """The most frequent first, whatever their dates."""

    @property
    def years(self) -> dict[int, int]:
        """Articles by year, ascending."""
        years: Counter[int] = Counter()
        for day, articles in self.days:
            years[day.year] += articles
        return dict(years)


def statistics(connection: Connection, since: datetime | None, until: datetime | None) -> Statistics:
    """All of it; of the articles published from `since` until before `until` where these are given."""
    dated = published_between(since, until)
    days = _days(connection, dated)
    spelled = _sections(connection, dated)
    sections = _ordered((count.name, count.articles) for count in in_any_case(spelled))
    stacked = tuple(count.name for count in sections if count.name is not None)[:STACKED]
    whole, known = totals(connection), sum(articles for _, articles in days)
    undated = 0 if dated else whole["articles"] - known
    states = _states(connection)
    return Statistics(
        totals=whole,
        articles=known + undated,
        undated=undated,
        first_published_at=connection.scalar(select(func.min(ArticleRow.published_at)).where(*dated)),
        last_published_at=connection.scalar(select(func.max(ArticleRow.published_at)).where(*dated)),
        days=days,
        stacked=stacked,
        months=_months(connection, dated, days, _spellings(spelled, stacked)),
        gaps=gaps([day for day, _ in days], _GAPS),
        sections=sections[:_MOST],
        **_of_pages_read(connection, dated),
        publishers=_by(connection, ArticleRow.publisher, dated),
        tickers=_tickers(connection, dated),
        authors=_authors(connection, dated),
        lag=_lag(connection, dated),
        states=_summed((state, pages) for (_, state), pages in states.items()),
        reasons=_reasons(connection, {spider for spider, _ in states}),
    )


_Conditions = Sequence[ColumnElement[bool]]


def _days(connection: Connection, dated: _Conditions) -> tuple[tuple[date, int], ...]:
    day = time_of(connection, "day")
    asked = select(day, func.count()).where(ArticleRow.published_at.is_not(None), *dated).group_by(day)
    return tuple(sorted((date.fromisoformat(text), articles) for text, articles in connection.execute(asked)))


def _sections(connection: Connection, dated: _Conditions) -> list[Count]:
    """In each of their spellings."""
    asked = select(ArticleRow.section, func.count()).where(*dated).group_by(ArticleRow.section)
    return list(starmap(Count, connection.execute(asked)))


def _spellings(sections: Iterable[Count], stacked: Sequence[str]) -> dict[str, int]:
    """The place in `stacked` of every spelling of its sections."""
    places = {name.casefold(): at for at, name in enumerate(stacked)}
    named = [count.name for count in sections if count.name is not None]
    return {name: places[name.casefold()] for name in named if name.casefold() in places}


def _months(
    connection: Connection, dated: _Conditions, days: Iterable[tuple[date, int]], stacked: Mapping[str, int]
) -> tuple[Month, ...]:
    month = time_of(connection, "month")
    asked = select(ArticleRow.section, month, func.count()).where(ArticleRow.section.in_(stacked), *dated)
    found: list[Any] = list(connection.execute(asked.group_by(ArticleRow.section, month)))
    parts = _summed(((stacked[section], text), articles) for section, text, articles in found)
    whole = _summed((day.replace(day=1), articles) for day, articles in days)
    places = sorted(set(stacked.values()))
    return tuple(
        Month(first, articles, tuple(parts.get((place, first.isoformat()[:7]), 0) for place in places))
        for first, articles in whole.items()
    )


def _by(connection: Connection, column: Any, dated: _Conditions) -> tuple[Count, ...]:
    asked = select(column, func.count()).where(*dated).group_by(column)
    return _most(connection, asked)


def _most(connection: Connection, asked: Select[*tuple[Any, ...]]) -> tuple[Count, ...]:
    """The most frequent of what a query tells, with how often it does."""
    name = asked.selected_columns[0]
    # Of equally frequent ones the same are told everywhere: PostgreSQL alone sorts as its locale has it.
    by_bytes = name.collate("C") if connection.dialect.name == "postgresql" else name
    first = asked.order_by(func.count().desc(), by_bytes).limit(_MOST)
    return _ordered(connection.execute(first))


def _ordered(counts: Iterable[tuple[str | None, int]]) -> tuple[Count, ...]:
    return tuple(sorted(starmap(Count, counts), key=lambda count: (-count.articles, count.name or "")))


def _of_pages_read(connection: Connection, dated: _Conditions) -> dict[str, tuple[Count, ...]]:
    """Layouts, access and languages, from the one index that has the three."""
    columns = {"layouts": ArticleRow.layout, "access": ArticleRow.access, "languages": ArticleRow.language}
    asked = select(*columns.values(), func.count()).where(*dated).group_by(*columns.values())
    found: list[Any] = list(connection.execute(asked))
    return {
        name: _ordered(_summed((row[at], row[-1]) for row in found).items())[:_MOST] for at, name in enumerate(columns)
    }


def _tickers(connection: Connection, dated: _Conditions) -> tuple[Count, ...]:
    asked = select(TickerRow.ticker, func.count()).group_by(TickerRow.ticker)
    return _most(connection, _of_articles(asked, TickerRow.article_id, dated))


def _authors(connection: Connection, dated: _Conditions) -> tuple[Count, ...]:
    wrote = select(ArticleAuthorRow.author_id, func.count().label("articles")).where(ArticleAuthorRow.role == "byline")
    grouped = _of_articles(wrote.group_by(ArticleAuthorRow.author_id), ArticleAuthorRow.article_id, dated)
    most = grouped.order_by(func.count().desc(), ArticleAuthorRow.author_id).limit(_MOST).subquery()
    asked = select(AuthorRow.name, most.c.articles).join(most, most.c.author_id == AuthorRow.id)
    return _ordered(connection.execute(asked))


def _of_articles(asked: Select[*tuple[Any, ...]], article_id: Any, dated: _Conditions) -> Select[*tuple[Any, ...]]:
    return asked.where(article_id.in_(select(ArticleRow.id).where(*dated))) if dated else asked


def _lag(connection: Connection, dated: _Conditions) -> Lag:
    timed = (ArticleRow.published_at.is_not(None), ArticleRow.published_precision != "day", *dated)
    newest = select(ArticleRow.id, ArticleRow.published_at).where(*timed)
    newest = newest.order_by(ArticleRow.published_at.desc(), ArticleRow.id.desc()).limit(_LAGGING)
    articles = newest.subquery()
    asked = (
        select(articles.c.id, articles.c.published_at, CaptureRow.captured_at, CaptureRow.source)
        .join(PageRow, PageRow.article_id == articles.c.id)
        .join(CaptureRow, CaptureRow.page_id == PageRow.id)
    )
    earliest: dict[int, tuple[datetime, datetime, str]] = {}
    for article_id, published_at, captured_at, source in connection.execute(asked):
        told = (captured_at, published_at, source)
        earliest[article_id] = min(told, earliest.get(article_id, told))
    live = (captured - published for captured, published, source in earliest.values() if source == "live")
    return _lag_of(sorted(max(lag, timedelta()) for lag in live))


def _lag_of(lags: Sequence[timedelta]) -> Lag:
    """Of ascending lags. The median is that of the lower half's last, as the 90th percentile is a lag that was."""
    under = [bisect_left(lags, limit) for limit in LAGS.values()]
    buckets = tuple(Count(name, upto - less) for name, less, upto in zip(LAGS, [0, *under], under, strict=False))
    median, p90 = (lags[ceil(len(lags) * share) - 1] if lags else None for share in (0.5, 0.9))
    return Lag(len(lags), buckets, median, p90)


def _states(connection: Connection) -> dict[tuple[str, Any], int]:
    kinds = (PageRow.spider, PageRow.state)
    found: list[Any] = list(connection.execute(select(*kinds, func.count()).group_by(*kinds)))
    return {(spider, state): pages for spider, state, pages in sorted(found)}


def _reasons(connection: Connection, spiders: Collection[str]) -> tuple[Reason, ...]:
    """Asked for by spider, as the index on states has the spider first."""
    of_none = (PageRow.spider.in_(spiders), PageRow.state.in_(REASONED))
    asked = select(PageRow.state, PageRow.reason, func.count()).where(*of_none).group_by(PageRow.state, PageRow.reason)
    found = starmap(Reason, connection.execute(asked))
    return tuple(sorted(found, key=lambda reason: (-reason.pages, reason.state, reason.reason or "")))[:_MOST]


def _summed(counts: Iterable[tuple[_Key, int]]) -> dict[_Key, int]:
    """Counts of the same key put together, in order of the keys' first."""
    whole: Counter[_Key] = Counter()
    for key, number in counts:
        whole[key] += number
    return dict(whole)
