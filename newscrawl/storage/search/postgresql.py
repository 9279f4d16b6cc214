"""Full-text search of PostgreSQL: a generated tsvector column with a GIN index.

The "simple" configuration takes words as they are, in any language, as the other databases do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from sqlalchemy import ColumnElement, Connection, Float, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY

from newscrawl.storage.search.words import Phrase
from newscrawl.storage.tables import ArticleRow

_CREATE = (
    # A tsvector holds at most 1 MiB, and an INSERT over that is refused: 200,000 characters are always below.
    (
        "ALTER TABLE articles ADD COLUMN search_words tsvector GENERATED ALWAYS AS ("
        "setweight(to_tsvector('simple', headline), 'A') || "
        "setweight(to_tsvector('simple', coalesce(dek, '')), 'B') || "
        "setweight(to_tsvector('simple', left(body_text, 200000)), 'D')) STORED"
    ),
    "CREATE INDEX search_index ON articles USING gin (search_words)",
)
_WORDS: ColumnElement[str] = literal_column("articles.search_words")


def create(connection: Connection) -> None:
    """Add the column and its index."""
    for statement in _CREATE:
        connection.exec_driver_sql(statement)


def hits(phrases: Sequence[Phrase]) -> Select[int, float]:
    """Ranked by ts_rank_cd, headline over dek over body."""
    asked = reduce(lambda one, other: one.op("&&", return_type=TSQUERY())(other), map(_query, phrases))
    score: ColumnElement[float] = -func.ts_rank_cd(_WORDS, asked, type_=Float)
    return select(ArticleRow.id, score.label("score")).where(_WORDS.bool_op("@@")(asked))


def _query(phrase: Phrase) -> ColumnElement[str]:
    if phrase.prefix:
        quoted = " <-> ".join(f"'{word}'" for word in phrase.words)  # words hold letters and digits only
        return func.to_tsquery("simple", f"{quoted}:*", type_=TSQUERY)
    return func.phraseto_tsquery("simple", phrase.text, type_=TSQUERY)
