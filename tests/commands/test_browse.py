"""`scrapy browse`: its messages and copies; its pages are tested in tests/web."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("datasette", reason="datasette is not installed; get it: pip install -r requirements-extras.txt")

from newscrawl import web
from newscrawl.operations.archive import open_archive
from newscrawl.web import server
from tests.commands.calling import Scrapy
from tests.storage.captures import capture, result
from tests.storage.conftest import scratch


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An archive of two articles."""
    return filled(f"sqlite:///{tmp_path / 'news.db'}")


def filled(url: str) -> str:
    with open_archive(url) as store:
        articles = (
            capture("a", headline="Harbour Falls Quiet"),
            capture("b", headline="Boats Stay Out", section="Sea"),
        )
        store.record([result(article) for article in articles], run_id=store.start_run("sample", {}))
    return url


@contextmanager
def browsing(url: str, *arguments: str) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Yield the line that it prints and a function that loads pages; stop it with SIGTERM."""
    command = [sys.executable, "-m", "scrapy", "browse", *arguments, "-s", f"NEWSCRAWL_DATABASE_URL={url}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        base = line.split()[5].rstrip("/")
        yield line, lambda path: urllib.request.urlopen(base + path).read().decode()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
        assert (process.returncode, said) == (0, "")


def test_words_and_conditions_make_a_copy_that_is_deleted_at_the_end(url: str, tmp_path: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    os.environ["TMPDIR"] = str(tmp_path)
    try:
        with browsing(url, "harbour") as (line, page):
            assert line.startswith("The archive is open at http://127.0.0.1:")
            assert ("Harbour Falls Quiet" in page("/"), "Boats Stay Out" in page("/")) == (True, False)
            assert "A copy of some articles of news.db" in page("/")
            assert list(tmp_path.glob("newscrawl-browse-*/news.db"))
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(urllib.request.Request(line.split()[5], headers={"Host": "rebound.example"}))
    finally:
        del os.environ["TMPDIR"]
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_a_database_server_is_served_from_a_copy() -> None:
    with scratch("postgresql", f"newscrawl_browse_{os.getpid()}") as url, browsing(filled(url)) as (_, page):
        assert ["Harbour Falls Quiet" in page("/"), "Boats Stay Out" in page("/section/Sea")] == [True, True]


def test_a_port_in_use_is_reported(scrapy: Scrapy, url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = scrapy("browse", "--no-open", "--port", str(port), NEWSCRAWL_DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"port {port} is in use; without --port, a free one is chosen\n"


def test_without_a_port_the_next_free_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with server.listen("127.0.0.1", None) as first, server.listen("127.0.0.1", None) as second:
        assert second.getsockname()[1] > first.getsockname()[1]
        assert server.make_url("::1", second) == f"http://[::1]:{second.getsockname()[1]}/"
        monkeypatch.setattr(server, "_PORTS", first.getsockname()[1] - server.FIRST_PORT + 1)
        with pytest.raises(server.ListenError, match="are in use; give another one with --port"):
            server.listen("127.0.0.1", None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
def test_unspecified_addresses_are_rejected(scrapy: Scrapy, url: str, host: str) -> None:
    done = scrapy("browse", "--no-open", "--host", host, NEWSCRAWL_DATABASE_URL=url)
    assert (done.returncode, "argument --host" in done.stderr) == (2, True)


def test_an_address_of_another_machine_is_reported(scrapy: Scrapy, url: str) -> None:
    done = scrapy("browse", "--no-open", "--host", "192.0.2.1", NEWSCRAWL_DATABASE_URL=url)
    assert (done.returncode, done.stderr.startswith("192.0.2.1: "), done.stderr.count("\n")) == (1, True, 1)


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_is_a_number(scrapy: Scrapy, url: str, port: str) -> None:
    done = scrapy("browse", f"--port={port}", NEWSCRAWL_DATABASE_URL=url)
    assert (done.returncode, "a port is a number from 1 to 65535" in done.stderr) == (2, True)


def test_a_missing_database_is_reported(scrapy: Scrapy, tmp_path: Path) -> None:
    done = scrapy("browse", "--no-open", NEWSCRAWL_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}")
    assert (done.returncode, "there is no newscrawl database" in done.stderr, done.stderr.count("\n")) == (1, True, 1)
    assert list(tmp_path.iterdir()) == []


def test_no_matching_article_is_reported(scrapy: Scrapy, url: str) -> None:
    done = scrapy("browse", "--no-open", "nothinglikeit", NEWSCRAWL_DATABASE_URL=url)
    assert (done.returncode, "no article matches" in done.stderr, done.stderr.count("\n")) == (1, True, 1)


def test_without_datasette_it_says_how_to_install_it(scrapy: Scrapy, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = ("app", "archive_server")
    for name in list(sys.modules):
        if name.partition(".")[0] == "datasette" or name in [f"newscrawl.web.{each}" for each in ours]:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "datasette", None)
    for each in ours:
        monkeypatch.delattr(web, each, raising=False)  # imported by earlier tests
    done = scrapy("browse", "--no-open", NEWSCRAWL_DATABASE_URL=url)
    assert done.returncode == 1
    assert (
        done.stderr == "`scrapy browse` needs Datasette: pip install 'newscrawl[web]', or make extras in a checkout\n"
    )
