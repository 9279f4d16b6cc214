"""Whether two articles are copies of each other, and the marks by which copies find each other. Pure.

Two articles are copies if any of these holds:

- their texts are the same, word for word; short texts (below ENOUGH_WORDS) need the same headline too;
- half of the shorter text is in the other: of its runs of three words, and of its figures. So near copies, shortened
  copies and rewritten ones count, and the same form with other figures does not;
- the headline of one says that it is an update or a correction, the other has the same headline without this notice,
  and they were published within a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from zlib import crc32

ENOUGH_WORDS = 40
"""A shorter text (a teaser, a flash, "this is a developing story") is part of many others."""
HALF = 0.5
"""The share of the shorter text's runs of words, and of its figures, that a copy has."""
A_DAY = timedelta(days=1)
"""An update follows the first report within it: a later one with the same headline is another day's."""
_RUN = 3  # words
_SAMPLED_RUN, _SAMPLES = 5, 12  # words of a run that becomes a mark, and how many of a text's do
_HEADLINE_WORDS = 4  # shorter headlines are used for many stories
_MAX_LENGTH = 60_000  # characters of a text that are compared

_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Characters that are words of their own: Chinese and Japanese are written without blanks."""
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:[.,'\u2019][^\W_{_UNSPACED}]+)*")
_NOTICE = re.compile(
    r"^\W*(update|wrapup|recast|refile|repeat|rpt|correct(?:ed|ion|s)?|adds?)\s*\d*\s*[-:\u2013\u2014]+\s*"
    r"|\s*\((?:(update|correct(?:ed|ion|s)?|repeat|recast)\s*\d*|\d)\)\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ComparedArticle:
    """What is compared of an article. Each part is computed at first use: most articles are compared rarely."""

    headline: str
    """Its words in lower case, without "(Update 3)" and the like."""
    notice: str | None
    """What its headline says that it is: "update" or "correction"."""
    published_at: datetime | None
    words: tuple[str, ...]
    """Of the text, in lower case."""

    @cached_property
    def runs(self) -> frozenset[int]:
        """Hashes of its runs of three words."""
        return frozenset(map(hash, zip(*(self.words[at:] for at in range(_RUN)), strict=False)))

    @cached_property
    def figures(self) -> frozenset[str]:
        return frozenset(word for word in self.words if word[0].isdigit())

    @property
    def has_enough_words(self) -> bool:
        return len(self.words) >= ENOUGH_WORDS

    @property
    def has_own_headline(self) -> bool:
        """Whether it is long enough to be of one story: "Market Close" is of many."""
        return self.headline.count(" ") + 1 >= _HEADLINE_WORDS

    @cached_property
    def text_hash(self) -> int | None:
        """Equal for the same text; of a short one, with the same headline. None: it has no text."""
        text = " ".join(self.words)
        return _hash(text if self.has_enough_words else f"{self.headline}\n{text}") if text else None

    @cached_property
    def marks(self) -> frozenset[int]:
        """Hashes of 64 bits: what may be a copy has one of them among its `sought_marks`."""
        texts = () if self.text_hash is None else (self.text_hash,)
        runs = map(_hash, _sample_runs(self.words)) if self.has_enough_words else ()
        return frozenset((*texts, *runs, *self._headline_marks(timedelta(0))))

    @property
    def sought_marks(self) -> frozenset[int]:
        """The marks, and those of its headline on the days before and after."""
        return self.marks.union(self._headline_marks(-A_DAY, A_DAY))

    def _headline_marks(self, *later: timedelta) -> Iterator[int]:
        if self.published_at is not None and self.has_own_headline:
            yield from (_hash(f"{self.published_at + each:%Y-%m-%d} {self.headline}") for each in later)


def prepare(headline: str, body: str, published_at: datetime | None, correction: str | None = None) -> ComparedArticle:
    """Prepare an article for comparison; `correction` is the note that it prints about one.

    >>> article = prepare("Harbour Falls Quiet (Correct)", "", None)
    >>> article.headline, article.notice
    ('harbour falls quiet', 'correction')
    """
    found = _NOTICE.search(headline)
    is_correction = correction or (found and (found[1] or found[2] or "").lower().startswith("correct"))
    notice = "correction" if is_correction else "update" if found else None
    stem = " ".join(_split_words(_NOTICE.sub(" ", headline)))
    return ComparedArticle(stem, notice, published_at, tuple(_split_words(body[:_MAX_LENGTH])))


def are_copies(one: ComparedArticle, other: ComparedArticle) -> bool:
    """Whether one article is a copy, an update or a correction of the other. Symmetric."""
    if one.text_hash is not None and one.text_hash == other.text_hash:
        return True
    if (
        one.has_own_headline
        and one.headline == other.headline
        and (one.notice or other.notice)
        and _is_near(one, other)
    ):
        return True
    if not (one.has_enough_words and other.has_enough_words):
        return False
    return _share_half(one.runs, other.runs) and _share_half(one.figures, other.figures)


def _is_near(one: ComparedArticle, other: ComparedArticle) -> bool:
    if one.published_at is None or other.published_at is None:
        return False
    return abs(one.published_at - other.published_at) < A_DAY


def _share_half(one: frozenset[int] | frozenset[str], other: frozenset[int] | frozenset[str]) -> bool:
    """Whether the larger set has half of the smaller one."""
    return len(one & other) >= HALF * min(len(one), len(other))


def _split_words(text: str) -> list[str]:
    """Split a text into words in lower case.

    >>> _split_words("The ash of Ardoin: 1,200 fled. 2016年")
    ['the', 'ash', 'of', 'ardoin', '1,200', 'fled', '2016', '年']
    """
    return _WORD.findall(text.casefold())


def _sample_runs(words: Sequence[str]) -> list[str]:
    """Choose the runs of five words with the smallest checksums: two texts that share many choose mostly the same."""
    # A MinHash of one function ("bottom-k sketch"): also of a text and a part of it, unlike bands of many functions.
    runs = [*map(" ".join, zip(*(words[at:] for at in range(_SAMPLED_RUN)), strict=False))]
    # In one pass over the encoded text, because most texts have hundreds of runs.
    checksums = [*map(crc32, "\n".join(runs).encode(errors="replace").split(b"\n"))]
    last = sorted({*checksums})[:_SAMPLES][-1]
    return [run for checksum, run in zip(checksums, runs, strict=True) if checksum <= last]


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big", signed=True)
