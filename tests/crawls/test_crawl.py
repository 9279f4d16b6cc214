"""Whole crawls of a real server: what is requested, what the ledger says, and how the run ends."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from itertools import pairwise
from pathlib import Path

import pytest

from newscrawl import __version__
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, XML, Publisher, article, feed, sitemap, slowly

A, B, C = (f"/news/articles/2024-03-0{n}/{name}" for n, name in ((5, "tern-lines"), (6, "oil"), (7, "rain")))
QUIET = 200, HTML, b"<html><body><a href='/markets'>Markets</a></body></html>"


def serve(site: Publisher, *paths: str) -> None:
    """A healthy site with a feed of these paths."""
    site.routes |= {path: article(f"Headline of {path}") for path in (A, B, C)}
    site.routes |= {"/feed.rss": feed(site.base, *paths), "/": QUIET}


def test_a_healthy_site(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, "/news/videos/2024-03-05/v", "/news/articles/2024-03-05/gone", "http://elsewhere.example/x", "%")
    robots = f"User-agent: *\nDisallow: {C}\nSitemap: {site.base}/news-index.xml\nSitemap: {site.base}/people.xml\n"
    site.routes["/robots.txt"] = 200, {}, robots.encode()
    index = f"<sitemapindex><sitemap><loc>{site.base}/news-2024-03.xml</loc></sitemap>"
    index += f"<sitemap><loc>{site.base}/news-2024-02.xml</loc></sitemap></sitemapindex>"
    site.routes["/news-index.xml"] = 200, XML, index.encode()
    site.routes["/news-2024-03.xml"] = sitemap(site.base, A, B, C)
    site.routes["/old"] = 301, {"Location": "/news/articles/2024-03-08/moved"}, b""
    site.routes["/news/articles/2024-03-07/old-address"] = 301, {"Location": "/news/articles/2024-03-08/moved"}, b""
    site.routes["/news/articles/2024-03-08/moved"] = article("It Moved")
    site.routes["/"] = 200, HTML, b"<a href='/news/articles/2024-03-07/old-address'>Moved</a> <a href='/quote/X'>X</a>"

    run = crawl("-O", "out.jsonl", "-s", "NEWSCRAWL_CONTACT=desk@example.org")

    assert run.code == 0, run.err
    assert run.err == ""
    assert run.out == (
        "loopback: done: 3 stored, 0 updated, 0 unchanged, 4 refused (http_404 1, malformed 1, robots_txt 1, video 1), "
        "1 kept as a headline\n"
    )
    assert run.ledger == {
        A: ("stored", None),
        B: ("stored", None),
        C: ("refused", "robots_txt"),
        "/news/articles/2024-03-05/gone": ("refused", "http_404"),
        "/news/videos/2024-03-05/v": ("refused", "video"),
        "/news/articles/2024-03-07/old-address": ("stored", None),
        "/news/articles/2024-03-08/moved": ("stored", None),
        "%": ("refused", "malformed"),
    }
    assert site.paths[0] == "/news-index.xml"
    assert not {C, "/people.xml", "/news-2024-02.xml", "/quote/X", "/news/videos/2024-03-05/v"} & set(site.paths)
    assert len(site.paths) == len(set(site.paths))
    assert [path for _, path, _ in site.requests].count("/robots.txt") == 1
    assert {agent for _, _, agent in site.requests} == {f"newscrawl/{__version__} (+desk@example.org)"}
    exported = [json.loads(line) for line in (crawl.folder / "out.jsonl").read_text().splitlines()]
    assert {item["headline"] for item in exported} == {f"Headline of {A}", f"Headline of {B}", "It Moved"}
    assert exported[0]["byline"] == ["Ada Okafor"]
    assert exported[0]["published_at"].startswith("2024-03-05T10:15:00")
    [ran] = run.store.runs()
    assert (ran.exit_code, ran.finish_reason, ran.counts["outcome/stored"]) == (0, "finished", 3)


def test_the_same_crawl_twice_changes_nothing(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, B)
    assert crawl().code == 0
    again = crawl("-a", "full=1")
    assert again.out == "loopback: done: 0 stored, 0 updated, 2 unchanged\n"
    site.routes[A] = article("Another Headline")
    assert crawl("-a", "full=1").out == "loopback: done: 0 stored, 1 updated, 1 unchanged\n"


def test_politeness_is_the_default(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    site.routes["/"] = 404, {}, b""
    site.routes["/robots.txt"] = 200, {}, b"User-agent: *\nCrawl-delay: 1.3\n"
    assert crawl(polite=True).code == 0
    times = [moment for moment, _, _ in site.requests]
    gaps = [later - earlier for earlier, later in pairwise(times[1:])]
    assert len(gaps) == 2
    assert min(gaps) >= 1.25


@pytest.mark.parametrize(
    ("routes", "code", "line"),
    [
        ({"/robots.txt": (503, {}, b"")}, 3, "unreachable (127.0.0.1:PORT: robots.txt: HTTP 503)"),
        ({"/feed.rss": (503, {}, b""), "/": (503, {}, b"")}, 3, "unreachable: 0 stored"),
        ({"/feed.rss": (403, HTML, b"Forbidden")}, 4, "blocked (127.0.0.1:PORT: http 403)"),
        ({"/robots.txt": (403, {}, b"")}, 4, "blocked (127.0.0.1:PORT: http 403)"),
        ({A: (429, {}, b"")}, 4, "blocked (127.0.0.1:PORT: http 429)"),
        ({A: (200, HTML, b"<title>Are you a robot?</title>")}, 4, "blocked (127.0.0.1:PORT: challenge title)"),
        ({A: (302, {"Location": "/tosv2.html"}, b""), "/tosv2.html": QUIET}, 4, "blocked (127.0.0.1:PORT: challenge"),
        ({"/feed.rss": (200, XML, b"<rss><channel/></rss>")}, 5, "nothing found: 0 stored"),
        ({"/feed.rss": (404, {}, b""), "/": (404, {}, b"")}, 5, "nothing found: 0 stored"),
        ({A: (200, HTML, b"<title>A front</title>")}, 5, "nothing found: 0 stored, 0 updated, 0 unchanged, 1 refused"),
        ({"/": (200, {}, b"plain words")}, 7, "partly failed: 1 stored"),
        ({"/": (500, {}, b"")}, 7, "partly failed: 1 stored"),
    ],
)
def test_how_a_run_ends(
    crawl: Crawler, site: Publisher, routes: dict[str, tuple[int, dict[str, str], bytes]], code: int, line: str
) -> None:
    serve(site, A)
    site.routes |= routes
    run = crawl("-s", "RETRY_TIMES=1", "-s", "LOG_LEVEL=CRITICAL")
    assert (run.code, run.err) == (code, "")
    said, advice = run.out.splitlines()
    assert said.startswith("loopback: " + line.replace("PORT", site.base.rpartition(":")[2]))
    assert advice.startswith("loopback: what to do: ")
    assert run.store.runs()[0].exit_code == code


def test_a_block_of_robots_txt_is_a_line_and_no_traceback(crawl: Crawler, site: Publisher) -> None:
    serve(site, A)
    site.routes["/robots.txt"] = 403, {}, b""
    run = crawl()
    assert (run.code, run.err) == (4, "")


def test_requests_that_wait_for_robots_txt_obey_it(crawl: Crawler, site: Publisher) -> None:
    paths = [f"/news/articles/2024-03-05/{n}" for n in range(8)]
    site.routes["/robots.txt"] = slowly((200, {}, b"User-agent: newscrawl\nDisallow: /news/\n"), 0.3)
    run = crawl("-a", "urls=" + ",".join(site.base + path for path in paths))
    assert site.paths == []
    assert run.ledger == dict.fromkeys(paths, ("refused", "robots_txt"))
    assert run.code == 5


def test_a_connection_is_refused(crawl: Crawler, site: Publisher) -> None:
    run = crawl("-a", "urls=http://127.0.0.1:1/news/articles/2024-03-05/a")
    assert (run.code, run.err) == (3, "")
    assert run.out.startswith("loopback: unreachable (127.0.0.1:1: connection refused): 0 stored")
    assert [page.state for page in run.store.pages()] == ["discovered"]


def test_a_block_stops_the_host_and_the_rest_waits_for_the_next_run(crawl: Crawler, site: Publisher) -> None:
    paths = [f"/news/articles/2024-03-05/{n}" for n in range(12)]
    serve(site, *paths)
    site.routes |= {path: article(f"Headline {path}") for path in paths}
    site.routes[paths[3]] = 403, HTML, b"Forbidden"
    run = crawl("-s", "CONCURRENT_REQUESTS=1")
    assert run.code == 4
    assert site.paths[-1] == paths[3]
    assert run.ledger[paths[3]] == ("blocked", "http_403")
    assert sum(state == "discovered" for state, _ in run.ledger.values()) == 8

    site.routes[paths[3]] = article("Here After All")
    site.routes["/feed.rss"] = feed(site.base)
    crawl.later(hours=2)
    again = crawl()
    assert again.code == 0, again.err
    assert {state for state, _ in again.ledger.values()} == {"stored"}


@pytest.mark.parametrize(("spider", "left"), [("raising", "discovered"), ("start_raising", None)])
def test_a_bug_in_a_spider_is_no_success(crawl: Crawler, site: Publisher, spider: str, left: str | None) -> None:
    serve(site, A)
    run = crawl(spider=spider, expected_errors=["KeyError: 'a bug'"])
    assert run.code == 7
    assert run.out.startswith(f"{spider}: partly failed")
    assert "KeyError" in run.err
    assert [page.state for page in run.store.pages()] == ([left] if left else [])


def test_pages_that_extraction_fails_at(crawl: Crawler, site: Publisher, tmp_path: Path) -> None:
    texts = ["die", "hang", "bug", "refuse", f"die_once {tmp_path}/once", *(f"fine {n}" for n in range(12))]
    paths = [f"/news/articles/2024-03-05/{n}" for n in range(len(texts))]
    serve(site, *paths)
    site.routes |= {path: (200, HTML, text.encode()) for path, text in zip(paths, reversed(texts), strict=True)}
    run = crawl(
        *("-s", "NEWSCRAWL_EXTRACT=tests.crawls.misbehaving:extract", "-s", "NEWSCRAWL_EXTRACT_TIMEOUT=1.5"),
        *("-s", "NEWSCRAWL_EXTRACT_PROCESSES=1"),
        *("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16", "-s", "LOG_LEVEL=CRITICAL"),
    )
    assert run.code == 7
    reasons = {reason for state, reason in run.ledger.values() if state == "failed"}
    assert reasons == {"timeout", "worker_died", "missing_headline", "RuntimeError"}
    assert sum(state == "stored" for state, _ in run.ledger.values()) == 13
    assert run.err == ""


def test_a_thread_that_hangs_does_not_keep_the_run_from_its_end(crawl: Crawler, site: Publisher) -> None:
    serve(site, "/news/articles/2024-03-05/hanging")
    site.routes["/news/articles/2024-03-05/hanging"] = (200, HTML, b"hang")
    run = crawl(
        *("-s", "NEWSCRAWL_EXTRACT=tests.crawls.misbehaving:extract", "-s", "NEWSCRAWL_EXTRACT_TIMEOUT=0.5"),
        *("-s", "NEWSCRAWL_EXTRACT_PROCESSES=0", "-s", "LOG_LEVEL=CRITICAL"),
    )
    assert run.ledger["/news/articles/2024-03-05/hanging"] == ("failed", "timeout")


def test_a_database_that_cannot_be_opened(crawl: Crawler, site: Publisher) -> None:
    done = crawl.without_store("-s", "NEWSCRAWL_DATABASE_URL=sqlite:////no/such/folder/news.db")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.count("\n") == 1
    assert site.requests == []


def test_a_database_that_refuses_later(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, B)
    crawl("-a", f"urls={site.base}{A}")

    def refusing() -> tuple[int, dict[str, str], bytes]:
        with sqlite3.connect(crawl.folder / "news.db", isolation_level=None) as database:
            database.execute("CREATE TRIGGER refuse BEFORE INSERT ON articles BEGIN SELECT RAISE(ABORT, 'no'); END")
        return article("The Database Refuses This")

    site.routes[B] = refusing
    run = crawl("-a", f"urls={site.base}{B},{site.base}{C}", "-O", "out.jsonl")
    assert run.code == 6
    assert run.out.startswith("loopback: storage failed (")
    assert run.err.count("\n") == 1
    assert (crawl.folder / "out.jsonl").read_text() == ""
    assert dict(run.ledger)[B] == ("discovered", None)


@pytest.mark.long
def test_killed_anywhere_nothing_is_lost(crawl: Crawler, site: Publisher) -> None:
    paths = [f"/news/articles/2024-03-05/{n}" for n in range(60)]
    serve(site, *paths)
    site.routes |= {path: slowly(article(f"Headline {path}"), 0.02) for path in paths}
    running = crawl.start()
    deadline = time.monotonic() + 30
    while len(site.paths) < 30 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.kill()
    running.communicate()

    before = open_archive(crawl.url)
    done = [page.url for page in before.pages(state="stored", limit=None)]
    assert len(before.search(Query(limit=None))) == len(done)
    site.routes["/feed.rss"] = feed(site.base)
    site.requests.clear()
    run = crawl()
    assert run.code == 0, run.err
    assert len(run.store.search(Query(limit=None))) == 60
    assert {state for state, _ in run.ledger.values()} == {"stored"}
    assert not {f"{site.base}{path}" for path in site.paths} & set(done)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal(crawl: Crawler, site: Publisher, how: signal.Signals) -> None:
    paths = [f"/news/articles/2024-03-05/{n}" for n in range(200)]
    serve(site, *paths)
    site.routes |= {path: slowly(article(f"Headline {path}"), 0.02) for path in paths}
    running = crawl.start("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=8")
    deadline = time.monotonic() + 30
    while len(site.paths) < 40 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(running.pid, how)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (8, "")
    assert out.startswith("loopback: stopped: ")
    store = open_archive(crawl.url)
    assert len(store.search(Query(limit=None))) == len(store.pages(state="stored", limit=None)) > 0
    assert {page.state for page in store.pages(limit=None)} == {"stored", "discovered"}


def test_only_the_requested_dates(crawl: Crawler, site: Publisher) -> None:
    undated = "/news/articles/latest/undated"
    serve(site, A, B, C, undated)
    site.routes[undated] = article("Of Another Year", "2019-01-01")
    site.routes["/news/articles/2024-03-10/later"] = article("Later")
    run = crawl("-a", "since=2024-03-05", "-a", "until=2024-03-05")
    assert run.code == 0
    assert undated in site.paths
    assert run.ledger[undated] == ("refused", "out_of_dates")
    assert run.ledger[A] == ("stored", None)


def test_a_limit(crawl: Crawler, site: Publisher) -> None:
    serve(site, A, B, C)
    run = crawl("-a", "limit=2")
    assert run.out == "loopback: done: 2 stored, 0 updated, 0 unchanged\n"


def test_only_hosts_of_the_run(crawl: Crawler, site: Publisher) -> None:
    serve(site)
    site.routes[A] = 302, {"Location": site.base.replace("127.0.0.1", "localhost") + B}, b""
    run = crawl("-a", f"urls={site.base}{A}")
    assert run.ledger[A] == ("refused", "offsite")
    assert B not in site.paths


def test_files(crawl: Crawler, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    for n in range(100):
        (tmp_path / "pages" / f"{n}.html").write_bytes(article(f"Headline {n}")[2])
    (tmp_path / "pages" / "notes.json").write_text('{"a": 1}')
    run = crawl("-a", "source=files", "-a", f"files={tmp_path}/pages/*")
    assert run.code == 0, run.err
    assert run.out.startswith("loopback: done: 100 stored, 0 updated, 0 unchanged, 1 refused (")
    assert crawl("-a", f"files={tmp_path}/pages/*.html").out == ("loopback: done: 0 stored, 0 updated, 100 unchanged\n")
    assert crawl("-a", f"files={tmp_path}/nothing/*").code == 5


@pytest.mark.parametrize(
    ("arguments", "spider"),
    [(["-a", "section=markets"], "loopback"), (["-a", "limit=none"], "loopback"), ([], "lopback")],
)
def test_invalid_arguments_are_rejected_before_the_first_request(
    crawl: Crawler, site: Publisher, arguments: list[str], spider: str
) -> None:
    run = crawl(*arguments, spider=spider)
    assert (run.code, run.out) == (2, "")
    assert run.err.count("\n") == 1
    assert site.requests == []
