"""What changed between two versions of an article, words marked. Pure.

Blocks of the body are aligned first, then words inside blocks that are alike. Words keep the white space before them
and punctuation is a word of its own, so that the pieces, put together again, are the old text and the new one exactly.

Time is bounded whatever the texts are: small parts are compared by difflib, which may take the cube of their length,
as long as there are steps left for it; large ones only by what stands exactly once in both (patience diff).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby
from typing import Literal, Protocol

from newscrawl.article import Access, Block, BlockKind

PieceKind = Literal["same", "added", "removed"]

_TOKEN = re.compile(r"(\s*)(\w+(?:[.,:’'-]\w+)*|[^\w\s]|$)")
"""White space, and the word or the sign after it: "1.5", "don't" and "so-called" are a word each."""
_ALIKE = 0.5
"""Share of words in common from which two blocks are one that was changed."""
_KEPT = 0.3
"""Share of the shorter text's words in common under which it was replaced, and not edited."""
_WINDOW = 8
"""Among so many added blocks a removed one is looked for."""
_SMALL = 40_000
"""Old words times new words that difflib is given."""
_STEPS = 1_000_000
"""Pairs of equal words that difflib may look at, for all of an article."""
_DEPTH = 5
"""How often what lies between two anchors is parted at anchors of its own."""

_Pairs = list[tuple[int, int]]
"""Places of what is the same in the old and in the new sequence, both ascending."""


class Told(Protocol):
    """A version of an article, such as newscrawl.storage's Version."""

    @property
    def headline(self) -> str:
        """The headline."""

    @property
    def dek(self) -> str | None:
        """The dek."""

    @property
    def correction(self) -> str | None:
        """The correction note."""

    @property
    def access(self) -> Access:
        """How much of the version was shown."""

    @property
    def body(self) -> tuple[Block, ...]:
        """The body."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text that stands in both versions, or only in the new one (added), or only in the old one (removed)."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True)
class BlockChange:
    """A block of the body in both versions."""

    before: BlockKind | None
    """What it was; None: it was not there."""
    after: BlockKind | None
    """What it is; None: it is no longer there."""
    pieces: tuple[Piece, ...]

    @property
    def kind(self) -> BlockKind:
        """What it is, or was."""
        return self.after or self.before or "paragraph"

    @property
    def change(self) -> Literal["same", "added", "removed", "changed"]:
        """What became of it."""
        if self.before is None or self.after is None:
            return "added" if self.before is None else "removed"
        same = self.before == self.after and not is_changed(self.pieces)
        return "same" if same else "changed"


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed from one version of an article to another. A part that neither has is empty."""

    headline: tuple[Piece, ...]
    dek: tuple[Piece, ...]
    correction: tuple[Piece, ...]
    access: tuple[Access, Access]
    """Of the old version and of the new one."""
    body: tuple[BlockChange, ...]
    """All blocks of both versions, in order."""

    @property
    def pieces(self) -> Iterator[Piece]:
        """Those of all parts, in order."""
        for part in (self.headline, self.dek, self.correction, *(block.pieces for block in self.body)):
            yield from part

    def words(self, kind: PieceKind) -> int:
        """How many words were added, removed, or are the same."""
        return sum(len(piece.text.split()) for piece in self.pieces if piece.kind == kind)


def compare(before: Told, after: Told) -> Changes:
    """What changed from one version to another."""
    effort = _Effort(_STEPS)
    return Changes(
        headline=_marked(before.headline, after.headline, effort),
        dek=_marked(before.dek or "", after.dek or "", effort),
        correction=_marked(before.correction or "", after.correction or "", effort),
        access=(before.access, after.access),
        body=tuple(_body(before.body, after.body, effort)),
    )


def is_changed(pieces: Iterable[Piece]) -> bool:
    """Whether any of the pieces was added or removed."""
    return any(piece.kind != "same" for piece in pieces)


def folded(body: Iterable[BlockChange]) -> list[tuple[BlockChange, ...]]:
    """The blocks in order: those that are the same and stand together in one tuple, each other one in its own."""
    runs: list[tuple[BlockChange, ...]] = []
    for same, blocks in groupby(body, key=lambda block: block.change == "same"):
        run = tuple(blocks)
        runs += [run] if same else [(block,) for block in run]
    return runs


