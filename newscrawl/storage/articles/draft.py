"""A stored or new article while a batch of captures changes it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from newscrawl.article import Article
from newscrawl.storage.articles.merge import (
    Version,
    add_version,
    add_versions,
    filled_fields,
    is_changed,
    is_listed,
    is_newer,
    is_plain_text,
    make_version,
    merge,
    with_version,
)


@dataclass(frozen=True, slots=True)
class KeyedArticle:
    """What an extraction read from a capture, and the keys by which its article is found."""

    article: Article
    keys: tuple[str, ...]
    fingerprint: str


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
    absorbed_by: Draft | None = None

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
        fetched = reading.article if self.is_listed and newer else self.article
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
        if is_plain_text(older.article) and not is_plain_text(newer.article):
            self.history = newer.history
        else:
            self.history = add_versions(self.history, other.history)
        article = replace(merge(older.article, newer.article), url=self.article.url)
        self.article, self.fingerprint = with_version(article, self.history[-1]), newer.fingerprint
        self.retired += [*other.retired, *([other.id] if other.id is not None else [])]
        self.is_changed, other.absorbed_by = True, self

    def _order(self) -> tuple[bool, bool, datetime]:
        return not self.is_listed, not is_plain_text(self.article), self.history[-1].seen_until

    def _add_to_history(self, article: Article, seen: Version) -> tuple[bool, tuple[Version, ...]]:
        """Return whether a capture shows how the article reads now, and the history with it."""
        was_text, is_text = is_plain_text(self.article), is_plain_text(article)
        if was_text == is_text or self.is_listed or is_listed(article):
            return is_newer(seen, self.history), add_version(self.history, seen)
        return (False, self.history) if is_text else (True, (seen,))

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
            sources={**article.sources, **first.sources},
            images=first.images,
        )


def _reads_same(one: tuple[Version, ...], other: tuple[Version, ...]) -> bool:
    return [version.content for version in one] == [version.content for version in other]
