"""`scrapy articles`, as a person calls it."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newscrawl.article import Article, Block, CaptureRef, Contact, Image
from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult
from tests.commands.calling import Done, Scrapy

HOST = "https://www.bloomberg.example/news/articles"
HOSTILE = "\x1b[31m=cmd|' /C calc'!A0 \x9b2J\u202etxt [bold]x[/bold] \x07"
ARTICLES = [
    Article(
        url=f"{HOST}/2016-03-01/quiet-harbour",
        publisher="Sample Edition",
        layout="bloomberg_2015",
        headline="Harbour Falls Quiet as the Last of the Winter's Grain Ships Waits for a Tide That Does Not Come",
        dek="No ships came",
        byline=("Ann Bo", "Cy Do"),
        published_at=datetime(2016, 3, 1, 12, 30, tzinfo=UTC),
        published_precision="minute",
        fetched_at=datetime(2016, 3, 2, tzinfo=UTC),
        section="markets",
        tickers=("SEA:US",),
        body=(
            Block(
                kind="paragraph",
                text="The cranes stood still on Tuesday, and the gulls had the quay to themselves. " * 3,
            ),
            Block(kind="subhead", text="Gulls"),
        ),
        images=(Image(caption="A crane", credit="Photographer: Jo Doe"),),
        contacts=(Contact(role="reporter", name="Ann Bo"),),
    ),
    Article(
        url=f"{HOST}/2016-03-05/tariffs",
        publisher="Sample Edition",
        layout="bloomberg_2015",
        headline="Tariffs, Again",
        published_at=datetime(2016, 3, 5, tzinfo=UTC),
        published_precision="day",
        fetched_at=datetime(2016, 3, 6, tzinfo=UTC),
        access="teaser",
        body=(Block(kind="paragraph", text="A tariff is a tax."),),
    ),
    Article(
        url=f"{HOST}/2016-03-09/hostile",
        publisher="Sample Edition",
        layout="bloomberg_2015",
        headline=HOSTILE,
        byline=("=1+1", "-2"),
        published_at=datetime(2016, 3, 9, tzinfo=UTC),
        fetched_at=datetime(2016, 3, 9, tzinfo=UTC),
        body=(Block(kind="paragraph", text=HOSTILE),),
    ),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("archive") / "news.db"
    with open_archive(f"sqlite:///{file}") as store:
        run_id = store.start_run("sample", {})
        results = [PageResult(article.url, "stored", article=article, spider="sample") for article in ARTICLES]
        store.record(results, run_id=run_id)
    return file


Articles = Callable[..., Done]


@pytest.fixture(name="scrapy")
def articles(scrapy: Scrapy) -> Articles:
    """Run `scrapy articles` on a database file."""

    def run(file: Path, *arguments: str, columns: int = 80) -> Done:
        return scrapy("articles", *arguments, columns=columns, NEWSCRAWL_DATABASE_URL=f"sqlite:///{file}")

    return run


def test_the_environment_names_the_database(archive: Path) -> None:
    environment = {**os.environ, "NEWSCRAWL_DATABASE_URL": f"sqlite:///{archive}", "COLUMNS": "80"}
    command = [sys.executable, "-m", "scrapy", "articles", "tarif*"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert (done.returncode, done.stderr, "Tariffs, Again" in done.stdout) == (0, "", True)


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_a_table_fits_the_terminal_the_newest_first(scrapy: Articles, archive: Path, columns: int) -> None:
    done = scrapy(archive, columns=columns)
    assert (done.returncode, done.stderr) == (0, "")
    heading, *rows = done.stdout.splitlines()
    assert heading.split() == ["#", "Published", "(UTC)", "Headline", "By"]
    assert [row.split()[:2] for row in rows] == [["3", "2016-03-09"], ["2", "2016-03-05"], ["1", "2016-03-01"]]
    assert "12:30" in rows[2]
    assert "Harbour Falls" in rows[2]
    assert "(teaser)" in rows[1]
    assert max(map(len, done.stdout.splitlines())) <= columns


def test_terminal_controls_are_removed(scrapy: Articles, archive: Path) -> None:
    for arguments in (
        [],
        ["--show", "3"],
        ["--format", "csv"],
        ["--format", "json"],
        ["--show", "3", "--format", "json"],
    ):
        printed = scrapy(archive, *arguments).stdout
        assert "cmd" in printed
        assert not set(printed) & set("\x1b\x9b\x07\u202e")


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (["cranes"], [1]),
        (["cranes", "stood", '"gulls had"'], [1]),
        (["tarif*"], [2]),
        (["cranes", "AND", "("], [1]),
        (["cranes", "OR", "tax"], [2, 1]),
        (["(cranes OR tax) -teaser NOT ships"], [2]),
        (["NOT", "cranes"], [3, 2]),
        (["headline:harbour"], [1]),
        (["body:harbour"], []),
        (["cranes OR tax", "--sort", "oldest"], [1, 2]),
        (["--sort", "oldest"], [1, 2, 3]),
        (["ticker:sea"], [1]),
        (["--since", "2016-03-05"], [3, 2]),
        (["--until", "2016-03-05"], [2, 1]),
        (["--since", "2016-03-01T12:30:00Z", "--until", "2016-03-02"], [1]),
        (["--author", "ann"], [1]),
        (["--ticker", "sea"], [1]),
        (["--section", "Markets"], [1]),
        (["--limit", "1"], [3]),
    ],
)
def test_words_and_conditions(scrapy: Articles, archive: Path, arguments: list[str], ids: list[int]) -> None:
    done = scrapy(archive, "--format", "json", *arguments)
    assert (done.returncode, [hit["id"] for hit in json.loads(done.stdout)]) == (0, ids)


def test_no_match_is_not_an_error(scrapy: Articles, archive: Path) -> None:
    done = scrapy(archive, "winches")
    assert (done.returncode, done.stdout, done.stderr) == (0, "No article matches.\n", "")


def test_json_has_every_field_of_a_hit(scrapy: Articles, archive: Path) -> None:
    (hit,) = json.loads(scrapy(archive, "cranes", "--format", "json").stdout)
    assert hit.pop("snippet")[:2] == [["The ", False], ["cranes", True]]
    assert hit == {
        "id": 1,
        "published_at": "2016-03-01T12:30:00Z",
        "published_precision": "minute",
        "headline": ARTICLES[0].headline,
        "dek": "No ships came",
        "byline": ["Ann Bo", "Cy Do"],
        "section": "markets",
        "tickers": ["SEA:US"],
        "access": "full",
        "revision": 1,
        "complete": True,
        "url": ARTICLES[0].url,
    }
    assert hit in json.loads(scrapy(archive, "--format", "json").stdout)


def test_csv_cells_are_not_formulas(scrapy: Articles, archive: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(scrapy(archive, "--format", "csv").stdout)))
    assert [row["id"] for row in rows] == ["3", "2", "1"]
    assert rows[2]["byline"] == "Ann Bo; Cy Do"
    assert rows[2]["published_at"] == "2016-03-01T12:30:00Z"
    assert rows[0]["byline"] == "'=1+1; -2"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_snippets_are_printed_on_a_terminal_only(
    scrapy: Articles, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(scrapy(archive, "cranes OR tax").stdout.splitlines()) == 3
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines = scrapy(archive, "cranes OR tax OR cmd").stdout.splitlines()
    assert "\x1b[1mcranes\x1b[0m" in next(line for line in lines if "stood still" in line)
    assert "\x1b[1mtax\x1b[0m" in next(line for line in lines if "A tariff is" in line)
    places = [line for line in lines if line.startswith("    ")]
    hostile = next(line for line in places if "calc" in line)
    assert "[bold]x[/bold]" in hostile
    assert "\x9b" not in hostile
    assert "\x1b[31m" not in hostile
    assert not [line for line in scrapy(archive).stdout.splitlines() if line.startswith("    ")]


def test_pipes_have_all_rows_and_a_terminal_the_first(
    scrapy: Articles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than one piece of the output has."""
    file, number = tmp_path / "many.db", 620
    with open_archive(f"sqlite:///{file}") as store:
        stories = [replace(ARTICLES[0], url=f"{HOST}/2016-03-01/s{at}", headline=f"Story {at}") for at in range(number)]
        results = [PageResult(story.url, "stored", article=story, spider="sample") for story in stories]
        store.record(results, run_id=store.start_run("sample", {}))
    assert len(list(csv.DictReader(scrapy(file, "--format", "csv").stdout.splitlines()))) == number
    assert len(json.loads(scrapy(file, "--format", "json").stdout)) == number
    lines = scrapy(file).stdout.splitlines()
    assert (len(lines), len({line.index("Story") for line in lines[1:]})) == (number + 1, 1)
    limited = {limit: len(json.loads(scrapy(file, "--format", "json", "--limit", limit).stdout)) for limit in "30"}
    assert limited == {"3": 3, "0": number}
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setenv("TERM", "dumb")
    *rows, hint = scrapy(file).stdout.splitlines()
    assert (len(rows), f"The first 20 of {number}; --limit all shows all" in hint) == (21, True)
    assert scrapy(file, "--limit", "all").stdout.count("\n") == number + 1
    assert len(json.loads(scrapy(file, "--format", "json").stdout)) == number


