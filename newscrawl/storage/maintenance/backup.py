"""Copies of a SQLite file while it is written to, and giving back the room that deleted rows took."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from newscrawl.atomic_files import move_into_place, temporary_path
from newscrawl.errors import StorageError
from newscrawl.storage.driver_errors import refusals, shown
from newscrawl.storage.engine import OUTSIDE, file_of
from newscrawl.storage.maintenance.subset import Progress
from newscrawl.storage.search import sqlite
from newscrawl.storage.tables import Base

_PAGES = 2_000
"""Pages of 4 KiB that are copied in one step."""
_TOOLS = {
    "postgresql": "pg_dump --format=custom --file=news.dump {url}",
    "mariadb": "mariadb-dump --single-transaction --result-file=news.sql DATABASE",
}


def backup_name(file: Path) -> Path:
    """What a backup made now is called: news-20240305-064100.db beside news.db; UTC."""
    return file.with_name(f"{file.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}{file.suffix}")


def back_up(engine: Engine, target: Path | None, *, replace: bool, progress: Progress) -> Path:
    """Copy the database, as it is at one moment, into the file `target`, by default backup_name; its path.

    SQLite's own backup: others may write meanwhile. The file appears whole, looked over by SQLite, or not at all.
    `progress` is called with pages. Raises StorageError where it cannot be done: of a server's database, over a file
    that is there (unless `replace`), where the disk is full.
    """
    source = file_of(engine.url)
    if source is None:
        raise StorageError(_use(engine))
    target = target or backup_name(source)
    real = Path(os.path.realpath(target))
    _check_target(target, real, source, replace=replace)
    try:
        with temporary_path(real.parent, f"{source.name}.backup") as part:
            with refusals(engine.url):
                _copy(engine, part, progress)
            _look_over(part)
            move_into_place(part, real)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"{target}: {error}") from error
    return target


def _check_target(target: Path, real: Path, source: Path, *, replace: bool) -> None:
    """Raises StorageError where a backup has no place, or would take that of something else."""
    if not real.parent.is_dir():
        raise StorageError(f"{target}: there is no folder {real.parent}; make it, or name another file")
    if real.exists() and not real.is_file():
        raise StorageError(f"{target}: is no file; name one")
    if real.exists() and (not replace or real.samefile(source)):
        raise StorageError(f"{target}: is there already; --force takes its place, or name another file")
    for beside in ("-wal", "-journal"):
        if real.with_name(real.name + beside).exists():
            raise StorageError(
                f"{target}: is in use, or was when its program died: {real.name}{beside} stands beside it"
            )


def _copy(engine: Engine, part: Path, progress: Progress) -> None:
    with engine.connect().execution_options(**OUTSIDE) as connection, closing(sqlite3.connect(part)) as copy:
        own = connection.connection.driver_connection
        assert isinstance(own, sqlite3.Connection)  # noqa: S101 - it is a SQLite engine
        # Under a transaction that reads, the copy is of one moment: without one, a writer would have it begin again.
        own.execute("BEGIN")
        try:
            own.execute("SELECT count(*) FROM sqlite_master").fetchone()
            own.backup(copy, pages=_PAGES, progress=lambda _, left, all_: progress(all_ - left, all_))
        finally:
            own.execute("ROLLBACK")


def _look_over(file: Path) -> None:
    """Raises StorageError for a file that SQLite finds unsound; leaves one that needs no other beside it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise StorageError(f"the copy is not sound ({found}), and neither is the database: run `scrapy db check`")


def _use(engine: Engine) -> str:
    tool = _TOOLS[engine.dialect.name].format(url=engine.url.set(drivername="postgresql").render_as_string())
    return f"{shown(engine.url)}: is on a server, whose own tool makes backups: {tool}"


def make_compact(engine: Engine) -> tuple[int, int]:
    """Give back what deleted rows took, and bring statistics and full-text indexes up; bytes before and after.

    Nobody else may write meanwhile. Raises StorageError where the disk has no room for a second copy.
    """
    with refusals(engine.url), _alone(engine) as run:
        if engine.dialect.name != "sqlite":
            before = _server_bytes(engine)
            run(*_on_server(engine))
            return before, _server_bytes(engine)
        file = file_of(engine.url)
        before = _bytes(file)
        _check_room(file, before)
        run(*_in_file(engine))
        return before, _bytes(file)


def _in_file(engine: Engine) -> Iterator[str]:
    with engine.connect() as connection:
        has_index = sqlite.created(connection)
    if has_index:
        yield "INSERT INTO search_words (search_words) VALUES ('optimize')"
    yield from ("VACUUM", "PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)")


def _on_server(engine: Engine) -> Iterator[str]:
    tables = list(Base.metadata.tables)
    if engine.dialect.name == "postgresql":
        yield f"VACUUM (ANALYZE) {', '.join(tables)}"
    else:
        yield f"OPTIMIZE TABLE {', '.join(tables)}"


@contextmanager
def _alone(engine: Engine) -> Iterator[Callable[..., None]]:
    """Statements outside of any transaction."""
    options = OUTSIDE if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
    with engine.connect().execution_options(**options) as connection:

        def run(*statements: str) -> None:
            for statement in statements:
                connection.exec_driver_sql(statement).close()

        yield run


def _check_room(file: Path | None, size: int) -> None:
    """VACUUM writes a second copy, and through the WAL a third."""
    if file and (free := shutil.disk_usage(file.resolve().parent).free) < 2 * size:
        room = f"has {free:,} bytes free, and up to {2 * size:,} are needed"
        raise StorageError(f"{file}: its disk {room}; make room, run again")


def _bytes(file: Path | None) -> int:
    """Of a SQLite file with its WAL."""
    parts = (Path(f"{file}{end}") for end in ("", "-wal")) if file else ()
    return sum(part.stat().st_size for part in parts if part.exists())


def _server_bytes(engine: Engine) -> int:
    """Of all tables of the database, with their indexes."""
    if engine.dialect.name == "postgresql":
        asked = "SELECT pg_database_size(current_database())"
    else:
        asked = (
            "SELECT coalesce(sum(data_length + index_length), 0) FROM information_schema.tables "
            "WHERE table_schema = database()"
        )
    with engine.connect() as connection:
        return int(connection.execute(text(asked)).scalar_one())
