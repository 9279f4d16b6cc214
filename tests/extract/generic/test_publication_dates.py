from datetime import UTC, datetime

import pytest

from tests.cpu_time import at_most
from tests.extract.generic.stated import json_ld, meta, read

DAY = datetime(2024, 3, 12, tzinfo=UTC)


def published(head: str = "", body: str = "", **options: str) -> tuple[datetime, str, str] | None:
    found = read(head, f"<h1>Rain Falls</h1>{body}", **options).published
    return (*found.value, found.source) if found else None


def test_json_ld_comes_first() -> None:
    head = json_ld('{"@type": "NewsArticle", "datePublished": "2024-03-12T10:00:00+01:00"}') + meta(date="2020-01-01")
    assert published(head) == (datetime(2024, 3, 12, 9, tzinfo=UTC), "second", "json-ld datePublished")


@pytest.mark.parametrize("name", ["article:published_time", "DC.date.issued", "parsely-pub-date", "pubdate", "date"])
def test_names_of_meta_elements(name: str) -> None:
    found = published(f'<meta property="{name}" content="2024-03-12T10:00:00Z">')
    assert found is not None
    assert found[0] == datetime(2024, 3, 12, 10, tzinfo=UTC)


def test_the_time_element_of_the_article() -> None:
    body = """<time datetime="2024-03-12T10:00:00Z" class="published">12 March</time>
      <p>Updated <time datetime="2024-03-14T10:00:00Z">14 March</time></p>
      <aside class="related-stories"><time datetime="2024-03-20T10:00:00Z">20 March</time></aside>"""
    assert published("", body) == (datetime(2024, 3, 12, 10, tzinfo=UTC), "second", "dom time")


@pytest.mark.parametrize(
    "path", ["/2024/03/12/rain", "/news/2024-03-12-rain.html", "/a/20240312/rain", "/2024/3/12/rain"]
)
def test_the_day_in_the_address(path: str) -> None:
    assert published(url=f"https://tern.example{path}") == (DAY, "day", "url")


@pytest.mark.parametrize("path", ["/202403/300.html", "/20243/1.html", "/2024031/rain"])
def test_a_month_and_a_number_in_the_address_are_no_day(path: str) -> None:
    assert published(url=f"https://tern.example{path}") is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Stand: 12. März 2024"),
        ("fr", "Publié le 12 mars 2024"),
        ("es", "12 de marzo de 2024"),
        ("ja", "2024年3月12日"),
        ("ru", "12 марта 2024"),
        ("de", "12.03.2024"),
        ("en-us", "03/12/2024"),
        ("en-gb", "12/03/2024"),
        ("fa", "۲۲ اسفند ۱۴۰۲ (۱۴۰۲/۱۲/۲۲)"),
    ],
)
def test_the_printed_date_near_the_headline(language: str, text: str) -> None:
    found = published("", f"<div><p>{text}</p></div>", language=language)
    assert found is not None
    assert found[:2] == (DAY, "day")


def test_a_date_in_the_future_or_of_no_calendar_is_none() -> None:
    assert published(meta(date="2031-01-01")) is None
    assert published(meta(date="2024-13-45")) is None


def test_updates() -> None:
    assert read(meta(article__modified_time="yesterday")).updated is None
    found = read(meta(article__modified_time="2024-03-12")).updated
    assert found is not None
    assert found.value[0] == DAY


def test_a_day_in_the_address_is_older_than_a_move_to_another_system() -> None:
    head = meta(date="2024-03-12T10:00:00Z")
    assert published(head, url="https://tern.example/2017/05/01/rain") == (
        datetime(2017, 5, 1, tzinfo=UTC),
        "day",
        "url",
    )
    assert published(head, url="https://tern.example/2024/03/11/rain") == (
        datetime(2024, 3, 12, 10, tzinfo=UTC),
        "second",
        "meta date",
    )


def test_the_address_in_a_web_archive_is_that_of_the_page() -> None:
    url = "https://archive.example/web/20200101120000/http://tern.example/2024/03/12/rain"
    assert published(url=url) == (DAY, "day", "url")


def test_many_dates_cost_little() -> None:
    metadata = read("", "<h1>Rain</h1>" + "<div>" * 500 + "<p>no 12 or 13</p>" * 20_000)
    with at_most(10):
        assert metadata.published is None
        assert metadata.authors is None
