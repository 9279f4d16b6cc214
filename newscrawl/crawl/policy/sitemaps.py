"""Which sitemaps of an index are requested: an index may go thirty years back. Times are UTC."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from newscrawl.article import Link
from newscrawl.crawl.policy import lists
from newscrawl.crawl.policy.requests import PlannedRequest, is_due
from newscrawl.states import ListState
from newscrawl.urls import month_in

_LATE_ENTRIES = timedelta(days=2)  # how long after its end a month may still get entries
_RECENT = timedelta(days=60)
_RECENT_CHECK = timedelta(days=7)
_MAX_PAUSE = timedelta(days=30)
_EASTERNMOST, _WESTERNMOST = timedelta(hours=14), timedelta(hours=12)
"""How much earlier and later than in UTC a day of the publisher may begin and end."""
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([_/-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")

Span = tuple[datetime, datetime]
"""The first moment of a day, month or year, and of the next one, UTC."""


def select_sitemaps(  # noqa: PLR0913 - what a run and its ledger know of an index
    links: Iterable[Link],
    states: Mapping[str, ListState],
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    newest: int | None = None,
    index_read_at: datetime | None = None,
) -> list[tuple[Link, ListState, PlannedRequest]]:
    """Select the sitemaps of an index to request now, newest first, each with its state.

    `links` are those of the index, or of what `states` remember of one that is unchanged; a link's updated_at is its
    lastmod. `states`, by URL, hold only sitemaps that an earlier run wanted. `index_read_at` is when the index was read
    before.

    `since` and `until` skip sitemaps whose day, month or year, by their URLs, is wholly outside; `since` also those
    that did not change after it.

    A sitemap's time is the end of the month in its URL, otherwise its lastmod. One that was never read is wanted when
    it has no time, is among the `newest` (all if None) or `since` is given, was wanted by an earlier run, or ended
    after the index was last read. One that was read is requested when the index says that it changed; otherwise the
    current month's at its own interval, or daily if the index is believed, those of the last 60 days weekly, older ones
    not again.
    """
    by_url = {link.url: link for link in links}
    spans = find_spans(by_url)
    possible = [link for link in by_url.values() if _may_have_pages(link, spans.get(link.url), since, until)]
    ordered = sorted(possible, key=lambda link: _end_of(link) or datetime.max.replace(tzinfo=UTC), reverse=True)
    dated = [link.url for link in ordered if _end_of(link)]
    wanted = set(dated if since else dated[:newest])
    selected = []
    for link in ordered:
        end = _end_of(link)
        state = states.get(link.url) or ListState(url=link.url, source="sitemap")
        is_newer = end is None or (index_read_at is not None and end >= index_read_at - _LATE_ENTRIES)
        if state.read_at:
            planned = _plan_again(link, state, now, current=link.url in dated[:1])
        elif link.url in states or link.url in wanted or is_newer:
            planned = lists.plan_request(state, now)
        else:
            planned = None
        if planned:
            selected.append((link, state, planned))
    return selected


def select_few_undated(links: Sequence[Link], number: int) -> list[Link]:
    """Select the sitemaps of an index that have a time, and so many of the others: from its begin and from its end."""
    undated = [link.url for link in links if _end_of(link) is None]
    left_out = set(undated[number - number // 2 : len(undated) - number // 2]) if len(undated) > number else set()
    return [link for link in links if link.url not in left_out]


def find_spans(urls: Iterable[str]) -> dict[str, Span]:
    """Return the days, months or years that the URLs of an index name.

    URLs that differ in their digits only are read alike: "sitemap-2013.xml" beside "sitemap-7.xml" is no year, and
    "2013_5.xml" beside "2013_13.xml" is of a year, not of a month.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for url in urls:
        groups[re.sub(r"\d+", "0", url)].append(url)
    spans: dict[str, Span] = {}
    for group in groups.values():
        for find in (_day_in, month_in, _year_in):
            found = {url: span for url in group if (span := find(url))}
            if len(found) == len(group):
                spans |= found
                break
    return spans


def _day_in(url: str) -> Span | None:
    days = _DAY.findall(urlsplit(url).path)
    try:
        begin = datetime(int(days[-1][0]), int(days[-1][2]), int(days[-1][3]), tzinfo=UTC) if days else None
    except ValueError:  # February 30
        return None
    return (begin, begin + timedelta(days=1)) if begin else None


def _year_in(url: str) -> Span | None:
    years = _YEAR.findall(urlsplit(url).path)
    if not years:
        return None
    return datetime(int(years[-1]), 1, 1, tzinfo=UTC), datetime(int(years[-1]) + 1, 1, 1, tzinfo=UTC)


def _may_have_pages(link: Link, span: Span | None, since: datetime | None, until: datetime | None) -> bool:
    # A lastmod after `until` says nothing: old pages change. One that is only a day may mean its end.
    lastmod = link.updated_at
    if lastmod and lastmod.time() == datetime.min.time():
        lastmod += timedelta(days=1)
    end = span[1] if span else lastmod
    if since and end and end + _WESTERNMOST < since:
        return False
    return not (until and span and span[0] - _EASTERNMOST >= until)


def _end_of(link: Link) -> datetime | None:
    month = month_in(link.url)
    return month[1] if month else link.updated_at


def _plan_again(link: Link, state: ListState, now: datetime, *, current: bool) -> PlannedRequest | None:
    end = _end_of(link)
    age = now - end if end and not current else timedelta()
    if state.failures or age < _LATE_ENTRIES:
        return lists.plan_request(state, now, lastmod=link.updated_at)
    if lists.compare_lastmod(state, link.updated_at) == "changed":
        return lists.plan_request(state, now, lastmod=link.updated_at) if _has_paused(state, now) else None
    check_due = state.read_at is not None and is_due(state.read_at + _RECENT_CHECK, state.read_at, now)
    return PlannedRequest(conditional=False, why="check") if age < _RECENT and check_due else None


def _has_paused(state: ListState, now: datetime) -> bool:
    """Whether it was left alone for as long as it had brought nothing new."""
    # seen in the wild: an index that says at each run that all of its months changed
    if state.asked_at is None:
        return True
    quiet = state.asked_at - state.new_at if state.new_at else _MAX_PAUSE
    return is_due(state.asked_at + min(_MAX_PAUSE, quiet), state.asked_at, now)
