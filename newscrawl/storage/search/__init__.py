"""Full-text search: a language (words), one small interface (FullText), one module a database."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Select

from newscrawl.storage.search import like, mariadb, postgresql, sqlite
from newscrawl.storage.search.parser import Node

__all__ = ["PREFIX", "FullText", "create", "full_text"]

PREFIX = "search_"
"""What the names of full-text tables, columns and indexes begin with; the models do not know them."""


class FullText(Protocol):
    """What a database's module gives. What is asked of it is of words only (words.is_text)."""

    def create(self, connection: Connection) -> None:
        """Make the index over headline, dek and body_text; it keeps itself in step from then on."""

    def hits(self, asked: Node) -> Select[int, float]:
        """(article id, score) of the articles in which it holds, in any case; a lower score is better."""

    def holds(self, asked: Node) -> ColumnElement[bool]:
        """The same as a condition on `articles`."""


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
