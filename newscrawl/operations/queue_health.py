"""How healthy the queue of site crawls is, over all its workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from newscrawl.operations.durations import in_words
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.health import Health, Status
from newscrawl.storage import QueueState, Schedule

CRAWL_TASK = "crawl_site"
"""What the queue calls a crawl."""
_WELL = (ExitCode.DONE, ExitCode.PARTLY_FAILED, ExitCode.STOPPED, ExitCode.LOCKED, ExitCode.LOCK_LOST)
"""What the next crawl repairs by itself, if it is anything."""
_CRITICAL_SHARE = 0.1


def judge_queue(
    schedules: Sequence[Schedule], state: QueueState | None, *, now: datetime, max_age: timedelta | None
) -> Health:
    """Judge the queue: its workers, sites that are overdue, and how the last crawl of each site ended.

    A site is overdue when its last crawl started longer ago than twice its interval, or than `max_age`, and nothing
    paused it. CRITICAL: no worker is alive, or every tenth site is overdue or ended badly (of fewer than ten, one).
    """
    workers, stalled, waiting = (state.workers, state.stalled, state.waiting) if state else (0, 0, 0)
    overdue = [each for each in schedules if _is_overdue(each, now, max_age)]
    failing = [each for each in schedules if each.exit_code is not None and each.exit_code not in _WELL]
    status, problems = Status.OK, []
    if not workers:
        status = Status.CRITICAL
        problems.append("no worker is alive: start `scrapy work`")
    for sites, what in ((overdue, "overdue"), (failing, "ended badly")):
        if sites:
            status = max(status, Status.CRITICAL if _is_many(sites, schedules) else Status.WARNING)
            more = f" and {len(sites) - 3} more" if len(sites) > 3 else ""
            problems.append(f"{what} {', '.join(each.site for each in sites[:3])}{more}")
    if stalled:
        status = max(status, Status.WARNING)
        problems.append(f"{stalled} crawls of dead workers")
    lag = state.longest_wait if state else timedelta()
    text = f"sites: {len(schedules)}, workers: {workers}, crawls that wait: {waiting}"
    text += f" (the longest for {in_words(lag)})" if waiting else ""
    figures = (
        *(f"sites={len(schedules)}", f"workers={workers}", f"running={state.running if state else 0}"),
        *(f"waiting={waiting}", f"lag={lag.total_seconds():.0f}s", f"stalled={stalled}"),
        *(f"overdue={len(overdue)}", f"failing={len(failing)}"),
    )
    return Health(spider="queue", status=status, text="; ".join([text, *problems]), figures=figures)


def _is_overdue(schedule: Schedule, now: datetime, max_age: timedelta | None) -> bool:
    longest = max_age or 2 * schedule.every
    is_paused = schedule.due_at is not None and schedule.due_at > now + schedule.every
    return not is_paused and now - (schedule.started_at or schedule.added_at or now) > longest


def _is_many(sites: Sequence[Schedule], of: Sequence[Schedule]) -> bool:
    return len(sites) >= _CRITICAL_SHARE * len(of)
