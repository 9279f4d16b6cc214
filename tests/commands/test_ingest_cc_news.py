"""`scrapy ingest cc-news:MONTH`: Common Crawl's news archive, from a server on loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newscrawl import __version__
from tests.archives.building import PACKED
from tests.commands.calling import Done, Scrapy
from tests.commands.press import rows, story
from tests.file_server import FileServer, serve_files

pytestmark = pytest.mark.usefixtures("quick_workers")


class News:
    """`scrapy ingest` with one worker, in this process, and a month of three files with two stories each."""

    def __init__(self, scrapy: Scrapy, server: FileServer, url: str) -> None:
        self._scrapy, self.server, self.url = scrapy, server, url
        packed = [PACKED["gzip"]([story(2 * day), story(2 * day + 1)]) for day in range(3)]
        self.files = server.add_month("2026/10", packed)

    def __call__(self, *arguments: Any) -> Done:
        settings = {"NEWSCRAWL_DATABASE_URL": self.url, "NEWSCRAWL_COMMONCRAWL_DATA": self.server.base}
        settings["NEWSCRAWL_CONTACT"] = "desk@tern.example"
        return self._scrapy("ingest", "--workers", "1", *arguments, columns=200, **settings)

    def headlines(self) -> list[str]:
        return sorted(row["headline"] for row in rows(self.url, "articles"))

    def finished(self) -> list[str]:
        return [row["path"] for row in rows(self.url, "archive_files") if row["finished_at"]]


@pytest.fixture
def news(scrapy: Scrapy, tmp_path: Path) -> Iterator[News]:
    with serve_files() as server:
        yield News(scrapy, server, f"sqlite:///{tmp_path}/news.db")


def test_a_month_is_read_once(news: News) -> None:
    done = news("cc-news:2026-10")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(
        r"news: 3 files, about [\d.]+ kB; about \d+ seconds with 1 process, each of which was ", done.stdout
    )
    assert "3 files read, 0 finished before" in done.stdout
    assert news.headlines() == [f"Story {number}" for number in range(6)]
    assert {agent for _, _, agent in news.server.requests} == {f"newscrawl/{__version__} (+desk@tern.example)"}
    assert [row["size"] for row in rows(news.url, "archive_files")] == [
        len(news.server.files[file.removeprefix(news.server.base)]) for file in news.files
    ]
    news.server.requests.clear()
    assert "0 files read, 3 finished before" in news("cc-news:2026-10").stdout
    assert {path for path, _, _ in news.server.requests} == {"/crawl-data/CC-NEWS/2026/10/warc.paths.gz"}


def test_a_dry_run_estimates(news: News) -> None:
    done = news("cc-news:2026-10", "--dry-run", "--limit", "2")
    assert (done.returncode, news.finished()) == (0, [])
    lines = done.stdout.splitlines()
    assert [line.split() for line in lines[:2]] == [["?", "new", file] for file in news.files[:2]]
    assert lines[2].startswith("2 files, about ")
    assert lines[3] == "2 files to read, 0 finished before; nothing is read."


def test_a_limit_goes_on_where_the_last_run_ended(news: News) -> None:
    for number in (1, 2):
        assert "1 file read" in news("cc-news:2026-10", "--limit", "1").stdout
        assert news.finished() == news.files[:number]
    assert "1 file read, 1 finished before" in news("cc-news:2026-10-02..2026-10-03").stdout


def test_a_site_is_chosen(news: News) -> None:
    done = news("cc-news:2026-10", "--site", "other.example")
    assert "6 captures of other sites were left out" in done.stdout
    assert news.headlines() == []
    assert news("cc-news:2026-10-01", "--site", "www.bloomberg.example").returncode == 0
    assert news.headlines() == ["Story 0", "Story 1"]


def test_a_time_that_is_wrong_is_one_line(news: News) -> None:
    for pattern in ("cc-news:2026-13", "cc-news:2016-01"):
        done = news(pattern)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert done.stderr.startswith(f"{pattern}: ")


def test_a_file_that_is_gone_stays_unfinished(news: News) -> None:
    gone = news.server.files.pop(news.files[1].removeprefix(news.server.base))
    done = news("cc-news:2026-10")
    assert done.returncode != 0
    assert f"{news.files[1]}: there is no such file" in done.stderr
    assert news.finished() == [news.files[0], news.files[2]]
    news.server.files[news.files[1].removeprefix(news.server.base)] = gone
    assert news("cc-news:2026-10").returncode == 0
    assert len(news.headlines()) == 6
