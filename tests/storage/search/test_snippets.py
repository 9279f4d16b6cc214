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
    found = snippet(node, dek, body)
    return None if found is None else plain(found, "[{}]")


def plain(found: Snippet, form: str = "{}") -> str:
    return "".join(form.format(text) if is_hit else text for text, is_hit in found)


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
def test_hits_are_marked_as_they_stand_there(words: str, body: str, expected: str | None) -> None:
    assert shown(words, body) == expected


def test_the_place_with_the_most_different_hits_is_shown_cut_between_words() -> None:
    body = f"A crane. {FILLER}Some crane. {FILLER}At last the crane and the winch fell over. {FILLER}A winch."
    told = shown("crane winch", body)
    assert told
    assert "[crane] and the [winch] fell" in told
    assert told.startswith("… ")
    assert told.endswith(" …")
    assert set(told.strip("… ").replace("[", "").replace("]", "").split()) <= set(body.split())
    assert 100 < len(told) < 180


def test_the_dek_is_shown_where_it_has_as_many() -> None:
    assert shown("crane", "A crane.", dek="Crane falls") == "[Crane] falls"
    assert shown("crane winch", "A crane, a winch.", dek="Crane falls") == "A [crane], a [winch]."
    assert shown("winch", FILLER, dek="Crane falls") == "Crane falls"


def test_without_a_hit_it_is_the_opening() -> None:
    told = shown("headline:crane", FILLER)
    assert told
    assert told.startswith("The gulls had")
    assert told.endswith(" …")


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="ab éİß\u0301.\n🚢", max_size=400),
    st.sampled_from(["a", "b*", '"a b"', "é OR İ", "a -b", "dek:a"]),
)
def test_pieces_are_of_the_text(body: str, words: str) -> None:
    node = parse(words)
    assert node
    found = snippet(node, None, body)
    if found:
        told = plain(found)
        assert told.removeprefix("… ").removesuffix(" …") in " ".join(body.split())
        assert len(told) < 300
