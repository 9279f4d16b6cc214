"""When a list is requested, and its state after each response. Times are UTC.

A list is requested about as often as it brings something new, and often enough that no entry leaves it unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import sqrt
from statistics import median
from typing import Literal

from newscrawl.article import Link
from newscrawl.crawl.policy.requests import PlannedRequest, is_due
from newscrawl.crawl.policy.validators import check_last_modified
from newscrawl.states import ListState
from newscrawl.urls import month_in

MIN_INTERVAL = timedelta(minutes=1)
"""Also the first interval: the dates of a list's entries do not say how often it changes, so the next run reads it."""
MAX_INTERVAL = timedelta(hours=6)
_MAX_FIRST_QUIET = timedelta(hours=1)  # the longest first interval of a list that brought nothing new
_QUIET_FACTOR = 1.35
"""Of an interval that brought nothing new. With it, a list whose entries come at random is requested about
as often as one comes; in a silence the interval grows to a quarter of it."""
_REQUESTS_PER_WINDOW = 3  # while an entry stays on the list: two of them may fail
_CHECK_INTERVAL = timedelta(days=1)  # after so long without entries, a list is requested without conditions
_CHECKS_PER_WINDOW = 2
_UNDATED_WINDOW = timedelta(hours=6)
"""How long an entry presumably stays on a list that does not date its entries."""
_INDEX_DELAY = timedelta(minutes=15)  # an entry may be listed after the index was read and before the list was
_CLOCK_SKEW = timedelta(minutes=5)
_SECOND = timedelta(seconds=1)
_PAUSES = {
    "gone": (timedelta(days=1), timedelta(days=1)),
    "failed": (timedelta(minutes=15), timedelta(hours=6)),
    "blocked": (timedelta(hours=1), timedelta(days=1)),
    "refused": (timedelta(days=1), timedelta(days=30)),
}
"""The first and the longest pause after a failure; each is twice the one before."""


def plan_request(state: ListState, now: datetime, *, lastmod: datetime | None = None) -> PlannedRequest | None:
    """Decide whether a list is requested now; None when it is not due.

    `lastmod` is from an index that was read just now. While the index is believed, "unchanged" leaves only the check
    that finds a wrong index, and "changed" requests the list at once.
    """
    if state.asked_at is None:
        return PlannedRequest(conditional=False, why="new")
    due = is_due(state.due_at, state.asked_at, now)
    why = "due"
    if state.failures:
        why = f"{state.outcome} before: {state.reason}" if state.reason else f"{state.outcome} before"
    elif change := compare_lastmod(state, lastmod):
        due = _may_have_changed(state, now) if change == "changed" else _is_check_due(state, now)
        why = "its index says that it changed" if change == "changed" else "check"
    if not due:
        return None
    if not (state.etag or state.last_modified) or state.validators_lie:
        return PlannedRequest(conditional=False, why=why)
    check = _is_check_due(state, now)
    return PlannedRequest(conditional=not check, why="check" if check and why == "due" else why)


def compare_lastmod(state: ListState, lastmod: datetime | None) -> Literal["changed", "unchanged"] | None:
    """Return what an index says about a list by `lastmod`; None where it says nothing or is not believed."""
    if lastmod is None or state.lastmod is None or state.lastmod_lies:
        return None
    return "changed" if lastmod > state.lastmod else "unchanged"


def after_not_modified(
    state: ListState, now: datetime, *, lastmod: datetime | None = None, status: int = 304
) -> ListState:
    """Return the state of a list after a 304; `lastmod` is what its index said when it was requested."""
    answered = replace(state, outcome="unchanged", status=status, lastmod=lastmod or state.lastmod)
    return _scheduled(answered, now, _bounded(_quiet_interval(state, now), state))


def after_read(  # noqa: PLR0913 - the parts of a response
    state: ListState,
    now: datetime,
    *,
    links: Sequence[Link],
    new: int,
    etag: str | None,
    last_modified: str | None,
    planned: PlannedRequest,
    lastmod: datetime | None = None,
    status: int = 200,
) -> ListState:
    """Return the state of a list after its entries were read.

    `new` is the number of links that were not known; for an index, of lists to request. `etag` and `last_modified` are
    headers of the response, `lastmod` is what the index said when the list was requested.
    """
    last_modified = check_last_modified(last_modified, now)
    digest = make_digest(links)
    differs = state.digest is not None and state.digest.partition("-")[0] != digest.partition("-")[0]
    answered = replace(
        state,
        outcome="read",
        status=status,
        etag=etag,
        last_modified=last_modified,
        digest=digest,
        lastmod=lastmod or state.lastmod,
        entries=len(links),
        span_seconds=_span_seconds(links, now),
        read_at=now,
        checked_at=state.checked_at if planned.conditional else now,
        new_at=now if new else state.new_at,
        validators_lie=state.validators_lie or bool(new and differs and _same_validators(state, etag, last_modified)),
        lastmod_lies=state.lastmod_lies or (differs and _was_change_hidden(state, lastmod, new, links, now)),
    )
    interval = _index_interval(state, now, new) if is_index(links) else _interval(state, answered, now, new)
    return _scheduled(answered, now, _bounded(interval, answered))


def after_failure(
    state: ListState,
    now: datetime,
    *,
    outcome: Literal["gone", "failed", "blocked", "refused"],
    reason: str,
    status: int | None = None,
) -> ListState:
    """Return the state of a list that could not be read: it is requested again after growing pauses."""
    failures = state.failures + 1
    first, longest = _PAUSES[outcome]
    pause = min(longest, first * 2 ** min(failures - 1, 10))
    return replace(
        state, outcome=outcome, reason=reason, status=status, asked_at=now, due_at=now + pause, failures=failures
    )


