"""`scrapy ingest`: whole archive files into the database, once, whatever comes between."""

from __future__ import annotations

import gzip
import json
import os
import pty
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import psutil
import pytest

from newscrawl.archives import warc_reader
from newscrawl.operations import process
from newscrawl.operations.archive import open_archive
from newscrawl.publishers import normalize_by_publisher
from newscrawl.sample import EDITION
from newscrawl.storage import Query, Store
from newscrawl.storage.driver_errors import LOCK_WAIT
from tests.archives.building import browsertrix
from tests.commands import press
from tests.commands.calling import Done, Scrapy
from tests.commands.press import address, body_of, contents, health, revisit, rows, stamp, story, when, write
from tests.crawls.crawl_log import check_log
from tests.crawls.crawler import PROJECT, Crawler
from tests.crawls.loopback import article, feed, publisher, slowly
from tests.storage.conftest import scratch

Ingest = Callable[..., Done]
pytestmark = pytest.mark.usefixtures("quick_workers")
_ORPHAN_SECONDS = 10


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/news.db"


@pytest.fixture
def ingest(scrapy: Scrapy, url: str) -> Ingest:
    """`scrapy ingest` with one worker, in this process."""

    def call(*arguments: Any, **settings: Any) -> Done:
        expected = {"NEWSCRAWL_DATABASE_URL": url, **settings}
        return scrapy("ingest", "--workers", "1", *map(str, arguments), columns=200, **expected)

    return call


