"""An Article as rows of the tables, and back.

A field with a column of `articles` is stored there: a tuple or mapping as JSON. The others are rows of the tables in
`PARTS`, except `dateline`, which has a column for each of its parts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import DatabaseError

from newscrawl.article import Article, Block, Dateline, encode_block
from newscrawl.errors import DamagedRowError
from newscrawl.storage.articles import digests
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
DERIVED = frozenset({"word_count", "revision", "changed_at", "extractor", "fingerprint", "body_text"})
"""Columns that follow from the others, or that any later change writes again."""
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


def article_values(article: Article, *, revision: int, fingerprint: str, **bookkeeping: Any) -> Values:
    """Return the row of `articles`, without its id; `bookkeeping` are the columns extractor and changed_at."""
    values: Values = {name: _encode(getattr(article, name)) for name in _COLUMNS}
    values |= {name: _truncated(article, name) for name in _LENGTHS}
    values |= {column: getattr(article.dateline, part, None) for column, part in DATELINE.items()}
    values["body_text"] = article.body_text
    values |= {"word_count": len(values["body_text"].split()), "revision": revision, "fingerprint": fingerprint}
    values |= bookkeeping
    pieces = digests.encode_article(values, encode_parts(article), article.body)
    checksums = digests.article_checksums(pieces)
    return values | {"content_digest": digests.article_digest(pieces), "checksums": checksums}


def encode_parts(article: Article) -> dict[str, list[Any]]:
    """Return the values of an article that are rows of `PARTS`, by field: texts, or mappings."""
    parts: dict[str, list[Any]] = {role: [truncate(name) for name in getattr(article, role)] for role in ROLES}
    for field in LISTS:
        values = getattr(article, field)
        parts[field] = [truncate(part) if isinstance(part, str) else _encode(part) for part in values]
    return parts


def part_values(article_id: int, article: Article, authors: Mapping[str, int]) -> dict[type[Base], list[Values]]:
    """Return the rows of `PARTS`; `authors` has the id of every name of `author_names`."""
    parts = encode_parts(article)
    people = [
        {"article_id": article_id, "role": role, "position": position, "author_id": authors[name]}
        for role in ROLES
        for position, name in enumerate(parts[role], 1)
    ]
    rows: dict[type[Base], list[Values]] = {ArticleAuthorRow: people}
    for field, row in LISTS.items():
        column = table_of(row).columns.keys()[-1]  # the only one of a table of texts
        rows[row] = []
        for position, part in enumerate(parts[field], 1):
            values = {column: part} if isinstance(part, str) else part
            rows[row].append({"article_id": article_id, "position": position, **values})
    return rows


def author_names(article: Article) -> list[str]:
    """Return everyone of an article who has a row in `authors`."""
    return [truncate(name) for role in ROLES for name in getattr(article, role)]


def revision_values(article_id: int, history: Sequence[Version], captures: Mapping[datetime, int]) -> list[Values]:
    """Return the rows of `revisions`: a body only if the next version has another one.

    `captures` has the ids of the captures of the article, by time.
    """
    rows = []
    for number, version in enumerate(history, 1):
        row: Values = {name: getattr(version, name) for name in ("seen_at", "seen_until", *VERSION_FIELDS)}
        has_own_body = number < len(history) and version.body != history[number].body
        row["body"] = _encode(version.body) if has_own_body else None
        row["body_text"] = "\n\n".join(block.text for block in version.body) if has_own_body else None
        row["number"] = number
        pieces = digests.encode_revision(row)
        row["checksums"] = digests.revision_checksums(pieces)
        row["content_digest"] = digests.version_digest(pieces | {"body": digests.encode_body(version.body)})
        rows.append({"article_id": article_id, "capture_id": captures.get(version.seen_at), **row})
    return rows


def load(connection: Connection, ids: Collection[int]) -> dict[int, Article]:
    """Return the stored articles of these ids. Raises DamagedRowError for one that is not what was stored."""
    articles, damaged = load_sound(connection, ids)
    for article_id, detail in damaged.items():
        raise DamagedRowError(f"article {article_id}", detail)
    return articles


def load_sound(
    connection: Connection, ids: Collection[int], *, verify: bool = True
) -> tuple[dict[int, Article], dict[int, str]]:
    """Return the stored articles of these ids that match their digests, and what is wrong with the others, by id.

    Without `verify`, those that can be read.
    """
    try:
        return _load(connection, ids, verify=verify)
    except DamagedRowError as error:
        detail = f"{error.row} {error.detail}"
    except DatabaseError as error:  # SQLite, when the page of a row is damaged
        if "malformed" not in str(error.orig):
            raise
        detail = str(error.orig)
    if len(ids) == 1:
        return {}, dict.fromkeys(ids, detail)
    articles: dict[int, Article] = {}
    damaged: dict[int, str] = {}
    for article_id in ids:
        sound, others = load_sound(connection, [article_id], verify=verify)
        articles |= sound
        damaged |= others
    return articles, damaged


def _load(connection: Connection, ids: Collection[int], *, verify: bool) -> tuple[dict[int, Article], dict[int, str]]:
    columns = [_ARTICLES.c[name] for name in ("id", *_COLUMNS, *DATELINE, "content_digest")]
    rows = connection.execute(select(*columns).where(_ARTICLES.c.id.in_(ids))).all()
    lists = {field: load_parts(connection, row, ids) for field, row in LISTS.items()}
    people = load_people(connection, ids)
    articles: dict[int, Article] = {}
    damaged: dict[int, str] = {}
    for row in rows:
        try:
            parts = {field: own[row.id] for field, own in lists.items()}
            article = make_article(dict(row._mapping), people[row.id], parts)
            is_sound = not verify or content_digest(article) == row.content_digest
        except (TypeError, ValueError, AttributeError) as error:
            damaged[row.id] = str(error)
            continue
        if is_sound:
            articles[row.id] = article
        else:
            damaged[row.id] = "it does not match its digest" if row.content_digest else "it has no digest"
    return articles, damaged


def make_article(
    row: Mapping[str, Any], people: Mapping[str, Sequence[str]], parts: Mapping[str, Sequence[Values]]
) -> Article:
    """Make the article of a row of `articles`, its names by role and its rows of LISTS by field.

    Raises TypeError, ValueError or AttributeError if they are not those of an article.
    """
    values = {name: _decode(name, row[name]) for name in _COLUMNS}
    values |= {field: tuple([_decode_part(field, part) for part in parts[field]]) for field in LISTS}
    values |= {role: tuple(people.get(role, ())) for role in ROLES}
    dateline = Dateline(**{part: row[column] for column, part in DATELINE.items()})
    return Article(**values, dateline=None if dateline == Dateline() else dateline)


def content_digest(article: Article) -> str:
    """Return the content digest of an article as it is stored. Raises TypeError for values that no article has."""
    pieces = {name: digests.dumps(_encode(getattr(article, name))) for name in _COLUMNS if name != "body"}
    pieces |= digests.encode_parts(encode_parts(article))
    pieces |= {name: digests.dumps(getattr(article.dateline, part, None)) for name, part in DATELINE.items()}
    return digests.article_digest(pieces | {"body": digests.encode_body(article.body)})


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
    """Return all versions of these stored articles, oldest first, each with its body. Raises DamagedRowError."""
    histories, damaged = load_sound_histories(connection, articles)
    for article_id, detail in damaged.items():
        raise DamagedRowError(f"article {article_id}", detail)
    return histories


def load_sound_histories(
    connection: Connection, articles: Mapping[int, Article], *, verify: bool = True
) -> tuple[dict[int, tuple[Version, ...]], dict[int, str]]:
    """Return the versions of articles, oldest first; and what is wrong with articles whose versions are damaged.

    Without `verify`, with articles whose versions cannot be read.
    """
    try:
        return _load_histories(connection, articles, verify=verify)
    except DamagedRowError as error:
        if len(articles) == 1:
            return {}, dict.fromkeys(articles, f"{error.row} {error.detail}")
    histories: dict[int, tuple[Version, ...]] = {}
    damaged: dict[int, str] = {}
    for article_id, article in articles.items():
        sound, others = load_sound_histories(connection, {article_id: article}, verify=verify)
        histories |= sound
        damaged |= others
    return histories, damaged


def _load_histories(
    connection: Connection, articles: Mapping[int, Article], *, verify: bool
) -> tuple[dict[int, tuple[Version, ...]], dict[int, str]]:
    revisions = table_of(RevisionRow)
    newest_first = select(revisions).where(revisions.c.article_id.in_(articles)).order_by(revisions.c.number.desc())
    histories: dict[int, tuple[Version, ...]] = {}
    damaged: dict[int, str] = {}
    for row in connection.execute(newest_first):
        later = histories.get(row.article_id, ())
        try:
            version = _version(row, later[0] if later else articles[row.article_id])
            is_sound = not verify or version_digest(version) == row.content_digest
        except (TypeError, ValueError, AttributeError) as error:
            damaged[row.article_id] = f"revision {row.number}: {error}"
            continue
        if not is_sound:
            damaged[row.article_id] = f"revision {row.number} does not match its digest"
        histories[row.article_id] = (version, *later)
    damaged |= dict.fromkeys(articles.keys() - histories.keys() - damaged.keys(), "it has no revision")
    return {at: history for at, history in histories.items() if at not in damaged}, damaged


def load_times(connection: Connection, ids: Collection[int]) -> defaultdict[int, list[tuple[datetime, datetime]]]:
    """Return when each version of these articles was first and last seen. Raises DamagedRowError."""
    revisions = table_of(RevisionRow)
    columns = (
        revisions.c.article_id,
        revisions.c.number,
        *(revisions.c[name] for name in _TIMES),
        revisions.c.checksums,
    )
    times: defaultdict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in connection.execute(select(*columns).where(revisions.c.article_id.in_(ids))):
        checksums = digests.split_checksums(row.checksums, digests.REVISION_CHECKED)
        for name in _TIMES:
            if checksums.get(name) != digests.checksum(digests.dumps(getattr(row, name))):
                raise DamagedRowError(f"article {row.article_id}", f"revision {row.number}: {name}")
        times[row.article_id].append((row.seen_at, row.seen_until))
    return times


_TIMES = ("seen_at", "seen_until")


def version_digest(version: Version) -> str:
    """Return the content digest of a version. Raises TypeError for values that no version has."""
    pieces = {name: digests.dumps(getattr(version, name)) for name in VERSION_FIELDS if name != "body"}
    return digests.version_digest(pieces | {"body": digests.encode_body(version.body)})


def _version(row: Row[Any], following: Version | Article) -> Version:
    values = {name: getattr(row, name) for name in ("seen_at", "seen_until", *VERSION_FIELDS)}
    values["body"] = following.body if row.body is None else _decode("body", row.body)
    values["complete"] = following.complete
    if values["seen_at"] is None or values["seen_until"] is None:
        raise ValueError("it has no time")
    return Version(**values)


def _encode(value: Any) -> Any:
    """Return a value of an Article as its column takes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Block):
        return encode_block(value)
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
