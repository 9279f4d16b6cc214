"""Captures that were cut, from a file to what people see: a part is never shown as the whole."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, StoredArticle
from tests.archives.building import record, response
from tests.commands.calling import Done, Scrapy
from tests.commands.press import address, body_of, stamp, story, when, write

Run = Callable[..., Done]
pytestmark = pytest.mark.usefixtures("quick_workers")
NOTICE = "Only a part of the page was captured; the rest is missing."


@pytest.fixture
def run(scrapy: Scrapy, tmp_path: Path) -> Run:
    """A command over the database of the test."""

    def call(command: str, *arguments: Any) -> Done:
        url = f"sqlite:///{tmp_path}/news.db"
        folder = str(tmp_path / "warc")
        return scrapy(command, *map(str, arguments), columns=200, NEWSCRAWL_DATABASE_URL=url, NEWSCRAWL_WARC_DIR=folder)

    return call


def cut(number: int, hours: float, *, end: int = -180, **more: str) -> bytes:
    """The record of a page whose gzip ends early, in its last paragraph."""
    packed = gzip.compress(body_of(number), 0)[:end]
    block = response(packed, "Content-Type: text/html; charset=utf-8", "Content-Encoding: gzip")
    return record(block, date=stamp(when(hours)), WARC_Target_URI=address(number), **more)


def read(folder: Path) -> dict[str, StoredArticle]:
    with open_archive(f"sqlite:///{folder}/news.db", create=False) as store:
        return {stored.article.headline: stored for stored in store.articles(Query(limit=None))}


def test_a_part_is_shown_as_one_until_the_whole_comes(run: Run, tmp_path: Path) -> None:
    parts = write(tmp_path / "a.warc", [cut(1, 0), story(2), cut(2, 9)])
    assert run("ingest", "--workers", 1, parts).returncode == 0
    stored = read(tmp_path)
    assert {headline: (each.article.complete, each.revision) for headline, each in stored.items()} == {
        "Story 1": (False, 1),
        "Story 2": (True, 1),
    }
    number = stored["Story 1"].id
    shown = run("articles", "--show", number).stdout
    assert f"[{NOTICE}]" in shown
    assert "only a part was captured" in " ".join(shown.split())
    assert json.loads(run("articles", "--show", number, "--format", "json").stdout)["complete"] is False
    assert "Story 1 (part)" in run("articles").stdout
    assert "(part: cut_off)" in run("articles", "--show", number, "--captures").stdout
    assert NOTICE not in run("articles", "--show", stored["Story 2"].id).stdout

    exported: dict[str, str] = {}
    for extension in ("jsonl", "csv", "txt", "rss", "atom", "ninjs"):
        file = tmp_path / f"all.{extension}"
        assert run("export", file).returncode == 0
        exported[extension] = file.read_text("utf-8")
    assert {line["headline"]: line["complete"] for line in map(json.loads, exported["jsonl"].splitlines())} == {
        "Story 1": False,
        "Story 2": True,
    }
    rows = csv.DictReader(io.StringIO(exported["csv"]))
    assert {row["headline"]: row["complete"] for row in rows} == {"Story 1": "False", "Story 2": "True"}
    assert {name: exported[name].count(NOTICE) for name in ("txt", "rss", "atom")} == {"txt": 1, "rss": 1, "atom": 1}
    objects = [json.loads(line) for line in exported["ninjs"].splitlines()]
    assert sorted(each["representationType"] for each in objects) == ["full", "partial"]

    assert run("reextract", "--apply", "--workers", 1).returncode == 0
    assert {each.article.complete for each in read(tmp_path).values()} == {True, False}
    assert run("db", "check", "--deep").returncode == 0

    whole = write(tmp_path / "b.warc", [story(1, 5)])
    assert run("ingest", "--workers", 1, whole).returncode == 0
    now = read(tmp_path)["Story 1"]
    assert (now.id, now.article.complete, now.revision, len(now.article.body)) == (number, True, 1, 3)
    assert NOTICE not in run("articles", "--show", number).stdout


def test_a_part_without_an_article_is_a_failure_and_not_a_refusal(run: Run, tmp_path: Path) -> None:
    archive = write(tmp_path / "a.warc", [cut(1, 0, end=400), cut(2, 0, end=400, WARC_Truncated="length"), story(3)])
    assert run("ingest", "--workers", 1, archive).returncode == 7
    with open_archive(f"sqlite:///{tmp_path}/news.db", create=False) as store:
        assert {page.url.rpartition("-")[2]: (page.state, page.reason) for page in store.pages(limit=None)} == {
            "1": ("failed", "cut_off"),
            "2": ("failed", "truncated_length"),
            "3": ("stored", None),
        }
