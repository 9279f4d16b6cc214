"""The end of a run before its end: by a signal, or a limit of memory."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import psutil
import pytest

from newscrawl.crawl.memory import MemoryUsage
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher, Raw, article, feed, publisher
from tests.crawls.test_manners import NEWS, pages, too_much

HANGS = Raw(lambda _: time.sleep(600))
IN_SECONDS = 25
"""On a busy machine; a crawl that waits for what it waits for takes 30 seconds and more."""
MIB = 2**20


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Until it holds. Raises AssertionError when it does not."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_whole(crawl: Crawler) -> bool:
    with sqlite3.connect(crawl.folder / "news.db") as database:
        return database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_waiting_run_in_seconds(crawl: Crawler, site: Publisher, how: signal.Signals) -> None:
    """For a server that hangs, for one whose robots.txt hangs, for a Crawl-delay and for a Retry-After."""
    names = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")
    with ExitStack() as opened:
        try:
            others = [opened.enter_context(publisher(name)) for name in names[1:]]
        except OSError:
            pytest.skip(
                "127.0.0.2 is no address of this machine; on macOS, `ifconfig lo0 alias 127.0.0.2` makes it one"
            )
        sites = hanging, deaf, slow, busy = site, *others
        paths = pages(hanging, 4)
        for other in others:
            other.routes |= hanging.routes
        hanging.routes[paths[1]] = HANGS
        deaf.routes["/robots.txt"] = HANGS
        slow.routes["/robots.txt"] = 200, {}, b"User-agent: *\nCrawl-delay: 30\n"
        busy.routes[paths[1]] = too_much(503, Retry_After="60")
        urls = ",".join(each.base + path for path in paths for each in sites)
        running = crawl.start("-a", f"urls={urls}")
        wait_for(
            lambda: paths[1] in hanging.paths and bool(deaf.requests) and bool(slow.requests) and paths[1] in busy.paths
        )
        wait_for(lambda: stored_in(crawl) == 2)
        began = time.monotonic()
        os.killpg(running.pid, how)
        run = crawl.end(running)
    assert time.monotonic() - began < IN_SECONDS
    assert (run.code, run.err) == (8, "")
    assert run.out.startswith("loopback: stopped: 2 stored")
    states = [page.state for page in run.pages]
    assert (states.count("stored"), states.count("discovered")) == (2, 14)
    assert (run.store.runs()[0].exit_code, is_whole(crawl)) == (8, True)


@pytest.mark.long
@pytest.mark.parametrize("processes", ["0", "1"])
def test_a_signal_while_a_page_is_being_read(crawl: Crawler, site: Publisher, processes: str) -> None:
    site.routes |= {"/feed.rss": feed(site.base, f"{NEWS}/a"), f"{NEWS}/a": (200, {}, b"hang")}
    running = crawl.start(
        *("-s", "NEWSCRAWL_EXTRACT=tests.crawls.misbehaving:extract", "-s", f"NEWSCRAWL_EXTRACT_PROCESSES={processes}")
    )
    wait_for(lambda: f"{NEWS}/a" in site.paths)
    time.sleep(0.5)
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    run = crawl.end(running)
    assert time.monotonic() - began < IN_SECONDS
    assert (run.code, [page.state for page in run.pages]) == (8, ["discovered"])


def stored_in(crawl: Crawler) -> int:
    try:
        with sqlite3.connect(f"file:{crawl.folder}/news.db?mode=ro", uri=True) as database:
            return int(database.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError:  # not there yet
        return 0


def test_a_signal_while_the_first_robots_txt_hangs(crawl: Crawler, site: Publisher) -> None:
    site.routes |= {"/robots.txt": HANGS, "/feed.rss": feed(site.base, f"{NEWS}/a")}
    running = crawl.start()
    wait_for(lambda: bool(site.requests))
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    run = crawl.end(running)
    assert time.monotonic() - began < IN_SECONDS
    assert (run.code, run.err, run.pages) == (8, "", [])


@pytest.mark.long
def test_a_second_signal_ends_it_at_once_and_tears_nothing(crawl: Crawler, site: Publisher) -> None:
    paths = pages(site, 30)
    site.routes[paths[9]] = HANGS
    running = crawl.start("-L", "INFO", "-a", "urls=" + ",".join(site.base + path for path in paths))
    wait_for(lambda: paths[9] in site.paths)
    running.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    run = crawl.end(running)
    assert time.monotonic() - began < IN_SECONDS
    assert "twice" in run.err
    assert (run.code, is_whole(crawl)) == (8, True)
    assert {page.state for page in run.pages} == {"stored", "discovered"}
    site.routes[paths[9]] = article("Here After All")
    again = crawl("-a", "urls=" + ",".join(site.base + path for path in paths))
    assert again.code == 0
    assert {page.state for page in again.pages} <= {"stored", "unchanged"}


def test_a_limit_of_memory_ends_a_run_in_order(crawl: Crawler, site: Publisher) -> None:
    paths = pages(site, 3)
    urls = "urls=" + ",".join(site.base + path for path in paths)
    run = crawl("-a", urls, "-s", "MEMUSAGE_LIMIT_MB=40", "-s", "LOG_LEVEL=CRITICAL", polite=True)
    assert (run.code, run.err) == (8, "")
    assert run.out.startswith("loopback: stopped (memory: ")
    assert " of 40 MiB (MEMUSAGE_LIMIT_MB)): " in run.out
    assert run.store.runs()[0].finish_reason == "memusage_exceeded"


def test_the_memory_of_a_parent_is_not_that_of_a_run(crawl: Crawler, site: Publisher) -> None:
    """Linux hands the greatest size of a process to what it forks."""
    [path] = pages(site, 1)
    command = crawl.command("-a", f"urls={site.base}{path}", "-s", "MEMUSAGE_LIMIT_MB=400")
    parent = f"import os, subprocess; held = b'x' * {600 * MIB}; os._exit(subprocess.call({command!r}))"
    done = subprocess.run(
        [sys.executable, "-c", parent], cwd=crawl.folder, env=crawl.environment(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_memory_of_children_counts() -> None:
    usage = MemoryUsage.__new__(MemoryUsage)
    before = usage.get_virtual_size()
    program = f"held = b'x' * {200 * MIB}; print('ready', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        grown = usage.get_virtual_size() - before
        child.communicate(b"\n")
    assert 200 * MIB < grown < 300 * MIB
    assert before > psutil.Process().memory_info().rss / 2
