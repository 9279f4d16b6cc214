"""Search without an index: for a SQLite that was built without FTS5. Finds words inside of words, too."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Select, and_, case, or_, select

from newscrawl.storage.search.conditions import combined
from newscrawl.storage.search.parser import Node, Phrase, wanted
from newscrawl.storage.tables import ArticleRow

_COLUMNS = {"headline": ArticleRow.headline, "dek": ArticleRow.dek, "body": ArticleRow.body_text}


def create(connection: Connection) -> None:
    """Nothing to make."""


def hits(asked: Node) -> Select[int, float]:
    """Those with all phrases in the headline first."""
    in_headline = and_(*(_contains("headline", phrase) for phrase in wanted(asked)))
    return select(ArticleRow.id, case((in_headline, 0.0), else_=1.0).label("score")).where(holds(asked))


def holds(asked: Node) -> ColumnElement[bool]:
    """Every phrase as it was written, in its column or in any of them."""
    return combined(asked, _stands)


def _stands(part: Node) -> ColumnElement[bool] | None:
    if not isinstance(part, Phrase):
        return None
    return or_(*(_contains(field, part) for field in ([part.field] if part.field else _COLUMNS)))


def _contains(field: str, phrase: Phrase) -> ColumnElement[bool]:
    column = _COLUMNS[field]
    return and_(column.is_not(None), column.icontains(phrase.text.rstrip("*"), autoescape=True))
