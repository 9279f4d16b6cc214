"""Stories in charts whose head has no time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page

FIXTURE = Path(__file__).parents[2] / "pages" / "bloomberg_graphics" / "ferry-timetables.html"


def read(heading: str) -> Article:
    """Extract the fixture without the date of its head and its dek, with one more heading."""
    html = re.sub(r'<meta name="parsely-pub-date"[^>]*>', "", FIXTURE.read_text("utf-8"))
    html = re.sub(r'(<div class="bydek[^"]*">.*?)<div>.*?</div>', r"\1", html, flags=re.S)
    html = html.replace('<section class="copy-block', f'{heading}<section class="copy-block', 1)
    fetched_at = datetime(2016, 1, 1, tzinfo=UTC)
    return extract_page(
        Page(url="https://www.bloomberg.com/graphics/ferries/", body=html.encode(), fetched_at=fetched_at)
    )


@pytest.mark.parametrize(
    "heading",
    ["<h3>March 5, 2015</h3>", "<h4 class='date'>Published: March 5, 2015</h4>", "<h5>Thursday, March 5, 2015</h5>"],
)
def test_a_heading_that_is_a_date_is_the_time(heading: str) -> None:
    article = read(heading)
    assert (article.published_at, article.published_precision) == (datetime(2015, 3, 5, tzinfo=UTC), "day")


@pytest.mark.parametrize("heading", ["", "<h3>Fares Since March 5, 2015</h3>", "<h3>Ferries</h3>"])
def test_another_heading_is_none(heading: str) -> None:
    assert read(heading).published_at is None
