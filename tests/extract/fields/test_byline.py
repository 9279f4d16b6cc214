import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.extract.fields import byline
from tests.cpu_time import at_most

PEOPLE = {
    # as printed in front of a story
    "By Jo Doe": ["Jo Doe"],
    "by Jo Doe": ["Jo Doe"],
    "By: Jo Doe": ["Jo Doe"],
    "By\xa0Jo\xa0Doe": ["Jo Doe"],
    "By Jo Doe -": ["Jo Doe"],
    "Jo Doe": ["Jo Doe"],
    "By Jo Doe and Ann Poe, Bloomberg News": ["Jo Doe", "Ann Poe"],
    "by Xi Li, Yan Bo & Zed Poe": ["Xi Li", "Yan Bo", "Zed Poe"],
    "By Jo Doe, Ann Poe, and Li Roe": ["Jo Doe", "Ann Poe", "Li Roe"],
    "Jo Doe,Ann Poe": ["Jo Doe", "Ann Poe"],
    "By\nJo Doe\nand\nAnn Poe": ["Jo Doe", "Ann Poe"],
    "By Jo DoeBy Ann Poe": ["Jo Doe", "Ann Poe"],
    "Jo Doe · Ann Poe • Li Roe": ["Jo Doe", "Ann Poe", "Li Roe"],
    "Jo Doe with Ann Poe": ["Jo Doe", "Ann Poe"],
    "Jo Doe, as told to Ann Poe": ["Jo Doe", "Ann Poe"],
    "Written by: Jo Doe and Ann Poe — With assistance from Li Roe @Desk": ["Jo Doe", "Ann Poe"],
    "Interview by Jo Doe": ["Jo Doe"],
    "Author: Jo Doe": ["Jo Doe"],
    "Contributor: Jo Doe": ["Jo Doe"],
    "More stories by Jo Doe": ["Jo Doe"],
    "Follow all new stories by Jo Doe": ["Jo Doe"],
    "+ Get alerts forJo Doe": ["Jo Doe"],
    # what is printed beside the name
    "Jo Doe - Nov 1, 2010 10:01 PM ET": ["Jo Doe"],
    "By Jo Doe | Bloomberg – Mon, Nov 1, 2010 10:01 PM EDT": ["Jo Doe"],
    "Jo Doe 2013-05-27T10:15:00Z": ["Jo Doe"],
    "Jo Doe, 5 hours ago": ["Jo Doe"],
    "By Jo Doe | @jodoe": ["Jo Doe"],
    "Jo Doe (@jodoe)": ["Jo Doe"],
    "Jo Doe +Follow": ["Jo Doe"],
    "Jo Doe\n\n+Follow": ["Jo Doe"],
    "By Jo Doe Follow @jodoe": ["Jo Doe"],
    "Jo Doe Email @jodoe": ["Jo Doe"],
    "Jo Doe, U.S. Senator from Ohio": ["Jo Doe"],
    "Jo Doe/Bloomberg": ["Jo Doe"],
    "Posted by Jo Doe on Oct 4": ["Jo Doe"],
    "Jo Doe jdoe@news.example": ["Jo Doe"],
    "Jo Doe, https://www.news.example/authors/jo": ["Jo Doe"],
    "By Jo Doe in London": ["Jo Doe"],
    "Jo Doe, in Lima, and Ann Poe, chief cheese editor in Rome": ["Jo Doe", "Ann Poe"],
    "Jo Doe in Lima, Peru, and Ann Poe in New York": ["Jo Doe", "Ann Poe"],
    "Jo Doe in San Juan, Puerto Rico, Ann Poe in Rome": ["Jo Doe", "Ann Poe"],
    "Jo Doe, London, Ann Poe, Paris": ["Jo Doe", "Ann Poe"],
    "Jo Doe, Staff Writer": ["Jo Doe"],
    "Jo Doe Staff Writer": ["Jo Doe"],
    "Jo Doe (Columnist)": ["Jo Doe"],
    "Andy Doe (News)": ["Andy Doe"],
    "Jo Doe, Bloomberg Opinion columnist": ["Jo Doe"],
    "Jo Doe is a Bloomberg Opinion columnist covering rain.": ["Jo Doe"],
    "Jo Doe, chief economist at Acme Ltd": ["Jo Doe"],
    "Jo Doe, Acme Capital Management": ["Jo Doe"],
    "By JO DOE. Special to The Rain April 24, 2014": ["Jo Doe"],
    "By Jo Doe, Special to The Rain": ["Jo Doe"],
    "Jo Doe for Rain.example": ["Jo Doe"],
    "Jo Doe Bloomberg News": ["Jo Doe"],
    "By Dr. Jo Doe": ["Jo Doe"],
    "Jo Doe and the team": ["Jo Doe"],
    "By Jo Doe, with assistance from Ann Poe in Rome": ["Jo Doe"],
    "By Jo Doe, with additional reporting by Ann Poe": ["Jo Doe"],
    "By Jo Doe Photographs by Ann Poe": ["Jo Doe"],
    "Illustrations by Ann Poe. By Jo Doe": ["Jo Doe"],
    # names
    "By Abby Doe": ["Abby Doe"],
    "Abby": ["Abby"],
    "Bybee Doe": ["Bybee Doe"],
    "Leonard Read": ["Leonard Read"],
    "Anderson Withers": ["Anderson Withers"],
    "June Doe and April May": ["June Doe", "April May"],
    "Michael Bloomberg": ["Michael Bloomberg"],
    "Michael R. Bloomberg": ["Michael R. Bloomberg"],
    "Juan de la Cruz and Pieter van der Berg": ["Juan de la Cruz", "Pieter van der Berg"],
    "Ahmed al-Doe": ["Ahmed al-Doe"],
    "Jeanne d'Arc and Gil d’Or": ["Jeanne d'Arc", "Gil d’Or"],
    "José Doe y Gasset": ["José Doe y Gasset"],
    "Jo Doe, Jr., Ann Poe III and Li Roe, M.D.": ["Jo Doe Jr.", "Ann Poe III", "Li Roe, M.D."],
    "Jo Doe Jr.": ["Jo Doe Jr."],
    "Jo Doe, Ph.D.": ["Jo Doe, Ph.D."],
    "J.D. O'Hara-Smith": ["J.D. O'Hara-Smith"],
    "Indira A.R. Doe": ["Indira A.R. Doe"],
    "Jo D.": ["Jo D."],
    "Suttinee (Ying) Doe, Kok Leong Poe": ["Suttinee (Ying) Doe", "Kok Leong Poe"],
    "Jo “Buddy” Doe": ["Jo “Buddy” Doe"],
    "Kim In-sung": ["Kim In-sung"],
    "Nguyễn Văn A": ["Nguyễn Văn A"],
    "李伟": ["李伟"],
    "王小明、李伟": ["王小明", "李伟"],
    "محمد الأحمد": ["محمد الأحمد"],
    "Иван Петров": ["Иван Петров"],
    # capitals
    "BY JO DOE": ["Jo Doe"],
    "JUAN DE LA CRUZ": ["Juan de la Cruz"],
    "SINÉAD O’CONNOR-MCDONALD": ["Sinéad O’Connor-McDonald"],
    "JO McDOE": ["Jo McDoe"],
    "J.D. DOE III": ["J.D. Doe III"],
    "TJ DOE AND ED POE": ["TJ Doe", "Ed Poe"],
    "JO DOE IN LONDON": ["Jo Doe"],
    "Jo DOE": ["Jo DOE"],
}

