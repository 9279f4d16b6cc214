"""Which sitemaps of an index are asked for: an index may lead thirty years back. Times are UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from newscrawl.article import Link
from newscrawl.crawl.policy import lists
from newscrawl.crawl.policy.asks import Ask, is_due
from newscrawl.states import ListState
from newscrawl.urls import month_in

_LATE_ENTRIES = timedelta(days=2)
"""So long after its end a month may still get entries."""
_RECENT = timedelta(days=60)
_RECENT_CHECK = timedelta(days=7)
_LONGEST_PAUSE = timedelta(days=30)


def children(  # noqa: PLR0913 - what a run and its ledger know of an index
    links: Iterable[Link],
    states: Mapping[str, ListState],
    now: datetime,
    *,
    since: datetime | None = None,
    newest: int | None = None,
    index_read_at: datetime | None = None,
) -> list[tuple[Link, ListState, Ask]]:
    """The sitemaps of an index that are asked for now, newest first, each with what is remembered of it, and how.

    `links` are the index's, or, of an index that says "unchanged", what `states` remember of it; a link's updated_at is
    its lastmod. `states`, by address, are of the sitemaps that a run once wanted, and of no others. `index_read_at` is
    when the index was read before.

    A sitemap's time is the end of the month in its address, else its lastmod. `since` leaves out what ends before it.
    One that was never read is wanted when it tells no time, is among the `newest` (all if None) or `since` is given,
    was wanted by a run that did not get it, or ended after the index was last read. One that was read is asked for when
    the index says that it changed; else the current month's by its own interval, or daily if the index is believed,
    those of the last 60 days weekly, older ones not again.
    """
    ordered = sorted(_once(links), key=lambda link: _reach(link) or datetime.max.replace(tzinfo=UTC), reverse=True)
    dated = [link.url for link in ordered if _reach(link)]
    wanted = set(dated if since else dated[:newest])
    found = []
    for link in _within(ordered, since):
        state = states.get(link.url) or ListState(url=link.url, source="sitemap")
        if state.read_at:
            ask = _again(link, state, now, current=link.url in dated[:1])
        else:
            known = link.url in states or link.url in wanted or _is_since(link, index_read_at)
            ask = lists.ask(state, now) if known else None
        if ask:
            found.append((link, state, ask))
    return found


def _once(links: Iterable[Link]) -> Iterable[Link]:
    return {link.url: link for link in links}.values()


def _within(links: Iterable[Link], since: datetime | None) -> Iterator[Link]:
    return (link for link in links if since is None or (reach := _reach(link)) is None or reach >= since)


def _reach(link: Link) -> datetime | None:
    month = month_in(link.url)
    return month[1] if month else link.updated_at


def _is_since(link: Link, index_read_at: datetime | None) -> bool:
    reach = _reach(link)
    return reach is None or (index_read_at is not None and reach >= index_read_at - _LATE_ENTRIES)


def _again(link: Link, state: ListState, now: datetime, *, current: bool) -> Ask | None:
    reach = _reach(link)
    age = now - reach if reach and not current else timedelta()
    if state.failures or age < _LATE_ENTRIES:
        return lists.ask(state, now, lastmod=link.updated_at)
    if lists.told(state, link.updated_at) == "changed":
        return lists.ask(state, now, lastmod=link.updated_at) if _has_rested(state, now) else None
    return Ask(conditional=False, why="check") if age < _RECENT and _check_is_due(state, now) else None


def _check_is_due(state: ListState, now: datetime) -> bool:
    return state.read_at is not None and is_due(state.read_at + _RECENT_CHECK, state.read_at, now)


def _has_rested(state: ListState, now: datetime) -> bool:
    """As long again as it brought nothing new: an index may say of all its months, at each run, that they changed."""
    if state.asked_at is None:
        return True
    quiet = state.asked_at - state.new_at if state.new_at else _LONGEST_PAUSE
    return is_due(state.asked_at + min(_LONGEST_PAUSE, quiet), state.asked_at, now)
