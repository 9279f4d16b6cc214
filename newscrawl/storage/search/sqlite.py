"""Full-text search of SQLite: FTS5 over `articles`, which it reads instead of holding a copy.

Triggers on INSERT, UPDATE and DELETE keep it up to date. REPLACE would bypass them and corrupt the index.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, Integer, Select, String, column, literal_column, select, table, text

from newscrawl.storage.search.parser import And, Node, Or, Phrase, split_negated
from newscrawl.storage.tables import ArticleRow

_OLD = "INSERT INTO search_words (search_words, rowid, headline, dek, body_text) VALUES ('delete', old.id, old.headline, old.dek, old.body_text)"  # noqa: E501
_NEW = (
    "INSERT INTO search_words (rowid, headline, dek, body_text) VALUES (new.id, new.headline, new.dek, new.body_text)"
)
_CREATE = (
    (
        "CREATE VIRTUAL TABLE search_words USING fts5(headline, dek, body_text, content='articles', "
        "content_rowid='id', tokenize='unicode61 remove_diacritics 2')"
    ),
    f"CREATE TRIGGER search_insert AFTER INSERT ON articles BEGIN {_NEW}; END",
    f"CREATE TRIGGER search_delete AFTER DELETE ON articles BEGIN {_OLD}; END",
    (
        "CREATE TRIGGER search_update AFTER UPDATE OF headline, dek, body_text ON articles WHEN old.headline IS NOT "
        "new.headline OR old.dek IS NOT new.dek OR old.body_text IS NOT new.body_text "
        f"BEGIN {_OLD}; {_NEW}; END"
    ),
)
_COLUMNS = {"headline": "headline", "dek": "dek", "body": "body_text"}
_WORDS = table("search_words", column("search_words", String))
# The plus keeps SQLite from searching the index again for each article that meets other conditions.
_ROWID: ColumnElement[int] = literal_column("+search_words.rowid", Integer).label("id")
_SCORE: ColumnElement[float] = literal_column("bm25(search_words, 10.0, 4.0, 1.0)").label("score")


def create(connection: Connection) -> None:
    """Create the index, unless this SQLite was built without FTS5: then `like` searches."""
    if is_available(connection):
        for statement in _CREATE:
            connection.exec_driver_sql(statement)


def is_available(connection: Connection) -> bool:
    return bool(connection.execute(text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")).scalar())


def is_created(connection: Connection) -> bool:
    counted = text("SELECT count(*) FROM sqlite_master WHERE name = 'search_words'")
    return bool(connection.execute(counted).scalar())


@contextmanager
def without_triggers(connection: Connection) -> Iterator[None]:
    """Change damaged texts without the trigger: it would remove the damaged words, which the index does not have."""
    if connection.dialect.name != "sqlite" or not is_created(connection):
        yield
        return
    connection.exec_driver_sql("DROP TRIGGER IF EXISTS search_update")
    yield
    connection.exec_driver_sql(_CREATE[-1])


def hits(node: Node) -> Select[int, float]:
    """Ranked by BM25; a word of the headline weighs ten times, one of the dek four times as much as one of the body."""
    return select(_ROWID, _SCORE).select_from(_WORDS).where(_matches(node))


def holds(node: Node) -> ColumnElement[bool]:
    return ArticleRow.id.in_(select(_ROWID).select_from(_WORDS).where(_matches(node)))


def _matches(node: Node) -> ColumnElement[bool]:
    return _WORDS.c.search_words.op("MATCH", is_comparison=True)(expression(node))


def expression(node: Node) -> str:
    """A tree of words only, in the syntax of FTS5.

    >>> expression(Or((Phrase(("oil",), "oil"), Phrase(("gas", "pri"), "gas pri*", True, "body"))))
    '("oil" OR body_text : "gas pri"*)'
    """
    match node:
        case Phrase():
            column = f"{_COLUMNS[node.field]} : " if node.field else ""
            return f'{column}"{" ".join(node.words)}"{"*" if node.prefix else ""}'
        case Or(parts):
            return f"({' OR '.join(map(expression, parts))})"
        case And():
            required, excluded = split_negated(node)
            matches = " AND ".join(map(expression, required))
            return f"({matches} NOT {expression(Or(tuple(excluded)))})" if excluded else f"({matches})"
    raise TypeError(f"{node} holds more than words")
