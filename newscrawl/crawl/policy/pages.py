"""Whether the page of a link is requested, and when it is next. Times are UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import accumulate

from newscrawl.article import Link
from newscrawl.crawl.policy.requests import PlannedRequest, is_due
from newscrawl.date_range import DateRange
from newscrawl.states import PageState, RefusalKind

VISITS = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 3 * 24, 10 * 24, 30 * 24))
"""The ages at which a stored article is visited again."""
_UNCONDITIONAL_VISITS = (VISITS[2], VISITS[-1])
"""Visits without conditions: they find an edit on a page whose validators are wrong."""
RETRIES = tuple(timedelta(hours=hours) for hours in (0.25, 1, 6, 24, 3 * 24, 7 * 24))
BLOCKED_RETRIES = tuple(timedelta(hours=hours) for hours in (1, 6, 24, 3 * 24, 7 * 24, 14 * 24))
CONTENT_RETRIES = (timedelta(days=30),)
"""Pauses after the first, second … consecutive failure; after the last one a page is given up."""
_NO_DATES = DateRange()
_MIN_PAUSE_AFTER_NO_CHANGE = timedelta(hours=1)
"""Before a list that says "changed" leads to another visit, when the last visit saw no change."""
_CLOCK_SKEW = timedelta(minutes=5)


def plan_request(
    state: PageState | None,
    link: Link | None,
    now: datetime,
    *,
    dates: DateRange = _NO_DATES,
    extractor: str | None = None,
) -> PlannedRequest | None:
    """Decide whether a page is requested now; None when it is not due, refused for good, or given up.

    `state` is None for a page that was never listed, `link` is None for one that no list of this run names. `dates` are
    those that the run wants; `extractor` is its version of the extractor.
    """
    if state is None:
        return PlannedRequest(conditional=False, why="new")
    match state.state:
        case "discovered":
            due = is_due(state.due_at, state.tried_at, now)
            return PlannedRequest(conditional=False, why="unfinished") if due else None
        case "refused" | "failed" | "blocked":
            why = _find_reason_to_retry(state, link, now, dates, extractor)
            return PlannedRequest(conditional=False, why=why) if why else None
        case _:
            return _plan_visit(state, link, now)


def next_visit(published_at: datetime | None, discovered_at: datetime, now: datetime) -> datetime | None:
    """Return when to visit an article again that was stored, or was unchanged, just now; None: never."""
    # A visit that would come within a quarter of its age is left out: an article that is five hours old is next visited
    # at one day.
    born = _born(published_at, discovered_at, now)
    return next((born + age for age in VISITS if born + age >= now + age / 4), None)


def next_try(
    failures: int, now: datetime, *, blocked: bool = False, refusal: RefusalKind | None = None
) -> datetime | None:
    """When to retry a page after so many consecutive failures (from 1); None: it is given up.

    `refusal` is the kind of its refusal; None if it failed or was blocked.
    """
    pauses = _find_pauses(refusal, blocked=blocked)
    number = max(failures, 1)
    return now + pauses[number - 1] if number <= len(pauses) else None


def _find_pauses(refusal: RefusalKind | None, *, blocked: bool) -> tuple[timedelta, ...]:
    match refusal:
        case None:
            return BLOCKED_RETRIES if blocked else RETRIES
        case RefusalKind.TEMPORARY:  # such as a 404: a site does not mend it within minutes
            return BLOCKED_RETRIES
        case RefusalKind.BY_CONTENT:
            return CONTENT_RETRIES
        case _:
            return ()


def _find_reason_to_retry(
    state: PageState, link: Link | None, now: datetime, dates: DateRange, extractor: str | None
) -> str | None:
    """Return why a page without an article is requested again now; None if it is not."""
    why = f"{state.state} before: {state.reason}" if state.reason else f"{state.state} before"
    if state.state == "refused" and state.refusal in (None, RefusalKind.PERMANENT):
        return None
    if state.refusal is RefusalKind.NOT_WANTED and state.published_at:
        return why if dates.contains(state.published_at) else None
    if state.due_at is not None and is_due(state.due_at, state.tried_at, now):
        return why
    if state.refusal and state.state != "blocked" and _is_reported_again(state, link, now):
        return "the list says that it is new or changed"
    if state.extractor and extractor and state.extractor != extractor:
        return f"{why}, by another version of the extractor"
    return None


def _is_reported_again(state: PageState, link: Link | None, now: datetime) -> bool:
    """Whether a list says that a page without an article is new, or changed, since it was last tried."""
    times = (state.listed_at, link.updated_at if link else None, link.published_at if link else None)
    reported_at = max((at for at in times if at and at <= now + _CLOCK_SKEW), default=None)
    if state.tried_at is None or reported_at is None or reported_at <= state.tried_at:
        return False
    # seen in the wild: a list that says at each run that every page changed
    pauses = _find_pauses(state.refusal if state.state == "refused" else None, blocked=False)
    known_for = state.tried_at - state.discovered_at
    planned = sum(age * 0.9 <= known_for for age in accumulate(pauses, initial=timedelta()))
    unplanned = state.attempts - planned
    pause = min(_MIN_PAUSE_AFTER_NO_CHANGE * (1 << min(unplanned, 20)), known_for) if unplanned > 0 else timedelta()
    return now >= state.tried_at + pause


def _plan_visit(state: PageState, link: Link | None, now: datetime) -> PlannedRequest | None:
    if state.is_partial and link:
        return PlannedRequest(conditional=False, why="only a part of it is known")
    has_validators = bool(state.etag or state.last_modified)
    if _does_list_say_changed(state, link, now):
        # a list that was right last time is worth the whole page; one that was wrong is checked at no cost
        conditional = has_validators and state.state == "unchanged"
        return PlannedRequest(conditional=conditional, why="the list says that it changed")
    if state.due_at and is_due(state.due_at, state.tried_at, now):
        born = _born(state.published_at, state.discovered_at, now)
        planned_age = state.due_at - born
        unconditional = any(age * 0.9 <= planned_age <= age * 1.1 for age in _UNCONDITIONAL_VISITS)
        return PlannedRequest(conditional=has_validators and not unconditional, why="for changes")
    return None


def _does_list_say_changed(state: PageState, link: Link | None, now: datetime) -> bool:
    times = (state.listed_at, link.updated_at if link else None)
    changed_at = max((at for at in times if at and at <= now + _CLOCK_SKEW), default=None)
    if state.tried_at is None or changed_at is None or changed_at <= state.tried_at:
        return False
    return is_due(state.tried_at + _pause_after_no_change(state, state.tried_at), state.tried_at, now)


def _pause_after_no_change(state: PageState, tried_at: datetime) -> timedelta:
    """None after a visit that saw a change; else twice as long for each visit beyond the planned ones."""
    # seen in the wild: a list that says at each run that every page changed
    if state.state != "unchanged":
        return timedelta()
    born = _born(state.published_at, state.discovered_at, tried_at)
    planned = sum(state.discovered_at < born + age <= tried_at + age / 10 for age in VISITS)
    unplanned = max(0, state.attempts - 1 - planned)
    pause = min(_MIN_PAUSE_AFTER_NO_CHANGE * (1 << min(unplanned, 20)), tried_at - state.discovered_at)
    return max(_MIN_PAUSE_AFTER_NO_CHANGE, pause)


def _born(published_at: datetime | None, discovered_at: datetime, now: datetime) -> datetime:
    """Return the time of publication, or of discovery where that is unknown or in the future."""
    return published_at if published_at and published_at <= now + _CLOCK_SKEW else discovered_at
