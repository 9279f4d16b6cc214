"""Pages that list stories, or are about their site, are no articles, unless their own metadata says that they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newscrawl.article import Page
from newscrawl.batch.extraction import extract_page
from newscrawl.errors import NotAnArticleError

STORY = "".join(
    f"<p>Pier {number} of Port Ellery reopened on Tuesday after the longest closure in its history, the port said,"
    f" and the first of {number + 40} ships tied up before noon under a grey sky.</p>"
    for number in range(9)
)
TIME = "<p class='meta'>March 5, 2024</p>"
TEASERS = "".join(
    f"<article><h2><a href='/{name}'>{name} Runs Late</a></h2><p>{name} left the pier an hour after the printed time,"
    f" and nobody on board of it complained about that, said its captain, who had slept through the morning."
    f" The {name} is the oldest of the ships that cross the sound, and will be sold in the autumn.</p></article>"
    for name in ("Gull", "Tern", "Auk", "Plover", "Petrel")
)
POSTS = (
    TEASERS.replace("h2>", "h1>")
    .replace("<p>", "<span class='post-meta'>March 5, 2013</span><div class='post-entry'><p>")
    .replace("</p>", "</p></div>")
)


def read(
    body: str, *, head: str = "", body_class: str = "", title: str = "Harbour", host: str = "harbour.example"
) -> str:
    """Extract a page; return its headline."""
    html = f"<html><head><title>{title}</title>{head}</head><body class='{body_class}'>{body}</body></html>"
    page = Page(url=f"https://{host}/a", body=html.encode(), fetched_at=datetime(2024, 3, 6, tzinfo=UTC))
    return extract_page(page).headline


@pytest.mark.parametrize(
    "page",
    [
        {"body": f"<main><h1>Ships</h1>{TEASERS}</main>{TIME}"},
        {"body": f"<main>{POSTS}</main>", "host": "www.bloomberg.com"},
        {"body": f"<article><h1>Ships</h1>{TIME}{STORY}</article>", "body_class": "archive category"},
        {"body": f"<article><h1>Ships</h1>{TIME}{STORY}</article>", "body_class": "home blog"},
        {"body": f"<article><h1>Ships</h1>{TIME}{STORY}</article>", "title": "Ships Archives - Harbour News"},
        {"body": f"<article><h1>Ships</h1>{TIME}{STORY}</article>", "title": "Harbour News » Archive"},
        {"body": f"<article><h1>Privacy Policy</h1>{TIME}{STORY}</article>"},
        {"body": f"<article><h1>Terms of Service</h1>{TIME}{STORY}</article>"},
    ],
)
def test_a_front_is_no_article(page: dict[str, str]) -> None:
    with pytest.raises(NotAnArticleError) as caught:
        read(**page)
    assert caught.value.reason == "section_front"


@pytest.mark.parametrize(
    "page",
    [
        {"body": f"<article><h1>Ships</h1>{TIME}{STORY}</article>"},
        {"body": f"<article><h1>Ships</h1><p class='byline'>Ann Bo</p>{STORY}</article>"},
        {"body": f"<article><h1>Ships</h1><time>yesterday</time>{STORY}</article>"},
        {"body": f"<article><h1>Ships</h1><p>5.3.2024</p>{STORY}</article>"},
        {"body": f"<article><h1>Ships</h1><p>2024年3月5日</p>{STORY}</article>"},
        {"body": f"<article><h1>Ships</h1><div id='post-date'>vor zwei Tagen</div>{STORY}</article>"},
        {"body": f"<article><h1>Ships</h1>{TIME}{STORY}</article>{TEASERS}"},
        {"body": f"<article><h1>Ships</h1>{TIME}{STORY}</article>" + "<article class='comment'>Yes.</article>" * 9},
        {"body": f"<article><h1>Archives Reopen</h1>{TIME}{STORY}</article>", "title": "National Archives Reopen"},
        {"body": f"<article><h1>Ships</h1>{STORY}</article>", "head": "<meta property='og:type' content='article'>"},
        {"body": f"<article><h1>Ships</h1>{STORY}</article>", "body_class": "single single-post category-ships"},
        {
            "body": f"<article><h1>Privacy Policy</h1>{TIME}<p class='byline'>Ann Bo</p>{STORY}</article>",
            "head": "<meta property='og:type' content='article'>",
        },
        {"body": f"<article><h1>About Us, a Film</h1>{TIME}{STORY}</article>", "body_class": "single-post"},
    ],
)
def test_an_article_is_one(page: dict[str, str]) -> None:
    assert read(**page) in ("Ships", "Archives Reopen", "Privacy Policy", "About Us, a Film")


def test_a_page_of_a_layout_of_its_own_needs_no_time() -> None:
    # A redesign that hides the time must raise the alarm of missing fields, not make fronts of all stories.
    story = f'<h1 class="lede-headline">Ships</h1><div class="article-body__content">{STORY}</div>'
    assert read(f'<article class="bb-article">{story}</article>', host="www.bloomberg.com") == "Ships"
