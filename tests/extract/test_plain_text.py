"""Plain text: the story told from the chrome by what the lines are."""

import textwrap
from datetime import UTC, datetime

import pytest

from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.errors import UnknownLayoutError

URL = "https://www.bloomberg.com/news/articles/2015-03-05/harbour-reopens-after-record-closure"
HEADLINE = "Harbour Reopens After Record Closure"
PARAGRAPHS = (
    "The harbour of Port Ellery reopened on Tuesday after the longest closure in its history, the port master said.",
    "“We had forty ships waiting at anchor,” said Mira Okafor, who has run the port since 2009.",
    "Shipowners lost about $3 million a day while the channel was dredged, the Ellery Chamber of Commerce said.",
    "The port authority will pay for the dredging out of its reserves, which stood at $61 million in December.",
)
CONTACT = (
    "To contact the reporter on this story: Jo Doe in Port Ellery at",
    "To contact the editor responsible for this story: Sam Roe at",
)
NAVIGATION = ("Skip to content", "Live Now", "Markets", "Technology", "  • Americas", "+1 212 555 0100", "Follow Us")
TOUT = "Connecting people who decide to a network of information, the company delivers news quickly and accurately."
FOOT = ("Please upgrade your Browser", "Your browser is out-of-date. Please download one of these excellent browsers:")


def read(*lines: str, url: str = URL, between: str = "\n") -> Article:
    body = between.join(lines).encode()
    return extract(Page(url=url, body=body, fetched_at=datetime(2026, 1, 1, tzinfo=UTC), content_type="text/plain"))


def texts(article: Article) -> list[str]:
    return [block.text for block in article.body]


@pytest.mark.parametrize("between", ["\n", "\n\n", "\r\n", "\n \t\n\n"])
@pytest.mark.parametrize("url", [URL, "file:///dump.txt"])
def test_the_story_is_separated_from_the_chrome(between: str, url: str) -> None:
    article = read(
        f"{HEADLINE} - Bloomberg",
        *NAVIGATION,
        TOUT,
        *NAVIGATION,
        HEADLINE,
        *PARAGRAPHS,
        *CONTACT,
        *FOOT,
        url=url,
        between=between,
    )
    assert article.headline == HEADLINE
    assert texts(article) == list(PARAGRAPHS)
    assert [(c.role, c.name, c.place) for c in article.contacts] == [
        ("reporter", "Jo Doe", "Port Ellery"),
        ("editor", "Sam Roe", None),
    ]
    assert article.layout == "bloomberg_text"


def test_hard_wrapped_paragraphs_are_made_whole() -> None:
    wrapped = [textwrap.fill(line, 72) for line in (HEADLINE, *PARAGRAPHS, *CONTACT)]
    assert texts(read(*NAVIGATION, *wrapped, between="\n\n")) == list(PARAGRAPHS)


@pytest.mark.parametrize(
    ("lines", "byline"),
    [
        (["By Jo Doe and Ann Poe"], ("Jo Doe", "Ann Poe")),
        (["By", "Jo Doe", "and", "Ann Poe", "March 4, 2015, 7:01 PM EST"], ("Jo Doe", "Ann Poe")),
        (["Jo Doe jdoe_news", "March 4, 2015 — 7:01 PM EST"], ("Jo Doe",)),
        (["March 4, 2015 — 7:01 PM EST"], ()),
        (["Share on Facebook", "Tweet"], ()),
    ],
)
def test_byline(lines: list[str], byline: tuple[str, ...]) -> None:
    article = read(HEADLINE, *lines, *PARAGRAPHS)
    assert article.byline == byline
    assert texts(article) == list(PARAGRAPHS)


@pytest.mark.parametrize(
    ("lines", "published", "precision"),
    [
        (["March 4, 2015 — 7:01 PM EST"], "2015-03-05T00:01:00", "minute"),
        (["By Jo Doe", "March 4, 2015"], "2015-03-04T00:00:00", "day"),
        ([], "2015-03-05T00:00:00", "day"),
    ],
)
def test_published(lines: list[str], published: str, precision: str) -> None:
    article = read(HEADLINE, *lines, *PARAGRAPHS)
    assert article.published_at == datetime.fromisoformat(published).replace(tzinfo=UTC)
    assert article.published_precision == precision


