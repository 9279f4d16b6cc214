"""Digests of what articles and their versions say, and checksums of the columns that hold it.

The digest of an article is the SHA-256 of its JSON (Article.to_json) without null, [] and {}, names sorted, without
white space, in UTF-8. That of a version is made in the same way of the fields of a version. So both are the same in
every database, and a program that has an exported article can compute them. docs/schema.md describes them for others.

The checksums of a row are the CRC-32 of each of its columns, eight hex digits each, in the order of the constants
below: they name the column that is damaged, and show when a value from elsewhere is the one that was there before.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any

from newscrawl.article import Article, Block, encode_block
from newscrawl.storage.articles.merge import VERSION_FIELDS
from newscrawl.storage.tables import ArticleRow, RevisionRow, table_of

_CRC_LENGTH = 8
_ADDED = ("content_digest", "checksums")
_NOT_CHECKED = ("id", "site", *_ADDED)
_LATER = ("confidence",)
"""Columns of later versions of the schema: the checksums of older rows are the beginning of theirs."""
PART_FIELDS = ("byline", "assistance", "images", "topics", "tickers", "contacts")
"""Fields whose values are rows of other tables."""
_ARTICLE_COLUMNS = tuple(column.name for column in table_of(ArticleRow).c if column.name not in _NOT_CHECKED)
ARTICLE_CHECKED = (*(name for name in _ARTICLE_COLUMNS if name not in _LATER), *PART_FIELDS, *_LATER)
"""Columns of `articles` and PART_FIELDS, in the order of their checksums."""
REVISION_CHECKED = (
    *(
        column.name
        for column in table_of(RevisionRow).c
        if column.name not in ("article_id", "capture_id", "seen_until", *_ADDED)
    ),
    "seen_until",
)
"""Columns of `revisions`, in the order of their checksums; the one that is updated alone is the last."""
_CONTENT_FIELDS = tuple(sorted(field.name for field in fields(Article)))
_DATELINE = ("agency", "date_text", "place")
CONTENT_COLUMNS = frozenset({*_CONTENT_FIELDS, *(f"dateline_{part}" for part in _DATELINE)})
"""The columns and fields that the content digest of an article proves."""
_EMPTY = ("null", "[]", "{}")

Pieces = dict[str, str]
"""The canonical JSON of each column or field, by name."""


def _encode_time(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(f"{value!r} has no digest")


_encode_json = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_encode_time, allow_nan=False
).encode


def dumps(value: Any) -> str:
    """Encode a value as canonical JSON; times are ISO 8601 in UTC with "Z". Raises TypeError for other types."""
    # An encoder sets itself up in each call, which takes longer than encoding what most columns hold.
    if value is None:
        return "null"
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, datetime):
        return f'"{_encode_time(value)}"'
    if isinstance(value, int):
        return str(value).lower()  # a bool is one, too
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return f"[{','.join(map(encode_basestring, value))}]"
    return _encode_json(value)


@lru_cache(maxsize=256)
def encode_body(body: tuple[Block, ...]) -> str:
    """Encode a body as canonical JSON: an article and its newest version have the same, and it is large."""
    return _encode_json(list(map(encode_block, body)))


def encode_article(
    values: Mapping[str, Any], parts: Mapping[str, Iterable[Any]], body: tuple[Block, ...] | None = None
) -> Pieces:
    """Encode the columns of a row of `articles`, and the values of PART_FIELDS: texts, or mappings.

    With `body`, that is encoded instead of its column.
    """
    pieces = {name: dumps(values[name]) for name in _ARTICLE_COLUMNS if name != "body"}
    pieces["body"] = dumps(values["body"]) if body is None else encode_body(body)
    return pieces | encode_parts(parts)


def encode_parts(parts: Mapping[str, Iterable[Any]]) -> Pieces:
    """Encode the values of PART_FIELDS."""
    return {name: dumps([_prune(part) for part in parts[name]]) for name in PART_FIELDS}


def encode_revision(values: Mapping[str, Any]) -> Pieces:
    """Encode the columns of a row of `revisions`."""
    return {name: dumps(values[name]) for name in REVISION_CHECKED}


def article_digest(pieces: Pieces) -> str:
    """Return the content digest of an article."""
    stated = ((part, pieces[f"dateline_{part}"]) for part in _DATELINE)
    dateline = ",".join(f'"{part}":{piece}' for part, piece in stated if piece != "null")
    return _digest(_CONTENT_FIELDS, pieces | {"dateline": f"{{{dateline}}}"})


def version_digest(pieces: Pieces) -> str:
    """Return the content digest of a version, from the canonical JSON of VERSION_FIELDS."""
    return _digest(_SORTED_VERSION_FIELDS, pieces)


_SORTED_VERSION_FIELDS = tuple(sorted(VERSION_FIELDS))


def _digest(names: Iterable[str], pieces: Pieces) -> str:
    document = ",".join(f'"{name}":{piece}' for name in names if (piece := pieces[name]) not in _EMPTY)
    return hashlib.sha256(_to_bytes(f"{{{document}}}")).hexdigest()


def article_checksums(pieces: Pieces) -> str:
    """Return the checksums of a row of `articles`."""
    return "".join([checksum(pieces[name]) for name in ARTICLE_CHECKED])


def revision_checksums(pieces: Pieces) -> str:
    """Return the checksums of a row of `revisions`."""
    return "".join([checksum(pieces[name]) for name in REVISION_CHECKED])


def checksum(piece: str) -> str:
    """Return the CRC-32 of the canonical JSON of a column, as eight hex digits."""
    return f"{zlib.crc32(_to_bytes(piece)):08x}"


def split_checksums(text: Any, names: tuple[str, ...]) -> dict[str, str]:
    """Split the checksums of a row by column; empty if there are none, or not as many as columns.

    Those of a row that was written before a column existed end before it: that column is not checked.
    """
    earlier = tuple(name for name in names if name not in _LATER)
    for known in (names, earlier):
        if isinstance(text, str) and len(text) == _CRC_LENGTH * len(known):
            return {name: text[at * _CRC_LENGTH : (at + 1) * _CRC_LENGTH] for at, name in enumerate(known)}
    return {}


LENGTH_BEFORE_LAST = _CRC_LENGTH * (len(REVISION_CHECKED) - 1)
"""Characters of a revision's checksums before that of seen_until."""


def _prune(part: Any) -> Any:
    """Leave out what is None: a later field of a part leaves older digests as they are."""
    return {name: value for name, value in part.items() if value is not None} if isinstance(part, dict) else part


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
