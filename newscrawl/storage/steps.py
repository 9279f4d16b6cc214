"""The changes of an article from version to version. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from newscrawl.diff import Changes, compare
from newscrawl.storage.articles.merge import Version


@dataclass(frozen=True, slots=True)
class NumberedVersion:
    """A version with its number: 1 for the oldest seen."""

    number: int
    version: Version


@dataclass(frozen=True, slots=True)
class VersionStep:
    """Two versions, and what changed between them."""

    before: NumberedVersion
    after: NumberedVersion
    changes: Changes


def compare_versions(history: Sequence[Version], only: tuple[int, int] | None = None) -> Iterator[VersionStep]:
    """Compare each version of a history with the next, oldest first; or only two of them, by their numbers.

    Raises IndexError if the history does not have these numbers in this order.
    """
    numbered = [NumberedVersion(number, version) for number, version in enumerate(history, 1)]
    if only and not 0 < only[0] < only[1] <= len(history):
        raise IndexError(only)
    for before, after in [(numbered[only[0] - 1], numbered[only[1] - 1])] if only else pairwise(numbered):
        yield VersionStep(before, after, compare(before.version, after.version))
