"""One damaged byte of an article: named by `db check`, left out by exports, restored by `db check --repair`."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newscrawl.export import targets
from newscrawl.operations.archive import open_archive
from newscrawl.sample import EDITION
from newscrawl.storage.articles.first_digests import compute_digests
from tests.commands.calling import Done, Scrapy
from tests.crawls.preloaded import run_scrapy

Call = Callable[..., Done]
pytestmark = pytest.mark.usefixtures("quick_workers")
FLIP = "UPDATE articles SET body = replace(body, ' the ', ' thf ') WHERE id = 3"


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample edition, crawled; its captures are in a copy of the edition beside it."""
    folder = tmp_path_factory.mktemp("crawled")
    shutil.copy(EDITION, folder / "edition.warc")
    settings = ["-s", f"NEWSCRAWL_DATABASE_URL=sqlite:///{folder / 'news.db'}", "-s", f"NEWSCRAWL_WARC_DIR={folder}"]
    crawl = ["crawl", "bloomberg", "-a", "source=sample"]
    run_scrapy([*crawl, *settings], folder=Path.cwd(), environment=os.environ).check_returncode()
    with closing(sqlite3.connect(folder / "news.db")) as connection, connection:
        connection.execute("UPDATE captures SET file = 'edition.warc' WHERE file IS NOT NULL")
    return folder


@pytest.fixture
def folder(crawled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled, tmp_path / "archive"))


