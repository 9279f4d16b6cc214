"""How healthy a spider is, judged by its runs: in words for people, and as Nagios plugins print it for monitors."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from newscrawl.operations.durations import in_words
from newscrawl.operations.exit_codes import OUTCOMES, ExitCode, Outcome
from newscrawl.storage import Run

KILLED, AT_WORK = "killed", "at work"
IsAlive = Callable[[Run], bool]
"""Whether the process of a run without an end is alive."""
LIVE = "live"
"""The source of runs that read the site as it is now."""
_TEMPORARY = (ExitCode.PARTLY_FAILED, ExitCode.STOPPED, ExitCode.LOCK_LOST)
"""What the next run usually repairs by itself."""
_OTHER_COMMANDS = ("ingest", "reextract")
"""Sources of the runs of commands other than `scrapy crawl`."""


class Status(IntEnum):
    """The states of the Monitoring Plugins guidelines, which are a plugin's exit codes."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How healthy a spider is."""

    spider: str
    status: Status
    text: str
    """For people: "done 12 minutes ago: 12 stored"."""
    figures: tuple[str, ...] = ()
    """Performance data: "age=720s;;7200", "stored=12"."""


def is_significant(run: Run) -> bool:
    """Whether a run says something about its spider: not if it was locked out, or not a crawl."""
    return run.exit_code != ExitCode.LOCKED and run.source not in _OTHER_COMMANDS


def outcomes(run: Run) -> dict[Outcome, int]:
    """Count the pages of a run by outcome."""
    return {name: run.counts.get(f"outcome/{name}", 0) for name in OUTCOMES}


def format_outcomes(run: Run) -> str:
    """List the outcomes of a run that have pages: "12 stored, 1 updated"."""
    return ", ".join(f"{n} {name}" for name, n in outcomes(run).items() if n)


def describe_end(run: Run, is_alive: IsAlive) -> str:
    """Describe how a run ended: "done", "partly failed", "killed"; or "at work"."""
    if run.exit_code is None:
        return AT_WORK if run.ended_at is None and is_alive(run) else KILLED
    names = {code.value: code.name.lower().replace("_", " ") for code in ExitCode}
    return names.get(run.exit_code, f"exit code {run.exit_code}")


def judge_spider(
    spider: str, runs: Sequence[Run], *, now: datetime, max_age: timedelta | None, is_alive: IsAlive
) -> Health:
    """Judge a spider by its runs, newest first; the last two that ended decide.

    `max_age` is how long ago the last run may have ended, or an active one may have started.
    """
    significant = [run for run in runs if is_significant(run)]
    # Runs over archives say nothing about the site, so they count only where there are no live runs.
    live = [run for run in significant if run.source == LIVE]
    ends = [(run, describe_end(run, is_alive)) for run in live or significant]
    if not ends:
        return Health(spider=spider, status=Status.UNKNOWN, text="it has never run")
    active = [run for run, end in ends if end == AT_WORK][:1]
    ended = [(run, end) for run, end in ends if end != AT_WORK][:2]
    age = now - (active[0].started_at if active else _end_time(ended[0][0]))
    is_late = max_age is not None and age > max_age
    late = f" (longer than {in_words(max_age)})" if max_age is not None and is_late else ""
    texts = [_describe_ended(ended, now, "" if active else late)] if ended else []
    texts += [f"run {run.id} is at work since {in_words(age)}{late}" for run in active]
    age_status = Status.OK
    if is_late:
        age_status = Status.WARNING if active else Status.CRITICAL
    return Health(
        spider=spider,
        status=max(_judge_ended([run for run, _ in ended]), age_status),
        text=", ".join(texts),
        figures=_format_figures(age, max_age, ended[0][0] if ended else active[0]),
    )


def format_status(healths: Sequence[Health]) -> tuple[Status, str]:
    """Return the worst status of the spiders, at least one, and the line about all of them, the worst first."""
    worst_first = sorted(healths, key=lambda health: -health.status)
    text = "; ".join(f"{health.spider}: {health.text}" for health in worst_first).replace("|", "/")
    figures: list[str] = []
    for health in healths:
        label = f"{re.sub('[^A-Za-z0-9_-]', '_', health.spider)}_" if len(healths) > 1 else ""
        figures += [f"{label}{figure}" for figure in health.figures]
    line = f"NEWSCRAWL {worst_first[0].status.name} - {text}"
    return worst_first[0].status, f"{line} | {' '.join(figures)}" if figures else line


def _end_time(run: Run) -> datetime:
    return run.started_at + run.duration


def _judge_ended(ended: Sequence[Run]) -> Status:
    if not ended or ended[0].exit_code == ExitCode.DONE:
        return Status.OK
    if ended[0].exit_code is None:
        is_second_in_a_row = len(ended) > 1 and ended[1].exit_code is None
        return Status.CRITICAL if is_second_in_a_row else Status.WARNING
    return Status.WARNING if ended[0].exit_code in _TEMPORARY else Status.CRITICAL


def _describe_ended(ended: Sequence[tuple[Run, str]], now: datetime, late: str) -> str:
    (run, end), *before = ended
    twice = " twice in a row," if end == KILLED and before and before[0][1] == KILLED else ""
    return f"{end}{twice} {in_words(now - _end_time(run))} ago{late}: {format_outcomes(run) or 'no page'}"


def _format_figures(age: timedelta, max_age: timedelta | None, run: Run) -> tuple[str, ...]:
    limit = f";;{max_age.total_seconds():.0f}" if max_age else ""
    counts = [f"{name}={outcomes(run)[name]}" for name in ("stored", "failed")]
    return (f"age={max(0, age.total_seconds()):.0f}s{limit}", *counts)
