"""An Article as rows of the tables, and back."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, select

from newscrawl.article import Article, Block, Contact, Dateline, Image
from newscrawl.storage.articles.merge import Version
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
from newscrawl.storage.types import NAME_LENGTH

_Value = TypeVar("_Value")

PARTS: tuple[type[Base], ...] = (ArticleAuthorRow, ImageRow, TopicRow, TickerRow, ContactRow)
"""Tables of what an article has several of."""
_CODE_LENGTH = 40
_CHUNK = 5000
"""Values asked for at once: SQLite takes 32,766 parameters, PostgreSQL 65,535."""
_SAME = (
    "url",
    "canonical_url",
    "post_id",
    "headline",
    "dek",
    "published_at",
    "published_precision",
    "updated_at",
    "fetched_at",
    "access",
    "correction",
)
"""Fields that are columns as they are."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL refuses U+0000, and half a surrogate pair has no UTF-8. Both were seen in the wild."""

Values = dict[str, Any]


def is_storable(*texts: str) -> bool:
    """Whether a database takes these texts, plain or as JSON, as they are."""
    text = "".join(texts)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text and "\\u0000" not in text


def storable(value: Any) -> Any:
    """A JSON value with U+FFFD for every character that a database refuses."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {storable(name): storable(part) for name, part in value.items()}
    return [storable(part) for part in value] if isinstance(value, list) else value


def as_stored(article: Article) -> Article:
    """An article as it comes back from a database: without what one refuses, and its names as long as their columns."""
    told = article.to_json()
    if not is_storable(json.dumps(told, ensure_ascii=False)):
        article = Article.from_json(storable(told))
    return replace(
        article,
        publisher=cut(article.publisher),
        layout=cut(article.layout),
        section=article.section and cut(article.section),
        language=article.language and cut(article.language, _CODE_LENGTH),
        byline=tuple(map(cut, article.byline)),
        assistance=tuple(map(cut, article.assistance)),
        topics=tuple(map(cut, article.topics)),
        tickers=tuple(map(cut, article.tickers)),
    )


def cut(name: str, length: int = NAME_LENGTH) -> str:
    """A name as long as its column: what is longer is no name, and ends in an ellipsis."""
    return name if len(name) <= length else name[: length - 1] + "…"


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values, sorted, in parts of as many as one statement may ask for."""
    rest = iter(sorted(values))
    while part := list(islice(rest, _CHUNK)):
        yield part


