"""`scrapy export` into an object store."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from newscrawl.export import targets
from tests.commands.calling import Done, Scrapy
from tests.commands.test_export import keep, story
from tests.object_store import Bucket


class Export:
    """Exports an archive of three articles."""

    def __init__(self, scrapy: Scrapy, folder: Path) -> None:
        self.scrapy, self.url = scrapy, f"sqlite:///{folder}/news.db"
        keep(self.url, *map(story, range(1, 4)))

    def __call__(self, *arguments: str) -> Done:
        return self.scrapy("export", *arguments, NEWSCRAWL_DATABASE_URL=self.url)


@pytest.fixture
def export(scrapy: Scrapy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "newscrawl.settings")
    return Export(scrapy, tmp_path)


def test_files_of_every_kind_are_written(export: Export, bucket: Bucket, tmp_path: Path) -> None:
    for name in ("a.jsonl", "in/a.parquet", "a.csv.gz", "a.db", "notes/"):
        done = export(f"{bucket.url}/{name}")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"export: 3 articles to {bucket.url}/{name}")
    notes = [name for name in bucket.names() if name.startswith("notes/")]
    assert len(notes) == 3
    assert sorted(set(bucket.names()) - set(notes)) == ["a.csv.gz", "a.db", "a.jsonl", "in/a.parquet"]
    assert len(bucket.read("a.jsonl").splitlines()) == 3
    (tmp_path / "copy.db").write_bytes(bucket.read("a.db"))
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM articles").fetchone() == (3,)
    assert {path.name for path in tmp_path.iterdir()} == {"news.db", "copy.db"}


def test_an_export_continues_after_the_last_one(export: Export, bucket: Bucket) -> None:
    name = f"{bucket.url}/in/news-%(time)s.jsonl"
    assert export(name, "--since", "last").stdout.startswith("export: 3 articles to s3://")
    assert export(name, "--since", "last").stdout.startswith(f"export: nothing new for {name} since ")
    keep(export.url, story(4))
    assert export(name, "--since", "last").stdout.startswith("export: 1 article to s3://")
    [_, last] = bucket.names() if len(bucket.names()) == 2 else ["", *bucket.names()]  # within one second: one name
    assert json.loads(bucket.read(last).splitlines()[-1])["headline"] == "Tide 4 Comes In"


def test_what_was_there_stays_if_the_export_fails(
    export: Export, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("a.jsonl", b"before")

    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(targets, "_write_stream", fail)
    done = export(f"{bucket.url}/a.jsonl", "--since", "last")
    assert (done.returncode, "the disk is full" in done.stderr) == (1, True)
    assert (bucket.names(), bucket.read("a.jsonl")) == (["a.jsonl"], b"before")


def test_a_wrong_url_is_one_line_and_nothing_is_written(export: Export, bucket: Bucket, tmp_path: Path) -> None:
    expected = {
        "s4://bucket/a.jsonl": (2, "s4://bucket/a.jsonl: unknown scheme s4://; did you mean s3://?"),
        "s3:/bucket/a.jsonl": (2, "s3:/bucket/a.jsonl: write s3://bucket/a.jsonl"),
        f"{bucket.url}x/a.jsonl": (1, f"{bucket.url}x/a.jsonl: cannot be written: there is no such bucket"),
    }
    for name, (code, line) in expected.items():
        done = export(name)
        assert (done.returncode, line in done.stderr + done.stdout) == (code, True), done
    assert {path.name for path in tmp_path.iterdir()} == {"news.db"}


def test_a_file_url_is_a_file(export: Export, tmp_path: Path) -> None:
    done = export(f"file://{tmp_path}/a.jsonl")
    assert (done.returncode, done.stdout.startswith(f"export: 3 articles to {tmp_path}/a.jsonl (")) == (0, True)
