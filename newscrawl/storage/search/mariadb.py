"""Full-text search of MariaDB: a FULLTEXT index, asked in boolean mode."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Float, Select, literal, or_, select, type_coerce
from sqlalchemy.dialects.mysql import match

from newscrawl.storage.search.words import Phrase
from newscrawl.storage.tables import ArticleRow, table_of

_COLUMNS = (ArticleRow.headline, ArticleRow.dek, ArticleRow.body_text)
_SHORTEST = 3
"""Letters of the shortest word that InnoDB indexes (innodb_ft_min_token_size)."""


def create(connection: Connection) -> None:
    """Make the index, of all words: InnoDB would leave out "about" and "will"."""
    connection.exec_driver_sql("SET SESSION innodb_ft_enable_stopword = OFF")
    connection.exec_driver_sql("CREATE FULLTEXT INDEX search_words ON articles (headline, dek, body_text)")


def hits(phrases: Sequence[Phrase]) -> Select[int, float]:
    """Ranked as InnoDB ranks; phrases of nothing but words too short for its index are looked for in the text."""
    indexed = [phrase for phrase in phrases if any(len(word) >= _SHORTEST for word in phrase.words)]
    short = [_in_text(phrase) for phrase in phrases if phrase not in indexed]
    if not indexed:
        return select(ArticleRow.id, literal(0.0).label("score")).where(*short)
    columns = [table_of(ArticleRow).c[name] for name in ("headline", "dek", "body_text")]
    found = match(*columns, against=" ".join(map(_required, indexed)), in_boolean_mode=True)
    return select(ArticleRow.id, (-type_coerce(found, Float)).label("score")).where(found, *short)


def _required(phrase: Phrase) -> str:
    if len(phrase.words) == 1:
        return f"+{phrase.words[0]}{'*' if phrase.prefix else ''}"
    return f'+"{" ".join(phrase.words)}"'


def _in_text(phrase: Phrase) -> ColumnElement[bool]:
    form = r"(*UCP)\b" + r"\W+".join(phrase.words) + ("" if phrase.prefix else r"\b")
    return or_(*(place.regexp_match(form) for place in _COLUMNS))
