"""Full-text search of PostgreSQL: a generated tsvector column with a GIN index.

The "simple" configuration takes words as they are, in any language. Before that, accents are taken off and marks become
blanks, as FTS5 does: PostgreSQL's parser would make one word of "state-of-the-art", of "2.5" and of an address.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Float, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY

from newscrawl.storage.search.parser import And, Node, Not, Or, Phrase, fold
from newscrawl.storage.tables import ArticleRow

_MARKS = (
    r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff\u3000-\u3004\u3008-\u3020\ufe30-\ufe6f]+"
)
"""What is no letter and no digit, in numbers: what a class such as [:alnum:] means depends on the server's locale."""


def _vector(column: str, weight: str) -> str:
    plain = f"regexp_replace(normalize({column}, NFD), '[\\u0300-\\u036f]+', '', 'g')"
    return f"setweight(to_tsvector('simple', regexp_replace({plain}, '{_MARKS}', ' ', 'g')), '{weight}')"


_CREATE = (
    # A tsvector holds at most 1 MiB, and an INSERT over that is refused: 200,000 characters are always below.
    (
        "ALTER TABLE articles ADD COLUMN search_words tsvector GENERATED ALWAYS AS ("
        f"{_vector('headline', 'A')} || {_vector('''coalesce(dek, '')''', 'B')} || "
        f"{_vector('left(body_text, 200000)', 'D')}) STORED"
    ),
    "CREATE INDEX search_index ON articles USING gin (search_words)",
    # LIKE 'AAPL:%' uses a plain index only where the server sorts by bytes.
    "CREATE INDEX IF NOT EXISTS search_ticker ON tickers (ticker text_pattern_ops)",
)
_WORDS: ColumnElement[str] = literal_column("articles.search_words")
_WEIGHTS = {"headline": "A", "dek": "B", "body": "D"}


def create(connection: Connection) -> None:
    """Add the column and its index, and one for symbols of tickers."""
    for statement in _CREATE:
        connection.exec_driver_sql(statement)


def remake(connection: Connection) -> None:
    """Make them anew, where they were made in another way."""
    connection.exec_driver_sql("ALTER TABLE articles DROP COLUMN IF EXISTS search_words")
    create(connection)


def hits(asked: Node) -> Select[int, float]:
    """Ranked by ts_rank_cd, headline over dek over body."""
    query = _query(asked)
    score: ColumnElement[float] = -func.ts_rank_cd(_WORDS, query, type_=Float)
    return select(ArticleRow.id, score.label("score")).where(_WORDS.bool_op("@@")(query))


def holds(asked: Node) -> ColumnElement[bool]:
    """Whether the column of an article matches."""
    return _WORDS.bool_op("@@")(_query(asked))


def _query(asked: Node) -> ColumnElement[str]:
    return func.to_tsquery("simple", expression(asked), type_=TSQUERY)


def expression(asked: Node) -> str:
    """A tree of words only, as to_tsquery takes it. Words hold letters and digits only.

    >>> expression(And((Phrase(("oil",), "oil"), Not(Phrase(("gas", "pri"), "gas pri*", True, "body")))))
    "('oil' & !('gas':D <-> 'pri':*D))"
    """
    match asked:
        case Phrase():
            return _phrase(asked)
        case Not(part):
            return f"!{expression(part)}"
        case And(parts):
            return f"({' & '.join(map(expression, parts))})"
        case Or(parts):
            return f"({' | '.join(map(expression, parts))})"
    raise TypeError(f"{asked} is not of words")


def _phrase(phrase: Phrase) -> str:
    if len(phrase.words) == 1 or phrase.field:
        return _within(phrase, _WEIGHTS[phrase.field] if phrase.field else "")
    # Headline, dek and body stand one behind the other in the column; a phrase must not go from one into the next.
    return f"({' | '.join(_within(phrase, weight) for weight in _WEIGHTS.values())})"


def _within(phrase: Phrase, weight: str) -> str:
    marks = [weight] * (len(phrase.words) - 1) + [f"{'*' if phrase.prefix else ''}{weight}"]
    words = [f"'{fold(word)}'{mark and f':{mark}'}" for word, mark in zip(phrase.words, marks, strict=True)]
    return words[0] if len(words) == 1 else f"({' <-> '.join(words)})"
