"""Whether two articles tell the same story: what of their texts is compared, and how. Pure.

An article has some two dozen marks (`Told.marks`): numbers that it shares with whatever reads like it. Marks alone are
not exact, so who shares one is compared on the words themselves (`likeness`).
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
"""What marks are made with; those of another are not to be compared. The last number is ours."""
ANY_TIME = -1_000_000
"""The period of a mark that is looked for in the articles of all times."""
PERIOD = timedelta(days=3)
"""Rewrites of a story lie at most so far apart: so they are of one period, or of two that follow each other."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHINGLE = 4
"""Words side by side that count as one thing told."""
_PERMUTATIONS, _SEED = 12, 7
_PASSAGE, _PASSAGES = 8, 8
"""Words of a passage, more than a turn of phrase has; and how many passages a text is looked for by."""
_PAIRS = 3
"""Of names, by which a flash is looked for."""
_LONGEST = 60_000
"""Characters of a text that are compared: it is known by them."""
ENOUGH_WORDS = 40
"""A shorter text (a teaser, a flash, none at all) is known by its headline."""
_ENOUGH_OF_A_HEADLINE = 4
"""Words: fewer stand over many stories."""
_FEW = 3
"""Names or figures: by fewer nothing is told apart."""
_SAME_DAY = timedelta(hours=24)
_SOON = timedelta(hours=12)
"""What is written up of a flash is, within half a day; the next report of a series comes later."""
COPY = 0.8
"""Likeness (Jaccard) from which on a text is a copy of another."""
_BUT_FOR_A_WORD = 0.85
"""Likeness of a text and its correction, which may change two of its four figures. A form has more to fill in."""
_OPENING = 60
"""Words."""
_LEDE = 200
"""Characters of the first paragraph, at most: a sentence or so."""
_BRIEF = 80
"""Words, at most."""
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
_SMALL = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_IN_WORDS = {word: str(number) for number, word in enumerate(f"{_SMALL} eighteen nineteen".split(), 2)} | {
    word: str(number * 10) for number, word in enumerate(_TENS.split(), 2)
}
"""Numbers that one house writes in words and another in figures."""
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
    def front(self) -> frozenset[str]:
        """The shingles of its first half, where its news is: background and notices come after it."""
        return frozenset(_shingles(self.words[: len(self.words) // 2]))

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
        return _figures(self.text)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Its figures, and what it writes in words: another house has figures for it."""
        return self.figures | _figures(" ".join(self.words))

    @cached_property
    def marks(self) -> frozenset[Mark]:
        """What whatever reads like it shares."""
        return frozenset(_marks(self))


def told(headline: str, body: str, published_at: datetime | None) -> Told:
    """What is compared of an article of this headline and text; without a time it is only found as a copy.

    >>> told("Harbour Falls Quiet (Update 2)", "", None).headline
    'harbour falls quiet'
    """
    stem, text = _UPDATE.sub(" ", headline), _OWNS.sub("", body[:_LONGEST])
    text = text.replace("per cent", "percent").replace("%", " percent")
    plain = " ".join(_words(_OWNS.sub("", stem)))
    return Told(plain, stem != headline, published_at, text, tuple(_IN_WORDS.get(word, word) for word in _words(text)))


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
    gap = _gap(one, other)
    if min(len(one.words), len(other.words)) < ENOUGH_WORDS:
        return found if _is_same_headline(one, other) or _is_written_up(found, one, other) else None
    is_same = _is_copy(found, one, other) or (gap is not None and gap <= PERIOD and _is_rewrite(found, one, other))
    return found if is_same else None


def _is_same_headline(one: Told, other: Told) -> bool:
    is_enough = one.headline.count(" ") + 1 >= _ENOUGH_OF_A_HEADLINE
    if one.headline != other.headline or not is_enough or not _is_within(_SAME_DAY, one, other):
        return False
    return _agreement(one.vocabulary, other.vocabulary) >= 0.6


def _is_written_up(found: Likeness, one: Told, other: Told) -> bool:
    """A flash, or a brief, and what was made of it within hours: in other words for the most part, under whatever
    headline, but it says what the first did, of the same people and places.
    """
    length = min(len(one.words), len(other.words))
    if length > _BRIEF or not (_is_within(_SOON, one, other) and _are_headed(one, other)):
        return False
    if _agreement(one.names, other.names) < 0.75 or _agreement_of_figures(one, other) < 0.5:
        return False
    vocabulary = _agreement(one.vocabulary, other.vocabulary)
    is_reworded = length < ENOUGH_WORDS and _shares_headline(one, other, 3, 0.6) and vocabulary >= 0.6
    return is_reworded or (found.alike > 0 and found.shared >= 0.25 and vocabulary >= 0.8)


def _is_copy(found: Likeness, one: Told, other: Told) -> bool:
    """The same text, or its first part, at whatever time: a form that is filled in anew has other figures, or names."""
    is_changed_little = found.alike >= _BUT_FOR_A_WORD and one.headline == other.headline
    if _agreement_of_figures(one, other) < (0.5 if is_changed_little else COPY):
        return False
    names = _agreement(one.names, other.names)
    return (found.alike >= COPY and names >= COPY) or (found.shared >= 0.6 and names >= 0.7 and _is_cut(one, other))


def _is_cut(one: Told, other: Told) -> bool:
    """Whether the one is a part of the other, from its front on: notices that many texts end with are not enough."""
    shorter, longer = sorted((one, other), key=lambda each: (len(each.words), each.text))
    return len(shorter.front & longer.shingles) >= 0.55 * len(shorter.front) and _are_headed(one, other)


def _is_rewrite(found: Likeness, one: Told, other: Told) -> bool:
    if _agreement(one.names, other.names) < 0.5 or not _is_same_numbers(one, other):
        return False
    if _is_next_update(found, one, other) or _is_written_up(found, one, other):
        return True
    if found.shared < 0.5 or not _has_old_news(one, other):
        return False
    if not _are_headed(one, other):
        return False  # a digest of many stories has one of them whole
    is_begun_so = _shares_headline(one, other) or _agreement(one.opening, other.opening) >= 0.5
    return found.alike >= 0.4 or found.shared >= (0.5 if is_begun_so else 0.6)


def _is_same_numbers(one: Told, other: Told) -> bool:
    is_same_report = one.headline == other.headline and (one.is_update or other.is_update)
    # Else it is the next day's report of the same market.
    return _agreement_of_figures(one, other) >= 0.5 or (is_same_report and _is_same_headline(one, other))


def _is_next_update(found: Likeness, one: Told, other: Told) -> bool:
    """A later number of a report, with a new beginning: what it says it is need be borne out by less."""
    if not (one.is_update and other.is_update and _is_within(_SAME_DAY, one, other)):
        return False
    is_of_the_same = _shares_headline(one, other) and _agreement(one.names, other.names) >= 0.75
    return (found.shared >= 0.25 and _are_headed(one, other)) or is_of_the_same


def _has_old_news(one: Told, other: Told) -> bool:
    """Whether the later one brings the news of the other, and not its background alone: that is a story of its own."""
    if _is_within(_SOON, one, other):
        return True
    later, earlier = sorted((one, other), key=lambda each: (each.published_at or _EPOCH, each.text), reverse=True)
    is_begun_by_it = len(later.front & earlier.shingles) >= 0.2 * len(later.front)
    return is_begun_by_it or len(earlier.front & later.shingles) >= 0.55 * len(earlier.front)


def _is_headed(one: Told, other: Told) -> bool:
    """Whether the headline of one speaks of what the other tells."""
    return not other.vocabulary.isdisjoint(_weighty(one.headline))


def _are_headed(one: Told, other: Told) -> bool:
    return one.headline == other.headline or (_is_headed(one, other) and _is_headed(other, one))


def _shares_headline(one: Told, other: Told, least: int = 2, part: float = 0.4) -> bool:
    first, second = (_weighty(each.headline) for each in (one, other))
    return len(first & second) >= max(least, part * min(len(first), len(second)))


def _weighty(headline: str) -> set[str]:
    return {word for word in headline.split() if not _LITTLE.fullmatch(word)}


def _agreement(one: frozenset[str], other: frozenset[str]) -> float:
    """What part of the smaller set the other has; 1 where it is too small to tell."""
    least = min(len(one), len(other))
    return len(one & other) / least if least >= _FEW else 1.0


def _agreement_of_figures(one: Told, other: Told) -> float:
    least = min(len(one.figures), len(other.figures))
    common = max(len(one.figures & other.numbers), len(other.figures & one.numbers))
    return min(common / least, 1.0) if least >= _FEW else 1.0


def _is_within(span: timedelta, one: Told, other: Told) -> bool:
    gap = _gap(one, other)
    return gap is not None and gap < span


def _figures(text: str) -> frozenset[str]:
    return frozenset(each.replace(",", "") for each in _FIGURE.findall(text) if not _YEAR.fullmatch(each))


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


def _marks(one: Told) -> Iterator[Mark]:
    """Of a rewrite some minimum of its shingles is the same; of a flash, who is named side by side at its beginning; of
    a copy that was cut, some of the passages that come first in an order that has nothing to do with where they stand.
    """
    period = None if one.published_at is None else (one.published_at - _EPOCH) // PERIOD
    if period is not None:
        if one.headline.count(" ") + 1 >= _ENOUGH_OF_A_HEADLINE:
            yield period, _number(one.headline)
        named = sorted({name.casefold() for name in _NAME.findall(one.text.partition("\n")[0][:_LEDE])})
        yield from ((period, _number(each)) for each in _lowest([*map(" & ".join, combinations(named, 2))], _PAIRS))
    if len(one.words) < ENOUGH_WORDS:
        return
    shingles = _shingles(one.words)
    if period is not None:
        signer = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        signer.update(shingles)
        yield from ((period, (place << 32) | value) for place, value in enumerate(signer.digest(), 1))
    rest = dict(zip(shingles, shingles[_PASSAGE - _SHINGLE :], strict=False))
    yield from ((ANY_TIME, _number(f"{each} {rest[each]}")) for each in _lowest(rest, _PASSAGES))


def _lowest(lines: Collection[str], count: int) -> list[str]:
    """Some of them: of two texts that have many in common, mostly the same."""
    # All at once, as most texts have hundreds.
    places = [*map(crc32, "\n".join(lines).encode(errors="replace").split(b"\n"))]
    last = max(sorted(places)[:count], default=0)
    return [line for place, line in zip(places, lines, strict=False) if place <= last]


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
