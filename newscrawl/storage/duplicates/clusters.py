"""Clusters of articles about the same story, updated batch by batch.

The result depends on the texts and times of the articles, and not on the order in which they were stored:

- Two articles are compared if they share a mark (newscrawl.storage.duplicates.marks). Those about the same story are
  linked, in `cluster_links`.
- In the order of publication, each article joins a cluster by its links to earlier articles. It joins the cluster of
  the text that it is a copy of; else that of the most similar first article of a cluster; else that of the most similar
  other article, if the cluster began within PERIOD, or if the article is a part of the other's text. Else it begins a
  cluster of its own.

So a chain of reports, each similar to the one before, is cut, and a digest of many stories joins one of them, but does
not connect them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, select, tuple_, update

from newscrawl.storage.duplicates import similarity
from newscrawl.storage.duplicates.marks import IdPair, delete_marks, find_candidates, replace_marks
from newscrawl.storage.duplicates.similarity import COPY, ENOUGH_WORDS, PERIOD, SIGNER, ComparedArticle, Similarity
from newscrawl.storage.tables import ArticleClusterRow, ArticleRow, ClusterLinkRow, ClusterMarkRow, table_of
from newscrawl.storage.types import UtcDateTime
from newscrawl.storage.values import split, split_sorted

_ARTICLES, _CLUSTERS, _LINKS, _MARKS = map(table_of, (ArticleRow, ArticleClusterRow, ClusterLinkRow, ClusterMarkRow))
_TEXTS = 500  # pairs whose texts are in memory at once, in addition to the texts of the batch
_UNDATED = datetime.max.replace(tzinfo=UTC)
_SCALE = 1000  # similarities are stored in thousandths


def compare(connection: Connection, limit: int) -> int:
    """Compare the next new or changed articles and update the clusters; returns how many were compared."""
    # Marks of two versions of the library have nothing in common, so all are computed again.
    signer = select(_CLUSTERS.c.signer).order_by(_CLUSTERS.c.changed_at.desc()).limit(1)
    if connection.scalar(signer) not in (None, SIGNER):
        for table in (_LINKS, _MARKS, _CLUSTERS):
            connection.execute(delete(table))
    # First new and changed articles, in order; when all are compared, those that are to be compared again.
    new = select(_ARTICLES.c.id).where(*_is_new(connection)).order_by(_ARTICLES.c.changed_at, _ARTICLES.c.id)
    again = select(_CLUSTERS.c.article_id).where(_CLUSTERS.c.cluster_id.is_(None)).order_by(_CLUSTERS.c.article_id)
    ids = connection.scalars(new.limit(limit)).all() or connection.scalars(again.limit(limit)).all()
    if ids:
        batch = _read_articles(connection, ids)
        _compare_again(connection, replace_marks(connection, batch))
        affected = _replace_links(connection, batch, _find_links(connection, batch))
        _update_clusters(connection, compared=set(batch), affected=affected)
    return len(ids)


def pending(connection: Connection) -> int:
    new = select(func.count()).select_from(_ARTICLES).where(*_is_new(connection))
    again = select(func.count()).select_from(_CLUSTERS).where(_CLUSTERS.c.cluster_id.is_(None))
    return sum(connection.execute(select(new.scalar_subquery(), again.scalar_subquery())).one())


def forget(connection: Connection, ids: Collection[int]) -> None:
    """Prepare for the deletion of articles: those that depend on them are compared again."""
    linked = set(connection.scalars(select(_LINKS.c.other_id).where(_LINKS.c.article_id.in_(ids))))
    linked.update(connection.scalars(select(_CLUSTERS.c.article_id).where(_CLUSTERS.c.cluster_id.in_(ids))))
    _compare_again(connection, (linked | delete_marks(connection, ids)).difference(ids))


def _is_new(connection: Connection) -> list[ColumnElement[bool]]:
    """That an article changed after the last one that was compared."""
    newest = (_CLUSTERS.c.changed_at.desc(), _CLUSTERS.c.article_id.desc())
    compared = select(_CLUSTERS.c.changed_at, _CLUSTERS.c.article_id).order_by(*newest).limit(1)
    if (last := connection.execute(compared).first()) is None:
        return []
    place = tuple_(literal(last.changed_at, UtcDateTime), literal(last.article_id))
    # The first condition is redundant, but MariaDB uses no index for a row value alone.
    return [_ARTICLES.c.changed_at >= last.changed_at, tuple_(_ARTICLES.c.changed_at, _ARTICLES.c.id) > place]


def _read_articles(connection: Connection, ids: Collection[int]) -> dict[int, ComparedArticle]:
    columns = (_ARTICLES.c.id, _ARTICLES.c.headline, _ARTICLES.c.body_text, _ARTICLES.c.published_at)
    rows = connection.execute(select(*columns).where(_ARTICLES.c.id.in_(ids)))
    return {row.id: similarity.prepare(row.headline, row.body_text, row.published_at) for row in rows}


def _compare_again(connection: Connection, ids: Collection[int]) -> None:
    for part in split_sorted(ids):
        connection.execute(update(_CLUSTERS).where(_CLUSTERS.c.article_id.in_(part)).values(cluster_id=None))


def _find_links(connection: Connection, batch: Mapping[int, ComparedArticle]) -> dict[IdPair, Similarity]:
    """Compare these articles with each other and with all candidates."""

    def largest_id_outside_batch(pair: IdPair) -> int:
        return max(pair, key=lambda article_id: (article_id not in batch, article_id))

    links: dict[IdPair, Similarity] = {}
    # Sorted, so that each part of the pairs names few articles outside of the batch.
    for part in split(sorted(find_candidates(connection, batch), key=largest_id_outside_batch), _TEXTS):
        outside = {article_id for pair in part for article_id in pair} - batch.keys()
        articles = {**batch, **(_read_articles(connection, outside) if outside else {})}
        for one, other in part:
            if shares := similarity.compare(articles[one], articles[other]):
                links[one, other] = shares
    return links


def _replace_links(connection: Connection, batch: Collection[int], links: Mapping[IdPair, Similarity]) -> set[int]:
    """Store the links of these articles in place of their old ones; returns the articles that either affect."""
    linked_before = set(connection.scalars(select(_LINKS.c.other_id).where(_LINKS.c.article_id.in_(batch))))
    if linked_before:
        for end in (_LINKS.c.article_id, _LINKS.c.other_id):
            connection.execute(delete(_LINKS).where(end.in_(batch)))
    if links:
        rows = []
        for pair, link in links.items():
            shares = {"alike": round(link.alike * _SCALE), "shared": round(link.shared * _SCALE)}
            rows += [{"article_id": one, "other_id": other, **shares} for one, other in (pair, pair[::-1])]
        connection.execute(insert(_LINKS), rows)
    members = connection.scalars(select(_CLUSTERS.c.article_id).where(_CLUSTERS.c.cluster_id.in_(batch)))
    return linked_before.union(members, *links)


@dataclass(frozen=True, slots=True)
class _Link:
    other: int
    alike: int
    shared: int


@dataclass(slots=True)
class _LinkedArticles:
    """As much of the linked articles as is needed to find their clusters; read on demand."""

    connection: Connection
    place: dict[int, tuple[int, datetime, str, int]] = field(default_factory=dict)
    """Sorts by publication; articles with too short a text come after the others, and those without text last."""
    cluster: dict[int, int] = field(default_factory=dict)
    to_compare: set[int] = field(default_factory=set)
    """Those that are to be compared again; each is alone until then."""
    changed_at: dict[int, datetime] = field(default_factory=dict)
    links: dict[int, list[_Link]] = field(default_factory=dict)

    def load(self, ids: Collection[int]) -> None:
        """Read the links of these articles, and the articles that they lead to."""
        missing = set(ids) - self.links.keys()
        self.links.update((article_id, []) for article_id in missing)
        for part in split_sorted(missing):
            for article_id, *link in self.connection.execute(select(_LINKS).where(_LINKS.c.article_id.in_(part))):
                self.links[article_id].append(_Link(*link))
        linked = {link.other for article_id in missing for link in self.links[article_id]} | missing
        self._load_articles(linked)
        self._load_articles({self.cluster[article_id] for article_id in linked})

    def _load_articles(self, ids: Collection[int]) -> None:
        names = ("id", "published_at", "fingerprint", "changed_at", "word_count")
        columns = select(*(_ARTICLES.c[name] for name in names), _CLUSTERS.c.cluster_id)
        joined = columns.outerjoin_from(_ARTICLES, _CLUSTERS, _CLUSTERS.c.article_id == _ARTICLES.c.id)
        for part in split_sorted(set(ids) - self.place.keys()):
            for row in self.connection.execute(joined.where(_ARTICLES.c.id.in_(part))):
                shortness = (row.word_count < ENOUGH_WORDS) + (row.word_count == 0)
                self.place[row.id] = (shortness, row.published_at or _UNDATED, row.fingerprint, row.id)
                self.cluster[row.id] = row.cluster_id or row.id
                self.changed_at[row.id] = row.changed_at
                if row.cluster_id is None:
                    self.to_compare.add(row.id)

    def find_cluster(self, article_id: int) -> int:
        """The cluster that an article joins by its links to earlier articles; its own id if it begins one."""
        earlier = [link for link in self.links[article_id] if self.place[link.other] < self.place[article_id]]
        copies = [link for link in earlier if link.alike >= COPY * _SCALE]
        if copies:
            return self.cluster[min(copies, key=lambda link: (-link.alike, self.place[link.other])).other]
        # A cluster that began long ago is joined only through a text that the article is a part of.
        versions = [
            link
            for link in earlier
            if self._is_near(self.cluster[link.other], article_id) or not self._is_near(link.other, article_id)
        ]
        firsts = [link for link in versions if self.cluster[link.other] == link.other]
        if not versions:
            return article_id
        most_similar = min(firsts or versions, key=lambda link: (-link.alike - link.shared, self.place[link.other]))
        return self.cluster[most_similar.other]

    def _is_near(self, one: int, other: int) -> bool:
        return abs(self.place[one][1] - self.place[other][1]) <= PERIOD


def _update_clusters(connection: Connection, *, compared: set[int], affected: set[int]) -> None:
    """Find the clusters of these articles, and of those that depend on them, in the order of publication."""
    articles = _LinkedArticles(connection)
    articles.load(compared | affected)
    queue = [articles.place[article_id] for article_id in compared | affected]
    heapify(queue)
    queued, changed = compared | affected, set(compared)
    while queue:
        article_id = heappop(queue)[-1]
        if article_id in articles.to_compare and article_id not in compared:
            continue
        if article_id not in articles.links:
            articles.load([place[-1] for place in queue] + [article_id])
        before, articles.cluster[article_id] = articles.cluster[article_id], articles.find_cluster(article_id)
        if articles.cluster[article_id] != before:
            changed.add(article_id)
            for link in articles.links[article_id]:
                if link.other not in queued and articles.place[link.other] > articles.place[article_id]:
                    queued.add(link.other)
                    heappush(queue, articles.place[link.other])
    connection.execute(delete(_CLUSTERS).where(_CLUSTERS.c.article_id.in_(compared)))
    rows = [
        {
            "article_id": article_id,
            "cluster_id": articles.cluster[article_id],
            "changed_at": articles.changed_at[article_id],
            "signer": SIGNER,
        }
        for article_id in sorted(compared)
    ]
    connection.execute(insert(_CLUSTERS), rows)
    for article_id in sorted(changed - compared):
        this = update(_CLUSTERS).where(_CLUSTERS.c.article_id == article_id)
        connection.execute(this.values(cluster_id=articles.cluster[article_id]))