def test_a_dateline_has_the_year_of_the_address() -> None:
    article = read(HEADLINE, f"March 3 (Bloomberg) -- {PARAGRAPHS[0]}", *PARAGRAPHS[1:])
    assert article.published_at == datetime(2015, 3, 3, tzinfo=UTC)
    assert article.dateline is not None
    assert article.dateline.date_text == "March 3"
    assert texts(article) == list(PARAGRAPHS)


def test_without_any_date_published_at_is_none() -> None:
    article = read(HEADLINE, f"March 3 (Bloomberg) -- {PARAGRAPHS[0]}", *PARAGRAPHS[1:], url="file:///dump.txt")
    assert article.published_at is None


def test_an_update_is_no_publication() -> None:
    article = read(HEADLINE, "Updated on March 6, 2015, 9:00 AM EST", *PARAGRAPHS)
    assert article.updated_at == datetime(2015, 3, 6, 14, tzinfo=UTC)
    assert article.published_at == datetime(2015, 3, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "caption", "credit"),
    [
        (
            ["Cranes stand idle on March 2. Photographer: Li Roe/Northern"],
            "Cranes stand idle on March 2.",
            "Photographer: Li Roe/Northern",
        ),
        (
            ["Cranes stand idle on March 2.", "Photographer: Li Roe/Northern"],
            "Cranes stand idle on March 2.",
            "Photographer: Li Roe/Northern",
        ),
        (["Photographer: Li Roe/Northern"], None, "Photographer: Li Roe/Northern"),
    ],
)
def test_a_caption_is_no_paragraph(lines: list[str], caption: str | None, credit: str) -> None:
    article = read(HEADLINE, *lines, *PARAGRAPHS)
    assert [(image.caption, image.credit) for image in article.images] == [(caption, credit)]
    assert texts(article) == list(PARAGRAPHS)


def test_a_subhead_is_a_short_line_between_sentences_and_a_list_of_links_is_chrome() -> None:
    links = ["More stories", "Grain Prices Climb Again", "Rain Delays Harvest", "Ferry Fares Rise", "Tide Tables"]
    article = read(HEADLINE, *PARAGRAPHS[:2], "Forty Ships", PARAGRAPHS[2], *links, PARAGRAPHS[3], *CONTACT)
    assert [(block.kind, block.text) for block in article.body if block.kind != "paragraph"] == [
        ("subhead", "Forty Ships")
    ]
    assert texts(article) == [*PARAGRAPHS[:2], "Forty Ships", *PARAGRAPHS[2:]]


def test_short_sentences_and_bullets_are_of_the_story() -> None:
    said = "“It was time,” he said."
    article = read(
        HEADLINE, PARAGRAPHS[0], said, *PARAGRAPHS[1:3], "• Wheat rose 2 percent", "• Rye fell", PARAGRAPHS[3]
    )
    assert [block.text for block in article.body if block.kind == "list_item"] == ["Wheat rose 2 percent", "Rye fell"]
    assert said in texts(article)


def test_dek_and_abstract_stand_above_the_story() -> None:
    dek, bullets = (
        "The longest closure on record ends.",
        ["Shipowners count losses of millions", "Port authority pays out of its reserves"],
    )
    article = read(HEADLINE, dek, "By Jo Doe", "March 4, 2015, 7:01 PM EST", *bullets, *PARAGRAPHS)
    assert (article.dek, article.abstract) == (dek, tuple(bullets))
    assert texts(article) == list(PARAGRAPHS)


def test_marked_bullets_above_the_story_are_its_abstract() -> None:
    article = read(HEADLINE, "By Jo Doe", "• Closure was a record", "• Reserves pay", *PARAGRAPHS)
    assert article.abstract == ("Closure was a record", "Reserves pay")


def test_the_address_identifies_the_headline() -> None:
    other = "Grain Prices Climb as Rain Delays Harvest"
    assert read("Top Story", HEADLINE, other, "Weather in the North", *PARAGRAPHS).headline == HEADLINE
    assert read(HEADLINE, other, *PARAGRAPHS, url="file:///dump.txt").headline == other


@pytest.mark.parametrize(
    "lines",
    [
        ["Only", "short", "lines"],
        [TOUT],
        [*NAVIGATION, *NAVIGATION],
        list(PARAGRAPHS),
    ],
    ids=["short lines", "one sentence", "navigation", "a story without a headline"],
)
def test_no_article_in_it(lines: list[str]) -> None:
    with pytest.raises(UnknownLayoutError):
        read(*lines)
