"""Names of sections and publishers, which pages spell in several ways: Markets, MARKETS, "markets "."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, false, func, select

from newscrawl.storage.tables import ArticleRow, SiteRow
from newscrawl.urls import site_of

NameKind = Literal["section", "publisher"]
_SITES_OF = 1000
"""Articles of a publisher, the newest, that are searched for its sites."""


@dataclass(frozen=True, slots=True)
class ArticleName:
    """A section or a publisher, whatever its spelling."""

    name: str | None
    """The most frequent spelling; None: articles without a section."""
    articles: int
    spellings: tuple[str, ...]
    """All of them, the most frequent first."""


def fold_name(name: str) -> str:
    r"""Return what all spellings of a name have in common.

    >>> fold_name("MARKETS "), fold_name("Money\u00a0 &  Markets")
    ('markets', 'money & markets')
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def merge_spellings(counts: Iterable[tuple[str | None, int]]) -> list[ArticleName]:
    """Merge names that differ only in case, white space or Unicode form, under the most frequent spelling."""
    by_name: defaultdict[str | None, list[tuple[int, str]]] = defaultdict(list)
    for name, articles in counts:
        by_name[None if name is None else fold_name(name)].append((articles, name or ""))
    merged = []
    for folded, same in by_name.items():
        spellings = tuple(name for _, name in sorted(same, reverse=True))
        name = None if folded is None else " ".join(spellings[0].split())
        merged.append(ArticleName(name, sum(articles for articles, _ in same), spellings if name is not None else ()))
    return merged


def find_spellings(connection: Connection, kind: NameKind, name: str) -> list[str]:
    """Find how articles spell a section or publisher; an empty list if none has it."""
    folded = fold_name(name)
    return [
        spelling for spelling in _read_names(connection, getattr(ArticleRow, kind)) if fold_name(spelling) == folded
    ]


def has_section(connection: Connection, name: str) -> ColumnElement[bool]:
    """The condition for articles of a section, in any spelling; true or false, never NULL."""
    spellings = find_spellings(connection, "section", name)
    # Every spelling is compared exactly, which an index can do.
    return and_(ArticleRow.section.is_not(None), _is_one_of(ArticleRow.section, spellings)) if spellings else false()


def has_publisher(connection: Connection, name: str) -> ColumnElement[bool]:
    """The condition for articles of a publisher: with this title, in any spelling, or else of the site of this name."""
    if spellings := find_spellings(connection, "publisher", name):
        return _is_one_of(ArticleRow.publisher, spellings)
    return _is_one_of(ArticleRow.site, sorted(_name_sites(connection, name)))


def has_site(name: str) -> ColumnElement[bool]:
    """The condition for articles of a site: its key, its host, or an address on it."""
    return ArticleRow.site.in_(_read_site(name))


def find_sites(connection: Connection, publisher: str) -> set[str]:
    """Find the keys of the sites of a publisher, by the title that its articles print, its name or its host."""
    sites = _name_sites(connection, publisher)
    for spelling in find_spellings(connection, "publisher", publisher):
        newest = select(ArticleRow.site).where(ArticleRow.publisher == spelling)
        newest = newest.order_by(ArticleRow.published_at.desc()).limit(_SITES_OF)
        sites |= set(connection.scalars(select(newest.subquery().c.site).distinct()))
    return sites


def _name_sites(connection: Connection, name: str) -> set[str]:
    titles = connection.execute(select(SiteRow.site, SiteRow.title).where(SiteRow.title.is_not(None)))
    folded = fold_name(name)
    return _read_site(name) | {site for site, title in titles if title and fold_name(title) == folded}


def _read_site(name: str) -> set[str]:
    """Read a key, a host or an address as the keys that a site may have."""
    return {fold_name(name), site_of(name if "//" in name else f"//{name}")}


def _is_one_of(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    # of one value, an index has the articles in the order of their dates
    is_one_of: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
    return is_one_of


def _read_names(connection: Connection, column: Any) -> list[str]:
    if connection.dialect.name == "mariadb":
        # DISTINCT skips from value to value in MariaDB's index, but a step of the recursion would read all of it.
        return list(connection.scalars(select(column).distinct().where(column.is_not(None))))
    # DISTINCT would read the whole index here; each step of the recursion jumps to the next value.
    first: Any = select(func.min(column).label("name")).cte("names", recursive=True)
    following = select(func.min(column)).where(column > first.c.name).scalar_subquery()
    names = first.union_all(select(following).where(first.c.name.is_not(None)))
    return list(connection.scalars(select(names.c.name).where(names.c.name.is_not(None))))
