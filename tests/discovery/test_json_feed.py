"""JSON Feed, 1.0 and 1.1, whole and broken."""

import json
from datetime import UTC, datetime

import pytest

from newscrawl import discovery
from newscrawl.article import Link
from newscrawl.discovery import Refused
from newscrawl.errors import DiscoveryError

AT = "https://harbour.example/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items: object) -> bytes:
    return json.dumps({"version": VERSION, "title": "Vell", "items": items}).encode()


@pytest.mark.parametrize("source", ["feed", "json_feed"])
def test_an_item_says_all_it_knows(source: str) -> None:
    item = {
        "id": "1",
        "url": "/news/ferry",
        "external_url": "https://tern.example/",
        "title": "Ferry \U0001f600\n sails",
        "summary": "At dawn.",
        "date_published": "2026-07-11T00:30:00+02:00",
        "date_modified": "2026-07-12T00:30:00Z",
        "authors": [{"name": "Ada Okafor"}, {"url": "https://ada.example/"}, {"name": "Noor Haddad"}],
    }
    assert discovery.read(source, feed(item), AT).links == (
        Link(
            url="https://harbour.example/news/ferry",
            source="json_feed",
            headline="Ferry \U0001f600 sails",
            dek="At dawn.",
            byline=("Ada Okafor", "Noor Haddad"),
            published_at=datetime(2026, 7, 10, 22, 30, tzinfo=UTC),
            updated_at=datetime(2026, 7, 12, 0, 30, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"id": "https://harbour.example/1"}, "https://harbour.example/1"),
        ({"id": 1}, Refused("", "no_address")),
        ({"id": "1", "external_url": "https://tern.example/1"}, "https://tern.example/1"),
        ({"url": "javascript:alert(1)"}, Refused("javascript:alert(1)", "malformed")),
        ("item", Refused("", "malformed")),
        ({"url": "/1", "author": "Ada", "authors": 7, "title": 1, "date_published": []}, "https://harbour.example/1"),
    ],
)
def test_addresses(item: object, found: str | Refused) -> None:
    listing = discovery.read("feed", feed(item, {"url": "/2"}), AT)
    links = [link.url for link in listing.links]
    assert [*links, *listing.refused] in ([found, "https://harbour.example/2"], ["https://harbour.example/2", found])
    assert listing.error is None


def test_the_author_of_version_1_0() -> None:
    [link] = discovery.read("feed", feed({"url": "/1", "author": {"name": "Ada Okafor"}}), AT).links
    assert link.byline == ("Ada Okafor",)


@pytest.mark.parametrize("title", [r"\ud83d sails", r"\u0000sails", r"\ufffe sails", "\x01sails"])
def test_no_text_has_what_no_database_stores(title: str) -> None:
    body = f'{{"version": "{VERSION}", "items": [{{"url": "/1", "title": "{title}"}}]}}'
    [link] = discovery.read("feed", body.encode(), AT).links
    assert link.headline in ("sails", "\ufffd sails")


def test_a_number_of_5000_digits_costs_nothing() -> None:
    body = f'{{"version": "{VERSION}", "items": [{{"url": "/1", "n": {"1" * 5000}}}]}}'
    assert len(discovery.read("feed", body.encode(), AT).links) == 1


def test_a_feed_cut_short_gives_what_it_had_and_says_so() -> None:
    body = feed(*({"url": f"https://harbour.example/{number}", "title": "Ferry"} for number in range(4)))
    whole = discovery.read("feed", body, AT).links
    for end in range(body.index(b"[") + 1, len(body)):
        if b"}" not in body[:end]:
            with pytest.raises(DiscoveryError, match="cut short"):
                discovery.read("feed", body[:end], AT)
            continue
        cut = discovery.read("feed", body[:end], AT)
        assert cut.links == whole[: body[:end].count(b"}")]
        assert cut.error is not None
        assert cut.error.reason == "broken_tail"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"{}", "not_json_feed"),
        (b"[]", "not_json_feed"),
        (b"{", "not_json_feed"),
        (b"7", "not_json_feed"),
    ],
)
def test_what_is_no_json_feed_is_refused_by_name(body: bytes, reason: str) -> None:
    with pytest.raises(DiscoveryError) as caught:
        discovery.read("json_feed", body, AT)
    assert caught.value.reason == reason
