"""Pages that stand in for an article are not there yet, or any more: they are no pages of another kind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newscrawl.article import Page
from newscrawl.errors import ExtractError, NotAnArticleError, PlaceholderError, UnknownLayoutError
from newscrawl.extract import extract

URL = "https://www.tern.example/news/ferries"
LINKS = "".join(f'<tr><td><a href="/{n}">Ferry {n} sails</a></td></tr>' for n in range(40))
CHROME = f'<nav><a href="/">Home</a> <a href="/ports">Ports</a></nav><table>{LINKS}</table>'
SENTENCES = "".join(
    f"<p>The ferry company Tern Lines said that boat number {n} would leave the harbour an hour later in summer.</p>"
    for n in range(9)
)


def error_of(body: str, head: str = "", kind: str = "text/html") -> ExtractError:
    html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>" if kind == "text/html" else body
    with pytest.raises(ExtractError) as caught:
        extract(Page(url=URL, body=html.encode(), fetched_at=datetime.now(UTC), content_type=kind))
    return caught.value


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (CHROME, "<title>Page not found | Tern Post</title>"),
        (CHROME, "<title>404 – Tern Post</title>"),
        (f"<h1>Oops!</h1>{CHROME}", "<title>Tern Post</title>"),
        (f"<h1>This page doesn’t exist</h1>{CHROME}", ""),
        (f"<h2>Service Unavailable</h2>{CHROME}", ""),
        (f"<h1>Page introuvable</h1>{CHROME}", ""),
        (f"<h1>Página no encontrada</h1>{CHROME}", ""),
        (f"<h1>お探しのページは見つかりません</h1>{CHROME}", ""),
        ("<p>Loading…</p>", "<title>Tern Post</title>"),
        ("<div>We will be right back.</div>", "<title>Tern Post</title>"),
        ("<h1>Ferries</h1><p>More to follow.</p>", '<meta property="og:type" content="article">'),
        (f"{SENTENCES}{CHROME}", "<title>Page Not Found - Tern Post</title>"),
        ("<h1>Coming soon</h1>", '<meta property="og:type" content="website">'),
    ],
)
def test_a_page_that_says_so_is_a_placeholder(body: str, head: str) -> None:
    error = error_of(body, head)
    assert isinstance(error, PlaceholderError)
    assert (error.reason, error.is_temporary, error.state) == ("placeholder", True, "refused")


@pytest.mark.parametrize("body", ["", '<div id="app"></div><script>start()</script>', "<p>Tern</p>"])
def test_a_page_with_hardly_a_word_may_get_some(body: str) -> None:
    error = error_of(body, "<title>Tern Post</title>")
    assert isinstance(error, PlaceholderError)
    assert error.reason == "unknown_layout"


def test_a_few_words_of_plain_text() -> None:
    assert error_of("Service unavailable\n", kind="text/plain").reason == "placeholder"
    assert isinstance(error_of("Tern Post\n", kind="text/plain"), PlaceholderError)


def test_other_pages_without_a_story_are_not_placeholders() -> None:
    assert type(error_of(CHROME, "<title>Ports</title>")) is UnknownLayoutError
    front = error_of(CHROME, '<title>Ports</title><meta property="og:type" content="website">')
    assert (type(front), front.reason) == (NotAnArticleError, "section_front")


def test_an_article_about_a_missing_page_is_an_article() -> None:
    head = """<title>Page Not Found - Tern Post</title><script type="application/ld+json">
    {"@type": "NewsArticle", "headline": "Page Not Found", "datePublished": "2026-03-05T10:00:00Z"}</script>"""
    html = f"<html><head>{head}</head><body><article><h1>Page Not Found</h1>{SENTENCES}</article></body></html>"
    page = Page(url=URL, body=html.encode(), fetched_at=datetime.now(UTC), content_type="text/html")
    assert extract(page).headline == "Page Not Found"
