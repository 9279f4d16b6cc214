"""All sites at a glance: their lists, articles and pages, and how their lists overlap."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from newscrawl.states import ListOutcome, State
from newscrawl.storage.crawl_state.sites import SiteState, read_sites
from newscrawl.storage.database import Database
from newscrawl.storage.tables import ArticleRow, ListRow, PageRow, RunRow, RunSiteRow, SiteRow, table_of
from newscrawl.storage.values import split, truncate

_ARTICLES, _LISTS, _PAGES, _RUNS, _RUN_SITES, _SITES = map(
    table_of, (ArticleRow, ListRow, PageRow, RunRow, RunSiteRow, SiteRow)
)
_SITES_PER_QUERY = 100
_REASONED: tuple[State, ...] = ("refused", "failed", "blocked")
_MAX_COUNTS = 20_000
"""Counts of runs on sites that are read at most, the newest first."""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A list of a site that is in use."""

    source: str
    """What kind of list it is: feed, sitemap and so on."""
    outcome: ListOutcome | None
    entries: int
    """Number of links when it was last read."""
    span_seconds: int | None
    """Time from its oldest to its newest entry; None: entries have no dates."""


@dataclass(slots=True, kw_only=True)
class SiteSummary:
    """A site, and what the archive has of it."""

    site: str
    state: SiteState | None
    """None: only archives of it were read, or it was crawled before sites were recorded."""
    lists: list[ListFacts] = field(default_factory=list)
    articles: int = 0
    recent: int = 0
    """Articles published since a given time."""
    runs: int = 0
    """Live runs on it since a given time."""
    pages: Counter[tuple[State, str | None]] = field(default_factory=Counter)
    """By state and reason."""


class SiteSummaryStore(Database):
    """The part of Store that summarizes sites."""

    def summarize_sites(
        self, *, since: datetime, lists_since: datetime, runs_since: datetime, site: str | None = None
    ) -> dict[str, SiteSummary]:
        """Summarize all sites, or one, by their keys in order.

        Recent articles are those published `since` then; parts of sitemap indexes count that were requested after
        `lists_since`, and runs that started after `runs_since`.
        """
        with self._reading() as connection:
            return _Summaries(connection, site).read(since, lists_since, runs_since)

    def count_listed(self, starts: Mapping[str, datetime]) -> dict[str, Counter[frozenset[str]]]:
        """Count articles of sites, published since a time for each, by the sources of the lists that name them."""
        counts: defaultdict[str, Counter[frozenset[str]]] = defaultdict(Counter)
        with self._reading() as connection:
            for part in split(sorted(starts.items(), key=lambda item: item[1]), _SITES_PER_QUERY):
                for site, articles, *named in connection.execute(_select_listed(part)):
                    sources = {source for each in named if each for source in each.split(",")}
                    counts[site][frozenset(sources)] += articles
        return dict(counts)

    def recent_site_counts(self, *, since: datetime, site: str | None = None) -> dict[str, list[Mapping[str, int]]]:
        """Return what live runs did on each site, newest first: of those that started since a time."""
        statement = select(_RUN_SITES.c.site, _RUN_SITES.c.counts).join(_RUNS, _RUNS.c.id == _RUN_SITES.c.run_id)
        statement = statement.where(_RUNS.c.source == "live", _RUNS.c.started_at >= since)
        statement = statement.where(_RUN_SITES.c.counts.is_not(None))
        if site is not None:
            statement = statement.where(_RUN_SITES.c.site == truncate(site))
        counts: defaultdict[str, list[Mapping[str, int]]] = defaultdict(list)
        with self._reading() as connection:
            for name, done in connection.execute(statement.order_by(_RUN_SITES.c.run_id.desc()).limit(_MAX_COUNTS)):
                if done:
                    counts[name].append(done)
        return dict(counts)


