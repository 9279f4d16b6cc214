"""`scrapy pages`: the ledger as a person reads it, and putting pages back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
import time_machine

from newscrawl.article import Article, Block, Link
from newscrawl.operations.archive import open_archive
from newscrawl.states import RefusalKind
from newscrawl.storage import PageResult
from tests.commands.calling import Done, Scrapy

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
SITE = "https://www.ferries.example/news"
Pages = Callable[..., Done]


def missed(
    name: str, state: Literal["failed", "blocked", "refused"], reason: str, due_in: timedelta | None = None
) -> PageResult:
    due_at = NOW + due_in if due_in else None
    return PageResult(f"{SITE}/{name}", state, reason=reason, status=None, spider="ferries", due_at=due_at)


def stored(name: str) -> PageResult:
    article = Article(
        url=f"{SITE}/{name}",
        publisher="Ferry Gazette",
        layout="generic",
        headline="Ferry Sails",
        published_at=NOW,
        fetched_at=NOW,
        body=(Block(kind="paragraph", text="It sailed at dawn."),),
    )
    return PageResult(article.url, "stored", article=article, spider="ferries", due_at=NOW + timedelta(days=3))


RESULTS = [
    missed("late", "failed", "timeout", timedelta(hours=3)),
    missed("later", "failed", "timeout", timedelta(days=2)),
    missed("lost", "failed", "http_500"),
    missed("now", "failed", "http_503", timedelta(seconds=-1)),
    missed("fog", "blocked", "challenge", timedelta(minutes=50)),
    replace(missed("film", "refused", "video"), refusal=RefusalKind.PERMANENT),
    stored("sails"),
]


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'news.db'}"
    with open_archive(url) as store, time_machine.travel(NOW - timedelta(hours=1), tick=False):
        run = store.start_run("ferries", {})
        store.discover([Link(url=f"{SITE}/waiting", source="feed")], run_id=run, spider="ferries")
        store.record(RESULTS, run_id=run)
        store.end_run(run, finish_reason="finished", exit_code=7, counts={})
    return url


@pytest.fixture
def pages(scrapy: Scrapy, database: str) -> Pages:
    """`scrapy pages` at NOW."""

    def call(*arguments: str, columns: int = 80) -> Done:
        with time_machine.travel(NOW, tick=False):
            return scrapy("pages", *arguments, columns=columns, NEWSCRAWL_DATABASE_URL=database)

    return call


def names(done: Done) -> list[str]:
    assert (done.returncode, done.stderr) == (0, "")
    return sorted(page["url"].rpartition("/")[2] for page in json.loads(done.stdout))


def test_without_a_filter_pages_are_counted_by_state_and_reason(pages: Pages) -> None:
    done = pages()
    assert (done.returncode, done.stderr) == (0, "")
    heading, *rows, hint = done.stdout.splitlines()
    assert heading.split() == ["State", "Reason", "Pages"]
    assert [row.split() for row in rows] == [
        ["discovered", "1"],
        ["stored", "1"],
        ["refused", "video", "1"],
        ["failed", "timeout", "2"],
        ["failed", "http_500", "1"],
        ["failed", "http_503", "1"],
        ["blocked", "challenge", "1"],
    ]
    assert "--state failed" in hint
    counted = json.loads(pages("--format", "json").stdout)
    assert {"spider": "ferries", "state": "failed", "reason": "timeout", "pages": 2} in counted
    counts = [row["pages"] for row in csv.DictReader(io.StringIO(pages("--format", "csv").stdout))]
    assert counts == ["1", "1", "1", "2", "1", "1", "1"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("waiting", "discovered - - 0 at once"),
        ("late", "failed timeout temporary 1 in 3 h"),
        ("later", "failed timeout temporary 1 in 2 d"),
        ("lost", "failed http_500 temporary 1 given up"),
        ("now", "failed http_503 temporary 1 at once"),
        ("fog", "blocked challenge temporary 1 in 50 min"),
        ("film", "refused video permanent 1 never"),
        ("sails", "stored - - 1 in 3 d"),
    ],
)
def test_a_page_and_when_it_is_fetched_next(pages: Pages, name: str, values: str) -> None:
    done = pages(f"{SITE}/{name}?utm_source=quay", columns=120)
    heading, row = done.stdout.splitlines()
    assert heading.split() == ["State", "Reason", "Kind", "Tries", "Next", "Address"]
    assert " ".join(row.split()) == f"{values} {SITE}/{name}"


def test_when_refused_pages_are_fetched_next_depends_on_their_kind(pages: Pages, database: str) -> None:
    refused = [
        missed("front", "refused", "section_front"),
        missed("gone", "refused", "http_404", timedelta(minutes=65)),
        missed("lost", "refused", "http_404"),
        replace(missed("old", "refused", "out_of_dates"), published_at=NOW - timedelta(days=9)),
    ]
    with open_archive(database) as store:
        store.record(refused, run_id=1)
    assert [" ".join(pages(page.url, columns=120).stdout.splitlines()[1].split()[:-1]) for page in refused] == [
        "refused section_front by content 1 if it changes",
        "refused http_404 temporary 1 in 1 h",
        "refused http_404 temporary 2 given up",
        "refused out_of_dates not wanted 1 when wanted",
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--state", "failed"], ["late", "later", "lost", "now"]),
        (["--reason", "timeout"], ["late", "later"]),
        (["--state", "failed", "--reason", "video"], []),
        (["--state", "stored", "--spider", "ferries"], ["sails"]),
        (["--spider", "trams"], []),
        (["--spider", "ferries", "--limit", "1"], ["sails"]),
        ([f"{SITE}/film", f"{SITE}/fog", f"{SITE}/nothing"], ["film", "fog"]),
    ],
)
def test_filters(pages: Pages, arguments: list[str], expected: list[str]) -> None:
    assert names(pages("--format", "json", *arguments)) == expected


def test_a_limited_table_says_so(pages: Pages) -> None:
    assert pages("--state", "failed", "--limit", "2").stdout.endswith("The last 2 of 4; --limit all shows all.\n")
    assert pages("--state", "failed", "--limit", "9").stdout.count("\n") == 5
    assert pages("--reason", "tide").stdout == "No page matches.\n"


def test_csv_of_pages(pages: Pages) -> None:
    (row,) = csv.DictReader(io.StringIO(pages(f"{SITE}/late", "--format", "csv").stdout))
    assert row == row | {"state": "failed", "reason": "timeout", "attempts": "1", "failures": "1", "next": "in 3 h"}
    assert row["due_at"] == "2026-03-05T15:00:00Z"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--state", "failed"], ["late", "later", "lost", "now"]),
        (["--state", "failed", "--reason", "timeout"], ["late", "later"]),
        (["--reason", "video"], ["film"]),
        ([f"{SITE}/lost", f"{SITE}/sails", f"{SITE}/nothing"], ["lost"]),
        (["--state", "blocked", "--spider", "ferries"], ["fog"]),
        (["--state", "blocked", "--spider", "trams"], []),
    ],
)
def test_retry_puts_back_the_selected_pages(pages: Pages, arguments: list[str], expected: list[str]) -> None:
    number = f"{len(expected)} page{'' if len(expected) == 1 else 's'}"
    before = pages().stdout
    assert pages("--retry", "--dry-run", *arguments).stdout == f"{number} would be put back; nothing is changed.\n"
    assert pages().stdout == before
    done = pages("--retry", *arguments)
    said = (
        f"{number} put back; the next run fetches them.\n"
        if expected
        else ("No page put back: none matches; in all there are 4 failed, 1 blocked, 1 refused.\n")
    )
    assert (done.returncode, done.stdout) == (0, said)
    assert names(pages("--state", "discovered", "--format", "json")) == sorted([*expected, "waiting"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--retry"], "--retry needs addresses, --state or --reason"),
        (["--retry", "--spider", "ferries"], "--retry needs addresses, --state or --reason"),
        (["--retry", "--state", "stored"], "not what is stored"),
        (["--dry-run", "--state", "failed"], "--dry-run goes with --retry"),
        (["--state", "sunk"], "invalid choice: 'sunk'"),
    ],
)
def test_conflicting_options_are_rejected_and_nothing_is_put_back(
    pages: Pages, arguments: list[str], message: str
) -> None:
    before = pages().stdout
    done = pages(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert pages().stdout == before


def test_retry_says_why_it_changes_nothing(pages: Pages) -> None:
    for arguments, why in (
        ([f"{SITE}/sails"], "of the pages that match, 1 stored; only failed, blocked and refused ones are put back"),
        ([f"{SITE}/nothing"], f"the ledger has no {SITE}/nothing; `scrapy crawl NAME -a urls=URL` fetches a page"),
        (["--reason", "tide"], "none matches; in all there are 4 failed, 1 blocked, 1 refused"),
    ):
        assert pages("--retry", *arguments).stdout == f"No page put back: {why}.\n"
    pages("--retry", "--state", "failed")
    pages("--retry", "--state", "blocked")
    pages("--retry", "--state", "refused")
    assert pages("--retry", "--state", "failed").stdout == (
        "No page put back: no page has failed, is blocked or was refused.\n"
    )


def test_an_empty_ledger_and_no_database(scrapy: Scrapy, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    open_archive(url).close()
    done = scrapy("pages", NEWSCRAWL_DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (0, "The ledger is empty; `scrapy crawl` fills it.\n")
    done = scrapy("pages", "--retry", "--state", "failed", NEWSCRAWL_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no newscrawl database" in done.stderr
