"""A connection to MariaDB that checks the size of statements: the server hangs up on one that is too large.

Imported only where PyMySQL is installed.
"""

from __future__ import annotations

from typing import Any

from pymysql.connections import Connection

from newscrawl.errors import RejectedRowError


class LimitedConnection(Connection):  # type: ignore[misc, type-arg, unused-ignore]  # there may be no types of it
    """A connection that reads the server's limit when it is opened."""

    _limit: int | None = None

    def query(self, sql: Any, unbuffered: bool = False) -> Any:
        """Send a statement. Raises RejectedRowError if the server does not take one of its size."""
        if self._limit:
            size = len(sql)
            if isinstance(sql, str) and size * 4 >= self._limit:
                size = len(sql.encode(errors="surrogateescape"))
            if size >= self._limit:
                raise RejectedRowError(
                    f"a row needs a statement of {size:,} bytes, and the server takes {self._limit:,}; raise its "
                    "max_allowed_packet, then `scrapy pages --retry --reason unstorable`"
                )
        return super().query(sql, unbuffered)

    def read_limit(self) -> None:
        with self.cursor() as cursor:
            cursor.execute("SELECT @@max_allowed_packet")
            (self._limit,) = cursor.fetchone()


def connect(_dialect: object, _record: object, arguments: Any, options: Any) -> LimitedConnection:
    """Open a connection in the place of SQLAlchemy."""
    connection = LimitedConnection(*arguments, **options)
    connection.read_limit()
    return connection
