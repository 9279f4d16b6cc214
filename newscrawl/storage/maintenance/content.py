"""The check of every column of every article and revision against its digest and checksums, and the repair."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from newscrawl.article import Article
from newscrawl.errors import DamagedDatabaseError
from newscrawl.storage.articles.restore import RestoredArticle, restore_article
from newscrawl.storage.articles.stored_rows import StoredRevision, StoredRows, read_stored_rows
from newscrawl.storage.database import Database
from newscrawl.storage.maintenance.check import CONTENT, Check, CheckResult
from newscrawl.storage.tables import ArticleRow, table_of

_ARTICLES = table_of(ArticleRow)
_BATCH = 200
_SHOWN_COLUMNS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedArticle:
    """An article of which something is not as it was stored."""

    id: int | None
    """None: SQLite cannot even list the articles that come next."""
    columns: dict[str, str]
    """What is wrong, by column or field; "revision 2: body" is a column of a revision."""

    def __str__(self) -> str:
        listed = [name if why == "changed" else f"{name} ({why})" for name, why in self.columns.items()]
        more = f" and {len(listed) - _SHOWN_COLUMNS} more" if len(listed) > _SHOWN_COLUMNS else ""
        return f"article {self.id or 'unknown'}: {', '.join(listed[:_SHOWN_COLUMNS])}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestProof:
    """The digest of an article or a revision, as recorded and as computed from what is stored."""

    revision: int | None
    """The number of the revision; None: the article itself."""
    seen_at: datetime | None
    """When the revision was first seen, in UTC."""
    capture_id: int | None
    """The capture that first showed it."""
    recorded: str | None
    computed: str | None
    """None: what is stored cannot be read."""

    @property
    def matches(self) -> bool:
        return self.computed is not None and self.computed == self.recorded


class ContentStore(Database):
    """The part of Store that finds and restores damaged articles."""

    def damaged_articles(self, progress: Callable[[int, int], None]) -> Iterator[DamagedArticle]:
        """Read every article and revision and compare it with its digest and checksums; yield those that differ.

        Each batch is its own transaction. `progress` is called with the id of the last article read, and the largest.
        """
        last = total = 0
        # Where a page of the file is damaged, there is just no progress to show.
        with suppress(DamagedDatabaseError), self._reading() as connection:
            total = connection.scalar(select(func.max(_ARTICLES.c.id))) or 0
        while True:
            ids: Sequence[int] = ()
            damaged = [DamagedArticle(id=None, columns={f"all after article {last}": "cannot be read"})]
            # SQLite reports a damaged page a second time when the transaction ends.
            with suppress(DamagedDatabaseError), self._reading() as connection:
                ids, damaged = _check_batch(connection, last)
            yield from damaged
            if not ids:
                return
            last = ids[-1]
            progress(last, total)

    def prove_digests(self, article_id: int) -> list[DigestProof]:
        """Compute the digests of an article and its revisions again, whatever is stored; empty for an unknown id."""
        with self._reading() as connection:
            article = read_stored_rows(connection, [article_id]).get(article_id)
            if article is None:
                return []
            own = DigestProof(
                revision=None,
                seen_at=article.values.get("fetched_at"),
                capture_id=None,
                recorded=article.digest,
                computed=article.compute_digest(),
            )
            return [own, *map(_prove_revision, article.revisions)]

    def restore(
        self, article_id: int, readings: Sequence[Article], *, run_id: int | None, extractor: str
    ) -> RestoredArticle | None:
        """Restore an article from its captures as they are read now, in one transaction; None if it is not damaged.

        Without a run, only former values are restored: others would be changes that belong to a run.
        """
        with self._writing() as connection:
            return restore_article(connection, article_id, readings, run_id=run_id, extractor=extractor)


def _prove_revision(revision: StoredRevision) -> DigestProof:
    return DigestProof(
        revision=revision.number,
        seen_at=revision.values.get("seen_at"),
        capture_id=revision.capture_id,
        recorded=revision.digest,
        computed=revision.compute_digest(),
    )


def find_damaged(connection: Connection) -> Iterator[DamagedArticle]:
    """Find all damaged articles, in one transaction."""
    last = 0
    while True:
        ids, damaged = _check_batch(connection, last)
        yield from damaged
        if not ids:
            return
        last = ids[-1]


def filter_sound(connection: Connection, ids: Collection[int]) -> list[int]:
    """Return those of these articles in which nothing is damaged, except that revisions may be missing."""
    sound = []
    for start in range(0, len(ids), _BATCH):
        rows = read_stored_rows(connection, list(ids)[start : start + _BATCH])
        sound += [article.id for article in rows.values() if article.all_damage().keys() <= {"revisions"}]
    return sound


def _check_batch(connection: Connection, last: int) -> tuple[Sequence[int], list[DamagedArticle]]:
    """Return the ids of the articles after one, and those of them that are damaged."""
    try:
        ids = connection.scalars(
            select(_ARTICLES.c.id).where(_ARTICLES.c.id > last).order_by(_ARTICLES.c.id).limit(_BATCH)
        ).all()
    except DatabaseError as error:
        problem = {f"all after article {last}": str(error.orig)}
        return (), [DamagedArticle(id=None, columns=problem)]
    return ids, list(find_damaged_in(connection, ids))


def find_damaged_in(connection: Connection, ids: Sequence[int]) -> Iterator[DamagedArticle]:
    """Find those of these articles that are damaged."""
    try:
        articles = read_stored_rows(connection, ids) if ids else {}
    except DatabaseError as error:
        if connection.dialect.name != "sqlite":
            raise
        if len(ids) == 1:
            yield DamagedArticle(id=ids[0], columns={"all columns": str(error.orig)})
        else:
            for article_id in ids:
                yield from find_damaged_in(connection, [article_id])
        return
    yield from _name_damage(articles.values())


def _name_damage(articles: Collection[StoredRows]) -> Iterator[DamagedArticle]:
    for article in articles:
        if columns := article.all_damage():
            yield DamagedArticle(id=article.id, columns=columns)


def _restore_all(connection: Connection) -> None:
    """Restore what can be restored without captures."""
    for damaged in list(find_damaged(connection)):
        if damaged.id is not None:
            restore_article(connection, damaged.id, (), run_id=None, extractor="")


CHECKS = (
    Check(
        name=CONTENT,
        holds="every article and revision is as it was stored",
        find=lambda connection: CheckResult.of(map(str, find_damaged(connection))),
        repair=_restore_all,
        remedy="no capture and no revision has what these rows had: they stay as they are",
    ),
)
