"""Full-text search of MariaDB: a FULLTEXT index, asked in boolean mode.

InnoDB indexes no word of one or two letters, finds phrases that begin in one column and end in the next, and can ask
alone only for a column with an index of its own. What it finds is looked at again in the text, where that matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Float,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.mysql import match as matching

from newscrawl.storage.search.conditions import combined
from newscrawl.storage.search.parser import And, Field, Node, Or, Phrase, fold, wanted
from newscrawl.storage.tables import ArticleRow, table_of

_HEADLINE, _DEK, _BODY = (table_of(ArticleRow).c[name] for name in ("headline", "dek", "body_text"))
_COLUMNS = {"headline": _HEADLINE, "dek": func.coalesce(_DEK, ""), "body": _BODY}
_INDEXED = range(3, 85)
"""Letters of the words that InnoDB indexes (innodb_ft_min_token_size, innodb_ft_max_token_size)."""
_LATIN = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))


def create(connection: Connection) -> None:
    """Make the index, of all words: InnoDB would leave out "about" and "will"."""
    connection.exec_driver_sql("SET SESSION innodb_ft_enable_stopword = OFF")
    connection.exec_driver_sql("CREATE FULLTEXT INDEX search_words ON articles (headline, dek, body_text)")
    connection.exec_driver_sql("CREATE FULLTEXT INDEX search_headline ON articles (headline)")


def hits(asked: Node) -> Select[int, float]:
    """Ranked as InnoDB ranks the words that it has indexed, where the headline weighs ten times more."""
    ranked = list(dict.fromkeys(term for phrase in wanted(asked) for term in _terms(phrase)))
    if not ranked:
        return select(ArticleRow.id, literal(0.0).label("score")).where(holds(asked))
    score = -type_coerce(_match(ranked, None), Float) - 10 * type_coerce(_match(ranked, "headline"), Float)
    return select(ArticleRow.id, score.label("score")).where(holds(asked))


def holds(asked: Node) -> ColumnElement[bool]:
    """What the index can be asked, in one question; and what must be looked for in the text."""
    return combined(asked, _known)


def _known(part: Node) -> ColumnElement[bool] | None:
    match part:
        case Phrase():
            return _all_of([part])
        case And(parts):
            phrases = [each for each in parts if isinstance(each, Phrase)]
            return and_(_all_of(phrases), *(combined(each, _known) for each in parts if each not in phrases))
        case Or(parts):
            return _any_of(parts)
    return None


def _all_of(phrases: Sequence[Phrase]) -> ColumnElement[bool]:
    """One question of each index, and a look into the text for what it does not answer."""
    terms: defaultdict[Field | None, list[str]] = defaultdict(list)
    for phrase in phrases:
        terms[_index(phrase)] += (f"+{term}" for term in _terms(phrase))
    asked = (_match(found, field) for field, found in terms.items() if found)
    return and_(true(), *asked, *(_in_text(phrase) for phrase in phrases if not _is_answered(phrase)))


def _any_of(parts: Sequence[Node]) -> ColumnElement[bool] | None:
    """One question, where one index answers all of it."""
    phrases = [part for part in parts if isinstance(part, Phrase) and _is_answered(part)]
    if len(phrases) < len(parts) or len({_index(phrase) for phrase in phrases}) > 1:
        return None
    return _match([term for phrase in phrases for term in _terms(phrase)], _index(phrases[0]))


def _index(phrase: Phrase) -> Field | None:
    return "headline" if phrase.field == "headline" else None


def _terms(phrase: Phrase) -> list[str]:
    """Its words, as far as the index has them, in the form of boolean mode."""
    stars = [""] * (len(phrase.words) - 1) + ["*" if phrase.prefix else ""]
    return [f"{word}{star}" for word, star in zip(phrase.words, stars, strict=True) if len(word) in _INDEXED]


def _is_answered(phrase: Phrase) -> bool:
    """Whether an index tells all: of one word that it has, anywhere or in the headline."""
    return len(phrase.words) == 1 and phrase.field in (None, "headline") and bool(_terms(phrase))


def _match(terms: Iterable[str], field: Field | None) -> ColumnElement[bool]:
    columns = [_HEADLINE] if field else [_HEADLINE, _DEK, _BODY]
    return type_coerce(matching(*columns, against=" ".join(terms), in_boolean_mode=True), Boolean)


def _in_text(phrase: Phrase) -> ColumnElement[bool]:
    words = r"[^\pL\pN]+".join("".join(map(_letter, fold(word))) for word in phrase.words)
    form = rf"(?<![\pL\pN]){words}" + ("" if phrase.prefix else r"(?![\pL\pN])")
    places = [_COLUMNS[phrase.field]] if phrase.field else _COLUMNS.values()
    return or_(*(place.regexp_match(form) for place in places))


def _letter(letter: str) -> str:
    """The letter with any accent or none; a regular expression takes no heed of a collation's accents."""
    accented = _accented().get(letter)
    return f"[{letter}{accented}]" if accented else letter


@cache
def _accented() -> dict[str, str]:
    """Latin letters with accents, by the letter without."""
    found: defaultdict[str, str] = defaultdict(str)
    for letter in map(chr, _LATIN):
        if letter.islower() and fold(letter) != letter:
            found[fold(letter)] += letter
    return found
