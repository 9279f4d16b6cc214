import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.article import Contact, ContactRole
from newscrawl.extract.fields import contacts
from tests.cpu_time import at_most

REPORTER = "To contact the reporter on this story: "
REPORTERS = "To contact the reporters on this story: "
EDITOR = "To contact the editor responsible for this story: "
EDITORS = "To contact the editors responsible for this story: "


def reporter(name: str, place: str | None = None, email: str | None = None) -> Contact:
    return Contact(role="reporter", name=name, place=place, email=email)


def editor(name: str, place: str | None = None, email: str | None = None) -> Contact:
    return Contact(role="editor", name=name, place=place, email=email)


JO = reporter("Jo Doe", "New York", "jd@x.example")

CONTACT_LINES = {
    REPORTER + "Jo Doe in New York at jd@x.example": [JO],
    REPORTER + "Jo Doe in New York at jd@x.example.": [JO],
    REPORTER + "\nJo Doe in New York \n\njd@x.example.     ": [JO],
    REPORTER + "Jo\xa0Doe in New York at\xa0jd@x.example": [JO],
    "To contact reporter on this story: Jo Doe in New York at +1-212-555-0100 or jd@x.example": [JO],
    REPORTER + "Jo Doe in New York (1) (212) 555-0100 or jd@x.example": [JO],
    REPORTER + "Jo Doe in New York at jd@x.example or @jodoe on Twitter": [JO],
    REPORTER + "Jo Doe in New York at jd@x.example or +1-212-555-0100.": [JO],
    REPORTERS + "Jo Doe in New York at jd@x.example; Ann Poe in Shanghai at ap@x.example": [
        JO,
        reporter("Ann Poe", "Shanghai", "ap@x.example"),
    ],
    REPORTERS + "Jo Doe in New York at jd@x.example and Ann Poe in Shanghai at ap@x.example": [
        JO,
        reporter("Ann Poe", "Shanghai", "ap@x.example"),
    ],
    REPORTERS + "Jo Doe in Lima, Peru, at jd@x.example; Ann Poe in Tallahassee, Florida at ap@x.example": [
        reporter("Jo Doe", "Lima, Peru", "jd@x.example"),
        reporter("Ann Poe", "Tallahassee, Florida", "ap@x.example"),
    ],
    REPORTER + "Jo Doe in San Juan, Puerto Rico, at jd@x.example": [
        reporter("Jo Doe", "San Juan, Puerto Rico", "jd@x.example")
    ],
    REPORTER + "Jo Doe in Washington, D.C., at jd@x.example": [reporter("Jo Doe", "Washington, D.C.", "jd@x.example")],
    REPORTER + "Jo Doe, Jr. in Rome at jd@x.example": [reporter("Jo Doe Jr.", "Rome", "jd@x.example")],
    REPORTER + "Jo Doe in Washington at": [reporter("Jo Doe", "Washington")],
    REPORTER + "Jo Abu-Doe in Dubai at  ,,": [reporter("Jo Abu-Doe", "Dubai")],
    REPORTERS + "Jo Doe in Rome at ; Ann Poe in Lima at": [reporter("Jo Doe", "Rome"), reporter("Ann Poe", "Lima")],
    REPORTERS + "Jo Doe and Ann Poe.": [reporter("Jo Doe"), reporter("Ann Poe")],
    EDITOR + "Ann Poe at ap@x.example": [editor("Ann Poe", None, "ap@x.example")],
    EDITOR + "Ann Poe at": [editor("Ann Poe")],
    EDITORS + "Ann Poe at ap@x.example Li Roe, Bo Woe": [
        editor("Ann Poe", None, "ap@x.example"),
        editor("Li Roe"),
        editor("Bo Woe"),
    ],
    EDITORS + "Ann Poe at ap@x.example; Li Roe at lr@x.example Li Roe, Bo Woe": [
        editor("Ann Poe", None, "ap@x.example"),
        editor("Li Roe", None, "lr@x.example"),
        editor("Bo Woe"),
    ],
    "To contact the editor responsible for this his/her story: Ann Poe at ap@x.example": [
        editor("Ann Poe", None, "ap@x.example")
    ],
    "To contact the senior editor responsible for Bloomberg PageView’s editorials: Ann Poe at ap@x.example.": [
        editor("Ann Poe", None, "ap@x.example")
    ],
    "To contact the author of this story: Jo Doe at jd@x.example": [reporter("Jo Doe", None, "jd@x.example")],
    "To contact the authors of this column:\nJo Doe and Ann Poe.": [reporter("Jo Doe"), reporter("Ann Poe")],
    "To contact the lead author of this column: Jo Doe at jd@x.example": [reporter("Jo Doe", None, "jd@x.example")],
    "To contact the author of this (blog) post: Jo Doe at jd@x.example": [reporter("Jo Doe", None, "jd@x.example")],
    "To contact the writer of this column: Jo Doe in New York at jd@x.example": [JO],
    "To contact the staff on this story: Jo Doe in New York at jd@x.example": [JO],
    "To contact Bloomberg News staff for this story: Jo Doe in New York at jd@x.example": [JO],
    REPORTER + "Jo Doe in New York at jd@x.example\n" + EDITOR + "Ann Poe at ap@x.example": [
        JO,
        editor("Ann Poe", None, "ap@x.example"),
    ],
    REPORTER + "Jo Doe in New York at jd@x.example " + EDITOR + "Ann Poe at ap@x.example": [
        JO,
        editor("Ann Poe", None, "ap@x.example"),
    ],
    REPORTER: [],
    REPORTER + "Bloomberg News in Beijing at news@x.example": [],
}

