"""The place of an article that a hit shows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newscrawl.storage.search.parser import parse
from newscrawl.storage.search.snippets import Snippet, snippet

FILLER = "The gulls had the quay to themselves and nobody came. " * 10


def shown(words: str, body: str, dek: str | None = None) -> str | None:
    """The snippet with its hits in brackets."""
    node = parse(words)
    assert node
    pieces = snippet(node, dek, body)
    return None if pieces is None else plain(pieces, "[{}]")


def plain(pieces: Snippet, form: str = "{}") -> str:
    return "".join(form.format(text) if is_hit else text for text, is_hit in pieces)


@pytest.mark.parametrize(
    ("words", "body", "expected"),
    [
        ("crane", "The crane fell.", "The [crane] fell."),
        ("CRANE", "A Crane; cranes.", "A [Crane]; cranes."),
        ("crane*", "A Crane; cranes.", "A [Crane]; [cranes]."),
        ('"the crane"', "The  crane, the\n\ncrane", "[The crane], [the crane]"),
        ("cafe naïve", "Café NAIVE caféine", "[Café] [NAIVE] caféine"),
        ("u.s.", "The U.S. rose", "The [U.S]. rose"),
        ("crane -gulls", "A crane. gulls.", "A [crane]. gulls."),
        ("crane OR gulls", "A crane. gulls.", "A [crane]. [gulls]."),
        ("winches", "The crane fell.", "The crane fell."),
        ("headline:crane", "The crane fell.", "The crane fell."),
        ("body:crane", "The crane fell.", "The [crane] fell."),
        ("NOT crane", "The gulls.", None),
        ("author:bo", "The gulls.", None),
        ("crane", " \n ", None),
        ("i", "İ i", "[İ] [i]"),
    ],
)
def test_matches_are_marked(words: str, body: str, expected: str | None) -> None:
    assert shown(words, body) == expected


def test_the_window_with_the_most_different_phrases_is_shown() -> None:
    body = f"A crane. {FILLER}Some crane. {FILLER}At last the crane and the winch fell over. {FILLER}A winch."
    text = shown("crane winch", body)
    assert text
    assert "[crane] and the [winch] fell" in text
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert set(text.strip("… ").replace("[", "").replace("]", "").split()) <= set(body.split())
    assert 100 < len(text) < 180


def test_the_dek_is_shown_if_it_has_as_many_phrases() -> None:
    assert shown("crane", "A crane.", dek="Crane falls") == "[Crane] falls"
    assert shown("crane winch", "A crane, a winch.", dek="Crane falls") == "A [crane], a [winch]."
    assert shown("winch", FILLER, dek="Crane falls") == "Crane falls"


def test_the_opening_is_shown_without_a_match() -> None:
    text = shown("headline:crane", FILLER)
    assert text
    assert text.startswith("The gulls had")
    assert text.endswith(" …")


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="ab éİß\u0301.\n🚢", max_size=400),
    st.sampled_from(["a", "b*", '"a b"', "é OR İ", "a -b", "dek:a"]),
)
def test_pieces_are_parts_of_the_text(body: str, words: str) -> None:
    node = parse(words)
    assert node
    pieces = snippet(node, None, body)
    if pieces:
        text = plain(pieces)
        assert text.removeprefix("… ").removesuffix(" …") in " ".join(body.split())
        assert len(text) < 300
