"""Clusters: copies of one article, updated batch by batch.

Articles that are copies of each other (newscrawl.storage.duplicates.similarity), directly or through others, are one
cluster. Its id is that of the article that was published first. Copies find each other by their marks, in the table
`cluster_marks`: an article is compared with those that share most marks with it.

The cost of an article does not grow with the archive: a mark is of at most _SHARED articles (of a disclaimer or a
form, those that came first), and an article is compared with at most _COMPARED others. So which near copies of a very
frequent text are found depends on the order in which they came; copies of the same text always are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Select, delete, func, insert, literal, or_, select, tuple_, update

from newscrawl.storage.duplicates.similarity import ComparedArticle, are_copies, prepare
from newscrawl.storage.tables import ArticleClusterRow, ArticleRow, ClusterMarkRow, table_of
from newscrawl.storage.types import UtcDateTime
from newscrawl.storage.values import Values, split_sorted

_ARTICLES, _CLUSTERS, _MARKS = map(table_of, (ArticleRow, ArticleClusterRow, ClusterMarkRow))
_SHARED, _COMPARED = 20, 5
_LONG_AGO, _UNDATED = datetime(1970, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_LATE = timedelta(minutes=10)
"""How long after a change its transaction may end: later ones may have been compared before."""
Place = tuple[datetime, int]
"""The changed_at and id of an article: those before it were compared."""


def find_place(connection: Connection) -> Place:
    """Return the place from which on there may be new or changed articles."""
    last = connection.scalar(select(func.max(_CLUSTERS.c.changed_at)))
    return (last - _LATE if last else _LONG_AGO, 0)


def find_new(connection: Connection, place: Place, limit: int) -> list[Place]:
    """Find the next new or changed articles after a place, in order."""
    in_order = _select_new(place).order_by(_ARTICLES.c.changed_at, _ARTICLES.c.id).limit(limit)
    return [(row.changed_at, row.id) for row in connection.execute(in_order)]


def find_reset(connection: Connection, limit: int) -> list[Place]:
    """Find articles that are to be compared again, because the cluster that they were in lost an article."""
    reset = select(_ARTICLES.c.changed_at, _ARTICLES.c.id).join(_CLUSTERS, _CLUSTERS.c.article_id == _ARTICLES.c.id)
    in_order = reset.where(_CLUSTERS.c.cluster_id.is_(None)).order_by(_ARTICLES.c.id).limit(limit)
    return [(row.changed_at, row.id) for row in connection.execute(in_order)]


def count_pending(connection: Connection) -> int:
    """Count the articles that `compare` has not compared yet, or is to compare again."""
    new = select(func.count()).select_from(_select_new(find_place(connection)).subquery())
    reset = select(func.count()).select_from(_CLUSTERS).where(_CLUSTERS.c.cluster_id.is_(None))
    return sum(connection.execute(select(new.scalar_subquery(), reset.scalar_subquery())).one())


def compare(connection: Connection, places: Iterable[Place]) -> None:
    """Compare these articles with all others, and update the clusters."""
    changed_at = {article_id: changed for changed, article_id in places}
    forget(connection, changed_at)
    for table in (_MARKS, _CLUSTERS):
        connection.execute(delete(table).where(table.c.article_id.in_(changed_at)))
    batch = _read_articles(connection, changed_at)
    groups = _Groups(connection, batch, _share_marks(connection, batch))
    groups.find_copies()
    first_of = groups.join()
    rows: list[Values] = [
        {"article_id": number, "cluster_id": first_of[number], "changed_at": changed_at[number]}
        | {"text_hash": article.text_hash, "notice": article.notice}
        for number, article in batch.items()
    ]
    connection.execute(insert(_CLUSTERS), rows)


def forget(connection: Connection, ids: Collection[int]) -> None:
    """Prepare for the change or deletion of articles: the others of their clusters are compared again."""
    own = select(_CLUSTERS.c.cluster_id).where(_CLUSTERS.c.article_id.in_(ids), _CLUSTERS.c.cluster_id.is_not(None))
    for part in split_sorted(set(connection.scalars(own))):
        others = update(_CLUSTERS).where(_CLUSTERS.c.cluster_id.in_(part), _CLUSTERS.c.article_id.not_in(ids))
        connection.execute(others.values(cluster_id=None))


def _select_new(place: Place) -> Select[int, datetime]:
    moment, number = place
    after = tuple_(_ARTICLES.c.changed_at, _ARTICLES.c.id) > tuple_(literal(moment, UtcDateTime), literal(number))
    is_new = or_(_CLUSTERS.c.article_id.is_(None), _CLUSTERS.c.changed_at != _ARTICLES.c.changed_at)
    joined = select(_ARTICLES.c.id, _ARTICLES.c.changed_at).outerjoin_from(
        _ARTICLES, _CLUSTERS, _CLUSTERS.c.article_id == _ARTICLES.c.id
    )
    # The first condition is redundant, but MariaDB uses no index for a row value alone.
    return joined.where(_ARTICLES.c.changed_at >= moment, after, is_new)


def _read_articles(connection: Connection, ids: Collection[int]) -> dict[int, ComparedArticle]:
    names = ("id", "headline", "body_text", "published_at", "correction")
    rows = connection.execute(select(*(_ARTICLES.c[name] for name in names)).where(_ARTICLES.c.id.in_(ids)))
    return {row.id: prepare(row.headline, row.body_text, row.published_at, row.correction) for row in rows}


def _share_marks(connection: Connection, batch: Mapping[int, ComparedArticle]) -> dict[int, list[int]]:
    """Store the marks of new articles; return the articles that each is to be compared with."""
    articles_of: defaultdict[int, list[int]] = defaultdict(list)
    for part in split_sorted(set().union(*(article.sought_marks for article in batch.values()))):
        for row in connection.execute(select(_MARKS.c.mark, _MARKS.c.article_id).where(_MARKS.c.mark.in_(part))):
            articles_of[row.mark].append(row.article_id)
    others: dict[int, list[int]] = {}
    rows: list[Values] = []
    for article_id, article in batch.items():
        shared = Counter(other for mark in article.sought_marks for other in articles_of.get(mark, ()))
        # Of those that share as many, the latest to come.
        others[article_id] = sorted(shared, key=lambda other: (shared[other], other))[-_COMPARED:]
        for mark in article.marks:
            if len(articles_of[mark]) < _SHARED:
                articles_of[mark].append(article_id)
                rows.append({"mark": mark, "article_id": article_id})
    if rows:
        connection.execute(insert(_MARKS), sorted(rows, key=lambda row: (row["mark"], row["article_id"])))
    return others


class _Groups:
    """New articles, and the clusters that they connect: which of them are one (union-find).

    A cluster is represented by its id, an article without a cluster by its own.
    """

    def __init__(
        self, connection: Connection, batch: Mapping[int, ComparedArticle], others: Mapping[int, list[int]]
    ) -> None:
        self._connection, self._batch, self._others = connection, batch, others
        self._cluster_of: dict[int, int | None] = {}
        for part in split_sorted({other for those in others.values() for other in those} - batch.keys()):
            known = select(_CLUSTERS.c.article_id, _CLUSTERS.c.cluster_id).where(_CLUSTERS.c.article_id.in_(part))
            self._cluster_of.update((row.article_id, row.cluster_id) for row in connection.execute(known))
        self._parent: dict[int, int] = {}

    def find_copies(self) -> None:
        """Compare each article with those that share marks with it, except for those that it is connected with."""
        articles = dict(self._batch)
        waiting = self._others
        while waiting := {number: left for number, left in waiting.items() if left}:
            pairs = [(number, left.pop()) for number, left in waiting.items()]
            pairs = [pair for pair in pairs if len({*map(self._find, pair)}) > 1]
            if missing := {other for _, other in pairs} - articles.keys():
                articles |= _read_articles(self._connection, missing)
            for number, other in pairs:
                if are_copies(articles[number], articles[other]):
                    self._parent[self._find(number)] = self._find(other)

    def join(self) -> dict[int, int]:
        """Give the clusters that are connected the id of their first article; return that of each new article."""
        nodes_of: defaultdict[int, list[int]] = defaultdict(list)
        for node in {*self._batch, *self._parent, *self._parent.values()}:
            nodes_of[self._find(node)].append(node)
        published = {number: article.published_at for number, article in self._batch.items()}
        for part in split_sorted({node for nodes in nodes_of.values() for node in nodes} - self._batch.keys()):
            known = select(_ARTICLES.c.id, _ARTICLES.c.published_at).where(_ARTICLES.c.id.in_(part))
            published.update((row.id, row.published_at) for row in self._connection.execute(known))
        first_of: dict[int, int] = {}
        for nodes in nodes_of.values():
            first = min(nodes, key=lambda node: (published[node] or _UNDATED, node))
            first_of.update(dict.fromkeys(nodes, first))
        for node, first in first_of.items():
            if node not in self._batch:
                is_member = or_(_CLUSTERS.c.cluster_id == node, _CLUSTERS.c.article_id == node)
                self._connection.execute(update(_CLUSTERS).where(is_member).values(cluster_id=first))
        return first_of

    def _find(self, number: int) -> int:
        """Return what represents the group of an article or a cluster."""
        node = self._cluster_of.get(number) or number
        while (parent := self._parent.get(node, node)) != node:
            node = parent
        return node
