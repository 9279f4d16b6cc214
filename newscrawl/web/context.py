"""What the pages share: the open archive and a summary of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from newscrawl.storage import Store
from newscrawl.web.cache import Cache


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the publisher, whose pages spell it in different cases."""

    name: str  # the most frequent spelling
    articles: int
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of the archive; times are UTC."""

    articles: int
    sections: Mapping[str, Section]  # by case-folded name, as queries compare them, the largest first
    oldest: datetime | None
    newest: datetime | None

    def list_spellings(self, section: str) -> tuple[str, ...]:
        """Return all spellings of a section in the archive; an unknown section as it is."""
        known = self.sections.get(section.casefold())
        return known.spellings if known else (section,)


@dataclass(frozen=True, slots=True)
class Context:
    """An open archive, with a cache."""

    store: Store
    name: str  # the name shown for the archive: that of its file
    cache: Cache

    def summarize(self) -> Summary:
        """Return the summary; see `Cache` on how old it may be."""

        def compute() -> Summary:
            counts = self.store.sections()
            return Summary(sum(number for _, number in counts), _group_sections(counts), *self.store.ends())

        return self.cache.get("summary", compute)


def _group_sections(counts: Iterable[tuple[str | None, int]]) -> dict[str, Section]:
    by_name: dict[str, list[tuple[str, int]]] = {}
    for name, number in counts:
        if name:
            by_name.setdefault(name.casefold(), []).append((name, number))
    sections = []
    for spellings in by_name.values():
        total = sum(number for _, number in spellings)
        sections.append(Section(spellings[0][0], total, tuple(name for name, _ in spellings)))
    return {section.name.casefold(): section for section in sorted(sections, key=lambda section: -section.articles)}
