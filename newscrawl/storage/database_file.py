"""Whether an open SQLite database is still the one at its path: SQLite goes on writing to a file that is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from newscrawl.errors import LostDatabaseError

_Identity = tuple[int, int]
_WAL = "newscrawl_wal"
_OPTION = "newscrawl_file"
_LOST = "what was stored since may be lost; put the file back, or run again"


class DatabaseFile:
    """The file of a database, as it was when the engine first connected."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()  # the working directory may change; a link may be turned
        self._identity: _Identity | None = None
        self.is_watched = True

    def check(self, *_: Any) -> None:
        """Raise LostDatabaseError if the file is not the one that was opened."""
        now = _identify(self._path)
        if self.is_watched and self._identity not in (None, now):
            what = "was deleted or moved" if now is None else "was replaced, or its link leads elsewhere,"
            raise LostDatabaseError(f"{self._path}: the database {what} while it was open; {_LOST}")

    def check_log(self, connection: Connection) -> None:
        """Raise LostDatabaseError if the write-ahead log is not the one that the connection has opened."""
        log = Path(f"{self._path.resolve()}-wal")
        now = _identify(log)
        if connection.info.setdefault(_WAL, now) not in (None, now):
            raise LostDatabaseError(f"{log}: the log of the database was deleted, moved or replaced; {_LOST}")

    def remember(self, *_: Any) -> None:
        """Remember which file the first connection has opened; every later one must open the same."""
        if self._identity is None:
            self._identity = _identify(self._path)


def watch_file(engine: Engine, path: Path) -> None:
    """Notice when the file of an engine is deleted, moved or replaced."""
    file = DatabaseFile(path)
    event.listen(engine, "do_connect", file.check)
    event.listen(engine, "connect", file.remember)
    engine.update_execution_options(**{_OPTION: file})


def unwatch_file(engine: Engine) -> None:
    """Let readers open whatever is at the path: a reader loses nothing."""
    if file := engine.get_execution_options().get(_OPTION):
        file.is_watched = False


def check_file(connection: Connection) -> None:
    """Raise LostDatabaseError if what the connection's transaction has written would be lost."""
    file: DatabaseFile | None = connection.get_execution_options().get(_OPTION)
    if file:
        file.check()
        file.check_log(connection)


def _identify(path: Path) -> _Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
