"""Search without an index: for a SQLite that was built without FTS5. It also matches inside words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select

from newscrawl.storage.search.conditions import build_condition
from newscrawl.storage.search.parser import Node, Phrase, find_phrases
from newscrawl.storage.tables import ArticleRow

_COLUMNS: dict[str, ColumnElement[Any]] = {
    "headline": ArticleRow.headline,
    "dek": ArticleRow.dek,
    "body": ArticleRow.body_text,
}


def hits(node: Node) -> Select[int, float]:
    """Articles with all phrases in the headline come first."""
    in_headline = and_(*(_contains("headline", phrase) for phrase in find_phrases(node)))
    return select(ArticleRow.id, case((in_headline, 0.0), else_=1.0).label("score")).where(holds(node))


def holds(node: Node) -> ColumnElement[bool]:
    """Every phrase as it was written, in its column or in any."""
    return build_condition(node, _match_phrase)


def _match_phrase(node: Node) -> ColumnElement[bool] | None:
    if not isinstance(node, Phrase):
        return None
    return or_(*(_contains(field, node) for field in ([node.field] if node.field else _COLUMNS)))


def _contains(field: str, phrase: Phrase) -> ColumnElement[bool]:
    column = _COLUMNS[field]
    return and_(column.is_not(None), column.icontains(phrase.text.rstrip("*"), autoescape=True))
