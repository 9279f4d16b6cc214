"""What changed between two versions of an article, word by word. Pure.

The blocks of the bodies are aligned first, then the words of similar blocks. Words keep the white space before them,
and a punctuation mark is a word, so the pieces put together are exactly the old text and the new text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal, Protocol

from rapidfuzz.distance import LCSseq

from newscrawl.article import Access, Block, BlockKind

PieceKind = Literal["same", "added", "removed"]

_TOKEN = re.compile(r"(\s*)(\w+(?:[.,:’'-]\w+)*|[^\w\s]|$)")
"""White space, and the word or mark after it; "1.5", "don't" and "so-called" are one word each."""
_MIN_SIMILARITY = 0.5
"""Share of common words from which two blocks are versions of one."""
_MIN_SAME = 0.3
"""Share of the shorter text's words that must be the same; below it, the text was replaced."""
_WINDOW = 8
"""Number of added blocks among which the new version of a removed one is searched."""
# The alignment takes a bit of memory and about half a nanosecond for each pair of items: at most 16 MB, and half a
# second for all of an article.
_MAX_PAIRS = 2**27
_MAX_PAIRS_IN_ALL = 2**30

_Token = tuple[str, str]


class Comparable(Protocol):
    """A version of an article, such as newscrawl.storage's Version."""

    @property
    def headline(self) -> str: ...

    @property
    def dek(self) -> str | None: ...

    @property
    def correction(self) -> str | None: ...

    @property
    def access(self) -> Access: ...

    @property
    def body(self) -> tuple[Block, ...]: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text that is in both versions, only in the new one (added) or only in the old one (removed)."""

    kind: PieceKind
    text: str


@dataclass(frozen=True, slots=True)
class BlockChange:
    """A block of the body in both versions."""

    before: BlockKind | None
    """Its kind in the old version; None if it was added."""
    after: BlockKind | None
    """Its kind in the new version; None if it was removed."""
    pieces: tuple[Piece, ...]

    @property
    def kind(self) -> BlockKind:
        return self.after or self.before or "paragraph"

    @property
    def change(self) -> Literal["same", "added", "removed", "changed"]:
        if self.before is None or self.after is None:
            return "added" if self.before is None else "removed"
        return "same" if self.before == self.after and not has_changes(self.pieces) else "changed"


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes from one version of an article to another. A part that neither version has is empty."""

    headline: tuple[Piece, ...]
    dek: tuple[Piece, ...]
    correction: tuple[Piece, ...]
    access: tuple[Access, Access]
    """Of the old version and of the new one."""
    body: tuple[BlockChange, ...]
    """All blocks of both versions, in order."""

    def count_words(self, kind: PieceKind) -> int:
        parts = (self.headline, self.dek, self.correction, *(block.pieces for block in self.body))
        return sum(len(piece.text.split()) for part in parts for piece in part if piece.kind == kind)


def compare(before: Comparable, after: Comparable) -> Changes:
    aligner = _Aligner()
    return Changes(
        headline=_mark(before.headline, after.headline, aligner),
        dek=_mark(before.dek or "", after.dek or "", aligner),
        correction=_mark(before.correction or "", after.correction or "", aligner),
        access=(before.access, after.access),
        body=tuple(_compare_bodies(before.body, after.body, aligner)),
    )


def has_changes(pieces: Iterable[Piece]) -> bool:
    return any(piece.kind != "same" for piece in pieces)


def group_unchanged(body: Iterable[BlockChange]) -> list[tuple[BlockChange, ...]]:
    """Group consecutive unchanged blocks into one tuple; every other block is a tuple of its own."""
    groups: list[tuple[BlockChange, ...]] = []
    for is_same, blocks in groupby(body, key=lambda block: block.change == "same"):
        run = tuple(blocks)
        groups += [run] if is_same else [(block,) for block in run]
    return groups


