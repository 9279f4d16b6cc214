"""Full-text search of SQLite: FTS5 over `articles`, which it reads instead of holding a copy.

Triggers keep it in step. They stand on INSERT, UPDATE and DELETE: REPLACE would slip past them and corrupt the index.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Integer, Select, String, column, literal_column, select, table, text

from newscrawl.storage.search.parser import And, Node, Or, Phrase, parted
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
# The plus keeps SQLite from asking the index anew for each article that meets other conditions.
_ROWID: ColumnElement[int] = literal_column("+search_words.rowid", Integer).label("id")
_SCORE: ColumnElement[float] = literal_column("bm25(search_words, 10.0, 4.0, 1.0)").label("score")


def create(connection: Connection) -> None:
    """Make the index, unless this SQLite was built without FTS5: then `like` searches."""
    if available(connection):
        for statement in _CREATE:
            connection.exec_driver_sql(statement)


def available(connection: Connection) -> bool:
    """Whether this SQLite has FTS5."""
    return bool(connection.execute(text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")).scalar())


def created(connection: Connection) -> bool:
    """Whether the database has the index."""
    found = text("SELECT count(*) FROM sqlite_master WHERE name = 'search_words'")
    return bool(connection.execute(found).scalar())


def hits(asked: Node) -> Select[int, float]:
    """Ranked by BM25; a word of the headline weighs ten, of the dek four times one of the body."""
    return select(_ROWID, _SCORE).select_from(_WORDS).where(_matches(asked))


def holds(asked: Node) -> ColumnElement[bool]:
    """Whether an article is among those that FTS5 finds."""
    return ArticleRow.id.in_(select(_ROWID).select_from(_WORDS).where(_matches(asked)))


def _matches(asked: Node) -> ColumnElement[bool]:
    return _WORDS.c.search_words.op("MATCH", is_comparison=True)(expression(asked))


def expression(asked: Node) -> str:
    """A tree of words only, as FTS5 takes it.

    >>> expression(Or((Phrase(("oil",), "oil"), Phrase(("gas", "pri"), "gas pri*", True, "body"))))
    '("oil" OR body_text : "gas pri"*)'
    """
    match asked:
        case Phrase():
            column = f"{_COLUMNS[asked.field]} : " if asked.field else ""
            return f'{column}"{" ".join(asked.words)}"{"*" if asked.prefix else ""}'
        case Or(parts):
            return f"({' OR '.join(map(expression, parts))})"
        case And():
            there, not_there = parted(asked)
            found = " AND ".join(map(expression, there))
            return f"({found} NOT {expression(Or(tuple(not_there)))})" if not_there else f"({found})"
    raise TypeError(f"{asked} is not of words")
