"""Checks of full-text search against the articles."""

from __future__ import annotations

from sqlalchemy import Connection, Integer, column, inspect, select, table, text
from sqlalchemy.exc import DatabaseError

from newscrawl.storage import search
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.maintenance.check import Check, CheckResult, count_rows
from newscrawl.storage.search import PREFIX, sqlite
from newscrawl.storage.tables import ArticleRow, table_of

_SQLITE = frozenset({"sqlite"})
_SQLITE_PARTS = "FROM sqlite_master WHERE type IN ('table', 'trigger') AND name LIKE 'search!_%' ESCAPE '!'"
_ARTICLES = table_of(ArticleRow)
_REMEDY = "damaged articles are left, and would be indexed as they are: restore them first"
_INDEXED = table("search_words_docsize", column("id", Integer))


def _find_missing_parts(connection: Connection) -> CheckResult:
    if connection.dialect.name == "sqlite":
        parts = _read_sqlite_parts(connection)
        return CheckResult.of(name for name, sql in _expected_sqlite_parts().items() if parts.get(name) != sql)
    names = {"search_words", "search_index" if connection.dialect.name == "postgresql" else "search_headline"}
    return CheckResult.of(sorted(names - _read_parts(connection)))


def _expected_sqlite_parts() -> dict[str, str]:
    """The tables and triggers of a new database, with their SQL; empty where SQLite has no FTS5."""
    engine = make_engine(parse_url("sqlite://"))
    with engine.begin() as connection:
        _ARTICLES.create(connection)
        search.create(connection)
        parts = _read_sqlite_parts(connection)
    engine.dispose()
    return parts


def _read_sqlite_parts(connection: Connection) -> dict[str, str]:
    return {row.name: row.sql for row in connection.execute(text(f"SELECT name, sql {_SQLITE_PARTS}"))}


def _read_parts(connection: Connection) -> set[str]:
    """The columns and indexes of full-text search, which PostgreSQL and MariaDB keep up to date themselves."""
    inspector = inspect(connection)
    columns = {column["name"] for column in inspector.get_columns("articles")}
    names = columns | {str(index["name"]) for index in inspector.get_indexes("articles")}
    return {name for name in names if name.startswith(PREFIX)}


def _compare_ids(connection: Connection) -> CheckResult:
    if not sqlite.is_created(connection):
        return CheckResult()
    lacks = select(_ARTICLES.c.id.label("lacks article")).where(_ARTICLES.c.id.not_in(select(_INDEXED.c.id)))
    keeps = select(_INDEXED.c.id.label("keeps article")).where(_INDEXED.c.id.not_in(select(_ARTICLES.c.id)))
    return count_rows(connection, lacks, keeps)


def _compare_words(connection: Connection) -> CheckResult:
    """Whether the index has every word of every article, by FTS5's own check."""
    if sqlite.is_created(connection):
        try:
            connection.execute(text("INSERT INTO search_words (search_words, rank) VALUES ('integrity-check', 1)"))
        except DatabaseError as error:
            return CheckResult.of([f"FTS5: {error.orig}"])
    return CheckResult()


def _recreate(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        for name in connection.execute(text(f"SELECT name {_SQLITE_PARTS} AND type = 'trigger'")).scalars().all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("DROP TABLE IF EXISTS search_words"))
    elif connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE articles DROP COLUMN IF EXISTS search_words"))
    else:
        for name in _read_parts(connection):
            connection.execute(text(f"DROP INDEX {name} ON articles"))
    search.create(connection)
    if connection.dialect.name == "sqlite" and sqlite.is_created(connection):
        _rebuild(connection)


def _rebuild(connection: Connection) -> None:
    connection.execute(text("INSERT INTO search_words (search_words) VALUES ('rebuild')"))


CHECKS = (
    Check(
        name="search",
        holds="no part of full-text search is missing",
        find=_find_missing_parts,
        repair=_recreate,
        remedy=_REMEDY,
        indexes_articles=True,
    ),
    Check(
        name="step",
        holds="full-text search has exactly the articles that exist",
        find=_compare_ids,
        repair=_rebuild,
        remedy=_REMEDY,
        indexes_articles=True,
        databases=_SQLITE,
    ),
    Check(
        name="text",
        holds="full-text search has every word of the articles",
        find=_compare_words,
        repair=_rebuild,
        remedy=_REMEDY,
        indexes_articles=True,
        locks=True,
        databases=_SQLITE,
    ),
)
