"""Questions to the archive: search, one article, how much there is."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, literal, select, union_all

from newscrawl.article import Access, Article, Precision
from newscrawl.errors import StorageError
from newscrawl.storage.articles import rows
from newscrawl.storage.keys import article_keys, url_hash
from newscrawl.storage.query import statement
from newscrawl.storage.query.statement import Query
from newscrawl.storage.search import parser
from newscrawl.storage.search.snippets import Snippet, snippet
from newscrawl.storage.tables import (
    ArticleClusterRow,
    ArticleKeyRow,
    ArticleRow,
    AuthorRow,
    PageRow,
    RevisionRow,
    RunRow,
    TickerRow,
)
from newscrawl.storage.values import split


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article as a list shows it; times are UTC."""

    id: int
    published_at: datetime | None
    published_precision: Precision | None
    headline: str
    dek: str | None
    byline: tuple[str, ...]
    section: str | None
    tickers: tuple[str, ...]
    access: Access
    revision: int
    """How many versions were seen."""
    url: str
    """The publisher's own address of it, or else the one that it was fetched from."""
    snippet: Snippet | None = None
    """Where the words stand in dek or body, as pieces of text with whether each was asked for; None: none were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A story that several articles tell; times are UTC."""

    id: int
    """The number of its first article."""
    articles: int
    first_published_at: datetime | None
    last_published_at: datetime | None
    headline: str
    """Of its first article."""
    url: str
    """Of its first article, as of a Hit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article of the archive, with what only the archive knows of it; times are UTC."""

    id: int
    article: Article
    revision: int
    """How many versions were seen."""
    first_seen_at: datetime
    last_seen_at: datetime


_FETCHED = 10_000
"""Numbers that a driver holds at once."""
_LISTED = 500
"""Articles whose bodies are held at once."""
_HIT = (
    ArticleRow.id,
    ArticleRow.published_at,
    ArticleRow.published_precision,
    ArticleRow.headline,
    ArticleRow.dek,
    ArticleRow.section,
    ArticleRow.access,
    ArticleRow.revision,
    func.coalesce(ArticleRow.canonical_url, ArticleRow.url).label("url"),
)


def find(connection: Connection, query: Query) -> list[Hit]:
    """The articles of a query, in its order."""
    found = ids(connection, query)
    node = parser.read(query.words or "")
    return [hit for part in split(found, _LISTED) for hit in _hits(connection, part, node)]


def ids(connection: Connection, query: Query) -> array[int]:
    """The numbers of the articles of a query, in its order: eight bytes each, however many there are."""
    ordered = statement.ids(connection, query)
    if ordered is None:
        return array("q")
    return array("q", connection.execute(ordered, execution_options={"yield_per": _FETCHED}).scalars())


def _hits(connection: Connection, ids: Sequence[int], asked: parser.Node | None) -> Iterator[Hit]:
    """The bodies are read only for the places in which words stand."""
    columns = (*_HIT, ArticleRow.body_text) if asked else _HIT
    found = {row.id: row for row in connection.execute(select(*columns).where(ArticleRow.id.in_(ids)))}
    people, tickers = rows.load_people(connection, ids), rows.load_parts(connection, TickerRow, ids)
    for row in (found[number] for number in ids if number in found):
        yield Hit(
            **{column.key: getattr(row, column.key) for column in _HIT},
            byline=people[row.id].get("byline", ()),
            tickers=tuple(part["ticker"] for part in tickers[row.id]),
            snippet=snippet(asked, row.dek, row.body_text) if asked else None,
        )


