"""What the pages share: the open archive and a summary of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from newscrawl.storage import ArticleName, Store, fold_name
from newscrawl.storage.query.facets import FacetKind
from newscrawl.web.cache import Cache


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of the archive; times are UTC."""

    articles: int
    sections: Mapping[str, ArticleName]  # by fold_name, as queries compare them, the largest first
    publishers: Mapping[str, ArticleName]
    oldest: datetime | None
    newest: datetime | None

    def list_spellings(self, kind: FacetKind, name: str) -> tuple[str, ...]:
        """Return all spellings of a section or publisher in the archive; any other name as it is."""
        known = self._find_name(kind, name)
        return known.spellings if known else (name,)

    def choose_spelling(self, kind: FacetKind, name: str) -> str:
        """Return the most frequent spelling of a section or publisher in the archive; any other name as it is."""
        known = self._find_name(kind, name)
        return known.name if known and known.name else name

    def _find_name(self, kind: FacetKind, name: str) -> ArticleName | None:
        names = {"section": self.sections, "publisher": self.publishers}.get(kind, {})
        return names.get(fold_name(name))


@dataclass(frozen=True, slots=True)
class Context:
    """An open archive, with a cache."""

    store: Store
    title: str  # heads every page
    name: str  # what is served: a file, or a copy of one
    cache: Cache

    def summarize(self) -> Summary:
        """Return the summary; see `Cache` on how old it may be."""

        def compute() -> Summary:
            sections, publishers = self.store.names("section"), self.store.names("publisher")
            articles = sum(each.articles for each in sections)
            return Summary(articles, _index_names(sections), _index_names(publishers), *self.store.ends())

        return self.cache.get("summary", compute)


def _index_names(names: Iterable[ArticleName]) -> dict[str, ArticleName]:
    return {fold_name(each.name): each for each in names if each.name}
