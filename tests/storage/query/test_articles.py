"""Search and single articles, on the three databases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newscrawl.storage import Query, Store
from tests.storage.captures import Keep, at, body, capture
from tests.storage.query.archive import ARTICLES


@pytest.fixture
def find(store: Store, keep: Keep) -> Any:
    keep(*ARTICLES)

    def search(**query: Any) -> list[str]:
        return [hit.url.rpartition("/")[2] for hit in store.search(Query(**query))]

    return search


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cranes", {"harbour", "undated"}),
        ("CRANES tuesday", {"harbour"}),
        ("harbour", {"harbour", "tariffs"}),
        ("tariff", {"tariffs"}),
        ("tarif", set()),
        ("tarif*", {"tariffs"}),
        ('"stood still"', {"harbour"}),
        ('"still stood"', set()),
        ('"stood sti*"', {"harbour"}),
        ('"cranes about" eu', {"harbour"}),
        ("state-of-the-art", {"harbour"}),
        ('"state of the art"', {"harbour"}),
        ("eu", {"harbour"}),
        ("about the will", {"harbour"}),
        ("ships", {"harbour"}),
        ("café", {"tariffs"}),
        ("quoted", {"undated"}),
        ("(cranes)", {"harbour", "undated"}),
        ("cranes: -", {"harbour", "undated"}),
        ("cranes AND ships", {"harbour"}),
        ("***", set()),
        ('"', set()),
        ('""', set()),
        ("-", set()),
    ],
)
def test_words(find: Any, words: str, expected: set[str]) -> None:
    assert set(find(words=words)) == expected


LANGUAGE: dict[str, set[str]] = {
    "tuesday OR café": {"harbour", "tariffs"},
    "cafe": {"tariffs"},
    "harbour -ships": {"tariffs"},
    "harbour NOT (ships OR tax)": set(),
    "NOT (cranes OR tax)": set(),
    "headline:harbour": {"harbour"},
    "body:harbour": {"tariffs"},
    "dek:ships": {"harbour"},
    'dek:"no ships"': {"harbour"},
    "headline:ships": set(),
    "headline:(tariffs OR date)": {"tariffs", "undated"},
    "headline:harb*": {"harbour"},
    "body:eu": {"harbour"},
    '"falls quiet no ships"': set(),
    "author:ann": {"harbour", "undated"},
    'author:"ann bo" OR tax': {"undated", "tariffs"},
    "-author:ann": {"tariffs"},
    "section:MARKETS": {"harbour"},
    "-section:markets": {"tariffs", "undated"},
    "section:none": set(),
    "ticker:sea": {"harbour"},
    "cranes ticker:PORT": {"harbour"},
    "cranes OR ticker:seax:us": {"harbour", "undated", "tariffs"},
    "-ticker:SEA -ticker:SEAX": {"undated"},
    "author:%": set(),
    "NOT cranes": {"tariffs"},
}


def test_operators_mean_the_same_on_every_database(find: Any) -> None:
    assert {words: set(find(words=words)) for words in LANGUAGE} == LANGUAGE


@pytest.mark.parametrize(
    "words", ["a'b", 'NEAR("a" b', "^a", "a:b", "{a b}: c", '+-><()~*"@', "\0", "%_\\", "a\\", "🚢", "\ud800"]
)
def test_no_words_are_an_error(find: Any, words: str) -> None:
    assert isinstance(find(words=words), list)


def test_no_query_is_an_error(store: Store) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(alphabet=st.sampled_from("ab12 \"'*-+:()^~@<>%_\\&|!{}[].,;\t\n€é🚢"), max_size=12))
    def search(words: str) -> None:
        assert store.search(Query(words=words)) == [] or not words.strip()

    search()


@pytest.mark.parametrize("words", [None, "", "  "])
def test_without_words_the_newest_come_first_and_the_undated_last(find: Any, words: str | None) -> None:
    assert find(words=words) == ["tariffs", "harbour", "undated"]


def test_the_headline_weighs_more_than_the_body(find: Any) -> None:
    assert find(words="harbour")[0] == "harbour"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"since": at(1)}, ["tariffs", "harbour"]),
        ({"since": at(1.1)}, ["tariffs"]),
        ({"until": at(3)}, ["harbour"]),
        ({"since": at(1), "until": at(1)}, []),
        ({"author": "ann"}, ["harbour", "undated"]),
        ({"author": "O'Bo"}, ["harbour"]),
        ({"author": "%"}, []),
        ({"ticker": "sea"}, ["harbour"]),
        ({"ticker": "SEA:US"}, ["harbour"]),
        ({"ticker": "port"}, ["harbour"]),
        ({"ticker": "SEA:LN"}, []),
        ({"section": "markets"}, ["harbour"]),
        ({"section": "mark"}, []),
        ({"words": "cranes", "author": "Ann Bo"}, ["undated"]),
        ({"limit": 1}, ["tariffs"]),
        ({"limit": 0}, []),
        ({"words": "harbour", "limit": 1}, ["harbour"]),
    ],
)
def test_conditions(find: Any, query: dict[str, Any], expected: list[str]) -> None:
    assert find(**query) == expected


ORDERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"words": "harbour", "sort": "newest"}, ["tariffs", "harbour"]),
    ({"words": "harbour", "sort": "oldest"}, ["harbour", "tariffs"]),
    ({"words": "-cranes OR cranes", "sort": "relevance"}, ["tariffs", "harbour", "undated"]),
    ({"sort": "newest"}, ["tariffs", "harbour", "undated"]),
    ({"sort": "oldest"}, ["harbour", "tariffs", "undated"]),
    ({"sort": "oldest", "limit": None}, ["harbour", "tariffs", "undated"]),
    ({"sort": "oldest", "since": at(2)}, ["tariffs"]),
    ({"sort": "relevance"}, ["tariffs", "harbour", "undated"]),
    ({"offset": 1}, ["harbour", "undated"]),
    ({"offset": 1, "limit": 1}, ["harbour"]),
    ({"offset": 2, "limit": None, "sort": "newest"}, ["undated"]),
    ({"offset": 2, "sort": "oldest"}, ["undated"]),
    ({"offset": 3}, []),
    ({"words": "harbour", "offset": 1}, ["tariffs"]),
    ({"words": "harbour", "author": "cy"}, ["tariffs"]),
    ({"author": "ann", "limit": 1}, ["harbour"]),
]


def test_orders_and_pages(find: Any) -> None:
    assert [(query, find(**query)) for query, _ in ORDERS] == ORDERS


def test_fields_of_a_hit(store: Store, keep: Keep) -> None:
    (saved,) = keep(ARTICLES[0])
    (hit,) = store.search(Query(words="cranes"))
    assert (hit.id, hit.headline, hit.dek) == (saved.article_id, "Harbour Falls Quiet", "No ships came")
    assert (hit.byline, hit.tickers, hit.section) == (("Ann O'Bo", "Émile Zoë"), ("SEA:US", "PORT"), "Markets")
    assert (hit.published_at, hit.access, hit.revision) == (at(1), "full", 1)


@pytest.mark.parametrize("query", [{}, {"words": "harbour"}, {"author": "ann"}, {"limit": 1}, {"words": "***"}])
def test_ids_and_articles_are_in_the_order_of_the_hits(store: Store, keep: Keep, query: dict[str, Any]) -> None:
    keep(*ARTICLES)
    search_query = Query(**query)
    assert list(store.ids(search_query)) == [hit.id for hit in store.search(search_query)]
    assert [stored.id for stored in store.articles(search_query)] == list(store.ids(search_query))


def test_the_index_follows_every_change(store: Store, keep: Keep) -> None:
    keep(capture(), capture("other"))
    keep(capture(hours=1, headline="Harbour Wakes", body=body("Winches turn.")))
    assert [hit.headline for hit in store.search(Query(words="winches"))] == ["Harbour Wakes"]
    assert [hit.headline for hit in store.search(Query(words="cranes"))] == ["Harbour Falls Quiet"]
    assert store.search(Query(words="falls still"))[0].url == capture("other").url


def test_a_hit_has_a_snippet_of_the_words(store: Store, keep: Keep) -> None:
    keep(*ARTICLES)
    (hit,) = store.search(Query(words="ANN about headline:harbour"))
    assert hit.snippet == (
        ("The state-of-the-art cranes ", False),
        ("about", True),
        (" the EU stood still, ", False),
        ("Ann", True),
        (" said. Nothing else will move on Tuesday.", False),
    )
    assert store.search(Query(author="ann"))[0].snippet is None
