"""Whole crawls whose captures and files are in an object store."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newscrawl.archives.capture import CaptureFolder
from newscrawl.archives.warc_reader import read_captures
from newscrawl.operations.exit_codes import ExitCode
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Publisher, article, feed
from tests.object_store import Bucket

PATHS = [f"/news/articles/2024-03-0{n}/{name}" for n, name in ((5, "tern-lines"), (6, "oil"), (7, "rain"))]


@pytest.fixture
def served(site: Publisher) -> Publisher:
    site.routes |= {path: article(f"Headline of {path}") for path in PATHS}
    site.routes |= {"/feed.rss": feed(site.base, *PATHS), "/": (200, HTML, b"<html><body></body></html>")}
    return site


def scrapy(crawl: Crawler, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run another command on the database of a crawl."""
    command = [sys.executable, "-m", "scrapy", *arguments]
    return subprocess.run(
        command, cwd=crawl.folder, env=crawl.environment(), capture_output=True, text=True, check=False
    )


@pytest.mark.long
@pytest.mark.usefixtures("served")
def test_captures_are_in_the_bucket_and_every_command_reads_them_there(crawl: Crawler, bucket: Bucket) -> None:
    setting = ("-s", f"NEWSCRAWL_WARC_DIR={bucket.url}/news")
    crawled = crawl(*setting)
    assert (crawled.code, crawled.err) == (ExitCode.DONE, "")
    (name,) = bucket.names()
    assert re.fullmatch(r"news/2\d{3}-\d\d/loopback-\d{14}-00001-[0-9a-f]{8}\.warc\.gz", name)
    urls = {capture.url for capture in read_captures(f"{bucket.url}/{name}")}
    assert {f"{crawl.site.base}{path}" for path in PATHS} <= urls
    assert not list(crawl.folder.rglob("*.warc.gz"))
    (stored,) = {capture.file for capture in crawled.store.captures(1)}
    assert f"news/{stored}" == name

    spiders = ("-s", f"SPIDER_MODULES={crawl.modules}")
    proof = scrapy(crawl, "articles", "--show", "1", "--proof", *setting)
    assert (proof.returncode, proof.stdout.endswith("Everything that is recorded matches.\n")) == (0, True), proof
    check = scrapy(crawl, "db", "check", "--deep", *spiders, *setting)
    assert (check.returncode, "3 verified, 0 differ" in check.stdout) == (0, True), check


@pytest.mark.usefixtures("served")
def test_a_second_run_stores_what_is_unchanged_as_revisits_of_the_bucket(crawl: Crawler, bucket: Bucket) -> None:
    setting = ("-s", f"NEWSCRAWL_WARC_DIR={bucket.url}")
    crawl(*setting)
    crawled = crawl(*setting, "-a", "full=1")
    assert crawled.code == ExitCode.DONE
    kinds = {capture.kind for capture in crawled.store.captures(1)}
    assert kinds == {"response", "revisit"}


@pytest.mark.long
def test_captures_of_a_killed_run_are_uploaded_by_the_next_one(
    crawl: Crawler, served: Publisher, bucket: Bucket
) -> None:
    setting = ("-s", f"NEWSCRAWL_WARC_DIR={bucket.url}", "-s", "DOWNLOAD_DELAY=1")
    running = crawl.start(*setting)
    deadline = time.monotonic() + 60
    while len(served.requests) < 5 and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    spool = CaptureFolder(bucket.url, str(crawl.folder / "warc-spool"))
    (left,) = spool.spool.rglob("*.warc.gz")
    assert bucket.names() == []
    crawled = crawl("-s", f"NEWSCRAWL_WARC_DIR={bucket.url}")
    assert crawled.code == ExitCode.DONE
    assert left.relative_to(spool.spool).as_posix() in bucket.names()
    assert not list(crawl.folder.rglob("*.warc.gz"))
    assert {f"{served.base}{path}" for path in PATHS} <= set(read_all(bucket))
    assert len(crawled.pages) == len(PATHS)


def read_all(bucket: Bucket) -> list[str]:
    """Return the URLs of all captures in a bucket; a killed run may have left half a record."""
    return [
        capture.url
        for name in bucket.names()
        for capture in read_captures(f"{bucket.url}/{name}", report=lambda error: None)
    ]


