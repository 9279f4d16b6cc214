"""Checks of articles: their keys, their revisions, their word counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, func, insert, or_, select, update

from newscrawl.storage.articles.first_digests import compute_digests
from newscrawl.storage.articles.record import next_changed_at
from newscrawl.storage.keys import article_keys
from newscrawl.storage.maintenance.check import Check, CheckResult, count_rows
from newscrawl.storage.maintenance.content import filter_sound
from newscrawl.storage.tables import ArticleKeyRow, ArticleRow, RevisionRow, table_of
from newscrawl.storage.values import split

_ARTICLES, _KEYS, _REVISIONS = map(table_of, (ArticleRow, ArticleKeyRow, RevisionRow))
_BATCH = 500
_UNUSED_NUMBER = 1_000_000  # larger than the number of any revision
# Columns that are equal in an article and its newest revision.
_SHARED_COLUMNS = ("headline", "dek", "correction", "access")
_REVISION = (_REVISIONS.c.article_id.label("article"), _REVISIONS.c.number.label("version"))
_WITHOUT_KEY = select(_ARTICLES.c.id.label("article")).where(~exists().where(_KEYS.c.article_id == _ARTICLES.c.id))


def _give_keys(connection: Connection) -> None:
    """Give articles without a key those that no other article has."""
    for ids in split(connection.scalars(_WITHOUT_KEY).all(), _BATCH):
        columns = (_ARTICLES.c.id, _ARTICLES.c.url, _ARTICLES.c.canonical_url, _ARTICLES.c.post_id)
        keys: dict[str, int] = {}
        for article_id, *sources in connection.execute(select(*columns).where(_ARTICLES.c.id.in_(ids))):
            for key in article_keys(connection, *sources):
                keys.setdefault(key, article_id)
        taken = set(connection.scalars(select(_KEYS.c.key).where(_KEYS.c.key.in_(keys))))
        free = [{"key": key, "article_id": article_id} for key, article_id in keys.items() if key not in taken]
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
        select(_ARTICLES.c.id.label("article"), _ARTICLES.c.revision.label("says"), count.label("has"))
        .outerjoin(counted, counted.c.article_id == _ARTICLES.c.id)
        .where(or_(count != _ARTICLES.c.revision, counted.c.first != 1, counted.c.last != count))
    )


def _renumber_all(connection: Connection) -> None:
    """Number revisions from 1 and correct the articles' counts; an article without a revision gets its first."""
    article_ids = filter_sound(connection, [article_id for article_id, *_ in connection.execute(_miscounted()).all()])
    moment = next_changed_at(connection)
    for article_id in article_ids:
        own = _REVISIONS.c.article_id == article_id
        numbers = connection.scalars(select(_REVISIONS.c.number).where(own).order_by(_REVISIONS.c.number)).all()
        if not numbers:
            row = connection.execute(select(_ARTICLES).where(_ARTICLES.c.id == article_id)).one()
            values = {"article_id": article_id, "number": 1, "seen_at": row.fetched_at, "seen_until": row.fetched_at}
            connection.execute(insert(_REVISIONS), values | {name: getattr(row, name) for name in _SHARED_COLUMNS})
            numbers = [1]
        if numbers != list(range(1, len(numbers) + 1)):
            # In two steps, so that no two revisions ever have the same number.
            connection.execute(update(_REVISIONS).where(own).values(number=_REVISIONS.c.number + _UNUSED_NUMBER))
            for new, old in enumerate(numbers, 1):
                this = update(_REVISIONS).where(own, _REVISIONS.c.number == old + _UNUSED_NUMBER)
                connection.execute(this.values(number=new))
        _update_articles(connection, [{"known_id": article_id, "revision": len(numbers)}], moment)
    compute_digests(connection, article_ids)


def _differs_from_article(connection: Connection) -> ColumnElement[bool]:
    """That a revision is the newest of an article, and differs from it."""
    differ: list[ColumnElement[bool]] = [_REVISIONS.c.body_text.is_not(None), _REVISIONS.c.body.is_not(None)]
    for name in _SHARED_COLUMNS:
        own: ColumnElement[Any] = _ARTICLES.c[name]
        # MariaDB compares two columns by one collation only, so it is named.
        exact = own.collate("utf8mb4_nopad_bin") if connection.dialect.name == "mariadb" else own
        differ.append(exact.is_distinct_from(_REVISIONS.c[name]))
    return and_(_ARTICLES.c.id == _REVISIONS.c.article_id, _ARTICLES.c.revision == _REVISIONS.c.number, or_(*differ))