def test_a_limited_list_reports_the_total(scrapy: Articles, archive: Path) -> None:
    last = scrapy(archive, "--limit", "2").stdout.splitlines()[-1]
    assert last == "The first 2 of 3; --limit all shows all, --show 3 the first."
    assert "The first" not in scrapy(archive, "--limit", "3").stdout
    assert "The first 1 of 2;" in scrapy(archive, "cranes OR tax", "--limit", "1").stdout


def test_snippets_in_csv_are_text(scrapy: Articles, archive: Path) -> None:
    (row,) = csv.DictReader(io.StringIO(scrapy(archive, "tax", "--format", "csv").stdout))
    assert row["snippet"] == "A tariff is a tax."
    assert "snippet" not in scrapy(archive, "--format", "csv").stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--count-by", "day"], [["Day", "Articles"], ["2016-03-01", "1"], ["2016-03-05", "1"], ["2016-03-09", "1"]]),
        (["--count-by", "month"], [["Month", "Articles"], ["2016-03", "3"]]),
        (["--count-by", "year", "cranes OR tax"], [["Year", "Articles"], ["2016", "2"]]),
        (["--count-by", "section"], [["Section", "Articles"], ["(no", "section)", "2"], ["markets", "1"]]),
        (["--count-by", "ticker", "--author", "ann"], [["Ticker", "Articles"], ["SEA:US", "1"]]),
        (["--count-by", "ticker", "winches"], [["No", "article", "matches."]]),
    ],
)
def test_counts(scrapy: Articles, archive: Path, arguments: list[str], expected: list[list[str]]) -> None:
    done = scrapy(archive, *arguments)
    assert (done.returncode, [line.split() for line in done.stdout.splitlines()]) == (0, expected)


