"""An article as text to read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newscrawl.article import Article, Block, Image
from newscrawl.export.display import format_time, strip_controls
from newscrawl.export.formats.text import render_text

ARTICLE = Article(
    url="https://www.bloomberg.example/news/articles/2019-01-02/tides",
    publisher="Sample Edition",
    layout="bloomberg_2018",
    headline="Tides Turn at Port Ellery",
    dek="After a century, the channel moves.",
    byline=("Jo Doe", "Ann Poe"),
    published_at=datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC),
    published_precision="second",
    fetched_at=datetime(2020, 1, 1, tzinfo=UTC),
    access="teaser",
    abstract=("Channel moves",),
    body=(
        Block(kind="paragraph", text="The second-largest harbour of the coast has been silting up for a century. " * 3),
        Block(kind="subhead", text="Sand and Silt"),
        Block(kind="quote", text="“It moves,” she said."),
        Block(kind="list_item", text="Sand: 40 percent"),
        Block(kind="table", text="Year\tDepth\n1999\t12"),
    ),
    images=(Image(caption="The channel.", credit="Photographer: Li Roe"), Image(url="https://x.example/i.jpg")),
    tickers=("TIDE:LN",),
    correction="(Corrects the depth.)",
)


@pytest.mark.parametrize("width", [30, 60, 200])
def test_lines_fit(width: int) -> None:
    longest = max(map(len, render_text(ARTICLE, width).splitlines()))
    assert longest <= min(78, max(width, len(ARTICLE.url) + len("Source: ")))


@pytest.mark.parametrize(
    "expected",
    [
        "Tides Turn at Port Ellery\n=====",
        "After a century, the channel moves.",
        "By Jo Doe, Ann Poe · 2 January 2019, 03:04 UTC",
        "teaser only",
        "  - Channel moves",
        "\nSand and Silt\n-------------\n",
        "    “It moves,” she said.",
        "  • Sand: 40 percent",
        "Year | Depth\n1999 | 12",
        "[picture] The channel. — Photographer: Li Roe",
        "[picture] https://x.example/i.jpg",
        "(Corrects the depth.)",
        "Tickers: TIDE:LN",
        "Source: https://www.bloomberg.example/news/articles/2019-01-02/tides",
    ],
)
def test_rendered_text(expected: str) -> None:
    assert expected in render_text(ARTICLE)


def test_hyphenated_words_stay_whole() -> None:
    assert "second-\n" not in render_text(ARTICLE, 30)


def test_terminal_controls_are_removed() -> None:
    hostile = replace(
        ARTICLE, headline="\x1b]0;owned\x07 Tides\u202e \x9b31m", body=(Block(kind="paragraph", text="a\x08b\rc"),)
    )
    text = render_text(hostile)
    assert not any(ord(letter) < 32 and letter != "\n" for letter in text)
    assert not set("\x7f\x9b\u202e") & set(text)
    assert strip_controls("a\x1b[31mb") == "a[31mb"


def test_a_day_is_written_without_a_time() -> None:
    assert format_time(datetime(2013, 5, 27, tzinfo=UTC), "day") == "27 May 2013"
