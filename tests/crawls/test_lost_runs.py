"""Runs that lose their database file, or their lock, and runs that are killed soon after their start."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.operations.exit_codes import ExitCode
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher, article
from tests.crawls.test_faults import ended, serve
from tests.storage.conftest import scratch

PATHS = [f"/news/articles/2024-03-05/{number}" for number in range(12)]


def delete(file: Path) -> None:
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


def move(file: Path) -> None:
    file.rename(file.with_name("moved.db"))


def replace(file: Path) -> None:
    Path(shutil.copy(file, file.with_name("copy.db"))).rename(file)


@pytest.mark.parametrize("lose", [delete, move, replace])
def test_a_database_that_is_lost_in_mid_run(
    crawl: Crawler, site: Publisher, tmp_path: Path, lose: Callable[[Path], None]
) -> None:
    serve(site, *PATHS)

    def losing() -> tuple[int, dict[str, str], bytes]:
        if (tmp_path / "news.db").exists() and not (tmp_path / "lost").exists():
            (tmp_path / "lost").touch()
            lose(tmp_path / "news.db")
        return article("The Harbour Master Looks for His Log")

    site.routes[PATHS[5]] = losing
    code, out, err = ended(crawl.start("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1"))
    assert (code, err.count("\n")) == (ExitCode.STORAGE_FAILED, 1)
    assert out.startswith("loopback: storage failed (")
    assert "the database was" in err


def test_a_run_that_was_paused_and_replaced_stops_and_stores_nothing(
    crawl: Crawler, site: Publisher, tmp_path: Path
) -> None:
    serve(site, *PATHS)
    running = crawl.start("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1", "-s", "DOWNLOAD_DELAY=0.1")
    deadline = time.monotonic() + 60
    while count(tmp_path) == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGSTOP)
    with open_archive(crawl.url) as store:
        store.start_run("loopback", {}, is_alive=lambda run: False)  # as after three minutes without a heartbeat
    before = count(tmp_path)
    assert 0 < before < len(PATHS)
    running.send_signal(signal.SIGCONT)
    code, out, err = ended(running)
    assert (code, err.count("\n")) == (ExitCode.LOCK_LOST, 1)
    assert out.startswith("loopback: lock lost (another run took this one for dead")
    assert count(tmp_path) == before
    with open_archive(crawl.url) as store:
        new, old = store.runs()
    assert (new.ended_at, old.exit_code, old.finish_reason) == (None, ExitCode.LOCK_LOST, "closed_by_another_run")


def count(folder: Path) -> int:
    """How many pages are stored."""
    if not (folder / "news.db").exists():
        return 0
    with closing(sqlite3.connect(folder / "news.db")) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM pages WHERE state = 'stored'").fetchone()[0])
        except sqlite3.OperationalError:  # the tables are not there yet
            return 0


def test_every_run_that_is_killed_early_has_stored_something(crawl: Crawler, site: Publisher, tmp_path: Path) -> None:
    """A page that the site served a while ago is stored: killed when it asks for a few more, runs make progress."""
    serve(site, *PATHS)
    stored = [0]
    for _ in range(3):
        asked = len([path for path in site.paths if path in PATHS])
        running = crawl.start("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1", "-s", "DOWNLOAD_DELAY=0.3")
        deadline = time.monotonic() + 60
        while len([path for path in site.paths if path in PATHS]) < asked + 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        running.kill()
        running.communicate()
        stored.append(count(tmp_path))
    assert all(after > before for before, after in pairwise(stored))


@pytest.mark.long
def test_a_page_that_the_server_does_not_take_costs_only_itself(site: Publisher, tmp_path: Path) -> None:
    serve(site, *PATHS)
    site.routes[PATHS[5]] = article("The Longest Tide Table", extra="A long tale of tides. " * 130_000)
    with scratch("mariadb", f"newscrawl_large_{os.getpid()}") as url:
        crawl = Crawler(tmp_path, site, url=url)
        run = crawl()
        assert run.code == ExitCode.PARTLY_FAILED
        assert "raise its max_allowed_packet" in run.err
        assert run.ledger.pop(PATHS[5]) == ("failed", "unstorable")
        assert [run.ledger[path] for path in PATHS if path != PATHS[5]] == [("stored", None)] * 11
        run.store.close()
        again = crawl()
        again.store.close()
    assert again.code == ExitCode.DONE
    assert site.paths.count(PATHS[5]) == 1
