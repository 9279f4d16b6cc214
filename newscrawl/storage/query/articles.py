"""Search and single articles."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import NoneType
from typing import Any

from sqlalchemy import Connection, func, select

from newscrawl.article import Access, Article, Precision
from newscrawl.errors import DamagedRowError, StorageError
from newscrawl.storage.articles import rows
from newscrawl.storage.articles.merge import Version
from newscrawl.storage.database import Database
from newscrawl.storage.keys import article_keys, url_hash
from newscrawl.storage.query import statement
from newscrawl.storage.query.statement import Query
from newscrawl.storage.search import parser
from newscrawl.storage.search.snippets import Snippet, snippet
from newscrawl.storage.tables import ArticleKeyRow, ArticleRow, AuthorRow, PageRow, RevisionRow, RunRow, TickerRow
from newscrawl.storage.values import split

_FETCHED_IDS = 10_000
_BATCH = 200
_HITS_BATCH = 500
URL = func.coalesce(ArticleRow.canonical_url, ArticleRow.url).label("url")
"""The publisher's own address of an article, or else the one that it was fetched from."""
_HIT_NAMES = (
    "id",
    "published_at",
    "published_precision",
    "headline",
    "dek",
    "section",
    "access",
    "revision",
    "complete",
)
_HIT_TEXTS = ("headline", "dek", "section", "access", "url")
_HIT_COLUMNS = (*(ArticleRow.__table__.c[name] for name in _HIT_NAMES), URL)


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
    """How many revisions there are."""
    complete: bool
    """False: only a part of the page was captured."""
    url: str
    """The publisher's own address of it, or else the one that it was fetched from."""
    snippet: Snippet | None = None
    """The passage of dek or body with the query's words; None: the query has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article of the archive, with what only the archive knows about it; times are UTC."""

    id: int
    article: Article
    revision: int
    """How many revisions there are."""
    first_seen_at: datetime
    last_seen_at: datetime


class ArticleStore(Database):
    """The part of Store that searches and reads articles."""

    def search(self, query: Query) -> list[Hit]:
        """Find the articles of a query: best match first if it has words, else newest first (see Query.sort)."""
        return list(self.hits_of(self.ids(query), query.words))

    def hits_of(self, ids: Sequence[int], words: str | None = None) -> Iterator[Hit]:
        """Iterate over the articles of these ids as lists show them, in batches, each with a snippet for the words."""
        node = parser.parse(words or "")
        for part in split(ids, _HITS_BATCH):
            with self._reading() as connection:
                hits = list(_read_hits(connection, part, node))
            yield from hits

    def ids(self, query: Query) -> array[int]:
        """Find the ids of a query's articles, in its order. 8 bytes each: for walks over many articles."""
        with self._reading() as connection:
            return ids(connection, query)

    def article(self, id_or_url: int | str) -> StoredArticle | None:
        """Read the article of an id (also one that a merge has retired), or of any URL that led to it.

        Raises DamagedRowError if it is not as it was stored.
        """
        with self._reading() as connection:
            article_id = _find_id(connection, id_or_url)
            if not article_id:
                return None
            articles, errors = _read(connection, [article_id])
            for error in errors:
                raise error
            return articles[0]

    def find_id(self, id_or_url: int | str) -> int | None:
        """Find the id of an article by its id or any URL that led to it, as `article` does."""
        with self._reading() as connection:
            return _find_id(connection, id_or_url)

    def versions(self, article_id: int) -> tuple[Version, ...]:
        """Read all revisions of an article, oldest first, each with its body; empty for an unknown id."""
        with self._reading() as connection:
            return rows.load_histories(connection, rows.load(connection, [article_id])).get(article_id, ())

    def articles(self, query: Query) -> Iterator[StoredArticle]:
        """Read all articles of a query, in its order. Reads in batches, so memory does not grow with their number."""
        return self.articles_of(self.ids(query))

    def articles_of(
        self, ids: Sequence[int], on_damage: Callable[[StorageError], None] | None = None
    ) -> Iterator[StoredArticle]:
        """Read the articles of these ids in batches, in this order; unknown ids are left out.

        A damaged article raises DamagedRowError; with `on_damage`, that is called with the error instead.
        """
        for part in split(ids, _BATCH):
            with self._reading() as connection:
                batch, errors = _read(connection, part)
            for error in errors:
                if on_damage is None:
                    raise error
                on_damage(error)
            yield from batch

    def totals(self) -> dict[str, int]:
        """Count articles, revisions, authors, pages and runs."""
        with self._reading() as connection:
            return totals(connection)


