"""Whether two articles are about the same story: what is compared of their texts, and how. Pure.

An article has about two dozen marks (`ComparedArticle.marks`), hashes that it shares with articles of similar text.
They only select candidates, whose words are then compared (`compare`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from itertools import combinations
from zlib import crc32

from rensa import RMinHash

SIGNER = f"rensa{RMinHash.ALGORITHM_VERSION}.2"
"""What makes the marks; marks of different signers cannot be compared. The last number is ours."""
ANY_TIME = -1_000_000
"""The period of a mark that is compared with articles of all times."""
PERIOD = timedelta(days=3)
"""Rewrites of a story are published within it, so they are of the same period or of two consecutive ones."""
Mark = tuple[int, int]
"""A period (the number of PERIODs from 1970 to publication, or ANY_TIME) and a hash of 64 bits."""
ENOUGH_WORDS = 40
"""A shorter text (a teaser, a flash, none at all) is recognized by its headline."""
COPY = 0.8
"""Jaccard similarity from which on a text is a copy of another."""
# The same, if two of four figures may differ, as in a correction. In a form that is filled in again, more differ.
_CORRECTED_COPY = 0.85
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHINGLE = 4  # words
_PERMUTATIONS, _SEED = 12, 7
_PASSAGE, _PASSAGES = 8, 8  # words of a passage, more than an idiom has; and how many passages of a text become marks
_PAIRS = 3  # how many pairs of names become marks
_MAX_LENGTH = 60_000  # characters of a text that are compared
_HEADLINE_WORDS = 4  # shorter headlines are used for many stories
_FEW = 3  # fewer names or figures say nothing about a story
_SAME_DAY = timedelta(hours=24)
_SOON = timedelta(hours=12)  # a flash is expanded within half a day; the next report of a series comes later
_OPENING_WORDS = 60
_LEDE = 200  # characters of the first paragraph: about a sentence
_BRIEF_WORDS = 80

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"  # written without blanks
    r"|[^\W_]+(?:[.,'\u2019][^\W_]+)*"
)
_UPDATE = re.compile(
    r"^\W*(?:update|wrapup|recast|refile|repeat|rpt|correct(?:ed|ion|s)?|adds?)\s*\d*\s*[-:\u2013\u2014]+\s*"
    r"|\s*\((?:(?:update|correct(?:ed|ion|s)?|repeat|recast)\s*\d*|\d)\)\s*",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['\u2019]s\b")
_NAME = re.compile(
    r"(?<=[\w,)%'\u2019] )"  # it does not begin a sentence
    r"[A-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f]\w*(?:[.'\u2019]\w+)*"
)
_SMALL = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
# One house style writes such numbers in words, another in figures.
_NUMBER_WORDS = {word: str(number) for number, word in enumerate(f"{_SMALL} eighteen nineteen".split(), 2)} | {
    word: str(number * 10) for number, word in enumerate(_TENS.split(), 2)
}
_FIGURE = re.compile(r"\d[\d.,]*\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_STOP_WORDS = (
    "a after all amid an and are as at be before but by for from has have in into is it its may more new no not of off "
    "on or over says than that the their this to up via was were what who will with"
)


@dataclass(frozen=True, slots=True)
class Similarity:
    """How much of their texts two articles of the same story share, each from 0 to 1."""

    alike: float
    """Shared shingles of all shingles of both (Jaccard)."""
    shared: float
    """Shared shingles of those of the shorter text; 1 if one has no text and the headline is the same."""


@dataclass(frozen=True)
class ComparedArticle:
    """What is compared of an article. Each part is computed at first use: most articles are compared rarely."""

    headline: str
    """Its words in lower case, without "(Update 3)" and the like."""
    is_update: bool
    """Whether the headline says so."""
    published_at: datetime | None
    text: str
    words: tuple[str, ...]
    """Of the text, in lower case."""

    @cached_property
    def shingles(self) -> frozenset[str]:
        return frozenset(_shingles(self.words))

    @cached_property
    def front(self) -> frozenset[str]:
        """The shingles of the first half, where the news is: background and notices follow it."""
        return frozenset(_shingles(self.words[: len(self.words) // 2]))

    @cached_property
    def opening(self) -> frozenset[str]:
        return frozenset(_shingles(self.words[:_OPENING_WORDS]))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(self.words)

    @cached_property
    def headline_words(self) -> frozenset[str]:
        return frozenset(self.headline.split()).difference(_STOP_WORDS.split())

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in _NAME.findall(self.text))

    @cached_property
    def figures(self) -> frozenset[str]:
        """Numbers in digits, without years and single digits."""
        return _figures(self.text)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The figures, and numbers in words: another house style writes them in figures."""
        return self.figures | _figures(" ".join(self.words))

    @cached_property
    def marks(self) -> frozenset[Mark]:
        return frozenset(_marks(self))