CREDITS: dict[str, tuple[list[str], list[str]]] = {  # assistance, writers
    "With assistance by Ann Poe and Li Roe": (["Ann Poe", "Li Roe"], []),
    "— With assistance by Ann Poe": (["Ann Poe"], []),
    "— With assistance by Ann Poe, and Li Roe": (["Ann Poe", "Li Roe"], []),
    "— With assistance by Al Boe, Cy Coe, Di Doe, and Li Roe": (["Al Boe", "Cy Coe", "Di Doe", "Li Roe"], []),
    "With assistance from Yun L and Ann Poe": (["Yun L", "Ann Poe"], []),
    "Assistance by Ann Poe": (["Ann Poe"], []),
    "Assistance: Ann Poe, Li Roe": (["Ann Poe", "Li Roe"], []),
    "With reporting by Ann Poe": (["Ann Poe"], []),
    "-- With assistance from Ann Poe in Rome and Li Roe. Editors: Al Boe, Cy Coe.": (["Ann Poe", "Li Roe"], []),
    "--With assistance from Ann Poe in Lima, Peru, and Li Roe in New York. Editor: Al Boe": (["Ann Poe", "Li Roe"], []),
    "With assistance from Ann Poe. -- Editors: Al Boe": (["Ann Poe"], []),
    "(With assistance from Ann Poe. Jo Doe writes for Muse.)": (["Ann Poe"], []),
    "--Jo Doe and Al Boe, with assistance from Ann Poe in Rome. Editors: Li Roe, I. Joe.": (
        ["Ann Poe"],
        ["Jo Doe", "Al Boe"],
    ),
    "--Jo Doe in Rome with assistance from Ann Poe": (["Ann Poe"], ["Jo Doe"]),
    "--Jo Doe. Editors: Ann Poe, Li Roe": ([], ["Jo Doe"]),
    "--Editors: Ahearn, Wolfson": ([], []),
    "Editors: Ann Poe, Li Roe.": ([], []),
    "Editor: Ann Poe": ([], []),
    "Edited by: Ann Poe": ([], []),
    "Graphics by: Ann Poe and Li Roe": ([], []),
}

PARAGRAPHS = [
    "",
    "Rain fell.",
    "With assistance from the lender, Peru repaid its debt.",
    "With assistance from Germany, Greece repaid its debt.",
    "With help from farmers it rained.",
    "He spoke, with help from Jo Doe.",
    "The plan came -- with help from Jo Doe and Ann Poe.",
    "Edited by Jo Doe, the book sold.",
    "The editors: a play",
    "Photo editors: a dying breed in Peru",
    "He asked her to contact the reporter.",
    "To contact the editor of the paper, he wrote a story: it was long.",
    "-- Jo Doe",
    "“It rains.” -- Jo Doe",
]


