"""What every decision comes to: an Ask, or none; and when something planned is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_LEAST_TOLERANCE, MOST_TOLERANCE = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """That a list or page is asked for, and how."""

    conditional: bool
    """Whether the remembered validators go with the request."""
    why: str
    """In short words, for a person: "new", "failed before: timeout"."""


def tolerance(pause: timedelta) -> timedelta:
    """By how much a pause may be cut short, as cron starts no two runs alike: a tenth of it, a minute to an hour."""
    return min(MOST_TOLERANCE, max(_LEAST_TOLERANCE, pause / 10))


def is_due(due_at: datetime | None, planned_at: datetime | None, now: datetime) -> bool:
    """Whether what was planned at one time for another is to be done; without a `due_at` it is. Times are UTC.

    What was planned in the future was planned by a clock that has been put back since: it is due.
    """
    if due_at is None or (planned_at and planned_at > now + _LEAST_TOLERANCE):
        return True
    return now >= due_at - tolerance(due_at - (planned_at or due_at))
