from datetime import UTC, datetime

import pytest

from newscrawl.article import Page
from newscrawl.extract.markup import Markup
from newscrawl.extract.structured import Structured

ARTICLE = '{"@type": "NewsArticle", "headline": "Rain", "author": {"name": "Jo Doe"}}'


def structured(body: str) -> Structured:
    page = Page(url="https://x.example/a", body=body.encode(), fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
    return Markup(page, 2**20).data


def script(*texts: str) -> Structured:
    blocks = "".join(f'<script type="application/ld+json">{text}</script>' for text in texts)
    return structured(f"<html><head>{blocks}</head><body><p>Rain.</p></body></html>")


@pytest.mark.parametrize(
    "texts",
    [
        [ARTICLE],
        ['{"@type": "Organization", "name": "House"}', ARTICLE],
        [f"[{ARTICLE}]"],
        [f'{{"@graph": [{{"@type": "WebPage"}}, {ARTICLE}]}}'],
        ["{broken", ARTICLE],
        ['{"@type": "NewsArticle", "wordCount": ' + "9" * 5_000 + "}", ARTICLE],
        ["", ARTICLE],
        ["null", "[null, 1]", '{"@graph": null}', ARTICLE],
        [f"<!-- {ARTICLE} -->"],
        [f"//<![CDATA[\n{ARTICLE}\n//]]>"],
        [ARTICLE[:-1] + ",}"],
        [ARTICLE.replace("NewsArticle", "https://schema.org/ReportageNewsArticle")],
        [ARTICLE.replace('"NewsArticle"', '["Thing", "BlogPosting"]')],
        [ARTICLE.replace('"headline"', '"note": "a\nb", "headline"')],
    ],
)
def test_the_article_is_found(texts: list[str]) -> None:
    assert script(*texts).values("headline") == ["Rain"]


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ('{"name": "Jo Doe"}', ["Jo Doe"]),
        ('[{"name": "Jo Doe"}, {"name": "Ann Poe"}]', ["Jo Doe", "Ann Poe"]),
        ('{"name": ["Jo Doe", "Ann Poe"]}', ["Jo Doe", "Ann Poe"]),
        ('"Jo Doe"', ["Jo Doe"]),
        ('["Jo Doe", {"name": "Ann Poe"}]', ["Jo Doe", "Ann Poe"]),
        ("null", []),
        ('{"name": null}', []),
        ('{"name": {"first": "Jo"}}', []),
        ('{"name": "  "}', []),
    ],
)
def test_a_path_goes_through_lists(author: str, names: list[str]) -> None:
    assert script(f'{{"@type": "Article", "author": {author}}}').values("author.name") == names


def test_a_path_that_is_not_there() -> None:
    assert script(ARTICLE).values("publisher.logo.url") == []
    assert script().values("headline") == []
    assert script("[" * 5_000).values("headline") == []


def test_meta_elements_of_all_three_kinds_in_order() -> None:
    meta = structured(
        '<meta name="Author" content="Jo Doe"><meta property="og:title" content=" Rain ">'
        '<meta name="author" content="Ann"><meta itemprop="datePublished" content="2020-01-02">'
        '<meta name="parsely-page" value="x"><meta name="empty" content=""><meta charset="utf-8"><p>Rain.</p>'
    ).meta
    assert meta == {
        "author": ["Jo Doe", "Ann"],
        "og:title": ["Rain"],
        "datepublished": ["2020-01-02"],
        "parsely-page": ["x"],
    }


def test_escaped_control_characters_and_half_surrogate_pairs_are_removed() -> None:
    text = ARTICLE.replace("Rain", r"\u0004Ra\ud83din \ud83d\ude0a")
    assert script(text).values("headline") == ["Rain 😊"]
