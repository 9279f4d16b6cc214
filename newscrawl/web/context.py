"""The reading room: what its pages share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from newscrawl.storage import Store
from newscrawl.web.cache import Memory


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the publisher's, in whatever case its pages print it."""

    name: str
    """As most articles have it."""
    articles: int
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """The archive at a glance; times are UTC."""

    articles: int
    sections: Mapping[str, Section]
    """By their names without case, as a query compares them, the largest first; articles of no section are in none."""
    oldest: datetime | None
    newest: datetime | None

    def spellings(self, section: str) -> tuple[str, ...]:
        """How a section is spelt in the archive; as asked where it is not there."""
        known = self.sections.get(section.casefold())
        return known.spellings if known else (section,)


@dataclass(frozen=True, slots=True)
class Room:
    """An open archive, and what is remembered of it."""

    store: Store
    name: str
    """What the archive is called: the name of its file."""
    memory: Memory

    def glance(self) -> Glance:
        """How much there is; at most a minute old."""
        return self.memory.get("glance", self._glance)

    def _glance(self) -> Glance:
        counts = self.store.sections()
        oldest, newest = self.store.ends()
        return Glance(sum(number for _, number in counts), _sections(counts), oldest, newest)


def _sections(counts: Iterable[tuple[str | None, int]]) -> dict[str, Section]:
    spelt: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, number in counts:
        if name:
            spelt[name.casefold()].append((name, number))
    found = [
        Section(each[0][0], sum(number for _, number in each), tuple(name for name, _ in each))
        for each in spelt.values()
    ]
    return {section.name.casefold(): section for section in sorted(found, key=lambda section: -section.articles)}
