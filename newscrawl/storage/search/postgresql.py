"""Full-text search of PostgreSQL: a generated tsvector column with a GIN index.

The "simple" configuration takes words as they are, in any language. Before that, accents are removed and punctuation
becomes blanks, as in FTS5: PostgreSQL's parser would make one word of "state-of-the-art", of "2.5" and of an address.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Float, Select, func, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY

from newscrawl.storage.search.parser import And, Node, Not, Or, Phrase, fold
from newscrawl.storage.tables import ArticleRow

# Everything that is no letter and no digit, as code points: the meaning of a class such as [:alnum:] depends on the
# server's locale.
_PUNCTUATION = (
    r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    r"\u02c2-\u02df\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff\u3000-\u3004\u3008-\u3020\ufe30-\ufe6f]+"
)


def _vector(column: str, weight: str) -> str:
    plain = f"regexp_replace(normalize({column}, NFD), '[\\u0300-\\u036f]+', '', 'g')"
    return f"setweight(to_tsvector('simple', regexp_replace({plain}, '{_PUNCTUATION}', ' ', 'g')), '{weight}')"


_CREATE = (
    # A tsvector holds at most 1 MiB, and PostgreSQL rejects a longer one: 200,000 characters always fit.
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
    """Create the column and its index, and an index for symbols of tickers."""
    for statement in _CREATE:
        connection.exec_driver_sql(statement)


def hits(node: Node) -> Select[int, float]:
    """Ranked by ts_rank_cd: headline over dek over body."""
    query = _query(node)
    score: ColumnElement[float] = -func.ts_rank_cd(_WORDS, query, type_=Float)
    return select(ArticleRow.id, score.label("score")).where(_WORDS.bool_op("@@")(query))


def holds(node: Node) -> ColumnElement[bool]:
    return _WORDS.bool_op("@@")(_query(node))


def _query(node: Node) -> ColumnElement[str]:
    return func.to_tsquery("simple", expression(node), type_=TSQUERY)


def expression(node: Node) -> str:
    """A tree of words only, in the syntax of to_tsquery. Words hold letters and digits only.

    >>> expression(And((Phrase(("oil",), "oil"), Not(Phrase(("gas", "pri"), "gas pri*", True, "body")))))
    "('oil' & !('gas':D <-> 'pri':*D))"
    """
    match node:
        case Phrase():
            if len(node.words) == 1 or node.field:
                return _within(node, _WEIGHTS[node.field] if node.field else "")
            # Headline, dek and body follow each other in the column; a phrase must not match across the end of one.
            return f"({' | '.join(_within(node, weight) for weight in _WEIGHTS.values())})"
        case Not(part):
            return f"!{expression(part)}"
        case And(parts):
            return f"({' & '.join(map(expression, parts))})"
        case Or(parts):
            return f"({' | '.join(map(expression, parts))})"
    raise TypeError(f"{node} holds more than words")


def _within(phrase: Phrase, weight: str) -> str:
    labels = [weight] * (len(phrase.words) - 1) + [f"{'*' if phrase.prefix else ''}{weight}"]
    words = [f"'{fold(word)}'{label and f':{label}'}" for word, label in zip(phrase.words, labels, strict=True)]
    return words[0] if len(words) == 1 else f"({' <-> '.join(words)})"
