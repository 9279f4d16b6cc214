"""Full-text search of MariaDB: a FULLTEXT index, queried in boolean mode.

InnoDB indexes no word of one or two letters, matches phrases across the end of a column, and can search one column
alone only if that column has an index of its own. What the index cannot decide is decided by a regular expression on
the text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import Boolean, ColumnElement, Connection, Float, Select, and_, func, literal, or_, select, type_coerce
from sqlalchemy.dialects.mysql import match as match_against

from newscrawl.storage.search.conditions import build_condition
from newscrawl.storage.search.parser import And, Field, Node, Or, Phrase, find_phrases, fold, unaccented_letters
from newscrawl.storage.tables import ArticleRow, table_of

_HEADLINE, _DEK, _BODY = (table_of(ArticleRow).c[name] for name in ("headline", "dek", "body_text"))
_COLUMNS = {"headline": _HEADLINE, "dek": func.coalesce(_DEK, ""), "body": _BODY}
_MAX_RANK = 1e6
_INDEXED_LENGTHS = range(3, 85)  # of the words that InnoDB indexes (innodb_ft_min_token_size, innodb_ft_max_token_size)


def create(connection: Connection) -> None:
    # With its stop words, InnoDB would leave out "about" and "will".
    connection.exec_driver_sql("SET SESSION innodb_ft_enable_stopword = OFF")
    connection.exec_driver_sql("CREATE FULLTEXT INDEX search_words ON articles (headline, dek, body_text)")
    connection.exec_driver_sql("CREATE FULLTEXT INDEX search_headline ON articles (headline)")


def hits(node: Node) -> Select[int, float]:
    """Ranked as InnoDB ranks the words that it has indexed; the headline weighs ten times as much."""
    ranked = list(dict.fromkeys(term for phrase in find_phrases(node) for term in _terms(phrase)))
    if not ranked:
        return select(ArticleRow.id, literal(0.0).label("score")).where(holds(node))
    score = -_rank(ranked, None) - 10 * _rank(ranked, "headline")
    return select(ArticleRow.id, score.label("score")).where(holds(node))


def _rank(terms: Sequence[str], field: Field | None) -> ColumnElement[float]:
    # Infinite while the table's statistics, which are up to ten seconds old, count no rows: an error in arithmetic.
    return func.least(type_coerce(_match_index(terms, field), Float), _MAX_RANK, type_=Float)


def holds(node: Node) -> ColumnElement[bool]:
    """The index decides what it can, in one MATCH; the text decides the rest."""
    return build_condition(node, _match_node)


def _match_node(node: Node) -> ColumnElement[bool] | None:
    match node:
        case Phrase():
            return _match_all([node])
        case And(parts):
            phrases = [each for each in parts if isinstance(each, Phrase)]
            rest = (build_condition(each, _match_node) for each in parts if each not in phrases)
            return and_(_match_all(phrases), *rest)
        case Or(parts):
            # One MATCH, if one index decides all parts.
            phrases = [part for part in parts if isinstance(part, Phrase) and _is_decided_by_index(part)]
            if len(phrases) == len(parts) and len({_index_of(phrase) for phrase in phrases}) == 1:
                return _match_index([term for phrase in phrases for term in _terms(phrase)], _index_of(phrases[0]))
    return None


def _match_all(phrases: Sequence[Phrase]) -> ColumnElement[bool]:
    """One MATCH for each index, and a regular expression for each phrase that it does not decide."""
    terms: defaultdict[Field | None, list[str]] = defaultdict(list)
    for phrase in phrases:
        terms[_index_of(phrase)] += (f"+{term}" for term in _terms(phrase))
    matches = (_match_index(words, field) for field, words in terms.items() if words)
    return and_(True, *matches, *(_match_text(phrase) for phrase in phrases if not _is_decided_by_index(phrase)))


def _index_of(phrase: Phrase) -> Field | None:
    return "headline" if phrase.field == "headline" else None


def _terms(phrase: Phrase) -> list[str]:
    """The words that the index has, in the syntax of boolean mode."""
    stars = [""] * (len(phrase.words) - 1) + ["*" if phrase.prefix else ""]
    return [f"{word}{star}" for word, star in zip(phrase.words, stars, strict=True) if len(word) in _INDEXED_LENGTHS]


def _is_decided_by_index(phrase: Phrase) -> bool:
    return len(phrase.words) == 1 and phrase.field in (None, "headline") and bool(_terms(phrase))


def _match_index(terms: Iterable[str], field: Field | None) -> ColumnElement[bool]:
    columns = [_HEADLINE] if field else [_HEADLINE, _DEK, _BODY]
    return type_coerce(match_against(*columns, against=" ".join(terms), in_boolean_mode=True), Boolean)


def _match_text(phrase: Phrase) -> ColumnElement[bool]:
    letters = _letter_patterns()
    words = r"[^\pL\pN]+".join("".join(letters.get(letter, letter) for letter in fold(word)) for word in phrase.words)
    pattern = rf"(?<![\pL\pN]){words}" + ("" if phrase.prefix else r"(?![\pL\pN])")
    columns = [_COLUMNS[phrase.field]] if phrase.field else _COLUMNS.values()
    return or_(*(column.regexp_match(pattern) for column in columns))


@cache
def _letter_patterns() -> dict[str, str]:
    """For each Latin letter that has forms with accents, a pattern for all of them."""
    # A regular expression does not ignore accents, as the collation does.
    accented: defaultdict[str, str] = defaultdict(str)
    for letter, plain in unaccented_letters().items():
        accented[plain] += letter
    return {letter: f"[{letter}{forms}]" for letter, forms in accented.items()}
