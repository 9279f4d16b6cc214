"""Addresses of the room, read and written."""

from __future__ import annotations

from datetime import date

import pytest

from newscrawl.web.request import Asked, midnight


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("0", 1), ("-3", 1), ("1.5", 1), ("", 1), ("٣", 1), ("9" * 30, 1), ("x", 1)]
)
def test_a_number_is_positive_and_small(text: str, number: int) -> None:
    assert Asked("/search", args={"page": text}).number("page", 1) == number


def test_an_address_keeps_its_other_arguments() -> None:
    asked = Asked("/search", args={"q": 'a "b" & c', "page": "3"})
    assert asked.but(page=None, section="Über/uns") == "/search?q=a+%22b%22+%26+c&section=%C3%9Cber%2Funs"
    assert Asked("/", args={"page": "3"}).but(page=None) == "/"


def test_the_day_after_the_last_is_its_last_moment() -> None:
    assert midnight(date.max, days=1) > midnight(date.max)
