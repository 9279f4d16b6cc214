"""URLs of the web application, parsed and changed."""

from __future__ import annotations

from datetime import date

import pytest

from newscrawl.web.request import PageRequest, day_start


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("0", 1), ("-3", 1), ("1.5", 1), ("", 1), ("٣", 1), ("9" * 30, 1), ("x", 1)]
)
def test_numbers_are_positive_and_small(text: str, number: int) -> None:
    assert PageRequest("/search", args={"page": text}).get_number("page", 1) == number


def test_a_url_keeps_its_other_arguments() -> None:
    request = PageRequest("/search", args={"q": 'a "b" & c', "page": "3"})
    assert request.replace_args(page=None, section="Über/uns") == "/search?q=a+%22b%22+%26+c&section=%C3%9Cber%2Funs"
    assert PageRequest("/", args={"page": "3"}).replace_args(page=None) == "/"


def test_the_day_after_the_last_is_the_last_possible_time() -> None:
    assert day_start(date.max, days=1) > day_start(date.max)


def test_pages_link_to_their_neighbours() -> None:
    request = PageRequest("/search", args={"q": "a"})
    assert request.link_pages(1, has_next=True) == {"newer": None, "older": "/search?q=a&page=2"}
    assert request.link_pages(2, has_next=False) == {"newer": "/search?q=a", "older": None}
    assert request.link_pages(3, has_next=False)["newer"] == "/search?q=a&page=2"
