"""Two crawls at once on one database: of two spiders, which lose nothing, and of one, which lets nobody beside it."""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher
from tests.kills.audit import Archive, complete, consistent, file_checks, file_of
from tests.kills.edition import Edition, print_edition, publisher

_MODULES = "tests.kills.harbours,tests.crawls.loopback"


def published(site: Publisher, stories: int, *, seed: int, seconds: float = 0.02, edits: bool = True) -> Edition:
    edition = print_edition(stories, random.Random(seed), edits=edits)
    edition.publish(site, seconds)
    return edition


@contextmanager
def at_work(crawl: Crawler, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A run that has requested pages; killed at the end of the block, if it still runs."""
    running = crawl.start(*arguments)
    deadline = time.monotonic() + 30
    try:
        while len(crawl.site.requests) < 6 and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        yield running
    finally:
        running.kill()
        running.communicate()


@pytest.mark.long
def test_crawls_of_two_spiders_both_write_and_lose_nothing(url: str, tmp_path: Path) -> None:
    with publisher() as one, publisher() as other:
        editions = [published(one, 50, seed=1), published(other, 50, seed=2)]
        crawls = [Crawler(tmp_path, site, url=url, modules=_MODULES) for site in (one, other)]
        settings = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=4")
        spiders = ("loopback", "harbours")
        running = [crawl.start(*settings, spider=spider) for crawl, spider in zip(crawls, spiders, strict=True)]
        ended = [(*process.communicate(timeout=60), process.returncode) for process in running]
    assert [(err, code) for _, err, code in ended] == [("", 0)] * 2, ended
    archive = Archive.read(url)
    for site, edition in zip((one, other), editions, strict=True):
        seen = archive.of_host(site.base)
        found = complete(seen, edition) | consistent(seen, edition)
        assert not {check: what for check, what in found.items() if what}
    if file := file_of(url):
        assert not any(file_checks(file).values())


@pytest.mark.long
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)  # the others: tests/storage/test_processes.py
def test_crawls_of_two_spiders_that_find_the_same_articles_store_each_once(url: str, tmp_path: Path) -> None:
    with publisher() as site:
        edition = published(site, 50, seed=1, edits=False)
        crawl = Crawler(tmp_path, site, url=url, modules=_MODULES)
        running = [crawl.start(spider=spider) for spider in ("loopback", "harbours")]
        ended = [(*process.communicate(timeout=60), process.returncode) for process in running]
    assert [(err, code) for _, err, code in ended] == [("", 0)] * 2, ended
    archive = Archive.read(url)
    found = complete(archive, edition) | consistent(archive, edition)
    assert not {check: what for check, what in found.items() if what}


def test_a_second_crawl_of_a_spider_says_who_is_at_work_since_when(tmp_path: Path) -> None:
    with publisher() as site:
        published(site, 60, seed=1, seconds=0.1)
        crawl = Crawler(tmp_path, site)
        with at_work(crawl) as first:
            before = len(site.requests)
            second = crawl.without_store()
            assert (second.returncode, second.stdout, second.stderr.count("\n")) == (9, "", 1)
            started = rf"process {first.pid} on \S+\) has been active since (\S+ \S+) UTC"
            message = re.search(started, second.stderr)
            assert message, second.stderr
            since = datetime.fromisoformat(f"{message[1]}+00:00")
            assert datetime.now(UTC) - timedelta(seconds=60) < since < datetime.now(UTC)
            assert first.poll() is None
            assert not [path for _, path, _ in site.requests[before:] if path == "/robots.txt"]


def test_a_lock_of_a_killed_crawl_is_taken_over_at_once(tmp_path: Path) -> None:
    with publisher() as site:
        published(site, 30, seed=1)
        crawl = Crawler(tmp_path, site)
        with at_work(crawl) as first:
            first.kill()
            first.wait()
            second = crawl()
    assert second.code == 0, second.err
    killed = second.store.runs()[-1]
    assert (killed.ended_at is None, killed.finish_reason) == (False, "killed")
