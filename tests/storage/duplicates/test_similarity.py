"""What is compared of a text, and which texts tell the same story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.storage.duplicates.similarity import ANY_TIME, ComparedArticle, compare, nearby, prepare
from tests.storage.labelled import articles

NOON = datetime(2016, 3, 1, 12, tzinfo=UTC)
ARTICLES = {name: [each for each in articles() if each.story == name] for name in {each.story for each in articles()}}
WEEK = timedelta(days=7)


def read(story: str, at: int = 0, later: timedelta = timedelta(0)) -> ComparedArticle:
    article = ARTICLES[story][at]
    return prepare(article.headline, article.body, article.published_at + later)


@pytest.mark.parametrize(
    ("headline", "stem"),
    [
        ("Harbour Falls Quiet", "harbour falls quiet"),
        ("Harbour Falls Quiet (Update 3)", "harbour falls quiet"),
        ("Harbour Falls Quiet (Update2)", "harbour falls quiet"),
        ("Harbour Falls Quiet (2)", "harbour falls quiet"),
        ("Harbour Falls Quiet (Correct)", "harbour falls quiet"),
        ("UPDATE 2-Harbour Falls Quiet", "harbour falls quiet"),
        ("*Correct: Harbour Falls Quiet", "harbour falls quiet"),
        ("Corrected: Harbour Falls Quiet", "harbour falls quiet"),
        ("WRAPUP 1 - Harbour Falls Quiet", "harbour falls quiet"),
        ("Update Your Harbour", "update your harbour"),
        ("Correct Answers: A Quiz", "correct answers a quiz"),
        ("Harbour (Port of Lund) Falls Quiet (2016)", "harbour port of lund falls quiet 2016"),
    ],
)
def test_a_headline_without_its_number(headline: str, stem: str) -> None:
    read = prepare(headline, "", NOON)
    assert read.headline == stem
    assert read.is_update == (stem == "harbour falls quiet" and headline != "Harbour Falls Quiet")


def test_names_and_figures() -> None:
    text = "On Monday Ann Bo's boat, of 1,200 tons, left Lund. It was 3 hours late, as in 2015. “It is old,” Bo said."
    article = prepare("", text, NOON)
    assert article.names == {"monday", "ann", "bo", "lund"}
    assert article.figures == {"1200"}


def test_a_rewrite_is_one_within_days_and_a_copy_at_any_time() -> None:
    first = read("smelter strike")
    assert compare(first, read("smelter strike", 1))
    assert compare(first, read("smelter strike", 2))
    assert compare(first, read("smelter strike", 2, WEEK)) is None
    assert compare(first, read("smelter strike", 0, 99 * WEEK))
    assert compare(first, read("smelter strike", 1, 99 * WEEK))  # it has all of the first


@pytest.mark.parametrize("house", [("11 percent", "11%"), ("11 percent", "11 per cent"), ("eleven", "11")])
def test_numbers_are_equal_in_any_house_style(house: tuple[str, str]) -> None:
    one, other = (prepare("", f"Wages rose by {number} in Lund, the union says.", NOON) for number in house)
    assert (one.words, one.shingles) == (other.words, other.shingles)


def test_numbers_in_words_equal_figures() -> None:
    one = prepare("", "There were 11, 25 and 40 in the boats, of 310.", NOON)
    other = prepare("", "There were eleven, 25 and forty in the boats, of 310.", NOON)
    assert one.figures == {"11", "25", "40", "310"}
    assert other.figures == {"25", "310"}
    assert other.numbers == one.numbers


def test_a_copy_cut_from_its_end_is_found_after_years_and_a_common_ending_is_none() -> None:
    whole = read("syndicated: salt road, a long one")
    cut = read("syndicated: salt road, a long one", 2, 99 * WEEK)
    assert {mark for mark in whole.marks & cut.marks if mark[0] == ANY_TIME}
    assert compare(whole, cut)
    assert compare(read("disclaimer: copper"), read("disclaimer: airlines")) is None


def test_shared_background_does_not_make_the_same_story() -> None:
    for at in range(4):
        assert compare(read("updates: ferry", at), read("follow-up: ferry, the inquiry")) is None


def test_a_brief_and_its_full_report_tell_the_same_story() -> None:
    brief, whole = read("flash: verdict", 2), read("flash: verdict", 3)
    assert compare(brief, whole)
    assert compare(brief, read("flash: verdict", 3, timedelta(hours=12))) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("wheat, Monday", "wheat, Tuesday"),
        ("wheat, Monday", "barley, Monday"),
        ("earnings of Ostmark", "earnings of Brightwater"),
        ("automatic: a filing", "automatic: a dividend"),
        ("tide table, second week", "tide table, third week"),
        ("running story, first report", "running story, three days later"),
    ],
)
def test_a_form_that_is_filled_in_again_is_another_story(one: str, other: str) -> None:
    first, second = read(one), read(other)
    assert first.shingles & second.shingles
    assert compare(first, second) is None


def test_articles_without_text_are_compared_by_headline_within_a_day() -> None:
    headline = "Grain Barges Collide at Mouth of the Ember"
    first = prepare(headline, "", NOON)
    assert compare(first, prepare(f"{headline} (1)", "", NOON + timedelta(hours=23)))
    assert compare(first, prepare(headline, "", NOON + timedelta(hours=24))) is None
    assert compare(first, prepare("Grain Barges Collide at Mouth of the Elbe", "", NOON)) is None
    assert compare(prepare("Market Close", "", NOON), prepare("Market Close", "", NOON)) is None
    assert compare(prepare(headline, "", None), prepare(headline, "", None)) is None


def test_articles_of_the_same_story_share_a_mark() -> None:
    """Or it would never be compared. A flash and its late version may not: those between lead there."""
    texts = [prepare(each.headline, each.body, each.published_at) for each in articles()]
    pairs = [(one, other) for at, one in enumerate(texts) for other in texts[at + 1 :] if compare(one, other)]
    sharing = [pair for pair in pairs if {near for mark in pair[0].marks for near in nearby(mark)} & pair[1].marks]
    assert len(sharing) >= 0.98 * len(pairs) > 100


def test_texts_without_a_time_have_only_marks_of_copies() -> None:
    article = ARTICLES["smelter strike"][0]
    assert {period for period, _ in prepare(article.headline, article.body, None).marks} == {ANY_TIME}
    assert prepare("", "", None).marks == frozenset()


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=200), st.none() | st.just(NOON))
def test_any_texts_compare_the_same_in_either_order(
    body: str, headline: str, other: str, published_at: datetime | None
) -> None:
    one, two = prepare(headline, body, published_at), prepare(headline, other, NOON)
    assert compare(one, two) == compare(two, one)
    long = prepare(headline, body * 40, published_at)
    assert compare(long, long) is None or compare(long, long) == compare(
        long, prepare(headline, body * 40, published_at)
    )
