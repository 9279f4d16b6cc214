"""An open database and its transactions: the base class of every part of Store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import local
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine

from newscrawl.errors import StorageError
from newscrawl.storage import schema
from newscrawl.storage.driver_errors import translate_errors
from newscrawl.storage.engine import make_engine, make_read_only, parse_url, read_clock
from newscrawl.storage.keys import FindRules, general_rules, set_url_rules
from newscrawl.storage.transactions import (
    read_transaction,
    require_exclusive,
    settled_transaction,
    write_concurrently,
    write_transaction,
)

_T = TypeVar("_T")


class Database:
    """An open database.

    Subclasses add the queries of one subject, each beside its SQL, and Store inherits from all of them. Every public
    method is one transaction, opened with `_reading`, `_writing` or `_write_concurrently`, unless `write_together`
    calls it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._shared = local()

    @classmethod
    def open(
        cls, url: str, *, create: bool = True, read_only: bool = False, find_rules: FindRules = general_rules
    ) -> Self:
        """Open the database of a URL: `sqlite:///news.db`, `postgresql://HOST/NAME` or `mariadb://HOST/NAME`.

        `find_rules` returns the rules of a URL's publisher, which decide what is one page and one article: a database
        must always be opened with the same ones (newscrawl.operations.archive opens it with those of all publishers).

        Creates the tables in an empty database, unless `create` is false. SQLite rejects every write to a `read_only`
        database. Raises SchemaVersionError for a database of another schema version, StorageError for one that cannot
        be opened, belongs to another program, or does not exist and may not be created.
        """
        engine = make_engine(parse_url(url))
        with ExitStack() as on_failure:
            on_failure.callback(engine.dispose)
            schema.prepare(engine, create=create and not read_only)
            set_url_rules(engine, find_rules)
            if read_only:
                make_read_only(engine)
            on_failure.pop_all()
        return cls(engine)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def now(self) -> datetime:
        """Return the present moment by the database's clock: those of several machines may differ."""
        with self._reading() as connection:
            return read_clock(connection)

    def write_together(self, calls: Sequence[Callable[[], _T]]) -> list[_T]:
        """Call methods of this database that write, in one transaction; return their results.

        Raises the StorageError of the first that fails, even where its method would do without what was rejected, and
        nothing is written: then call each alone.
        """

        def write(connection: Connection) -> list[_T]:
            self._shared.transaction = shared = _SharedTransaction(connection)
            try:
                results = [call() for call in calls]
            finally:
                del self._shared.transaction
            if shared.error:
                raise shared.error
            return results

        return write_concurrently(self._engine, write)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reading(self) -> AbstractContextManager[Connection]:
        return read_transaction(self._engine)

    def _reading_settled(self) -> AbstractContextManager[Connection]:
        """Open a transaction that reads while nobody writes; see newscrawl.storage.transactions.settled_transaction."""
        return settled_transaction(self._engine)

    def _writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction beside which nobody else writes."""
        shared = self._find_shared()
        return self._join(shared, is_exclusive=True) if shared else write_transaction(self._engine)

    def _write_concurrently(self, write: Callable[[Connection], _T]) -> _T:
        """Run a function in a transaction beside which others write; it runs again if it conflicts with them.

        It locks what it decides by (newscrawl.storage.engine.lock_rows), or unique keys reject what another inserts.
        """
        if (shared := self._find_shared()) is None:
            return write_concurrently(self._engine, write)
        with self._join(shared, is_exclusive=False) as connection:
            return write(connection)

    def _find_shared(self) -> _SharedTransaction | None:
        return getattr(self._shared, "transaction", None)

    @contextmanager
    def _join(self, shared: _SharedTransaction, *, is_exclusive: bool) -> Iterator[Connection]:
        try:
            with translate_errors(self._engine.url):
                if is_exclusive:
                    require_exclusive(shared.connection)
                yield shared.connection
        except StorageError as error:
            shared.error = shared.error or error
            raise


@dataclass(slots=True)
class _SharedTransaction:
    """A transaction of several calls, in the thread that makes them."""

    connection: Connection
    error: StorageError | None = None
