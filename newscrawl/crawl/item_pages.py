"""Items of any spider as pages: what the pipelines take beside the pages of newscrawl's own spiders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from itemadapter import ItemAdapter
from scrapy.http import Response
from scrapy.http.headers import Headers

from newscrawl.article import Article, CaptureRef, Page
from newscrawl.crawl.network.responses import make_page
from newscrawl.errors import NotAnArticleError
from newscrawl.html_checks import is_html
from newscrawl.syntax.encodings import encode_text

ARTICLE_FIELD = "article"
"""A field of this name gets the article; without one, the article takes the place of its item."""


def read_page(item: Any) -> Page | None:
    """Return the page that an item holds: a Page, a response, or any item with `url` and `body`; None for no page.

    `body` is bytes of a page, or text with HTML: other text is that of an article, and other bytes are of a picture or
    the like. Optional fields are `status`, `headers`, `content_type`, `encoding`.
    """
    if isinstance(item, Page):
        return item
    if isinstance(item, Response):
        return make_page(item)
    if isinstance(item, Article) or not ItemAdapter.is_item(item):
        return None
    adapter = ItemAdapter(item)
    url, body = adapter.get("url"), adapter.get("body")
    if not (isinstance(url, str) and url and isinstance(body, bytes | str) and body):
        return None
    encoded, content_type = encode_text(body, _find_content_type(adapter))
    status = adapter.get("status")
    page = Page(
        url=url,
        body=encoded,
        content_type=content_type,
        status=status if isinstance(status, int) else 200,
        fetched_at=datetime.now(UTC),
    )
    return page if _may_be_page(page, is_text=isinstance(body, str)) else None


def page_of_article(article: Article, capture: CaptureRef | None) -> Page:
    """Return the page of an article that a spider extracted itself, without its bytes."""
    fetched = capture.captured_at if capture else article.fetched_at
    return Page(url=article.url, body=b"", fetched_at=fetched, capture=capture)


def takes_article(item: Any) -> bool:
    """Whether an item has a field for its article."""
    is_other = not isinstance(item, Page | Response | Article) and ItemAdapter.is_item(item)
    return is_other and ARTICLE_FIELD in ItemAdapter(item).field_names()


def _find_content_type(adapter: ItemAdapter) -> str | None:
    given, encoding = adapter.get("content_type"), adapter.get("encoding")
    if not isinstance(given, str):
        headers = adapter.get("headers")
        pairs = headers if isinstance(headers, Mapping | list | tuple) else {}
        value = Headers(pairs).get("Content-Type")
        given = value.decode("latin-1") if value else ""
    if isinstance(encoding, str) and "charset=" not in given.lower():
        given = f"{given}; charset={encoding}"
    return given or None


def _may_be_page(page: Page, *, is_text: bool) -> bool:
    try:
        return is_html(page) or not is_text
    except NotAnArticleError:
        return False
