"""Whether two articles tell the same story: what of their texts is compared, and how. Pure.

An article has some two dozen marks (`Told.marks`): numbers that it shares with whatever reads like it. Marks alone are
not exact, so who shares one is compared on the words themselves (`likeness`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise

from rensa import RMinHash

SIGNER = f"rensa{RMinHash.ALGORITHM_VERSION}.1"
"""What marks are made with; those of another are not to be compared. The last number is ours."""
ANY_TIME = -1_000_000
"""The period of a mark that is looked for in the articles of all times."""
PERIOD = timedelta(days=3)
"""Rewrites of a story lie at most so far apart: so they are of one period, or of two that follow each other."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHINGLE = 4
"""Words side by side that count as one thing told."""
_PERMUTATIONS, _ROWS, _SEED = 24, 4, 7
_SINGLES = 16
_LONGEST = 60_000
"""Characters of a text that are compared: it is known by them."""
ENOUGH_WORDS = 40
"""A shorter text (a teaser, a flash, none at all) is known by its headline."""
_ENOUGH_OF_A_HEADLINE = 4
"""Words: fewer stand over many stories."""
_FEW = 3
"""Names or figures: by fewer nothing is told apart."""
_SAME_DAY = timedelta(hours=24)
COPY = 0.8
"""Likeness (Jaccard) from which on a text is a copy of another."""
_OPENING = 60
"""Words."""
Mark = tuple[int, int]
"""A period, the three days of publication counted from 1970, or ANY_TIME; and a number of 64 bits."""

_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"  # written without blanks
    r"|[^\W_]+(?:[.,'\u2019][^\W_]+)*"
)
_UPDATE = re.compile(
    r"^\W*(?:update|wrapup|recast|refile|repeat|rpt|correct(?:ed|ion|s)?|adds?)\s*\d*\s*[-:\u2013\u2014]+\s*"
    r"|\s*\((?:(?:update|correct(?:ed|ion|s)?|repeat|recast)\s*\d*|\d)\)\s*",
    re.IGNORECASE,
)
_OWNS = re.compile(r"['\u2019]s\b")
_NAME = re.compile(
    r"(?<=[\w,)%'\u2019] )"  # it does not begin a sentence
    r"[A-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f]\w*(?:[.'\u2019]\w+)*"
)
_FIGURE = re.compile(r"\d[\d.,]*\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LITTLE = re.compile(
    "a|after|all|amid|an|and|are|as|at|be|before|but|by|for|from|has|have|in|into|is|it|its|may|more|new|no|not|of|off|"
    "on|or|over|says|than|that|the|their|this|to|up|via|was|were|what|who|will|with"
)
"""Words that tell nothing of a headline."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much of their texts two articles of the same story share, each from 0 to 1."""

    alike: float
    """Of all that the two tell (Jaccard)."""
    shared: float
    """Of what the shorter one tells; 1 where one has no text and the headline is the same."""


