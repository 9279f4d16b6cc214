"""Whole runs over Common Crawl, on loopback: its list of crawls, its index, and single records of its WARC files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from newscrawl.archives.capture import Capture
from newscrawl.archives.warc_reader import read_captures
from sample.warc_file import write_captures
from tests.crawls.archived import (
    DAYS,
    HOST,
    QUAY,
    TERN,
    articles,
    beside,
    capture,
    captured,
    counts,
    past,
    revisions,
    story,
    texts,
)
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Answer, Publisher

IN_2013, IN_2016 = "CC-MAIN-2013-20", "CC-MAIN-2016-22"
FILE = f"crawl-data/{IN_2013}/segments/1/warc/CC-MAIN-00000.warc.gz"
GULL = f"{HOST}/news/2013-05-27/gull.html"
JSON = {"Content-Type": "text/x-ndjson"}
NOTHING: Answer = 404, JSON, b'{"message": "No Captures found for: bloomberg.example/none/*"}'
PAGES = [
    capture(f"{HOST}/news/2013-05-20/of-no-interest.html", "2013-05-21"),
    capture(QUAY, "2013-05-28T01:00"),
    capture(TERN, "2013-05-29T05:00"),
    capture(GULL, "2013-05-29T06:00"),
]
OF_ANY_SITE = [
    capture("http://news.tern.example/2013-05-27/ferry-leaves-at-noon", "2013-05-28T02:00"),
    capture("http://www.tern.example/tag/ferry", "2013-05-28T02:00", story("/2013-05-27/")),
    capture("http://www.tern.example/", "2013-05-28T02:00", story("/2013-05-27/")),
]


class CommonCrawl:
    """As index.commoncrawl.org and data.commoncrawl.org answer."""

    def __init__(self, server: Publisher, folder: Path) -> None:
        self.server = server
        write_captures(folder / "file.warc.gz", [*PAGES, *OF_ANY_SITE])
        self.file = (folder / "file.warc.gz").read_bytes()
        self.places = {one.url: one.location for one in read_captures(folder / "file.warc.gz")}
        self.sends_ranges = True
        self.requested_ranges: list[str] = []
        self.slow_down = 0
        """How often its index is to say so."""
        urls = {
            "NEWSCRAWL_COMMONCRAWL_INDEX": f"{server.base}/collinfo.json",
            "NEWSCRAWL_COMMONCRAWL_DATA": f"{server.base}/",
            "NEWSCRAWL_ARCHIVE_DELAY": "0",
        }
        settings = (word for name, value in urls.items() for word in ("-s", f"{name}={value}"))
        self.asking = ("-a", "source=commoncrawl", *DAYS, *settings)

    def record(self, one: Capture) -> bytes:
        """Its bytes in the file."""
        place = self.places[one.url]
        assert place is not None
        return self.file[place.offset : place.offset + place.length]

    def answer(self, path: str) -> Answer:
        """The answer to a request."""
        if path == "/collinfo.json":
            return 200, JSON, json.dumps([self._crawl(IN_2016), self._crawl(IN_2013)]).encode()
        if path.startswith("/robots.txt"):
            return 404, HTML, b""
        return self._index(path) if "-index?" in path else self._part()

    def _crawl(self, name: str) -> dict[str, str]:
        return {"id": name, "name": name, "timegate": "", "cdx-api": f"{self.server.base}/{name}-index"}

    def _index(self, path: str) -> Answer:
        if self.slow_down:
            self.slow_down -= 1
            return 503, HTML, b"<h1>503 Slow Down</h1>"
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        prefix = query["url"].removesuffix("*")
        if prefix.startswith("*."):
            found = [one for one in OF_ANY_SITE if urlsplit(one.url).netloc.endswith(prefix[1:])]
        else:
            found = [one for one in PAGES if one.url.partition("//www.")[2].startswith(prefix)]
        if not found:
            return NOTHING
        if "showNumPages" in query:
            return 200, JSON, json.dumps({"pages": len(found), "pageSize": 5, "blocks": 1}).encode()
        return 200, JSON, json.dumps(self._row(found[int(query["page"])])).encode()

    def _row(self, one: Capture) -> dict[str, Any]:
        place = self.places[one.url]
        assert place is not None
        return {
            "urlkey": "example,bloomberg)/",
            "timestamp": f"{one.captured_at:%Y%m%d%H%M%S}",
            "url": one.url,
            "mime": "text/html",
            "mime-detected": "text/html",
            "status": "200",
            "digest": (one.digest or "sha1:" + "A" * 32).removeprefix("sha1:"),
            "length": str(place.length),
            "offset": str(place.offset),
            "filename": FILE,
            "languages": "eng",
            "encoding": "UTF-8",
        }

    def _part(self) -> Answer:
        wanted = self.server.headers[-1][1]["Range"]
        self.requested_ranges.append(wanted)
        if not self.sends_ranges:
            return 200, {"Content-Type": "application/octet-stream"}, self.file
        first, last = map(int, re.findall(r"\d+", wanted))
        head = {"Content-Type": "application/octet-stream", "Content-Range": f"bytes {first}-{last}/{len(self.file)}"}
        return 206, head, self.file[first : last + 1]


class _Routes(dict[str, object]):
    def __init__(self, archive: CommonCrawl) -> None:
        self.archive = archive

    def get(self, path: str, default: object = None) -> object:
        return self.archive.answer(path) if path.startswith("/") else default


@pytest.fixture
def archive(site: Publisher, tmp_path: Path) -> Iterator[CommonCrawl]:
    archive = CommonCrawl(site, tmp_path)
    site.routes = _Routes(archive)  # type: ignore[assignment]
    yield archive
    assert not [path for path in site.paths if path.startswith(f"/{IN_2016}")], "it began years after the days"


@pytest.fixture
def crawl(tmp_path: Path, site: Publisher) -> Crawler:
    """Crawls archives of a publisher that is no more."""
    return Crawler(tmp_path, site, modules="tests.crawls.past")


@pytest.mark.long
def test_single_records_of_large_files(crawl: Crawler, archive: CommonCrawl) -> None:
    dry = crawl.without_store(*archive.asking, "--dry-run", spider="past")
    assert (dry.returncode, dry.stderr) == (0, "")
    *table, line = dry.stdout.splitlines()
    assert [row.split() for row in table[1:]] == [["2013", "3", "0"]]
    assert line.startswith("past: dry run: pages to fetch: 3, ")
    assert archive.requested_ranges == []

    archive.slow_down = 1
    run = past(crawl, *archive.asking)
    assert (run.code, run.err) == (0, "")
    assert run.out == "past: done: 3 stored, 0 updated, 0 unchanged\n"
    assert {one["url"] for one in articles(run.store).values()} == {QUAY, TERN, GULL}
    assert {one["fetched_at"] for one in articles(run.store).values()} >= {"2013-05-28T01:00:00Z"}
    place = archive.places[QUAY]
    assert place is not None
    assert f"bytes={place.offset}-{place.offset + place.length - 1}" in archive.requested_ranges
    assert len(archive.requested_ranges) == 3

    [file] = (crawl.folder / "warc").rglob("*.warc.gz")
    assert all(archive.record(one) in file.read_bytes() for one in PAGES[1:])
    other = beside(crawl, "other")
    read = past(other, "-a", f"warc={file}")
    assert (read.code, texts(read.store)) == (0, texts(run.store))
    assert revisions(other.folder) == revisions(crawl.folder)
    assert captured(other.folder) == captured(crawl.folder)

    again = past(crawl, *archive.asking)
    assert (again.code, again.out) == (0, "past: done: 0 stored, 0 updated, 0 unchanged, 3 read before\n")
    assert len(archive.requested_ranges) == 3


def test_a_site_that_newscrawl_does_not_know(tmp_path: Path, site: Publisher, archive: CommonCrawl) -> None:
    crawl = Crawler(tmp_path, site, modules="newscrawl.spiders")
    run = crawl(*archive.asking, "-a", "site=https://www.tern.example/", spider="news")
    assert (run.code, run.err) == (0, "")
    (story,) = OF_ANY_SITE[:1]
    assert {(page.url, page.state, page.site) for page in run.pages} == {(story.url, "stored", "tern.example")}
    [file] = (crawl.folder / "warc").rglob("*.warc.gz")
    other = beside(crawl, "other")
    read = other("-a", f"warc={file}", spider="news")
    assert (read.code, texts(read.store)) == (0, texts(run.store))


@pytest.mark.long
def test_a_server_that_sends_all_of_its_file_is_broken_off(crawl: Crawler, archive: CommonCrawl) -> None:
    archive.sends_ranges = False
    run = past(crawl, *archive.asking)
    assert run.code == 7
    assert run.out.startswith("past: partly failed: 0 stored, 0 updated, 0 unchanged, 3 failed (range_ignored 3)\n")
    assert {(page.state, page.reason) for page in run.pages} == {("failed", "range_ignored")}
    # a file that is no larger than the record that was requested is another's all the same
    archive.file = archive.record(PAGES[0])[:600]
    assert counts(past(crawl, *archive.asking))["failed/range_ignored"] == 3
    archive.file, archive.sends_ranges = (crawl.folder / "file.warc.gz").read_bytes(), True
    assert past(crawl, *archive.asking).out == "past: done: 3 stored, 0 updated, 0 unchanged\n"


def test_records_that_are_broken_or_others(crawl: Crawler, archive: CommonCrawl) -> None:
    place, wrong = archive.places[QUAY], archive.places[TERN]
    assert place is not None
    assert wrong is not None
    broken = bytearray(archive.file)
    broken[place.offset + 100 : place.offset + 200] = bytes(100)
    archive.file = bytes(broken)
    archive.places[TERN] = archive.places[GULL]
    run = past(crawl, *archive.asking)
    assert run.code == 7
    ledger = {page.url: (page.state, page.reason) for page in run.pages}
    assert ledger == {QUAY: ("failed", "broken_record"), TERN: ("failed", "broken_record"), GULL: ("stored", None)}
    assert f"{FILE} at byte {place.offset}" in run.err
    assert "where the index has" in run.err
    assert len(articles(run.store)) == 1


def test_an_index_that_has_nothing(crawl: Crawler, archive: CommonCrawl) -> None:
    run = past(crawl, *(word.replace("2013-05", "2013-06") for word in archive.asking))
    assert (run.code, run.out.splitlines()[0]) == (5, "past: nothing found: 0 stored, 0 updated, 0 unchanged")
    assert counts(run).get("lists/unreachable", 0) == 0
