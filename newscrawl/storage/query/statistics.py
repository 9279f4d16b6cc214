"""The archive at a glance: how much there is of what, and when it was published.

`Statistics` is computed once and rendered in the terminal, in the browser, in the report file and as JSON. It holds
numbers, names and titles, but no markup and no widths.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise, starmap
from math import ceil
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, func, select

from newscrawl.states import State
from newscrawl.storage.database import Database
from newscrawl.storage.query.articles import totals
from newscrawl.storage.query.counts import Count, time_of
from newscrawl.storage.query.gaps import Gap, find_gaps
from newscrawl.storage.query.names import ArticleName, find_sites, has_publisher, merge_spellings
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
"""Upper bounds of the lag's buckets, ascending; an article counts in the first that fits."""
_SHORT_LAGS = dict(zip(LAGS, ("< 15 min", "< 1 h", "< 6 h", "< 1 d", "< 1 w", "longer"), strict=True))
_STATES_WITHOUT_ARTICLE = ("refused", "failed", "blocked")
_STACKED_SECTIONS = 6
_GAPS = 10
_ENTRIES = 20
_LAG_ARTICLES = 10_000
_TITLES = {
    "sections": ("Sections", "Sections"),
    "layouts": ("Layouts", "Layouts of the pages"),
    "access": ("Access", "Access to the full text"),
    "languages": ("Languages", "Languages"),
    "publishers": ("Publishers", "Publishers"),
    "tickers": ("Tickers", "Tickers"),
    "authors": ("Authors", "Authors"),
}

_Key = TypeVar("_Key")
_Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series, and how many articles or pages have it."""

    label: str
    """The value as people read it; "none" for articles without one."""
    number: int
    short: str
    """The label for a narrow place."""
    name: str | None = None
    """The value as the database holds it, for a link; None: there is nothing to link to."""


@dataclass(frozen=True, slots=True)
class Series:
    """A list of counts with its titles, in the order in which it is shown."""

    title: str
    """For a narrow place, such as a column."""
    long_title: str
    """For a chart of its own."""
    unit: Literal["article", "page"]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """A month with articles."""

    first: date
    articles: int
    by_section: tuple[int, ...]
    """In the order of Statistics.stacked; the rest of `articles` is in other sections."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How long after publication articles were first captured on the live site."""

    articles: int
    """How many were measured: the newest 10,000 whose time is known to the minute, if first captured live."""
    buckets: tuple[Count, ...]
    """As `LAGS`."""
    median: timedelta | None
    p90: timedelta | None
    """90 % were captured within it. None: no article was measured."""


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
    """How many articles the rest describes: all, or those within the requested dates."""
    undated: int
    first_published_at: datetime | None
    last_published_at: datetime | None
    days: tuple[tuple[date, int], ...]
    """Articles of each day, ascending."""
    stacked: tuple[str, ...]
    """The largest sections, at most six, each in its most frequent spelling."""
    months: tuple[Month, ...]
    """Ascending."""
    gaps: tuple[Gap, ...]
    """The ten longest, the longest first; see newscrawl.storage.query.gaps."""
    sections: tuple[Count, ...]
    layouts: tuple[Count, ...]
    access: tuple[Count, ...]
    languages: tuple[Count, ...]
    publishers: tuple[Count, ...]
    tickers: tuple[Count, ...]
    authors: tuple[Count, ...]
    """The most frequent first, at most twenty unless more were wanted. An article counts for each ticker and
    each name of its byline."""
    lag: Lag
    states: Mapping[State, int]
    """Pages by state, whatever their dates."""
    reasons: tuple[Reason, ...]
    """The most frequent first, whatever their dates."""

    @property
    def span(self) -> tuple[date, date] | None:
        """The first and the last day with an article; None: no article has a date."""
        return (self.days[0][0], self.days[-1][0]) if self.days else None

    @property
    def years(self) -> dict[int, int]:
        """Articles by year, ascending."""
        return _sum_by_key((day.year, articles) for day, articles in self.days)

    @property
    def empty_years(self) -> tuple[range, ...]:
        """Consecutive years without an article, between years that have some."""
        return tuple(range(before + 1, year) for before, year in pairwise(self.years) if year > before + 1)

    @property
    def figures(self) -> dict[str, int]:
        """The totals to show on top, by label; all but the first are left out where they are 0."""
        figures = {
            "articles": self.articles,
            "without a date": self.undated,
            "later revisions": self.totals["revisions"] - self.totals["articles"],
            **{name: self.totals[name] for name in ("authors", "pages", "runs")},
        }
        return {label: number for label, number in figures.items() if number > 0 or label == "articles"}

    @property
    def series(self) -> dict[str, Series]:
        """The counts with their titles, by name: "sections" and other attributes, "pages", "reasons" and "lag"."""
        series = {}
        for name, titles in _TITLES.items():
            counts: Iterable[Count] = getattr(self, name)
            points = [Point(each.name or "none", each.articles, each.name or "none", each.name) for each in counts]
            series[name] = Series(*titles, "article", tuple(points))
        by_size = sorted(self.states.items(), key=lambda each: -each[1])
        states = tuple(Point(state, pages, state, state) for state, pages in by_size)
        reasons = []
        for each in self.reasons:
            words = (each.reason or "none").replace("_", " ")
            reasons.append(Point(f"{words} ({each.state})", each.pages, words, each.reason))
        lags = [(str(bucket.name), bucket.articles) for bucket in self.lag.buckets]
        by_lag = tuple(Point(name, articles, _SHORT_LAGS[name]) for name, articles in lags)
        return {
            **series,
            "pages": Series("Pages", "Pages", "page", states),
            "reasons": Series("Pages without an article", "Pages without an article", "page", tuple(reasons)),
            "lag": Series("Lag to the first capture", "From publication to the first capture", "article", by_lag),
        }


