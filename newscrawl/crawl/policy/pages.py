"""Whether the page of a link is asked for, and when it is again. Times are UTC."""

from __future__ import annotations

from datetime import datetime, timedelta

from newscrawl.article import Link
from newscrawl.crawl.policy.asks import Ask, is_due
from newscrawl.states import PageState

VISITS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 3 * 24, 10 * 24, 30 * 24))
"""The ages at which a stored article is looked at again."""
_UNCONDITIONAL = (VISITS[2], VISITS[-1])
"""Visits that ask without conditions: by them an edit is found on a page whose validators lie."""
TRIES = tuple(timedelta(hours=hours) for hours in (0.25, 1, 6, 24, 3 * 24, 7 * 24))
BLOCKED_TRIES = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 3 * 24, 7 * 24, 14 * 24))
"""Pauses after a failure, the first, the second … in a row; after the last one a page is given up."""
_AFTER_CHANGE = timedelta(hours=1)
"""The least pause, after a look in vain, before a list's word alone leads to another."""
_CLOCKS_APART = timedelta(minutes=5)


def ask(state: PageState | None, link: Link | None, now: datetime) -> Ask | None:
    """Whether a page is asked for now, and how; None when it is not due, refused or given up.

    `state` is what is remembered of it, None for one that nobody had named; `link` is what a list tells of it now, None
    for one that no list of this run names.
    """
    if state is None:
        return Ask(conditional=False, why="new")
    match state.state:
        case "refused":
            return None
        case "discovered":
            due = is_due(state.due_at, state.tried_at, now)
            return Ask(conditional=False, why="unfinished") if due else None
        case "failed" | "blocked":
            due = state.due_at is not None and is_due(state.due_at, state.tried_at, now)
            return Ask(conditional=False, why=_trouble(state)) if due else None
        case _:
            return _ask_again(state, link, now)


def next_visit(published_at: datetime | None, discovered_at: datetime, now: datetime) -> datetime | None:
    """When an article that was stored or unchanged just now is looked at again: at ages that thin out, then never.

    The age counts from its publication, or from its discovery where that is unknown or in the future. A visit is left
    out that would come within a quarter of its age: an article that is first met at five hours is next seen at a day.
    """
    born = _born(published_at, discovered_at, now)
    return next((born + age for age in VISITS if born + age >= now + age / 4), None)


def next_try(failures: int, now: datetime, *, blocked: bool = False) -> datetime | None:
    """When a page is tried again that failed, or was blocked, so many times in a row (from 1); None: it is given up."""
    pauses = BLOCKED_TRIES if blocked else TRIES
    return now + pauses[max(failures, 1) - 1] if failures <= len(pauses) else None


def _trouble(state: PageState) -> str:
    return f"{state.state} before: {state.reason}" if state.reason else f"{state.state} before"


def _ask_again(state: PageState, link: Link | None, now: datetime) -> Ask | None:
    validators = bool(state.etag or state.last_modified)
    if _list_says_changed(state, link, now):
        # a word that was true last time is worth the whole page; one that was not is checked at no cost
        return Ask(conditional=validators and state.state == "unchanged", why="the list says that it changed")
    if state.due_at and is_due(state.due_at, state.tried_at, now):
        return Ask(conditional=validators and not _is_check(state, now), why="for changes")
    return None


def _is_check(state: PageState, now: datetime) -> bool:
    born = _born(state.published_at, state.discovered_at, now)
    planned = state.due_at - born if state.due_at else timedelta()
    return any(age * 0.9 <= planned <= age * 1.1 for age in _UNCONDITIONAL)


def _list_says_changed(state: PageState, link: Link | None, now: datetime) -> bool:
    told = [at for at in (state.listed_at, link.updated_at if link else None) if at and at <= now + _CLOCKS_APART]
    if state.tried_at is None or not told or max(told) <= state.tried_at:
        return False
    return is_due(state.tried_at + _rest(state, state.tried_at), state.tried_at, now)


def _rest(state: PageState, tried_at: datetime) -> timedelta:
    """None for a word that was never in vain; else twice as long for each look beyond the planned ones: a list may tell
    at each run that all has changed.
    """
    if state.state != "unchanged":
        return timedelta()
    born = _born(state.published_at, state.discovered_at, tried_at)
    planned = sum(state.discovered_at < born + age <= tried_at + age / 10 for age in VISITS)
    looks = max(0, state.attempts - 1 - planned)
    return max(_AFTER_CHANGE, min(_AFTER_CHANGE * (1 << min(looks, 20)), tried_at - state.discovered_at))


def _born(published_at: datetime | None, discovered_at: datetime, now: datetime) -> datetime:
    return published_at if published_at and published_at <= now + _CLOCKS_APART else discovered_at
