"""From counts to exit codes: the whole matrix, without a crawl."""

from collections import Counter
from pathlib import Path

import pytest

from newscrawl.operations import exit_codes
from newscrawl.operations.exit_codes import ExitCode

HEALTHY = {"links/found": 9, "lists/read": 2, "pages/asked": 5, "outcome/stored": 5}

LIVING = {"archive/articles": 40, "lists/known": 4, "lists/alive": 4}


@pytest.mark.parametrize(
    ("counts", "reason", "code"),
    [
        (HEALTHY, "finished", ExitCode.DONE),
        (HEALTHY | {"outcome/refused": 3, "refused/video": 2, "refused/http_404": 1}, "finished", ExitCode.DONE),
        ({"links/found": 9, "lists/read": 2, "pages/asked": 5, "outcome/unchanged": 5}, "finished", ExitCode.DONE),
        ({"links/found": 9, "lists/read": 2, "links/out_of_dates": 9}, "finished", ExitCode.DONE),
        ({"links/found": 9, "lists/read": 2, "outcome/refused": 9, "refused/audio": 9}, "finished", ExitCode.DONE),
        (HEALTHY | {"lists/gone": 1}, "finished", ExitCode.DONE),
        (HEALTHY, "closespider_itemcount", ExitCode.DONE),
        ({"hosts/unreachable": 1, "left": 3}, "finished", ExitCode.UNREACHABLE),
        ({"lists/unreachable": 3}, "finished", ExitCode.UNREACHABLE),
        ({"links/found": 1, "pages/asked": 1, "outcome/failed": 1}, "finished", ExitCode.UNREACHABLE),
        ({"hosts/blocked": 1}, "finished", ExitCode.BLOCKED),
        (HEALTHY | {"hosts/blocked": 1, "left": 4}, "finished", ExitCode.BLOCKED),
        (HEALTHY | {"outcome/blocked": 1, "blocked/challenge": 1}, "finished", ExitCode.DONE),
        ({}, "finished", ExitCode.NOTHING_FOUND),
        ({"lists/read": 3}, "finished", ExitCode.NOTHING_FOUND),
        ({"lists/failed": 3}, "finished", ExitCode.NOTHING_FOUND),
        ({"links/found": 2, "pages/asked": 2, "outcome/refused": 2}, "finished", ExitCode.NOTHING_FOUND),
        (
            {"links/found": 2, "lists/read": 1, "pages/asked": 2, "outcome/refused": 2, "refused/out_of_dates": 2},
            "finished",
            ExitCode.DONE,
        ),
        (HEALTHY | {"storage/failed": 1}, "storage_failed", ExitCode.STORAGE_FAILED),
        (HEALTHY | {"storage/failed": 1}, "finished", ExitCode.STORAGE_FAILED),
        (HEALTHY | {"outcome/failed": 1, "failed/timeout": 1}, "finished", ExitCode.PARTLY_FAILED),
        (HEALTHY | {"lists/failed": 1}, "finished", ExitCode.PARTLY_FAILED),
        (HEALTHY | {"lists/unreachable": 1}, "finished", ExitCode.PARTLY_FAILED),
        (HEALTHY | {"hosts/unreachable": 1}, "finished", ExitCode.PARTLY_FAILED),
        (HEALTHY | {"lists/lost": 1, "lists/gone": 1}, "finished", ExitCode.PARTLY_FAILED),
        (
            {"links/found": 9, "lists/read": 2, "pages/asked": 9, "hosts/unreachable": 1, "left": 9},
            "finished",
            ExitCode.PARTLY_FAILED,
        ),
        (HEALTHY | {"errors": 1}, "finished", ExitCode.PARTLY_FAILED),
        (HEALTHY | {"drift": 1, "outcome/failed": 3}, "finished", ExitCode.LAYOUT_DRIFT),
        (HEALTHY | {"drift": 1, "errors": 1}, "finished", ExitCode.PARTLY_FAILED),
        (LIVING | {"lists/unchanged": 4}, "finished", ExitCode.DONE),
        (LIVING | {"lists/not_due": 4}, "finished", ExitCode.DONE),
        (LIVING | {"lists/gone": 1}, "finished", ExitCode.DONE),
        (LIVING | {"lists/read": 1, "lists/emptied": 1}, "finished", ExitCode.DONE),
        (
            LIVING | {"lists/read": 1, "links/found": 1, "pages/asked": 1, "outcome/refused": 1},
            "finished",
            ExitCode.DONE,
        ),
        (LIVING | {"lists/alive": 0, "lists/read": 4, "lists/emptied": 4}, "finished", ExitCode.NOTHING_FOUND),
        (LIVING | {"lists/alive": 0, "lists/gone": 4}, "finished", ExitCode.NOTHING_FOUND),
        (LIVING | {"lists/alive": 0, "lists/still_blocked": 4}, "finished", ExitCode.BLOCKED),
        (LIVING | {"lists/alive": 0, "lists/still_failing": 4}, "finished", ExitCode.UNREACHABLE),
        (HEALTHY, "closed_by_another_run", ExitCode.LOCK_LOST),
        ({"dry_run": 1, "lists/known": 2, "lists/alive": 2, "pages/asked": 4}, "finished", ExitCode.DONE),
        ({"links/found": 9}, "start_error", ExitCode.PARTLY_FAILED),
        ({"links/found": 3, "captures/known": 3}, "finished", ExitCode.DONE),
        ({"captures/status_404": 3}, "finished", ExitCode.NOTHING_FOUND),
        ({"captures/broken": 1}, "finished", ExitCode.PARTLY_FAILED),
        (HEALTHY | {"captures/broken": 1}, "finished", ExitCode.PARTLY_FAILED),
        ({"captures/read": 2, "pages/asked": 2, "outcome/failed": 2}, "finished", ExitCode.PARTLY_FAILED),
        ({"captures/read": 2, "pages/asked": 2, "outcome/refused": 2}, "finished", ExitCode.NOTHING_FOUND),
        (HEALTHY, "shutdown", ExitCode.STOPPED),
        (HEALTHY, "memusage_exceeded", ExitCode.STOPPED),
    ],
)
def test_the_end_decides_the_exit_code(counts: dict[str, int], reason: str, code: ExitCode) -> None:
    stats = {f"newscrawl/{name}": n for name, n in counts.items()}
    assert exit_codes.conclude(stats, reason).code is code