class _Effort:
    """The steps that a comparison may still take."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int) -> bool:
        """Whether there were so many; then they are taken."""
        enough = steps <= self._left
        self._left -= steps if enough else 0
        return enough


def _body(old: Sequence[Block], new: Sequence[Block], effort: _Effort) -> Iterator[BlockChange]:
    i = j = 0
    for same_old, same_new in [*_same(old, new, effort), (len(old), len(new))]:
        yield from _between(old[i:same_old], new[j:same_new], effort)
        if same_old < len(old):
            block = old[same_old]
            yield BlockChange(block.kind, block.kind, _whole("same", block.text))
        i, j = same_old + 1, same_new + 1


def _between(old: Sequence[Block], new: Sequence[Block], effort: _Effort) -> Iterator[BlockChange]:
    """Blocks of which none is the same: those that are alike were changed, the others removed or added."""
    bag = lru_cache(maxsize=2 * _WINDOW)(_bag)
    at = 0
    for block in old:
        near = _likest(block, new[at : at + _WINDOW], bag)
        if near is None:
            yield _removed(block)
            continue
        yield from map(_added, new[at : at + near])
        yield from _edited(block, new[at + near], effort)
        at += near + 1
    yield from map(_added, new[at:])


def _edited(old: Block, new: Block, effort: _Effort) -> Iterator[BlockChange]:
    """One block; two where the same words stand in so different an order that none of them was kept."""
    pieces = _marked(old.text, new.text, effort)
    if len(pieces) == len({piece.kind for piece in pieces} - {"same"}) > 1:
        yield from (_removed(old), _added(new))
    else:
        yield BlockChange(old.kind, new.kind, pieces)


def _removed(block: Block) -> BlockChange:
    return BlockChange(block.kind, None, _whole("removed", block.text))


def _added(block: Block) -> BlockChange:
    return BlockChange(None, block.kind, _whole("added", block.text))


def _likest(block: Block, among: Sequence[Block], bag: Callable[[str], Counter[str]]) -> int | None:
    """The place of the block that has most words in common; None: none has enough."""
    shares = [_share(bag(block.text), bag(other.text)) for other in among]
    best = max(shares, default=0)
    return shares.index(best) if best >= _ALIKE else None


def _bag(text: str) -> Counter[str]:
    return Counter(word for _, word in _tokens(text) if _is_told(word))


def _share(some: Counter[str], others: Counter[str]) -> float:
    """How much of two texts' words is common to both: 0 to 1; 1 for two that have none."""
    both = some.total() + others.total()
    return 2 * sum(min(count, others[word]) for word, count in some.items()) / both if both else 1


def _tokens(text: str) -> list[tuple[str, str]]:
    """White space and the word after it, through all of the text; after the last word, white space and nothing."""
    return [(space, word) for space, word in _TOKEN.findall(text) if space or word]


def _whole(kind: PieceKind, text: str) -> tuple[Piece, ...]:
    return (Piece(kind, text),) if text else ()


def _marked(old: str, new: str, effort: _Effort) -> tuple[Piece, ...]:
    """The pieces of two texts, none of them empty; what was removed stands before what was added in its place.

    >>> [(piece.kind, piece.text) for piece in _marked("Rates rose.", "Rates fell.", _Effort(_STEPS))]
    [('same', 'Rates '), ('removed', 'rose'), ('added', 'fell'), ('same', '.')]
    """
    if old == new:
        return _whole("same", old)
    olds, news = _tokens(old), _tokens(new)
    pairs = _same([word for _, word in olds], [word for _, word in news], effort)
    kept = sum(_is_told(news[j][1]) for _, j in pairs)
    if kept < _KEPT * min(sum(_is_told(word) for _, word in tokens) for tokens in (olds, news)):
        return (*_whole("removed", old), *_whole("added", new))
    return tuple(_joined(_pieces(olds, news, pairs)))


