"""Commands over archive files, captures and copies in an object store."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import fsspec
import pytest

from newscrawl import remote_files
from newscrawl.operations.archive import open_archive
from tests.commands import press
from tests.commands.calling import Done, Scrapy
from tests.object_store import Bucket

Call = Callable[..., Done]


@pytest.fixture
def call(scrapy: Scrapy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newscrawl.settings")
    return lambda *arguments: scrapy(*arguments, columns=200, NEWSCRAWL_DATABASE_URL=f"sqlite:///{tmp_path}/news.db")


@pytest.fixture
def ingested(call: Call, bucket: Bucket, tmp_path: Path) -> Bucket:
    """A bucket of two archive files, with an article of each in the database; and a file that no glob means."""
    for number in (1, 2):
        bucket.put(f"in/{number}.warc.gz", press.write(tmp_path / "a.warc.gz", [press.story(number)], "gzip"))
    bucket.put("in/3.txt", b"no archive")
    done = call("ingest", f"{bucket.url}/in/*.warc.gz", "--workers", "1")
    assert (done.returncode, "2 stored" in done.stdout) == (0, True), done
    return bucket


def forget_reading() -> None:
    """Do what the end of a process does: it remembers for a minute what it has read and listed."""
    remote_files._open.cache_clear()
    fsspec.filesystem("s3").invalidate_cache()


def read(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "news.db")) as connection, connection:
        return connection.execute(sql).fetchall()


def test_a_glob_in_a_bucket_is_ingested_once(call: Call, ingested: Bucket, tmp_path: Path) -> None:
    assert read(tmp_path, "SELECT path FROM archive_files ORDER BY path") == [
        (f"{ingested.url}/in/{number}.warc.gz",) for number in (1, 2)
    ]
    again = call("ingest", f"{ingested.url}/in/*.warc.gz", "--workers", "1")
    assert (again.returncode, "0 stored" in again.stdout) == (0, True), again
    nothing = call("ingest", f"{ingested.url}/out/*.warc.gz")
    assert (nothing.returncode, nothing.stderr.count("\n")) == (2, 1), nothing


def test_a_damaged_article_is_restored_from_its_capture_there(call: Call, ingested: Bucket, tmp_path: Path) -> None:
    before = read(tmp_path, "SELECT headline, body, content_digest FROM articles ORDER BY id")
    read(tmp_path, "UPDATE articles SET headline = 'Harbour' WHERE id = 2")
    assert call("db", "check").returncode == 1
    repaired = call("db", "check", "--repair", "--workers", "1")
    assert (repaired.returncode, "article 2: headline restored" in repaired.stdout) == (0, True), repaired
    assert read(tmp_path, "SELECT headline, body, content_digest FROM articles ORDER BY id") == before
    assert call("db", "check", "--deep", "--workers", "1").returncode == 0


def test_captures_that_are_gone_there_are_forgotten_and_those_that_cannot_be_asked_for_are_not(
    call: Call, ingested: Bucket, tmp_path: Path
) -> None:
    own = [f"2024-03/bloomberg-2024030510000{number}-00001-0a1b2c3d.warc.gz" for number in (1, 2)]
    for number, name in enumerate(own, 1):
        ingested.put(f"warc/{name}", ingested.read(f"in/{number}.warc.gz"))
        read(tmp_path, f"UPDATE captures SET file = '{name}' WHERE id = {number}")
    ingested.put("warc/.newscrawl", b"")  # as a crawl leaves it: the place is there
    setting = ("-s", f"NEWSCRAWL_WARC_DIR={ingested.url}/warc")
    assert call("db", "check", *setting).returncode == 0
    ingested.client.delete_object(Bucket=ingested.name, Key=f"warc/{own[0]}")
    forget_reading()
    missing = call("db", "check", *setting)
    assert (missing.returncode, own[0] in missing.stdout) == (1, True), missing
    assert call("db", "check", "--repair", *setting).returncode == 0
    kept = [(None,), (own[1],)]
    assert read(tmp_path, "SELECT file FROM captures ORDER BY id") == kept
    ingested.forbid_writing()
    forget_reading()
    assert call("db", "check", "--repair", *setting).returncode == 1
    assert read(tmp_path, "SELECT file FROM captures ORDER BY id") == kept


def test_report_and_backup_are_written_there(call: Call, ingested: Bucket, tmp_path: Path) -> None:
    report = call("report", f"{ingested.url}/www/news.html")
    assert (report.returncode, report.stdout.startswith(f"{ingested.url}/www/news.html: ")) == (0, True), report
    assert ingested.read("www/news.html").startswith(b"<!DOCTYPE html>")
    name = f"{ingested.url}/backups/news.db"
    assert call("db", "backup", name).stdout.startswith(f"{name}: ")
    again = call("db", "backup", name)
    assert (again.returncode, again.stderr) == (
        1,
        f"{name}: is there already; use --force to replace it, or name another file\n",
    )
    assert call("db", "backup", name, "--force").returncode == 0
    (tmp_path / "copy.db").write_bytes(ingested.read("backups/news.db"))
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM articles").fetchone() == (2,)


@pytest.mark.parametrize("command", [("report",), ("db", "backup")])
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s4://bucket/x", "s4://bucket/x: unknown scheme s4://; did you mean s3://?"),
        ("s3:/bucket/x", "s3:/bucket/x: write s3://bucket/x"),
        ("s3://no-such-bucket/x", "s3://no-such-bucket/x: cannot be written: there is no such bucket"),
    ],
)
@pytest.mark.usefixtures("bucket")
def test_a_wrong_url_is_one_line(call: Call, tmp_path: Path, command: tuple[str, ...], url: str, message: str) -> None:
    open_archive(f"sqlite:///{tmp_path}/news.db").close()
    before = sorted(tmp_path.iterdir())
    done = call(*command, url)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{message}\n")
    assert sorted(tmp_path.iterdir()) == before
