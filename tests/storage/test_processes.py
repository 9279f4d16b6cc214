"""Real processes: many that write the same articles at once, and one that is killed while it writes."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query
from newscrawl.storage.engine import parse_url
from tests.storage.captures import at, capture


def writer(url: str, first: int, count: int, batch: int) -> subprocess.Popen[bytes]:
    """A process of `writing`; `url` with its password."""
    command = [sys.executable, "-m", "tests.storage.writing", url, *map(str, (first, count, batch))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])


@pytest.mark.long
def test_processes_that_write_the_same_articles_lose_and_repeat_nothing(empty_url: str) -> None:
    writers = [writer(empty_url, first, 60, 3) for first in (0, 30, 60, 30)]
    for process in writers:
        process.communicate()
    assert [process.returncode for process in writers] == [0] * 4
    with open_archive(empty_url) as store:
        counted = store.totals()
        assert (counted["articles"], counted["revisions"], counted["pages"]) == (120, 120, 120)
        assert counted["authors"] == 121
        assert store.pages(state="discovered") == []
        assert {hit.byline[0] for hit in store.search(Query(words="cranes", limit=None))} == {"Ann Bo"}
    check_file(empty_url)


@pytest.mark.long
@pytest.mark.parametrize("batches", [1, 6])
def test_a_writer_that_is_killed_loses_no_article_whose_page_is_stored(empty_url: str, batches: int) -> None:
    with writer(empty_url, 0, 600, 20) as process:
        assert process.stdout
        for _ in range(batches):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with open_archive(empty_url) as store:
        stored, left = store.pages(state="stored", limit=None), store.due("sample", at(0))
        assert len(stored) >= 20 * batches
        assert len(stored) + len(left) == 600
        assert len(stored) == store.totals()["articles"]
        for page in stored:
            found = store.article(page.article_id or 0)
            assert found
            assert found.article.body == capture().body
        assert store.runs()[0].ended_at is None
        resumed = writer(empty_url, 0, 600, 200)
        resumed.communicate()
        assert store.totals()["articles"] == 600
        assert store.pages(state="discovered") == []
    check_file(empty_url)


def check_file(url: str) -> None:
    """SQLite's own checks of the file and of its full-text index."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(parsed.database))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            connection.execute("INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)")
