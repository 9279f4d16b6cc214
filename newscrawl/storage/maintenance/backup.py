"""Copies of a SQLite file while other processes write to it, and freeing the space of deleted rows."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from newscrawl.atomic_files import move_into_place, temporary_path
from newscrawl.errors import StorageError
from newscrawl.storage.database import Database
from newscrawl.storage.driver_errors import display_url, translate_errors
from newscrawl.storage.engine import NO_TRANSACTION, find_file
from newscrawl.storage.search import sqlite
from newscrawl.storage.tables import Base

CopyProgress = Callable[[int, int], None]
"""Called with how much is copied, and the total."""
_PAGES = 2_000  # pages of 4 KiB that are copied in one step
_TOOLS = {
    "postgresql": "pg_dump --format=custom --file=news.dump {url}",
    "mariadb": "mariadb-dump --single-transaction --result-file=news.sql DATABASE",
}


class BackupStore(Database):
    """The part of Store that copies and compacts the database."""

    def is_file(self, path: Path) -> bool:
        """Whether this file is the database itself."""
        own = find_file(self._engine.url)
        return own is not None and path.exists() and path.samefile(own)

    def back_up(
        self, target: Path | None = None, *, replace: bool = False, progress: CopyProgress = lambda done, total: None
    ) -> Path:
        """Copy a SQLite database, as it is at one moment, into a file, and return its path; others may write meanwhile.

        The default file is beside the database: news-20240305-064100.db for news.db, in UTC. It appears complete and
        checked by SQLite, or not at all. `progress` is called with pages. Raises StorageError for a database on a
        server, a file that exists (unless `replace`), or a full disk.
        """
        engine, source = self._engine, find_file(self._engine.url)
        if source is None:
            tool = _TOOLS[engine.dialect.name].format(url=engine.url.set(drivername="postgresql").render_as_string())
            raise StorageError(f"{display_url(engine.url)}: is on a server; make a backup with its own tool: {tool}")
        target = target or source.with_name(f"{source.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}{source.suffix}")
        _check_target(target, source, replace=replace)
        try:
            with temporary_path(target.parent, f"{source.name}.backup") as part:
                with translate_errors(engine.url):
                    _copy(engine, part, progress)
                _check_copy(part)
                move_into_place(part, target)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"{target}: {error}") from error
        return target

    def make_compact(self) -> tuple[int, int]:
        """Free the space of deleted rows and optimize indexes; returns the size in bytes before and after.

        No other process may write meanwhile. Raises StorageError if the disk has no space for a second copy.
        """
        engine, file = self._engine, find_file(self._engine.url)
        options = NO_TRANSACTION if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        with translate_errors(engine.url), engine.connect().execution_options(**options) as connection:
            before = _measure(engine, file)
            # VACUUM writes a second copy, and through the WAL a third.
            if file and (free := shutil.disk_usage(file.resolve().parent).free) < 2 * before:
                space = f"has {free:,} bytes free, and up to {2 * before:,} are needed"
                raise StorageError(f"{file}: its disk {space}; free some space, then run again")
            for statement in list(_statements(engine)):
                connection.exec_driver_sql(statement).close()
            return before, _measure(engine, file)


def _check_target(target: Path, source: Path, *, replace: bool) -> None:
    if not target.parent.is_dir():
        raise StorageError(f"{target}: there is no folder {target.absolute().parent}; create it, or name another file")
    if target.exists() and not target.is_file():
        raise StorageError(f"{target}: is no file; name one")
    if target.exists() and (not replace or target.samefile(source)):
        raise StorageError(f"{target}: is there already; use --force to replace it, or name another file")
    for suffix in ("-wal", "-journal"):
        # SQLite would apply it to the backup.
        if target.with_name(target.name + suffix).exists():
            raise StorageError(f"{target}: is in use, or its last program was killed: {target.name}{suffix} exists")


def _copy(engine: Engine, part: Path, progress: CopyProgress) -> None:
    with engine.connect().execution_options(**NO_TRANSACTION) as connection, closing(sqlite3.connect(part)) as copy:
        own = connection.connection.driver_connection
        assert isinstance(own, sqlite3.Connection)  # noqa: S101 - it is a SQLite engine
        # In a read transaction, the copy is of one moment: otherwise every write would restart it.
        own.execute("BEGIN")
        try:
            own.execute("SELECT count(*) FROM sqlite_master").fetchone()
            own.backup(copy, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total))
        finally:
            own.execute("ROLLBACK")


def _check_copy(file: Path) -> None:
    """Raise StorageError if SQLite finds damage; leave a file that needs no other beside it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        result = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if result != "ok":
        raise StorageError(f"the copy is not sound ({result}), and neither is the database: run `scrapy db check`")


def _statements(engine: Engine) -> Iterator[str]:
    tables = ", ".join(Base.metadata.tables)
    if engine.dialect.name == "postgresql":
        yield f"VACUUM (ANALYZE) {tables}"
    elif engine.dialect.name == "mariadb":
        yield f"OPTIMIZE TABLE {tables}"
    else:
        with engine.connect() as connection:
            has_index = sqlite.is_created(connection)
        if has_index:
            yield "INSERT INTO search_words (search_words) VALUES ('optimize')"
        yield from ("VACUUM", "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)")


def _measure(engine: Engine, file: Path | None) -> int:
    """Bytes of a SQLite file with its WAL, or of all tables of a server's database with their indexes."""
    if engine.dialect.name == "sqlite":
        parts = (Path(f"{file}{suffix}") for suffix in ("", "-wal")) if file else ()
        return sum(part.stat().st_size for part in parts if part.exists())
    if engine.dialect.name == "postgresql":
        query = "SELECT pg_database_size(current_database())"
    else:
        query = (
            "SELECT coalesce(sum(data_length + index_length), 0) FROM information_schema.tables "
            "WHERE table_schema = database()"
        )
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())
