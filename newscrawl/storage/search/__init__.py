"""Full-text search: a query language (parser), one small interface (FullText), and one module for each database."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Select

from newscrawl.storage.search import like, sqlite
from newscrawl.storage.search.parser import Node

__all__ = ["PREFIX", "FullText", "create", "full_text"]

PREFIX = "search_"
"""The names of full-text tables, columns and indexes begin with it; the models do not declare them."""


class FullText(Protocol):
    """What the module of a database provides. Every node consists of words only (parser.is_text)."""

    def hits(self, node: Node) -> Select[int, float]:
        """Select (article id, score) of the articles that match, in any case; a lower score is better."""

    def holds(self, node: Node) -> ColumnElement[bool]:
        """The same as a condition on `articles`."""


def create(connection: Connection) -> None:
    """Create the index over headline, dek and body_text of `articles`. The database keeps it up to date."""
    if connection.dialect.name == "sqlite":
        sqlite.create(connection)
    elif connection.dialect.name == "postgresql":
        from newscrawl.storage.search import postgresql  # noqa: PLC0415 - see full_text

        postgresql.create(connection)
    else:
        from newscrawl.storage.search import mariadb  # noqa: PLC0415 - see full_text

        mariadb.create(connection)


def full_text(connection: Connection) -> FullText:
    """The full-text search that this database has."""
    if connection.dialect.name == "sqlite":
        return sqlite if sqlite.is_created(connection) else like
    # Each imports SQLAlchemy's dialect of its database: 0.02 to 0.03 s CPU at every start.
    if connection.dialect.name == "postgresql":
        from newscrawl.storage.search import postgresql  # noqa: PLC0415

        return postgresql
    from newscrawl.storage.search import mariadb  # noqa: PLC0415

    return mariadb
