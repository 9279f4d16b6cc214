from datetime import UTC, datetime

import pytest

from newscrawl.article import Page
from newscrawl.extract.markup import Markup, select
from newscrawl.extract.selectors import Dom, JsonLd, Meta, MetaDay, PageView, Selector, Title, search, with_class_prefix

PAGE = """<html><head><title>Rain Falls in Peru - The House</title>
<meta name="author" content="Jo Doe, Ann Poe"><meta property="og:title" content="Rain &amp;amp; Wind">
<meta name="pub_date" content="20110920"><meta name="time" content="18:37:20">
<script type="application/ld+json">{"@type": "Article", "headline": "Rain"}</script></head>
<body><h1>House</h1><article><h1 class="x headline__a1b2">Rain <b>falls</b></h1>
<div class="author">Jo Doe<i>bio</i></div>
<section><a href="/quote/TIN:US">Tin</a><a href=" ">no</a></section></article><h1>Other</h1></body></html>"""


@pytest.fixture
def view() -> PageView:
    page = Page(url="https://x.example/news/a", body=PAGE.encode(), fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
    markup = Markup(page, 2**20)
    scope = select(markup.root, "article")[0]
    body = select(scope, "section")
    return PageView(markup=markup, data=markup.data, scope=scope, body=body, body_name="dom section")


@pytest.mark.parametrize(
    ("place", "name", "texts"),
    [
        (Dom("h1"), "dom h1", ["Rain falls"]),
        (Dom("h1", within="page"), "dom h1", ["House", "Rain falls", "Other"]),
        (Dom("h2"), "dom h2", []),
        (Dom("div.author"), "dom div.author", ["Jo Doebio"]),
        (Dom("div.author", own=True), "dom div.author", ["Jo Doe"]),
        (Dom("a", "href", within="body"), "dom a@href", ["/quote/TIN:US"]),
        (Dom("a:not(.x)", "href"), "dom a:not(.x)@href", ["/quote/TIN:US"]),
        (Dom(with_class_prefix("h1", "headline__")), None, ["Rain falls"]),
        (Dom(with_class_prefix("h1", "adline__")), None, []),
        (Meta("Author"), "meta Author", ["Jo Doe, Ann Poe"]),
        (Meta("author", ","), "meta author", ["Jo Doe", "Ann Poe"]),
        (Meta("og:title"), "meta og:title", ["Rain & Wind"]),
        (Meta("none"), "meta none", []),
        (MetaDay("pub_date", "time"), "meta pub_date and time", ["2011-09-20T22:37:20+00:00"]),
        (MetaDay("pub_date", "none"), "meta pub_date and none", []),
        (JsonLd("headline"), "json-ld headline", ["Rain"]),
        (JsonLd("author.name"), "json-ld author.name", []),
        (Title(), "title", ["Rain Falls in Peru"]),
    ],
)
def test_place(view: PageView, place: Selector, name: str | None, texts: list[str]) -> None:
    assert place.read(view) == texts
    assert name is None or place.name == name


def test_a_page_without_a_title(view: PageView) -> None:
    page = Page(url="https://x.example/", body=b"<p>Rain.</p>", fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
    markup = Markup(page, 2**20)
    empty = PageView(markup=markup, data=markup.data, scope=markup.root, body=[], body_name="")
    assert Title().read(empty) == []
    assert empty.absolute(" b?c ") == "https://x.example/b?c"
    assert empty.absolute("//[x") == "//[x"


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("article > h1", 1),
        ("h1", 3),
        ("i, em", 1),
        ("div.none, section", 1),
        ('div[class="author"] i', 1),
        ("h1:not(.none)", 3),
        ("div.none", 0),
        ("", 0),
        ("article:has(div.author)", 1),
    ],
)
def test_search_finds_what_select_does(view: PageView, selector: str, found: int) -> None:
    assert len(search(view.markup, view.markup.root, selector)) == found