class StatisticsStore(Database):
    """The part of Store that computes statistics."""

    def statistics(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        publisher: str | None = None,
        entries: int | None = _ENTRIES,
    ) -> Statistics:
        """Compute the statistics of the articles published from `since` until before `until`; None: no bound.

        With a publisher (see Query), those of its articles and of the pages of its sites. `entries` is the greatest
        length of the lists of values; None: all values.
        """
        with self._reading() as connection:
            return compute_statistics(connection, since, until, publisher, entries)


# On 1,000,000 articles this takes seconds, because no row of `articles` is read except the 10,000 of the lag: each
# query walks one index that has all its columns. The reasons alone read rows: those of pages that gave no article.
def compute_statistics(
    connection: Connection,
    since: datetime | None,
    until: datetime | None,
    publisher: str | None = None,
    entries: int | None = _ENTRIES,
) -> Statistics:
    dated = published_between(since, until)
    of_publisher = (has_publisher(connection, publisher),) if publisher else ()
    of_sites = (PageRow.site.in_(find_sites(connection, publisher)),) if publisher else ()
    wanted = (*dated, *of_publisher)
    day = time_of(connection, "day")
    by_day = select(day, func.count()).where(ArticleRow.published_at.is_not(None), *wanted).group_by(day)
    days = tuple(sorted((date.fromisoformat(text), articles) for text, articles in connection.execute(by_day)))
    by_section = select(ArticleRow.section, func.count()).where(*wanted).group_by(ArticleRow.section)
    names = merge_spellings((name, articles) for name, articles in connection.execute(by_section))
    sections = _most_first((each.name, each.articles) for each in names)
    stacked = tuple(count.name for count in sections if count.name is not None)[:_STACKED_SECTIONS]
    all_rows, with_date = totals(connection), sum(articles for _, articles in days)
    undated = 0 if dated else sum(count.articles for count in sections) - with_date
    by_state = select(PageRow.spider, PageRow.state, func.count()).where(*of_sites)
    pages: list[Any] = sorted(connection.execute(by_state.group_by(PageRow.spider, PageRow.state)))
    by_publisher = select(ArticleRow.publisher, func.count()).where(*wanted).group_by(ArticleRow.publisher)
    publishers = merge_spellings((name, articles) for name, articles in connection.execute(by_publisher))
    by_ticker = select(TickerRow.ticker, func.count()).group_by(TickerRow.ticker)
    return Statistics(
        totals=all_rows,
        articles=with_date + undated,
        undated=undated,
        first_published_at=connection.scalar(select(func.min(ArticleRow.published_at)).where(*wanted)),
        last_published_at=connection.scalar(select(func.max(ArticleRow.published_at)).where(*wanted)),
        days=days,
        stacked=stacked,
        months=_count_months(connection, wanted, days, names, stacked),
        gaps=find_gaps([day for day, _ in days], _GAPS),
        sections=sections[:entries],
        **_count_layouts(connection, wanted, entries),
        publishers=_most_first((each.name, each.articles) for each in publishers)[:entries],
        tickers=_most_frequent(connection, _of_articles(by_ticker, TickerRow.article_id, wanted), entries),
        authors=_count_authors(connection, wanted, entries),
        lag=_measure_lag(connection, wanted),
        states=_sum_by_key((state, number) for _, state, number in pages),
        reasons=_count_reasons(connection, {spider for spider, _, _ in pages}, of_sites, entries),
    )


def _count_months(
    connection: Connection,
    wanted: _Conditions,
    days: Iterable[tuple[date, int]],
    names: Iterable[ArticleName],
    stacked: Sequence[str],
) -> tuple[Month, ...]:
    section_of = {spelling: each.name for each in names if each.name in stacked for spelling in each.spellings}
    month = time_of(connection, "month")
    counted = select(ArticleRow.section, month, func.count()).where(ArticleRow.section.in_(section_of), *wanted)
    rows: list[Any] = list(connection.execute(counted.group_by(ArticleRow.section, month)))
    by_section = _sum_by_key(((section_of[spelling], text), articles) for spelling, text, articles in rows)
    months = []
    for first, articles in _sum_by_key((day.replace(day=1), articles) for day, articles in days).items():
        parts = tuple(by_section.get((name, first.isoformat()[:7]), 0) for name in stacked)
        months.append(Month(first, articles, parts))
    return tuple(months)