def test_an_error_in_a_callback_is_not_a_success() -> None:
    stats = {"spider_exceptions/count": 1, "newscrawl/links/found": 1, "newscrawl/pages/asked": 1}
    assert exit_codes.conclude(stats, "finished").code is ExitCode.PARTLY_FAILED


def test_the_line_lists_outcomes_and_reasons() -> None:
    stats = {
        "newscrawl/outcome/stored": 40,
        "newscrawl/outcome/refused": 3,
        "newscrawl/refused/video": 2,
        "newscrawl/refused/http_404": 1,
        "newscrawl/left": 2,
        "newscrawl/hosts/blocked": 1,
        "newscrawl/trouble": "www.bloomberg.example: http 403",
        "item_scraped_count": 40,
    }
    assert exit_codes.conclude(stats, "finished").line == (
        "blocked (www.bloomberg.example: http 403): 40 stored, 0 updated, 0 unchanged, 3 refused "
        "(video 2, http_404 1), 2 left for the next run"
    )


def test_the_line_lists_captures_without_a_page() -> None:
    stats = {"newscrawl/captures/known": 3, "newscrawl/captures/broken": 2, "newscrawl/captures/status_404": 9}
    assert exit_codes.tally(stats) == "0 stored, 0 updated, 0 unchanged, 3 read before, 2 broken in the archive"


def test_counts_are_our_numbers_only() -> None:
    stats = {"newscrawl/left": 2, "newscrawl/trouble": "x", "item_scraped_count": 40}
    assert exit_codes.counts(stats) == {"left": 2}