class Beside:
    """`scrapy ingest` in a process of its own, as the leader of a group."""

    def __init__(self, folder: Path, *arguments: Any, spider: Sequence[str] = (), **settings: Any) -> None:
        expected = {"NEWSCRAWL_EXTRACT": press.FUNCTION, **settings}
        options = [part for name, value in expected.items() for part in ("-s", f"{name}={value}")]
        environment = os.environ | {
            "PYTHONPATH": str(PROJECT),
            "NEWSCRAWL_DATABASE_URL": f"sqlite:///{folder}/news.db",
            "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
        }
        command = [sys.executable, "-m", "scrapy", "ingest", *options, *spider, *map(str, arguments)]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def children(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def end(self, timeout: float = 60) -> Done:
        out, err = self.process.communicate(timeout=timeout)
        check_log(err)
        return Done(self.process.returncode, out, err)


def outlived(running: Beside, children: list[psutil.Process]) -> list[str]:
    """Kill a run; which of its children are still there some seconds later. These are killed too."""
    running.process.kill()
    running.process.wait()
    _, alive = psutil.wait_procs(children, _ORPHAN_SECONDS)
    expected = [" ".join(child.cmdline()) for child in alive]
    for child in alive:
        child.kill()
    running.process.communicate()
    return expected


def wait_until(holds: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def stored(folder: Path) -> int:
    """How many articles a database holds by now."""
    try:
        with closing(sqlite3.connect(f"file:{folder}/news.db?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def headlines(url: str) -> Counter[str]:
    return Counter(row["headline"] for row in rows(url, "articles"))


def states(url: str) -> dict[str, tuple[str, str | None]]:
    """State and reason of each page by the end of its address."""
    return {row["url"].rpartition("/")[2]: (row["state"], row["reason"]) for row in rows(url, "pages")}


def runs(url: str) -> list[dict[str, Any]]:
    return sorted(rows(url, "runs"), key=lambda run: int(run["id"]))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample edition in four files, each packed in another way; several captures of one article in several."""
    folder = tmp_path_factory.mktemp("parts")
    result = {
        (normalize_by_publisher(capture.url), capture.captured_at): capture
        for capture in warc_reader.read_captures(EDITION)
    }.values()
    data = EDITION.read_bytes()
    whole = [data[c.location.offset : c.location.offset + c.location.length] for c in result if c.location]
    write(folder / "a.warc", whole[0::4])
    write(folder / "b.warc.gz", whole[1::4], "gzip")
    write(folder / "c.warc.zst", whole[2::4], "zstd")
    packed = b"".join(map(gzip.compress, whole[3::4]))
    (folder / "d.wacz").write_bytes(browsertrix(**{"data.warc.gz": packed}))
    return folder


def test_ingest_and_crawl_of_the_same_files_store_the_same(
    scrapy: Scrapy, parts: Path, tmp_path: Path, url: str
) -> None:
    done = scrapy("ingest", "--workers", "3", f"{parts}/*", NEWSCRAWL_DATABASE_URL=url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("bloomberg: done: 49 stored, ")
    assert done.stdout.endswith("; 4 files read, 0 finished before\n")
    assert done.stdout.count("\n") == 1
    (tmp_path / "crawled").mkdir()
    with publisher() as site:
        crawl = Crawler(tmp_path / "crawled", site)
        assert crawl.without_store("-a", "source=warc", "-a", f"warc={parts}/*", spider="bloomberg").returncode == 0
    assert contents(url) == contents(crawl.url)
    assert health(tmp_path / "news.db") == []

    before = contents(url), rows(url, "archive_files")
    again = scrapy("ingest", f"{parts}/*", NEWSCRAWL_DATABASE_URL=url)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == ("bloomberg: done: 0 stored, 0 updated, 0 unchanged; 0 files read, 4 finished before\n")
    assert (contents(url), rows(url, "archive_files")) == before
    assert not active_children()


def test_what_a_run_stored_from_other_hosts_is_read_back_from_its_own_files(
    ingest: Ingest, tmp_path: Path, url: str
) -> None:
    paths = [f"/2026/story-{number}" for number in range(3)]
    with publisher() as site:
        site.routes |= {path: article(f"Headline {path}") for path in paths}
        crawl = Crawler(tmp_path, site)
        addresses = ",".join(site.base + path for path in paths)
        assert crawl("-a", f"urls={addresses}", spider="bloomberg").code == 0
    live = headlines(url)
    assert len(live) == 3
    (tmp_path / "news.db").unlink()
    (file,) = tmp_path.glob("warc/*/*.warc.gz")
    assert ingest(file).returncode == 0
    assert headlines(url) == live
    again = Crawler(tmp_path / "again", site)
    again.folder.mkdir()
    assert again("-a", f"warc={file}", spider="bloomberg").code == 0
    assert headlines(again.url) == live

    foreign = tmp_path / "foreign.warc.gz"
    foreign.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"newscrawl/", b"elsewhere/")))
    (tmp_path / "news.db").unlink()
    done = ingest(foreign)
    assert done.returncode == 5
    assert "3 captures of other sites were left out; --spider news reads those of every site" in done.stdout
    assert not headlines(url)


def test_the_run_is_recorded(ingest: Ingest, scrapy: Scrapy, tmp_path: Path, url: str) -> None:
    write(tmp_path / "a.warc", [story(1)])
    assert ingest(tmp_path / "a.warc").returncode == 0
    assert [row["cluster_id"] for row in rows(url, "article_clusters")] == [1]
    (run,) = json.loads(scrapy("runs", "--format", "json", NEWSCRAWL_DATABASE_URL=url).stdout)
    assert (run["spider"], run["exit_code"], run["finish_reason"]) == ("bloomberg", 0, "finished")
    assert (run["source"], run["arguments"]) == ("ingest", {"files": f"{tmp_path}/a.warc"})
    assert run["counts"]["outcome/stored"] == 1
    (file,) = rows(url, "archive_files")
    assert (file["captures"], file["broken"], file["size"]) == (1, 0, (tmp_path / "a.warc").stat().st_size)
    assert file["finished_at"]


def test_a_touched_or_grown_file_is_read_again_and_nothing_is_stored_twice(
    ingest: Ingest, tmp_path: Path, url: str
) -> None:
    file = write(tmp_path / "a.warc.gz", [story(1), story(2), story(1, 24, extra="Later.")], "gzip")
    assert ingest(file).stdout.startswith("bloomberg: done: 2 stored, 1 updated, ")
    before = contents(url)
    os.utime(file, (1, 1))
    touched = ingest(file)
    expected = "0 updated, 0 unchanged, 3 read before; 1 file read, 0 finished before\n"
    assert touched.stdout == f"bloomberg: done: 0 stored, {expected}"
    assert touched.returncode == 0
    assert contents(url) == before
    with file.open("ab") as stream:
        stream.write(gzip.compress(story(3)))
    assert ingest(file).stdout == f"bloomberg: done: 1 stored, {expected}"
    assert headlines(url) == Counter(["Story 1", "Story 2", "Story 3"])
    assert len(rows(url, "captures")) == 4
    (known,) = rows(url, "archive_files")
    assert (known["captures"], known["size"]) == (4, file.stat().st_size)
    assert ingest(file).stdout.endswith("; 0 files read, 1 finished before\n")


def test_captures_of_a_recompressed_file_get_their_new_places(ingest: Ingest, tmp_path: Path, url: str) -> None:
    file = write(tmp_path / "a.warc", [story(1), story(2)])
    ingest(file)
    write(file, [story(2), story(1)], "gzip")
    assert ingest(file).returncode == 0
    with open_archive(url) as store:
        for number in (1, 2):
            capture_ref = store.latest_capture(address(number))
            assert capture_ref is not None
            assert capture_ref.offset is not None
            assert warc_reader.read_capture(file, capture_ref.offset).url == address(number)
    assert len(rows(url, "captures")) == 2
    assert {row["revision"] for row in rows(url, "articles")} == {1}


def test_a_page_that_kills_its_process_or_hangs_fails_alone(ingest: Ingest, tmp_path: Path, url: str) -> None:
    orders = {3: "<!-- order: die -->", 5: "<!-- order: hang -->", 9: "<!-- order: die -->"}
    records = [story(number, extra=orders.get(number, "")) for number in range(10)]
    records.insert(2, b"WARC/1.0\r\nWARC-Type: response\r\n\r\n")
    write(tmp_path / "a.warc", records)
    write(tmp_path / "b.warc", [story(number) for number in range(10, 14)])
    done = ingest(tmp_path / "*.warc", NEWSCRAWL_EXTRACT=press.FUNCTION, NEWSCRAWL_EXTRACT_TIMEOUT=0.7)
    assert done.returncode == 7
    assert "11 stored" in done.stdout
    assert "3 failed (worker_died 2, timeout 1)" in done.stdout
    met = states(url)
    assert met.pop("story-3") == met.pop("story-9") == ("failed", "worker_died")
    assert met.pop("story-5") == ("failed", "timeout")
    assert met == {f"story-{number}": ("stored", None) for number in range(14) if number not in orders}
    (first, second) = sorted(rows(url, "archive_files"), key=lambda row: str(row["path"]))
    assert (first["captures"], first["broken"], second["captures"], second["broken"]) == (10, 1, 4, 0)
    assert runs(url)[-1]["counts"]["captures/broken"] == 1
    assert "only another copy of the file can give those pages" in done.stdout
    again = ingest(tmp_path / "*.warc").stdout
    assert again.startswith("bloomberg: 1 record of files that were finished before could not be read\n")
    assert again.endswith("; 0 files read, 2 finished before\n")


def test_a_file_whose_only_page_fails_does_not_report_the_site_as_unreachable(ingest: Ingest, tmp_path: Path) -> None:
    write(tmp_path / "a.warc", [story(1, extra="<!-- order: die -->")])
    done = ingest(tmp_path / "a.warc", NEWSCRAWL_EXTRACT=press.FUNCTION)
    assert done.returncode == 7
    assert done.stdout.startswith("bloomberg: partly failed: ")


def test_unreadable_records_are_reported_and_the_rest_is_stored(ingest: Ingest, tmp_path: Path, url: str) -> None:
    whole = [story(number) for number in range(8)]
    write(tmp_path / "cut.warc.gz", whole[:2], "gzip")
    cut = gzip.compress(whole[2])
    at = (tmp_path / "cut.warc.gz").stat().st_size
    with (tmp_path / "cut.warc.gz").open("ab") as stream:
        stream.write(cut[: len(cut) // 2])
    lying = whole[3].replace(b"Content-Length: ", b"Content-Length: 9", 1)
    write(tmp_path / "lying.warc", [whole[4], lying, whole[5]])
    (tmp_path / "none.warc").write_bytes(b"This is no archive.\n" * 500)
    (tmp_path / "empty.warc").write_bytes(b"")
    (tmp_path / "zip.wacz").write_bytes(browsertrix(**{"data.warc": whole[6]})[:-30])
    write(tmp_path / "late.warc", [revisit(7, 2, body_of(7))])
    done = ingest(tmp_path / "*")
    assert done.returncode == 7
    assert set(headlines(url)) == {f"Story {number}" for number in (0, 1, 4, 5)}
    assert f"{tmp_path}/cut.warc.gz at byte {at}: " in done.stderr
    assert f"{tmp_path}/lying.warc at byte {len(whole[4])}: " in done.stderr
    assert f"{tmp_path}/none.warc at byte 0: " in done.stderr
    assert f"{tmp_path}/zip.wacz: broken zip" in done.stderr
    assert f"{tmp_path}/late.warc at byte 0: the original of this revisit is missing" in done.stderr
    broken = {Path(row["path"]).name: row["broken"] for row in rows(url, "archive_files")}
    assert broken == {"cut.warc.gz": 1, "lying.warc": 1, "none.warc": 1, "empty.warc": 0, "late.warc": 1}
    assert "captures/broken" in runs(url)[0]["counts"]
    assert ", 5 broken in the archive; 5 files read" in done.stdout


@pytest.mark.parametrize("contents", [b"This is no archive.\n" * 500, b"PK\x03\x04" + b"no zip" * 99])
def test_a_file_that_is_not_an_archive_reports_no_missing_lists(
    ingest: Ingest, tmp_path: Path, contents: bytes
) -> None:
    (tmp_path / "a.warc").write_bytes(contents)
    done = ingest(tmp_path / "a.warc")
    assert done.returncode == 7
    assert f"{tmp_path}/a.warc" in done.stderr


def test_a_missing_file_or_spider_is_a_usage_error(ingest: Ingest, tmp_path: Path) -> None:
    missing = ingest(tmp_path / "*.warc")
    assert missing.returncode == 2
    assert missing.stderr == f"{tmp_path}/*.warc: there is no such file\n"
    assert ingest().returncode == 2
    write(tmp_path / "a.warc", [story(1)])
    assert ingest("--spider", "nobody", tmp_path / "a.warc").returncode == 2
    assert ingest("--since", "soon", tmp_path / "a.warc").returncode == 2
    assert not (tmp_path / "news.db").exists()


def test_a_database_that_is_locked_or_read_only(
    ingest: Ingest, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a.warc", [story(1)])
    open_archive(url).close()
    read_only = f"sqlite:///file:{tmp_path}/news.db?mode=ro&uri=true"
    refused = ingest(file, NEWSCRAWL_DATABASE_URL=read_only)
    assert refused.returncode == 6
    assert "may only be read" in refused.stderr
    assert refused.stderr.count("\n") == 1
    monkeypatch.setattr("newscrawl.storage.engine.LOCK_WAIT", 0.2)
    assert LOCK_WAIT == 30
    with closing(sqlite3.connect(tmp_path / "news.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        locked = ingest(file)
    assert locked.returncode == 6
    assert "kept it locked" in locked.stderr
    assert ingest(file).stdout.startswith("bloomberg: done: 1 stored")


def test_a_database_error_during_the_run(
    ingest: Ingest, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path / "a.warc", [story(1), story(2)])
    open_archive(url).close()
    with closing(sqlite3.connect(tmp_path / "news.db")) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON articles BEGIN SELECT RAISE(ABORT, 'no more'); END")
        connection.commit()
    done = ingest(file)
    assert done.returncode == 6
    assert done.stderr.count("no more") == 1
    assert done.stdout.startswith("bloomberg: storage failed: ")
    assert [(run["exit_code"], run["finish_reason"]) for run in runs(url)] == [(6, "storage_failed")]
    with closing(sqlite3.connect(tmp_path / "news.db")) as connection:
        connection.execute("DROP TRIGGER full")
        connection.commit()
    assert ingest(file).stdout.startswith("bloomberg: done: 2 stored")


def test_a_second_run_reports_the_active_one(ingest: Ingest, tmp_path: Path, url: str) -> None:
    file = write(tmp_path / "a.warc", [story(1)])
    with open_archive(url) as store:
        run_id = store.start_run("bloomberg", {}, source="ingest", process=process.identity())
        done = ingest(file)
        assert done.returncode == 9
        assert f"run {run_id} (process {os.getpid()} on " in done.stderr
        store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    assert ingest(file).returncode == 0


@pytest.mark.parametrize("first", ["originals", "revisits"])
def test_revisits_find_their_originals_in_another_file(ingest: Ingest, tmp_path: Path, url: str, first: str) -> None:
    referred = {"WARC_Refers_To_Date": stamp(when()), "WARC_Refers_To_Target_URI": address(2)}
    film = f"{press.HOST}/news/videos/2024-03-05/a-film"
    late = [
        revisit(1, 5, body_of(1)),
        revisit(2, 5, None, **referred),
        revisit(3, 5, profile="server-not-modified"),
        revisit(8, 5, body_of(1), status="301 Moved Permanently"),
        revisit(9, 5, body_of(1), WARC_Target_URI=film),
    ]
    padding = [story(number) for number in (4, 5, 6)]  # the larger file is read first
    write(tmp_path / "a.warc", [*late, *(padding if first == "revisits" else [])])
    write(tmp_path / "b.warc.gz", [story(1), story(2), story(3), *(padding if first == "originals" else [])], "gzip")
    large = max((tmp_path / "a.warc", tmp_path / "b.warc.gz"), key=lambda path: path.stat().st_size)
    assert (large.name == "a.warc") == (first == "revisits")
    done = ingest(tmp_path / "*.warc*")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(states(url)) == {f"story-{number}" for number in range(1, 7)}
    with open_archive(url) as store:
        for number in (1, 2, 3):
            result = store.article(address(number))
            assert result is not None
            assert result.article.headline == f"Story {number}"
            assert [capture.kind for capture in store.captures(result.id)] == ["response", "revisit"]
            assert (result.revision, result.first_seen_at, result.last_seen_at) == (1, when(), when(5))
    assert {Path(row["path"]).name: row["captures"] for row in rows(url, "archive_files")} == (
        {"a.warc": 3, "b.warc.gz": 6} if first == "originals" else {"a.warc": 6, "b.warc.gz": 3}
    )
    assert ingest(tmp_path / "*.warc*").stdout.endswith("; 0 files read, 2 finished before\n")


def test_some_days_first_and_then_all(ingest: Ingest, tmp_path: Path, url: str) -> None:
    address_of = {"early": f"{press.HOST}/news/articles/2024-03-01/early", "plain": f"{press.HOST}/plain"}
    records = [
        story(1),
        story(2, url=address_of["early"], day="2024-03-01"),
        story(3, url=address_of["plain"], day="2024-03-01"),
        story(4, url=f"{press.HOST}/news/articles/2024-03-09/late", day="2024-03-09"),
    ]
    file = write(tmp_path / "a.warc", records)
    some = ingest("--since", "2024-03-04", "--until", "2024-03-06", file)
    assert some.returncode == 0, some.stderr
    assert set(headlines(url)) == {"Story 1"}
    assert len(rows(url, "pages")) == 1
    assert runs(url)[0]["counts"]["captures/out_of_dates"] == 3
    assert runs(url)[0]["arguments"] == {"files": str(file), "since": "2024-03-04", "until": "2024-03-06"}
    ingest(file)
    assert headlines(url) == Counter([f"Story {number}" for number in (1, 2, 3, 4)])
    assert ingest(file).stdout.endswith("; 0 files read, 1 finished before\n")


def test_a_dry_run_lists_the_files(ingest: Ingest, tmp_path: Path, url: str) -> None:
    write(tmp_path / "a.warc", [story(1)])
    ingest(tmp_path / "a.warc")
    large, small = write(tmp_path / "b.warc", [story(2), story(3)]), write(tmp_path / "c.warc", [story(2)])
    before = contents(url), rows(url, "runs"), rows(url, "archive_files")
    done = ingest("--dry-run", tmp_path / "*.warc")
    assert (done.returncode, done.stderr) == (0, "")
    first, second, estimate, last = done.stdout.splitlines()
    assert estimate.startswith(
        f"2 files, {(large.stat().st_size + small.stat().st_size) / 1000:.1f} kB; about 0 seconds with 1 "
    )
    assert first.split() == [f"{large.stat().st_size:,}", "new", str(large)]
    assert second.split() == [f"{small.stat().st_size:,}", "new", str(small)]
    assert last == "2 files to read, 1 finished before; nothing is read."
    assert (contents(url), rows(url, "runs"), rows(url, "archive_files")) == before
    (tmp_path / "d.wacz").write_bytes(b"PK\x03\x04 no zip")
    broken = ingest("--dry-run", tmp_path / "*")
    assert broken.returncode == 7
    assert f"{tmp_path}/d.wacz: " in broken.stdout


def test_postgresql(ingest: Ingest, tmp_path: Path) -> None:
    with scratch("postgresql", f"newscrawl_ingest_{os.getpid()}") as url:
        write(tmp_path / "a.warc.gz", [story(number) for number in range(20)], "gzip")
        write(tmp_path / "b.warc", [story(1, 24, extra="Later."), revisit(2, 5, body_of(2))])
        done = ingest("--workers", "2", tmp_path / "*.warc*", NEWSCRAWL_DATABASE_URL=url)
        assert (done.returncode, done.stderr) == (0, "")
        assert len(headlines(url)) == 20
        assert len(rows(url, "captures")) == 22
        again = ingest(tmp_path / "*.warc*", NEWSCRAWL_DATABASE_URL=url)
        assert again.stdout.endswith("; 0 files read, 2 finished before\n")


def test_progress_is_shown_on_a_terminal(tmp_path: Path) -> None:
    write(tmp_path / "a.warc", [story(number, extra="<!-- order: slow -->") for number in range(40)])
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "ingest", "-s", f"NEWSCRAWL_EXTRACT={press.FUNCTION}", "a.warc"],
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(PROJECT),
            "NEWSCRAWL_DATABASE_URL": "sqlite:///news.db",
            "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
            "COLUMNS": "120",
            "TERM": "xterm",
        },
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    while chunk := _read(ours):
        seen += chunk
    assert running.wait(30) == 0
    os.close(ours)
    text = seen.decode()
    assert "%" in text
    assert " pages, " in text
    assert "/s, left " in text
    assert "bloomberg: done: 40 stored" in text


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other side has closed it
        return b""


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """Three files that take a while to read, with revisits across them."""
    for at, name in enumerate("abc"):
        numbers = range(at * 40, at * 40 + 40)
        late = revisit(at * 40, 9, body_of(at * 40)) if at else b""
        slow = [story(number, extra="<!-- order: slow -->") for number in numbers[1:]]
        write(tmp_path / f"{name}.warc.gz", [r for r in [story(numbers[0]), *slow, late] if r], "gzip")
    return tmp_path / "*.warc.gz"


def audit(folder: Path, articles: int) -> None:
    url = f"sqlite:///{folder}/news.db"
    assert headlines(url) == Counter([f"Story {number}" for number in range(articles)])
    moments = Counter((row["page_id"], row["captured_at"]) for row in rows(url, "captures"))
    assert set(moments.values()) == {1}
    assert len(moments) == articles + 2
    assert {row["revision"] for row in rows(url, "articles")} == {1}
    assert {row["state"] for row in rows(url, "pages")} <= {"stored", "unchanged"}
    assert {row["article_id"] for row in rows(url, "pages")} == {row["id"] for row in rows(url, "articles")}
    assert health(folder / "news.db") == []
    with open_archive(url) as store:
        assert len(store.search(Query(words="story ferry", limit=None))) == articles


@pytest.mark.long
def test_killed_at_any_moment_every_article_is_stored_once(long: Path, tmp_path: Path) -> None:
    chance = random.Random(20240305)
    moments: list[Callable[[], object]] = [
        lambda: time.sleep(chance.uniform(0.3, 1.2)),
        lambda: wait_until(lambda: stored(tmp_path) > 0),
        lambda: wait_until(lambda: stored(tmp_path) >= 80),
    ]
    for moment in moments:
        running = Beside(tmp_path, long, "--workers", 2)
        moment()
        left = running.children()
        assert outlived(running, left) == []
    done = Beside(tmp_path, long, "--workers", 2).end()
    assert (done.returncode, done.stderr) == (0, "")
    audit(tmp_path, 120)
    assert [run["finish_reason"] for run in runs(f"sqlite:///{tmp_path}/news.db")][-1] == "finished"


@pytest.mark.long
def test_a_hanging_worker_does_not_outlive_its_parent(tmp_path: Path) -> None:
    write(tmp_path / "a.warc", [story(1), story(2, extra="<!-- order: hang -->"), story(3)])
    running = Beside(tmp_path, tmp_path / "a.warc", NEWSCRAWL_EXTRACT_TIMEOUT=3)
    wait_until(lambda: stored(tmp_path) == 1)
    left = running.children()
    assert left
    assert outlived(running, left) == []


@pytest.mark.long
def test_a_signal_to_all_processes_ends_the_run_in_seconds(long: Path, tmp_path: Path) -> None:
    running = Beside(tmp_path, long, "--workers", 2)
    wait_until(lambda: stored(tmp_path) > 0)
    os.killpg(running.process.pid, signal.SIGTERM)
    done = running.end()
    assert (done.returncode, done.stderr) == (8, "")
    assert done.stdout.startswith("bloomberg: stopped: ")
    (run,) = runs(f"sqlite:///{tmp_path}/news.db")
    assert (run["exit_code"], run["finish_reason"]) == (8, "shutdown")
    assert {row["state"] for row in rows(f"sqlite:///{tmp_path}/news.db", "pages")} <= {"stored", "unchanged"}
    assert Beside(tmp_path, long, "--workers", 2).end().returncode == 0
    audit(tmp_path, 120)


@pytest.mark.long
def test_a_concurrent_crawl_loses_nothing(tmp_path: Path) -> None:
    with publisher() as site:
        crawl = Crawler(tmp_path, site)
        paths = [f"/news/articles/2024-03-05/story-{number}" for number in range(24)]
        site.routes["/feed.rss"] = feed(site.base, *paths)
        site.routes |= {path: slowly(article(f"Story {at}", extra="Live."), 0.02) for at, path in enumerate(paths)}
        records = [
            story(at, url=f"{site.base}/news/articles/2024-03-05/story-{at}", extra="<!-- order: slow -->")
            for at in range(12, 100)
        ]
        write(tmp_path / "a.warc", records)
        write(tmp_path / "b.warc", records[::-1])
        environment = {"LOOPBACK": site.base}
        os.environ |= environment
        try:
            running = Beside(
                tmp_path,
                tmp_path / "*.warc",
                "--workers",
                2,
                spider=["--spider", "loopback"],
                SPIDER_MODULES="tests.crawls.loopback",
            )
        finally:
            del os.environ["LOOPBACK"]
        crawled = crawl()
        ingested = running.end()
    assert (crawled.code, ingested.returncode) == (0, 0), crawled.err + ingested.stderr
    assert headlines(crawl.url) == Counter([f"Story {number}" for number in range(100)])
    versions = {row["headline"]: row["revision"] for row in rows(crawl.url, "articles")}
    # a page that was read of the file before the crawl came to it is not asked for: no list says that it has changed
    assert {at for at in range(100) if versions[f"Story {at}"] == 2} <= set(range(12, 24))
    assert max(versions.values()) <= 2
    assert health(tmp_path / "news.db") == []


def test_results_are_stored_while_files_are_read(
    ingest: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the database is: what waits is what the pipes hold."""
    file = write(tmp_path / "a.warc", [story(number) for number in range(1500)])
    batches: list[int] = []
    record = Store.record

    def slow(self: Store, results: Sequence[Any], **expected: Any) -> Any:
        batches.append(len(results))
        time.sleep(0.1)
        return record(self, results, **expected)

    monkeypatch.setattr(Store, "record", slow)
    assert ingest(file).returncode == 0
    assert sum(batches) == 1500
    assert max(batches) <= 210