def clusters(connection: Connection, limit: int | None, *, largest: bool) -> list[Cluster]:
    """The stories that several articles tell, the newest first, or the largest."""
    several = select(ArticleClusterRow.cluster_id).where(ArticleClusterRow.cluster_id != ArticleClusterRow.article_id)
    count, last = func.count(), func.max(ArticleRow.published_at)
    newest = (last.is_(None), last.desc(), ArticleClusterRow.cluster_id.desc())
    grouped = (
        select(
            ArticleClusterRow.cluster_id.label("id"),
            count.label("articles"),
            func.min(ArticleRow.published_at).label("first_published_at"),
            last.label("last_published_at"),
        )
        .join(ArticleRow, ArticleRow.id == ArticleClusterRow.article_id)
        .where(ArticleClusterRow.cluster_id.in_(several))
        .group_by(ArticleClusterRow.cluster_id)
        .order_by(*([count.desc(), *newest] if largest else newest))
        .limit(limit)
    )
    found = connection.execute(grouped).mappings().all()
    shown = select(ArticleRow.id, ArticleRow.headline, _HIT[-1]).where(ArticleRow.id.in_([row["id"] for row in found]))
    first = {row["id"]: row for row in connection.execute(shown).mappings()}
    return [Cluster(**{**row, **first[row["id"]]}) for row in found if row["id"] in first]


def cluster_totals(connection: Connection) -> tuple[int, int]:
    """How many stories several articles tell, and how many articles these are."""
    later = ArticleClusterRow.cluster_id != ArticleClusterRow.article_id
    counted = select(func.count(ArticleClusterRow.cluster_id.distinct()), func.count()).where(later)
    stories, articles = connection.execute(counted).one()
    return stories, stories + articles


def cluster_members(connection: Connection, article_id: int, limit: int | None) -> list[Hit]:
    """The articles that tell the same story as this one, in the order of publication; itself where it is alone."""
    of_it = select(ArticleClusterRow.cluster_id).where(ArticleClusterRow.article_id == article_id).scalar_subquery()
    same = select(ArticleClusterRow.article_id).where(ArticleClusterRow.cluster_id == of_it)
    asked = select(ArticleRow.id).where(ArticleRow.id.in_(union_all(same, select(literal(article_id)))))
    in_order = asked.order_by(ArticleRow.published_at, ArticleRow.id).limit(limit)
    return list(_hits(connection, list(connection.scalars(in_order)), None))


def of_numbers(connection: Connection, ids: Sequence[int]) -> list[Hit]:
    """The articles of these ids as lists show them, in their order; ids that are not there are left out."""
    return list(_hits(connection, ids, None))


def read(connection: Connection, ids: Collection[int]) -> list[StoredArticle]:
    """The articles of these ids, in their order; ids that are not there are left out.

    Raises StorageError for a damaged one, which has no version.
    """
    articles = rows.load(connection, ids)
    spans = (
        select(
            RevisionRow.article_id.label("id"),
            func.count().label("revision"),
            func.min(RevisionRow.seen_at).label("first_seen_at"),
            func.max(RevisionRow.seen_until).label("last_seen_at"),
        )
        .where(RevisionRow.article_id.in_(ids))
        .group_by(RevisionRow.article_id)
    )
    seen = {row["id"]: row for row in connection.execute(spans).mappings()}
    if lacking := articles.keys() - seen.keys():
        raise StorageError(f"article {min(lacking)} has no version; `scrapy db check --repair` gives it one")
    return [StoredArticle(article=articles[at], **seen[at]) for at in ids if at in articles]


def article_id(connection: Connection, asked: int | str) -> int | None:
    """The article of a number (also one that a merge has retired) or of an address in any spelling."""
    if isinstance(asked, int):
        there = connection.scalar(select(ArticleRow.id).where(ArticleRow.id == asked))
        return there or _by_keys(connection, [f"id:{asked}"])
    page = select(PageRow.article_id).where(PageRow.url_hash == url_hash(asked))
    return connection.scalar(page) or _by_keys(connection, article_keys(asked))


def _by_keys(connection: Connection, keys: Iterable[str]) -> int | None:
    return connection.scalar(select(ArticleKeyRow.article_id).where(ArticleKeyRow.key.in_(list(keys))).limit(1))


def totals(connection: Connection) -> dict[str, int]:
    """How many rows the tables have that people ask for."""
    asked = (ArticleRow, RevisionRow, AuthorRow, PageRow, RunRow)
    counts = (select(func.count()).select_from(row).scalar_subquery().label(row.__tablename__) for row in asked)
    return dict(connection.execute(select(*counts)).mappings().one())
