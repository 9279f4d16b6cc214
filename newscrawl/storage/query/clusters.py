"""Clusters: copies, updates and corrections of an article. newscrawl.storage.duplicates.clusters computes them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, literal, select, union_all

from newscrawl.storage.database import Database
from newscrawl.storage.duplicates import clusters
from newscrawl.storage.query.articles import URL, Hit, read_hits
from newscrawl.storage.query.names import has_publisher
from newscrawl.storage.tables import ArticleClusterRow, ArticleRow, table_of
from newscrawl.storage.values import split

_BATCH = 200
_CLUSTERED = table_of(ArticleClusterRow).alias("clustered")
_IS_NOT_FIRST = ArticleClusterRow.cluster_id != ArticleClusterRow.article_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Two or more articles that are copies of each other; times are UTC."""

    id: int
    """The id of its first article."""
    articles: int
    first_published_at: datetime | None
    last_published_at: datetime | None
    headline: str
    """Of its first article."""
    url: str
    """Of its first article, as in a Hit."""


Relation = Literal["copy", "near copy", "update", "correction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMember(Hit):
    """An article of a cluster, as a list shows it."""

    relation: Relation | None
    """What it is to those that were published before it; None: it is the first.

    "update" and "correction": its headline says so, or it prints a note of what was corrected. "copy": it has the
    text of one of them, word for word.
    """


class ClusterStore(Database):
    """The part of Store that brings clusters up to date and reads them."""

    def compare(self, *, batch: int = _BATCH, limit: int | None = None) -> Iterator[int]:
        """Compare new and changed articles with all others, at most `limit`; yield the size of each batch.

        A batch is a transaction.
        """
        with self._reading() as connection:
            place = clusters.find_place(connection)
        left = limit
        while left is None or left > 0:
            size = batch if left is None else min(batch, left)
            with self._writing() as connection:
                new = clusters.find_new(connection, place, size)
                articles = new or clusters.find_reset(connection, size)
                if articles:
                    clusters.compare(connection, articles)
            if not articles:
                return
            place = new[-1] if new else place
            left = None if left is None else left - len(articles)
            yield len(articles)

    def uncompared(self) -> int:
        """Count the articles that `compare` has not compared yet: each is alone until then."""
        with self._reading() as connection:
            return clusters.count_pending(connection)

    def clusters(
        self, limit: int | None = 20, *, largest: bool = False, publisher: str | None = None
    ) -> Iterator[Cluster]:
        """Iterate over the clusters of two or more articles, the last published first, or the largest first.

        With a publisher (see Query), only over those that have an article of it. Reads in batches.
        """
        several = select(ArticleClusterRow.cluster_id).where(_IS_NOT_FIRST)
        last, cluster_id = func.max(ArticleRow.published_at), ArticleClusterRow.cluster_id
        newest = (last.is_(None), last.desc(), cluster_id.desc())
        ordered = (
            select(cluster_id)
            .join(ArticleRow, ArticleRow.id == ArticleClusterRow.article_id)
            .where(cluster_id.in_(several))
            .group_by(cluster_id)
            .order_by(*([func.count().desc(), *newest] if largest else newest))
            .limit(limit)
        )
        with self._reading() as connection:
            if publisher:
                own = select(_CLUSTERED.c.cluster_id).join(ArticleRow, ArticleRow.id == _CLUSTERED.c.article_id)
                ordered = ordered.where(cluster_id.in_(own.where(has_publisher(connection, publisher))))
            ids = array("q", connection.scalars(ordered))
        for part in split(ids, _BATCH):
            with self._reading() as connection:
                clusters_of = _read_clusters(connection, part)
            yield from (clusters_of[at] for at in part if at in clusters_of)

    def cluster_totals(self) -> tuple[int, int]:
        """Count the clusters of two or more articles, and the articles in them."""
        counted = select(func.count(ArticleClusterRow.cluster_id.distinct()), func.count()).where(_IS_NOT_FIRST)
        with self._reading() as connection:
            count, later = connection.execute(counted).one()
        return count, count + later

    def cluster_members(self, article_id: int, limit: int | None = None) -> list[ClusterMember]:
        """List the articles of the cluster of an article, itself among them, the first published first."""
        own = select(ArticleClusterRow.cluster_id).where(ArticleClusterRow.article_id == article_id).scalar_subquery()
        same = select(ArticleClusterRow.article_id).where(ArticleClusterRow.cluster_id == own)
        # An article that was not compared yet has no row in article_clusters.
        is_member = ArticleRow.id.in_(union_all(same, select(literal(article_id))))
        members = (
            select(ArticleRow.id, ArticleClusterRow.text_hash, ArticleClusterRow.notice)
            .outerjoin(ArticleClusterRow, ArticleClusterRow.article_id == ArticleRow.id)
            .where(is_member)
            .order_by(ArticleRow.published_at.is_(None), ArticleRow.published_at, ArticleRow.id)
            .limit(limit)
        )
        relations: dict[int, Relation | None] = {}
        texts = set()
        with self._reading() as connection:
            for row in connection.execute(members):
                relation: Relation = row.notice or ("copy" if row.text_hash in texts else "near copy")
                relations[row.id] = relation if relations else None
                texts.add(row.text_hash)
            hits = read_hits(connection, list(relations))
        names = [field.name for field in fields(Hit)]
        return [
            ClusterMember(**{name: getattr(hit, name) for name in names}, relation=relations[hit.id]) for hit in hits
        ]


def _read_clusters(connection: Connection, ids: Sequence[int]) -> dict[int, Cluster]:
    published = ArticleRow.published_at
    grouped = (
        select(
            ArticleClusterRow.cluster_id.label("id"),
            func.count().label("articles"),
            func.min(published).label("first_published_at"),
            func.max(published).label("last_published_at"),
        )
        .join(ArticleRow, ArticleRow.id == ArticleClusterRow.article_id)
        .where(ArticleClusterRow.cluster_id.in_(ids))
        .group_by(ArticleClusterRow.cluster_id)
    )
    rows = connection.execute(grouped).mappings().all()
    firsts = select(ArticleRow.id, ArticleRow.headline, URL).where(ArticleRow.id.in_(ids))
    first = {row["id"]: row for row in connection.execute(firsts).mappings()}
    return {row["id"]: Cluster(**{**row, **first[row["id"]]}) for row in rows if row["id"] in first}
