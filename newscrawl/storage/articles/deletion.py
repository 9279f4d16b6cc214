"""Deleting articles for good: nothing brings them back until a person puts their pages back.

Their keys stay, so that they are recognized at another address, in another archive file or by another extraction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Select, delete, exists, func, insert, literal, select, update

from newscrawl.states import DELETED, RefusalKind
from newscrawl.storage.database import Database
from newscrawl.storage.duplicates import clusters
from newscrawl.storage.tables import (
    ArticleAuthorRow,
    ArticleKeyRow,
    ArticleRow,
    AuthorRow,
    CaptureRow,
    DeletedKeyRow,
    PageRow,
    RevisionRow,
    table_of,
)
from newscrawl.storage.values import Values, split, split_sorted

_ARTICLES, _AUTHORS, _CAPTURES, _DELETED = map(table_of, (ArticleRow, AuthorRow, CaptureRow, DeletedKeyRow))
_KEYS, _PAGES, _REVISIONS, _WROTE = map(table_of, (ArticleKeyRow, PageRow, RevisionRow, ArticleAuthorRow))
_ANY_DELETED = select(_DELETED.c.key).limit(1)
_LAST_DELETED = select(func.max(_DELETED.c.article_id))
_BATCH = 200
_COUNTED = 5000
_PAGE: Values = {
    "state": "refused",
    "reason": DELETED,
    "refusal": RefusalKind.PERMANENT.value,
    "article_id": None,
    "failures": 0,
    "due_at": None,
    "etag": None,
    "last_modified": None,
    "extractor": None,
    "told": None,
}
"""What becomes of the pages of a deleted article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """How many rows the deletion of articles deletes or changes."""

    articles: int
    revisions: int
    pages: int
    """Pages that lead to the articles: they stay, as refused."""
    captures: int
    """Captures of these pages: their rows stay, as refused, and so do their bytes."""


class DeletionStore(Database):
    """The part of Store that deletes articles."""

    def count_deletion(self, ids: Sequence[int]) -> Deletion:
        """Count what `delete_articles` would delete or change."""
        revisions = pages = captures = 0
        with self._reading() as connection:
            for part in split(ids, _COUNTED):
                of_part = _PAGES.c.article_id.in_(part)
                revisions += _count(connection, select(_REVISIONS.c.number).where(_REVISIONS.c.article_id.in_(part)))
                pages += _count(connection, select(_PAGES.c.id).where(of_part))
                captured = select(_CAPTURES.c.id).join(_PAGES, _PAGES.c.id == _CAPTURES.c.page_id).where(of_part)
                captures += _count(connection, captured)
        return Deletion(articles=len(ids), revisions=revisions, pages=pages, captures=captures)

    def delete_articles(self, ids: Sequence[int]) -> Iterator[int]:
        """Delete articles with all that belongs to them, in batches; yield the size of each, which is a transaction.

        Their pages become refused for good (DELETED), and so do the captures of these.
        """
        for part in split(ids, _BATCH):
            with self._writing() as connection:
                _delete_batch(connection, part)
            yield len(part)


def find_deleted(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Return those of some keys that deleted articles had."""
    if connection.scalar(_ANY_DELETED) is None:
        return set()
    selected = select(_DELETED.c.key)
    return {
        key for part in split_sorted(set(keys)) for key in connection.scalars(selected.where(_DELETED.c.key.in_(part)))
    }


def find_last_deleted(connection: Connection) -> int:
    """Return the largest number of a deleted article; 0: none was deleted."""
    return connection.scalar(_LAST_DELETED) or 0


def allow_again(connection: Connection, page_ids: Collection[int]) -> None:
    """Forget that the articles of these pages were deleted; `scrapy reextract` reads their captures again."""
    for part in split_sorted(page_ids):
        names = [_name_page(page_id) for page_id in part]
        former = list(connection.scalars(select(_DELETED.c.article_id).where(_DELETED.c.key.in_(names))))
        connection.execute(delete(_DELETED).where(_DELETED.c.article_id.in_(former)))
        deleted = update(_CAPTURES).where(_CAPTURES.c.page_id.in_(part), _CAPTURES.c.reason == DELETED)
        connection.execute(deleted.values(state="failed", reason="article_lost", layout=None, extractor=None))


def _delete_batch(connection: Connection, ids: Sequence[int]) -> None:
    now = datetime.now(UTC)
    columns = (_DELETED.c.key, _DELETED.c.article_id, _DELETED.c.deleted_at)
    own = select(_KEYS.c.key, _KEYS.c.article_id, literal(now, _DELETED.c.deleted_at.type))
    pages: list[tuple[int, int]] = [
        (page_id, article_id)
        for page_id, article_id in connection.execute(
            select(_PAGES.c.id, _PAGES.c.article_id).where(_PAGES.c.article_id.in_(ids))
        )
    ]
    known = exists().where(_DELETED.c.key == _KEYS.c.key)
    connection.execute(insert(_DELETED).from_select(columns, own.where(_KEYS.c.article_id.in_(ids), ~known)))
    page_ids = [page_id for page_id, _ in pages]
    connection.execute(delete(_DELETED).where(_DELETED.c.key.in_(map(_name_page, page_ids))))
    rows = [{"key": _name_page(at), "article_id": article_id, "deleted_at": now} for at, article_id in pages]
    if rows:
        connection.execute(insert(_DELETED), rows)
        captures = update(_CAPTURES).where(_CAPTURES.c.page_id.in_(page_ids))
        captures = captures.where(_CAPTURES.c.state.in_(("stored", "unchanged")))
        connection.execute(captures.values(state="refused", reason=DELETED, layout=None))
        connection.execute(update(_PAGES).where(_PAGES.c.id.in_(page_ids)).values(_PAGE))
    authors = list(connection.scalars(select(_WROTE.c.author_id).where(_WROTE.c.article_id.in_(ids)).distinct()))
    clusters.forget(connection, ids)
    connection.execute(delete(_ARTICLES).where(_ARTICLES.c.id.in_(ids)))
    unnamed = ~exists().where(_WROTE.c.author_id == _AUTHORS.c.id)
    connection.execute(delete(_AUTHORS).where(_AUTHORS.c.id.in_(authors), unnamed))


def _name_page(page_id: int) -> str:
    return f"page:{page_id}"


def _count(connection: Connection, rows: Select[int]) -> int:
    return connection.scalar(select(func.count()).select_from(rows.subquery())) or 0
