"""How a run ended: an exit code and one line, derived from its counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Literal

from newscrawl.errors import ArgumentError, LockedError, LostLockError, StorageError
from newscrawl.operations import advice
from newscrawl.operations.run_counts import NEW_MATCHES, PREFIX, count, counts, reasons

__all__ = [
    "ARTICLES",
    "LOCK_LOST",
    "NEW_MATCHES",
    "OUTCOMES",
    "PREFIX",
    "REASONED",
    "Conclusion",
    "ExitCode",
    "Outcome",
    "code_of",
    "conclude",
    "conclude_each_site",
    "conclude_sites",
    "count",
    "counts",
    "exit_code_table",
    "find_advice",
    "reasons",
    "tally",
]


class ExitCode(IntEnum):
    """The exit codes of `scrapy crawl`. 0, 1 and 2 keep Scrapy's meaning."""

    meaning: str
    advice: str

    def __new__(cls, code: int, meaning: str, advice: str) -> ExitCode:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning, member.advice = meaning, advice
        return member

    DONE = 0, "finished; the outcome of every page is in the ledger", "nothing"
    NOT_STARTED = (
        1,
        "the crawl could not start: a setting, a component or the spider failed",
        "see the traceback above, and what was changed last",
    )
    USAGE = 2, "invalid command line or setting; nothing was fetched", "correct what the message names"
    UNREACHABLE = (
        3,
        "the site could not be reached, or returned only errors",
        "check whether this machine can reach the site; the next run tries again",
    )
    BLOCKED = (
        4,
        "the site blocked the crawl: its requests were stopped, the rest waits for the next run",
        "crawl less often, set NEWSCRAWL_CONTACT, and contact the publisher; blocks are never bypassed",
    )
    NOTHING_FOUND = (
        5,
        "the site answers, but its lists name no articles any more, or no page was an article",
        "find out where the publisher lists its articles now, and correct the lists in newscrawl/publishers",
    )
    STORAGE_FAILED = (
        6,
        "database error; what was not stored waits for the next run",
        "fix the problem shown above, and run again",
    )
    PARTLY_FAILED = (
        7,
        "finished, but some pages or lists failed, or there was a programming error: see the log",
        "what failed is named above; later runs try again what can succeed",
    )
    STOPPED = (
        8,
        "stopped early by a signal or the memory limit; the rest waits for the next run",
        "run again",
    )
    LOCKED = (
        9,
        "another run of this spider is active on this database; nothing was fetched",
        "wait for it, or end the process named above",
    )
    LAYOUT_DRIFT = (
        10,
        "the pages of the site lack a field far more often than before: probably a redesign",
        "`scrapy extract URL --explain` shows what is missing on a page; newscrawl/publishers needs a new layout",
    )
    LOCK_LOST = (
        11,
        "stopped early: the run had sent no heartbeat for minutes, and another run took it for dead and replaced it",
        "let the other run work; was this machine paused or overloaded, or does its clock differ?",
    )


def code_of(error: BaseException) -> ExitCode:
    """Return the exit code for an error that prevented or ended a run."""
    if isinstance(error, ArgumentError):
        return ExitCode.USAGE
    if isinstance(error, LockedError):
        return ExitCode.LOCKED
    if isinstance(error, LostLockError):
        return ExitCode.LOCK_LOST
    return ExitCode.STORAGE_FAILED if isinstance(error, StorageError) else ExitCode.NOT_STARTED


