"""Sites that are made at run time, and which of them a URL belongs to."""

from __future__ import annotations

import pickle

import pytest

from newscrawl.errors import PublisherError
from newscrawl.publishers import Sites, find_publisher, make_site
from newscrawl.publishers.bloomberg import PUBLISHER

SITES = Sites(
    [
        make_site("http://127.0.0.1:8000/"),
        make_site("http://127.0.0.1:8001/"),
        make_site("http://127.0.0.1/"),
        make_site("https://www.tern.example/"),
        make_site("https://sport.tern.example/", hosts=["results.gull.example"]),
        PUBLISHER,
    ]
)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:8000/a", "127.0.0.1:8000"),
        ("http://127.0.0.1:8001/a", "127.0.0.1:8001"),
        ("http://127.0.0.1/a", "127.0.0.1"),
        ("http://127.0.0.1:8002/a", None),
        ("https://tern.example/a", "tern.example"),
        ("http://m.tern.example/a", "tern.example"),
        ("https://weather.tern.example/a", "tern.example"),
        ("https://a.b.tern.example/a", "tern.example"),
        ("https://sport.tern.example/a", "sport.tern.example"),
        ("https://www.sport.tern.example/a", "sport.tern.example"),
        ("https://results.gull.example/a", "sport.tern.example"),
        ("https://gull.example/a", None),
        ("https://eastern.example/a", None),
        ("https://tern.example:8443/a", None),
        ("https://www.bloomberg.com/a", "bloomberg"),
        ("https://quote.bloomberg.com/a", None),
        ("file:///a.html", None),
        ("http://[tern", None),
    ],
)
def test_a_page_is_of_the_site_with_the_longest_host(url: str, name: str | None) -> None:
    found = SITES.find(url)
    assert (found.name if found else None) == name


def test_past_hosts_count_where_archives_are_read() -> None:
    assert SITES.find("https://www.businessweek.com/a") is None
    assert SITES.find("https://www.businessweek.com/a", past=True) is PUBLISHER


def test_sites_can_be_sent_to_another_process() -> None:
    again = pickle.loads(pickle.dumps(Sites([make_site("https://tern.example/")])))
    assert again.find("https://tern.example/a").explored


def test_a_site_has_no_rules_that_change_addresses() -> None:
    assert make_site("https://tern.example/").url_rules == find_publisher("https://tern.example/").url_rules


@pytest.mark.parametrize("home", ["", "tern.example", "mailto:desk@tern.example", "https:///a"])
def test_what_is_no_address_makes_no_site(home: str) -> None:
    with pytest.raises(PublisherError):
        make_site(home)