@pytest.mark.parametrize(("line", "people"), CONTACT_LINES.items())
def test_the_people_of_a_contact_line(line: str, people: list[Contact]) -> None:
    assert contacts.parse(line) == contacts.Contacts(contacts=tuple(people))


@pytest.mark.parametrize(("line", "told"), CREDITS.items())
def test_the_names_of_a_credit(line: str, told: tuple[list[str], list[str]]) -> None:
    assistance, writers = told
    assert contacts.parse(line) == contacts.Contacts(assistance=tuple(assistance), writers=tuple(writers))


@pytest.mark.parametrize("paragraph", PARAGRAPHS)
def test_a_paragraph_of_the_story(paragraph: str) -> None:
    assert contacts.parse(paragraph) is None
    assert contacts.split(paragraph) == (paragraph, None)


def test_addresses_of_links_go_to_names_that_lost_theirs() -> None:
    line = REPORTERS + "Jo Doe in Rome at ; Ann Poe in Lima at ap@x.example; Li Roe at"
    told = contacts.parse(line, ["jd@x.example", "ap@x.example", "lr@x.example"])
    assert told is not None
    assert [contact.email for contact in told.contacts] == ["jd@x.example", "ap@x.example", "lr@x.example"]


def test_a_closing_that_runs_on_after_the_story() -> None:
    told = contacts.Contacts(contacts=(JO,))
    assert contacts.split(f"He said no. {REPORTER}Jo Doe in New York at jd@x.example") == ("He said no.", told)
    assert contacts.parse(f"He said no. {REPORTER}Jo Doe in New York at jd@x.example") is None
    assert contacts.split("He said no. --With assistance from Ann Poe. Editor: Li Roe") == (
        "He said no.",
        contacts.Contacts(assistance=("Ann Poe",)),
    )


def test_the_story_before_a_closing_may_be_long() -> None:
    story, told = contacts.split("Rain fell. " * 10_000 + EDITOR + "Ann Poe at ap@x.example")
    assert len(story) == 11 * 10_000 - 1
    assert told == contacts.Contacts(contacts=(editor("Ann Poe", None, "ap@x.example"),))


@pytest.mark.parametrize("note", ["(Updates with comment in third paragraph.)", "(Corrects name (Poe) in headline.)"])
def test_a_note_at_the_end_is_handed_on(note: str) -> None:
    told = contacts.parse(f"— With assistance by Ann Poe {note}")
    assert told == contacts.Contacts(assistance=("Ann Poe",), note=note)


@pytest.mark.parametrize("role", ["reporter", "editor"])
def test_a_person_is_a_contact_once_in_a_role(role: ContactRole) -> None:
    told = contacts.parse(f"To contact the {role}s on this story: Jo Doe; Ann Poe; Jo Doe at jd@x.example")
    assert told is not None
    assert told.contacts == (
        Contact(role=role, name="Jo Doe", email="jd@x.example"),
        Contact(role=role, name="Ann Poe"),
    )


_WORDS = ["To contact the reporter on this story:", "Jo Doe", "in", "at", "jd@x.example", ";", ",", "and", "--"]
_MORE = ["With assistance from", "Editors:", ".", "Peru", "(Updates with rain.)", "(", ")", "or", "+1-212-555-0100"]


@given(st.text(), st.lists(st.text()))
def test_any_text_is_kept_or_parsed(text: str, emails: list[str]) -> None:
    story, told = contacts.split(text, emails)
    assert told is not None or story == " ".join(text.split())


@given(st.lists(st.sampled_from(_WORDS + _MORE)))
def test_any_mix_of_its_words_gives_clean_people(words: list[str]) -> None:
    _, told = contacts.split(" ".join(words), ["a@x.example"])
    for contact in told.contacts if told else ():
        assert set(contact.name.split()) <= {"Jo", "Doe", "Peru"}


@pytest.mark.parametrize(
    "unit", ["x ", "-", "To contact ", "(updates ", "--a, ", REPORTER, "a@", "at ", "1 (", "with help by "]
)
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    with at_most(5):
        contacts.split(unit * (2**20 // len(unit)))
        contacts.split((unit * 5000)[:5000])