Outcome = Literal["stored", "updated", "unchanged", "refused", "failed", "blocked"]
OUTCOMES: tuple[Outcome, ...] = ("stored", "updated", "unchanged", "refused", "failed", "blocked")
ARTICLES: tuple[Outcome, ...] = ("stored", "updated", "unchanged")
REASONED: tuple[Outcome, ...] = ("refused", "failed", "blocked")
LOCK_LOST = "closed_by_another_run"
"""Finish reason of a run that lost its lock."""
_CAPTURE_COUNTS = (
    ("captures/known", "read before"),
    ("captures/waiting", "failed before and not due yet"),
    ("captures/failed_before", "failed before: `scrapy reextract` reads them"),
    ("captures/broken", "broken in the archive"),
    ("lists/refused", "refused in the index"),
    ("lists/still_refused", "refused in the index before and not due yet"),
)
"""Captures that gave no page, and parts of an archive's index that gave no captures."""
_NOTES = (
    ("captures/not_uploaded", "{} files of captures not uploaded"),
    ("feeds/failed", "{} feed files not written"),
    ("extracted", "{} extracted and not stored"),
    ("headlines", "{} kept as a headline"),
    ("left", "{} left for the next run"),
    ("links/older", "{} older entries of long lists not read (since=DATE reads them)"),
    ("lists/older", "{} older sitemaps not read (since=DATE reads them)"),
    ("sites/locked", "{} sites left to another run that is active on them"),
)
_NOT_WRITTEN = ("captures/not_uploaded", "feeds/failed")
_UNREAD = ("lists/unreachable", "lists/failed", "lists/lost")
_UNREAD_INDEX = ("lists/refused", "lists/still_refused", "lists/cut")
"""Of an archive, these mean that captures are missing."""
_OF_WHOLE_RUN = (ExitCode.STORAGE_FAILED, ExitCode.LOCK_LOST, ExitCode.STOPPED)
_BY_WEIGHT = (
    ExitCode.BLOCKED,
    ExitCode.UNREACHABLE,
    ExitCode.LAYOUT_DRIFT,
    ExitCode.NOTHING_FOUND,
    ExitCode.PARTLY_FAILED,
)
"""What a site may have ended with, the worst first."""
_MAX_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """How a run ended."""

    code: ExitCode
    line: str
    advice: str | None
    """What to do; None if all is well."""


def conclude(stats: Mapping[str, Any], finish_reason: str) -> Conclusion:
    """Conclude how a run ended from Scrapy's stats and finish reason: the first condition that is true decides."""
    code = _find_code(stats, finish_reason)
    trouble = stats.get(f"{PREFIX}trouble")
    name = code.name.lower().replace("_", " ")
    if code is not ExitCode.DONE and trouble:
        name = f"{name} ({trouble})"
    elif code is ExitCode.DONE and count(stats, "dry_run"):
        name = "dry run"
    return Conclusion(code=code, line=f"{name}: {tally(stats)}", advice=find_advice(code, stats))


def conclude_sites(
    stats: Mapping[str, Any],
    finish_reason: str,
    site_counts: Mapping[str, Mapping[str, int]],
    troubles: Mapping[str, str],
) -> Conclusion:
    """Conclude how a run over several sites ended; `site_counts` and `troubles` are by site.

    What ends or harms the whole run decides first. Then, if all sites ended alike, that is how the run ended; if some
    ended well, it is PARTLY_FAILED; otherwise the first in the order of docs/exit-codes.md.
    """
    whole = conclude(stats, finish_reason)
    if whole.code in _OF_WHOLE_RUN or not site_counts:
        return whole
    codes = conclude_each_site(stats, site_counts)
    failed = {code: [site for site, each in codes.items() if each is code] for code in _BY_WEIGHT}
    failed = {code: sites for code, sites in failed.items() if sites}
    parts = [_describe_failed(code, sites, troubles) for code, sites in failed.items()]
    if problems := count(stats, "sites/malformed"):
        parts.append(f"entries of the sites file not read: {problems}")
    if _has_programming_error(stats, finish_reason):
        parts.append("a programming error: see the log")
    if not parts:
        return whole if whole.code is ExitCode.DONE else _conclude_as(ExitCode.DONE, stats, "")
    is_mixed = ExitCode.DONE in codes.values() or not failed
    code = ExitCode.PARTLY_FAILED if is_mixed else next(iter(failed))
    number = sum(map(len, failed.values()))
    conclusion = _conclude_as(code, stats, f"{number} of {len(codes)} sites: {'; '.join(parts)}")
    if len(failed) < 2:
        return conclusion
    parts = [f"{_name(each)}: {find_advice(each, stats)}" for each in failed]
    return replace(conclusion, advice="; ".join(parts))


def conclude_each_site(stats: Mapping[str, Any], site_counts: Mapping[str, Mapping[str, int]]) -> dict[str, ExitCode]:
    """Return how a finished run ended at each of its sites."""
    flags = {name: value for name in ("dry_run", "web_archive") if (value := count(stats, name))}
    return {
        site: _find_code({PREFIX + name: n for name, n in {**flags, **own}.items()}, "finished")
        for site, own in site_counts.items()
    }


def _describe_failed(code: ExitCode, sites: Sequence[str], troubles: Mapping[str, str]) -> str:
    named = ((site, troubles.get(site, "").removeprefix(f"{site}: ")) for site in sites[:_MAX_SHOWN])
    shown = [f"{site} ({trouble})" if trouble else site for site, trouble in named]
    more = f" and {len(sites) - _MAX_SHOWN} more" if len(sites) > _MAX_SHOWN else ""
    return f"{_name(code)} {', '.join(shown)}{more}"


