"""Full-text search against the articles."""

from __future__ import annotations

from sqlalchemy import Connection, Integer, column, inspect, select, table, text
from sqlalchemy.exc import DatabaseError

from newscrawl.storage import search
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.maintenance.check import Check, Found, rows
from newscrawl.storage.search import PREFIX, sqlite
from newscrawl.storage.tables import ArticleRow, table_of

_SQLITE = frozenset({"sqlite"})
_OURS = "FROM sqlite_master WHERE type IN ('table', 'trigger') AND name LIKE 'search!_%' ESCAPE '!'"
_ARTICLES = table_of(ArticleRow)
_INDEXED = table("search_words_docsize", column("id", Integer))
_CHECK = "INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)"


def _missing(connection: Connection) -> Found:
    if connection.dialect.name == "sqlite":
        there = _parts(connection)
        return Found.of(name for name, sql in _as_made().items() if there.get(name) != sql)
    return Found.of(name for name in _expected(connection) if name not in _there(connection))


def _as_made() -> dict[str, str]:
    """The tables and triggers that this newscrawl makes, with their SQL; nothing where SQLite has no FTS5."""
    engine = make_engine(parse_url("sqlite://"))
    with engine.begin() as scratch:
        _ARTICLES.create(scratch)
        search.create(scratch)
        made = _parts(scratch)
    engine.dispose()
    return made


def _parts(connection: Connection) -> dict[str, str]:
    return {row.name: row.sql for row in connection.execute(text(f"SELECT name, sql {_OURS}"))}


def _expected(connection: Connection) -> set[str]:
    return {"search_words", "search_index" if connection.dialect.name == "postgresql" else "search_headline"}


def _there(connection: Connection) -> set[str]:
    """Columns and indexes of full-text search; PostgreSQL and MariaDB keep them in step themselves."""
    found = inspect(connection)
    columns = {column["name"] for column in found.get_columns("articles")}
    names = columns | {str(index["name"]) for index in found.get_indexes("articles")}
    return {name for name in names if name.startswith(PREFIX)}


def _out_of_step(connection: Connection) -> Found:
    if not sqlite.created(connection):
        return Found()
    lacks = select(_ARTICLES.c.id.label("lacks article")).where(_ARTICLES.c.id.not_in(select(_INDEXED.c.id)))
    keeps = select(_INDEXED.c.id.label("keeps article")).where(_INDEXED.c.id.not_in(select(_ARTICLES.c.id)))
    return rows(connection, lacks, keeps)


def _other_words(connection: Connection) -> Found:
    """Whether every word of every article stands in the index, by FTS5's own check."""
    if sqlite.created(connection):
        try:
            connection.execute(text(_CHECK))
        except DatabaseError as error:
            return Found.of([f"FTS5: {error.orig}"])
    return Found()


def _make_anew(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        _drop_sqlite(connection)
    else:
        _drop(connection)
    search.create(connection)
    if connection.dialect.name == "sqlite" and sqlite.created(connection):
        _fill(connection)


def _drop_sqlite(connection: Connection) -> None:
    for name in connection.execute(text(f"SELECT name {_OURS} AND type = 'trigger'")).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))
    connection.execute(text("DROP TABLE IF EXISTS search_words"))


def _drop(connection: Connection) -> None:
    there = _there(connection)
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE articles DROP COLUMN IF EXISTS search_words"))
        return
    for name in there:
        connection.execute(text(f"DROP INDEX {name} ON articles"))


def _fill(connection: Connection) -> None:
    connection.execute(text("INSERT INTO search_words (search_words) VALUES ('rebuild')"))


CHECKS = (
    Check(
        name="search",
        holds="full-text search has all that it is made of",
        find=_missing,
        repair=_make_anew,
    ),
    Check(
        name="step",
        holds="full-text search has the articles that there are",
        find=_out_of_step,
        repair=_fill,
        databases=_SQLITE,
    ),
    Check(
        name="text",
        holds="full-text search has every word of them",
        find=_other_words,
        repair=_fill,
        locks=True,
        databases=_SQLITE,
    ),
)