def is_index(links: Sequence[Link]) -> bool:
    return bool(links) and links[0].source == "sitemap_index"


def select_newest(links: Sequence[Link], number: int) -> Sequence[Link]:
    """Return the newest entries of a list, in their order; of one without times, those at its begin and its end."""
    if len(links) <= number:
        return links
    times = [link.published_at or link.updated_at for link in links]
    if not any(times):
        return [*links[: number - number // 2], *links[len(links) - number // 2 :]]
    oldest = datetime.min.replace(tzinfo=UTC)
    order = sorted(range(len(links)), key=lambda at: times[at] or oldest, reverse=True)
    return [links[at] for at in sorted(order[:number])]


def make_digest(links: Iterable[Link]) -> str:
    """Make two hashes, joined by "-": of the URLs, and of URLs, times and headlines."""
    # sorted: front pages were seen that shuffle their links at each request
    entries = sorted((link.url, str(link.updated_at), link.headline or "") for link in links)
    return f"{_hash(sorted({url for url, _, _ in entries}))}-{_hash(map(str, entries))}"


def _hash(parts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(parts).encode(errors="replace"), digest_size=8).hexdigest()


def _may_have_changed(state: ListState, now: datetime) -> bool:
    """At once when its last response brought something new; else after its interval: an index may say so each time."""
    if state.asked_at and state.asked_at == state.new_at:
        return is_due(state.asked_at + MIN_INTERVAL, state.asked_at, now)
    return is_due(state.due_at, state.asked_at, now)


def _is_check_due(state: ListState, now: datetime) -> bool:
    """Whether its entries were last read so long ago that a 304 since may have hidden some."""
    if state.read_at is None:
        return True
    pause = min(_CHECK_INTERVAL, max(MIN_INTERVAL, _window(state) / _CHECKS_PER_WINDOW))
    return is_due(state.read_at + pause, state.read_at, now)


def _scheduled(state: ListState, now: datetime, interval: timedelta) -> ListState:
    seconds = round(interval.total_seconds())
    due_at = now + timedelta(seconds=seconds)
    return replace(state, reason=None, asked_at=now, due_at=due_at, interval_seconds=seconds, failures=0)


def _interval(before: ListState, after: ListState, now: datetime, new: int) -> timedelta:
    """The interval moves half way (of its logarithm) to the time per new entry; it grows when there was none."""
    elapsed, interval = _elapsed(before, now), timedelta(seconds=before.interval_seconds)
    if elapsed is None:
        return MIN_INTERVAL
    if not new:
        return _quiet_interval(before, now)
    mean = timedelta(seconds=sqrt(interval / _SECOND * (elapsed / _SECOND) / new))
    turnover = elapsed * (before.entries or after.entries) / new
    return min(mean, turnover / _REQUESTS_PER_WINDOW)


def _index_interval(before: ListState, now: datetime, new: int) -> timedelta:
    """The interval, longer or shorter by a fixed factor: an index says that a list changed, and not how often."""
    if not before.interval_seconds:
        return MIN_INTERVAL
    return timedelta(seconds=before.interval_seconds) / _QUIET_FACTOR if new else _quiet_interval(before, now)


def _quiet_interval(state: ListState, now: datetime) -> timedelta:
    """The interval after a response without anything new: longer, if the silence was; at first as long as that."""
    elapsed, interval = _elapsed(state, now) or timedelta(), timedelta(seconds=state.interval_seconds)
    if interval <= MIN_INTERVAL:
        return max(interval, min(elapsed, _MAX_FIRST_QUIET))
    return max(interval, min(interval * _QUIET_FACTOR, elapsed * _QUIET_FACTOR))


def _elapsed(state: ListState, now: datetime) -> timedelta | None:
    """Time since the contents of the list were last known; None: they never were."""
    known_at = state.asked_at if state.outcome in ("read", "unchanged") else state.read_at
    return max(_SECOND, now - known_at) if known_at and state.read_at else None


def _bounded(interval: timedelta, state: ListState) -> timedelta:
    return max(MIN_INTERVAL, min(interval, MAX_INTERVAL, _window(state) / _REQUESTS_PER_WINDOW))


def _window(state: ListState) -> timedelta:
    """How long an entry stays on the list: for ever on a list of one month."""
    if month_in(state.url):
        return timedelta.max
    return timedelta(seconds=state.span_seconds) if state.span_seconds else _UNDATED_WINDOW


def _span_seconds(links: Sequence[Link], now: datetime) -> int | None:
    """From the oldest to the newest entry; where a few old ones are pinned, twice the newer half."""
    times = [time.timestamp() for time in _times(links) if time <= now + timedelta(days=1)]
    if len(times) < 2:
        return None
    newest, span = max(times), max(times) - min(times)
    if is_index(links):  # entries never leave it
        return round(max(span, _UNDATED_WINDOW.total_seconds()))
    return round(min(span, 2 * (newest - median(times)))) or None


def _was_change_hidden(
    state: ListState, lastmod: datetime | None, new: int, links: Sequence[Link], now: datetime
) -> bool:
    """Whether an index that said "unchanged" hid more than the entries that may have come after it was read."""
    since_index = sum(time > now - _INDEX_DELAY for time in _times(links))
    return compare_lastmod(state, lastmod) == "unchanged" and new > since_index


def _times(links: Sequence[Link]) -> list[datetime]:
    return [time for link in links if (time := link.published_at or link.updated_at)]


def _same_validators(state: ListState, etag: str | None, last_modified: str | None) -> bool:
    """As a server compares them: only the ETag where there is one (RFC 9110, 13.2.2)."""
    if etag or state.etag:
        return etag == state.etag
    return last_modified is not None and last_modified == state.last_modified
