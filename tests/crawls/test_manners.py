"""How requests to a host are paced: as slowly as it says, and none once it blocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from threading import Lock

import pytest

from newscrawl.crawl.network.pace import read_retry_after
from tests.crawls.crawler import Crawled, Crawler
from tests.crawls.loopback import HTML, Answer, Publisher, article, slowly

NEWS = "/news/articles/2024-03-05"
QUIET = ("-s", "LOG_LEVEL=CRITICAL")


def in_turn(*answers: Answer) -> Callable[[], Answer]:
    """One answer after the other; the last one repeats."""
    left = list(answers)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def too_much(status: int, **headers: str) -> Answer:
    return status, HTML | {name.replace("_", "-"): value for name, value in headers.items()}, b"Too much"


def pages(site: Publisher, count: int) -> list[str]:
    """So many articles on the site."""
    paths = [f"{NEWS}/{number}" for number in range(count)]
    site.routes |= {path: article(f"Headline of {path}") for path in paths}
    return paths


def ask(crawl: Crawler, paths: Sequence[str], *arguments: str) -> Crawled:
    return crawl("-a", "urls=" + ",".join(crawl.site.base + path for path in paths), *QUIET, *arguments)


def gaps(site: Publisher, first: str | None = None) -> list[float]:
    """Seconds between requests, from the one for robots.txt on, or from that for the path `first` on."""
    since = site.paths.index(first) + 1 if first else 0
    return [later - earlier for earlier, later in pairwise(moment for moment, _, _ in site.requests[since:])]


def test_retry_after_is_waited_for_by_all_of_the_host(crawl: Crawler, site: Publisher) -> None:
    paths = pages(site, 5)
    site.routes[paths[0]] = in_turn(too_much(429, Retry_After="2"), article("After All"))
    run = ask(crawl, paths)
    assert (run.code, run.err) == (0, "")
    assert set(run.ledger.values()) == {("stored", None)}
    assert len(site.paths) == 6
    after, *_ = gaps(site, paths[0])
    assert 1.9 < after < 4


@pytest.mark.long
def test_an_overloaded_host_is_requested_half_as_often_and_then_gradually_more(crawl: Crawler, site: Publisher) -> None:
    paths = pages(site, 24)
    site.routes |= dict.fromkeys(paths, in_turn(too_much(503), too_much(503), article("At Last")))
    assert ask(crawl, paths, "-s", "NEWSCRAWL_SLOWDOWN=0.3").code == 0
    first, doubled, *eased = gaps(site)[1:]
    assert first > 0.25
    assert doubled > 0.5
    assert all(gap > 0.5 * 0.9**times for times, gap in enumerate(eased[:16], 1))
    assert min(eased[17:]) < 0.1


@pytest.mark.long
def test_a_slowed_host_is_never_requested_faster_than_its_robots_txt_allows(crawl: Crawler, site: Publisher) -> None:
    paths = pages(site, 5)
    site.routes["/robots.txt"] = in_turn(too_much(503), (200, {}, b"User-agent: *\nCrawl-delay: 0.7\n"))
    assert ask(crawl, paths, "-s", "NEWSCRAWL_SLOWDOWN=0.8").code == 0
    assert min(gaps(site)) > 0.65


def test_the_delay_counts_from_the_first_response(crawl: Crawler, site: Publisher) -> None:
    """The site may have seen the request only then: names are looked up and connections made before it leaves."""
    site.routes["/robots.txt"] = slowly((404, {}, b""), 0.4)
    assert ask(crawl, pages(site, 2), "-s", "DOWNLOAD_DELAY=0.5").code == 0
    first, second = gaps(site)
    assert first > 0.85
    assert second > 0.45


@pytest.mark.parametrize(("status", "code", "word"), [(429, 4, "blocked"), (503, 7, "partly failed")])
def test_a_host_that_asks_for_an_hour_is_left_for_the_next_run(
    crawl: Crawler, site: Publisher, status: int, code: int, word: str
) -> None:
    paths = pages(site, 30)
    site.routes[paths[2]] = too_much(status, Retry_After="3600")
    run = ask(crawl, paths)
    assert run.code == code
    assert run.out.startswith(f"loopback: {word} ({site.base[7:]}: HTTP {status}, asks for 3600 s)")
    assert site.paths[-1] == paths[2]
    assert run.ledger[paths[2]] == ("discovered", None)
    states = [state for state, _ in run.ledger.values()]
    assert (states.count("stored"), states.count("discovered")) == (left := len(site.paths) - 1, 30 - left)
    assert f"{30 - left} left for the next run" in run.out


def test_a_host_that_fails_at_every_speed_is_stopped(crawl: Crawler, site: Publisher) -> None:
    paths = pages(site, 30)
    site.routes |= dict.fromkeys(paths, too_much(503))
    run = ask(crawl, paths, "-s", "NEWSCRAWL_SLOWDOWN=0.1", "-s", "NEWSCRAWL_MAX_WAIT=0.5", "-s", "RETRY_TIMES=1")
    assert run.code == 3
    assert "HTTP 503, even at 0.4 s between requests" in run.out
    assert len(site.paths) == 4  # the last after 0.4 seconds; the next would be after 0.8
    assert {state for state, _ in run.ledger.values()} <= {"failed", "discovered"}


def test_a_block_drops_waiting_requests_too(crawl: Crawler, site: Publisher) -> None:
    paths = pages(site, 30)
    site.routes[paths[3]] = 403, HTML, b"Forbidden"
    run = ask(crawl, paths, "-s", "CONCURRENT_REQUESTS=16")
    assert run.code == 4
    assert site.paths[-1] == paths[3]
    assert run.ledger[paths[3]] == ("blocked", "http_403")
    assert [state for state, _ in run.ledger.values()].count("discovered") == 30 - len(site.paths)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("1.5", 1.5),
        ("Tue, 05 Mar 2024 10:02:00 GMT", 120.0),
        ("Tue, 05 Mar 2024 10:02:00 -0000", 120.0),
        ("Tuesday, 05-Mar-24 10:02:00 GMT", 120.0),
        ("Tue Mar  5 10:02:00 2024", 120.0),
        ("Tue, 05 Mar 2024 09:00:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("99999999999999999999", None),
        ("Tue, 05 Mar 99999 10:02:00 GMT", None),
        ("inf", None),
    ],
)
def test_forms_of_retry_after(value: str, seconds: float | None) -> None:
    assert read_retry_after(value, datetime(2024, 3, 5, 10, tzinfo=UTC)) == seconds


def test_so_many_requests_at_once_and_no_more(crawl: Crawler, site: Publisher) -> None:
    at_once = [0]
    seen: list[int] = []
    lock = Lock()

    def counted() -> Answer:
        with lock:
            at_once[0] += 1
            seen.append(at_once[0])
        time.sleep(0.05)
        with lock:
            at_once[0] -= 1
        return article("Counted")

    paths = pages(site, 16)
    site.routes |= dict.fromkeys(paths, counted)
    assert ask(crawl, paths, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=3").code == 0
    assert max(seen) == 3
