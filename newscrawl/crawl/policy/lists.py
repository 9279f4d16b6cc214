"""When a list is asked for, with which conditions, and what is remembered of its answer.

A list is asked for about as often as it brings something new, and often enough that nothing scrolls off it unseen.
Times are UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import sqrt
from statistics import median
from typing import Literal

from newscrawl.article import Link
from newscrawl.crawl.policy.asks import Ask, is_due
from newscrawl.states import ListState
from newscrawl.urls import month_in

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(hours=6)
"""Bounds of the interval of a list that answers. One that was read once is asked for by the next run: nobody knows its
pace, and the dates of its entries do not tell it."""

_MEASURED = timedelta(hours=1)
"""The first interval of a list that brought nothing new in so long, or longer."""
_QUIET = 1.35
"""The factor of an interval that brought nothing new. With it, a list whose entries come at random is asked for about
as often as one comes; in a silence the interval grows to a quarter of it."""
_READS_A_WINDOW = 3
"""How many times a list is asked for while an entry stands on it: two may fail."""
_CHECK = timedelta(days=1)
"""After so long without its entries, a list is asked without conditions."""
_CHECKS_A_WINDOW = 2
_UNDATED_WINDOW = timedelta(hours=6)
"""How long an entry is taken to stay on a list that does not date its entries."""
_RACE = timedelta(minutes=15)
"""An entry may be listed after the index was read and before the list was."""
_CLOCKS_APART = timedelta(minutes=5)
_SECOND = timedelta(seconds=1)
_PAUSES = {
    "gone": (timedelta(days=1), timedelta(days=1)),
    "failed": (timedelta(minutes=15), timedelta(hours=6)),
    "blocked": (timedelta(hours=1), timedelta(days=1)),
}
"""The first pause of a list that does not answer, and the longest; each is twice the one before."""


def ask(state: ListState, now: datetime, *, lastmod: datetime | None = None) -> Ask | None:
    """Whether a list is to be asked for now, and how; None when it is not due.

    `lastmod` is what an index that was read just now tells of it. While it is believed, no change means that the list
    is asked only for the check that finds a lying index, and a change that it is asked at once.
    """
    if state.asked_at is None:
        return Ask(conditional=False, why="new")
    if state.failures:
        return _ask_if(is_due(state.due_at, state.asked_at, now), state, now, _trouble(state))
    match told(state, lastmod):
        case "changed":
            return _ask_if(_may_have_changed(state, now), state, now, "its index says that it changed")
        case "unchanged":
            return _ask_if(_check_is_due(state, now), state, now, "check")
    return _ask_if(is_due(state.due_at, state.asked_at, now), state, now, "due")


def told(state: ListState, lastmod: datetime | None) -> Literal["changed", "unchanged"] | None:
    """What an index tells by `lastmod` of a list; None where it tells nothing that is believed."""
    if lastmod is None or state.lastmod is None or state.lastmod_lies:
        return None
    return "changed" if lastmod > state.lastmod else "unchanged"


def not_modified(state: ListState, now: datetime, *, lastmod: datetime | None = None, status: int = 304) -> ListState:
    """What is remembered of a list that says that it is as it was; `lastmod` is what its index told when asked."""
    interval = _bounded(_quiet(state, now), state)
    answered = replace(state, outcome="unchanged", status=status, lastmod=lastmod or state.lastmod)
    return _planned(answered, now, interval)


def read(  # noqa: PLR0913 - an answer has so many parts
    state: ListState,
    now: datetime,
    *,
    links: Sequence[Link],
    new: int,
    etag: str | None,
    last_modified: str | None,
    asked: Ask,
    lastmod: datetime | None = None,
    status: int = 200,
) -> ListState:
    """What is remembered of a list whose entries came.

    `new` is how many of them nobody had named before; of an index, how many of its lists were to be asked for.
    `etag` and `last_modified` are the answer's headers, `lastmod` is what its index told when it was asked.
    """
    last_modified = last_modified if _is_believable(last_modified, now) else None
    digest = digest_of(links)
    other = state.digest is not None and _addresses(state.digest) != _addresses(digest)
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
        checked_at=state.checked_at if asked.conditional else now,
        new_at=now if new else state.new_at,
        validators_lie=state.validators_lie or bool(new and other and _same_validators(state, etag, last_modified)),
        lastmod_lies=state.lastmod_lies or (other and _was_hidden(state, lastmod, new, links, now)),
    )
    pause = _paced_as_index(state, now, new) if is_index(links) else _paced(state, answered, now, new)
    return _planned(answered, now, _bounded(pause, answered))


def failed(
    state: ListState,
    now: datetime,
    *,
    outcome: Literal["gone", "failed", "blocked"],
    reason: str,
    status: int | None = None,
) -> ListState:
    """What is remembered of a list that did not come: it is asked for again after pauses that grow.

    `reason` is a short code; `status` that of the answer, None where there was none.
    """
    failures = state.failures + 1
    first, longest = _PAUSES[outcome]
    pause = min(longest, first * 2 ** min(failures - 1, 10))
    return replace(
        state, outcome=outcome, reason=reason, status=status, asked_at=now, due_at=now + pause, failures=failures
    )


def digest_of(links: Iterable[Link]) -> str:
    """Two hashes in one: of the addresses, and of addresses, times and headlines. The order does not count.

    Seen in the wild: fronts that shuffle their links at each request.
    """
    told_of = sorted((link.url, str(link.updated_at), link.headline or "") for link in links)
    return f"{_hash(sorted({url for url, _, _ in told_of}))}-{_hash(map(str, told_of))}"


def _hash(parts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(parts).encode(errors="replace"), digest_size=8).hexdigest()


def _addresses(digest: str) -> str:
    return digest.partition("-")[0]


def _ask_if(due: bool, state: ListState, now: datetime, why: str) -> Ask | None:
    if not due:
        return None
    if not (state.etag or state.last_modified) or state.validators_lie:
        return Ask(conditional=False, why=why)
    check = _check_is_due(state, now)
    return Ask(conditional=not check, why="check" if check and why == "due" else why)


def _trouble(state: ListState) -> str:
    return f"{state.outcome} before: {state.reason}" if state.reason else f"{state.outcome} before"


def _may_have_changed(state: ListState, now: datetime) -> bool:
    """At once when its last answer brought something new; else after its interval: an index may say so at each run."""
    if state.asked_at and state.asked_at == state.new_at:
        return is_due(state.asked_at + SHORTEST, state.asked_at, now)
    return is_due(state.due_at, state.asked_at, now)


def _check_is_due(state: ListState, now: datetime) -> bool:
    """Entries that came, asked for with conditions or without, hide nothing; from then on a "304" may."""
    if state.read_at is None:
        return True
    gap = min(_CHECK, max(SHORTEST, _window(state) / _CHECKS_A_WINDOW))
    return is_due(state.read_at + gap, state.read_at, now)


def _planned(state: ListState, now: datetime, interval: timedelta) -> ListState:
    seconds = round(interval.total_seconds())
    return replace(
        state,
        reason=None,
        asked_at=now,
        due_at=now + timedelta(seconds=seconds),
        interval_seconds=seconds,
        failures=0,
    )


def _paced(before: ListState, after: ListState, now: datetime, new: int) -> timedelta:
    """The interval, moved half way (of its logarithm) to the time that one new entry took; longer when none came."""
    elapsed, interval = _elapsed(before, now), timedelta(seconds=before.interval_seconds)
    if elapsed is None:
        return SHORTEST
    if not new:
        return _quiet(before, now)
    pause = timedelta(seconds=sqrt(interval / _SECOND * (elapsed / _SECOND) / new))
    turnover = elapsed * (before.entries or after.entries) / new
    return min(pause, turnover / _READS_A_WINDOW)


def _paced_as_index(before: ListState, now: datetime, new: int) -> timedelta:
    """The interval, longer or shorter: an index tells that a list changed, and not how often."""
    if not before.interval_seconds:
        return SHORTEST
    return timedelta(seconds=before.interval_seconds) / _QUIET if new else _quiet(before, now)


def _quiet(state: ListState, now: datetime) -> timedelta:
    """The interval after an answer without anything new: longer, if the silence was; at first as long as that."""
    elapsed, interval = _elapsed(state, now) or timedelta(), timedelta(seconds=state.interval_seconds)
    if interval <= SHORTEST:
        return max(interval, min(elapsed, _MEASURED))
    return max(interval, min(interval * _QUIET, elapsed * _QUIET))


def _elapsed(state: ListState, now: datetime) -> timedelta | None:
    """Since it was last known what the list has; None: never."""
    known_at = state.asked_at if state.outcome in ("read", "unchanged") else state.read_at
    return max(_SECOND, now - known_at) if known_at and state.read_at else None


def _bounded(interval: timedelta, state: ListState) -> timedelta:
    return max(SHORTEST, min(interval, LONGEST, _window(state) / _READS_A_WINDOW))


def _window(state: ListState) -> timedelta:
    """How long an entry stays on the list: in a month's, for good."""
    if month_in(state.url):
        return timedelta.max
    return timedelta(seconds=state.span_seconds) if state.span_seconds else _UNDATED_WINDOW


