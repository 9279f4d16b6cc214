"""`scrapy reextract`: stored captures through today's extraction."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import newscrawl
from newscrawl.batch.extraction import extractor_version
from newscrawl.operations import process
from newscrawl.operations.archive import open_archive
from newscrawl.sample import EDITION
from newscrawl.storage import Query
from tests.commands import press
from tests.commands.calling import Done, Scrapy
from tests.commands.press import address, body_of, contents, everything, health, revisit, rows, story, write
from tests.crawls.crawler import PROJECT, Crawler
from tests.crawls.loopback import article, feed, publisher
from tests.storage.conftest import scratch

Call = Callable[..., Done]
pytestmark = pytest.mark.usefixtures("quick_workers")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "news.db"


@pytest.fixture
def call(scrapy: Scrapy, file: Path) -> Call:
    """A command with one worker, in this process."""

    def called(command: str, *arguments: Any, **settings: Any) -> Done:
        printed = {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{file}", **settings}
        return scrapy(command, "--workers", "1", *map(str, arguments), columns=200, **printed)

    return called


@pytest.fixture
def reextract(call: Call) -> Call:
    def called(*arguments: Any, **settings: Any) -> Done:
        return call("reextract", *arguments, **settings)

    return called


def summary(done: Done) -> dict[str, dict[str, int]]:
    """How many articles had a field found, changed, lost; but for zeros."""
    assert done.returncode in (0, 7), done.stderr
    printed = json.loads(done.stdout)["fields"]
    return {
        name: {kind: n for kind, n in counts.items() if kind != "example" and n} for name, counts in printed.items()
    }


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample edition, ingested."""
    folder = tmp_path_factory.mktemp("edition")
    environment = os.environ | {
        "PYTHONPATH": str(PROJECT),
        "NEWSCRAWL_DATABASE_URL": f"sqlite:///{folder}/news.db",
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
    }
    command = [sys.executable, "-m", "scrapy", "ingest", "--workers", "1", str(EDITION)]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=60)
    return folder / "news.db"


@pytest.fixture
def sample(edition: Path, file: Path) -> Path:
    return Path(shutil.copy(edition, file))


def test_a_new_archive_has_no_changes(reextract: Call, sample: Path) -> None:
    before = everything(sample)
    done = reextract("--all")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "49 articles of 59 captures read again: 0 change.\n"
    assert everything(sample) == before
    assert reextract().stdout == "0 articles of 0 captures read again: 0 change.\n"
    printed = contents(f"sqlite:///{sample}")
    assert reextract("--all", "--apply").stdout == done.stdout
    after = contents(f"sqlite:///{sample}")
    assert after == printed


def test_the_sample_crawl_can_be_read_again(reextract: Call, tmp_path: Path, file: Path) -> None:
    with publisher() as site:
        assert Crawler(tmp_path, site).without_store("-a", "source=sample", spider="bloomberg").returncode == 0
    done = reextract("--all", "--apply")
    assert (done.returncode, done.stderr) == (0, "")
    read, _, _ = done.stdout.partition(" articles of ")
    assert done.stdout.endswith(" captures read again: 0 change.\n")
    assert int(read) >= 40
    assert {row["source"] for row in rows(f"sqlite:///{file}", "captures")} == {"sample"}


CHANGES = (
    "UPDATE articles SET section = 'Wrong' WHERE section IS NOT NULL",
    "UPDATE articles SET language = NULL",
    "UPDATE articles SET correction = 'Made up' WHERE correction IS NULL AND id <= 3",
    "UPDATE revisions SET correction = 'Made up' WHERE article_id <= 3",
    "DELETE FROM tickers",
    "UPDATE captures SET extractor = '0.0.9+00000000'",
)