def prepare(headline: str, body: str, published_at: datetime | None) -> ComparedArticle:
    """Prepare an article for comparison. Without a time it can only be recognized as a copy.

    >>> prepare("Harbour Falls Quiet (Update 2)", "", None).headline
    'harbour falls quiet'
    """
    stem, text = _UPDATE.sub(" ", headline), _POSSESSIVE.sub("", body[:_MAX_LENGTH])
    text = text.replace("per cent", "percent").replace("%", " percent")
    words = tuple(_NUMBER_WORDS.get(word, word) for word in _words(text))
    return ComparedArticle(" ".join(_words(_POSSESSIVE.sub("", stem))), stem != headline, published_at, text, words)


def nearby(mark: Mark) -> Iterator[Mark]:
    """The marks of candidates for this one: of its period, and of the periods before and after."""
    period, number = mark
    steps = (0,) if period == ANY_TIME else (-1, 0, 1)
    return ((period + step, number) for step in steps)


def compare(one: ComparedArticle, other: ComparedArticle) -> Similarity | None:
    """How similar two articles about the same story are; None if their stories differ. Symmetric."""
    pair = _Pair(one, other)
    return pair.similarity if pair.is_same_story() else None


class _Pair:
    """Two articles that are compared. The thresholds were chosen on labelled stories (tests/storage/labelled)."""

    def __init__(self, one: ComparedArticle, other: ComparedArticle) -> None:
        self.one, self.other = one, other
        common = len(one.shingles & other.shingles)
        least = min(len(one.shingles), len(other.shingles))
        union = len(one.shingles) + len(other.shingles) - common
        self.similarity = Similarity(alike=common / union if union else 0.0, shared=common / least if least else 1.0)
        self.words = min(len(one.words), len(other.words))  # of the shorter text
        self.gap = abs(one.published_at - other.published_at) if one.published_at and other.published_at else None

    def is_same_story(self) -> bool:
        if self.words < ENOUGH_WORDS:
            return self._has_same_headline() or self._is_expanded()
        return self._is_copy() or (self.gap is not None and self.gap <= PERIOD and self._is_rewrite())

    def _has_same_headline(self) -> bool:
        is_long_enough = self.one.headline.count(" ") + 1 >= _HEADLINE_WORDS
        if self.one.headline != self.other.headline or not is_long_enough or not self._is_within(_SAME_DAY):
            return False
        return self._vocabulary_overlap() >= 0.6

    def _is_expanded(self) -> bool:
        """Whether one is a flash or a brief and the other the full report that followed within hours."""
        # Most words differ, and so may the headline, but the actions, people and places are the same.
        if self.words > _BRIEF_WORDS or not self._is_within(_SOON) or not self._have_matching_headlines():
            return False
        if self._name_overlap() < 0.75 or self._figure_overlap() < 0.5:
            return False
        vocabulary = self._vocabulary_overlap()
        is_reworded = self.words < ENOUGH_WORDS and self._shares_headline(3, 0.6) and vocabulary >= 0.6
        return is_reworded or (self.similarity.alike > 0 and self.similarity.shared >= 0.25 and vocabulary >= 0.8)

    def _is_copy(self) -> bool:
        """Whether one is the text of the other or its first part, at whatever time."""
        alike, shared = self.similarity.alike, self.similarity.shared
        # A form that is filled in again has other figures or names.
        is_corrected = alike >= _CORRECTED_COPY and self.one.headline == self.other.headline
        if self._figure_overlap() < (0.5 if is_corrected else COPY):
            return False
        names = self._name_overlap()
        return (alike >= COPY and names >= COPY) or (shared >= 0.6 and names >= 0.7 and self._is_cut())

    def _is_cut(self) -> bool:
        """Whether one is a part of the other from its beginning on: many texts end with the same notices."""
        shorter, longer = sorted((self.one, self.other), key=lambda each: (len(each.words), each.text))
        is_front = len(shorter.front & longer.shingles) >= 0.55 * len(shorter.front)
        return is_front and self._have_matching_headlines()

    def _is_rewrite(self) -> bool:
        if self._name_overlap() < 0.5:
            return False
        # With other numbers, it is usually the next day's report of the same market.
        is_update = self.one.headline == self.other.headline and (self.one.is_update or self.other.is_update)
        if self._figure_overlap() < 0.5 and not (is_update and self._has_same_headline()):
            return False
        if self._is_next_update() or self._is_expanded():
            return True
        if self.similarity.shared < 0.5 or not self._has_same_news():
            return False
        if not self._have_matching_headlines():
            return False  # a digest of many stories has one of them complete
        has_same_opening = self._shares_headline() or _overlap(self.one.opening, self.other.opening) >= 0.5
        return self.similarity.alike >= 0.4 or self.similarity.shared >= (0.5 if has_same_opening else 0.6)

    def _is_next_update(self) -> bool:
        """Whether both are updates of one report: since they say so, less similarity is enough."""
        if not (self.one.is_update and self.other.is_update and self._is_within(_SAME_DAY)):
            return False
        has_same_subject = self._shares_headline() and self._name_overlap() >= 0.75
        return (self.similarity.shared >= 0.25 and self._have_matching_headlines()) or has_same_subject

    def _has_same_news(self) -> bool:
        """Whether the later one has the news of the earlier, and not only its background: else it is a new story."""
        if self._is_within(_SOON):
            return True
        earlier, later = sorted((self.one, self.other), key=lambda each: (each.published_at or _EPOCH, each.text))
        begins_with_it = len(later.front & earlier.shingles) >= 0.2 * len(later.front)
        return begins_with_it or len(earlier.front & later.shingles) >= 0.55 * len(earlier.front)

    def _have_matching_headlines(self) -> bool:
        """Whether the headline of each speaks about the text of the other."""
        if self.one.headline == self.other.headline:
            return True
        both = ((self.one, self.other), (self.other, self.one))
        return not any(text.vocabulary.isdisjoint(headed.headline_words) for headed, text in both)

    def _shares_headline(self, least: int = 2, part: float = 0.4) -> bool:
        first, second = self.one.headline_words, self.other.headline_words
        return len(first & second) >= max(least, part * min(len(first), len(second)))

    def _vocabulary_overlap(self) -> float:
        return _overlap(self.one.vocabulary, self.other.vocabulary)

    def _name_overlap(self) -> float:
        return _overlap(self.one.names, self.other.names)

    def _figure_overlap(self) -> float:
        least = min(len(self.one.figures), len(self.other.figures))
        common = max(len(self.one.figures & self.other.numbers), len(self.other.figures & self.one.numbers))
        return min(common / least, 1.0) if least >= _FEW else 1.0

    def _is_within(self, span: timedelta) -> bool:
        return self.gap is not None and self.gap < span


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the smaller set that the other has; 1 if it is too small to say anything."""
    least = min(len(one), len(other))
    return len(one & other) / least if least >= _FEW else 1.0


def _figures(text: str) -> frozenset[str]:
    return frozenset(figure.replace(",", "") for figure in _FIGURE.findall(text) if not _YEAR.fullmatch(figure))


def _words(text: str) -> list[str]:
    """The words in lower case.

    >>> _words("The ash of Ardoin: 1,200 fled.")
    ['the', 'ash', 'of', 'ardoin', '1,200', 'fled']
    """
    return _WORD.findall(text.casefold())


def _shingles(words: Sequence[str]) -> list[str]:
    return [*map(" ".join, zip(*(words[at:] for at in range(_SHINGLE)), strict=False))]


def _marks(article: ComparedArticle) -> Iterator[Mark]:
    period = None if article.published_at is None else (article.published_at - _EPOCH) // PERIOD
    if period is not None:
        if article.headline.count(" ") + 1 >= _HEADLINE_WORDS:
            yield period, _hash(article.headline)
        # A flash and its full report name the same people side by side at the beginning.
        lede = article.text.partition("\n")[0][:_LEDE]
        names = sorted({name.casefold() for name in _NAME.findall(lede)})
        yield from ((period, _hash(pair)) for pair in _sample([*map(" & ".join, combinations(names, 2))], _PAIRS))
    if len(article.words) < ENOUGH_WORDS:
        return
    shingles = _shingles(article.words)
    if period is not None:
        # A rewrite has some of the same minimal hashes.
        signer = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        signer.update(shingles)
        yield from ((period, (place << 32) | value) for place, value in enumerate(signer.digest(), 1))
    # A copy that was cut has some of the passages that are first in an order that does not depend on their place.
    rest = dict(zip(shingles, shingles[_PASSAGE - _SHINGLE :], strict=False))
    yield from ((ANY_TIME, _hash(f"{shingle} {rest[shingle]}")) for shingle in _sample(rest, _PASSAGES))


def _sample(lines: Collection[str], count: int) -> list[str]:
    """Choose lines by their checksum: of two texts that share many lines, mostly the same ones."""
    # In one pass over the encoded text, because most texts have hundreds of lines.
    checksums = [*map(crc32, "\n".join(lines).encode(errors="replace").split(b"\n"))]
    last = max(sorted(checksums)[:count], default=0)
    return [line for checksum, line in zip(checksums, lines, strict=False) if checksum <= last]


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
