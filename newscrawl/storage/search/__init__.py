"""Full-text search: one small interface (words.FullText), one module a database."""

from sqlalchemy import Connection

from newscrawl.storage.search import like, mariadb, postgresql, sqlite
from newscrawl.storage.search.words import FullText, Phrase, phrases

__all__ = ["PREFIX", "FullText", "Phrase", "create", "full_text", "phrases"]

PREFIX = "search_"
"""What the names of full-text tables, columns and indexes begin with; the models do not know them."""


def create(connection: Connection) -> None:
    """Make the index over headline, dek and body_text of `articles`; it keeps itself in step from then on."""
    if connection.dialect.name == "sqlite":
        sqlite.create(connection)
    else:
        full_text(connection).create(connection)


def full_text(connection: Connection) -> FullText:
    """The full-text search that this database has."""
    if connection.dialect.name == "sqlite":
        return sqlite if sqlite.created(connection) else like
    return postgresql if connection.dialect.name == "postgresql" else mariadb
