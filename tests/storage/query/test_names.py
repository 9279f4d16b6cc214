"""Sections and publishers in all their spellings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from newscrawl.article import Link
from newscrawl.storage import Count, Query, Store
from newscrawl.storage.query.names import merge_spellings
from tests.storage.captures import at, capture, result


@pytest.fixture
def stocked(store: Store, run_id: int) -> Store:
    def make(slug: str, publisher: str, section: str | None, site: str) -> Any:
        fields: dict[str, Any] = {"headline": slug, "publisher": publisher, "section": section, "published_at": at(0)}
        return replace(result(capture(slug, **fields)), site=site)

    articles = (
        make("a", "Tern Post", "Markets", "tern"),
        make("b", "TERN POST ", "MARKETS ", "tern"),
        make("c", "Quay Times", " markets", "quay.example"),
        make("d", "Quay Times", "Äußeres", "quay.example"),
        make("e", "Pier", "ÄUSSERES", "quay.example"),
        make("f", "Pier", None, "pier.example"),
    )
    store.record(articles, run_id=run_id)
    return store


@pytest.fixture
def listed(stocked: Store, run_id: int) -> Store:
    """With a page of Quay Times that was not fetched yet."""
    link = Link(url="https://quay.example/x", source="feed")
    stocked.discover([link], run_id=run_id, spider="news", site="quay.example")
    return stocked


def find(store: Store, **conditions: str) -> str:
    return "".join(sorted(hit.headline for hit in store.search(Query(**conditions))))  # type: ignore[arg-type]


def test_a_publisher_is_found_by_title_name_and_host(stocked: Store) -> None:
    found = {
        "tern  post": "ab",
        "Tern Post": "ab",
        "TERN": "ab",
        "quay times": "cd",
        "quay.example": "cde",
        "https://www.QUAY.example/news": "cde",
        "pier": "ef",
        "Tern Pos": "",
        "": "abcdef",
    }
    assert {name: find(stocked, publisher=name) for name in found} == found


def test_a_publisher_and_a_site_in_the_query_language(stocked: Store) -> None:
    found = {
        'publisher:"tern post" -section:markets': "",
        "publisher:tern OR publisher:pier": "abef",
        "site:quay.example -publisher:pier": "cd",
        "publisher:quay.example section:markets": "c",
    }
    assert {words: find(stocked, words=words) for words in found} == found


def test_a_section_is_one_in_all_its_spellings(stocked: Store) -> None:
    for section, slugs in {"markets": "abc", "Markets  ": "abc", "äusseres": "de"}.items():
        assert find(stocked, section=section) == find(stocked, words=f'section:"{section}"') == slugs


def test_counts_have_one_spelling(stocked: Store) -> None:
    sections = stocked.count_by(Query(), "section")
    assert [(each.name and each.name.casefold(), each.articles) for each in sections] == [
        ("markets", 3),
        ("äusseres", 2),
        (None, 1),
    ]
    publishers = stocked.count_by(Query(), "publisher")
    assert {((each.name or "").casefold(), each.articles) for each in publishers} == {
        ("pier", 2),
        ("quay times", 2),
        ("tern post", 2),
    }
    statistics = stocked.statistics()
    assert [each.articles for each in statistics.sections] == [3, 2, 1]
    assert [month.by_section for month in statistics.months] == [(3, 2)]


def test_statistics_and_pages_of_a_publisher(listed: Store) -> None:
    statistics = listed.statistics(publisher="quay times")
    assert (statistics.articles, statistics.publishers) == (2, (Count("Quay Times", 2),))
    assert statistics.states == {"stored": 3, "discovered": 1}
    assert listed.statistics(publisher="nobody").articles == 0
    assert len(listed.statistics(entries=1).publishers) == 1
    for name in ("Quay Times", "quay.example"):
        assert [page.url for page in listed.pages(publisher=name, state="discovered")] == ["https://quay.example/x"]
    assert listed.count_pages(publisher="tern post") == 2
    run_id = listed.start_run("news", {}, sites=["quay.example"])
    assert [run.id for run in listed.iterate_runs(publisher="Quay Times")] == [run_id]
    assert [listed.count_runs(publisher=name) for name in ("quay.example", "nobody")] == [1, 0]


def test_the_view_of_sections_has_one_spelling(store: Store, run_id: int) -> None:
    """The letters of ASCII, which every database can lower."""
    spellings = ("Markets", "MARKETS ", "markets", "Markets", "Opinion", None)
    pages = [
        result(capture(f"s{number}", headline="x", published_at=at(number), section=section))
        for number, section in enumerate(spellings)
    ]
    store.record(pages, run_id=run_id)
    with store._reading() as connection:
        rows = connection.exec_driver_sql("SELECT section, articles FROM articles_by_section").all()
    assert {section: int(articles) for section, articles in rows} == {"Markets": 4, "Opinion": 1, None: 1}


def test_the_most_frequent_spelling_is_the_name() -> None:
    names = merge_spellings([("MARKETS", 1), ("Markets  today", 2), ("markets", 3), (None, 4), ("", 5)])
    assert [(each.name, each.articles) for each in names] == [("markets", 4), ("Markets today", 2), (None, 4), ("", 5)]
