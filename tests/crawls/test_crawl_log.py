"""Every crawl of a test fails the test when its log has an error that nobody handled."""

from __future__ import annotations

import json

import pytest

from newscrawl.settings import EXTENSIONS
from tests.crawls.crawl_log import CrawlLogError, check_log
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Publisher, article, feed, slowly

PATH = "/news/articles/2024-03-05/tern-lines"
BROKEN = [
    ("LostTask", "Task exception was never retrieved"),
    ("HeldTask", "Task exception was never retrieved"),
    ("ForgottenCoroutine", "coroutine 'Healthy.fail' was never awaited"),
    ("FailingLoop", "Error calling the AsyncioLoopingCall function"),
    ("LostDeferred", "Unhandled error in Deferred"),
]


@pytest.fixture
def crawl(crawl: Crawler, site: Publisher) -> Crawler:
    """A crawl that takes long enough for every extension to break."""
    front_page = 200, HTML, b"<html><body><a href='/markets'>Markets</a></body></html>"
    site.routes |= {"/feed.rss": feed(site.base, PATH), PATH: slowly(article("Headline"), 0.4), "/": front_page}
    return crawl


def extension(name: str) -> tuple[str, str]:
    """The option that adds an extension to those of the project."""
    return "-s", f"EXTENSIONS={json.dumps(EXTENSIONS | {f'tests.crawls.broken.{name}': 0})}"


@pytest.mark.parametrize(("name", "message"), BROKEN)
def test_an_unhandled_error_fails_the_test(crawl: Crawler, name: str, message: str) -> None:
    with pytest.raises(CrawlLogError, match=message):
        crawl(*extension(name))


@pytest.mark.parametrize(("name", "message"), BROKEN)
def test_an_expected_error_is_allowed(crawl: Crawler, name: str, message: str) -> None:
    run = crawl(*extension(name), expected_errors=[message])
    assert message in run.err
    assert run.ledger == {PATH: ("stored", None)}


def test_only_the_expected_error_is_allowed(crawl: Crawler) -> None:
    with pytest.raises(CrawlLogError, match="Task exception was never retrieved"):
        crawl(*extension("LostTask"), expected_errors=["Unhandled error in Deferred"])


def test_an_extension_without_an_error_passes(crawl: Crawler) -> None:
    assert crawl(*extension("Healthy")).err == ""


def test_a_crawl_that_was_started_is_checked_at_its_end(crawl: Crawler) -> None:
    running = crawl.start(*extension("LostTask"))
    with pytest.raises(CrawlLogError, match="Task exception was never retrieved"):
        crawl.end(running)


def test_a_record_ends_where_the_next_begins() -> None:
    time = "2026-11-29 12:00:00"
    log = f"{time} [a] ERROR: expected\nTraceback (most recent call last):\n{time} [b] WARNING: a page was skipped\n"
    check_log(log, ["expected"])
    with pytest.raises(CrawlLogError, match="Unhandled"):
        check_log(f"{log}{time} [c] CRITICAL: Unhandled error in Deferred:\n", ["expected"])