def test_changes_are_counted_by_field_and_written_with_apply_only(
    reextract: Call, sample: Path, scrapy: Scrapy
) -> None:
    url = f"sqlite:///{sample}"
    right = contents(url)
    right_articles = {row["id"]: row for row in rows(url, "articles")}
    sections = sum(bool(row["section"]) for row in right_articles.values())
    tickers = len({row["article_id"] for row in rows(url, "tickers")})
    execute(sample, *CHANGES)
    before = everything(sample)
    dry = reextract("--format", "json")
    expected = {
        "section": {"changed": sections},
        "tickers": {"found": tickers},
        "language": {"found": sum(bool(row["language"]) for row in right_articles.values())},
        "correction": {"lost": 3},
    }
    assert {name: counts for name, counts in summary(dry).items() if counts} == {
        name: counts for name, counts in expected.items() if any(counts.values())
    }
    printed = json.loads(dry.stdout)
    assert (printed["applied"], printed["extractor"]) == (False, extractor_version())
    assert printed["fields"]["section"]["example"]["before"] == "Wrong"
    assert everything(sample) == before

    table = reextract()
    assert "Nothing is written yet: --apply does that." in table.stdout
    assert table.stdout.splitlines()[0].split() == ["Field", "Found", "Changed", "Lost"]
    assert ["section", "-", str(sections), "-"] in [line.split() for line in table.stdout.splitlines()]
    assert "  was  Wrong" in table.stdout
    assert everything(sample) == before

    applied = reextract("--apply")
    assert (applied.returncode, applied.stderr) == (0, "")
    assert applied.stdout.endswith("Applied.\n")
    after = contents(url)
    assert {name: after[name] for name in after if name != "authors"} == {
        name: right[name] for name in right if name != "authors"
    }
    assert health(sample) == []
    assert reextract().stdout == "0 articles of 0 captures read again: 0 change.\n"
    listed = json.loads(scrapy("runs", "--format", "json", NEWSCRAWL_DATABASE_URL=url).stdout)
    assert [(run["source"], run["exit_code"], run["arguments"]) for run in listed[:-1]] == [("reextract", 0, {})]


def test_search_is_updated(reextract: Call, sample: Path) -> None:
    execute(sample, "UPDATE articles SET headline = 'Zyzzyva', body_text = 'Zyzzyva', body = '[]' WHERE id = 5")
    execute(sample, "UPDATE revisions SET headline = 'Zyzzyva' WHERE article_id = 5")
    with open_archive(f"sqlite:///{sample}") as store:
        assert [hit.id for hit in store.search(Query(words="zyzzyva"))] == [5]
        assert reextract("--all", "--apply").returncode == 0
        assert store.search(Query(words="zyzzyva")) == []
        found = store.article(5)
        assert found is not None
        words = f'"{found.article.headline}"'
        assert 5 in [hit.id for hit in store.search(Query(words=words))]
    assert health(sample) == []


def test_filters(reextract: Call, sample: Path) -> None:
    def read(*arguments: str) -> int:
        return int(json.loads(reextract("--format", "json", *arguments).stdout)["counts"].get("articles/read", 0))

    url = f"sqlite:///{sample}"
    articles = rows(url, "articles")
    layout = articles[0]["layout"]
    assert read("--all", "--layout", layout) == sum(row["layout"] == layout for row in articles)
    assert read("--all", "--missing", "dek") == sum(row["dek"] is None for row in articles)
    late = [row for row in articles if row["published_at"] and row["published_at"].year >= 2019]
    assert 0 < read("--all", "--since", "2019-01-01") == len(late)
    both = [row for row in late if row["dek"] is None]
    assert read("--all", "--since", "2019-01-01", "--missing", "dek") == len(both)
    assert read("--missing", "dek") == 0


def test_usage(reextract: Call, file: Path, tmp_path: Path) -> None:
    assert reextract("word").returncode == 2
    assert reextract("--missing", "url").returncode == 2
    assert reextract("--since", "soon").returncode == 2
    assert reextract("--spider", "nobody").returncode == 2
    assert reextract().returncode == 6
    assert not file.exists()


def test_refused_pages_become_articles_with_apply(
    call: Call, reextract: Call, file: Path, tmp_path: Path, scrapy: Scrapy
) -> None:
    write(tmp_path / "a.warc", [story(1), story(2, extra="<!-- order: refuse -->"), story(3)])
    call("ingest", tmp_path / "a.warc", NEWSCRAWL_EXTRACT=press.FUNCTION)
    url = f"sqlite:///{file}"
    assert [(row["state"], row["reason"]) for row in rows(url, "pages")][1] == ("refused", "unknown_layout")
    assert reextract().stdout.startswith("0 articles of 0 captures")
    before = everything(file)
    done = reextract("--all")
    assert "1 refused pages are articles now (unknown_layout 1)." in done.stdout
    assert "--apply does that" in done.stdout
    assert everything(file) == before
    assert reextract("--all", "--apply").returncode == 0
    with open_archive(url) as store:
        found = store.article(address(2))
        assert found is not None
        assert found.article.headline == "Story 2"
        (capture_ref,) = store.captures(found.id)
        assert (capture_ref.state, capture_ref.reason, capture_ref.layout) == ("stored", None, "bloomberg_2018")
        assert [hit.id for hit in store.search(Query(words='"story 2"'))] == [found.id]
    assert health(file) == []
    assert "refused" not in reextract("--all").stdout


