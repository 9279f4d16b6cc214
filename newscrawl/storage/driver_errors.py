"""What an error of a database driver means, and what to do about it, in one line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from newscrawl.errors import DamagedDatabaseError, RejectedRowError, StorageError

LOCK_WAIT = 30
"""Seconds that a writer waits for another one."""
_DAMAGED = "disk image is malformed"
_MEANINGS: tuple[tuple[str, str], ...] = (
    # SQLite
    (
        r"database (table )?is locked",
        "another process{holder} kept it locked for {wait} seconds; try again when it ends",
    ),
    (r"readonly database", "may only be read: its file or directory is write-protected for you"),
    (r"file is not a database", "the file is not a SQLite database; name another with NEWSCRAWL_DATABASE_URL"),
    (_DAMAGED, "the file is damaged; restore a copy, or try: sqlite3 OLD .recover | sqlite3 NEW"),
    (r"disk is full|no space left|\b1021\b|\b1114\b|could not extend file", "the disk is full; make room, run again"),
    (r"disk I/O error", "the disk reports an error; is it full? else look at the system's log"),
    (r"no such module: fts5", "was made with full-text search, and this Python's SQLite has none (FTS5)"),
    # PostgreSQL and MariaDB
    (r"password authentication failed|no password supplied|\b1045\b", "user name or password is wrong"),
    (r'database "[^"]*" does not exist|\b1049\b', "the server has no such database; create it (CREATE DATABASE)"),
    (r'role "[^"]*" does not exist', "the server has no such user"),
    (r"permission denied|\b1142\b|\b1044\b", "the user may not do that there; ask for the rights on this database"),
    (r"resolve host|name or service not known|getaddrinfo|name resolution", "no such host; check the name in the URL"),
    (r"connection refused|\b2003\b|\b2002\b", "no server answers there; is it running, and is the port right?"),
    (r"timed? ?out expired|connection timeout", "the server does not answer; check host and port"),
    (r"lock timeout|\b1205\b", "another process kept it locked for {wait} seconds; try again when it ends"),
    (r"too many (clients|connections)|connection slots", "the server has no connection free; try again later"),
    (r"server closed|\b2006\b|\b2013\b|terminating connection|lost connection", "the server hung up; try again"),
    (r"is not a MariaDB variant", "is MySQL; newscrawl needs MariaDB 10.6 or newer"),
    (r"string or blob too big", "a row is larger than SQLite takes (SQLITE_MAX_LENGTH)"),
    (
        r"\b(1153|1301|2020)\b",
        "a row is larger than the server takes; raise its max_allowed_packet, then retry what is unstorable",
    ),
    (r"\b(1118|1713)\b", "a row is larger than InnoDB takes; raise the server's innodb_log_file_size"),
)
_ROW_STATES = ("22", "23", "54")
"""Classes of SQLSTATE that are about a row: data exception, integrity violation, limit of the server exceeded."""
_ROW_ERRORS = (1118, 1153, 1292, 1301, 1366, 1411, 1690, 1713, 2020, 4025)
"""Errors of MariaDB about a row that its drivers take for errors of operation: too large, out of range, constraint."""
_CONFLICT_STATES = ("40001", "40P01", "23503", "23505")
"""Values of SQLSTATE that another transaction may be the reason for: serialization, deadlock, foreign or unique key."""
_CONFLICT_ERRORS = (1020, 1062, 1213, 1451, 1452)
"""The same of MariaDB."""
_UNENCODABLE = (OverflowError, RecursionError, UnicodeEncodeError)
"""What drivers and column types raise for a value before the database sees it."""
_PATTERNS = [(re.compile(pattern, re.I), meaning) for pattern, meaning in _MEANINGS]


@contextmanager
def translate_errors(url: URL) -> Iterator[None]:
    """Turn the errors of a driver into StorageError, with the driver's own error as its __cause__."""
    try:
        yield
    except (SQLAlchemyError, OverflowError, UnicodeEncodeError) as error:
        kind = StorageError
        if _is_about_row(error):
            kind = RejectedRowError
        elif _DAMAGED in str(error):
            kind = DamagedDatabaseError
        raise kind(f"{display_url(url)}: {_meaning(error, url)}") from error


def _is_about_row(error: Exception) -> bool:
    """Whether the database is well, and takes other rows."""
    if not isinstance(error, DBAPIError):
        return isinstance(getattr(error, "orig", error), _UNENCODABLE)
    if isinstance(error, (DataError, IntegrityError)):
        # What a trigger raises is no constraint; the servers report it as an error of its own kind.
        return getattr(error.orig, "sqlite_errorname", None) != "SQLITE_CONSTRAINT_TRIGGER"
    if state := _sqlstate(error):
        return state.startswith(_ROW_STATES)
    return error.orig is not None and error.orig.args[:1] in [(number,) for number in _ROW_ERRORS]


def is_conflict(error: StorageError) -> bool:
    """Whether a transaction may have failed only because of another one at the same time.

    A deadlock, or a row that another writer has inserted or deleted meanwhile: unique and foreign keys reject that.
    """
    cause = error.__cause__
    if not isinstance(cause, DBAPIError) or cause.orig is None:
        return False
    return _sqlstate(cause) in _CONFLICT_STATES or cause.orig.args[:1] in [(number,) for number in _CONFLICT_ERRORS]


def _sqlstate(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or "")


def display_url(url: URL) -> str:
    """Return a URL for messages: the path of a SQLite file, or the URL of a server without the password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "SQLite in memory"
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def _meaning(error: Exception, url: URL) -> str:
    message = str(getattr(error, "orig", None) or error)
    if "unable to open database file" in message:
        return _why_no_file(Path(url.database or ""))
    for pattern, meaning in _PATTERNS:
        if pattern.search(message):
            return meaning.format(holder=_holder(url), wait=LOCK_WAIT)
    return message.strip().split("\n")[0]


def _why_no_file(path: Path) -> str:
    if not path.parent.exists():
        return f"there is no directory {path.parent}; make it, or name another with NEWSCRAWL_DATABASE_URL"
    if path.is_dir():
        return "is a directory; name a file in it with NEWSCRAWL_DATABASE_URL"
    return f"cannot be opened; may you write to {path.parent.resolve()}?"


def _holder(url: URL) -> str:
    """Return the holder of a lock on the SQLite file, " (process 4711)", if Linux reports it; else nothing."""
    try:
        files = {
            os.stat(f"{url.database}{end}").st_ino for end in ("", "-shm") if Path(f"{url.database}{end}").exists()
        }
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    holders = {fields[4] for fields in map(str.split, locks) if _write_locks(fields, files)}
    return f" (process {', '.join(sorted(holders))})" if holders else ""


def _write_locks(fields: list[str], inodes: set[int]) -> bool:
    # "1: POSIX  ADVISORY  WRITE 4711 fd:00:123 120 120"
    return fields[3:4] == ["WRITE"] and int(fields[5].rpartition(":")[2]) in inodes and int(fields[4]) != os.getpid()
