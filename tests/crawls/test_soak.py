"""What happens only after some time: polite crawls of more than three minutes, watched while they run."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from threading import Thread

import psutil
import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.operations.process import SILENCE
from newscrawl.storage import Run
from tests.crawls.crawl_log import check_log
from tests.crawls.crawler import Crawler, CrawlProcess
from tests.crawls.loopback import HTML, Publisher, article, feed
from tests.crawls.preloaded import run_scrapy

pytestmark = pytest.mark.long

PAGES = 215
"""One a second: a run without a heartbeat counts as dead after three minutes."""
HEARTBEAT = timedelta(seconds=30)
WARM_UP_SECONDS = 60
SAMPLE_SECONDS = 2
END_SECONDS = PAGES + 120
PAGE_BYTES = 100_000
MAX_GROWTH = 4 * 2**20
"""Bytes that a crawl and its extraction process may grow by: half of what it would be if pages stayed in memory."""
PATHS = tuple(f"/news/articles/2024-03-05/crossing-{number}" for number in range(PAGES))


@dataclass
class Watch:
    """Samples of a running crawl."""

    process: CrawlProcess
    url: str
    started: float = field(default_factory=time.monotonic)
    alive_at: list[datetime] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def sample(self) -> None:
        """Look at the crawl and its extraction process; memory and files only after the warm-up."""
        with suppress(psutil.NoSuchProcess):
            crawl = psutil.Process(self.process.pid)
            family = [crawl, *crawl.children(recursive=True)]
            if self.seconds > WARM_UP_SECONDS and len(family) == 2:
                self.memory.append(sum(process.memory_full_info().uss for process in family))
                self.files.append(sum(process.num_fds() for process in family))
        alive_at = last_run(self.url).alive_at
        if alive_at and alive_at not in self.alive_at:
            self.alive_at.append(alive_at)


class Terminal:
    """A pseudo-terminal; what a process writes to it is collected in a thread."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        self._written: list[bytes] = []
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with suppress(OSError):  # the other end is closed
            while chunk := os.read(self._ours, 65536):
                self._written.append(chunk)

    def text(self) -> str:
        """What was written, when all of it was."""
        self._reader.join(10)
        os.close(self._ours)
        return b"".join(self._written).decode()


def last_run(url: str) -> Run:
    with open_archive(url, create=False) as store:
        return store.runs(1)[0]


def check(crawl: Crawler, *before: str) -> tuple[int, str]:
    """Exit code and line of `scrapy runs --check`, started by the command `before`, or in a forked process."""
    arguments = ["runs", "--check", "--spider", "loopback", "-s", f"SPIDER_MODULES={crawl.modules}"]
    if before:
        command = [*before, sys.executable, "-m", "scrapy", *arguments]
        done = subprocess.run(
            command, cwd=crawl.folder, env=crawl.environment(), capture_output=True, text=True, check=False, timeout=60
        )
    else:
        done = run_scrapy(arguments, folder=crawl.folder, environment=crawl.environment())
    assert done.stderr == ""
    return done.returncode, done.stdout


def other_namespace() -> list[str]:
    """The start of a command line whose process sees no process of this machine; empty where that is not allowed."""
    command = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        return []
    return command


@contextmanager
def ended(*processes: CrawlProcess) -> Iterator[None]:
    """Kill processes that still run at the end of the block."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()


def test_a_crawl_of_more_than_three_minutes(crawl: Crawler, site: Publisher, tmp_path: Path) -> None:
    padding = "The tide tables hang at the pier. " * (PAGE_BYTES // 100)
    site.routes |= {path: article(f"Headline of {path}", extra=padding) for path in PATHS}
    site.routes |= {"/feed.rss": feed(site.base, *PATHS), "/": (200, HTML, b"<a href='/markets'>Markets</a>")}
    (tmp_path / "terminal").mkdir()
    on_terminal, terminal = Crawler(tmp_path / "terminal", site), Terminal()
    settings = ("-s", "NEWSCRAWL_EXTRACT_PROCESSES=1")
    process = crawl.start(*settings, polite=True)
    with_bar = on_terminal.start(*settings, polite=True, stderr=terminal.theirs)
    os.close(terminal.theirs)
    checks: list[tuple[int, str]] = []
    seen_from_outside = ""
    with ended(process, with_bar):
        while not site.requests:
            assert process.poll() is None
            time.sleep(0.1)
        watches = [Watch(process, crawl.url), Watch(with_bar, on_terminal.url)]
        while any(watch.process.poll() is None for watch in watches) and watches[0].seconds < END_SECONDS:
            time.sleep(SAMPLE_SECONDS)
            for watch in watches:
                watch.sample()
            if process.poll() is None and watches[0].seconds > (len(checks) + 1) * 45:
                checks.append(check(crawl))
            if not seen_from_outside and watches[0].seconds > SILENCE.total_seconds() + 10 and process.poll() is None:
                seen_from_outside = check(crawl, *other_namespace())[1]
        results = [crawl.end(process), on_terminal.end(with_bar)]

    assert results[0].err == ""
    shown = terminal.text()
    check_log(shown)
    counts = [int(count) for count in re.findall(r"(\d+) articles", re.sub(r"\x1b\[[\d;?]*\w", "", shown))]
    assert counts == sorted(counts)
    assert counts[-1] >= PAGES - 2
    for watch, result in zip(watches, results, strict=True):
        assert (result.code, result.out) == (0, f"loopback: done: {PAGES} stored, 0 updated, 0 unchanged\n")
        assert {state for state, _ in result.ledger.values()} == {"stored"}
        beats = [later - earlier for earlier, later in zip(watch.alive_at, watch.alive_at[1:], strict=False)]
        assert len(beats) >= PAGES // HEARTBEAT.seconds - 1
        assert max(beats) < 2 * HEARTBEAT
        half = len(watch.memory) // 2
        assert half > 20
        assert median(watch.memory[half:]) - median(watch.memory[:half]) < MAX_GROWTH, watch.memory
        assert max(watch.files) - min(watch.files) <= 3, watch.files
    assert len(checks) >= 4
    assert all(code == 0 and "loopback: run 1 is at work since " in line for code, line in checks), checks
    assert "loopback: run 1 is at work since " in seen_from_outside
    code, line = check(crawl)
    assert code == 0
    assert re.match(rf"NEWSCRAWL OK - loopback: done \d+ seconds? ago: {PAGES} stored \|", line), line
