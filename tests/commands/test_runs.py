"""`scrapy runs`, as a person and a monitor call it."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from newscrawl.operations.archive import open_archive
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.process import identity
from newscrawl.storage import Process
from tests.commands.calling import Done, Scrapy

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
GONE = Process("island", 1, "another-start pid:[1] 2.00")
GOOD = {"outcome/stored": 12, "outcome/updated": 1}
BAD = {
    "outcome/stored": 3,
    "outcome/failed": 4,
    "outcome/refused": 2,
    "failed/timeout": 3,
    "failed/http_500": 1,
    "refused/video": 2,
    "lists/read": 5,
}
KILLED = None
LOCKED, PARTLY = int(ExitCode.LOCKED), int(ExitCode.PARTLY_FAILED)
Runs = Callable[..., Done]


class Ledger:
    """A database, and runs in it at times of our choice."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'news.db'}"
        self.store = open_archive(self.url)

    def run(
        self,
        code: int | None,
        *,
        ended: timedelta,
        took: timedelta = timedelta(minutes=2),
        spider: str = "bloomberg",
        counts: Mapping[str, int] = GOOD,
        source: str = "live",
    ) -> None:
        """A run that ended so long before NOW; killed without a code."""
        with time_machine.travel(NOW - ended - took, tick=False):
            run = self.store.start_run(
                spider,
                {"limit": "9"},
                source=source,
                versions={"newscrawl": "0.2"},
                process=GONE,
                alone=code != LOCKED,
            )
        with time_machine.travel(NOW - ended, tick=False):
            self.store.alive(run, counts)
            if code is not None:
                self.store.end_run(run, finish_reason="finished", exit_code=code, counts=counts)

    def at_work(self, *, since: timedelta, spider: str = "bloomberg") -> None:
        """A run of this process, which is at work."""
        with time_machine.travel(NOW - since, tick=False):
            self.store.start_run(spider, {}, process=identity())


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


@pytest.fixture
def runs(scrapy: Scrapy, ledger: Ledger) -> Runs:
    """`scrapy runs` at NOW."""

    def call(*arguments: str, columns: int = 80) -> Done:
        ledger.store.close()
        with time_machine.travel(NOW, tick=False):
            return scrapy("runs", *arguments, columns=columns, NEWSCRAWL_DATABASE_URL=ledger.url)

    return call


@pytest.fixture
def history(ledger: Ledger) -> None:
    """Of four runs one is at work, one was killed, one failed in part and one was good."""
    ledger.run(0, ended=timedelta(hours=30), took=timedelta(hours=1, minutes=2, seconds=3))
    ledger.run(PARTLY, ended=timedelta(hours=3), counts=BAD)
    ledger.run(KILLED, ended=timedelta(hours=2))
    ledger.at_work(since=timedelta(minutes=5))


@pytest.mark.usefixtures("history")
def test_a_table_of_the_runs_the_newest_first(runs: Runs) -> None:
    done = runs(columns=120)
    assert (done.returncode, done.stderr) == (0, "")
    heading, *rows, hint = done.stdout.splitlines()
    outcomes = ["Stored", "Updated", "Refused", "Failed"]
    assert heading.split() == ["#", "Spider", "Began", "(UTC)", "Took", "Ended", *outcomes]
    assert [" ".join(row.split()) for row in rows] == [
        "4 bloomberg 2026-03-05 11:55 0:00:00 at work 0 0 0 0",
        "3 bloomberg 2026-03-05 09:58 0:02:00 killed 12 1 0 0",
        "2 bloomberg 2026-03-05 08:58 0:02:00 partly failed (7) 3 0 2 4",
        "1 bloomberg 2026-03-04 04:57 1:02:03 done 12 1 0 0",
    ]
    assert hint == "--show 4 shows everything about the newest."


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("columns", [60, 80, 99, 100])
def test_the_table_fits_the_terminal(runs: Runs, columns: int) -> None:
    printed = runs(columns=columns).stdout
    assert max(map(len, printed.splitlines())) <= columns
    assert "partly failed (7)" in printed
    for values in ("3 stored,", "4 failed", "2026-03-04 04:57") if columns < 100 else ("Failed", "bloomberg"):
        assert values in " ".join(printed.split())


@pytest.mark.usefixtures("history")
def test_limit_and_spider(runs: Runs, ledger: Ledger) -> None:
    ledger.run(0, ended=timedelta(hours=1), spider="ferries")
    assert [row["id"] for row in json.loads(runs("--limit", "2", "--format", "json").stdout)] == [5, 4]
    assert [row["id"] for row in json.loads(runs("--spider", "ferries", "--format", "json").stdout)] == [5]
    done = runs("--limit", "2")
    assert "ferries" in done.stdout, "of several spiders each has its name"
    assert "The last 2 of 5; --limit all shows all" in done.stdout
    assert runs("--spider", "trams").stdout == "No run of trams yet; `scrapy crawl` begins one.\n"