def test_counts_as_json_and_csv(scrapy: Articles, archive: Path) -> None:
    counted = json.loads(scrapy(archive, "--count-by", "section", "--format", "json").stdout)
    assert counted == [{"section": None, "articles": 2}, {"section": "markets", "articles": 1}]
    rows = scrapy(archive, "--count-by", "author", "--format", "csv", "--limit", "2").stdout.splitlines()
    assert rows == ["author,articles", "'-2,1", "'=1+1,1"]


def test_counts_on_a_terminal_have_bars(scrapy: Articles, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        scrapy(archive, "--count-by", "author", "--limit", "1").stdout.splitlines()[-1].startswith("The first 1 of 4;")
    )
    monkeypatch.setenv("FORCE_COLOR", "1")
    printed = scrapy(archive, "--count-by", "section").stdout
    assert [line.count("█") for line in printed.splitlines()] == [0, 30, 15]


def test_help_explains_the_query_language(scrapy: Articles, archive: Path) -> None:
    told = scrapy(archive, "--help").stdout
    assert "\n  '(oil OR gas) prices'         one of those in brackets, and prices\n" in told
    assert max(len(line) for line in told.splitlines()) <= 80


@pytest.mark.parametrize("requested", ["1", ARTICLES[0].url, f"{ARTICLES[0].url}?srnd=premium"])
def test_show_is_an_article_to_read(scrapy: Articles, archive: Path, requested: str) -> None:
    done = scrapy(archive, "--show", requested, columns=60)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Harbour Falls Quiet")
    assert max(map(len, lines)) <= max(60, len(ARTICLES[0].url) + 20)
    for part in ("No ships came", "By Ann Bo, Cy Do", "1 March 2016, 12:30 UTC", "Gulls", "A crane", ARTICLES[0].url):
        assert part in done.stdout


def test_show_as_json_is_the_article(scrapy: Articles, archive: Path) -> None:
    shown = json.loads(scrapy(archive, "--show", "1", "--format", "json").stdout)
    assert shown == ARTICLES[0].to_json()


@pytest.mark.parametrize("requested", ["99", "https://a.example/none", "0", "999999999999999999", "x"])
def test_show_of_a_missing_article(scrapy: Articles, archive: Path, requested: str) -> None:
    done = scrapy(archive, "--show", requested)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{requested}: there is no such article; `scrapy articles` lists those that are there\n"


