"""The marks of articles in the database, and which articles share one.

A mark that more than `_CROWD` articles have is ignored: it is of a form, a disclaimer or a common phrase. When a mark
becomes crowded, or ceases to be, its articles are compared again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, text

from newscrawl.storage.duplicates.similarity import ComparedArticle, Mark, nearby
from newscrawl.storage.tables import ClusterMarkRow, table_of
from newscrawl.storage.values import split_sorted

IdPair = tuple[int, int]
"""The ids of two articles, the smaller first."""
_MARKS = table_of(ClusterMarkRow)
_CROWD = 100
# Rows that are read at once. If there are more, some mark of the statement is crowded.
_MAX_ROWS = 50_000
_SELECT_ARTICLES = (
    "SELECT v.period, v.mark, m.article_id FROM v JOIN cluster_marks m ON m.period = v.period AND m.mark = v.mark"
)


def replace_marks(connection: Connection, articles: Mapping[int, ComparedArticle]) -> set[int]:
    """Store the marks of these articles in place of their old ones; returns other articles to be compared again."""
    now = {(*mark, article_id) for article_id, article in articles.items() for mark in article.marks}
    before = {tuple(row) for row in connection.execute(_select_marks(articles))}
    removed = Counter((period, mark) for period, mark, _ in before - now)
    added = Counter((period, mark) for period, mark, _ in now - before)
    crowded_before = _find_crowded(connection, removed)
    if before:
        connection.execute(delete(_MARKS).where(_MARKS.c.article_id.in_(articles)))
    if now:
        names = ("period", "mark", "article_id")
        connection.execute(insert(_MARKS), [dict(zip(names, row, strict=True)) for row in sorted(now)])
    crowded = _find_crowded(connection, removed.keys() | added.keys())
    became_crowded = {
        mark for mark in crowded if not _find_crowded(connection, [mark], _CROWD + added[mark] - removed[mark])
    }
    affected = _find_articles(connection, became_crowded | (crowded_before - crowded))
    return set().union(*affected.values()) - articles.keys()


def delete_marks(connection: Connection, ids: Collection[int]) -> set[int]:
    """Delete the marks of articles; returns the articles that share one which is not crowded any more."""
    marks = {(row.period, row.mark) for row in connection.execute(_select_marks(ids))}
    crowded = _find_crowded(connection, marks)
    connection.execute(delete(_MARKS).where(_MARKS.c.article_id.in_(ids)))
    return set().union(*_find_articles(connection, crowded - _find_crowded(connection, crowded)).values())


def find_candidates(connection: Connection, articles: Mapping[int, ComparedArticle]) -> set[IdPair]:
    """Pair these articles with each other and with all others that share a mark which is not crowded."""
    marks = {near for article in articles.values() for mark in article.marks for near in nearby(mark)}
    by_mark = _find_articles(connection, marks, only_uncrowded=True)
    pairs: set[IdPair] = set()
    for article_id, article in articles.items():
        for mark in article.marks & by_mark.keys():
            for near in nearby(mark):
                pairs.update(
                    (min(article_id, other), max(article_id, other))
                    for other in by_mark.get(near, ())
                    if other != article_id
                )
    return pairs


def _select_marks(ids: Collection[int]) -> Select[int, int, int]:
    return select(_MARKS.c.period, _MARKS.c.mark, _MARKS.c.article_id).where(_MARKS.c.article_id.in_(ids))


def _find_crowded(connection: Connection, marks: Collection[Mark], crowd: int | None = None) -> set[Mark]:
    """The marks that more than `crowd` articles have. Only so many are counted."""
    query = (
        "SELECT v.period, v.mark FROM v WHERE (SELECT m.article_id FROM cluster_marks m "
        "WHERE m.period = v.period AND m.mark = v.mark LIMIT 1 OFFSET :crowd) IS NOT NULL"
    )
    crowd = _CROWD if crowd is None else crowd
    parts = (_query_marks(connection, part, query, crowd=crowd) for part in split_sorted(marks))
    return {(period, mark) for part in parts for period, mark in part}


def _find_articles(
    connection: Connection, marks: Collection[Mark], *, only_uncrowded: bool = False
) -> dict[Mark, list[int]]:
    by_mark: defaultdict[Mark, list[int]] = defaultdict(list)
    limit = f" LIMIT {_MAX_ROWS}" if only_uncrowded else ""
    for part in split_sorted(marks):
        rows = _query_marks(connection, part, _SELECT_ARTICLES + limit)
        if limit and len(rows) == _MAX_ROWS:
            uncrowded = set(part) - _find_crowded(connection, part)
            rows = _query_marks(connection, uncrowded, _SELECT_ARTICLES) if uncrowded else []
        for period, mark, article_id in rows:
            by_mark[period, mark].append(article_id)
    return {mark: ids for mark, ids in by_mark.items() if not only_uncrowded or len(ids) <= _CROWD}


def _query_marks(connection: Connection, marks: Iterable[Mark], query: str, **parameters: int) -> Sequence[Any]:
    """Run a query on the marks, which are the rows of `v`."""
    # As literals: thousands of numbers would be slow as parameters.
    values = ", ".join(f"({period}, {mark})" for period, mark in marks)
    return connection.execute(text(f"WITH v (period, mark) AS (VALUES {values}) {query}"), parameters).all()
