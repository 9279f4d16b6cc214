"""Digests, checksums and captures of rows that were written before these existed: a step of `scrapy db upgrade`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from newscrawl.storage.articles import digests
from newscrawl.storage.articles.stored_rows import StoredRows, read_stored_rows
from newscrawl.storage.crawl_state.captures import read_capture_ids
from newscrawl.storage.tables import ArticleRow, RevisionRow, table_of

_ARTICLES, _REVISIONS = map(table_of, (ArticleRow, RevisionRow))
_BATCH = 200
Progress = Callable[[int, int], None]
"""Called with the number of articles done, and of all."""


def compute_first_digests(connection: Connection, progress: Progress) -> None:
    """Give every article without a digest its digest, and its revisions theirs.

    Rows that contradict themselves (a body and its text, a count of words) are damaged already, and get none.
    """
    total = connection.scalar(select(func.count()).select_from(_ARTICLES)) or 0
    done, last = 0, 0
    batch = select(_ARTICLES.c.id).where(_ARTICLES.c.content_digest.is_(None)).order_by(_ARTICLES.c.id).limit(_BATCH)
    while ids := connection.scalars(batch.where(_ARTICLES.c.id > last)).all():
        last = ids[-1]
        compute_digests(connection, ids)
        done += len(ids)
        progress(done, total)


def compute_digests(connection: Connection, ids: Sequence[int]) -> None:
    """Compute the digests, checksums and captures of these articles, which are known to be sound, and their revisions.

    Those that contradict themselves are left out.
    """
    articles = read_stored_rows(connection, ids)
    sound = [article for article in articles.values() if is_consistent(article)]
    captures = read_capture_ids(connection, [article.id for article in sound])
    article_values: list[dict[str, Any]] = []
    revision_values: list[dict[str, Any]] = []
    for article in sound:
        checksums = digests.article_checksums(article.pieces)
        article_values.append({"known_id": article.id, "digest": article.compute_digest(), "crc": checksums})
        for revision in article.revisions:
            values = {"known_id": article.id, "known_number": revision.number, "digest": revision.compute_digest()}
            values |= {"crc": digests.revision_checksums(revision.pieces)}
            revision_values.append(values | {"capture": captures[article.id].get(revision.values["seen_at"])})
    new: dict[str, Any] = {"content_digest": bindparam("digest"), "checksums": bindparam("crc")}
    if article_values:
        this = update(_ARTICLES).where(_ARTICLES.c.id == bindparam("known_id"))
        connection.execute(this.values(**new), article_values)
    if revision_values:
        this = update(_REVISIONS).where(_REVISIONS.c.article_id == bindparam("known_id"))
        this = this.where(_REVISIONS.c.number == bindparam("known_number"))
        connection.execute(this.values(**new, capture_id=bindparam("capture")), revision_values)


def is_consistent(article: StoredRows) -> bool:
    """Whether all values of an article and its revisions can be read and fit each other."""
    if article.problems or any(revision.problems or revision.body is None for revision in article.revisions):
        return False
    values = article.values
    try:
        text = "\n\n".join(block["text"] for block in values["body"])
    except (TypeError, KeyError):
        return False
    return bool(values["body_text"] == text and values["word_count"] == len(text.split()))