def _copy_to_newest(connection: Connection) -> None:
    """Copy the article to its newest revision: the article is what people are shown."""
    different = select(_REVISIONS.c.article_id).where(_differs_from_article(connection))
    sound = filter_sound(connection, connection.scalars(different).all())
    differs = _REVISIONS.c.article_id.in_(sound) & exists().where(_differs_from_article(connection)).correlate(
        _REVISIONS
    )
    values: dict[str, Any] = {
        name: select(_ARTICLES.c[name]).where(_ARTICLES.c.id == _REVISIONS.c.article_id).scalar_subquery()
        for name in _SHARED_COLUMNS
    }
    connection.execute(update(_REVISIONS).where(differs).values(**values, body=None, body_text=None))
    compute_digests(connection, sound)


def _check_order(connection: Connection) -> CheckResult:
    ends_before_it_begins = select(*_REVISION).where(_REVISIONS.c.seen_until < _REVISIONS.c.seen_at)
    later = _REVISIONS.alias()
    follows = and_(later.c.article_id == _REVISIONS.c.article_id, later.c.number == _REVISIONS.c.number + 1)
    before_its_predecessor = (
        select(later.c.article_id.label("article"), later.c.number.label("version"))
        .join(_REVISIONS, follows)
        .where(later.c.seen_at < _REVISIONS.c.seen_at)
    )
    return count_rows(connection, ends_before_it_begins, before_its_predecessor)


def _miscounted_words(connection: Connection) -> Iterator[tuple[int, int, int]]:
    """(article, stored word count, real word count)."""
    columns = (_ARTICLES.c.id, _ARTICLES.c.word_count, _ARTICLES.c.body_text)
    batch = select(*columns).order_by(_ARTICLES.c.id).limit(_BATCH)
    last = -1
    while rows := connection.execute(batch.where(_ARTICLES.c.id > last)).all():
        last = rows[-1].id
        for row in rows:
            words = len(str(row.body_text or "").split())
            if words != row.word_count:
                yield row.id, row.word_count, words


def _check_words(connection: Connection) -> CheckResult:
    return CheckResult.of(
        f"article {article_id} says {stored} has {real}" for article_id, stored, real in _miscounted_words(connection)
    )


def _count_words(connection: Connection) -> None:
    moment, miscounted = next_changed_at(connection), _miscounted_words(connection)
    while batch := list(islice(miscounted, _BATCH)):
        sound = filter_sound(connection, [at for at, *_ in batch])
        values = [{"known_id": at, "word_count": words} for at, _, words in batch if at in sound]
        if values:
            _update_articles(connection, values, moment)
            compute_digests(connection, sound)


def _update_articles(connection: Connection, values: Sequence[dict[str, Any]], moment: Any) -> None:
    """Write these values into the articles of their "known_id"; all have the same columns."""
    columns: dict[str, Any] = {name: bindparam(name) for name in values[0] if name != "known_id"}
    this = update(_ARTICLES).where(_ARTICLES.c.id == bindparam("known_id"))
    connection.execute(this.values(columns | {"changed_at": moment}), values)


CHECKS = (
    Check(
        name="keys",
        holds="every article has a key",
        find=lambda connection: count_rows(connection, _WITHOUT_KEY),
        repair=_give_keys,
        remedy="all of its keys belong to another article: it is a duplicate",
    ),
    Check(
        name="versions",
        holds="versions are numbered from 1, and articles know how many there are",
        find=lambda connection: count_rows(connection, _miscounted()),
        repair=_renumber_all,
    ),
    Check(
        name="newest",
        holds="the newest version is equal to its article",
        find=lambda connection: count_rows(connection, select(*_REVISION).where(_differs_from_article(connection))),
        repair=_copy_to_newest,
    ),
    Check(
        name="order",
        holds="versions are in the order in which they were seen, each from first to last",
        find=_check_order,
        remedy="the right times are unknown: restore these rows of `revisions` from a backup",
    ),
    Check(name="words", holds="word counts are right", find=_check_words, repair=_count_words),
)
