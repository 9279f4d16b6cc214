"""`scrapy clusters`, as a person calls it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.article import Article, Block
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult
from tests.commands.calling import Done, Scrapy
from tests.commands.test_articles import HOSTILE
from tests.storage.labelled import articles

Clusters = Callable[..., Done]
TOLD = [expected for expected in articles() if expected.story in ("smelter strike", "bridge", "wheat, Monday")]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions of a story (1 to 3 of the file's order), five of another, and one alone."""
    file = tmp_path_factory.mktemp("archive") / "news.db"
    listed = [
        Article(
            url=f"https://www.bloomberg.example/news/articles/{expected.published_at:%Y-%m-%d}/story-{number}",
            publisher="Sample Edition",
            layout="bloomberg_2015",
            headline=f"{HOSTILE} {expected.headline}" if expected.story == "bridge" else expected.headline,
            published_at=expected.published_at,
            fetched_at=datetime(2022, 1, 1, tzinfo=UTC),
            body=tuple(Block(kind="paragraph", text=text) for text in expected.paragraphs),
        )
        for number, expected in enumerate(sorted(TOLD, key=lambda expected: (expected.story, expected.published_at)), 1)
    ]
    with open_archive(f"sqlite:///{file}") as store:
        run_id = store.start_run("sample", {})
        results = [PageResult(article.url, "stored", article=article, spider="sample") for article in listed]
        store.record(results, run_id=run_id)
        assert sum(store.compare()) == 9
    return file


@pytest.fixture(name="clusters")
def called(scrapy: Scrapy) -> Clusters:
    """Run `scrapy clusters` on a database file."""

    def run(file: Path, *arguments: str, columns: int = 80) -> Done:
        return scrapy("clusters", *arguments, columns=columns, NEWSCRAWL_DATABASE_URL=f"sqlite:///{file}")

    return run


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_the_newest_clusters_are_listed(clusters: Clusters, archive: Path, columns: int) -> None:
    done = clusters(archive, columns=columns)
    assert (done.returncode, done.stderr) == (0, "")
    line, heading, newest, other, hint = done.stdout.splitlines()
    assert line == "2 clusters of 8 articles"
    assert heading.split()[:4] == ["#", "Articles", "First", "(UTC)"]
    assert newest.split()[:6] == ["1", "3", "2021-03-10", "05:30", "2021-03-11", "16:00"]
    assert other.split()[:6] == ["4", "5", "2014-05-06", "00:40", "2014-05-06", "18:55"]
    assert hint.startswith("`scrapy clusters 1`")
    assert max(map(len, (heading, newest, other))) <= columns


def test_the_largest_first(clusters: Clusters, archive: Path) -> None:
    expected = json.loads(clusters(archive, "--largest", "--format", "json", "--limit", "1").stdout)
    assert expected == [
        {
            "id": 4,
            "articles": 5,
            "first_published_at": "2014-05-06T00:40:00Z",
            "last_published_at": "2014-05-06T18:55:00Z",
            "headline": "Kaldvik Smelter Workers Walk Out Over Shifts",
            "url": "https://www.bloomberg.example/news/articles/2014-05-06/story-4",
        }
    ]


@pytest.mark.parametrize("requested", ["4", "7", "https://www.bloomberg.example/news/articles/2014-05-06/story-6"])
@pytest.mark.parametrize("columns", [60, 120])
def test_the_articles_of_a_story(clusters: Clusters, archive: Path, requested: str, columns: int) -> None:
    done = clusters(archive, requested, columns=columns)
    assert (done.returncode, done.stderr) == (0, "")
    heading, *rows = done.stdout.splitlines()
    assert heading.split()[:5] == ["#", "Published", "(UTC)", "Relation", "Headline"]
    assert ("Address" in heading) == (columns == 120)
    assert [row.split()[0] for row in rows] == ["4", "5", "6", "7", "8"]
    assert "Kaldvik" in rows[0]
    assert [row.split()[3] for row in rows[1:]] == ["update"] * 4
    assert max(map(len, rows)) <= columns