def _conclude_as(code: ExitCode, stats: Mapping[str, Any], why: str) -> Conclusion:
    name = "dry run" if code is ExitCode.DONE and count(stats, "dry_run") else _name(code)
    line = f"{name} ({why}): {tally(stats)}" if why else f"{name}: {tally(stats)}"
    return Conclusion(code=code, line=line, advice=find_advice(code, stats))


def _name(code: ExitCode) -> str:
    return code.name.lower().replace("_", " ")


def find_advice(code: ExitCode, stats: Mapping[str, Any]) -> str | None:
    """Return what to do about a run with this exit code; None if all is well."""
    return None if code is ExitCode.DONE else advice.find_advice(code.name, code.advice, stats)


def tally(stats: Mapping[str, Any]) -> str:
    """List the outcomes on one line, with the reasons for pages without an article."""
    if count(stats, "dry_run"):
        return f"pages to fetch: {count(stats, 'pages/asked')}, lists fetched: {count(stats, 'lists/asked')}"
    parts = [f"{count(stats, f'outcome/{name}')} {name}" for name in ARTICLES]
    for name in REASONED:
        if total := count(stats, f"outcome/{name}"):
            details = ", ".join(f"{reason} {n}" for reason, n in reasons(stats, name).items())
            parts.append(f"{total} {name} ({details})" if details else f"{total} {name}")
    parts += [f"{n} {what}" for name, what in _CAPTURE_COUNTS if (n := count(stats, name))]
    parts += [text.format(n) for name, text in _NOTES if (n := count(stats, name))]
    if due := stats.get(f"{PREFIX}lists/next_due"):
        parts.append(f"no list is due before {due}")
    return ", ".join(parts)


def _has_programming_error(stats: Mapping[str, Any], finish_reason: str) -> bool:
    # Scrapy counts what callbacks, start() and pipelines raise.
    raised = stats.get("spider_exceptions/count") or count(stats, "errors")
    return bool(raised) or finish_reason == "start_error"


def exit_code_table() -> str:
    rows = [f"| {code.value} | {code.meaning} | {code.advice} |" for code in ExitCode]
    return "\n".join(["| code | meaning | what to do |", "|---|---|---|", *rows])


def _find_code(stats: Mapping[str, Any], finish_reason: str) -> ExitCode:
    def total(*names: str) -> int:
        return sum(count(stats, name) for name in names)

    articles = total(*(f"outcome/{name}" for name in ARTICLES))
    no_list_works = total("lists/known") and not total("lists/alive")
    has_answered = articles or total("pages/answered", "lists/read", "lists/unchanged", "outcome/refused")
    has_answered = has_answered or total("captures/read", "files/begun")
    is_archive = total("web_archive")
    is_silent = total(
        "hosts/unreachable", "hosts/private", "lists/unreachable", "outcome/failed", *(("lists/failed",) * is_archive)
    ) or (no_list_works and total("lists/still_failing"))
    has_other_pages = articles or total(
        *(
            "outcome/failed",
            "left",
            "captures/known",
            "captures/waiting",
            "captures/failed_before",
            "captures/broken",
            "files/finished",
        )
    )
    if total("pages/asked") > total("refused/out_of_dates"):
        finds_nothing = not total("archive/articles", "dry_run")
    else:
        finds_nothing = no_list_works or not total("links/found", "lists/known")
    # What stops every later run comes before what is wrong with this one.
    conditions = (
        (ExitCode.STORAGE_FAILED, total("storage/failed")),
        (ExitCode.LOCK_LOST, finish_reason == LOCK_LOST),
        (ExitCode.BLOCKED, total("hosts/blocked") or (no_list_works and total("lists/still_blocked"))),
        (ExitCode.STOPPED, finish_reason in ("shutdown", "memusage_exceeded")),
        (ExitCode.UNREACHABLE, is_silent and not has_answered),
        (ExitCode.PARTLY_FAILED, _has_programming_error(stats, finish_reason) or total("files/unread")),
        (ExitCode.LAYOUT_DRIFT, total("drift")),
        (ExitCode.PARTLY_FAILED, is_archive and total(*_UNREAD, *_UNREAD_INDEX)),
        (ExitCode.NOTHING_FOUND, finds_nothing and not has_other_pages),
        (
            ExitCode.PARTLY_FAILED,
            total("outcome/failed", "captures/broken", "hosts/unreachable", "hosts/private", *_NOT_WRITTEN),
        ),
        (ExitCode.PARTLY_FAILED, total(*_UNREAD)),
    )
    return next((code for code, is_true in conditions if is_true), ExitCode.DONE)