def test_no_database(scrapy: Articles, tmp_path: Path) -> None:
    done = scrapy(tmp_path / "none.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "none.db: there is no newscrawl database; `scrapy crawl SPIDER` makes one" in done.stderr
    assert not (tmp_path / "none.db").exists()


def test_an_empty_database(scrapy: Articles, tmp_path: Path) -> None:
    open_archive(f"sqlite:///{tmp_path / 'news.db'}").close()
    done = scrapy(tmp_path / "news.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("the database holds no article yet; `scrapy crawl bloomberg")


def test_a_database_of_another_version(scrapy: Articles, tmp_path: Path) -> None:
    open_archive(f"sqlite:///{tmp_path / 'news.db'}").close()
    connection = sqlite3.connect(tmp_path / "news.db")
    connection.execute("UPDATE newscrawl_version SET version_num = 'x'")
    connection.commit()
    connection.close()
    done = scrapy(tmp_path / "news.db")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "some day"], "argument --since: 'some day': give a year"),
        (["--until", "2013-13"], "argument --until: '2013-13': give a year"),
        (["--limit", "-1"], "argument --limit: '-1': give a whole number, or all"),
        (["--limit", "many"], "argument --limit"),
        (["--format", "xml"], "argument --format"),
        (["--show", "1", "word"], "--show prints one article"),
        (["--show", "1", "--count-by", "day"], "--show prints one article"),
        (["--sort", "best"], "argument --sort"),
        (["--count-by", "layout"], "argument --count-by"),
        (["--count-by", "day", "--sort", "newest"], "--count-by has an order of its own"),
        (["--newest"], "there is no option --newest"),
        (["--tag=x", "cranes"], "there is no option --tag=x"),
        (["--show", "1", "--format", "csv"], "--show prints one article"),
    ],
)
def test_invalid_options_print_the_usage(scrapy: Articles, archive: Path, arguments: list[str], message: str) -> None:
    done = scrapy(archive, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    """A page captured three times: of the last there is no file, the second was no page."""
    file = tmp_path / "news.db"
    article = ARTICLES[0]
    moments = [datetime(2016, 3, day, 5, 30, tzinfo=UTC) for day in (2, 3, 4)]

    def ref(at: int, **told: Any) -> CaptureRef:
        return CaptureRef(url=article.url, captured_at=moments[at], status=200, **told)

    place = {"file": "2016/bloomberg.warc.gz", "length": 900}
    results = [
        PageResult(article.url, "stored", article=article, spider="sample", capture=ref(0, offset=10, **place)),
        PageResult(
            article.url,
            "refused",
            reason="unknown_layout",
            spider="sample",
            source="wayback",
            capture=ref(1, offset=910, kind="revisit", **place),
        ),
        PageResult(article.url, "stored", article=article, spider="sample", capture=ref(2)),
        PageResult(ARTICLES[1].url, "stored", article=ARTICLES[1], spider="sample"),
    ]
    with open_archive(f"sqlite:///{file}") as store:
        run_id = store.start_run("sample", {})
        for each in results:
            store.record([each], run_id=run_id, extractor="0.1.0+0a1b2c3d")
    return file


def test_the_captures_of_an_article(scrapy: Articles, captured: Path) -> None:
    url = ARTICLES[0].url
    done = scrapy(captured, "--show", "1", "--captures")
    assert (done.returncode, done.stderr) == (0, "")
    heading, *rows = done.stdout.splitlines()
    assert heading.split() == ["Captured", "(UTC)", "Source", "Status", "Read", "as", "Kept", "in", "Address"]
    place = "2016/bloomberg.warc.gz"
    assert [row.split() for row in rows] == [
        ["2016-03-02", "05:30:00", "live", "200", "bloomberg_2015", place, "10", url],
        ["2016-03-03", "05:30:00", "wayback", "200", "refused", "(unknown_layout)", place, "910", url],
        ["2016-03-04", "05:30:00", "live", "200", "bloomberg_2015", "-", url],
    ]
    assert scrapy(captured, "--show", url, "--captures").stdout == done.stdout


def test_captures_as_json_and_csv(scrapy: Articles, captured: Path) -> None:
    first, second, third = json.loads(scrapy(captured, "--show", "1", "--captures", "--format", "json").stdout)
    assert (first["captured_at"], first["file"], first["file_offset"], first["file_length"]) == (
        "2016-03-02T05:30:00Z",
        "2016/bloomberg.warc.gz",
        10,
        900,
    )
    assert (second["state"], second["reason"], second["kind"]) == ("refused", "unknown_layout", "revisit")
    assert (third["extractor"], third["file"]) == ("0.1.0+0a1b2c3d", None)
    rows = list(csv.DictReader(io.StringIO(scrapy(captured, "--show", "1", "--captures", "--format", "csv").stdout)))
    assert [row["layout"] for row in rows] == ["bloomberg_2015", "", "bloomberg_2015"]
    assert [row["file_offset"] for row in rows] == ["10", "910", ""]


def test_captures_need_an_article(scrapy: Articles, captured: Path) -> None:
    assert scrapy(captured, "--show", "2", "--captures").stdout == "No capture of it is kept.\n"
    assert json.loads(scrapy(captured, "--show", "2", "--captures", "--format", "json").stdout) == []
    assert scrapy(captured, "--captures").returncode == 2
    assert scrapy(captured, "--show", "99", "--captures").returncode == 1
    assert scrapy(captured, "--show", "1", "--format", "csv").returncode == 2
