"""How a spider fares, of its runs: for people in words, for monitors in the Nagios manner. Pure."""

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
"""Whether the process of a run without an end is at work."""
LIVE = "live"
"""The source of runs that ask the site as it is now."""
_PASSING = (ExitCode.PARTLY_FAILED, ExitCode.STOPPED)
"""What the next run mends by itself, mostly."""
_WITHOUT_SPIDER = ("ingest", "reextract")
"""Sources of the runs of other commands than `scrapy crawl`."""


class Status(IntEnum):
    """The states of the Monitoring Plugins guidelines, which are a plugin's exit codes."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a spider fares."""

    spider: str
    status: Status
    text: str
    """What a person reads: "done 12 minutes ago: 12 stored"."""
    figures: tuple[str, ...] = ()
    """Performance data: "age=720s;;7200", "stored=12"."""


def is_telling(run: Run) -> bool:
    """Whether a run says how the spider fares: not one that was locked out, only looked, or read what there was."""
    return run.alone and run.exit_code != ExitCode.LOCKED and run.source not in _WITHOUT_SPIDER


def outcomes(run: Run) -> dict[Outcome, int]:
    """How many pages of a run came to each outcome."""
    return {name: run.counts.get(f"outcome/{name}", 0) for name in OUTCOMES}


def tally(run: Run) -> str:
    """The outcomes of a run that any page came to, in words: "12 stored, 1 updated"; empty where there is none."""
    return ", ".join(f"{n} {name}" for name, n in outcomes(run).items() if n)


def ending(run: Run, is_alive: IsAlive) -> str:
    """How a run ended, in words: "done", "partly failed", "killed"; or "at work"."""
    if run.exit_code is None:
        return AT_WORK if run.ended_at is None and is_alive(run) else KILLED
    known = {code.value: code.name.lower().replace("_", " ") for code in ExitCode}
    return known.get(run.exit_code, f"exit code {run.exit_code}")


def judge(spider: str, runs: Sequence[Run], *, now: datetime, max_age: timedelta | None, is_alive: IsAlive) -> Health:
    """How a spider fares, of its runs, newest first; the last two that ended decide.

    Of one that has run live those runs alone: what somebody reads of an archive tells nothing of the site.

    `max_age` is how long ago the last may have ended, or one that is at work may have begun.
    """
    telling = [run for run in runs if is_telling(run)]
    live = [run for run in telling if run.source == LIVE]
    endings = [(run, ending(run, is_alive)) for run in live or telling]
    if not endings:
        return Health(spider=spider, status=Status.UNKNOWN, text="it has never run")
    at_work = [run for run, word in endings if word == AT_WORK][:1]
    ended = [(run, word) for run, word in endings if word != AT_WORK][:2]
    age = now - (at_work[0].started_at if at_work else _end(ended[0][0]))
    late = f" (longer than {in_words(max_age)})" if max_age is not None and age > max_age else ""
    texts = [_told(ended, now, "" if at_work else late)] if ended else []
    texts += [f"run {run.id} is at work since {in_words(age)}{late}" for run in at_work]
    return Health(
        spider=spider,
        status=max(_of_ended([run for run, _ in ended]), _of_age(late=bool(late), at_work=bool(at_work))),
        text=", ".join(texts),
        figures=_figures(age, max_age, ended[0][0] if ended else at_work[0]),
    )


def status_line(healths: Sequence[Health]) -> tuple[Status, str]:
    """The worst status of the spiders, of which there is at least one, and the line of all, the worst first."""
    worst_first = sorted(healths, key=lambda health: -health.status)
    text = "; ".join(f"{health.spider}: {health.text}" for health in worst_first).replace("|", "/")
    figures = [_labelled(figure, health, healths) for health in healths for figure in health.figures]
    line = f"NEWSCRAWL {worst_first[0].status.name} - {text}"
    return worst_first[0].status, f"{line} | {' '.join(figures)}" if figures else line


def _labelled(figure: str, health: Health, healths: Sequence[Health]) -> str:
    """A figure, with the spider in its label where there are several."""
    return figure if len(healths) == 1 else f"{re.sub('[^A-Za-z0-9_-]', '_', health.spider)}_{figure}"


def _end(run: Run) -> datetime:
    return run.started_at + run.duration


def _of_ended(ended: Sequence[Run]) -> Status:
    if not ended or ended[0].exit_code == ExitCode.DONE:
        return Status.OK
    if ended[0].exit_code is None:
        again = len(ended) > 1 and ended[1].exit_code is None
        return Status.CRITICAL if again else Status.WARNING
    return Status.WARNING if ended[0].exit_code in _PASSING else Status.CRITICAL


def _of_age(*, late: bool, at_work: bool) -> Status:
    if not late:
        return Status.OK
    return Status.WARNING if at_work else Status.CRITICAL


def _told(ended: Sequence[tuple[Run, str]], now: datetime, late: str) -> str:
    (run, word), *before = ended
    twice = " twice in a row," if word == KILLED and before and before[0][1] == KILLED else ""
    return f"{word}{twice} {in_words(now - _end(run))} ago{late}: {tally(run) or 'no page'}"


def _figures(age: timedelta, max_age: timedelta | None, run: Run) -> tuple[str, ...]:
    limit = f";;{max_age.total_seconds():.0f}" if max_age else ""
    counts = [f"{name}={outcomes(run)[name]}" for name in ("stored", "failed")]
    return (f"age={max(0, age.total_seconds()):.0f}s{limit}", *counts)