def test_a_capture_that_cannot_be_read_any_more_leaves_its_article(
    call: Call, reextract: Call, file: Path, tmp_path: Path
) -> None:
    write(tmp_path / "a.warc", [story(1), story(2, extra="<!-- order: refuse -->")])
    call("ingest", tmp_path / "a.warc")
    url = f"sqlite:///{file}"
    before = {name: printed for name, printed in contents(url).items() if name != "captures"}
    done = reextract("--all", "--apply", NEWSCRAWL_EXTRACT=press.FUNCTION)
    assert done.returncode == 0
    assert "stay as they are: unknown_layout 1." in done.stdout
    assert {name: printed for name, printed in contents(url).items() if name != "captures"} == before
    assert [(row["state"], row["reason"], row["layout"]) for row in rows(url, "captures")] == [
        ("stored", None, "bloomberg_2018"),
        ("refused", "unknown_layout", None),
    ]


def test_a_missing_or_replaced_file_leaves_its_articles(
    call: Call, reextract: Call, file: Path, tmp_path: Path
) -> None:
    gone, intact = write(tmp_path / "a.warc", [story(1)]), write(tmp_path / "b.warc", [story(2), story(3)])
    other = write(tmp_path / "c.warc", [story(4), story(5)])
    call("ingest", tmp_path / "*.warc")
    execute(file, "UPDATE articles SET section = 'Wrong'", "UPDATE captures SET extractor = 'old'")
    gone.unlink()
    write(other, [story(6), story(7)])  # of the same lengths
    done = reextract("--apply")
    assert done.returncode == 7
    assert f"{gone}: " in done.stderr
    assert f"{other} at byte 0: another capture is stored here instead of {address(4)}" in done.stderr
    assert "3 captures could not be read from their files" in done.stdout
    url = f"sqlite:///{file}"
    sections = {row["headline"]: row["section"] for row in rows(url, "articles")}
    assert sections == {
        "Story 1": "Wrong",
        "Story 2": None,
        "Story 3": None,
        "Story 4": "Wrong",
        "Story 5": "Wrong",
    }
    assert {row["file"] for row in rows(url, "captures") if row["extractor"] == "old"} == {str(gone), str(other)}
    assert intact.exists()
    (_, run) = sorted(rows(url, "runs"), key=lambda row: int(row["id"]))
    assert (run["source"], run["exit_code"], run["finish_reason"]) == ("reextract", 7, "finished")


def test_revisits_are_read_by_their_originals(call: Call, reextract: Call, file: Path, tmp_path: Path) -> None:
    write(
        tmp_path / "a.warc",
        [story(1), revisit(1, 5, body_of(1)), story(2), revisit(2, 5, profile="server-not-modified")],
    )
    call("ingest", tmp_path / "a.warc")
    done = reextract("--all", "--apply")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 articles of 4 captures read again: 0 change.\n"


def test_a_page_that_kills_its_process_fails_alone(call: Call, reextract: Call, file: Path, tmp_path: Path) -> None:
    write(tmp_path / "a.warc", [story(n, extra="<!-- order: die -->" if n == 2 else "") for n in range(5)])
    call("ingest", tmp_path / "a.warc")
    execute(file, "UPDATE articles SET section = 'Wrong'")
    done = reextract("--all", "--apply", NEWSCRAWL_EXTRACT=press.FUNCTION)
    assert "worker_died 1" in done.stdout
    assert done.returncode == 7
    sections = {row["headline"]: row["section"] for row in rows(f"sqlite:///{file}", "articles")}
    assert sections == {f"Story {n}": "Wrong" if n == 2 else None for n in range(5)}


def test_captures_of_a_live_crawl_can_be_read_again(tmp_path: Path, reextract: Call, file: Path) -> None:
    with publisher() as site:
        crawl = Crawler(tmp_path, site)
        paths = [f"/news/articles/2024-03-05/story-{number}" for number in range(3)]
        site.routes["/feed.rss"] = feed(site.base, *paths, "/news/articles/2024-03-05/moved")
        site.routes |= {path: article(f"Story {at}") for at, path in enumerate(paths)}
        site.routes["/news/articles/2024-03-05/moved"] = 302, {"Location": "/news/articles/2024-03-05/there"}, b""
        site.routes["/news/articles/2024-03-05/there"] = article("Story 3")
        warc_setting = ("-s", f"NEWSCRAWL_WARC_DIR={tmp_path}/kept")
        assert crawl(*warc_setting).code == 0
        before = contents(crawl.url)
        os.environ["LOOPBACK"] = site.base
        try:
            done = reextract(
                "--all",
                "--apply",
                "--spider",
                "loopback",
                SPIDER_MODULES="tests.crawls.loopback",
                NEWSCRAWL_WARC_DIR=f"{tmp_path}/kept",
            )
        finally:
            del os.environ["LOOPBACK"]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("4 articles of ")
    assert done.stdout.endswith(" captures read again: 0 change.\n")
    assert contents(crawl.url) == before