def _pieces(olds: list[tuple[str, str]], news: list[tuple[str, str]], pairs: _Pairs) -> Iterator[Piece]:
    """In order, of a word each; what is removed stands before what is added."""
    i = j = 0
    for same_old, same_new in [*pairs, (len(olds), len(news))]:
        yield from (Piece("removed", space + word) for space, word in olds[i:same_old])
        yield from (Piece("added", space + word) for space, word in news[j:same_new])
        if same_old < len(olds):
            (space, word), (other, _) = olds[same_old], news[same_new]
            if space == other:
                yield Piece("same", space)
            else:
                yield from (Piece("removed", space), Piece("added", other))
            yield Piece("same", word)
        i, j = same_old + 1, same_new + 1


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """As few pieces as can be, none of them empty."""
    for kind, run in groupby(_gathered(pieces), key=lambda piece: piece.kind):
        yield from _whole(kind, "".join(piece.text for piece in run))


def _gathered(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """All that was removed in a place before all that was added in it; signs between two changes changed with them."""
    removed = added = same = ""
    for piece in pieces:
        if piece.kind == "same":
            same += piece.text
            continue
        if same and piece.text:
            if removed and added and not _is_told(same):
                removed, added = removed + same, added + same
            else:
                yield from _replaced(removed, added, same)
                removed = added = ""
            same = ""
        removed += piece.text if piece.kind == "removed" else ""
        added += piece.text if piece.kind == "added" else ""
    yield from _replaced(removed, added, same)


def _replaced(removed: str, added: str, same: str) -> Iterator[Piece]:
    """What was removed, added, and is the same after it; white space that both begin with is the same."""
    space = len(removed) - len(removed.lstrip()) if removed and added else 0
    space = space if removed[:space] == added[:space] else 0
    yield from (*_whole("same", removed[:space]), *_whole("removed", removed[space:]))
    yield from (*_whole("added", added[space:]), *_whole("same", same))


def _is_told(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _same(old: Sequence[Hashable], new: Sequence[Hashable], effort: _Effort, depth: int = 0) -> _Pairs:
    """What stands in both sequences, in the same order."""
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = shorter - head
    tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    last_old, last_new = len(old) - tail, len(new) - tail
    middle = _middle(old[head:last_old], new[head:last_new], effort, depth)
    return [
        *((at, at) for at in range(head)),
        *((i + head, j + head) for i, j in middle),
        *((last_old + at, last_new + at) for at in range(tail)),
    ]


def _middle(old: Sequence[Hashable], new: Sequence[Hashable], effort: _Effort, depth: int) -> _Pairs:
    if not old or not new:
        return []
    if len(old) * len(new) <= _SMALL and effort.spend(_equal_pairs(old, new)):
        found = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        return [(start + at, other + at) for start, other, size in found for at in range(size)]
    return _anchored(old, new, effort, depth) if depth < _DEPTH else []


def _equal_pairs(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    counted = Counter(new)
    return len(old) + len(new) + sum(counted[thing] for thing in old)


def _anchored(old: Sequence[Hashable], new: Sequence[Hashable], effort: _Effort, depth: int) -> _Pairs:
    """What stands once in both, and what of the rest is the same between two such."""
    anchors = _anchors(old, new)
    if not anchors:
        return []
    found: _Pairs = []
    i = j = 0
    for next_i, next_j in [*anchors, (len(old), len(new))]:
        between = _same(old[i:next_i], new[j:next_j], effort, depth + 1)
        found += [(i + at, j + other) for at, other in between]
        found += [(next_i, next_j)] if next_i < len(old) else []
        i, j = next_i + 1, next_j + 1
    return found


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable]) -> _Pairs:
    """The longest run, ascending in both, of what stands exactly once in each."""
    counts, others = Counter(old), Counter(new)
    places = {thing: at for at, thing in enumerate(new) if others[thing] == 1}
    once = [(at, places[thing]) for at, thing in enumerate(old) if counts[thing] == 1 and thing in places]
    return [once[at] for at in _ascending([place for _, place in once])]


def _ascending(places: Sequence[int]) -> list[int]:
    """Where the longest ascending run of different numbers stands among them (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    below: list[int] = []
    for at, place in enumerate(places):
        pile = bisect_left(tops, place)
        below.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1], piles[pile : pile + 1] = [place], [at]
    run = piles[-1:]
    while run and below[run[-1]] >= 0:
        run.append(below[run[-1]])
    return run[::-1]
