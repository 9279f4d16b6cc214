import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.article import Dateline
from newscrawl.extract.fields import dateline
from tests.cpu_time import at_most

REST = "Rain fell -- as it does -- in Peru."
OPENINGS = {
    "May 27 (Bloomberg) -- ": (None, "May 27", "Bloomberg"),
    "Oct. 4 (Bloomberg) -- ": (None, "Oct. 4", "Bloomberg"),
    "Nov. 2 (Bloomberg) — ": (None, "Nov. 2", "Bloomberg"),
    "Nov. 2 (Bloomberg) – ": (None, "Nov. 2", "Bloomberg"),
    "Nov.\xa02\xa0(Bloomberg)\xa0--\xa0": (None, "Nov. 2", "Bloomberg"),
    "Nov. 2\n(Bloomberg)\n-- ": (None, "Nov. 2", "Bloomberg"),
    "  Dec. 1 (Bloomberg) --": (None, "Dec. 1", "Bloomberg"),
    "Sept. 30, 2011 (Bloomberg) --": (None, "Sept. 30, 2011", "Bloomberg"),
    "27 May 2013 (Bloomberg) - ": (None, "27 May 2013", "Bloomberg"),
    "May 27 (Bloomberg) ": (None, "May 27", "Bloomberg"),
    "June 3 (Bloomberg Businessweek) -- ": (None, "June 3", "Bloomberg Businessweek"),
    "June 3 (BusinessWeek) -- ": (None, "June 3", "BusinessWeek"),
    "May 27 (Bloomberg BNA) – ": (None, "May 27", "Bloomberg BNA"),
    "May 27 (Bloomberg PageView) -- ": (None, "May 27", "Bloomberg PageView"),
    "May 27 (Sample Edition) -- ": (None, "May 27", "Sample Edition"),
    "(Bloomberg) -- ": (None, None, "Bloomberg"),
    "(Bloomberg Opinion) -- ": (None, None, "Bloomberg Opinion"),
    "LONDON, May 27 (Bloomberg) -- ": ("LONDON", "May 27", "Bloomberg"),
    "LONDON (Reuters) - ": ("LONDON", None, "Reuters"),
    "Washington (AP) --": ("Washington", None, "AP"),
    "WASHINGTON, D.C. (AP) — ": ("WASHINGTON, D.C.", None, "AP"),
    "ST. LOUIS, Oct. 4 (AP) — ": ("ST. LOUIS", "Oct. 4", "AP"),
    "PARIS/BERLIN, Oct 4 (Reuters) - ": ("PARIS/BERLIN", "Oct 4", "Reuters"),
    "MOROCOCHA, Peru (Reuters) - ": ("MOROCOCHA, Peru", None, "Reuters"),
    "Port-au-Prince, Haiti (CNN) -- ": ("Port-au-Prince, Haiti", None, "CNN"),
    "RIO DE JANEIRO (AFP) – ": ("RIO DE JANEIRO", None, "AFP"),
    "SÃO PAULO (Reuters) - ": ("SÃO PAULO", None, "Reuters"),
    "NEW YORK, Jan. 3, 2012 (Dow Jones) - ": ("NEW YORK", "Jan. 3, 2012", "Dow Jones"),
}

SENTENCES = [
    "",
    "Rain fell.",
    "The company -- founded in 1901 (Paris) -- said it rained.",
    "Acme (Paris) -- a maker of umbrellas -- rose.",
    "On May 27 (Saturday) -- a day of rain -- he left.",
    "May 27 (Saturday) -- a day of rain -- was wet.",
    "May 27 was wet, Bloomberg (the agency) -- said.",
    "(Updates with rain.) -- Jo Doe",
    "(Bloomberg) rain fell.",
    "In London (Reuters) - he said.",
    "The Doe family (Reuters) - wet, all of them - left.",
    "It rained. Then (AP) -- it stopped.",
    "Play Video Nov. 2 (Bloomberg) -- rain fell.",
    "Bloomberg -- the agency -- reported rain.",
    "May (Bloomberg) left.",
]


@pytest.mark.parametrize(("opening", "told"), OPENINGS.items())
def test_a_dateline_leaves_the_paragraph(opening: str, told: tuple[str | None, str | None, str | None]) -> None:
    place, date_text, agency = told
    line = Dateline(place=place, date_text=date_text, agency=agency)
    assert dateline.split(opening + REST) == (line, REST)
    assert dateline.split(opening + "") == (line, "")


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_left_as_it_is(sentence: str) -> None:
    assert dateline.split(sentence) == (None, sentence)


@given(st.text())
def test_any_text_is_kept(text: str) -> None:
    line, rest = dateline.split(text)
    assert text.endswith(rest)
    assert line is not None or rest == text


@pytest.mark.parametrize("unit", ["A", "A ", "A, ", "May 27 ", "(", "May 27 (Bloomberg) -- ", " "])
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    with at_most(5):
        dateline.split(unit * (2**20 // len(unit)))