def slices(values: Sequence[_Value], size: int) -> Iterator[Sequence[_Value]]:
    """The values in their order, so many at a time: of an array arrays, none of which holds its numbers as objects."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def stored_key(key: str) -> str:
    """A key of newscrawl.urls as it is stored: one that is too long for its column by its hash."""
    return key if len(key) <= NAME_LENGTH else f"sha256:{hashlib.sha256(key.encode(errors='replace')).hexdigest()}"


def article_values(article: Article, *, revision: int, fingerprint: str) -> Values:
    """The row of `articles`, without its id."""
    dateline = article.dateline or Dateline()
    body_text = article.body_text
    return {
        **{name: getattr(article, name) for name in _SAME},
        "publisher": cut(article.publisher),
        "layout": cut(article.layout),
        "section": article.section and cut(article.section),
        "language": article.language and cut(article.language, _CODE_LENGTH),
        "dateline_place": dateline.place,
        "dateline_date_text": dateline.date_text,
        "dateline_agency": dateline.agency,
        "abstract": list(article.abstract),
        "body": _blocks(article.body),
        "body_text": body_text,
        "word_count": len(body_text.split()),
        "sources": dict(article.sources),
        "revision": revision,
        "fingerprint": fingerprint,
    }


def part_values(article_id: int, article: Article, authors: Mapping[str, int]) -> dict[type[Base], list[Values]]:
    """The rows of `PARTS`; `authors` has the id of every name of `names`."""
    written = [("byline", article.byline), ("assistance", article.assistance)]
    people = [(role, at, authors[cut(name)]) for role, listed in written for at, name in enumerate(listed, 1)]
    return {
        ArticleAuthorRow: [
            {"article_id": article_id, "role": role, "position": at, "author_id": author} for role, at, author in people
        ],
        ImageRow: _placed(article_id, [_fields(image) for image in article.images]),
        TopicRow: _placed(article_id, [{"topic": cut(topic)} for topic in article.topics]),
        TickerRow: _placed(article_id, [{"ticker": cut(ticker)} for ticker in article.tickers]),
        ContactRow: _placed(article_id, [_fields(contact) for contact in article.contacts]),
    }


def names(article: Article) -> list[str]:
    """Everyone of an article who has a row in `authors`."""
    return [cut(name) for name in (*article.byline, *article.assistance)]


def revision_values(article_id: int, history: Sequence[Version]) -> list[Values]:
    """The rows of `revisions`: a body only where the next version has another."""
    following = [*(version.body for version in history[1:]), history[-1].body]
    return [
        {
            "article_id": article_id,
            "number": number,
            "seen_at": version.seen_at,
            "seen_until": version.seen_until,
            "headline": version.headline,
            "dek": version.dek,
            "correction": version.correction,
            "access": version.access,
            "body": None if version.body == after else _blocks(version.body),
            "body_text": None if version.body == after else "\n\n".join(block.text for block in version.body),
        }
        for number, (version, after) in enumerate(zip(history, following, strict=True), 1)
    ]


def load(connection: Connection, ids: Collection[int]) -> dict[int, Article]:
    """The stored articles of these ids."""
    found = connection.execute(select(table_of(ArticleRow)).where(ArticleRow.id.in_(ids))).all()
    parts = {row: load_parts(connection, row, ids) for row in (ImageRow, TopicRow, TickerRow, ContactRow)}
    people = load_people(connection, ids)
    return {
        row.id: _article(row, {kind: listed[row.id] for kind, listed in parts.items()}, people[row.id]) for row in found
    }


def load_people(connection: Connection, ids: Collection[int]) -> defaultdict[int, dict[str, tuple[str, ...]]]:
    """Names in order, by article and role."""
    asked = (
        select(ArticleAuthorRow.article_id, ArticleAuthorRow.role, AuthorRow.name)
        .join(AuthorRow, AuthorRow.id == ArticleAuthorRow.author_id)
        .where(ArticleAuthorRow.article_id.in_(ids))
        .order_by(ArticleAuthorRow.position)
    )
    people: defaultdict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for article_id, role, name in connection.execute(asked):
        people[article_id][role] = (*people[article_id].get(role, ()), name)
    return people


def load_histories(connection: Connection, articles: Mapping[int, Article]) -> dict[int, tuple[Version, ...]]:
    """All versions of these stored articles, oldest first, each with its body."""
    revisions = table_of(RevisionRow)
    newest_first = select(revisions).where(revisions.c.article_id.in_(articles)).order_by(revisions.c.number.desc())
    histories: dict[int, tuple[Version, ...]] = {}
    for row in connection.execute(newest_first):
        later = histories.get(row.article_id, ())
        body = later[0].body if later else articles[row.article_id].body
        histories[row.article_id] = (_version(row, body), *later)
    return histories


def _version(row: Row[Any], body_of_next: tuple[Block, ...]) -> Version:
    return Version(
        seen_at=row.seen_at,
        seen_until=row.seen_until,
        headline=row.headline,
        dek=row.dek,
        correction=row.correction,
        access=row.access,
        body=body_of_next if row.body is None else tuple(Block(**block) for block in row.body),
    )


def load_parts(connection: Connection, kind: type[Base], ids: Collection[int]) -> defaultdict[int, list[Values]]:
    """What hangs on these articles in one of `PARTS`, in order, by article."""
    table = table_of(kind)
    grouped: defaultdict[int, list[Values]] = defaultdict(list)
    for row in connection.execute(
        select(table).where(table.c.article_id.in_(ids)).order_by(table.c.position)
    ).mappings():
        values = dict(row)
        grouped[values.pop("article_id")].append({name: part for name, part in values.items() if name != "position"})
    return grouped


def _article(row: Row[Any], parts: Mapping[type[Base], list[Values]], people: Mapping[str, tuple[str, ...]]) -> Article:
    dateline = Dateline(place=row.dateline_place, date_text=row.dateline_date_text, agency=row.dateline_agency)
    return Article(
        **{name: getattr(row, name) for name in (*_SAME, "publisher", "layout", "section", "language")},
        dateline=None if dateline == Dateline() else dateline,
        byline=people.get("byline", ()),
        assistance=people.get("assistance", ()),
        abstract=tuple(row.abstract),
        body=tuple(Block(**block) for block in row.body),
        sources=row.sources,
        images=tuple(Image(**image) for image in parts[ImageRow]),
        topics=tuple(part["topic"] for part in parts[TopicRow]),
        tickers=tuple(part["ticker"] for part in parts[TickerRow]),
        contacts=tuple(Contact(**contact) for contact in parts[ContactRow]),
    )


def _blocks(body: Iterable[Block]) -> list[dict[str, str]]:
    return [{"kind": block.kind, "text": block.text} for block in body]


def _placed(article_id: int, parts: Iterable[Values]) -> list[Values]:
    return [{"article_id": article_id, "position": at, **part} for at, part in enumerate(parts, 1)]


def _fields(part: Image | Contact) -> Values:
    return {field.name: getattr(part, field.name) for field in fields(part)}