def test_locked_and_database_errors(reextract: Call, sample: Path) -> None:
    with open_archive(f"sqlite:///{sample}") as store:
        run_id = store.start_run("bloomberg", {}, source="reextract", process=process.identity())
        done = reextract("--all", "--apply")
        assert (done.returncode, f"run {run_id} (process {os.getpid()} on " in done.stderr) == (9, True)
        store.end_run(run_id, finish_reason="finished", exit_code=0, counts={})
    execute(
        sample,
        "UPDATE articles SET section = 'Wrong'",
        "CREATE TRIGGER full BEFORE UPDATE ON articles BEGIN SELECT RAISE(ABORT, 'no more'); END",
    )
    refused = reextract("--all", "--apply")
    assert refused.returncode == 6
    assert refused.stderr.count("no more") == 1
    last = max(rows(f"sqlite:///{sample}", "runs"), key=lambda row: int(row["id"]))
    assert (last["exit_code"], last["finish_reason"]) == (6, "storage_failed")


def test_postgresql(call: Call, tmp_path: Path) -> None:
    with scratch("postgresql", f"newscrawl_reextract_{os.getpid()}") as url:
        write(tmp_path / "a.warc", [story(1), story(2, extra="<!-- order: refuse -->")])
        printed = {"NEWSCRAWL_DATABASE_URL": url}
        call("ingest", tmp_path / "a.warc", NEWSCRAWL_EXTRACT=press.FUNCTION, **printed)
        before = contents(url)
        done = call("reextract", "--all", **printed)
        assert "(unknown_layout 1)" in done.stdout
        assert contents(url) == before
        assert call("reextract", "--all", "--apply", **printed).returncode == 0
        assert {row["headline"] for row in rows(url, "articles")} == {"Story 1", "Story 2"}


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "PYTHONPATH": str(PROJECT),
        "NEWSCRAWL_DATABASE_URL": f"sqlite:///{folder}/news.db",
        "SCRAPY_SETTINGS_MODULE": "newscrawl.settings",
    }
    options = ["-s", f"NEWSCRAWL_EXTRACT={press.FUNCTION}", "--workers", "1", "--all", "--apply", *arguments]
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", "reextract", *options],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_stopped_during_the_run_and_run_again(
    call: Call, reextract: Call, file: Path, tmp_path: Path, number: signal.Signals
) -> None:
    write(tmp_path / "a.warc", [story(n, extra="<!-- order: slow -->") for n in range(130)])
    call("ingest", tmp_path / "a.warc")
    url = f"sqlite:///{file}"
    right = contents(url)
    execute(file, "UPDATE articles SET language = 'xx'", "UPDATE captures SET extractor = 'old'")

    def mended() -> int:
        return sum(row["language"] != "xx" for row in rows(url, "articles"))

    running = started(tmp_path)
    deadline = time.monotonic() + 30
    while not mended() and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(number)
    running.communicate(timeout=20)
    assert running.returncode == (8 if number == signal.SIGTERM else -signal.SIGKILL)
    assert 0 < mended() < 130
    assert sum(row["extractor"] != "old" for row in rows(url, "captures")) == mended()
    done = reextract("--apply", "--format", "json")
    printed: Sequence[int] = [json.loads(done.stdout)["counts"]["articles/changed"]]
    assert 0 < printed[0] < 130
    assert contents(url) == right
    assert health(file) == []


def test_the_extractor_version_depends_on_its_files(tmp_path: Path) -> None:
    package = Path(newscrawl.__file__).parent
    copy = shutil.copytree(package, tmp_path / "newscrawl", ignore=shutil.ignore_patterns("__pycache__"))
    ask = [sys.executable, "-c", "from newscrawl.batch.extraction import extractor_version; print(extractor_version())"]

    def version() -> str:
        requested = subprocess.run(ask, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60)
        return requested.stdout.strip()

    assert version() == extractor_version()
    changed = copy / "publishers" / "bloomberg" / "layouts" / "bloomberg_2018.py"
    changed.write_text(f"{changed.read_text()}\n_ANOTHER = 1\n")
    assert version() != extractor_version()
    assert version() == version()
