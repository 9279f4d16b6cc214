"""An Article as rows of the tables, and back.

A field with a column of `articles` is stored there: a tuple or mapping as JSON. The others are rows of the tables in
`PARTS`, except `dateline`, which has a column for each of its parts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import Connection, Row, select

from newscrawl.article import Article, Dateline
from newscrawl.storage.articles.merge import VERSION_FIELDS, Version
from newscrawl.storage.tables import (
    ArticleAuthorRow,
    ArticleRow,
    AuthorRow,
    Base,
    ContactRow,
    ImageRow,
    RevisionRow,
    TickerRow,
    TopicRow,
    table_of,
)
from newscrawl.storage.values import Values, is_storable, sanitize, truncate

LISTS: Mapping[str, type[Base]] = {
    "images": ImageRow,
    "topics": TopicRow,
    "tickers": TickerRow,
    "contacts": ContactRow,
}
"""Fields whose values are rows of a table of their own."""
ROLES = ("byline", "assistance")
"""Fields whose values are people: rows of `article_authors`."""
PARTS: tuple[type[Base], ...] = (ArticleAuthorRow, *LISTS.values())
DATELINE: Mapping[str, str] = {f"dateline_{part.name}": part.name for part in fields(Dateline)}
"""Columns of `articles` that hold the dateline, and the parts that they hold."""
_ARTICLES = table_of(ArticleRow)
_COLUMNS = tuple(field.name for field in fields(Article) if field.name in _ARTICLES.c)
_LENGTHS: Mapping[str, int] = {
    name: length for name in _COLUMNS if (length := getattr(_ARTICLES.c[name].type, "length", None))
}
_PART_TYPES: Mapping[str, type] = {
    name: get_args(kind)[0] for name, kind in get_type_hints(Article).items() if get_origin(kind) is tuple
}
"""What each field with several values holds: texts, or Block, Image and so on."""


def as_stored(article: Article) -> Article:
    """Return an article as it comes back from a database: sanitized, and its names as long as their columns."""
    encoded = article.to_json()
    if not is_storable(json.dumps(encoded, ensure_ascii=False)):
        article = Article.from_json(sanitize(encoded))
    values: Values = {name: _truncated(article, name) for name in _LENGTHS}
    for name in (*ROLES, *LISTS):
        if _PART_TYPES[name] is str:
            values[name] = tuple(map(truncate, getattr(article, name)))
    return replace(article, **values)


def _truncated(article: Article, name: str) -> str | None:
    value = getattr(article, name)
    return value and truncate(value, _LENGTHS[name])


def article_values(article: Article, *, revision: int, fingerprint: str) -> Values:
    """Return the row of `articles`, without its id."""
    values: Values = {name: _encode(getattr(article, name)) for name in _COLUMNS}
    values |= {name: _truncated(article, name) for name in _LENGTHS}
    values |= {column: getattr(article.dateline, part, None) for column, part in DATELINE.items()}
    values["body_text"] = article.body_text
    return values | {
        "word_count": len(values["body_text"].split()),
        "revision": revision,
        "fingerprint": fingerprint,
    }


def part_values(article_id: int, article: Article, authors: Mapping[str, int]) -> dict[type[Base], list[Values]]:
    """Return the rows of `PARTS`; `authors` has the id of every name of `author_names`."""
    people = [
        {"article_id": article_id, "role": role, "position": position, "author_id": authors[truncate(name)]}
        for role in ROLES
        for position, name in enumerate(getattr(article, role), 1)
    ]
    rows: dict[type[Base], list[Values]] = {ArticleAuthorRow: people}
    for field, row in LISTS.items():
        column = table_of(row).columns.keys()[-1]  # the only one of a table of texts
        rows[row] = []
        for position, part in enumerate(getattr(article, field), 1):
            values = {column: truncate(part)} if isinstance(part, str) else _encode(part)
            rows[row].append({"article_id": article_id, "position": position, **values})
    return rows


def author_names(article: Article) -> list[str]:
    """Return everyone of an article who has a row in `authors`."""
    return [truncate(name) for role in ROLES for name in getattr(article, role)]


def revision_values(article_id: int, history: Sequence[Version]) -> list[Values]:
    """Return the rows of `revisions`: a body only if the next version has another one."""
    rows = []
    for number, version in enumerate(history, 1):
        row: Values = {name: getattr(version, name) for name in ("seen_at", "seen_until", *VERSION_FIELDS)}
        has_own_body = number < len(history) and version.body != history[number].body
        row["body"] = _encode(version.body) if has_own_body else None
        row["body_text"] = "\n\n".join(block.text for block in version.body) if has_own_body else None
        rows.append({"article_id": article_id, "number": number, **row})
    return rows


def load(connection: Connection, ids: Collection[int]) -> dict[int, Article]:
    """Return the stored articles of these ids."""
    columns = [_ARTICLES.c[name] for name in ("id", *_COLUMNS, *DATELINE)]
    rows = connection.execute(select(*columns).where(_ARTICLES.c.id.in_(ids))).all()
    lists = {field: load_parts(connection, row, ids) for field, row in LISTS.items()}
    people = load_people(connection, ids)
    articles = {}
    for row in rows:
        values = {name: _decode(name, getattr(row, name)) for name in _COLUMNS}
        for field, parts in lists.items():
            values[field] = tuple([_decode_part(field, part) for part in parts[row.id]])
        values |= {role: people[row.id].get(role, ()) for role in ROLES}
        dateline = Dateline(**{part: getattr(row, column) for column, part in DATELINE.items()})
        articles[row.id] = Article(**values, dateline=None if dateline == Dateline() else dateline)
    return articles


def load_people(connection: Connection, ids: Collection[int]) -> defaultdict[int, dict[str, tuple[str, ...]]]:
    """Return names in order, by article and role."""
    statement = (
        select(ArticleAuthorRow.article_id, ArticleAuthorRow.role, AuthorRow.name)
        .join(AuthorRow, AuthorRow.id == ArticleAuthorRow.author_id)
        .where(ArticleAuthorRow.article_id.in_(ids))
        .order_by(ArticleAuthorRow.position)
    )
    people: defaultdict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for article_id, role, name in connection.execute(statement):
        people[article_id][role] = (*people[article_id].get(role, ()), name)
    return people


def load_parts(connection: Connection, row: type[Base], ids: Collection[int]) -> defaultdict[int, list[Values]]:
    """Return the rows of these articles in one of `LISTS`, in order, by article."""
    table = table_of(row)
    statement = select(table).where(table.c.article_id.in_(ids)).order_by(table.c.position)
    grouped: defaultdict[int, list[Values]] = defaultdict(list)
    for part in connection.execute(statement).mappings():
        values = {name: value for name, value in part.items() if name not in ("article_id", "position")}
        grouped[part["article_id"]].append(values)
    return grouped


def load_histories(connection: Connection, articles: Mapping[int, Article]) -> dict[int, tuple[Version, ...]]:
    """Return all versions of these stored articles, oldest first, each with its body."""
    revisions = table_of(RevisionRow)
    newest_first = select(revisions).where(revisions.c.article_id.in_(articles)).order_by(revisions.c.number.desc())
    histories: dict[int, tuple[Version, ...]] = {}
    for row in connection.execute(newest_first):
        later = histories.get(row.article_id, ())
        histories[row.article_id] = (_version(row, later[0] if later else articles[row.article_id]), *later)
    return histories


def _version(row: Row[Any], following: Version | Article) -> Version:
    values = {name: getattr(row, name) for name in ("seen_at", "seen_until", *VERSION_FIELDS)}
    values["body"] = following.body if row.body is None else _decode("body", row.body)
    values["complete"] = following.complete
    return Version(**values)


def _encode(value: Any) -> Any:
    """Return a value of an Article as its column takes it."""
    if isinstance(value, tuple):
        return [_encode(part) for part in value]
    if isinstance(value, Mapping):
        return dict(value)
    if names := getattr(value, "__dataclass_fields__", None):
        return {name: getattr(value, name) for name in names}
    return value


def _decode(field: str, value: Any) -> Any:
    if (kind := _PART_TYPES.get(field)) is None:
        return value
    return tuple(value) if kind is str else tuple([kind(**part) for part in value])


def _decode_part(field: str, values: Values) -> Any:
    kind = _PART_TYPES[field]
    return next(iter(values.values())) if kind is str else kind(**values)
