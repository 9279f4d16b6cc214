"""Full-text search of MariaDB: a FULLTEXT index, asked in boolean mode."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Float, Select, literal, or_, select, type_coerce
from sqlalchemy.dialects.mysql import match

from newscrawl.storage.search.words import Phrase
from newscrawl.storage.tables import ArticleRow, table_of

_TEXT = [table_of(ArticleRow).c[name] for name in ("headline", "dek", "body_text")]
_SHORTEST = 3
"""Letters of the shortest word that InnoDB indexes (innodb_ft_min_token_size)."""


def create(connection: Connection) -> None:
    """Make the index, of all words: InnoDB would leave out "about" and "will"."""
    connection.exec_driver_sql("SET SESSION innodb_ft_enable_stopword = OFF")
    connection.exec_driver_sql("CREATE FULLTEXT INDEX search_words ON articles (headline, dek, body_text)")
    connection.exec_driver_sql("CREATE FULLTEXT INDEX search_headline ON articles (headline)")


def hits(phrases: Sequence[Phrase]) -> Select[int, float]:
    """Ranked as InnoDB ranks, where the headline weighs ten times more.

    Phrases that its index does not know are looked for in the text.
    """
    indexed = [phrase for phrase in phrases if _is_indexed(phrase)]
    others = [_in_text(phrase) for phrase in phrases if phrase not in indexed]
    if not indexed:
        return select(ArticleRow.id, literal(0.0).label("score")).where(*others)
    asked = [_boolean(phrase) for phrase in indexed]
    found = match(*_TEXT, against=" ".join(f"+{words}" for words in asked), in_boolean_mode=True)
    in_headline = match(_TEXT[0], against=" ".join(asked), in_boolean_mode=True)
    score = -type_coerce(found, Float) - 10 * type_coerce(in_headline, Float)
    return select(ArticleRow.id, score.label("score")).where(found, *others)


def _is_indexed(phrase: Phrase) -> bool:
    """Not so a phrase of nothing but short words, or one of several of which the last may go on."""
    long = any(len(word) >= _SHORTEST for word in phrase.words)
    return long and (len(phrase.words) == 1 or not phrase.prefix)


def _boolean(phrase: Phrase) -> str:
    if len(phrase.words) == 1:
        return f"{phrase.words[0]}{'*' if phrase.prefix else ''}"
    return f'"{" ".join(phrase.words)}"'


def _in_text(phrase: Phrase) -> ColumnElement[bool]:
    form = r"(*UCP)\b" + r"\W+".join(phrase.words) + ("" if phrase.prefix else r"\b")
    return or_(*(place.regexp_match(form) for place in _TEXT))
