"""An Article as rows of the tables, and back."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

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
from newscrawl.storage.values import Values, is_storable, sanitize, truncate

PARTS: tuple[type[Base], ...] = (ArticleAuthorRow, ImageRow, TopicRow, TickerRow, ContactRow)
"""Tables of what an article has several of."""
_CODE_LENGTH = 40
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


def as_stored(article: Article) -> Article:
    """An article as it comes back from a database: without what one refuses, and its names as long as their columns."""
    told = article.to_json()
    if not is_storable(json.dumps(told, ensure_ascii=False)):
        article = Article.from_json(sanitize(told))
    return replace(
        article,
        publisher=truncate(article.publisher),
        layout=truncate(article.layout),
        section=article.section and truncate(article.section),
        language=article.language and truncate(article.language, _CODE_LENGTH),
        byline=tuple(map(truncate, article.byline)),
        assistance=tuple(map(truncate, article.assistance)),
        topics=tuple(map(truncate, article.topics)),
        tickers=tuple(map(truncate, article.tickers)),
    )


def article_values(article: Article, *, revision: int, fingerprint: str) -> Values:
    """The row of `articles`, without its id."""
    dateline = article.dateline or Dateline()
    body_text = article.body_text
    return {
        **{name: getattr(article, name) for name in _SAME},
        "publisher": truncate(article.publisher),
        "layout": truncate(article.layout),
        "section": article.section and truncate(article.section),
        "language": article.language and truncate(article.language, _CODE_LENGTH),
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
    people = [(role, at, authors[truncate(name)]) for role, listed in written for at, name in enumerate(listed, 1)]
    return {
        ArticleAuthorRow: [
            {"article_id": article_id, "role": role, "position": at, "author_id": author} for role, at, author in people
        ],
        ImageRow: _placed(article_id, [_fields(image) for image in article.images]),
        TopicRow: _placed(article_id, [{"topic": truncate(topic)} for topic in article.topics]),
        TickerRow: _placed(article_id, [{"ticker": truncate(ticker)} for ticker in article.tickers]),
        ContactRow: _placed(article_id, [_fields(contact) for contact in article.contacts]),
    }


def names(article: Article) -> list[str]:
    """Everyone of an article who has a row in `authors`."""
    return [truncate(name) for name in (*article.byline, *article.assistance)]


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