@pytest.mark.parametrize(
    ("url", "code", "message"),
    [
        ("s4://bucket/x", ExitCode.USAGE, "s4://bucket/x: unknown scheme s4://; did you mean s3://?\n"),
        ("s3:/bucket/x", ExitCode.USAGE, "s3:/bucket/x: write s3://bucket/x\n"),
        ("s3://no-such-bucket/x", ExitCode.NOT_STARTED, "s3://no-such-bucket/x: captures cannot be stored here: "),
    ],
)
@pytest.mark.usefixtures("bucket")
def test_a_url_that_cannot_be_written_is_one_line_before_anything_is_fetched(
    crawl: Crawler, served: Publisher, url: str, code: ExitCode, message: str
) -> None:
    done = crawl.without_store("-s", f"NEWSCRAWL_WARC_DIR={url}")
    assert (done.returncode, done.stderr[: len(message)]) == (code, message)
    assert done.stderr.count("\n") == 1
    assert served.requests == []
    assert not [path.name for path in Path(crawl.folder).iterdir() if path.name.startswith("s")]


@pytest.mark.usefixtures("served")
def test_files_of_a_crawl_are_written_to_the_bucket(crawl: Crawler, bucket: Bucket) -> None:
    crawled = crawl("-O", f"{bucket.url}/out/a.jsonl", "-s", "NEWSCRAWL_WARC_DIR=")
    assert (crawled.code, crawled.err) == (ExitCode.DONE, "")
    assert bucket.names() == ["out/a.jsonl"]
    urls = {json.loads(line)["url"] for line in bucket.read("out/a.jsonl").splitlines()}
    assert urls == {f"{crawl.site.base}{path}" for path in PATHS}


def test_a_file_of_a_crawl_that_cannot_be_written_is_no_success(
    crawl: Crawler, served: Publisher, bucket: Bucket
) -> None:
    def close() -> tuple[int, dict[str, str], bytes]:
        bucket.forbid_writing()
        return 200, HTML, b"<html><body></body></html>"

    served.routes["/"] = close
    crawled = crawl("-O", f"{bucket.url}/a.jsonl", "-s", "NEWSCRAWL_WARC_DIR=", expected_errors=["cannot be written"])
    assert crawled.code == ExitCode.PARTLY_FAILED
    assert f"{bucket.url}/a.jsonl: cannot be written: " in crawled.err
    assert "1 feed files not written" in crawled.out
    (run,) = crawled.store.runs(1)
    assert run.exit_code == ExitCode.PARTLY_FAILED


@pytest.mark.usefixtures("served")
def test_a_file_of_a_crawl_at_a_wrong_url_is_one_line_before_anything_is_fetched(
    crawl: Crawler, served: Publisher, bucket: Bucket
) -> None:
    bucket.put("a.jsonl", b"before")
    expected = {
        f"-O {bucket.url}x/a.jsonl": f"{bucket.url}x/a.jsonl: cannot be written: there is no such bucket; nothing was "
        "fetched",
        f"-o {bucket.url}/a.jsonl": f"{bucket.url}/a.jsonl: "
        "already exists, and cannot be appended to; overwrite it with -O",
        "-O s4://bucket/a.jsonl": "s4://bucket/a.jsonl: unknown scheme s4://; did you mean s3://?",
        "-O http://tern.example/a.jsonl": "http://tern.example/a.jsonl: a crawl writes no files there; `scrapy export` "
        "does",
    }
    for arguments, line in expected.items():
        done = crawl.without_store(*arguments.split())
        assert (done.returncode, done.stderr, done.stdout) == (ExitCode.USAGE, f"{line}\n", "")
    assert (served.requests, bucket.read("a.jsonl")) == ([], b"before")


def test_archive_files_in_a_bucket_are_a_source(crawl: Crawler, served: Publisher, bucket: Bucket) -> None:
    crawl("-s", f"NEWSCRAWL_WARC_DIR={bucket.url}/news")
    (crawl.folder / "other").mkdir()
    other = Crawler(crawl.folder / "other", served)
    read = other("-a", "source=warc", "-a", f"warc={bucket.url}/news/**/*.warc.gz", "-s", "NEWSCRAWL_WARC_DIR=")
    assert (read.code, read.err) == (ExitCode.DONE, "")
    assert {page.url for page in read.pages if page.state == "stored"} == {f"{served.base}{path}" for path in PATHS}
