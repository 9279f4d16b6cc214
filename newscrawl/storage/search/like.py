"""Search without an index: for a SQLite that was built without FTS5. Finds words inside of words, too."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, and_, case, or_, select

from newscrawl.storage.search.words import Phrase
from newscrawl.storage.tables import ArticleRow

_COLUMNS = (ArticleRow.headline, ArticleRow.dek, ArticleRow.body_text)


def create(connection: Connection) -> None:
    """Nothing to make."""


def hits(phrases: Sequence[Phrase]) -> Select[int, float]:
    """Every phrase as it was written, in any of the columns; those with all of them in the headline first."""
    asked = [phrase.text.rstrip("*") for phrase in phrases]
    anywhere = (or_(*(place.icontains(words, autoescape=True) for place in _COLUMNS)) for words in asked)
    in_headline = and_(*(ArticleRow.headline.icontains(words, autoescape=True) for words in asked))
    return select(ArticleRow.id, case((in_headline, 0.0), else_=1.0).label("score")).where(*anywhere)
