"""The log of a crawl as JSON."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from newscrawl.crawl.json_logs import RunLogFormatter
from newscrawl.operations.exit_codes import ExitCode
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Publisher, article, feed

PATHS = ("/news/articles/2024-03-05/tern-lines", "/news/articles/2024-03-06/oil")
JSON = ("-s", "NEWSCRAWL_LOG_FORMAT=json", "-s", "NEWSCRAWL_WARC_DIR=")


def read(log: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.splitlines()]


@pytest.fixture
def served(site: Publisher) -> Publisher:
    site.routes |= {path: article(f"Headline of {path}") for path in PATHS}
    site.routes |= {"/feed.rss": feed(site.base, *PATHS), "/": (200, HTML, b"<html><body></body></html>")}
    return site


def test_every_line_is_an_object_and_the_last_says_how_the_run_ended(crawl: Crawler, served: Publisher) -> None:
    crawled = crawl(*JSON, "-L", "DEBUG")
    assert (crawled.code, crawled.out) == (ExitCode.DONE, "")
    records = read(crawled.err)
    assert all(list(record)[:4] == ["time", "level", "logger", "message"] for record in records)
    assert records[0]["message"].startswith("Scrapy ")
    (answered,) = [
        each for each in records if each["message"].startswith(f"Crawled (200) <GET {served.base}{PATHS[0]}>")
    ]
    about = {name: answered[name] for name in ("level", "logger", "spider", "run", "site", "url")}
    assert about == {
        "level": "DEBUG",
        "logger": "scrapy.core.engine",
        "spider": "loopback",
        "run": 1,
        "site": "loopback",
        "url": f"{served.base}{PATHS[0]}",
    }
    end = records[-1]
    about = {name: end[name] for name in ("level", "message", "event", "spider", "run", "exit_code", "result")}
    assert about == {
        "level": "INFO",
        "message": "loopback: done: 2 stored, 0 updated, 0 unchanged",
        "event": "run_ended",
        "spider": "loopback",
        "run": 1,
        "exit_code": 0,
        "result": "done",
    }
    assert end["counts"]["outcome/stored"] == 2


def test_warnings_and_failures_are_objects_too(crawl: Crawler, served: Publisher) -> None:
    served.routes["/feed.rss"] = (200, {"Content-Type": "application/rss+xml"}, b"<html>")
    failed = crawl(*JSON)
    assert failed.code != ExitCode.DONE
    records = read(failed.err)
    assert {record["level"] for record in records[:-1]} <= {"WARNING", "ERROR"}
    assert (records[-1]["event"], records[-1]["exit_code"]) == ("run_ended", failed.code)
    assert records[-1]["advice"]
    rejected = crawl.without_store(*JSON, "-a", "limit=none")
    (record,) = read(rejected.stderr)
    assert (rejected.returncode, record["result"], record["spider"]) == (ExitCode.USAGE, "usage", "loopback")


def test_an_exception_is_a_field_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    from newscrawl.configuration import secrets

    monkeypatch.setattr(secrets, "_known", {"harbour-secret"})
    try:
        raise ValueError("postgresql://pilot:tide@db.example/news, harbour-secret")
    except ValueError as error:
        raised = (type(error), error, error.__traceback__)
    record = logging.LogRecord("newscrawl", logging.ERROR, "", 0, "%s", ("harbour-secret",), raised)
    record.token = "harbour-secret"
    written = json.loads(RunLogFormatter().format(record))
    assert written["message"] == written["token"] == "***"
    assert written["exception"].splitlines()[0] == "Traceback (most recent call last):"
    assert written["exception"].endswith("ValueError: postgresql://pilot:***@db.example/news, ***")


def test_the_log_file_is_json(crawl: Crawler, served: Publisher) -> None:
    crawled = crawl(*JSON, "--logfile", f"{crawl.folder}/a.log")
    assert (crawled.code, crawled.err, crawled.out) == (ExitCode.DONE, "", "")
    assert served.requests
    (record,) = read((crawl.folder / "a.log").read_text("utf-8"))
    assert record["event"] == "run_ended"
