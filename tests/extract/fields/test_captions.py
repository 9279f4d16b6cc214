import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.extract.fields import captions
from tests.cpu_time import at_most

CREDITS = [
    "Photographer: Jo Doe/Bloomberg",
    "Photographer: Jo Doe",
    "Photographer: Peter van der Doe/Bloomberg Businessweek",
    "Photographer: Jo Doe for Bloomberg Businessweek",
    "Photographer: Jo Doe/AFP via Getty Images",
    "Photographer: Getty Images/Image Source",
    "Photographers: Jo Doe and Ann Poe",
    "PHOTOGRAPHER: JO DOE/BLOOMBERG",
    "Photograph by Jo Doe/Bloomberg",
    "Photographs by Jo Doe for Bloomberg Businessweek",
    "Photograph: Jo Doe",
    "Photo: Jo Doe",
    "Photos: Jo Doe, Ann Poe",
    "Photo by Jo Doe/Getty Images",
    "Photo courtesy of Acme Inc.",
    "Photo credit: Jo Doe",
    "Photo illustration by Jo Doe",
    "Photo Illustration: Jo Doe; Photos: Getty (2)",
    "Source: Acme Corp.",
    "Source: Bloomberg",
    "Source: Acme via Bloomberg",
    "Sources: Acme; Poe Inc., Bloomberg reporting",
    "Source: AFP/Getty Images",
    "Courtesy Acme",
    "Courtesy of Acme",
    "Courtesy: Acme",
    "Illustration by Jo Doe",
    "Illustration: Jo Doe",
    "Illustrator: Jo Doe",
    "Illustration by Jo Doe; Photographer: Ann Poe/Getty Images",
    "Credit: Jo Doe",
    "Image: Jo Doe",
    "Jo Doe/AFP via Getty Images",
    "J. D. Doe/AFP",
    "Jo Doe/Bloomberg",
    "Bloomberg/Jo Doe",
    "Getty Images",
    "Getty Images/iStockphoto",
    "Acme PR via Bloomberg",
]

CAPTIONS = [
    "Rain falls in Peru.",
    "“It rains,” says Ann Poe, owner of the smelter. “To be honest, that is good.”",
    "Rain, the farmers say, is good. It fell in Peru, on April 5, 2010.",
    "``It rains,'' says Poe.'",
    "Who says it rains?",
]

NO_CREDIT = [
    "Rain falls.",
    "The leak's source: a broken pipe",
    "The photo by Jo was sold.",
    "A cab of Courtesy Cars in Rome.",
    "From left: Jo Doe (Photo: wet) and Ann Poe",
    "He reads Reuters",
    "He joined AP",
    "A man and his illustrations by the sea",
    "Photographer:",
    "A river and/or its source",
]


@pytest.mark.parametrize("credit", CREDITS)
@pytest.mark.parametrize("caption", CAPTIONS)
def test_caption_and_credit_part(caption: str, credit: str) -> None:
    assert captions.split(f"{caption} {credit}") == (caption, credit)


@pytest.mark.parametrize("credit", CREDITS)
def test_a_credit_alone(credit: str) -> None:
    assert captions.split(credit) == (None, credit)
    assert captions.split(f"({credit})") == (None, credit)


@pytest.mark.parametrize("credit", ["Photographer: Jo Doe", "Source: Acme Corp.", "Photos: Jo Doe, Ann Poe"])
def test_a_label_with_a_colon_needs_no_full_stop_before_it(credit: str) -> None:
    assert captions.split(f"Copper pipes {credit}") == ("Copper pipes", credit)
    assert captions.split(f"Copper pipes\n\n{credit}") == ("Copper pipes", credit)


@pytest.mark.parametrize("credit", ["Photo by Jo Doe/Getty Images", "Source: Bloomberg", "Jo Doe/Getty Images"])
def test_brackets_around_a_credit_come_off(credit: str) -> None:
    assert captions.split(f"JULY 09: Jo Doe (R) walks. ({credit})") == ("JULY 09: Jo Doe (R) walks.", credit)
    assert captions.split(f"Rain in Peru ({credit})") == ("Rain in Peru", credit)


@pytest.mark.parametrize("text", NO_CREDIT)
def test_a_caption_without_credit(text: str) -> None:
    assert captions.split(text) == (text, None)


def test_the_last_label_parts() -> None:
    assert captions.split("Rain. Source: Acme. Photographer: Jo Doe") == ("Rain. Source: Acme.", "Photographer: Jo Doe")


@pytest.mark.parametrize("text", ["", " \n", "OLYMPUS DIGITAL CAMERA", "SONY DSC"])
def test_nothing_is_nothing(text: str) -> None:
    assert captions.split(text) == (None, None)


@given(st.text())
def test_no_word_is_lost(text: str) -> None:
    caption, credit = captions.split(text)
    kept = "".join(f"{caption or ''}{credit or ''}".split())
    assert [char for char in text if char.isalnum()] == [char for char in kept if char.isalnum()]


@pytest.mark.parametrize("unit", ["Photo by ", "Source: ", "AP/", "A", "A ", "A/", "(", "Jo Doe/AFP via "])
def test_a_line_of_a_megabyte_takes_no_time(unit: str) -> None:
    with at_most(5):
        captions.split(unit * (2**20 // len(unit)))
        captions.split("AP/" + (unit * 200)[:200] + "!")
