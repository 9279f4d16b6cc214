"""Which articles are copies of each other, and the marks by which they find each other."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.storage.duplicates.similarity import ENOUGH_WORDS, ComparedArticle, are_copies, prepare
from tests.storage.labelled import articles

NOON = datetime(2016, 3, 1, 12, tzinfo=UTC)
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
CHANCE = random.Random(7)
VOCABULARY = ["".join(CHANCE.choices("abcdefghiklmnoprstu", k=CHANCE.randint(3, 9))) for _ in range(4000)]
HEADLINE = "Grain Barges Collide at Mouth of the Ember"


def words(count: int) -> str:
    return " ".join(CHANCE.choices(VOCABULARY, k=count))


def read(text: str, headline: str = HEADLINE, later: timedelta = timedelta(0)) -> ComparedArticle:
    return prepare(headline, text, NOON + later)


@pytest.mark.parametrize(
    ("headline", "stem", "notice"),
    [
        ("Harbour Falls Quiet", "harbour falls quiet", None),
        ("Harbour Falls Quiet (Update 3)", "harbour falls quiet", "update"),
        ("Harbour Falls Quiet (Update2)", "harbour falls quiet", "update"),
        ("Harbour Falls Quiet (2)", "harbour falls quiet", "update"),
        ("Harbour Falls Quiet (Correct)", "harbour falls quiet", "correction"),
        ("UPDATE 2-Harbour Falls Quiet", "harbour falls quiet", "update"),
        ("*Correct: Harbour Falls Quiet", "harbour falls quiet", "correction"),
        ("Corrected: Harbour Falls Quiet", "harbour falls quiet", "correction"),
        ("WRAPUP 1 - Harbour Falls Quiet", "harbour falls quiet", "update"),
        ("Update Your Harbour", "update your harbour", None),
        ("Correct Answers: A Quiz", "correct answers a quiz", None),
        ("Harbour (Port of Lund) Falls Quiet (2016)", "harbour port of lund falls quiet 2016", None),
    ],
)
def test_a_headline_without_its_notice(headline: str, stem: str, notice: str | None) -> None:
    article = prepare(headline, "", NOON)
    assert (article.headline, article.notice) == (stem, notice)


def test_a_note_of_a_correction_is_a_notice() -> None:
    assert prepare(HEADLINE, "", NOON, "An earlier version misstated the tonnage.").notice == "correction"


def test_the_same_text_is_a_copy_at_any_time_under_any_headline() -> None:
    text = words(50)
    assert are_copies(read(text), read(f"  {text.upper()}!", "Another Headline Altogether", 9 * YEAR))


def test_a_short_text_is_a_copy_with_the_same_headline_alone() -> None:
    stub = "This is a developing story. Check back for updates."
    assert are_copies(read(stub), read(stub, later=YEAR))
    assert not are_copies(read(stub), read(stub, "Ferry Aground Off Lund, Police Say"))
    assert not are_copies(read(stub), read(f"{words(200)} {stub}"))  # it is a part of many


def test_texts_that_share_half_of_the_shorter_are_copies() -> None:
    text, other = words(100), words(100)
    half = " ".join(text.split()[:60])
    assert are_copies(read(text), read(half))
    assert are_copies(read(text), read(f"{half} {words(40)}"))
    assert are_copies(read(text), read(f"{other} {text} {other}"))
    assert not are_copies(read(text), read(f"{' '.join(text.split()[:45])} {words(55)}"))
    assert not are_copies(read(text), read(other))


def test_the_same_form_with_other_figures_is_no_copy() -> None:
    form = (
        "Wheat for {} delivery rose {} percent to {} a bushel on the Corve Board, and {} lots changed hands. "
        + words(60)
    )
    monday, tuesday = (read(form.format(*row)) for row in ((2016, 1.2, "4.51", "8,100"), (2016, 0.3, "4.53", "9,400")))
    assert not are_copies(monday, tuesday)
    assert are_copies(monday, read(form.format(2016, 1.2, "4.51", "8,200")))  # a figure was corrected


@pytest.mark.parametrize("notice", ["(Update 1)", "(Correct)"])
def test_an_update_marked_as_such_has_the_same_headline_within_a_day(notice: str) -> None:
    first, later = read(words(60)), f"{HEADLINE} {notice}"
    assert are_copies(first, read(words(60), later, 23 * HOUR))
    assert are_copies(read(""), read("", later, HOUR))
    assert not are_copies(first, read(words(60), later, DAY))
    assert not are_copies(first, read(words(60), HEADLINE, HOUR))  # neither says so
    assert not are_copies(read("", "Market Close"), read("", f"Market Close {notice}"))  # of every day
    assert not are_copies(first, prepare(later, words(60), None))
    text = words(60)
    assert are_copies(read(text, "Market Close"), read(f"{text} {words(9)}", f"Market Close {notice}"))  # by the text


def test_articles_without_text_are_no_copies() -> None:
    assert not are_copies(read(""), read(""))
    assert read("").text_hash is None


def test_chinese_and_japanese_are_compared_by_characters() -> None:
    text = "".join(chr(0x4E00 + CHANCE.randrange(3000)) for _ in range(120))
    article = prepare("", f"2016年3月{text}", NOON)
    assert article.words[:4] == ("2016", "年", "3", "月")
    assert are_copies(article, prepare("", f"2016年3月{text[:70]}。", NOON))
    assert not are_copies(article, prepare("", f"2016年3月{text[::-1]}", NOON))


def test_the_marks_of_copies_meet() -> None:
    """Or they would never be compared."""
    texts = [prepare(each.headline, each.body, each.published_at) for each in articles()]
    copies = [pair for pair in combinations(texts, 2) if are_copies(*pair)]
    meeting = [pair for pair in copies if pair[0].marks & pair[1].sought_marks and pair[1].marks & pair[0].sought_marks]
    assert len(copies) > 150
    assert meeting == copies


def test_marks_are_few() -> None:
    assert len(read(words(3000)).marks) == 14  # of twelve runs, the text and the headline
    assert len(read("Quiet now. " * 300).marks) == 4
    assert len(read(words(ENOUGH_WORDS - 1), "Market Close").marks) == 1
    assert prepare("", "", None).marks == frozenset()


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=200), st.none() | st.just(NOON))
def test_any_texts_compare_the_same_in_either_order(
    body: str, headline: str, other: str, published_at: datetime | None
) -> None:
    one, two = prepare(headline, body, published_at), prepare(headline, other, NOON)
    assert are_copies(one, two) == are_copies(two, one)
    long = prepare(headline, body * 40, published_at)
    again = prepare(headline, body * 40, NOON)
    assert are_copies(long, again) == bool(long.words or (one.notice and published_at and one.headline.count(" ") > 2))
    assert long.marks <= long.sought_marks
