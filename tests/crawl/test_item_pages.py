"""Items of any kind as pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
import scrapy
from scrapy import Request
from scrapy.http import HtmlResponse

from newscrawl.article import Article, Page
from newscrawl.crawl.item_pages import read_page, takes_article

URL = "https://www.tern.example/2026/05/06/later-boats"
HTML = "<html><body><p>Später fahren die Boote.</p></body></html>"


@dataclass
class DataItem:
    """A dataclass."""

    url: str
    body: Any


@attrs.define
class AttrsItem:
    """A class of attrs."""

    url: str
    body: Any


class ScrapyItem(scrapy.Item):
    """An item of Scrapy."""

    url = scrapy.Field()
    body = scrapy.Field()
    article = scrapy.Field()


def make_model(**values: Any) -> Any:
    pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed: pip install pydantic")
    fields = dict.fromkeys(values, (Any, None))
    return pydantic.create_model("Model", **fields)(**values)


@pytest.mark.parametrize("kind", [dict, DataItem, AttrsItem, ScrapyItem, make_model])
@pytest.mark.parametrize("body", [HTML, HTML.encode()])
def test_every_kind_of_item_with_url_and_body_is_a_page(kind: Any, body: str | bytes) -> None:
    page = read_page(kind(url=URL, body=body))
    assert page is not None
    assert (page.url, page.body, page.status) == (URL, HTML.encode(), 200)
    assert page.fetched_at.tzinfo is UTC


def test_a_response_is_a_page_with_or_without_its_request() -> None:
    response = HtmlResponse(URL, status=404, headers={"Content-Type": "text/html", "ETag": '"a"'}, body=HTML.encode())
    redirected = response.replace(request=Request(URL, meta={"redirect_urls": ["https://t.example/"]}))
    for given, requested in ((response, None), (redirected, "https://t.example/")):
        page = read_page(given)
        assert page is not None
        assert (page.status, page.etag, page.content_type) == (404, '"a"', "text/html")
        assert page.requested_url == requested


@pytest.mark.parametrize(
    ("fields", "content_type"),
    [
        ({"headers": {"Content-Type": "text/html; charset=latin-1"}}, "text/html; charset=latin-1"),
        ({"headers": {b"content-type": [b"text/html"]}, "encoding": "cp1252"}, "text/html; charset=cp1252"),
        ({"content_type": "text/html", "headers": {"Content-Type": "text/plain"}}, "text/html"),
        ({"encoding": "utf-16", "status": 203}, "; charset=utf-16"),
        ({"headers": None, "status": "200 OK"}, None),
        ({"headers": "Content-Type: text/html"}, None),
    ],
)
def test_what_else_an_item_says_of_the_response_is_used(fields: dict[str, Any], content_type: str | None) -> None:
    page = read_page({"url": URL, "body": HTML.encode(), **fields})
    assert page is not None
    assert page.content_type == content_type
    assert page.status == (203 if fields.get("status") == 203 else 200)


@pytest.mark.parametrize(
    "item",
    [
        {"url": URL},
        {"url": URL, "body": None},
        {"url": URL, "body": ""},
        {"url": "", "body": HTML},
        {"url": None, "body": HTML},
        {"body": HTML},
        {"url": URL, "body": "The text of an article, 3 < 4, which is no page."},
        {"url": URL, "body": '{"headline": "Later boats"}'},
        {"url": URL, "body": b'{"headline": "Later boats"}'},
        {"url": URL, "body": b"%PDF-1.7", "berth": 7},
        {"url": URL, "body": b"RIFF", "headers": {"Content-Type": "image/webp"}},
        {"url": URL, "body": [HTML]},
        ScrapyItem(url=URL),
        ScrapyItem(),
        "text",
        None,
        7,
    ],
)
def test_what_is_no_page_is_left_alone(item: Any) -> None:
    assert read_page(item) is None


def test_bytes_of_plain_text_are_a_page() -> None:
    assert read_page({"url": URL, "body": b"LONDON, May 6 - Boats sail later.", "content_type": "text/plain"})


def test_an_article_is_no_page_and_a_page_is_itself() -> None:
    now = datetime(2026, 5, 6, tzinfo=UTC)
    page = Page(url=URL, body=b"", fetched_at=now)
    article = Article(url=URL, publisher="Tern Post", layout="tern", headline="Later boats", fetched_at=now)
    assert read_page(page) is page
    assert read_page(article) is None
    assert not takes_article(article)


def test_an_item_takes_the_article_if_it_has_a_field_for_it() -> None:
    assert takes_article(ScrapyItem(url=URL))
    assert takes_article({"url": URL, "article": None})
    assert not takes_article({"url": URL})
    assert not takes_article(DataItem(URL, HTML))
