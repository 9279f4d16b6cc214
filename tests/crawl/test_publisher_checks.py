"""Mistakes in the data of a publisher: each is one line that names it, before anything is requested."""

from typing import Any

import pytest

from newscrawl.crawl.publisher_checks import check_publisher
from newscrawl.errors import PublisherError
from newscrawl.extract.layout import Figure, Layout
from newscrawl.extract.selectors import Dom
from newscrawl.publisher import Publisher
from newscrawl.publishers.bloomberg import PUBLISHER

HOME = "https://tern.example/"


class Tern(Layout):
    """A layout without a mistake."""

    marker = "article.story"
    body = ("div.text",)


def publisher(**data: Any) -> Publisher:
    given = {
        "name": "tern",
        "title": "Tern Post",
        "home": "https://tern.example/",
        "hosts": frozenset(("tern.example",)),
    }
    return Publisher(**(given | data))


def with_layout(**fields: Any) -> Publisher:
    return publisher(layouts=(type("Gull", (Tern,), fields),))


@pytest.mark.parametrize(
    "good", [PUBLISHER, publisher(), publisher(layouts=(Tern,))], ids=["Bloomberg", "least", "layout"]
)
def test_good_data_pass(good: Publisher) -> None:
    check_publisher(good)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ({"hosts": frozenset(("tern.example:443",))}, "tern: hosts: 'tern.example:443' is not a host name"),
        ({"hosts": frozenset(("tern.example:x",))}, "tern: hosts: 'tern.example:x' is not a host name"),
        ({"hosts": frozenset(("https://tern.example",))}, "tern: hosts: 'https://tern.example' is not a host name"),
        ({"past_hosts": frozenset(("WWW.tern.example",))}, "tern: past_hosts: 'WWW.tern.example' is not a host name"),
        ({"hosts": "tern.example"}, "tern: hosts is not a frozenset"),
        ({"lists": (("feed", "/feed.rss"),)}, "tern: '/feed.rss' is not an http"),
        ({"time_zone": "London"}, "tern: time_zone: 'London' is not an IANA time zone"),
    ],
)
def test_the_value_itself(data: dict[str, Any], line: str) -> None:
    with pytest.raises(PublisherError) as caught:
        publisher(**data)
    assert str(caught.value).startswith(line)


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (publisher(lists=(("rss", HOME),)), "lists: 'rss' is not a kind of list; did you mean 'feed'?"),
        (publisher(lists=(("sitmap", HOME),)), "lists: 'sitmap' is not a kind of list; did you mean 'sitemap'?"),
        (publisher(layouts="newscrawl.publishers.tern"), "layouts: No module named 'newscrawl.publishers.tern'"),
        (with_layout(marker=""), "layout Gull: marker is missing"),
        (with_layout(body=()), "layout Gull: body is missing"),
        (with_layout(body="div.text"), "layout Gull: body is not a tuple"),
        (with_layout(skip="div..ad"), "layout Gull: skip: 'div..ad' is not a CSS selector (Expected ident, got"),
        (with_layout(headline=(Dom("h1["),)), "layout Gull: headline: 'h1[' is not a CSS selector"),
        (with_layout(headline=("h1",)), "layout Gull: headline: 'h1' is not a place such as Dom(...)"),
        (with_layout(headlines=(Dom("h1"),)), "layout Gull: 'headlines' is not a field; did you mean 'headline'?"),
        (with_layout(figures=(Figure(selector="figure", unless="a]"),)), "layout Gull: figures: unless: 'a]' is not a"),
    ],
)  # fmt: skip
def test_lists_and_layouts(wrong: Publisher, line: str) -> None:
    with pytest.raises(PublisherError) as caught:
        check_publisher(wrong)
    assert str(caught.value).startswith(f"tern: {line}")
    assert "\n" not in str(caught.value)