def _span_seconds(links: Sequence[Link], now: datetime) -> int | None:
    """From the oldest to the newest; where a few old ones are pinned to a list, twice the newer half."""
    times = [time.timestamp() for time in _times(links) if time <= now + timedelta(days=1)]
    if len(times) < 2:
        return None
    newest, span = max(times), max(times) - min(times)
    if is_index(links):  # nothing scrolls off it
        return round(max(span, _UNDATED_WINDOW.total_seconds()))
    return round(min(span, 2 * (newest - median(times)))) or None


def is_index(links: Sequence[Link]) -> bool:
    """Whether what a list names are lists, and not articles."""
    return bool(links) and links[0].source == "sitemap_index"


def _was_hidden(state: ListState, lastmod: datetime | None, new: int, links: Sequence[Link], now: datetime) -> bool:
    """Whether an index that told no change hid more than what may have come after it was read."""
    return told(state, lastmod) == "unchanged" and new > _listed_just_now(links, now)


def _listed_just_now(links: Sequence[Link], now: datetime) -> int:
    return sum(time > now - _RACE for time in _times(links))


def _times(links: Sequence[Link]) -> list[datetime]:
    return [time for link in links if (time := link.published_at or link.updated_at)]


def _same_validators(state: ListState, etag: str | None, last_modified: str | None) -> bool:
    """As a server compares them: the ETag alone where there is one (RFC 9110, 13.2.2)."""
    if etag or state.etag:
        return etag == state.etag
    return last_modified is not None and last_modified == state.last_modified


def _is_believable(last_modified: str | None, now: datetime) -> bool:
    """Whether it is a date, and has been: what changes in the future is "unchanged" until then."""
    if last_modified is None:
        return False
    try:
        at = parsedate_to_datetime(last_modified)
    except ValueError:
        return False
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) <= now + _CLOCKS_APART