def _count_layouts(connection: Connection, wanted: _Conditions, entries: int | None) -> dict[str, tuple[Count, ...]]:
    """Layouts, access and languages in one query: one index has all three."""
    columns: dict[str, ColumnElement[Any]] = {
        "layouts": ArticleRow.layout,
        "access": ArticleRow.access,
        "languages": ArticleRow.language,
    }
    counted = select(*columns.values(), func.count()).where(*wanted).group_by(*columns.values())
    rows: list[Any] = list(connection.execute(counted))
    return {
        name: _most_first(_sum_by_key((row[at], row[-1]) for row in rows).items())[:entries]
        for at, name in enumerate(columns)
    }


def _count_authors(connection: Connection, wanted: _Conditions, entries: int | None) -> tuple[Count, ...]:
    wrote = select(ArticleAuthorRow.author_id, func.count().label("articles")).where(ArticleAuthorRow.role == "byline")
    counted = _of_articles(wrote.group_by(ArticleAuthorRow.author_id), ArticleAuthorRow.article_id, wanted)
    most = counted.order_by(func.count().desc(), ArticleAuthorRow.author_id).limit(entries).subquery()
    named = select(AuthorRow.name, most.c.articles).join(most, most.c.author_id == AuthorRow.id)
    return _most_first(connection.execute(named))


def _of_articles(counted: Select[*tuple[Any, ...]], article_id: Any, wanted: _Conditions) -> Select[*tuple[Any, ...]]:
    return counted.where(article_id.in_(select(ArticleRow.id).where(*wanted))) if wanted else counted


def _most_frequent(connection: Connection, counted: Select[*tuple[Any, ...]], entries: int | None) -> tuple[Count, ...]:
    """The first rows of a query of (name, count)."""
    name = counted.selected_columns[0]
    # Of equal counts, every database must choose the same names: only PostgreSQL sorts by its locale.
    by_bytes = name.collate("C") if connection.dialect.name == "postgresql" else name
    return _most_first(connection.execute(counted.order_by(func.count().desc(), by_bytes).limit(entries)))


def _most_first(counts: Iterable[tuple[str | None, int]]) -> tuple[Count, ...]:
    return tuple(sorted(starmap(Count, counts), key=lambda count: (-count.articles, count.name or "")))


def _measure_lag(connection: Connection, wanted: _Conditions) -> Lag:
    timed = (ArticleRow.published_at.is_not(None), ArticleRow.published_precision != "day", *wanted)
    newest = select(ArticleRow.id, ArticleRow.published_at).where(*timed)
    newest = newest.order_by(ArticleRow.published_at.desc(), ArticleRow.id.desc()).limit(_LAG_ARTICLES)
    articles = newest.subquery()
    captured = (
        select(articles.c.id, articles.c.published_at, CaptureRow.captured_at, CaptureRow.source)
        .join(PageRow, PageRow.article_id == articles.c.id)
        .join(CaptureRow, CaptureRow.page_id == PageRow.id)
    )
    earliest: dict[int, tuple[datetime, datetime, str]] = {}
    for article_id, published_at, captured_at, source in connection.execute(captured):
        capture = (captured_at, published_at, source)
        earliest[article_id] = min(capture, earliest.get(article_id, capture))
    live = (captured_at - published_at for captured_at, published_at, source in earliest.values() if source == "live")
    lags = sorted(max(lag, timedelta()) for lag in live)
    under = [bisect_left(lags, limit) for limit in LAGS.values()]
    buckets = tuple(Count(name, upto - less) for name, less, upto in zip(LAGS, [0, *under], under, strict=False))
    # Both are lags that occurred, not means of two.
    median, p90 = (lags[ceil(len(lags) * share) - 1] if lags else None for share in (0.5, 0.9))
    return Lag(len(lags), buckets, median, p90)


def _count_reasons(
    connection: Connection, spiders: Collection[str], of_sites: _Conditions, entries: int | None
) -> tuple[Reason, ...]:
    # The index on states begins with the spider, so all spiders are named.
    without_article = (PageRow.spider.in_(spiders), PageRow.state.in_(_STATES_WITHOUT_ARTICLE), *of_sites)
    columns = (PageRow.state, PageRow.reason)
    counted = select(*columns, func.count()).where(*without_article).group_by(*columns)
    reasons = starmap(Reason, connection.execute(counted))
    return tuple(sorted(reasons, key=lambda reason: (-reason.pages, reason.state, reason.reason or "")))[:entries]


def _sum_by_key(counts: Iterable[tuple[_Key, int]]) -> dict[_Key, int]:
    """The sum of each key, in the order of first occurrence."""
    sums: Counter[_Key] = Counter()
    for key, number in counts:
        sums[key] += number
    return dict(sums)
