import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.extract.fields import corrections
from tests.cpu_time import at_most

CORRECTIONS = [
    "(Corrects the spelling of Poe in third paragraph.)",
    "(Corrects 10th paragraph to show the umbrella is from Acme, not Roe.)",
    "(Corrects name)",
    "[Corrects name]",
    "(Corrected)",
    "(Corrected to show that it rained.)",
    "(Clarifies sixth paragraph to add context.)",
    "Corrects year in second paragraph.",
    "Corrects spelling of name.",
    "Correction: The rain fell on Monday.",
    "CORRECTION: The rain fell on Monday.",
    "Correction — The rain fell on Monday.",
    "(Correction: The rain fell on Monday.)",
    "Clarification: The rain fell on Monday.",
    "An earlier version of this story misstated the year.",
    "(An earlier version of this story misstated the year.)",
    "(An earlier version of this story said it rained on Tuesday.)",
    "(An earlier version of this story corrected the date.)",
    "A previous version of this column gave the wrong date.",
    "In an earlier version of this article, the name was misspelled.",
    "(The original version of this chart had the wrong scale.)",
    "(This story was corrected to show that it rained.)",
    "This article has been updated to correct the name.",
    "This column was corrected to reflect the change.",
    "The headline of this story was corrected to show that it rained.",
    "(Updates with comment. A previous version corrected the date.)",
    "(Updates with comment in third paragraph. Corrects the date.)",
    "(Updates shares, corrects date in fifth paragraph.)",
    "(Updates and corrects the date.)",
    "(Updates throughout.) (Corrects name.)",
    "(Updates with comment. An earlier version misspelled the name.)",
    "*Corrects the date in the second paragraph.",
]

UPDATES = [
    "(Updates with comment)",
    "(Updates with additional news in the seventh paragraph.)",
    "(Updates shares (ABC) in fifth paragraph.)",
    "(Updated Oct. 3. See {TNI RAIN <GO>}.)",
    "Updates with additional news in the seventh paragraph.",
    "Updates share price in third paragraph.",
    "Updates with closing share price.",
    "(Adds price.)",
    "(Adds comment from Poe in fourth paragraph.)",
    "(Recasts.)",
    "(Recasts lead, adds comment.)",
    "(Removes reference to Poe in the last paragraph.)",
    "(A previous version of this story removed a name.)",
    "(A previous version was removed.)",
    "An earlier version of this story was removed.",
    "(Updates with regulator saying the error was corrected.)",
    "(Rewrites throughout.)",
]

SENTENCES = [
    "",
    "()",
    "Rain fell.",
    "(Rain fell.)",
    "(He corrected it.)",
    "The company corrected its figures on Monday.",
    "The article was corrected by hand, Poe said.",
    "An earlier version of the bill failed.",
    "An earlier version of this umbrella leaked.",
    "Correction",
    "Correction Ahead",
    "Correction-prone markets fell.",
    "Corrections officers said so.",
    "The corrections were late.",
    "Updates to the software arrived on Monday.",
    "Updates with a new chart will come soon, the company said.",
    "Adds Poe: it rains.",
    "(Adds) Rain (fell)",
    "Removed from office, he left.",
    "This story was told by farmers.",
    "“Correction: it rained,” he said.",
    "(" * 500,
]


@pytest.mark.parametrize("printed", CORRECTIONS)
def test_a_correction(printed: str) -> None:
    assert corrections.parse(printed) == corrections.Correction("correction", printed)


@pytest.mark.parametrize("printed", UPDATES)
def test_an_update_is_no_correction(printed: str) -> None:
    assert corrections.parse(printed) == corrections.Correction("update", printed)


@pytest.mark.parametrize("printed", SENTENCES)
def test_an_ordinary_paragraph(printed: str) -> None:
    assert corrections.parse(printed) is None


def test_the_text_is_one_line() -> None:
    note = corrections.parse(" (Corrects\n year\xa0in second paragraph.) ")
    assert note == corrections.Correction("correction", "(Corrects year in second paragraph.)")


@given(st.text())
def test_any_text_is_a_note_as_printed_or_none(text: str) -> None:
    note = corrections.parse(text)
    assert note is None or note.text == " ".join(text.split())


@pytest.mark.parametrize("unit", ["(Updates ", "(", "(()", "This story ", "an earlier version of this ", "Corrects "])
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    with at_most(5):
        corrections.parse(unit * (2**20 // len(unit)))
        corrections.parse((unit * 1200)[:1200])
