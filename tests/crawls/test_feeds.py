"""`scrapy crawl -O FILE`: in our forms, as `scrapy export` writes them."""

from __future__ import annotations

import csv
import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import feedparser
import pytest
from scrapy.utils.misc import load_object

from newscrawl.article import Article
from newscrawl.errors import ArgumentError, ExportError
from newscrawl.export import formats, scrapy_feeds
from newscrawl.export.formats import parquet
from newscrawl.storage import Query
from tests.crawls.crawler import Crawler


def test_every_form_from_one_crawl(crawl: Crawler) -> None:
    names = ["a.jsonl", "a.csv", "a.ninjs", "a.rss", "a.atom", "a.md.zip", "a.epub", "a.txt"]
    names += ["a.parquet"] if find_spec("pyarrow") else []
    files = [f for name in (*names, "-:ninjs") for f in ("-O", name)]
    run = crawl("-a", "source=sample", "-a", "since=2019-03-01", "-a", "until=2019-12-31", *files, spider="bloomberg")
    assert run.code == 0, run.err
    there = {name: crawl.folder / name for name in names}
    stored = {article.article.url for article in run.store.articles(Query(limit=None))}
    assert len(stored) > 1

    lines = [json.loads(line) for line in there["a.jsonl"].read_text("utf-8").splitlines()]
    assert {line["url"] for line in lines} == stored
    assert lines[0].pop("id", "no such key") is None
    assert lines[0]["body_text"].startswith(lines[0]["body"][0]["text"])
    for name in ("revision", "first_seen_at", "last_seen_at", "body_text"):
        del lines[0][name]
    found = run.store.article(lines[0]["url"])
    assert found is not None
    assert Article.from_json(lines[0]).body == found.article.body

    with there["a.csv"].open(encoding="utf-8", newline="") as file:
        assert {row["url"] for row in csv.DictReader(file)} == stored
    for name in ("a.rss", "a.atom"):
        assert len(feedparser.parse(there[name].read_bytes()).entries) == len(stored)
    with ZipFile(there["a.md.zip"]) as packed:
        assert len(packed.namelist()) == len(stored)
    with ZipFile(there["a.epub"]) as book:
        assert len([name for name in book.namelist() if "chapter-" in name]) == len(stored)
    assert len(there["a.ninjs"].read_text("utf-8").splitlines()) == len(stored)
    if "a.parquet" in there:
        from pyarrow import parquet as pq

        assert {row["url"] for row in pq.read_table(there["a.parquet"]).to_pylist()} == stored
    assert run.out == there["a.ninjs"].read_text("utf-8")


def test_an_output_that_cannot_be_written_is_reported_before_the_first_request(crawl: Crawler) -> None:
    (crawl.folder / "a.epub").write_bytes(b"old")
    done = crawl.without_store("-a", "source=sample", "-o", "a.epub", spider="bloomberg")
    said = "a.epub: already exists, and this format cannot be appended to; overwrite it with -O\n"
    assert (done.returncode, done.stderr) == (2, said)
    assert not (crawl.folder / "news.db").exists()


def test_what_is_added_to(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,\r\n")
    shutil.copy(tmp_path / "a.csv", tmp_path / "a.zip")
    registered = scrapy_feeds.make_feed_exporters()
    scrapy_feeds.check_feeds({f"{tmp_path}/a.csv": {"format": "csv"}}, registered)
    scrapy_feeds.check_feeds({f"file://{tmp_path}/a.zip": {"format": "zip", "overwrite": True}}, registered)
    scrapy_feeds.check_feeds(
        {"a.csv": {"format": "csv", "fields": ["url"]}}, registered | {"csv": "scrapy.exporters.CsvItemExporter"}
    )
    for uri, options in (
        (f"file://{tmp_path}/a.zip", {"format": "zip"}),
        ("a.csv", {"format": "csv", "fields": ["url"]}),
    ):
        with pytest.raises(ArgumentError):
            scrapy_feeds.check_feeds({uri: options}, registered)


def test_missing_pyarrow_is_reported_before_the_first_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "find_spec", lambda name: None)
    with pytest.raises(ExportError, match="pip install"):
        scrapy_feeds.check_feeds({"a.parquet": {"format": "parquet"}}, scrapy_feeds.make_feed_exporters())


def test_every_form_is_registered() -> None:
    registered = scrapy_feeds.make_feed_exporters()
    assert set(formats.list_formats()) <= set(registered)
    assert registered["zip"] == registered["markdown"]
    assert all(callable(load_object(path)) for path in registered.values())
    with pytest.raises(NameError):
        load_object("newscrawl.export.scrapy_feeds.pdf")