def test_codes_are_distinct_and_keep_scrapys_three() -> None:
    assert [int(code) for code in ExitCode] == list(range(len(ExitCode)))
    assert (ExitCode.DONE, ExitCode.NOT_STARTED, ExitCode.USAGE) == (0, 1, 2)
    assert all(code.meaning and code.advice for code in ExitCode)


def test_every_code_but_done_has_advice() -> None:
    assert exit_codes.conclude({"newscrawl/links/found": 1}, "finished").advice is None
    assert exit_codes.conclude({"newscrawl/links/found": 1}, "shutdown").advice == "run again"


def test_a_run_without_due_lists_says_when_one_is_due() -> None:
    stats = {f"newscrawl/{name}": n for name, n in LIVING.items()} | {"newscrawl/lists/next_due": "14:20"}
    assert exit_codes.conclude(stats, "finished").line == (
        "done: 0 stored, 0 updated, 0 unchanged, no list is due before 14:20"
    )


def test_the_documented_table_is_current() -> None:
    documented = Path(__file__).parents[2] / "docs" / "exit-codes.md"
    assert exit_codes.exit_code_table() in documented.read_text()


BLOCKED = {"hosts/blocked": 1}
SILENT = {"hosts/unreachable": 1, "left": 3}


@pytest.mark.parametrize(
    ("sites", "code", "says"),
    [
        ({"a": HEALTHY, "b": HEALTHY}, ExitCode.DONE, "done: "),
        ({"a": BLOCKED, "b": HEALTHY}, ExitCode.PARTLY_FAILED, "partly failed (1 of 2 sites: blocked a (HTTP 403))"),
        ({"a": BLOCKED, "b": BLOCKED}, ExitCode.BLOCKED, "blocked (2 of 2 sites: blocked a (HTTP 403), b)"),
        ({"a": SILENT, "b": BLOCKED}, ExitCode.BLOCKED, "blocked (2 of 2 sites: blocked b; unreachable a (HTTP 403))"),
        ({"a": {}, "b": HEALTHY}, ExitCode.PARTLY_FAILED, "nothing found a"),
        ({"a": HEALTHY | {"drift": 1}, "b": HEALTHY}, ExitCode.PARTLY_FAILED, "layout drift a"),
        ({"a": LIVING | {"lists/not_due": 4}, "b": HEALTHY}, ExitCode.DONE, "done: "),
    ],
)
def test_each_of_several_sites_counts(sites: dict[str, dict[str, int]], code: ExitCode, says: str) -> None:
    stats = total(sites)
    conclusion = exit_codes.conclude_sites(stats, "finished", sites, {"a": "HTTP 403"})
    assert conclusion.code is code
    assert says in conclusion.line
    assert bool(conclusion.advice) is (code is not ExitCode.DONE)


def test_what_harms_the_whole_run_comes_before_its_sites() -> None:
    sites = {"a": HEALTHY, "b": HEALTHY}
    for own, reason, code in (
        ({"storage/failed": 1}, "storage_failed", ExitCode.STORAGE_FAILED),
        ({}, "shutdown", ExitCode.STOPPED),
        ({"errors": 1}, "finished", ExitCode.PARTLY_FAILED),
        ({"sites/malformed": 2}, "finished", ExitCode.PARTLY_FAILED),
    ):
        stats = total(sites) | {f"newscrawl/{name}": n for name, n in own.items()}
        assert exit_codes.conclude_sites(stats, reason, sites, {}).code is code


def test_of_many_failed_sites_some_are_named() -> None:
    sites = {f"s{number}": BLOCKED for number in range(40)}
    line = exit_codes.conclude_sites(total(sites), "finished", sites, {}).line
    assert line.startswith("blocked (40 of 40 sites: blocked s0, s1, s2, s3, s4 and 35 more): ")


def total(sites: dict[str, dict[str, int]]) -> dict[str, int]:
    """The stats of a run over these sites."""
    counts = sum(map(Counter, sites.values()), Counter[str]())
    return {f"newscrawl/{name}": n for name, n in counts.items()}