def test_a_date_without_a_time_has_no_hour(clusters: Clusters, tmp_path: Path) -> None:
    expected = Article(
        url="https://www.bloomberg.example/news/articles/2014-05-06/story",
        publisher="Sample Edition",
        layout="bloomberg_2015",
        headline="Harbour Falls Quiet",
        published_at=datetime(2014, 5, 6, tzinfo=UTC),
        published_precision="day",
        fetched_at=datetime(2022, 1, 1, tzinfo=UTC),
    )
    with open_archive(f"sqlite:///{tmp_path}/news.db") as store:
        store.record(
            [PageResult(expected.url, "stored", article=expected, spider="sample")], run_id=store.start_run("x", {})
        )
    assert clusters(tmp_path / "news.db", "1").stdout.splitlines()[1].split()[:3] == ["1", "2014-05-06", "Harbour"]


def test_an_article_without_a_cluster(clusters: Clusters, archive: Path) -> None:
    done = clusters(archive, "9")
    assert done.stdout.splitlines()[-1] == "No other article is a copy of it."


def test_terminal_controls_and_formulas_are_removed(clusters: Clusters, archive: Path) -> None:
    for arguments in ([], ["1"], ["--format", "csv"], ["1", "--format", "csv"], ["1", "--format", "json"]):
        printed = clusters(archive, *arguments, columns=140).stdout
        assert "cmd" in printed
        assert not set(printed) & set("\x1b\x9b\x07\u202e")
    rows = list(csv.DictReader(io.StringIO(clusters(archive, "--format", "csv").stdout)))
    assert [row["id"] for row in rows] == ["1", "4"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["99"], 1, "99: there is no such article; `scrapy articles` lists those that are there\n"),
        (["1", "2"], 2, "one article at most"),
        (["1", "--largest"], 2, "--largest and --publisher go without"),
        (["--dry-run"], 2, "--dry-run goes with --update"),
        (["1", "--update"], 2, "--update lists nothing"),
    ],
)
def test_errors(clusters: Clusters, archive: Path, arguments: list[str], code: int, says: str) -> None:
    done = clusters(archive, *arguments)
    assert (done.returncode, says in done.stderr + done.stdout) == (code, True)


def test_an_update_compares_what_is_not_compared_yet(clusters: Clusters, archive: Path, tmp_path: Path) -> None:
    file = tmp_path / "news.db"
    with closing(sqlite3.connect(archive)) as there, closing(sqlite3.connect(file)) as copy:
        there.backup(copy)
        copy.execute("DELETE FROM article_clusters")
        copy.execute("DELETE FROM cluster_marks")
        copy.commit()
    hint = "9 articles are not compared yet: `scrapy clusters --update`"
    assert clusters(file).stdout == f"0 clusters of 0 articles; {hint}\n"
    assert clusters(file, "1", columns=100).stdout.splitlines()[-1] == f"No copy of it is known; {hint}"
    dry = clusters(file, "--update", "--dry-run")
    assert dry.stdout == "9 articles are not compared yet; nothing is compared.\n"
    some = clusters(file, "--update", "--limit", "8")
    assert some.stdout.startswith("8 articles compared; 1 article is not compared yet; ")
    assert clusters(file, "--update").stdout == "1 article compared; 2 clusters of 8 articles\n"
    assert clusters(file, "--update").stdout == "0 articles compared; 2 clusters of 8 articles\n"
    assert clusters(file, "--format", "json").stdout == clusters(archive, "--format", "json").stdout


def test_without_a_database_or_an_article(clusters: Clusters, tmp_path: Path) -> None:
    done = clusters(tmp_path / "none.db")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    open_archive(f"sqlite:///{tmp_path / 'empty.db'}").close()
    done = clusters(tmp_path / "empty.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert "scrapy crawl bloomberg" in done.stderr
    done = clusters(tmp_path / "empty.db", "--update")
    assert (done.returncode, done.stdout) == (0, "0 articles compared; 0 clusters of 0 articles\n")
