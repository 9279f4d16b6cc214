"""The store: the whole of storage, from above."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, insert, update

from newscrawl.article import Link
from newscrawl.storage import ledger, queries, schema
from newscrawl.storage.engine import make_engine, parse_url, reading, writing
from newscrawl.storage.ledger import PageResult, PageState, Run, Saved, State
from newscrawl.storage.queries import Hit, Query, StoredArticle
from newscrawl.storage.recording import record
from newscrawl.storage.tables import RunRow, table_of

_BATCH = 200
_UNFINISHED: tuple[State, ...] = ("discovered",)


class Store:
    """An open database. Its methods may be called from any thread; each is one transaction.

    All raise StorageError when the database refuses; then nothing of the call is stored. Times go in with any time
    zone and come out in UTC.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Self:
        """Open the database of an SQLAlchemy URL; `sqlite:///news.db`, `postgresql://…` or `mariadb://…`.

        An empty one gets its tables, unless `create` is false. Raises SchemaVersionError for a database of another
        version, StorageError where it cannot be opened, is not newscrawl's, or is not there to be read.
        """
        engine = make_engine(parse_url(url))
        with ExitStack() as on_failure:
            on_failure.callback(engine.dispose)
            schema.prepare(engine, create=create)
            on_failure.pop_all()
        return cls(engine)

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start_run(self, spider: str, arguments: Mapping[str, str]) -> int:
        """Write that a run begins now; its id."""
        begun = {"spider": spider, "arguments": dict(arguments), "started_at": datetime.now(UTC), "counts": {}}
        with self._writing() as connection:
            return int(connection.execute(insert(table_of(RunRow)).returning(RunRow.id), begun).scalar_one())

    def end_run(self, run_id: int, *, finish_reason: str, exit_code: int, counts: Mapping[str, int]) -> None:
        """Write that a run ends now, and how."""
        ended = {"ended_at": datetime.now(UTC), "finish_reason": finish_reason, "exit_code": exit_code}
        with self._writing() as connection:
            connection.execute(update(RunRow).where(RunRow.id == run_id).values(**ended, counts=dict(counts)))

    def discover(self, links: Iterable[Link], *, run_id: int, spider: str) -> None:
        """Put addresses into the ledger as "discovered"; those that it knows, in any spelling, keep their state."""
        with self._writing() as connection:
            ledger.discover(connection, links, run_id=run_id, spider=spider)

    def record(self, results: Sequence[PageResult], *, run_id: int) -> list[Saved]:
        """Store what became of pages, articles and ledger together or not at all; one Saved for each, in order.

        An article that shares a key (newscrawl.urls.article_keys) with a stored one is the same article; one that
        shares keys with two makes them one, under the lower number. The other number goes on to find it. Captures may
        come in any order of fetched_at. What of a capture is taken over stands at the top of
        newscrawl.storage.revisions. U+0000 and surrogates, which databases refuse, become U+FFFD.
        """
        with self._writing() as connection:
            return record(connection, results, run_id=run_id)

    def unfinished(
        self, spider: str, source: str | None = None, *, states: Collection[State] = _UNFINISHED
    ) -> list[str]:
        """Addresses that were found and not dealt with, as a killed run leaves them, oldest first."""
        with self._reading() as connection:
            return queries.unfinished(connection, spider, source, states)

    def search(self, query: Query) -> list[Hit]:
        """The articles of a query: the best matches first where words are asked for, else the newest."""
        with self._reading() as connection:
            return queries.find(connection, query)

    def article(self, asked: int | str) -> StoredArticle | None:
        """The article of a number or of any address that led to it; None where there is none."""
        with self._reading() as connection:
            found = queries.article_id(connection, asked)
            return queries.read(connection, [found])[0] if found else None

    def articles(self, query: Query) -> Iterator[StoredArticle]:
        """All of the articles of a query, in its order, read in batches."""
        ids = [hit.id for hit in self.search(query)]
        for start in range(0, len(ids), _BATCH):
            with self._reading() as connection:
                batch = queries.read(connection, ids[start : start + _BATCH])
            yield from batch

    def pages(
        self,
        *,
        urls: Collection[str] | None = None,
        state: State | None = None,
        reason: str | None = None,
        limit: int | None = 100,
    ) -> list[PageState]:
        """Rows of the ledger, the one last tried first."""
        with self._reading() as connection:
            return queries.pages(connection, urls, state, reason, limit)

    def runs(self, limit: int | None = 20) -> list[Run]:
        """Runs, newest first."""
        with self._reading() as connection:
            return queries.runs(connection, limit)

    def totals(self) -> dict[str, int]:
        """How many articles, revisions, authors, pages and runs there are."""
        with self._reading() as connection:
            return queries.totals(connection)

    def _reading(self) -> AbstractContextManager[Connection]:
        return reading(self._engine)

    def _writing(self) -> AbstractContextManager[Connection]:
        return writing(self._engine)


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring a database to this version's schema, or make it: versions before (None: new) and after.

    Raises StorageError where it cannot be opened or is not newscrawl's.
    """
    engine = make_engine(parse_url(url))
    try:
        return schema.upgrade(engine)
    finally:
        engine.dispose()
