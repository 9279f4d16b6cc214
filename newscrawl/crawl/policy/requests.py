"""The outcome of every decision about a request, and when something planned is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_MIN_TOLERANCE, MAX_TOLERANCE = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRequest:
    """The decision to request a list or page now."""

    conditional: bool  # whether the remembered validators are sent (If-None-Match, If-Modified-Since)
    why: str  # in short words, for people: "new", "failed before: timeout"


def is_due(due_at: datetime | None, planned_at: datetime | None, now: datetime) -> bool:
    """Whether something is due that was planned at `planned_at` for `due_at`; without a `due_at` it is. UTC."""
    # What was planned in the future is due: the clock has been set back since.
    if due_at is None or (planned_at and planned_at > now + _MIN_TOLERANCE):
        return True
    # A pause may be cut short by a tenth: cron never starts two runs at exactly the same distance.
    tolerance = (due_at - (planned_at or due_at)) / 10
    return now >= due_at - min(MAX_TOLERANCE, max(_MIN_TOLERANCE, tolerance))
