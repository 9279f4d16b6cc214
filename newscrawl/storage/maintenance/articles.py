"""Articles: their keys, their versions, their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from newscrawl.storage.articles.record import after_all
from newscrawl.storage.keys import article_keys
from newscrawl.storage.maintenance.check import Check, Found, rows
from newscrawl.storage.tables import ArticleKeyRow, ArticleRow, RevisionRow, table_of
from newscrawl.storage.values import split

_ARTICLES, _KEYS, _REVISIONS = map(table_of, (ArticleRow, ArticleKeyRow, RevisionRow))
_BATCH = 500
_ASIDE = 1_000_000
"""A number that no version has."""
_SHARED = ("headline", "dek", "correction", "access")
"""What the newest version and the article tell alike."""


def _without_key() -> Select[int]:
    return select(_ARTICLES.c.id.label("article")).where(~exists().where(_KEYS.c.article_id == _ARTICLES.c.id))


def _give_keys(connection: Connection) -> None:
    """Give articles without a key those that no other article has."""
    for ids in split(connection.scalars(_without_key()).all(), _BATCH):
        told = select(_ARTICLES.c.id, _ARTICLES.c.url, _ARTICLES.c.canonical_url, _ARTICLES.c.post_id)
        keys: dict[str, int] = {}
        for number, *addresses in connection.execute(told.where(_ARTICLES.c.id.in_(ids))):
            keys |= {key: number for key in article_keys(*addresses) if key not in keys}
        taken = set(connection.scalars(select(_KEYS.c.key).where(_KEYS.c.key.in_(keys))))
        free = [{"key": key, "article_id": number} for key, number in keys.items() if key not in taken]
        if free:
            connection.execute(insert(_KEYS), free)


def _miscounted() -> Select[int, int, int]:
    own = _REVISIONS.c
    counted = (
        select(own.article_id, func.count().label("count"), func.min(own.number).label("first"))
        .add_columns(func.max(own.number).label("last"))
        .group_by(own.article_id)
        .subquery()
    )
    count = func.coalesce(counted.c.count, 0)
    return (
        select(_ARTICLES.c.id.label("article"), _ARTICLES.c.revision.label("tells"), count.label("has"))
        .outerjoin(counted, counted.c.article_id == _ARTICLES.c.id)
        .where(or_(count != _ARTICLES.c.revision, counted.c.first != 1, counted.c.last != count))
    )


def _count(connection: Connection) -> None:
    """Number versions from 1, and have their articles tell how many there are; one without any is its own first."""
    wrong = [article_id for article_id, *_ in connection.execute(_miscounted()).all()]
    moment = after_all(connection)
    for article_id in wrong:
        numbers = _numbers(connection, article_id) or [_first(connection, article_id)]
        if numbers != list(range(1, len(numbers) + 1)):
            _renumber(connection, article_id, numbers)
        _set(connection, [{"known_id": article_id, "revision": len(numbers)}], moment)


def _numbers(connection: Connection, article_id: int) -> Sequence[int]:
    own = select(_REVISIONS.c.number).where(_REVISIONS.c.article_id == article_id)
    return connection.scalars(own.order_by(_REVISIONS.c.number)).all()


def _first(connection: Connection, article_id: int) -> int:
    """Enter the article as its only version, seen when it was fetched."""
    row = connection.execute(select(_ARTICLES).where(_ARTICLES.c.id == article_id)).one()
    seen = {"seen_at": row.fetched_at, "seen_until": row.fetched_at}
    told = {name: getattr(row, name) for name in _SHARED}
    connection.execute(insert(_REVISIONS), {"article_id": article_id, "number": 1, **seen, **told})
    return 1


def _renumber(connection: Connection, article_id: int, numbers: Sequence[int]) -> None:
    own = _REVISIONS.c.article_id == article_id
    connection.execute(update(_REVISIONS).where(own).values(number=_REVISIONS.c.number + _ASIDE))
    for number, known in enumerate(numbers, 1):
        connection.execute(update(_REVISIONS).where(own, _REVISIONS.c.number == known + _ASIDE).values(number=number))


def _reads_otherwise(connection: Connection) -> ColumnElement[bool]:
    """Whether a revision is the newest of an article, and tells otherwise."""
    differ = (_exact(connection, name).is_distinct_from(_REVISIONS.c[name]) for name in _SHARED)
    newest = and_(_ARTICLES.c.id == _REVISIONS.c.article_id, _ARTICLES.c.revision == _REVISIONS.c.number)
    return newest & or_(*differ, _REVISIONS.c.body_text.is_not(None), _REVISIONS.c.body.is_not(None))


def _exact(connection: Connection, name: str) -> ColumnElement[Any]:
    """The article's column, by every letter: MariaDB compares two columns under one collation only."""
    own: ColumnElement[Any] = _ARTICLES.c[name]
    return own.collate("utf8mb4_nopad_bin") if connection.dialect.name == "mariadb" else own