@pytest.fixture
def call(scrapy: Scrapy, folder: Path) -> Call:
    def called(command: str, *arguments: str) -> Done:
        settings: dict[str, Any] = {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{folder / 'news.db'}"}
        return scrapy(command, *arguments, columns=200, **settings, NEWSCRAWL_WARC_DIR=str(folder))

    return called


def execute(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "news.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def read(folder: Path, sql: str) -> Any:
    with closing(sqlite3.connect(folder / "news.db")) as connection:
        return connection.execute(sql).fetchall()


def test_a_damaged_byte_is_named_and_restored_from_its_capture(call: Call, folder: Path) -> None:
    before = read(folder, "SELECT body, body_text, fingerprint, word_count, content_digest FROM articles ORDER BY id")
    execute(folder, FLIP, "UPDATE authors SET name = name || 'x' WHERE id = 2")
    bad = call("db", "check")
    assert (bad.returncode, "article 3: body" in bad.stdout) == (1, True)
    good = call("db", "check", "--repair", "--workers", "1")
    assert (good.returncode, "article 3: body restored" in good.stdout) == (0, True)
    assert (
        read(folder, "SELECT body, body_text, fingerprint, word_count, content_digest FROM articles ORDER BY id")
        == before
    )
    assert call("db", "check", "--deep", "--workers", "1").returncode == 0


def test_without_its_capture_it_is_listed_and_left(call: Call, folder: Path) -> None:
    (folder / "edition.warc").unlink()
    execute(folder, "UPDATE articles SET section = 'Bonks', dek = 'x' WHERE id = 3")
    before = read(folder, "SELECT * FROM articles")
    done = call("db", "check", "--repair", "--workers", "1")
    assert (done.returncode, "article 3: " in done.stdout, "nothing has the former section" in done.stdout) == (
        1,
        True,
        True,
    )
    assert read(folder, "SELECT * FROM articles") == before


def test_a_body_in_the_search_index_is_not_replaced_by_a_damaged_one(call: Call, folder: Path) -> None:
    (folder / "edition.warc").unlink()
    execute(folder, "DROP TRIGGER search_update", "UPDATE articles SET headline = 'Zzyzx', section = 'x' WHERE id = 3")
    execute(folder, "UPDATE revisions SET headline = 'Zzyzx' WHERE article_id = 3")
    done = call("db", "check", "--repair", "--workers", "1")
    assert (done.returncode, "would be indexed as they are" in done.stdout) == (1, True)
    assert read(folder, "SELECT count(*) FROM search_words WHERE search_words MATCH 'zzyzx'") == [(0,)]


def test_deep_compares_each_article_with_its_captures(call: Call, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "news.db")) as connection, connection:
        # Changed together with everything that would betray it, but for the captures.
        connection.execute("DELETE FROM run_leaves")
        connection.execute("UPDATE runs SET root = NULL")
        connection.execute(
            "UPDATE articles SET section = 'Bonks', content_digest = NULL, checksums = NULL WHERE id = 3"
        )
    with open_archive(f"sqlite:///{folder / 'news.db'}") as store, store._writing() as writing:
        compute_digests(writing, [3])
    shallow, deep = call("db", "check"), call("db", "check", "--deep", "--workers", "1", "--format", "json")
    assert (shallow.returncode, deep.returncode) == (0, 1)
    [reread] = [check for check in json.loads(deep.stdout) if check["name"] == "reread"]
    assert (reread["wrong"], reread["examples"]) == (1, ["article 3: section"])
    assert reread["counts"] == {"older": 0, "verified": 47, "differ": 1, "without_capture": 0, "unreadable": 0}


def test_an_article_that_an_older_extraction_read_is_no_damage(call: Call, folder: Path) -> None:
    with open_archive(f"sqlite:///{folder / 'news.db'}") as store:
        execute(folder, "UPDATE articles SET section = 'Bonks', extractor = '0.0', checksums = NULL WHERE id = 3")
        with store._writing() as writing:
            compute_digests(writing, [3])
    execute(
        folder,
        "UPDATE run_leaves SET digest = (SELECT content_digest FROM articles WHERE id = 3) "
        "WHERE kind = 'article' AND item_id = 3",
        "UPDATE runs SET root = NULL",
    )
    assert call("db", "check", "--repair").returncode == 0
    done = call("db", "check", "--deep", "--workers", "1")
    assert done.returncode == 0, done.stdout
    assert "1 were read by another version of the extraction and differ (section 1)" in done.stdout


@pytest.mark.parametrize("form", targets.list_target_formats())
def test_an_export_names_and_leaves_out_a_damaged_article(call: Call, folder: Path, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    execute(folder, FLIP)
    target = str(folder / "out.db") if form == "sqlite" else str(folder / "out")
    done = call("export", target, "--format", form, "--limit", "50")
    assert (done.returncode, "47 articles to" in done.stdout) == (1, True), (done.stdout, done.stderr)
    assert "1 left out, because they are damaged" in done.stdout
    assert done.stderr == (
        "export: left out: article 3 is damaged (it does not match its digest); "
        "`scrapy db check --repair` restores what it can\n"
        if form != "sqlite"
        else "export: left out: article 3 is damaged (body); `scrapy db check --repair` restores what it can\n"
    )


def test_an_incremental_export_has_it_after_the_repair(call: Call, folder: Path) -> None:
    execute(folder, FLIP)
    assert call("export", str(folder / "a.jsonl"), "--since", "last").returncode == 1
    assert call("db", "check", "--repair", "--workers", "1").returncode == 0
    assert call("export", str(folder / "a.jsonl"), "--since", "last").returncode == 0
    assert [json.loads(line)["id"] for line in (folder / "a.jsonl").read_text().splitlines()] == [3]


@pytest.mark.parametrize(
    "damage",
    [
        FLIP,
        "UPDATE articles SET body = '[{' WHERE id = 3",
        "UPDATE articles SET headline = CAST(x'c3284a' AS TEXT) WHERE id = 3",
        "UPDATE articles SET published_at = 'soon' WHERE id = 3",
        "UPDATE revisions SET seen_at = 'soon' WHERE article_id = 3",
        "UPDATE articles SET abstract = x'00' WHERE id = 3",
    ],
)
def test_articles_say_what_is_wrong(call: Call, folder: Path, damage: str) -> None:
    execute(folder, damage)
    shown = call("articles", "--show", "3")
    assert (shown.returncode, shown.stdout, shown.stderr.count("\n")) == (1, "", 1)
    assert "article 3 is damaged (" in shown.stderr
    assert call("articles", "--show", "4").returncode == 0
    listed = call("articles", "--limit", "99")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert call("db", "check").returncode == 1


def test_the_proof_of_an_article(call: Call, folder: Path) -> None:
    good = call("articles", "--show", "3", "--proof", "--format", "json")
    proof = json.loads(good.stdout)
    assert good.returncode == 0
    assert [(each["revision"], each["matches"]) for each in proof["digests"]] == [(None, True), (1, True)]
    assert all(each["matches"] and each["computed"] == each["recorded"] for each in proof["captures"])
    assert {each["file"] for each in proof["captures"]} == {"edition.warc"}
    [run] = proof["runs"]
    assert run["matches"]
    assert (run["digest"], run["root"]) == (proof["digests"][0]["recorded"], run["computed_root"])
    assert run["root"] in call("runs", "--show", "1").stdout
    assert "which is the root of the run" in call("articles", "--show", "3", "--proof").stdout


def test_a_proof_names_what_does_not_match(call: Call, folder: Path) -> None:
    [(offset, length)] = read(
        folder, "SELECT file_offset, file_length FROM captures JOIN pages ON page_id = pages.id WHERE article_id = 4"
    )
    with (folder / "edition.warc").open("r+b") as file:
        file.seek(offset + length - 300)
        file.write(b"!")
    execute(folder, FLIP)
    assert "Something does not match" in (done := call("articles", "--show", "3", "--proof")).stdout
    assert done.returncode == 1
    record = call("articles", "--show", "4", "--proof", "--format", "json")
    [capture] = json.loads(record.stdout)["captures"]
    assert (record.returncode, capture["matches"]) == (1, False)
    (folder / "edition.warc").unlink()
    gone = call("articles", "--show", "5", "--proof", "--format", "json")
    assert gone.returncode == 1
    assert all("No such file" in each["problem"] for each in json.loads(gone.stdout)["captures"])
