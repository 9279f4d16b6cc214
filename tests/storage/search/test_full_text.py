"""The three databases find the same articles for the same query as a search in plain Python."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newscrawl.article import Article
from newscrawl.storage import Query, Store
from newscrawl.storage.search import parser as language
from newscrawl.storage.search.parser import And, HasAttribute, Node, Not, Or, Phrase, fold
from tests.storage.captures import Keep, body, capture

TEXT = " ".join(
    ("oil Oilman gas rate RATES café cafe naïve U.S. don't Bo's", "state-of-the-art 2.5% A/B x.y@news.example to — €5")
).split()
ASKED = " ".join(
    ("oil oil* oilman gas rate rat* cafe café NAIVE U.S. don't bo s", "the state-of-the-art 2.5 2 a/b news x to 5 t*")
).split()
WORDS = st.one_of(
    st.sampled_from(ASKED),
    st.lists(st.sampled_from([word.strip("*") for word in ASKED]), min_size=2, max_size=3).map(
        lambda words: f'"{" ".join(words)}"'
    ),
    st.sampled_from(['"oil gas"', '"rate rat*"', '"of the"', "section:markets", "author:bo", "ticker:sea", "ticker:S"]),
)
QUERIES = st.recursive(
    st.builds(
        "{}{}{}".format, st.sampled_from(["", "", "-"]), st.sampled_from(["", "", "headline:", "dek:", "body:"]), WORDS
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        inner.map(lambda part: f"NOT ({part})"),
        inner.map(lambda part: f"headline:({part})"),
    ),
    max_leaves=5,
)


def corpus() -> list[Article]:
    chance = random.Random(3)

    def text(most: int) -> str:
        return " ".join(chance.choices(TEXT, k=chance.randint(1, most)))

    return [
        capture(
            f"story-{number}",
            headline=text(3),
            dek=text(4) if chance.random() < 0.6 else None,
            byline=chance.choice([("Ann Bo",), ("Cy Do", "Émile Zoë"), ()]),
            section=chance.choice(["Markets", "markets", "Law", None]),
            tickers=chance.choice([("SEA:US",), ("SEAX:US", "S"), ()]),
            body=body(text(6), text(4)),
        )
        for number in range(30)
    ]


def holds(node: Node, article: Article) -> bool:
    """Whether an article matches, as the README describes it."""
    match node:
        case And(parts):
            return all(holds(part, article) for part in parts)
        case Or(parts):
            return any(holds(part, article) for part in parts)
        case Not(part):
            return not holds(part, article)
        case HasAttribute():
            return has(node, article)
        case Phrase():
            texts = {"headline": article.headline, "dek": article.dek or "", "body": article.body_text}
            places = [texts[node.field]] if node.field else list(texts.values())
            return any(stands(node, [fold(word) for word in language.WORD.findall(place)]) for place in places)


def stands(phrase: Phrase, text: Sequence[str]) -> bool:
    words = [fold(word) for word in phrase.words]
    windows = (text[at : at + len(words)] for at in range(len(text)))
    if phrase.prefix:
        return any(
            len(window) == len(words) and window[:-1] == words[:-1] and window[-1].startswith(words[-1])
            for window in windows
        )
    return words in windows


def has(node: HasAttribute, article: Article) -> bool:
    value = node.value.lower()
    if node.attribute == "section":
        return (article.section or "").lower() == value
    if node.attribute == "author":
        return any(value in name.lower() for name in article.byline)
    return any(ticker.lower() == value or ticker.lower().startswith(f"{value}:") for ticker in article.tickers)


@pytest.fixture
def archive(store: Store, keep: Keep) -> tuple[Store, dict[int, Article]]:
    articles = corpus()
    return store, {saved.article_id or 0: article for saved, article in zip(keep(*articles), articles, strict=True)}


def test_every_query_finds_the_same_as_a_search_in_python(archive: tuple[Store, dict[int, Article]], kind: str) -> None:
    store, articles = archive

    @settings(max_examples=100 if kind == "sqlite" else 50, deadline=None, suppress_health_check=list(HealthCheck))
    @given(QUERIES)
    def ask(words: str) -> None:
        node = language.parse(words)
        assert node
        expected = {number for number, article in articles.items() if holds(node, article)}
        query = Query(words=words, limit=None)
        assert set(store.ids(query)) == expected
        assert store.count(query) == len(expected)

    ask()
