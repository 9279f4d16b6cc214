"""A stored or new article while a batch of captures changes it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from newscrawl.article import Article
from newscrawl.storage.articles.merge import (
    Version,
    add_version,
    add_versions,
    filled_fields,
    find_standing,
    is_changed,
    is_newer,
    make_version,
    measure_text,
    merge,
    with_version,
)
from newscrawl.storage.articles.stored_rows import StoredRows


@dataclass(frozen=True, slots=True)
class KeyedArticle:
    """What an extraction read from a capture, and the keys by which its article is found."""

    article: Article
    keys: tuple[str, ...]
    fingerprint: str
    site: str = ""


@dataclass(slots=True, eq=False)
class Draft:
    """An article while a batch changes it."""

    id: int | None
    article: Article
    history: tuple[Version, ...]
    fingerprint: str
    is_changed: bool = False
    """Whether its rows must be written."""
    retired: list[int] = field(default_factory=list)
    """Ids of the stored articles that it has absorbed."""
    content_digest: str | None = None
    """That of its row, once it is written; None: it has taken over damaged values."""
    damaged: list[StoredRows] = field(default_factory=list)
    """Its stored rows, if something in them is not as it was stored: what is taken over stays recognisable."""
    absorbed_by: Draft | None = None
    site: str = ""
    """Of a new one, the site that it was fetched from."""

    @property
    def is_listed(self) -> bool:
        """Whether only lists have given it so far."""
        return self.history[-1].is_listed

    @property
    def final(self) -> Draft:
        """The draft that has absorbed this one, or else itself."""
        return self.absorbed_by.final if self.absorbed_by else self

    def add(self, reading: KeyedArticle) -> bool:
        """Merge a capture in. Return whether the article or its history reads differently now."""
        seen = make_version(reading.article)
        newer, history = self._add_to_history(reading.article, seen)
        article = merge(self.article, reading.article) if newer else merge(reading.article, self.article)
        is_replaced = newer and find_standing(self.article)[:2] < find_standing(reading.article)[:2]
        fetched = reading.article if is_replaced else self.article
        article = with_version(replace(article, url=fetched.url), history[-1])
        is_different = is_changed(self.article, article) or not _reads_same(history, self.history)
        if not is_different:
            article = self._fill(article, reading)
        fingerprint = reading.fingerprint if newer and history[-1].content == seen.content else self.fingerprint
        self.is_changed |= (article, history, fingerprint) != (self.article, self.history, self.fingerprint)
        self.article, self.history, self.fingerprint = article, history, fingerprint
        return is_different

    def absorb(self, other: Draft) -> None:
        """Become one with an article that has turned out to be the same."""
        older, newer = sorted((self, other), key=Draft._order)
        if find_standing(older.article) < find_standing(newer.article):
            self.history = newer.history
        else:
            self.history = add_versions(self.history, other.history)
        article = replace(merge(older.article, newer.article), url=self.article.url)
        self.article, self.fingerprint = with_version(article, self.history[-1]), newer.fingerprint
        self.retired += [*other.retired, *([other.id] if other.id is not None else [])]
        self.damaged += other.damaged
        self.is_changed, other.absorbed_by = True, self

    def _order(self) -> tuple[Any, ...]:
        shown = () if self.article.complete else measure_text(self.article)
        return *find_standing(self.article), *shown, self.history[-1].seen_until

    def _add_to_history(self, article: Article, seen: Version) -> tuple[bool, tuple[Version, ...]]:
        """Return whether a capture shows how the article reads now, and the history with it."""
        before, after = find_standing(self.article), find_standing(article)
        if before == after:
            return is_newer(seen, self.history), add_version(self.history, seen)
        return (True, (seen,)) if before < after else (False, self.history)

    def _fill(self, merged: Article, reading: KeyedArticle) -> Article:
        """Return the article that reads as before, with fields that its row is too old to have.

        It says where it was read in the earliest capture with this content, in whatever order captures come.
        """
        filled = filled_fields(self.article, merged)
        sources = {name: merged.sources[name] for name in filled if name in merged.sources}
        article = replace(self.article, **filled, sources={**self.article.sources, **sources})
        first = reading.article
        if reading.fingerprint != self.fingerprint or first.fetched_at >= self.article.fetched_at:
            return article
        return replace(
            article,
            fetched_at=first.fetched_at,
            layout=first.layout,
            confidence=first.confidence,
            sources={**article.sources, **first.sources},
            images=first.images,
        )


def _reads_same(one: tuple[Version, ...], other: tuple[Version, ...]) -> bool:
    return [version.content for version in one] == [version.content for version in other]
