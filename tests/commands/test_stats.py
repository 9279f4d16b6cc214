"""`scrapy stats`, as a person calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.storage import PageResult
from tests.commands.calling import Done, Scrapy
from tests.storage.captures import HOST, capture, result

HOSTILE = "\x1b[31m[bold]x[/bold]\u202e\nnext"


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Weekdays of the first half of 2016 but for some weeks of March, and one article of 1970."""
    url = f"sqlite:///{tmp_path_factory.mktemp('archive') / 'news.db'}"
    days = [day("2016-01-04") + timedelta(days=number) for number in range(175)]
    worked = [each for each in days if each.weekday() < 5 and not day("2016-03-07") <= each < day("2016-03-28")]
    values: dict[str, Any] = {"section": "Markets", "tickers": ("SEA:US",), "byline": ("Ann Bo",)}
    stories = [capture(f"s-{at}", published_at=each, **values) for at, each in enumerate(worked)]
    stories += [capture("old", published_at=day("1970-01-01"), section=HOSTILE), capture("undated", access="teaser")]
    pages = [result(story) for story in stories]
    pages.append(PageResult(f"{HOST}/a", "refused", reason="section_front", spider="sample"))
    with open_archive(url) as store:
        store.record(pages, run_id=store.start_run("sample", {}))
    return url


@pytest.fixture
def stats(scrapy: Scrapy, archive: str) -> Callable[..., Done]:
    return lambda *arguments, **more: scrapy("stats", *arguments, NEWSCRAWL_DATABASE_URL=archive, **more)


def test_the_archive_at_a_glance(stats: Callable[..., Done]) -> None:
    done = stats()
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[:2] == [
        "112 articles, 1 January 1970 to 24 June 2016 (1 without a date)",
        "In the database: 112 revisions, 1 author, 113 pages, 1 run",
    ]
    assert lines[3:7] == [
        "Year J   F   M   A    M   J   J    A   S    O   N   D      Articles",
        "1970 ▄····················································        1 ▏",
        "…    45 years without an article",
        "2016 ▇████████▄··▇████████████▄                                 110 ██████████",
    ]
    assert "7 March 2016 to 27 March 2016" not in done.stdout
    assert "5 March 2016 to 27 March 2016" in done.stdout
    for values in ("Markets  ", "SEA:US", "Ann Bo", "section front  ", "teaser", "[31m[bold]x[/bold]"):
        assert values in done.stdout
    assert "\x1b" not in done.stdout
    assert "Lag" not in done.stdout


def test_months_take_the_place_of_weeks_where_it_is_narrow(stats: Callable[..., Done]) -> None:
    lines = stats(columns=50).stdout.splitlines()
    assert max(map(len, lines)) <= 50
    assert "Year JFMAMJJASOND               Articles" in lines


def test_as_json(stats: Callable[..., Done]) -> None:
    values = json.loads(stats("--format", "json").stdout)
    assert (values["articles"], values["undated"], values["years"]) == (112, 1, {"1970": 1, "2016": 110})
    assert values["months"][1] == {
        "month": "2016-01",
        "articles": 20,
        "sections": {"Markets": 20, HOSTILE.replace("\n", " "): 0},
        "other": 0,
    }
    assert values["days"]["2016-01-04"] == 1
    assert values["gaps"][1] == {"first": "2016-03-05", "last": "2016-03-27", "days": 23, "expected": 12.7}
    assert values["tickers"] == [{"name": "SEA:US", "articles": 110}]
    assert values["reasons"] == [{"state": "refused", "reason": "section_front", "pages": 1}]
    assert values["lag"]["median_seconds"] is None


def test_only_some_dates(stats: Callable[..., Done]) -> None:
    values = json.loads(stats("--since", "2016-02-01", "--until", "2016-02-29", "--format", "json").stdout)
    assert (values["articles"], values["undated"], values["years"]) == (21, 0, {"2016": 21})


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("--since", "2030-01-01"), 1, "no article was published on these dates"),
        (("harbour",), 2, "it takes no words"),
        (("--since", "some day"), 2, "--since"),
        (("--publisher", "nobody"), 1, "no article of this publisher"),
    ],
)
def test_errors_are_reported(stats: Callable[..., Done], arguments: tuple[str, ...], code: int, line: str) -> None:
    done = stats(*arguments)
    assert done.returncode == code
    assert line in done.stdout + done.stderr


def test_an_empty_archive_says_how_to_fill_it(scrapy: Scrapy, tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('empty') / 'news.db'}"
    open_archive(url).close()
    done = scrapy("stats", NEWSCRAWL_DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "scrapy crawl bloomberg -a source=sample" in done.stderr
