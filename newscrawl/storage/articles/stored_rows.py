"""Rows of articles and revisions as they are stored, read without trusting them: what cannot be decoded is a finding.

Everything else reads articles through newscrawl.storage.articles.rows, where a damaged row is an error.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, Select, String, select

from newscrawl.article import Article
from newscrawl.storage.articles import digests
from newscrawl.storage.articles.digests import (
    ARTICLE_CHECKED,
    PART_FIELDS,
    REVISION_CHECKED,
    Pieces,
    checksum,
    split_checksums,
)
from newscrawl.storage.articles.merge import VERSION_FIELDS
from newscrawl.storage.articles.rows import DERIVED, LISTS, encode_parts
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, AuthorRow, RevisionRow, table_of
from newscrawl.storage.types import Json, LongText, UtcDateTime

_ARTICLES, _REVISIONS, _PEOPLE, _AUTHORS = map(table_of, (ArticleRow, RevisionRow, ArticleAuthorRow, AuthorRow))
_UNDECODED = re.compile("[\ud800-\udfff]")
_CHANGED = "changed"
_UNKNOWN = "????????"
"""A checksum that nothing matches."""


@dataclass(slots=True, kw_only=True)
class StoredRow:
    """A row of `articles` or `revisions`."""

    names: tuple[str, ...]
    """Its columns with a checksum, and fields whose values are rows of other tables."""
    values: dict[str, Any] = field(default_factory=dict)
    """What could be decoded, by column or field."""
    problems: dict[str, str] = field(default_factory=dict)
    """Why the others could not."""
    digest: str | None = None
    checksums: dict[str, str] = field(default_factory=dict)
    """Empty: there are none, or they are no checksums."""
    pieces: Pieces = field(default_factory=dict)

    def encode(self) -> None:
        """Encode the values that were decoded."""
        for name in self.names:
            if name in self.values and name not in self.problems:
                try:
                    self.pieces[name] = encode_value(name, self.values[name])
                except (TypeError, ValueError) as error:
                    self.problems[name] = str(error)

    def is_intact(self, name: str) -> bool:
        """Whether a column can be read and matches its checksum, if it has one."""
        piece = self.pieces.get(name)
        return piece is not None and self.checksums.get(name, checksum(piece)) == checksum(piece)

    def find_damage(self, computed: str | None, proven: Collection[str]) -> dict[str, str]:
        """Return what is wrong, by column.

        `computed` is its content digest, None if that cannot be computed; `proven` are the columns that it proves.
        """
        if self.digest is None and not self.checksums:
            return {**self.problems, "content_digest": "missing"}
        changed = [name for name in self.names if name not in self.problems and not self.is_intact(name)]
        is_proven = computed is not None and computed == self.digest
        if not self.checksums or (is_proven and any(name in proven for name in changed)):
            # What the digest proves has not changed, so the checksum has.
            changed = ["checksums", *(name for name in changed if name not in proven)]
        damaged = {**self.problems, **dict.fromkeys(changed, _CHANGED)}
        if computed is not None and not is_proven and damaged.keys() <= {"checksums"}:
            damaged["content_digest"] = _CHANGED
        return damaged


@dataclass(slots=True, kw_only=True)
class StoredRevision(StoredRow):
    """A row of `revisions`."""

    number: int
    capture_id: int | None = None
    body: str | None = None
    """The canonical JSON of its body, its own or that of the next version; None: that is damaged."""

    def damage(self) -> dict[str, str]:
        """Return what is wrong, by column."""
        own_body = ("body",) if self.values.get("body") is not None else ()
        proven = (*(name for name in VERSION_FIELDS if name != "body"), *own_body)
        return self.find_damage(self.compute_digest(), proven)

    def compute_digest(self) -> str | None:
        """Compute its content digest; None if a value cannot be read."""
        if self.body is None or any(name not in self.pieces for name in VERSION_FIELDS):
            return None
        return digests.version_digest(self.pieces | {"body": self.body})


@dataclass(slots=True, kw_only=True)
class StoredRows(StoredRow):
    """A row of `articles` with the rows that belong to it."""

    id: int
    revisions: list[StoredRevision] = field(default_factory=list)
    """Oldest first."""

    def damage(self) -> dict[str, str]:
        """Return what is wrong, by column or field; "revisions" if it does not have as many as it says."""
        damaged = self.find_damage(self.compute_digest(), digests.CONTENT_COLUMNS)
        if "revision" not in damaged and len(self.revisions) != self.values["revision"]:
            damaged["revisions"] = f"{len(self.revisions)} of {self.values['revision']}"
        return damaged

    def all_damage(self) -> dict[str, str]:
        """Return what is wrong with it and its revisions: "revision 2: body" is a column of a revision."""
        damaged = self.damage()
        for revision in self.revisions:
            damaged |= {f"revision {revision.number}: {name}": why for name, why in revision.damage().items()}
        return damaged

    def compute_digest(self) -> str | None:
        """Compute its content digest; None if a value cannot be read."""
        if any(name not in self.pieces for name in ARTICLE_CHECKED):
            return None
        return digests.article_digest(self.pieces)


def keep_damage(values: Mapping[str, Any], article: Article, damaged: StoredRows) -> dict[str, Any]:
    """Return digest and checksums for a row of an article that has taken over values of a damaged one; else nothing.

    Such a value keeps the checksum that it does not match, and the row has no digest, so that it is still found.
    """
    wrong = damaged.damage()
    if "content_digest" in wrong and not damaged.checksums:
        return {"content_digest": None, "checksums": None}
    pieces = digests.encode_article(values, encode_parts(article), article.body)
    kept = _keep_checksums(damaged, wrong, pieces)
    if not kept:
        return {}
    checksums = "".join([kept.get(name) or checksum(pieces[name]) for name in ARTICLE_CHECKED])
    return {"content_digest": None, "checksums": checksums}


def keep_damaged_versions(values: Sequence[dict[str, Any]], damaged: StoredRows) -> None:
    """Let the new rows of damaged versions keep the digests and checksums that they do not match."""
    by_time = {row["seen_at"]: row for row in values}
    for old in damaged.revisions:
        wrong = old.damage()
        row = by_time.get(old.values.get("seen_at"))
        if row is None or (not wrong and old.body is not None):
            continue
        pieces = digests.encode_revision(row)
        kept = _keep_checksums(old, wrong, pieces)
        if old.body is None and row["body"] is not None:
            kept["body"] = _UNKNOWN  # it had the body of a damaged row
        row["checksums"] = "".join([kept.get(name) or checksum(pieces[name]) for name in REVISION_CHECKED])
        row["content_digest"] = old.digest


def _keep_checksums(damaged: StoredRow, wrong: Mapping[str, str], pieces: Pieces) -> dict[str, str]:
    names = [name for name in wrong if name in damaged.names and name not in DERIVED]
    taken_over = [name for name in names if damaged.pieces.get(name) == pieces[name]]
    return {name: damaged.checksums.get(name, _UNKNOWN) for name in taken_over}


def encode_value(name: str, value: Any) -> str:
    """Encode the value of a column or field. Raises TypeError or ValueError."""
    if name in PART_FIELDS:
        return digests.encode_parts({**dict.fromkeys(PART_FIELDS, ()), name: value})[name]
    return digests.dumps(value)


def read_stored_rows(connection: Connection, ids: Collection[int]) -> dict[int, StoredRows]:
    """Read these articles, by id. Raises DatabaseError where SQLite cannot read a page of its file."""
    with _undecoded_texts(connection):
        articles = dict(_read_articles(connection, ids))
        for (article_id, name), parts in _read_parts(connection, ids).items():
            if article_id in articles and name in PART_FIELDS:
                _set_parts(articles[article_id], name, parts)
        revisions = list(_read_revisions(connection, ids))
    for article_id, revision in revisions:
        if article_id in articles:
            articles[article_id].revisions.append(revision)
    for article in articles.values():
        article.encode()
        _resolve_bodies(article)
    return articles


def _read_articles(connection: Connection, ids: Collection[int]) -> Iterator[tuple[int, StoredRows]]:
    for row in _fetch(connection, select(_ARTICLES).where(_ARTICLES.c.id.in_(ids)).order_by(_ARTICLES.c.id)):
        article = StoredRows(names=ARTICLE_CHECKED, id=row["id"])
        article.values = {name: [] for name in PART_FIELDS}
        _set_columns(article, _ARTICLES.c.values(), row)
        yield article.id, article


def _read_revisions(connection: Connection, ids: Collection[int]) -> Iterator[tuple[int, StoredRevision]]:
    statement = select(_REVISIONS).where(_REVISIONS.c.article_id.in_(ids))
    for row in _fetch(connection, statement.order_by(_REVISIONS.c.article_id, _REVISIONS.c.number)):
        revision = StoredRevision(names=REVISION_CHECKED, number=row["number"], capture_id=row["capture_id"])
        _set_columns(revision, _REVISIONS.c.values(), row)
        revision.encode()
        yield row["article_id"], revision


def _set_columns(stored: StoredRow, columns: Sequence[Column[Any]], row: Mapping[str, Any]) -> None:
    for column in columns:
        if column.name in stored.names:
            try:
                stored.values[column.name] = decode(column, row[column.name])
            except (TypeError, ValueError, RecursionError) as error:
                stored.problems[column.name] = str(error)
    digest = row["content_digest"]
    stored.digest = digest if digest is None or isinstance(digest, str) else ""
    stored.checksums = split_checksums(row["checksums"], stored.names)


def decode(column: Column[Any], value: Any) -> Any:
    """Decode a value as a driver returns it. Raises TypeError or ValueError for one that its column cannot have."""
    if value is None:
        if not column.nullable:
            raise ValueError("is NULL")
        return None
    for kind, decode_kind in _DECODERS:
        if isinstance(column.type, kind):
            return decode_kind(value)
    raise TypeError(f"is of an unknown type: {column.type}")


def _decode_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("is no text")
    if _UNDECODED.search(value):
        raise ValueError("is not UTF-8")
    return value


def _decode_time(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError("is no date") from error
    if not isinstance(value, datetime):
        raise TypeError("is no date")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _decode_json(value: Any) -> Any:
    if not isinstance(value, str | bytes):
        return value  # the driver has decoded it
    try:
        return json.loads(_decode_text(value))
    except json.JSONDecodeError as error:
        raise ValueError("is no JSON") from error


def _decode_number(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError("is no number")
    return value


def _decode_truth(value: Any) -> bool:
    if value not in (0, 1):
        raise ValueError("is neither 0 nor 1")
    return bool(value)


_DECODERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Json, _decode_json),
    (UtcDateTime, _decode_time),
    (Boolean, _decode_truth),
    (Integer, _decode_number),
    ((String, LongText), _decode_text),
)
_Part = tuple[Any, Any, str | None]
"""A row of another table: position, value, and what is wrong with it."""


def _set_parts(article: StoredRows, name: str, parts: Sequence[_Part]) -> None:
    article.values[name] = [value for _, value, _ in parts]
    if wrong := next((problem for _, _, problem in parts if problem), None):
        article.problems[name] = wrong
    elif [position for position, *_ in parts] != list(range(1, len(parts) + 1)):
        article.problems[name] = "its positions are not 1, 2, …"


def _read_parts(connection: Connection, ids: Collection[int]) -> dict[tuple[int, Any], list[_Part]]:
    """Read the rows of other tables, by article and field."""
    parts: defaultdict[tuple[int, Any], list[_Part]] = defaultdict(list)
    for name, table in ((name, table_of(row)) for name, row in LISTS.items()):
        statement = select(table).where(table.c.article_id.in_(ids)).order_by(table.c.article_id, table.c.position)
        columns = [column for column in table.c if column.name not in ("article_id", "position")]
        for row in _fetch(connection, statement):
            parts[row["article_id"], name].append(_decode_part(columns, row))
    people = (
        select(_PEOPLE.c.article_id, _PEOPLE.c.role, _PEOPLE.c.position, _AUTHORS.c.name)
        .outerjoin(_AUTHORS, _AUTHORS.c.id == _PEOPLE.c.author_id)
        .where(_PEOPLE.c.article_id.in_(ids))
        .order_by(_PEOPLE.c.article_id, _PEOPLE.c.role, _PEOPLE.c.position)
    )
    for row in _fetch(connection, people):
        parts[row["article_id"], row["role"]].append(_decode_part([_AUTHORS.c.name], row))
    return parts


def _decode_part(columns: Sequence[Column[Any]], row: Mapping[str, Any]) -> _Part:
    try:
        values = {column.name: decode(column, row[column.name]) for column in columns}
    except (TypeError, ValueError) as error:
        return row["position"], None, str(error)
    return row["position"], values if len(columns) > 1 else values[columns[0].name], None


def _resolve_bodies(article: StoredRows) -> None:
    """Find the body of each revision: its own, or that of the next version."""
    following = article.pieces["body"] if article.is_intact("body") else None
    for revision in reversed(article.revisions):
        own = revision.pieces["body"] if revision.is_intact("body") else None
        revision.body = following if own == "null" else own
        following = revision.body


def _fetch(connection: Connection, statement: Select[*tuple[Any, ...]]) -> Iterator[Mapping[str, Any]]:
    """Fetch rows as the driver returns them."""
    sql = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
    for row in connection.exec_driver_sql(sql).mappings().all():
        yield dict(row)


@contextmanager
def _undecoded_texts(connection: Connection) -> Iterator[None]:
    """Let SQLite return texts that are not UTF-8, each of their bytes as a lone surrogate."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    before = driver.text_factory
    driver.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = before
