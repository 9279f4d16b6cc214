"""Search, on the three databases and on a SQLite without FTS5."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newscrawl.storage import Query, Store
from newscrawl.storage.search import phrases, sqlite
from tests.storage.captures import Keep, at, body, capture, result

ARTICLES = [
    capture(
        "harbour",
        headline="Harbour Falls Quiet",
        dek="No ships came",
        published_at=at(1),
        byline=("Ann O'Bo", "Émile Zoë"),
        tickers=("SEA:US", "PORT"),
        section="Markets",
        body=body(
            "The state-of-the-art cranes about the EU stood still, Ann said.", "Nothing else will move on Tuesday."
        ),
    ),
    capture(
        "tariffs",
        headline="Tariffs, Again",
        published_at=at(3),
        byline=("Cy Do",),
        tickers=("SEAX:US",),
        section="politics",
        body=body("A tariff is a tax; 100% of harbour masters agree. Café owners don't. U.S. rates rose 2.5%."),
    ),
    capture("undated", headline="No Date", byline=("Ann Bo",), body=body("Cranes. “Quoted” words_joined by art.")),
]


@pytest.fixture
def found(store: Store, keep: Keep) -> Any:
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
        ("cranes AND ships", set()),
        ("NOT cranes", set()),
        ("***", set()),
        ('"', set()),
        ('""', set()),
        ("-", set()),
    ],
)
def test_words(found: Any, words: str, expected: set[str]) -> None:
    assert set(found(words=words)) == expected


@pytest.mark.parametrize(
    "words", ["a'b", 'NEAR("a" b', "^a", "a:b", "{a b}: c", '+-><()~*"@', "\0", "%_\\", "a\\", "🚢", "\ud800"]
)
def test_no_words_are_an_error(found: Any, words: str) -> None:
    assert isinstance(found(words=words), list)


def test_whatever_is_typed_is_no_error(store: Store) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(alphabet=st.sampled_from("ab12 \"'*-+:()^~@<>%_\\&|!{}[].,;\t\n€é🚢"), max_size=12))
    def search(words: str) -> None:
        assert store.search(Query(words=words)) == [] or not words.strip()

    search()


@pytest.mark.parametrize("words", [None, "", "  "])
def test_without_words_the_newest_come_first_and_the_undated_last(found: Any, words: str | None) -> None:
    assert found(words=words) == ["tariffs", "harbour", "undated"]


def test_the_headline_weighs_more_than_the_body(found: Any) -> None:
    assert found(words="harbour")[0] == "harbour"


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
def test_conditions(found: Any, query: dict[str, Any], expected: list[str]) -> None:
    assert found(**query) == expected


def test_a_hit_tells_what_a_list_shows(store: Store, keep: Keep) -> None:
    (saved,) = keep(ARTICLES[0])
    (hit,) = store.search(Query(words="cranes"))
    assert (hit.id, hit.headline, hit.dek) == (saved.article_id, "Harbour Falls Quiet", "No ships came")
    assert (hit.byline, hit.tickers, hit.section) == (("Ann O'Bo", "Émile Zoë"), ("SEA:US", "PORT"), "Markets")
    assert (hit.published_at, hit.access, hit.revision) == (at(1), "full", 1)


@pytest.mark.parametrize("query", [{}, {"words": "harbour"}, {"author": "ann"}, {"limit": 1}, {"words": "***"}])
def test_ids_are_those_of_the_hits_in_their_order(store: Store, keep: Keep, query: dict[str, Any]) -> None:
    keep(*ARTICLES)
    asked = Query(**query)
    assert list(store.ids(asked)) == [hit.id for hit in store.search(asked)]
    assert [stored.id for stored in store.articles(asked)] == list(store.ids(asked))


def test_the_index_follows_every_change(store: Store, keep: Keep) -> None:
    keep(capture(), capture("other"))
    keep(capture(hours=1, headline="Harbour Wakes", body=body("Winches turn.")))
    assert [hit.headline for hit in store.search(Query(words="winches"))] == ["Harbour Wakes"]
    assert [hit.headline for hit in store.search(Query(words="cranes"))] == ["Harbour Falls Quiet"]
    assert store.search(Query(words="falls still"))[0].url == capture("other").url


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A SQLite database that was made without FTS5."""
    monkeypatch.setattr(sqlite, "available", lambda _connection: False)
    with Store.open(f"sqlite:///{tmp_path / 'bare.db'}") as store:
        run_id = store.start_run("sample", {})
        store.record([result(article) for article in ARTICLES], run_id=run_id)
        yield store


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("HARBOUR", ["harbour", "tariffs"]),
        ("tarif*", ["tariffs"]),
        ('"stood still"', ["harbour"]),
        ("100%", ["tariffs"]),
        ("words_joined", ["undated"]),
        ("cranes winches", []),
    ],
)
def test_without_fts5_words_are_looked_for_in_the_text(bare: Store, words: str, expected: list[str]) -> None:
    assert [hit.url.rpartition("/")[2] for hit in bare.search(Query(words=words))] == expected


def test_phrases_of_odd_input() -> None:
    assert [phrase.words for phrase in phrases('a "b c')] == [("a",), ("b",), ("c",)]
    assert [(phrase.words, phrase.prefix) for phrase in phrases('int* "x y"')] == [
        (("int",), True),
        (("x", "y"), False),
    ]
    assert phrases(" \t ") == []