class _Aligner:
    """Aligns sequences by their longest common subsequence, within a limit for all calls."""

    def __init__(self) -> None:
        self._pairs_left = _MAX_PAIRS_IN_ALL

    def align(self, old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
        """Return the positions of equal items in both, ascending; over the limit, those of their common begin."""
        shorter = min(len(old), len(new))
        head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
        pairs = [(at, at) for at in range(head)]
        size = (len(old) - head) * (len(new) - head)
        if size > min(_MAX_PAIRS, self._pairs_left):
            return pairs
        self._pairs_left -= size
        # rapidfuzz compares hashes; numbers cannot collide.
        numbers = {item: number for number, item in enumerate({*old[head:], *new[head:]})}
        opcodes = LCSseq.opcodes([numbers[item] for item in old[head:]], [numbers[item] for item in new[head:]])
        for opcode in opcodes:
            if opcode.tag == "equal":
                starts = (opcode.src_start + head, opcode.dest_start + head)
                pairs += ((starts[0] + at, starts[1] + at) for at in range(opcode.src_end - opcode.src_start))
        return pairs


def _compare_bodies(old: Sequence[Block], new: Sequence[Block], aligner: _Aligner) -> Iterator[BlockChange]:
    i = j = 0
    for same_old, same_new in [*aligner.align(old, new), (len(old), len(new))]:
        yield from _compare_unequal(old[i:same_old], new[j:same_new], aligner)
        if same_old < len(old):
            block = old[same_old]
            yield BlockChange(block.kind, block.kind, _whole("same", block.text))
        i, j = same_old + 1, same_new + 1


def _compare_unequal(old: Sequence[Block], new: Sequence[Block], aligner: _Aligner) -> Iterator[BlockChange]:
    at = 0
    for block in old:
        near = _find_similar(block, new[at : at + _WINDOW])
        if near is None:
            yield _removed(block)
            continue
        yield from map(_added, new[at : at + near])
        yield from _compare_blocks(block, new[at + near], aligner)
        at += near + 1
    yield from map(_added, new[at:])


def _compare_blocks(old: Block, new: Block, aligner: _Aligner) -> Iterator[BlockChange]:
    pieces = _mark(old.text, new.text, aligner)
    # The same words in another order: all is removed and added, which reads better as two blocks.
    if [piece.kind for piece in pieces] == ["removed", "added"]:
        yield from (_removed(old), _added(new))
    else:
        yield BlockChange(old.kind, new.kind, pieces)


def _removed(block: Block) -> BlockChange:
    return BlockChange(block.kind, None, _whole("removed", block.text))


def _added(block: Block) -> BlockChange:
    return BlockChange(None, block.kind, _whole("added", block.text))


def _find_similar(block: Block, others: Sequence[Block]) -> int | None:
    shares = [_share_common(_count_words(block.text), _count_words(other.text)) for other in others]
    best = max(shares, default=0)
    return shares.index(best) if best >= _MIN_SIMILARITY else None


@lru_cache(maxsize=2 * _WINDOW)
def _count_words(text: str) -> Counter[str]:
    return Counter(word for _, word in _tokenize(text) if _is_word(word))


def _share_common(some: Counter[str], others: Counter[str]) -> float:
    """Return the share of words that two texts have in common: 0 to 1, and 1 if neither has any."""
    total = some.total() + others.total()
    return 2 * sum(min(count, others[word]) for word, count in some.items()) / total if total else 1


def _tokenize(text: str) -> list[_Token]:
    """Split into pairs of white space and the word after it; after the last word comes white space and ""."""
    return [(space, word) for space, word in _TOKEN.findall(text) if space or word]


def _whole(kind: PieceKind, text: str) -> tuple[Piece, ...]:
    return (Piece(kind, text),) if text else ()


def _mark(old: str, new: str, aligner: _Aligner) -> tuple[Piece, ...]:
    """Return the pieces of two texts, none of them empty; removed text precedes the text added in its place.

    >>> [(piece.kind, piece.text) for piece in _mark("Rates rose.", "Rates fell.", _Aligner())]
    [('same', 'Rates '), ('removed', 'rose'), ('added', 'fell'), ('same', '.')]
    """
    if old == new:
        return _whole("same", old)
    olds, news = _tokenize(old), _tokenize(new)
    pairs = aligner.align([word for _, word in olds], [word for _, word in news])
    same = sum(_is_word(news[j][1]) for _, j in pairs)
    if same < _MIN_SAME * min(sum(_is_word(word) for _, word in tokens) for tokens in (olds, news)):
        return (*_whole("removed", old), *_whole("added", new))
    pieces = _gather(_split_pieces(olds, news, pairs))
    return tuple(
        Piece(kind, "".join(piece.text for piece in run)) for kind, run in groupby(pieces, key=lambda piece: piece.kind)
    )


def _split_pieces(olds: list[_Token], news: list[_Token], pairs: list[tuple[int, int]]) -> Iterator[Piece]:
    """Yield a piece for each word, and for white space that is not the same before a word that is."""
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


def _gather(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Put all that was removed in one place before all that was added; punctuation between two changes belongs to both.

    None of the pieces is empty.
    """
    removed = added = same = ""
    for piece in pieces:
        if piece.kind == "same":
            same += piece.text
            continue
        if same and piece.text:
            if removed and added and not _is_word(same):
                removed, added = removed + same, added + same
            else:
                yield from _replacement(removed, added, same)
                removed = added = ""
            same = ""
        removed += piece.text if piece.kind == "removed" else ""
        added += piece.text if piece.kind == "added" else ""
    yield from _replacement(removed, added, same)


def _replacement(removed: str, added: str, same: str) -> Iterator[Piece]:
    """Yield what was removed, added and is the same after it; white space with which both begin is the same."""
    space = len(removed) - len(removed.lstrip()) if removed and added else 0
    space = space if removed[:space] == added[:space] else 0
    yield from (*_whole("same", removed[:space]), *_whole("removed", removed[space:]))
    yield from (*_whole("added", added[space:]), *_whole("same", same))


def _is_word(text: str) -> bool:
    return any(map(str.isalnum, text))
