"""Pages that are made to keep an extractor busy: each costs seconds at most, and is read as well as it can be."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from newscrawl.article import Page
from newscrawl.errors import UnknownLayoutError
from newscrawl.extract import extract
from tests.cpu_time import at_most

HEADLINE = "Ferry returns to the harbour"
STORY = f"<p>{'The harbour board met on Tuesday and said that the ferry would return. ' * 4}</p>" * 8
MOST_SECONDS = 20.0
"""Of CPU time: each takes less than 2.5 on a machine of 2023."""
CASES = {
    "spaces in a byline": f"<p class='byline'>By{' ' * 200_000}Jo Doe</p>",
    "spaces in a time": f"<time>{' ' * 200_000}1 March</time>",
    "paragraphs of numbers": "".join(f"<p>{n} {n * 7} 12 2026 {n % 31}</p>" for n in range(8000)),
    "dates": "".join(f"<span class=date>{n % 28 + 1}.{n % 12 + 1}.2026</span>" for n in range(8000)),
    "names": f"<p class='byline'>By {'Jo Doe, ' * 50_000}</p>",
    "conjunctions": f"<p class='byline'>By {'Jo and ' * 50_000}</p>",
    "nested JSON-LD": f"<script type='application/ld+json'>{'[' * 50_000}{']' * 50_000}</script>",
    "headings": "".join(f"<h1>Ferry {n} returns</h1>" for n in range(5000)),
    "list items": f"<ul>{'<li>item of the list that goes on</li>' * 20_000}</ul>",
    "class names": "".join(f"<p class='k{n} z{n}'>The board met.</p>" for n in range(20_000)),
    "a long class": f"<div class='{'a-b_c ' * 100_000}'>x</div>",
    "links": "".join(f"<a href='/a/{n}'>Link {n} of the page</a>" for n in range(20_000)),
    "line breaks": "a<br><br>" * 60_000,
    "tables": f"<table><tr>{'<td>1</td>' * 50_000}</tr></table>",
}


@pytest.mark.parametrize("part", CASES.values(), ids=CASES.keys())
def test_a_page_costs_seconds_at_most(part: str) -> None:
    head = f'<title>{HEADLINE}</title><meta name="author" content="{"Jo Doe, " * 10_000}">'
    html = f"<html><head>{head}</head><body><article><h1>{HEADLINE}</h1>{part}{STORY}</article></body></html>"
    url, now = "https://tern.example/2026/11/20/ferry", datetime(2026, 11, 30, tzinfo=UTC)
    with at_most(MOST_SECONDS), suppress(UnknownLayoutError):  # it is too large for one article
        assert extract(Page(url=url, body=html.encode(), fetched_at=now)).headline == HEADLINE