def _misread(connection: Connection) -> Found:
    told = select(_REVISIONS.c.article_id.label("article"), _REVISIONS.c.number.label("version"))
    return rows(connection, told.where(_reads_otherwise(connection)))


def _read_alike(connection: Connection) -> None:
    """Have the newest version read as its article does, which is what people are shown."""
    there = exists().where(_reads_otherwise(connection)).correlate(_REVISIONS)
    told: dict[str, Any] = {
        name: select(_ARTICLES.c[name]).where(_ARTICLES.c.id == _REVISIONS.c.article_id).scalar_subquery()
        for name in _SHARED
    }
    connection.execute(update(_REVISIONS).where(there).values(**told, body=None, body_text=None))


def _turned() -> Select[int, int]:
    told = select(_REVISIONS.c.article_id.label("article"), _REVISIONS.c.number.label("version"))
    return told.where(_REVISIONS.c.seen_until < _REVISIONS.c.seen_at)


def _disordered() -> Select[int, int]:
    later = _REVISIONS.alias()
    told = select(later.c.article_id.label("article"), later.c.number.label("version"))
    follows = and_(later.c.article_id == _REVISIONS.c.article_id, later.c.number == _REVISIONS.c.number + 1)
    return told.join(_REVISIONS, follows).where(later.c.seen_at < _REVISIONS.c.seen_at)


def _miscounted_words(connection: Connection) -> Iterator[tuple[int, int, int]]:
    """(article, words that it tells, words that it has)."""
    told = select(_ARTICLES.c.id, _ARTICLES.c.word_count, _ARTICLES.c.body_text).order_by(_ARTICLES.c.id).limit(_BATCH)
    last = -1
    while read := connection.execute(told.where(_ARTICLES.c.id > last)).all():
        last = read[-1].id
        yield from (
            (row.id, row.word_count, words) for row in read if (words := len(row.body_text.split())) != row.word_count
        )


def _find_words(connection: Connection) -> Found:
    return Found.of(f"article {at} tells {told} has {has}" for at, told, has in _miscounted_words(connection))


def _count_words(connection: Connection) -> None:
    moment, wrong = after_all(connection), _miscounted_words(connection)
    while part := list(islice(wrong, _BATCH)):
        _set(connection, [{"known_id": at, "word_count": words} for at, _, words in part], moment)


def _set(connection: Connection, values: Sequence[dict[str, Any]], moment: Any) -> None:
    """Write these values into the articles of their "known_id"; all have the same names."""
    named: dict[str, Any] = {name: bindparam(name) for name in values[0] if name != "known_id"}
    this = update(_ARTICLES).where(_ARTICLES.c.id == bindparam("known_id"))
    connection.execute(this.values(named | {"changed_at": moment}), values)


CHECKS = (
    Check(
        name="keys",
        holds="every article is known by a key",
        find=lambda connection: rows(connection, _without_key()),
        repair=_give_keys,
        remedy="another article has all of its keys: the same one, twice",
    ),
    Check(
        name="versions",
        holds="versions are numbered from 1, and articles tell how many there are",
        find=lambda connection: rows(connection, _miscounted()),
        repair=_count,
    ),
    Check(
        name="newest",
        holds="the newest version reads as its article",
        find=_misread,
        repair=_read_alike,
    ),
    Check(
        name="order",
        holds="versions stand in the order in which they were seen, each from first to last",
        find=lambda connection: rows(connection, _turned(), _disordered()),
        remedy="nobody can tell when they were seen: restore these rows of `revisions` from a backup",
    ),
    Check(name="words", holds="word counts are right", find=_find_words, repair=_count_words),
)
