"""The rules of newscrawl.storage.articles.merge: pure, so no database."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.article import Article, Contact, Image
from newscrawl.storage.articles.merge import (
    FIELDS,
    Version,
    add_version,
    add_versions,
    content_text,
    fingerprint,
    is_changed,
    make_version,
    merge,
)
from tests.storage.captures import at, body, capture


def seen(hours: float, headline: str = "A", until: float | None = None, **fields: Any) -> Version:
    first = make_version(capture(hours=hours, headline=headline, **fields))
    return replace(first, seen_until=at(hours if until is None else until))


def spans(history: tuple[Version, ...]) -> list[tuple[str, float, float]]:
    def hours(version: Version) -> tuple[float, float]:
        return ((version.seen_at - at(0)).total_seconds() / 3600, (version.seen_until - at(0)).total_seconds() / 3600)

    return [(version.headline, *hours(version)) for version in history]


@pytest.mark.parametrize(
    ("sightings", "expected"),
    [
        ([("A", 0), ("A", 1), ("A", 2)], [("A", 0, 2)]),
        ([("A", 0), ("B", 1)], [("A", 0, 0), ("B", 1, 1)]),
        ([("A", 0), ("B", 1), ("A", 2)], [("A", 0, 0), ("B", 1, 1), ("A", 2, 2)]),
        ([("B", 1), ("A", 0)], [("A", 0, 0), ("B", 1, 1)]),
        ([("A", 1), ("A", 0)], [("A", 0, 1)]),
        ([("A", 0), ("A", 4), ("B", 2)], [("A", 0, 0), ("B", 2, 2), ("A", 4, 4)]),
        ([("A", 0), ("B", 3), ("B", 2)], [("A", 0, 0), ("B", 2, 3)]),
        ([("A", 0), ("B", 0), ("A", 0), ("B", 0)], [("A", 0, 0), ("B", 0, 0)]),
        ([("A", 0), ("A", 4), ("B", 2), ("B", 3), ("A", 1)], [("A", 0, 1), ("B", 2, 3), ("A", 4, 4)]),
    ],
)
def test_sightings_are_in_the_order_of_their_time_however_they_arrive(
    sightings: list[tuple[str, float]], expected: list[tuple[str, float, float]]
) -> None:
    first, *rest = [seen(hours, headline) for headline, hours in sightings]
    assert spans(add_versions((first,), rest)) == expected


@given(st.permutations([("A", 0), ("B", 1), ("C", 2), ("A", 3), ("D", 4)]))
def test_the_order_of_arrival_makes_no_difference(sightings: list[tuple[str, float]]) -> None:
    first, *rest = [seen(hours, headline) for headline, hours in sightings]
    expected = [("A", 0, 0), ("B", 1, 1), ("C", 2, 2), ("A", 3, 3), ("D", 4, 4)]
    assert spans(add_versions((first,), rest)) == expected


SIGHTINGS = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 6)), min_size=1, max_size=12)


@given(SIGHTINGS)
def test_the_same_sightings_again_change_nothing(sightings: list[tuple[str, float]]) -> None:
    first, *rest = [seen(hours, headline) for headline, hours in sorted(sightings, key=lambda pair: pair[1])]
    once = add_versions((first,), rest)
    assert add_versions(once, [first, *rest]) == once


@given(SIGHTINGS)
def test_no_version_is_lost_or_repeated_in_whatever_order(sightings: list[tuple[str, float]]) -> None:
    first, *rest = [seen(hours, headline) for headline, hours in sightings]
    once = add_versions((first,), rest)
    twice = add_versions(once, [first, *rest])  # repeats sightings within a time that was split
    assert add_versions(twice, [first, *rest]) == twice
    assert [version.seen_at for version in once] == sorted(version.seen_at for version in once)
    assert all(one.content != two.content for one, two in pairwise(once))
    assert {version.headline for version in once} == {headline for headline, _ in sightings}


def test_a_version_of_another_history_counts_with_both_of_its_times() -> None:
    one, other = seen(0, until=2), seen(1, until=3)
    assert spans(add_versions((one,), [other])) == spans(add_versions((other,), [one])) == [("A", 0, 3)]


def test_a_teaser_never_replaces_a_full_body() -> None:
    full, teaser = seen(0, body=body("One.", "Two.")), seen(1, body=body("One."), access="teaser")
    assert add_version((full,), teaser) == (full,)


def test_a_teaser_with_another_headline_is_a_version_with_the_known_body() -> None:
    full = seen(0, body=body("One.", "Two."))
    _, after = add_version((full,), seen(1, "B", body=body("One."), access="teaser"))
    assert (after.headline, after.body, after.access) == ("B", full.body, "full")


def test_a_full_body_completes_a_teaser() -> None:
    teaser, full = seen(0, body=body("One."), access="teaser"), seen(1, body=body("One.", "Two."))
    assert [version.access for version in add_version((teaser,), full)] == ["teaser", "full"]


def test_a_full_body_that_comes_late_makes_a_later_teaser_none() -> None:
    teaser, full = seen(1, body=body("One."), access="teaser"), seen(0, body=body("One.", "Two."))
    assert add_version((teaser,), full) == (full,)


def test_a_dek_that_a_later_template_leaves_out_remains() -> None:
    with_dek = seen(0, dek="No ships came.")
    assert add_version((with_dek,), seen(1)) == (with_dek,)
    assert [version.dek for version in add_version((with_dek,), seen(1, "B"))] == ["No ships came."] * 2


def test_the_first_page_replaces_what_lists_gave() -> None:
    listed = [seen(0, "Listed", body=(), access="blocked"), seen(1, "Listed again", body=(), access="blocked")]
    page = seen(2, access="teaser")
    assert spans(add_versions((listed[0],), listed[1:])) == [("Listed", 0, 0), ("Listed again", 1, 1)]
    assert add_versions((listed[0],), [listed[1], page]) == (page,)
    assert add_versions((page,), listed) == (page,)


LISTED_OR_READ = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(0, 6), st.sampled_from(["blocked", "teaser", "full"])), min_size=1
)


@given(LISTED_OR_READ)
def test_a_list_and_a_page_are_never_in_one_history(sightings: list[tuple[str, int, str]]) -> None:
    first, *rest = [
        seen(hours, headline, access=access, body=() if access == "blocked" else body(access))
        for headline, hours, access in sightings
    ]
    woven = add_versions((first,), rest)
    pages = [version for version in (first, *rest) if not version.is_listed]
    assert {version.is_listed for version in woven} == {not pages}
    assert woven == (add_versions((pages[0],), pages[1:]) if pages else woven)


FILLED: dict[str, Any] = {
    "canonical_url": "https://www.bloomberg.example/news/articles/2016-03-01/quiet-harbour",
    "post_id": "O3A",
    "dek": "No ships came.",
    "byline": ("Ann Bo",),
    "published_at": at(-1),
    "updated_at": at(-1),
    "section": "markets",
    "topics": ("Ships",),
    "tickers": ("SEA:US",),
    "language": "en",
    "abstract": ("Cranes idle",),
    "correction": "Corrects the day.",
    "images": (Image(url="https://img.example/1.jpg"),),
    "contacts": (Contact(role="editor", name="Cy Do"),),
    "assistance": ("Ed Fo",),
    "description": "Cranes idle as ships stay away.",
}


@pytest.mark.parametrize("name", FILLED)
def test_an_absent_value_erases_nothing_and_a_present_one_wins(name: str) -> None:
    known, bare = capture(**{name: FILLED[name]}), capture(hours=1)
    assert getattr(merge(known, bare), name) == FILLED[name]
    assert getattr(merge(bare, known), name) == FILLED[name]


@pytest.mark.parametrize(
    ("before", "after", "wins"),
    [("second", "day", "before"), ("day", "minute", "after"), ("minute", "minute", "after"), (None, "day", "after")],
)
def test_a_coarser_time_never_replaces_a_finer_one(before: Any, after: Any, wins: str) -> None:
    times = {"before": at(-2), "after": at(-9)}
    one = capture(published_at=times["before"], published_precision=before)
    two = capture(published_at=times["after"], published_precision=after)
    assert merge(one, two).published_at == times[wins]


@pytest.mark.parametrize("name", ["headline", *FILLED, "access", "published_precision"])
def test_a_fingerprint_depends_on_every_field(name: str) -> None:
    other = {"headline": "Other", "access": "teaser", "published_precision": "day"} | FILLED
    assert mark(capture()) != mark(capture(**{name: other[name]}))


def test_every_field_of_an_article_has_a_rule() -> None:
    assert FIELDS.keys() == {field.name for field in dataclasses.fields(Article)}
    assert {field.since for field in FIELDS.values()} - {None} < {str(n).zfill(4) for n in range(5, 100)}


def test_fingerprints_in_older_databases_still_hold() -> None:
    older = {name: value for name, value in FILLED.items() if FIELDS[name].since is None}
    assert mark(capture()) == "18ae30bd48ea476b4d6e52007059eed4"
    assert mark(capture(**older)) == "72020d118b67feb011c36d048840c162"


def test_a_field_that_is_new_to_the_schema_makes_no_change_where_it_is_filled() -> None:
    known, filled = capture(), capture(description=FILLED["description"])
    assert mark(known) != mark(filled)
    assert not is_changed(known, filled)
    assert is_changed(filled, capture(description="Ships return."))
    assert is_changed(known, capture(description=FILLED["description"], dek="No ships came."))


@pytest.mark.parametrize(
    "fields", [{"url": "https://m.bloomberg.example/x"}, {"layout": "other"}, {"sources": {"dek": "dom"}}, {"hours": 3}]
)
def test_a_fingerprint_ignores_how_the_article_was_read(fields: dict[str, Any]) -> None:
    assert mark(capture()) == mark(capture(**fields))


def test_a_fingerprint_ignores_the_url_of_an_image() -> None:
    one, two = (
        capture(images=(Image(url=f"https://{host}/1.jpg", caption="A crane"),)) for host in ("a.example", "b.example")
    )
    assert mark(one) == mark(two) != mark(capture(images=(Image(caption="Two cranes"),)))


def mark(article: Article) -> str:
    return fingerprint(content_text(article))