@pytest.mark.usefixtures("history")
def test_json_and_csv(runs: Runs) -> None:
    run = json.loads(runs("--format", "json").stdout)[2]
    assert {
        name: run[name] for name in ("id", "spider", "started_at", "ended_at", "seconds", "ended", "exit_code")
    } == {
        "id": 2,
        "spider": "bloomberg",
        "started_at": "2026-03-05T08:58:00Z",
        "ended_at": "2026-03-05T09:00:00Z",
        "seconds": 120.0,
        "ended": "partly failed",
        "exit_code": 7,
    }
    assert (run["arguments"], run["versions"], run["counts"]) == ({"limit": "9"}, {"newscrawl": "0.2"}, BAD)
    rows = list(csv.DictReader(io.StringIO(runs("--format", "csv").stdout)))
    assert [row["ended"] for row in rows] == ["at work", "killed", "partly failed", "done"]
    assert [row["failed"] for row in rows] == ["0", "0", "4", "0"]
    assert [row["exit_code"] for row in rows] == ["", "", "7", "0"]


@pytest.mark.usefixtures("history")
def test_one_run(runs: Runs) -> None:
    done = runs("--show", "2")
    values = dict(line.split("  ", 1) for line in done.stdout.splitlines() if not line.startswith(" "))
    assert {name: value.strip() for name, value in values.items()} == {
        "Run": "2 of bloomberg (live): partly failed",
        "Began": "2026-03-05 08:58:00 UTC",
        "Ended": "2026-03-05 09:00:00 UTC",
        "Took": "0:02:00",
        "Exit code": values["Exit code"].strip(),
        "Reason": "finished",
        "Source": "live",
        "Process": "1 on island",
        "Arguments": "limit=9",
        "Versions": "newscrawl 0.2",
        "Pages": "3 stored, 2 refused, 4 failed",
        "Refused": "video 2",
        "Failed": "timeout 3, http_500 1",
        "Counts": "lists/read 5",
    }
    assert "4 pages failed; later runs try again what can succeed" in runs("--show", "2", columns=300).stdout
    assert json.loads(runs("--show", "2", "--format", "json").stdout)["counts"] == BAD
    assert "Last sign  2026-03-05 10:00:00 UTC" in runs("--show", "3").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--show", "9"], 1, "9: there is no such run; `scrapy runs` lists those that are there\n"),
        (["--show", "1", "--format", "csv"], 2, "--show with --format json"),
        (["--show", "1", "--check"], 2, "--max-age goes with --check"),
        (["--max-age", "2h"], 2, "--max-age goes with --check"),
        (["ferries"], 2, "no words"),
        (["--limit", "some"], 2, "give a whole number, or all"),
    ],
)
def test_conflicting_options_are_rejected(runs: Runs, arguments: list[str], code: int, message: str) -> None:
    done = runs(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


@pytest.mark.parametrize(
    ("codes", "expected", "start"),
    [
        ([0], 0, "OK - bloomberg: done 1 hour ago: 12 stored, 1 updated | age=3600s;;7200 stored=12 failed=0"),
        ([PARTLY], 1, "WARNING - bloomberg: partly failed 1 hour ago: 12 stored, 1 updated | "),
        ([8], 1, "WARNING - bloomberg: stopped 1 hour ago: "),
        ([KILLED], 1, "WARNING - bloomberg: killed 1 hour ago: 12 stored, 1 updated | age=3600s"),
        ([KILLED, 0], 1, "WARNING - bloomberg: killed 1 hour ago: "),
        ([KILLED, LOCKED, KILLED], 2, "CRITICAL - bloomberg: killed twice in a row, 1 hour ago: "),
        ([0, KILLED, KILLED], 0, "OK - "),
        ([LOCKED, LOCKED, 0], 0, "OK - bloomberg: done 3 hours ago"),
        ([LOCKED] * 30 + [4], 2, "CRITICAL - bloomberg: blocked "),
        *(([code], 2, "CRITICAL - ") for code in (1, 2, 3, 4, 5, 6, 10)),
        ([77], 2, "CRITICAL - bloomberg: exit code 77 "),
        ([], 3, "UNKNOWN - bloomberg: it has never run"),
        ([LOCKED], 3, "UNKNOWN - bloomberg: it has never run"),
    ],
)
def test_check_by_how_the_last_runs_ended(
    runs: Runs, ledger: Ledger, codes: list[int | None], expected: int, start: str
) -> None:
    for ago, code in reversed(list(enumerate(codes, 1))):
        ledger.run(code, ended=hours(ago))
    done = runs("--check", *(["--max-age", "2h"] if codes == [0] else []))
    assert done.stdout.startswith(f"NEWSCRAWL {start}")
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (expected, 1, "")


@pytest.mark.parametrize(
    ("codes", "expected", "start"),
    [
        ([("warc", 0), ("live", 4)], 2, "CRITICAL - bloomberg: blocked 2 hours ago"),
        ([("wayback", 4), ("live", 0)], 0, "OK - bloomberg: done 2 hours ago"),
        ([("sample", 0)] * 30 + [("live", PARTLY)], 1, "WARNING - bloomberg: partly failed "),
        (
            [("warc", 0), ("live", KILLED), ("warc", 0), ("live", KILLED)],
            2,
            "CRITICAL - bloomberg: killed twice in a row",
        ),
        ([("warc", PARTLY), ("wayback", 0)], 1, "WARNING - bloomberg: partly failed 1 hour ago"),
        ([("warc", 0), ("live", LOCKED)], 0, "OK - bloomberg: done 1 hour ago"),
    ],
)
def test_check_prefers_live_runs(
    runs: Runs, ledger: Ledger, codes: list[tuple[str, int | None]], expected: int, start: str
) -> None:
    for ago, (source, code) in reversed(list(enumerate(codes, 1))):
        ledger.run(code, ended=hours(ago), source=source)
    done = runs("--check")
    assert done.stdout.startswith(f"NEWSCRAWL {start}")
    assert done.returncode == expected


def test_an_archive_run_says_nothing_about_the_site(runs: Runs, ledger: Ledger) -> None:
    ledger.run(0, ended=hours(30))
    ledger.run(0, ended=hours(1), source="warc")
    assert runs("--check", "--max-age", "2h").returncode == 2


def test_the_source_of_a_run(runs: Runs, ledger: Ledger) -> None:
    ledger.run(0, ended=hours(1), source="wayback")
    assert "Source     wayback" in runs("--show", "1").stdout
    assert json.loads(runs("--format", "json").stdout)[0]["source"] == "wayback"
    assert next(csv.DictReader(io.StringIO(runs("--format", "csv").stdout)))["source"] == "wayback"


def test_check_of_an_old_last_run(runs: Runs, ledger: Ledger) -> None:
    ledger.run(0, ended=hours(3))
    done = runs("--check", "--max-age", "2h")
    message = "NEWSCRAWL CRITICAL - bloomberg: done 3 hours ago (longer than 2 hours): 12 stored, 1 updated | age="
    assert (done.returncode, done.stdout[: len(message)]) == (2, message)
    assert runs("--check", "--max-age", "3h").returncode == 0


def test_check_during_a_run(runs: Runs, ledger: Ledger) -> None:
    ledger.run(0, ended=hours(30))
    ledger.at_work(since=hours(3))
    done = runs("--check", "--max-age", "4h")
    message = (
        "bloomberg: done 1 day ago: 12 stored, 1 updated, run 2 is at work since 3 hours | age=10800s;;14400 stored=12"
    )
    assert (done.returncode, message in done.stdout) == (0, True)
    assert runs("--check", "--max-age", "2h").returncode == 1, "it may hang, and is at work: no alarm, a warning"


def test_check_during_the_first_run(runs: Runs, ledger: Ledger) -> None:
    ledger.at_work(since=hours(3))
    done = runs("--check")
    assert (done.returncode, done.stdout) == (
        0,
        "NEWSCRAWL OK - bloomberg: run 1 is at work since 3 hours | age=10800s stored=0 failed=0\n",
    )


def test_check_names_a_spider(runs: Runs, ledger: Ledger) -> None:
    ledger.run(0, ended=hours(1), spider="ferries")
    assert runs("--check", "--spider", "ferries").returncode == 0
    done = runs("--check", "--spider", "trams")
    assert (done.returncode, done.stdout) == (3, "NEWSCRAWL UNKNOWN - trams: it has never run\n")


@pytest.mark.parametrize("arguments", [["--max-age", "soon"], ["--max-age", "0s"]])
def test_check_rejects_an_invalid_age(runs: Runs, arguments: list[str]) -> None:
    done = runs("--check", *arguments)
    assert (done.returncode, done.stdout.partition(" - ")[0], done.stderr) == (3, "NEWSCRAWL UNKNOWN", "")


def test_check_without_a_database(tmp_path: Path) -> None:
    environment = {**os.environ, "NEWSCRAWL_DATABASE_URL": f"sqlite:///{tmp_path}/none.db"}
    command = [sys.executable, "-m", "scrapy", "runs", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (3, "", 1)
    assert "none.db: there is no newscrawl database" in done.stdout
    assert not (tmp_path / "none.db").exists()


def test_no_run_and_no_database(scrapy: Scrapy, runs: Runs, tmp_path: Path) -> None:
    assert runs().stdout == "No run yet; `scrapy crawl` begins one.\n"
    done = scrapy("runs", NEWSCRAWL_DATABASE_URL=f"sqlite:///{tmp_path}/none.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no newscrawl database" in done.stderr
