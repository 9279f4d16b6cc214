"""Common Crawl's list of its crawls."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from newscrawl import discovery
from newscrawl.article import Link
from newscrawl.discovery import Listing, Refused
from newscrawl.errors import DiscoveryError

AT = "https://index.crawl.example/collinfo.json"


def crawl(name: str, **more: Any) -> dict[str, Any]:
    """As Common Crawl's list has them."""
    index = f"https://index.crawl.example/{name}"
    return {"id": name, "name": "A Index", "timegate": f"{index}/", "cdx-api": f"{index}-index", **more}


def read(crawls: Any) -> Listing:
    return discovery.read("collinfo", json.dumps(crawls).encode(), AT)


def span(name: str, **more: Any) -> tuple[datetime | None, datetime | None]:
    (link,) = read([crawl(name, **more)]).links
    return link.published_at, link.updated_at


def test_crawls_have_an_index_and_a_span() -> None:
    told = {"from": "2026-01-12T16:12:39", "to": "2026-01-25T14:05:40"}
    assert read([crawl("CC-MAIN-2026-04", **told)]).links == (
        Link(
            url="https://index.crawl.example/CC-MAIN-2026-04-index",
            source="collinfo",
            published_at=datetime(2026, 1, 12, 16, 12, 39, tzinfo=UTC),
            updated_at=datetime(2026, 1, 25, 14, 5, 40, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("CC-MAIN-2013-20", (2013, 5, 13), (2013, 5, 19)),
        ("CC-MAIN-2020-53", (2020, 12, 28), (2021, 1, 3)),
        ("CC-MAIN-2012", (2012, 1, 1), (2012, 12, 31)),
        ("CC-MAIN-2008-2009", (2008, 1, 1), (2009, 12, 31)),
    ],
)
def test_a_span_that_is_not_told_is_that_of_the_name(
    name: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    named = (datetime(*first, tzinfo=UTC), datetime(*last, 23, 59, 59, tzinfo=UTC))
    assert span(name) == named
    assert span(name, **{"from": None, "to": "soon"}) == named


@pytest.mark.parametrize("name", ["CC-MAIN-2013-99", "CC-MAIN-0000", "CC-NEWS-2013-20", "", "CC-MAIN-2013-20-x"])
def test_other_names_tell_no_span(name: str) -> None:
    assert span(name) == (None, None)


def test_what_is_no_crawl_is_refused_and_the_others_are_read() -> None:
    good = crawl("CC-MAIN-2013-20")
    listing = read([None, {"id": "x"}, {**good, "cdx-api": 7}, {**good, "id": 7}, {**good, "cdx-api": "/x-index"}, [1]])
    assert [link.url.rpartition("/")[2] for link in listing.links] == ["CC-MAIN-2013-20-index", "x-index"]
    assert [refused.reason for refused in listing.refused] == ["malformed", "no_address", "no_address", "malformed"]
    assert listing.refused[0] == Refused("", "malformed")


@pytest.mark.parametrize("body", [b"<html></html>", b"{}", b"[1", b"7", b"[" * 200_000, b"\xff"])
def test_anything_else_is_called_so(body: bytes) -> None:
    with pytest.raises(DiscoveryError) as caught:
        discovery.read("collinfo", body, AT)
    assert caught.value.reason == "not_collinfo"


def test_an_empty_array_has_no_crawls() -> None:
    assert read([]) == Listing(links=())
