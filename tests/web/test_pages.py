"""The pages, over the sample edition."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.web.conftest import EXTRA

pytest.importorskip("datasette", reason=EXTRA)

from newscrawl.operations.archive import open_archive
from newscrawl.web.app import open_app
from newscrawl.web.pages import front
from tests.storage.captures import at, body, capture, result
from tests.web.reader import Reader

Numbers = dict[str, int]


def test_the_front_page_has_the_newest_articles_by_day_and_a_summary(reader: Reader) -> None:
    page = reader.page("/")
    assert page.xpath("//article[@class='lead']//h2")[0].text_content().startswith("The Drawer Full of Old Cables")
    assert page.xpath("//h2[@class='day-name']")[1].text_content() == "Tuesday, 5 May 2026"
    assert page.xpath("//h2[.='Tuesday, 5 May 2026']/..//time/text()") == ["23:30", "09:00", "06:45"]
    glance = {dt.text_content(): dt.getnext().text_content() for dt in page.xpath("//dl[@class='figures']//dt")}
    assert glance == {"Articles": "49", "From": "14 March 2007", "To": "6 May 2026"}
    assert " ".join(page.xpath("//ul[@class='tally']/li")[0].text_content().split()) == "business 8"


def test_older_pages_skip_nothing(reader: Reader) -> None:
    path, seen = "/", list[str]()
    while path:
        page = reader.page(path)
        seen += [link for link in page.xpath("//*[contains(@class, 'headline')]/a/@href") if link not in seen]
        path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert len(seen) == 49


def test_a_day_longer_than_a_page_links_to_its_own_page(tmp_path: Path) -> None:
    begin = datetime(2024, 3, 5, tzinfo=UTC)
    articles = [
        capture(f"story-{at}", headline=f"Story {at}", published_at=begin + timedelta(minutes=at)) for at in range(60)
    ]
    with open_archive(f"sqlite:///{quote(str(tmp_path / 'a?b#c%20.db'))}") as store:
        store.record([result(article) for article in articles], run_id=store.start_run("sample", {}))
    with open_app(tmp_path / "a?b#c%20.db") as app:
        reader = Reader(app)
        page = reader.page("/")
        assert len(page.xpath("//*[@data-item]")) == front.MAX_ARTICLES
        assert page.xpath("//p[@class='more']/a/@href") == ["/day/2024-03-05"]
        assert page.xpath("//a[@rel='next']/@href") == ["/?before=2024-03-05"]
        assert len(reader.page("/day/2024-03-05").xpath("//*[@data-item]")) == 60
        assert "There are no articles before 5 March 2024." in reader.text("/?before=2024-03-05")
        assert "60 rows" in reader.text("/news/articles")


def test_an_empty_archive_says_how_to_fill_it(tmp_path: Path) -> None:
    open_archive(f"sqlite:///{tmp_path / 'news.db'}").close()
    with open_app(tmp_path / "news.db") as app:
        reader = Reader(app)
        assert "scrapy crawl bloomberg -a source=sample" in reader.text("/")
        assert [reader.get(path).status_code for path in ("/search", "/coverage", "/day", "/news")] == [
            200,
            200,
            302,
            200,
        ]


def test_a_search_marks_the_words(reader: Reader) -> None:
    page = reader.page("/search?q=harbor")
    assert (
        page.xpath("//h2[@class='headline']")[0].text_content()
        == "Harbor Towns Ask for a Say in the Night Train Timetable"
    )
    assert page.xpath("//mark/text()")[0] == "harbor"
    assert page.xpath("//input[@id='search']/@value") == ["harbor"]
    assert page.xpath("//section[h2='Years']//a/@href")[0] == "/search?q=harbor&since=2026&until=2026"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=harbor&section=opinion", "1 article."),
        ("q=harbor+-glacier&since=2016-01-01&until=2016-12-31", "1 article."),
        ("q=harbor+-glacier&since=2016&until=2016", "1 article."),
        ("since=1d", "No article matches."),
        ("author=Sadykova&sort=oldest", "articles"),
        ("ticker=NTLN", "articles"),
        ("q=nothinglikeit", "No article matches."),
        ("q=%22%22((&page=99999999999&since=some+day&sort=up", "No article matches."),
    ],
)
def test_a_search_has_the_conditions_of_the_command(reader: Reader, query: str, expected: str) -> None:
    assert expected in reader.text(f"/search?{query}")


def test_result_pages_skip_and_repeat_nothing(reader: Reader) -> None:
    path, seen = "/search?sort=oldest", list[str]()
    while path:
        page = reader.page(path)
        seen += page.xpath("//h2[@class='headline']/a/@href")
        path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert (len(seen), len(set(seen))) == (49, 49)


def test_a_search_can_be_downloaded(reader: Reader) -> None:
    lines = reader.get("/search.jsonl?q=harbor").text.splitlines()
    table = list(csv.DictReader(io.StringIO(reader.get("/search.csv?q=harbor").text)))
    assert [json.loads(line)["headline"] for line in lines] == [row["headline"] for row in table]
    assert len(lines) == 5


def test_an_article_page_has_all_parts(reader: Reader, number_of: Numbers) -> None:
    page = reader.page(f"/article/{number_of['Halvard']}")
    (story,) = page.xpath("//article[@class='story']")
    assert (
        story.xpath(".//h1")[0].text_content() == "Halvard to Buy Azul Travessias for 1.7 Billion Euros in Ferry Deal"
    )
    assert story.xpath(".//div[@class='text']/h2/text()") == ["One Breakfast", "Regulators"]
    assert story.xpath(".//p[@class='byline']/a/@href") == [
        "/author/Ingrid%20Solheim-Aas",
        "/author/Ana%20Lu%C3%ADsa%20Figueiredo",
    ]
    assert story.xpath(".//a[@class='tag']/text()") == ["HALV:SX", "AZTR:SX"]
    (away,) = story.xpath(".//a[.='Read at the source']")
    assert (away.get("rel"), away.get("href", "")[:34]) == ("noreferrer noopener", "https://www.bloomberg.example/news")
    assert not page.xpath("//img")
    assert "The Azul ferry Saudade off Cascais" in story.xpath(".//section[@class='pictures']")[0].text_content()
    record = page.xpath("//section[@class='record']")[0].text_content()
    assert "Captures 2" in " ".join(record.split())


def test_changes_are_marked_word_by_word(reader: Reader, number_of: Numbers) -> None:
    path = f"/article/{number_of['Halvard']}/changes"
    page = reader.page(path)
    assert page.xpath("//h1/del/text() | //h1/ins/text()") == ["1.9", "1.7"]
    assert "(Corrects value of the deal" in page.xpath("//aside/p/ins")[0].text
    backwards = reader.page(f"{path}?from=2&to=1")
    assert backwards.xpath("//h1/del/text() | //h1/ins/text()") == ["1.7", "1.9"]
    assert reader.page(f"{path}?from=99&to=-5").xpath("//select[@id='to']/option[@selected]/@value") == ["2"]


def test_an_article_with_one_revision_has_no_changes(reader: Reader, number_of: Numbers) -> None:
    assert "This article has one revision." in reader.text(f"/article/{number_of['Choir']}/changes")


@pytest.mark.parametrize(
    ("path", "heading", "count"),
    [
        ("/author/Chiara%20D%27Avanzo", "Chiara D'Avanzo", "articles"),
        ("/ticker/NTLN%3ASX", "NTLN:SX", "articles"),
        ("/section/business", "business", "8 articles"),
        ("/section/BUSINESS", "business", "8 articles"),
    ],
)
def test_facet_pages_have_all_articles_of_a_name(reader: Reader, path: str, heading: str, count: str) -> None:
    page = reader.page(path)
    assert (page.xpath("//h1")[0].text_content(), count in page.xpath("//p[@class='edition']")[0].text_content()) == (
        heading,
        True,
    )
    assert [bool(page.xpath(each)) for each in ("//svg", "//li[@data-item]")] == [True, True]


def test_days_link_to_the_days_around_them(reader: Reader) -> None:
    page = reader.page("/day/2026-05-05")
    assert page.xpath("//nav[@aria-label='Days']/a/@href") == ["/day/2026-05-04", "/day/2026-05-06"]
    assert reader.page("/day/2019-01-01").xpath("//a[@rel='prev']/@href")[0] < "/day/2019-01-01"
    assert reader.get("/day?day=2016-05-24").headers["location"] == "/day/2016-05-24"
    assert reader.get("/day").headers["location"] == "/day/2026-05-06"


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/article/987654321",
        "/article/0",
        "/article/999999999999999999",
        "/author/Nobody",
        "/ticker/%00",
        "/section/%FF",
        "/day/2016-02-30",
        "/-/versions",
        "/-/settings.json",
        "/-/plugins",
        "/-/static/app.css",
        "/-/actor.json",
        "/_internal",
        "/_memory",
        "/.json",
        "/favicon.ico",
        "/news/nothing",
        "/assets/..%2fapp.py",
    ],
)
def test_missing_pages_have_our_own_error_page(reader: Reader, path: str) -> None:
    answer = reader.get(path)
    if answer.status_code == 302:
        answer = reader.get(answer.headers["location"])
    assert answer.status_code == 404
    assert "datasette" not in answer.text.lower()


def test_ids_of_merged_articles_redirect(tmp_path: Path) -> None:
    file = tmp_path / "news.db"
    one = capture("a", post_id="P1")
    two = capture("b", post_id="P2")
    both = capture("b", hours=1, post_id="P1", canonical_url=two.url)
    with open_archive(f"sqlite:///{file}") as store:
        run_id = store.start_run("sample", {})
        for article in (one, two, both):
            store.record([result(article)], run_id=run_id)
    with open_app(file) as app:
        answers = {number: Reader(app).get(f"/article/{number}") for number in (1, 2)}
    assert sorted(answer.status_code for answer in answers.values()) == [200, 302]
    assert next(answer.headers["location"] for answer in answers.values() if answer.status_code == 302) in (
        "/article/1",
        "/article/2",
    )


def test_articles_of_a_cluster_link_to_each_other(tmp_path: Path) -> None:
    text = " ".join(f"The board heard boatman {at} on what he pays for each of his {at + 2} boats." for at in range(30))
    with open_archive(f"sqlite:///{tmp_path / 'news.db'}") as store:
        one = capture("one", headline="Board Hears Boatmen", published_at=at(0), body=body(text))
        two = capture(
            "two", headline="Board Hears Boatmen (Update 1)", published_at=at(1), body=body(text, "It ended.")
        )
        store.record([result(one), result(two)], run_id=store.start_run("sample", {}))
        assert sum(store.compare()) == 2
    with open_app(tmp_path / "news.db") as app:
        page = Reader(app).page("/article/2")
    assert page.xpath("//ol[@class='same-story']//a/@href") == ["/article/1"]
    assert page.xpath("//ol[@class='same-story']//b/text()") == ["Board Hears Boatmen (Update 1)"]
    assert page.xpath("//ol[@class='same-story']//i/text()") == ["update"]


def test_leading_zeros_redirect(reader: Reader) -> None:
    assert reader.get("/article/007").headers["location"] == "/article/7"


def test_tables_and_sql_are_served_by_datasette(reader: Reader, number_of: Numbers) -> None:
    assert "One row per article" in reader.text("/news/articles")
    assert reader.get("/news/articles.json?_shape=array&headline__startswith=Halvard&_col=id").json() == [
        {"id": number_of["Halvard"]}
    ]
    assert "5 rows" in reader.text("/news/articles?_search=harbor")
    assert reader.page("/news/latest").xpath(f"//td/a[@href='/article/{number_of['Halvard']}']")
    assert reader.page(f"/news/articles/{number_of['Halvard']}").xpath("//a[.='Read the article']")
    answer = reader.page("/news?sql=select+headline+from+articles+where+id=:id&id=" + str(number_of["Halvard"]))
    assert answer.xpath("//tbody//td")[0].text_content().startswith("Halvard to Buy")


def test_every_sample_query_runs(reader: Reader) -> None:
    queries = reader.page("/news").xpath("//ol[@class='queries']//a/@href")
    assert len(queries) >= 20
    assert all(reader.page(path).xpath("//table | //p[.='No rows.']") for path in queries)


@pytest.mark.parametrize(
    "sql",
    [
        "delete from articles",
        "pragma query_only = off",
        "attach database 'x.db' as x",
        "insert into runs select 1",
        "select",
    ],
)
def test_nothing_is_written(reader: Reader, archive: Path, sql: str) -> None:
    before = archive.read_bytes()
    assert reader.get(f"/news?sql={sql.replace(' ', '+')}").status_code == 400
    assert archive.read_bytes() == before


def test_a_query_that_takes_too_long_is_stopped(reader: Reader) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    answer = reader.get(f"/news?sql={quote(endless)}&_timelimit=20")
    assert (answer.status_code, "was stopped" in answer.text) == (400, True)


def test_huge_values_are_rejected(reader: Reader) -> None:
    answer = reader.get("/news.json?sql=select+length(hex(zeroblob(100000000)))")
    assert (answer.status_code, answer.json()["error"]) == (400, "string or blob too big")


@pytest.mark.parametrize(
    "path",
    [
        "/news/articles?_sort=%1B%5B31m",
        "/news?sql=select+%5B%1B%5B31m%5D",
        "/news/articles?_where=%1B",
        "/news/articles?a%00=1",
    ],
)
def test_invalid_requests_print_nothing_in_the_terminal(
    reader: Reader, path: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    answer = reader.get(path)
    assert (answer.status_code, "\x1b" in answer.text) == (400, False)
    assert (*capsys.readouterr(), caplog.text) == ("", "", "")


def test_a_table_without_a_description_is_shown(reader: Reader) -> None:
    assert "1 row" in reader.text("/news/newscrawl_version")


def test_a_part_of_an_article_is_marked(tmp_path: Path) -> None:
    with open_archive(f"sqlite:///{tmp_path}/news.db") as store:
        run_id = store.start_run("sample", {})
        for slug, complete in (("cut", False), ("whole", True)):
            article = capture(slug, headline=f"Harbour {slug}", complete=complete, published_at=at(0))
            store.record([result(article)], run_id=run_id)
    with open_app(tmp_path / "news.db") as app:
        reader = Reader(app)
        assert reader.page("/article/1").xpath("//p[@class='notice']/text()") == [
            "Only a part of the page was captured; the rest is missing."
        ]
        assert reader.page("/article/2").xpath("//p[@class='notice']") == []
        marks = reader.page("/search?q=cranes").xpath("//span[@class='mark']/text()")
        assert marks == ["part"]


def test_the_title_heads_every_page(archive: Path) -> None:
    with open_app(archive, title="Quay Papers", name="A copy of quay.db") as app:
        page = Reader(app).get("/search?q=harbor").text
    assert '<a class="masthead-name" href="/">Quay Papers</a>' in page
    assert "<title>harbor – Quay Papers</title>" in page
    assert "A copy of quay.db" in page


def test_publishers_are_a_facet_where_there_are_several(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'news.db'}"
    with open_archive(url) as store:
        run_id = store.start_run("sample", {})
        store.record([result(capture(name, 1, publisher=f"{name} Post")) for name in "ab"], run_id=run_id)
    with open_app(tmp_path / "news.db") as app:
        reader = Reader(app)
        front_page, found = reader.get("/").text, reader.get("/search").text
        one = reader.get("/search?publisher=a+post").text
    assert 'href="/publisher/b%20Post">b Post</a> <span>1</span>' in front_page
    assert '<a href="/search?publisher=b+Post">b Post</a>' in found
    assert "1 article" in one
    assert 'name="publisher" list="publishers" value="a post"' in one
    assert "<h2>Publishers</h2>" not in one


def test_one_publisher_is_no_facet(reader: Reader) -> None:
    assert "<h2>Publishers</h2>" not in reader.get("/").text + reader.get("/search?q=harbor").text


def test_a_date_that_cannot_be_read_is_reported(reader: Reader) -> None:
    page = reader.get("/search?since=soon&until=2026").text
    assert "From: soon is no date" in page
    assert "To:" not in page


def test_such_a_date_is_no_active_filter(reader: Reader) -> None:
    page = reader.get("/search?since=soon&until=2026").text
    assert "Remove until 2026" in page
    assert "Remove since" not in page


def test_a_section_is_spelled_as_most_of_its_articles_spell_it(tmp_path: Path) -> None:
    sections = {"tin": "Metals", "zinc": "Metals", "lead": "METALS", "rye": "Grain"}
    with open_archive(f"sqlite:///{tmp_path / 'news.db'}") as store:
        stories = [result(capture(name, 1, headline=f"{name} falls", section=each)) for name, each in sections.items()]
        store.record(stories, run_id=store.start_run("sample", {}))
    with open_app(tmp_path / "news.db") as app:
        reader = Reader(app)
        found, front, section = (reader.get(path).text for path in ("/search?q=lead", "/", "/section/metals"))
    assert '<a href="/search?q=lead&amp;section=Metals">Metals</a>' in found
    assert "/section/Metals" in front
    assert "<h1>Metals</h1>" in section