def ids(connection: Connection, query: Query) -> array[int]:
    ordered = statement.select_ids(connection, query)
    if ordered is None:
        return array("q")
    return array("q", connection.execute(ordered, execution_options={"yield_per": _FETCHED_IDS}).scalars())


def read_hits(connection: Connection, ids: Sequence[int]) -> list[Hit]:
    """Read the articles of these ids as lists show them, in their order; unknown ids are left out."""
    return list(_read_hits(connection, ids, None))


def _read_hits(connection: Connection, ids: Sequence[int], words: parser.Node | None) -> Iterator[Hit]:
    try:
        yield from list(_read_sound_hits(connection, ids, words))
    except DamagedRowError:
        if len(ids) == 1:
            yield replace(_DAMAGED, id=ids[0])
        else:
            for number in ids:
                yield from _read_hits(connection, [number], words)


_DAMAGED = Hit(
    id=0,
    published_at=None,
    published_precision=None,
    headline="(damaged: see `scrapy db check`)",
    dek=None,
    byline=(),
    section=None,
    tickers=(),
    access="blocked",
    revision=1,
    complete=True,
    url="",
)
"""What a list shows of an article that cannot be read."""


def _read_sound_hits(connection: Connection, ids: Sequence[int], words: parser.Node | None) -> Iterator[Hit]:
    # Bodies are large, and read only for snippets.
    columns = (*_HIT_COLUMNS, ArticleRow.body_text) if words else _HIT_COLUMNS
    by_id = {row.id: row for row in connection.execute(select(*columns).where(ArticleRow.id.in_(ids)))}
    people, tickers = rows.load_people(connection, ids), rows.load_parts(connection, TickerRow, ids)
    for row in (by_id[number] for number in ids if number in by_id):
        if not all(isinstance(row._mapping[name], str | NoneType) for name in _HIT_TEXTS) or None in (
            row.headline,
            row.url,
        ):
            raise DamagedRowError(f"article {row.id}", "its headline or URL is no text")
        yield Hit(
            **{column.key: getattr(row, column.key) for column in _HIT_COLUMNS},
            byline=people[row.id].get("byline", ()),
            tickers=tuple(part["ticker"] for part in tickers[row.id]),
            snippet=snippet(words, row.dek, str(row.body_text)) if words else None,
        )


def _read(connection: Connection, ids: Sequence[int]) -> tuple[list[StoredArticle], list[StorageError]]:
    """Return the articles of these ids, in their order, and an error for each that is damaged."""
    articles, damaged = rows.load_sound(connection, ids)
    errors: list[StorageError] = [DamagedRowError(f"article {at}", detail) for at, detail in damaged.items()]
    try:
        seen = rows.load_times(connection, list(articles))
    except DamagedRowError as error:
        if len(ids) == 1:
            return [], [DamagedRowError(f"article {ids[0]}", f"{error.row} {error.detail}")]
        each = [_read(connection, [number]) for number in ids]
        return [article for found, _ in each for article in found], [error for _, found in each for error in found]
    stored = []
    for number in ids:
        if number not in articles:
            continue
        if not (times := seen.get(number)):
            what = f"article {number} has no revision; `scrapy db check --repair` adds one"
            errors.append(StorageError(what))
            continue
        first, last = min(times)[0], max(last for _, last in times)
        span: dict[str, Any] = {"revision": len(times), "first_seen_at": first, "last_seen_at": last}
        stored.append(StoredArticle(id=number, article=articles[number], **span))
    return stored, errors


def _find_id(connection: Connection, id_or_url: int | str) -> int | None:
    if isinstance(id_or_url, int):
        own, keys = connection.scalar(select(ArticleRow.id).where(ArticleRow.id == id_or_url)), [f"id:{id_or_url}"]
    else:
        page = select(PageRow.article_id).where(PageRow.url_hash == url_hash(connection, id_or_url))
        own, keys = connection.scalar(page), list(article_keys(connection, id_or_url))
    by_key = select(ArticleKeyRow.article_id).where(ArticleKeyRow.key.in_(keys)).limit(1)
    return own or connection.scalar(by_key)


def totals(connection: Connection) -> dict[str, int]:
    tables = (ArticleRow, RevisionRow, AuthorRow, PageRow, RunRow)
    counts = (select(func.count()).select_from(row).scalar_subquery().label(row.__tablename__) for row in tables)
    return dict(connection.execute(select(*counts)).mappings().one())
