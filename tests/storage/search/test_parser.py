"""The language of words: what is read of what is typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.storage.search.parser import (
    And,
    Field,
    HasAttribute,
    Node,
    Not,
    Or,
    Phrase,
    find_phrases,
    is_text,
    parse,
    split,
)

MARKS = "ab1 \"“”'*-+:()^~@<>%_\\&|!{}[].,;\t\n\0é\u0301\ud800🚢"
PIECES = [
    "oil",
    "gas*",
    "AND",
    "OR",
    "NOT",
    "-",
    "(",
    ")",
    '"',
    "headline:",
    "body:",
    "author:",
    "ticker:",
    "A:US",
    " ",
]


def w(text: str, field: Field | None = None, *, prefix: bool = False) -> Phrase:
    return Phrase(tuple(text.split()), f"{text}*" if prefix else text, prefix, field)


A, B, C = w("a"), w("b"), w("c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a OR b", Or((A, B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a and b or c", And((A, w("and"), B, w("or"), C))),
        ("NOT a", Not(A)),
        ("-a", Not(A)),
        ("a -b", And((A, Not(B)))),
        ("a NOT b", And((A, Not(B)))),
        ("a -(b OR c)", And((A, Not(Or((B, C)))))),
        ("NOT NOT a", A),
        ("-(-a)", A),
        ("--a", A),
        ("a - b", And((A, B))),
        ('"a b"', w("a b")),
        ("“a b”", w("a b")),
        ('-"a b"', Not(w("a b"))),
        ("a*", w("a", prefix=True)),
        ('"a b*"', w("a b", prefix=True)),
        ('"a b"*', Phrase(("a", "b"), "a b", prefix=True)),
        ("a-b", Phrase(("a", "b"), "a-b")),
        ("AAPL:US", Phrase(("AAPL", "US"), "AAPL:US")),
        ("BODY:US", Phrase(("BODY", "US"), "BODY:US")),
        ("401(k)", Phrase(("401", "k"), "401(k)")),
        ("headline:a", w("a", "headline")),
        ('dek:"a b"', w("a b", "dek")),
        ("body:a*", w("a", "body", prefix=True)),
        ("headline:(a OR b) c", And((Or((w("a", "headline"), w("b", "headline"))), C))),
        ("headline:(a body:b)", And((w("a", "headline"), w("b", "body")))),
        ("-headline:a", Not(w("a", "headline"))),
        ("headline:-a", Not(w("a", "headline"))),
        ("headline: a", And((Phrase(("headline",), "headline:"), A))),
        ("headline:", Phrase(("headline",), "headline:")),
        ('author:"Ann Bo" a', And((HasAttribute("author", "Ann Bo"), A))),
        ("author:O'Bo", HasAttribute("author", "O'Bo")),
        ("section:Markets", HasAttribute("section", "Markets")),
        ("ticker:(AAPL OR A:US)", Or((HasAttribute("ticker", "AAPL"), HasAttribute("ticker", "A:US")))),
        ("a OR", A),
        ("OR a", A),
        ("a AND OR b", Or((A, B))),
        ("NOT", None),
        ("a NOT", A),
        ("(a", A),
        ("a))) OR b", Or((A, B))),
        ("(a OR b", Or((A, B))),
        ('"a b', And((A, B))),
        ('5"a', And((w("5"), A))),
        ("()", None),
        ("author:***", None),
        ("***", None),
        ("", None),
    ],
)
def test_parse(text: str, expected: Node | None) -> None:
    assert parse(text) == expected


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(alphabet=MARKS, max_size=30), st.lists(st.sampled_from(PIECES), max_size=25).map("".join)))
def test_no_text_is_an_error(text: str) -> None:
    node = parse(text)
    if node:
        words, rest = split(node)
        assert words is None or is_text(words)
        assert bool(words) or bool(rest)


@pytest.mark.parametrize("piece", ["(", "-", "NOT ", "a OR ", "(a ", "headline:", "a AND (b OR ", '"', "a "])
def test_no_length_is_an_error(piece: str) -> None:
    parse(piece * 50_000 + "a" + ")" * 50_000)


def test_brackets_that_are_nested_too_deep_are_ignored() -> None:
    assert parse("(" * 60 + "a OR b" + ")" * 60 + " c") == And((Or((A, B)), C))


@pytest.mark.parametrize(
    ("text", "words", "rest"),
    [
        ("a b", "a b", 0),
        ("a -b", "a -b", 0),
        ("a author:bo", "a", 1),
        ("a author:bo -b", "a -b", 1),
        ("-a", None, 1),
        ("-a -b", None, 2),
        ("a OR -b", None, 1),
        ("a OR author:bo", None, 1),
        ("a (b OR -c)", "a", 1),
        ("a -author:bo", "a", 1),
    ],
)
def test_split_separates_words_from_attributes(text: str, words: str | None, rest: int) -> None:
    node = parse(text)
    assert node
    answered, besides = split(node)
    assert (answered, len(besides)) == (parse(words) if words else None, rest)


def test_phrases_under_a_not_are_left_out() -> None:
    node = parse("a (b OR -c) -(NOT c) author:x")
    assert node
    assert [phrase.text for phrase in find_phrases(node)] == ["a", "b", "c"]