@dataclass(frozen=True)
class Told:
    """What is compared of an article. Most are compared with few others, so what that takes is read when asked for."""

    headline: str
    """Its words in lower case, without "(Update 3)" and the like."""
    is_update: bool
    """Whether the headline said so."""
    published_at: datetime | None
    text: str
    words: tuple[str, ...]
    """Of the text, in lower case."""

    @cached_property
    def shingles(self) -> frozenset[str]:
        """All that it tells, four words at a time."""
        return frozenset(_shingles(self.words))

    @cached_property
    def opening(self) -> frozenset[str]:
        """The shingles that it begins with."""
        return frozenset(_shingles(self.words[:_OPENING]))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Its words."""
        return frozenset(self.words)

    @cached_property
    def names(self) -> frozenset[str]:
        """Words with a capital that do not begin a sentence."""
        return frozenset(name.casefold() for name in _NAME.findall(self.text))

    @cached_property
    def figures(self) -> frozenset[str]:
        """Its numbers, but for years and single digits."""
        return frozenset(each.replace(",", "") for each in _FIGURE.findall(self.text) if not _YEAR.fullmatch(each))

    @cached_property
    def marks(self) -> frozenset[Mark]:
        """What whatever reads like it shares."""
        return frozenset(_marks(self.headline, _shingles(self.words), self.published_at))


def told(headline: str, body: str, published_at: datetime | None) -> Told:
    """What is compared of an article of this headline and text; without a time it is only found as a copy.

    >>> told("Harbour Falls Quiet (Update 2)", "", None).headline
    'harbour falls quiet'
    """
    stem, text = _UPDATE.sub(" ", headline), _OWNS.sub("", body[:_LONGEST])
    plain = " ".join(_words(_OWNS.sub("", stem)))
    return Told(plain, stem != headline, published_at, text, tuple(_words(text)))


def nearby(mark: Mark) -> Iterator[Mark]:
    """The marks under which articles stand that may share this one: of its period, and of the two beside it."""
    period, number = mark
    beside = (0,) if period == ANY_TIME else (-1, 0, 1)
    return ((period + step, number) for step in beside)


def likeness(one: Told, other: Told) -> Likeness | None:
    """How alike two articles of the same story are; None where they tell two. The order does not matter."""
    common = len(one.shingles & other.shingles)
    least = min(len(one.shingles), len(other.shingles))
    every = len(one.shingles) + len(other.shingles) - common
    found = Likeness(alike=common / every if every else 0.0, shared=common / least if least else 1.0)
    if min(len(one.words), len(other.words)) < ENOUGH_WORDS:
        return found if _is_same_headline(one, other) and _agreement(one.vocabulary, other.vocabulary) >= 0.6 else None
    gap = _gap(one, other)
    is_same = _is_copy(found, one, other) or (gap is not None and gap <= PERIOD and _is_rewrite(found, one, other))
    return found if is_same else None


def _is_same_headline(one: Told, other: Told) -> bool:
    gap = _gap(one, other)
    is_enough = one.headline.count(" ") + 1 >= _ENOUGH_OF_A_HEADLINE
    return one.headline == other.headline and is_enough and gap is not None and gap < _SAME_DAY


def _is_copy(found: Likeness, one: Told, other: Told) -> bool:
    """The same text, at whatever time: a form that is filled in anew has other figures, or other names."""
    if found.alike < COPY:
        return False
    return min(_agreement(one.names, other.names), _agreement(one.figures, other.figures)) >= COPY


def _is_rewrite(found: Likeness, one: Told, other: Told) -> bool:
    if found.shared < 0.5 or _agreement(one.names, other.names) < 0.5:
        return False
    is_same_report = one.headline == other.headline and (one.is_update or other.is_update)
    if _agreement(one.figures, other.figures) < 0.5 and not (is_same_report and _is_same_headline(one, other)):
        return False  # the next day's report of the same market
    if found.alike >= 0.4:
        return True
    if not (_is_headed(one, other) and _is_headed(other, one)):
        return False  # a digest of many stories has one of them whole
    is_begun_so = _shares_headline(one, other) or _agreement(one.opening, other.opening) >= 0.5
    return found.shared >= (0.5 if is_begun_so else 0.6)


def _is_headed(one: Told, other: Told) -> bool:
    """Whether the headline of one speaks of what the other tells."""
    return not other.vocabulary.isdisjoint(_weighty(one.headline))


def _shares_headline(one: Told, other: Told) -> bool:
    first, second = (_weighty(each.headline) for each in (one, other))
    return len(first & second) >= 2 and len(first & second) >= 0.4 * min(len(first), len(second))


def _weighty(headline: str) -> set[str]:
    return {word for word in headline.split() if not _LITTLE.fullmatch(word)}


def _agreement(one: frozenset[str], other: frozenset[str]) -> float:
    """What part of the smaller set the other has; 1 where it is too small to tell."""
    least = min(len(one), len(other))
    return len(one & other) / least if least >= _FEW else 1.0


def _gap(one: Told, other: Told) -> timedelta | None:
    if one.published_at is None or other.published_at is None:
        return None
    return abs(one.published_at - other.published_at)


def _words(text: str) -> list[str]:
    """Its words in lower case.

    >>> _words("The ash of Ardoin: 1,200 fled.")
    ['the', 'ash', 'of', 'ardoin', '1,200', 'fled']
    """
    return _WORD.findall(text.casefold())


def _shingles(words: Sequence[str]) -> list[str]:
    return [*map(" ".join, zip(*(words[at:] for at in range(_SHINGLE)), strict=False))]


def _marks(headline: str, shingles: Sequence[str], published_at: datetime | None) -> Iterator[Mark]:
    """Of a rewrite some single minimum is the same; of a copy several side by side are, and nothing else has those."""
    period = None if published_at is None else (published_at - _EPOCH) // PERIOD
    if period is not None and headline.count(" ") + 1 >= _ENOUGH_OF_A_HEADLINE:
        yield period, _number(headline)
    if len(shingles) < ENOUGH_WORDS - _SHINGLE:
        return
    signer = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    signer.update(shingles)
    digest = signer.digest()
    if period is not None:
        yield from ((period, (place << 32) | value) for place, value in enumerate(digest[:_SINGLES], 1))
    for first, last in pairwise(range(0, _PERMUTATIONS + 1, _ROWS)):
        yield ANY_TIME, _number(f"{first}:{digest[first:last]}")


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