NOBODY = [
    "",
    "By",
    "By ",
    "@jodoe",
    "jdoe@news.example",
    "https://www.news.example/authors/jo",
    "Email The Author",
    "Contact the author",
    "5 hours ago",
    "an hour ago",
    "Yesterday",
    "Updated 31 minutes ago",
    "Nov 1, 2010 10:01 PM ET",
    "November 12, 2015 — 7:01 PM EST",
    "Updated Nov. 3, 2011",
    "2013-05-27",
    "27 May 2013",
    "November",
    "Staff Writer",
    "Sports Reporter",
    "By A Staff Reporter",
    "Bloomberg Opinion columnist",
    "Edited by Jo Doe",
    "Photographs by Jo Doe",
    "With assistance from Jo Doe",
    "Bloomberg News",
    "Bloomberg",
    "By Bloomberg Businessweek",
    "Reuters",
    "The Associated Press",
    "news.example.com",
    "The Editors",
    "Read More",
    "Share",
    "null",
    "admin",
    "By the company",
    "read more about rain",
    "The rain fell on Monday, and the farmers of Peru were glad of it, said Jo Doe's neighbor.",
]

DESKS = {
    "By Bloomberg News": "Bloomberg News",
    "BY BLOOMBERG NEWS": "Bloomberg News",
    "Bloomberg": "Bloomberg",
    "By the Editors": "the Editors",
    "Reuters": "Reuters",
    "Sample Edition": "Sample Edition",
    "By Jo Doe, Bloomberg News": None,
    "Jo Doe": None,
    "": None,
}


@pytest.mark.parametrize(("printed", "names"), PEOPLE.items())
def test_names_are_the_people_printed(printed: str, names: list[str]) -> None:
    assert list(byline.parse_names(printed)) == names


@pytest.mark.parametrize("printed", NOBODY)
def test_other_texts_are_no_names(printed: str) -> None:
    assert byline.parse_names(printed) == ()


@pytest.mark.parametrize(("printed", "desk"), DESKS.items())
def test_desk_only_where_no_person_is_named(printed: str, desk: str | None) -> None:
    assert byline.find_desk(printed) == desk


def test_a_list_is_read_in_order_and_each_person_once() -> None:
    printed = ["Jo Doe", "ANN POE", "Jo  Doe", "Bloomberg News", "Ann Poe", "", "Li Roe"]
    assert byline.parse_names(printed) == ("Jo Doe", "Ann Poe", "Li Roe")


def test_a_generator_of_authors_has_a_desk_too() -> None:
    assert byline.find_desk(name for name in ["", "Bloomberg News"]) == "Bloomberg News"


@given(st.text())
def test_any_text_gives_clean_names(printed: str) -> None:
    for name in byline.parse_names(printed):
        assert name == " ".join(name.split())
        assert not set(name) & set("@|/0123456789\n")
    byline.find_desk(printed)


@given(
    st.lists(st.sampled_from(["By", "Jo", "DOE", "Ann", "and", ",", "in", "Peru", "(", ")", "Jr.", "|", "@x", "by"]))
)
def test_any_mix_of_its_words_is_stable(words: list[str]) -> None:
    names = byline.parse_names(" ".join(words))
    assert byline.parse_names(list(names)) == names


@pytest.mark.parametrize("unit", ["Jo Doe, ", "(", "By ", "a@", "- ", "1:", "Jo “", "\n", "and "])
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    with at_most(5):
        byline.parse_names(unit * (2**20 // len(unit)))
        byline.parse_names((unit * 4000)[:4000])
