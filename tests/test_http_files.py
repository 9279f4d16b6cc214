"""Files at http URLs: ranges, and what is done about a server or a network that fails."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from newscrawl import http_files, remote_files
from newscrawl.errors import ArgumentError
from tests.file_server import FileServer, serve_files

NOISE = random.Random(1).randbytes(3_000_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(http_files, "_PAUSE", 0.001)
    with serve_files() as running:
        running.files["/a"] = NOISE
        yield running


def test_a_file_is_read_by_ranges(server: FileServer) -> None:
    url = f"{server.base}/a"
    assert remote_files.read_stat(url) == (len(NOISE), datetime(2026, 10, 6, 7, tzinfo=UTC))
    assert remote_files.find_files(url) == [url]
    assert remote_files.find_files(f"{url}?signature=x") == []
    with remote_files.open_url(url) as file:
        assert file.read() == NOISE
        assert (file.seek(-10, 2), file.read(20)) == (len(NOISE) - 10, NOISE[-10:])
    assert len(server.requests) < 12
    assert {agent for _, _, agent in server.requests} == {http_files._user_agent}


@pytest.mark.parametrize("faults", [[403, 503], [429], [-1000, -1000, -70_000], [500, -1, 502, 504, -5, 403]])
def test_what_fails_for_a_time_is_requested_again(server: FileServer, faults: list[int]) -> None:
    with remote_files.open_url(f"{server.base}/a") as file:
        begin = file.read(1_000_000)
        server.faults.extend(faults)
        assert begin + file.read() == NOISE
    assert not server.faults


def test_what_fails_for_good_is_an_error_of_one_line(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_files, "_READING_RETRIES", 3)
    with remote_files.open_url(f"{server.base}/a") as file:
        begin = file.read(100_000)
        server.faults.extend([503] * 4)
        with pytest.raises(OSError, match=r"the server answers 503 Service Unavailable, for 4 requests$"):
            file.seek(2_000_000), file.read(10)
        assert (file.seek(0), file.read(100_000)) == (0, begin)  # it works again
    with pytest.raises(FileNotFoundError):
        remote_files.open_url(f"{server.base}/b")
    assert not remote_files.is_file(f"{server.base}/b")


def test_a_server_that_is_away_is_an_error_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_files, "_OPENING_RETRIES", 0)
    for url, detail in (("http://127.0.0.1:9/x", "Connection refused"), ("http://no-such-host.invalid/x", "resolve")):
        with pytest.raises(OSError, match=detail) as raised:
            remote_files.open_url(url)
        assert "\n" not in str(raised.value.strerror)
        assert "0x" not in str(raised.value.strerror)


def test_a_server_without_ranges_sends_small_files(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.has_ranges = False
    with remote_files.open_url(f"{server.base}/a") as file:
        assert (file.seek(1_000_000), file.read(10)) == (1_000_000, NOISE[1_000_000:1_000_010])
    monkeypatch.setattr(http_files, "_MAX_WHOLE", 1_000_000)
    with pytest.raises(OSError, match="the server sends no ranges of files; download the file first"):
        remote_files.read_stat(f"{server.base}/a")


def test_a_wildcard_needs_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_files, "find_spec", lambda _: None)
    remote_files.check_name("https://files.example/a.warc.gz?signature=x")
    with pytest.raises(ArgumentError, match=r"needs fsspec"):
        remote_files.check_name("https://files.example/*.warc.gz")


def test_nothing_is_written_to_http(server: FileServer) -> None:
    with pytest.raises(OSError, match="not written"):
        remote_files.put_bytes(b"x", f"{server.base}/a")
