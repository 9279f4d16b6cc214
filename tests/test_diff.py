"""What changed between two versions, words marked."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq, Opcodes

from newscrawl import diff
from newscrawl.article import Access, Block, BlockKind
from newscrawl.diff import BlockChange, Piece, compare, group_unchanged


@dataclass(frozen=True)
class Version:
    headline: str = "Harbour Falls Quiet"
    dek: str | None = None
    correction: str | None = None
    access: Access = "full"
    body: tuple[Block, ...] = field(default=())


def blocks(*texts: str, kind: BlockKind = "paragraph") -> tuple[Block, ...]:
    return tuple(Block(kind=kind, text=text) for text in texts)


def mark_words(old: str, new: str) -> tuple[Piece, ...]:
    return compare(Version(headline=old), Version(headline=new)).headline


def before_of(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != "added")


def after_of(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != "removed")


def wdiff(pieces: tuple[Piece, ...]) -> str:
    forms = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(forms[piece.kind].format(piece.text) for piece in pieces)


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("", "", ""),
        ("", "New", "{+New+}"),
        ("Old", "", "[-Old-]"),
        ("Rates rose.", "Rates rose.", "Rates rose."),
        ("Rates rose 1.5%.", "Rates rose 1.25%.", "Rates rose [-1.5-]{+1.25+}%."),
        ("It won't rain.", "It will rain.", "It [-won't-]{+will+} rain."),
        ("Rates rose.", "Today, rates of all kinds rose.", "[-Rates-]{+Today, rates of all kinds+} rose."),
        ("Rates rose on Monday", "Rates rose", "Rates rose[- on Monday-]"),
        (
            "He sold two big ships at last.",
            "He sold ten small ships at last.",
            "He sold [-two big-]{+ten small+} ships at last.",
        ),
        ("Grain, oil, ore and tin", "Grain, ore and tin", "Grain,[- oil,-] ore and tin"),
        ("A tab\tapart it is", "A tab apart it is", "A tab[-\t-]{+ +}apart it is"),
        ("Harbour Falls Quiet", "Ships Wait for a Tide", "[-Harbour Falls Quiet-]{+Ships Wait for a Tide+}"),
    ],
)
def test_words_are_marked(old: str, new: str, marked: str) -> None:
    assert wdiff(mark_words(old, new)) == marked


_WORDS = st.lists(st.sampled_from(["a", "b", "the", "1.5", ",", " ", "  ", "\t", "é", "…", "_", "-", ""])).map("".join)


@given(_WORDS | st.text(), _WORDS | st.text())
def test_the_pieces_of_words_put_together_are_the_texts(old: str, new: str) -> None:
    pieces = mark_words(old, new)
    assert (before_of(pieces), after_of(pieces)) == (old, new)
    assert all(piece.text for piece in pieces)
    assert all(one.kind != other.kind for one, other in pairwise(pieces))


_TEXTS = st.sampled_from(["one two three", "one two four", "one", "five six", "five six seven", "", "eight"])
_BLOCKS = st.lists(st.builds(Block, kind=st.sampled_from(["paragraph", "subhead"]), text=_TEXTS)).map(tuple)


@given(_BLOCKS, _BLOCKS)
def test_the_blocks_put_together_are_the_bodies(old: tuple[Block, ...], new: tuple[Block, ...]) -> None:
    found = compare(Version(body=old), Version(body=new)).body
    assert tuple(Block(kind=b.before, text=before_of(b.pieces)) for b in found if b.before) == old
    assert tuple(Block(kind=b.after, text=after_of(b.pieces)) for b in found if b.after) == new
    assert [block for run in group_unchanged(found) for block in run] == list(found)
    assert (old == new) == all(block.change == "same" for block in found)


def test_every_part_is_compared() -> None:
    old = Version(
        body=blocks("The cranes stood still.", "Gulls had the quay.", "No ship came in today."), access="teaser"
    )
    new = Version(
        headline="Harbour Falls Silent",
        dek="No ships",
        correction="An earlier version counted gulls.",
        body=blocks("The cranes stood still.", "No ship came in on Tuesday.", "Tides are late."),
    )
    found = compare(old, new)
    assert wdiff(found.headline) == "Harbour Falls [-Quiet-]{+Silent+}"
    assert wdiff(found.dek) == "{+No ships+}"
    assert wdiff(found.correction) == "{+An earlier version counted gulls.+}"
    assert found.access == ("teaser", "full")
    assert [(block.change, wdiff(block.pieces)) for block in found.body] == [
        ("same", "The cranes stood still."),
        ("removed", "[-Gulls had the quay.-]"),
        ("changed", "No ship came in [-today-]{+on Tuesday+}."),
        ("added", "{+Tides are late.+}"),
    ]
    assert (found.count_words("removed"), found.count_words("added")) == (6, 13)


def test_a_block_that_became_a_subhead_is_changed_and_its_words_are_the_same() -> None:
    (block,) = compare(Version(body=blocks("Gulls")), Version(body=blocks("Gulls", kind="subhead"))).body
    assert block == BlockChange("paragraph", "subhead", (Piece("same", "Gulls"),))
    assert (block.change, block.kind) == ("changed", "subhead")


def test_unchanged_blocks_fold_and_others_stand_alone() -> None:
    old = blocks("one", "two", "three", "four", "five")
    new = blocks("one", "two", "drei", "vier", "five")
    runs = group_unchanged(compare(Version(body=old), Version(body=new)).body)
    assert [(run[0].change, len(run)) for run in runs] == [
        ("same", 2),
        ("removed", 1),
        ("removed", 1),
        ("added", 1),
        ("added", 1),
        ("same", 1),
    ]


def test_edits_in_a_long_body() -> None:
    old = [f"paragraph {number} of the story" for number in range(10_000)]
    new = [text if at % 2 else f"{text} again" for at, text in enumerate(old)]
    found = compare(Version(body=blocks(*old)), Version(body=blocks(*new))).body
    assert [block.change for block in found[:4]] == ["changed", "same", "changed", "same"]
    assert len(found) == 10_000


def _hostile(seed: int, words: str, length: int, count: int) -> tuple[Block, ...]:
    drawn = random.Random(seed)
    return blocks(*(" ".join(drawn.choice(words) for _ in range(length)) for _ in range(count)))


@pytest.mark.parametrize(
    ("length", "count"),
    [(199, 300), (2, 10_000), (20_000, 4)],
    ids=["many like paragraphs", "ten thousand short ones", "a few long ones"],
)
def test_hostile_bodies_end(length: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Counted:
        @staticmethod
        def opcodes(old: list[int], new: list[int]) -> Opcodes:
            sizes.append(len(old) * len(new))
            return LCSseq.opcodes(old, new)

    monkeypatch.setattr(diff, "LCSseq", Counted)
    old, new = _hostile(1, "ab", length, count), _hostile(2, "ab", length, count)
    found = compare(Version(body=old), Version(body=new)).body
    assert tuple(after_of(block.pieces) for block in found if block.after) == tuple(block.text for block in new)
    assert sum(sizes) <= diff._MAX_PAIRS_IN_ALL
    assert max(sizes) <= diff._MAX_PAIRS


def test_over_the_limit_only_the_common_begin_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "_MAX_PAIRS", 8)
    assert wdiff(mark_words("a b c d e f", "a b x d e y")) == "a b [-c d e f-]{+x d e y+}"
    monkeypatch.setattr(diff, "_MAX_PAIRS", 16)
    assert wdiff(mark_words("a b c d e f", "a b x d e y")) == "a b [-c-]{+x+} d e [-f-]{+y+}"
