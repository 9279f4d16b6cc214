"""Extraction of pages of any publisher."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newscrawl.article import Page
from newscrawl.batch.extraction import explain_page

TEXT = "".join(
    f"<p>The ferry to the {island} islands leaves at noon on weekdays, the harbour office said on {day}.</p>"
    for island in ("outer", "inner", "northern", "southern")
    for day in ("Monday", "Tuesday", "Friday")
)
STORY = "https://www.tern.example/2026/ferry-leaves-at-noon"


def explain(url: str, canonical: str) -> tuple[str | None, bool]:
    """The canonical URL of an article, and whether one was left out."""
    body = f"""<html lang="en"><head><link rel="canonical" href="{canonical}">
    <meta property="og:type" content="article"></head>
    <body><article><h1>Ferry Leaves at Noon</h1>{TEXT}</article></body></html>"""
    page = Page(url=url, body=body.encode(), fetched_at=datetime(2026, 11, 30, tzinfo=UTC), content_type="text/html")
    extraction = explain_page(page)
    return extraction.article.canonical_url, "canonical_url" in extraction.notes.missed


@pytest.mark.parametrize(
    "url",
    [STORY, "http://tern.example/a", "https://amp.tern.example/a", "https://news.tern.example/a", "file:///tmp/a.html"],
)
def test_the_canonical_url_of_an_article_is_of_its_own_site(url: str) -> None:
    assert explain(url, STORY) == (STORY, False)


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://gull.example/a", STORY),
        ("https://tern.example.org/a", STORY),
        ("https://petern.example/a", STORY),
        ("http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a"),
        ("https://gull.example/a", "https://www.bloomberg.com/news/articles/2015-11-13/ferry"),
        ("https://www.bloomberg.com/news/articles/2015-11-13/ferry", STORY),
    ],
)
def test_a_canonical_url_on_another_site_is_left_out(url: str, canonical: str) -> None:
    assert explain(url, canonical) == (None, True)


def test_hosts_of_one_publisher_are_one_site() -> None:
    canonical = "https://www.bloomberg.com/news/articles/2012-11-13/ferry"
    assert explain("http://www.businessweek.com/articles/2012-11-13/ferry", canonical) == (canonical, False)
