"""The lists of Common Crawl's news archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from newscrawl.archives import cc_news
from newscrawl.errors import ArgumentError
from tests.file_server import FileServer, serve_files

LIST = "/crawl-data/CC-NEWS/2026/{}/warc.paths.gz"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serve_files() as running:
        for month in ("2026/08", "2026/09", "2026/10"):
            running.add_month(month, [b""] * 3)
        yield running


def find(server: FileServer, pattern: str) -> list[str]:
    """Month, day and number of each file."""
    names = [name.rpartition("CC-NEWS-2026")[2] for name in cc_news.find_files(pattern, server.base)]
    return [name[:4] for name in names]


def test_files_are_found_by_time(server: FileServer) -> None:
    assert find(server, "cc-news:2026-10") == ["1001", "1002", "1003"]
    assert find(server, "CC-NEWS:2026-10-02") == ["1002"]
    assert find(server, "cc-news:2026-08-03..2026-09-01") == ["0803", "0901"]
    assert len(find(server, "cc-news:2026")) == 9
    assert cc_news.find_files("cc-news:2026-10-01", f"{server.base}/") == [
        f"{server.base}/crawl-data/CC-NEWS/2026/10/CC-NEWS-20261001120000-00001.warc.gz"
    ]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("cc-news:2026-13", "cc-news:2026-13: give a year (2013), a month (2013-05)"),
        ("cc-news:", "cc-news:: give a year (2013), a month (2013-05)"),
        ("cc-news:2026-10..", "cc-news:2026-10..: give a year (2013), a month (2013-05)"),
        ("cc-news:2026-07", "cc-news:2026-07: CC-NEWS has no files of that time"),
        ("cc-news:2026-10..2026-08", "cc-news:2026-10..2026-08: CC-NEWS has no files of that time"),
        ("cc-news:2013", "cc-news:2013: CC-NEWS has no files of that time"),
        ("cc-news:9999", "cc-news:9999: CC-NEWS has no files of that time"),
    ],
)
def test_a_time_without_files_is_an_error_of_one_line(server: FileServer, pattern: str, message: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        find(server, pattern)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "data",
    [b"<html>Moved</html>", b"crawl-data/CC-NEWS/2026/10/CC-NEWS-1.warc.gz\n/etc/passwd\n", b"\x1f\x8b\x08\0", b"\xff"],
)
def test_what_is_no_list_is_an_error(server: FileServer, data: bytes) -> None:
    server.files[LIST.format("10")] = data
    with pytest.raises(ArgumentError, match=r"^http://[^ ]*/warc\.paths\.gz: "):
        find(server, "cc-news:2026-10")


def test_the_name_of_a_file_has_its_time() -> None:
    name = "https://data.example/crawl-data/CC-NEWS/2026/10/CC-NEWS-20261001120000-00001.warc.gz"
    assert cc_news.read_time(name) == datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert cc_news.read_time("CC-NEWS-20261001120000-00001.warc.gz") == datetime(2026, 10, 1, 12, tzinfo=UTC)
    for other in ("a.warc.gz", "CC-NEWS-20261301120000-00001.warc.gz", f"{name}/archive/a.warc.gz"):
        assert cc_news.read_time(other) is None
