"""How a run ended: from its counts to an exit code and one line. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

from newscrawl.errors import ArgumentError, LockedError, StorageError


class ExitCode(IntEnum):
    """The exit codes of `scrapy crawl`. 0, 1 and 2 keep Scrapy's meaning."""

    meaning: str
    advice: str

    def __new__(cls, code: int, meaning: str, advice: str) -> ExitCode:
        """A member is its number, and carries what it means and what there is to do."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning, member.advice = meaning, advice
        return member

    DONE = 0, "done: every page has its outcome in the ledger", "nothing"
    NOT_STARTED = (
        1,
        "the crawl could not start: a setting, a component or the spider failed",
        "look at the traceback above, then at what was last changed",
    )
    USAGE = 2, "the command line asks for what there is not; nothing was fetched", "correct the command line"
    UNREACHABLE = (
        3,
        "the site could not be reached, or answered with errors only",
        "see whether this machine reaches the site; the next run asks again",
    )
    BLOCKED = (
        4,
        "the site blocks: its requests were stopped, the rest waits for the next run",
        "crawl more seldom, set NEWSCRAWL_CONTACT, and write to the publisher; a block is not got around",
    )
    NOTHING_FOUND = (
        5,
        "the site answers, but no list names an article any more, or no page was one",
        "see where the publisher lists its articles now: lists are data in newscrawl/publishers",
    )
    STORAGE_FAILED = (
        6,
        "the database refused; what was not stored waits for the next run",
        "mend what the line says, and run again",
    )
    PARTLY_FAILED = (
        7,
        "done, but for pages or lists that failed, or for a programming error: see the log",
        "`scrapy pages --state failed` lists the pages; they are tried again by later runs",
    )
    STOPPED = (
        8,
        "stopped before the end, by a signal or a limit of memory; the rest waits for the next run",
        "run again",
    )
    LOCKED = (
        9,
        "another run of this spider is at work on this database; nothing was fetched",
        "wait for it, or end the process that the line names",
    )
    LAYOUT_DRIFT = (
        10,
        "the site's pages lack a field far more often than they used to: a redesign",
        "`scrapy extract URL --explain` shows what is missing on a page; newscrawl/publishers needs a new layout",
    )


def code_of(error: BaseException) -> ExitCode:
    """How a run ends that an error kept from beginning, or broke off."""
    if isinstance(error, ArgumentError):
        return ExitCode.USAGE
    if isinstance(error, LockedError):
        return ExitCode.LOCKED
    return ExitCode.STORAGE_FAILED if isinstance(error, StorageError) else ExitCode.NOT_STARTED


Outcome = Literal["stored", "updated", "unchanged", "refused", "failed", "blocked"]
OUTCOMES: tuple[Outcome, ...] = ("stored", "updated", "unchanged", "refused", "failed", "blocked")
ARTICLES: tuple[Outcome, ...] = ("stored", "updated", "unchanged")
REASONED: tuple[Outcome, ...] = ("refused", "failed", "blocked")
PREFIX = "newscrawl/"
_OF_ARCHIVES = (("captures/known", "read before"), ("captures/broken", "broken in the archive"))
"""What is told of captures that gave no page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What a run came to."""

    code: ExitCode
    line: str
    """What happened."""

    @property
    def advice(self) -> str | None:
        """What there is to do; None where all is well."""
        return None if self.code is ExitCode.DONE else self.code.advice


def count(stats: Mapping[str, Any], name: str) -> int:
    """A count of ours ("outcome/stored"), 0 where nothing was counted."""
    return int(stats.get(PREFIX + name, 0))


def counts(stats: Mapping[str, Any]) -> dict[str, int]:
    """All counts of ours by name, without their prefix."""
    ours = {name.removeprefix(PREFIX): value for name, value in stats.items() if name.startswith(PREFIX)}
    return {name: value for name, value in sorted(ours.items()) if isinstance(value, int)}


def reasons(stats: Mapping[str, Any], outcome: str) -> dict[str, int]:
    """The reasons of an outcome ("refused") with their counts, the most frequent first."""
    found = {name.partition("/")[2]: n for name, n in counts(stats).items() if name.startswith(f"{outcome}/")}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def conclude(stats: Mapping[str, Any], finish_reason: str) -> Conclusion:
    """The end of a run, of Scrapy's stats and finish reason.

    The first condition that holds decides: what stops every later run comes before what is wrong with this one.
    """
    code = next(code for code, holds in _CONDITIONS if holds(_Ended(stats, finish_reason)))
    return Conclusion(code=code, line=f"{_headline(code, stats)}: {tally(stats)}")


def tally(stats: Mapping[str, Any]) -> str:
    """The outcomes on one line, with the reasons of what gave no article."""
    if count(stats, "dry_run"):
        return f"pages to fetch: {count(stats, 'pages/asked')}, lists asked for: {count(stats, 'lists/asked')}"
    parts = [f"{count(stats, f'outcome/{name}')} {name}" for name in ARTICLES]
    for name in REASONED:
        if total := count(stats, f"outcome/{name}"):
            why = ", ".join(f"{reason} {n}" for reason, n in reasons(stats, name).items())
            parts.append(f"{total} {name} ({why})" if why else f"{total} {name}")
    parts += [f"{n} {what}" for name, what in _OF_ARCHIVES if (n := count(stats, name))]
    if headlines := count(stats, "headlines"):
        parts.append(f"{headlines} kept as a headline")
    if left := count(stats, "left"):
        parts.append(f"{left} left for the next run")
    if due := stats.get(f"{PREFIX}lists/next_due"):
        parts.append(f"no list is due before {due}")
    return ", ".join(parts)


def exit_code_table() -> str:
    """The exit codes as a Markdown table."""
    rows = [f"| {code.value} | {code.meaning} | {code.advice} |" for code in ExitCode]
    return "\n".join(["| code | meaning | what to do |", "|---|---|---|", *rows])


def _headline(code: ExitCode, stats: Mapping[str, Any]) -> str:
    told = stats.get(f"{PREFIX}trouble")
    words = code.name.lower().replace("_", " ")
    if count(stats, "dry_run") and code is ExitCode.DONE:
        return "dry run"
    return f"{words} ({told})" if told and code is not ExitCode.DONE else words


class _Ended:
    """The conditions under which a run may have ended."""

    def __init__(self, stats: Mapping[str, Any], finish_reason: str) -> None:
        self._stats, self._finish_reason = stats, finish_reason
        self._articles = sum(self._count(f"outcome/{name}") for name in ARTICLES)
        self._no_list_lives = bool(self._count("lists/known")) and not self._count("lists/alive")

    def _count(self, *names: str) -> int:
        return sum(count(self._stats, name) for name in names)

    def storage_failed(self) -> bool:
        return bool(self._count("storage/failed"))

    def blocked(self) -> bool:
        return bool(self._count("hosts/blocked")) or (self._no_list_lives and bool(self._count("lists/still_blocked")))

    def stopped(self) -> bool:
        return self._finish_reason in ("shutdown", "memusage_exceeded", "closed_by_another_run")

    def unreachable(self) -> bool:
        lists_read = self._count("lists/read", "lists/unchanged")
        answered = self._articles or lists_read or self._count("captures/read", "files/begun", "outcome/refused")
        silent = self._count("hosts/unreachable", "lists/unreachable", "outcome/failed")
        return not answered and bool(silent or (self._no_list_lives and self._count("lists/still_failing")))

    def broken(self) -> bool:
        """A programming error: Scrapy counts what callbacks, start() and pipelines raise."""
        raised = self._stats.get("spider_exceptions/count", 0) + self._count("errors")
        return bool(raised) or self._finish_reason == "start_error"

    def drifted(self) -> bool:
        return bool(self._count("drift"))

    def nothing_found(self) -> bool:
        known = ("captures/known", "captures/broken", "files/finished")
        if self._articles or self._count("outcome/failed", "left", *known):
            return False
        if self._count("pages/asked") > self._count("refused/out_of_dates"):
            return not self._count("archive/articles", "dry_run")
        return self._no_list_lives or not self._count("links/found", "lists/known")

    def partly_failed(self) -> bool:
        wrong = ("outcome/failed", "captures/broken", "hosts/unreachable", "lists/unreachable", "lists/failed")
        return bool(self._count(*wrong, "lists/lost"))

    def done(self) -> bool:
        return True


_CONDITIONS = (
    (ExitCode.STORAGE_FAILED, _Ended.storage_failed),
    (ExitCode.BLOCKED, _Ended.blocked),
    (ExitCode.STOPPED, _Ended.stopped),
    (ExitCode.UNREACHABLE, _Ended.unreachable),
    (ExitCode.PARTLY_FAILED, _Ended.broken),
    (ExitCode.LAYOUT_DRIFT, _Ended.drifted),
    (ExitCode.NOTHING_FOUND, _Ended.nothing_found),
    (ExitCode.PARTLY_FAILED, _Ended.partly_failed),
    (ExitCode.DONE, _Ended.done),
)