class _Summaries:
    """Summaries that are read, one query for each kind of fact."""

    def __init__(self, connection: Connection, site: str | None) -> None:
        self._connection, self._site = connection, None if site is None else truncate(site)
        self._by_site: dict[str, SiteSummary] = {}

    def read(self, since: datetime, lists_since: datetime, runs_since: datetime) -> dict[str, SiteSummary]:
        for state in read_sites(self._connection, self._site):
            self._by_site[state.site] = SiteSummary(site=state.site, state=state)
        is_recent = case((_ARTICLES.c.published_at >= since, 1), else_=0)
        for site, articles, recent in self._rows(_ARTICLES, func.count(), func.sum(is_recent), by=()):
            summary = self._get(site)
            summary.articles, summary.recent = articles, int(recent)
        # in one query, every row of `pages` would be read for its reason
        for site, state, pages in self._rows(_PAGES, func.count(), by=(_PAGES.c.state,)):
            if state not in _REASONED:
                self._get(site).pages[state, None] += pages
        is_reasoned = _PAGES.c.state.in_(_REASONED)
        for site, state, reason, pages in self._rows(
            _PAGES, func.count(), by=(_PAGES.c.state, _PAGES.c.reason), where=(is_reasoned,)
        ):
            self._get(site).pages[state, reason] += pages
        self._read_lists(lists_since)
        runs = select(_RUN_SITES.c.site, func.count()).join(_RUNS, _RUNS.c.id == _RUN_SITES.c.run_id)
        runs = runs.where(_RUNS.c.source == "live", _RUNS.c.started_at >= runs_since).group_by(_RUN_SITES.c.site)
        for site, number in self._connection.execute(self._limit(runs, _RUN_SITES)):
            if site in self._by_site:
                self._by_site[site].runs = number
        return dict(sorted(self._by_site.items()))

    def _read_lists(self, since: datetime) -> None:
        names = ("source", "outcome", "entries", "span_seconds")
        statement = select(_LISTS.c.site, *(_LISTS.c[name] for name in names)).where(_LISTS.c.asked_at.is_not(None))
        statement = statement.where(or_(_LISTS.c.index_url.is_(None), _LISTS.c.asked_at >= since))
        for site, *facts in self._connection.execute(self._limit(statement, _LISTS).order_by(_LISTS.c.id)):
            self._get(site).lists.append(ListFacts(*facts))

    def _rows(
        self,
        table: Any,
        *numbers: ColumnElement[Any],
        by: Sequence[ColumnElement[Any]],
        where: Sequence[ColumnElement[bool]] = (),
    ) -> Any:
        statement = select(table.c.site, *by, *numbers).where(*where).group_by(table.c.site, *by)
        return self._connection.execute(self._limit(statement, table))

    def _limit(self, statement: Select[Any], table: Any) -> Select[Any]:
        return statement if self._site is None else statement.where(table.c.site == self._site)

    def _get(self, site: str) -> SiteSummary:
        return self._by_site.setdefault(site, SiteSummary(site=site, state=None))


def _select_listed(starts: Sequence[tuple[str, datetime]]) -> Select[Any]:
    """Select the number of articles by what lists say of their pages; an article has few pages, mostly one."""
    by_start: defaultdict[datetime, list[str]] = defaultdict(list)
    for site, start in starts:
        by_start[start].append(truncate(site))
    since = or_(
        *(and_(_ARTICLES.c.site.in_(sites), _ARTICLES.c.published_at >= start) for start, sites in by_start.items())
    )
    # two pages of an article may be on different lists, and which of them is first does not matter
    named = (func.min(_PAGES.c.listed_by).label("first"), func.max(_PAGES.c.listed_by).label("last"))
    pages = select(_ARTICLES.c.id, _ARTICLES.c.site, *named).join(_PAGES, _PAGES.c.article_id == _ARTICLES.c.id)
    of_articles = pages.where(since).group_by(_ARTICLES.c.id, _ARTICLES.c.site).subquery()
    by = (of_articles.c.first, of_articles.c.last)
    return select(of_articles.c.site, func.count(), *by).group_by(of_articles.c.site, *by)
