"""Making, checking and upgrading a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, delete, func, insert, inspect, select

from newscrawl.errors import SchemaVersionError, StorageError
from newscrawl.storage import dictionary, views
from newscrawl.storage.engine import LOCK_WAIT
from newscrawl.storage.refusals import refusals, shown
from newscrawl.storage.tables import MeaningRow

VERSION_TABLE = "newscrawl_version"
_LOCK = 6_397_211
"""Number of the lock under which PostgreSQL makes and upgrades the tables."""


def config() -> Config:
    """Alembic's configuration: the migrations of this package, from wherever it is installed; no alembic.ini."""
    made = Config()
    made.set_main_option("script_location", "newscrawl.storage:migrations")
    return made


def head() -> str:
    """The version of the schema that this newscrawl works with."""
    (newest,) = ScriptDirectory.from_config(config()).get_heads()
    return newest


def version(connection: Connection) -> str | None:
    """The version of the schema in the database; None where there is none of ours."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def prepare(engine: Engine, *, create: bool) -> None:
    """Check that the database is at head; one without any table is made, unless `create` is false.

    Raises SchemaVersionError for a database of another version, StorageError for one of somebody else's.
    """
    with refusals(engine.url), engine.connect() as connection, connection.begin():
        found, empty = version(connection), not inspect(connection).get_table_names()
    if found is None and empty and create:
        upgrade(engine)
    elif found is None:
        raise StorageError(_not_ours(engine, empty=empty))
    elif found != head():
        raise SchemaVersionError(_other_version(engine, found))


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Bring the database to head, all or nothing where the database can (MariaDB cannot): versions before and after.

    Raises StorageError for a database of somebody else's, SchemaVersionError for one of a newer newscrawl.
    """
    with refusals(engine.url), _alone(engine) as connection:
        before = version(connection)
        if before is None and inspect(connection).get_table_names():
            raise StorageError(_not_ours(engine, empty=False))
        if before is not None and not _known(before):
            raise SchemaVersionError(_other_version(engine, before))
        views.drop(connection)
        made = config()
        made.attributes["connection"] = connection
        command.upgrade(made, "head")
        views.create(connection)
        _fill_dictionary(connection)
    return before, head()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name == "sqlite":
        _set_wal(engine)
    with engine.connect().execution_options(newscrawl_writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        elif engine.dialect.name != "sqlite":  # held by the connection, as MariaDB commits at every CREATE
            connection.execute(select(func.get_lock(VERSION_TABLE, LOCK_WAIT)))
        yield connection
        if engine.dialect.name not in ("sqlite", "postgresql"):
            connection.execute(select(func.release_lock(VERSION_TABLE)))


def _set_wal(engine: Engine) -> None:
    """Readers do not stop the writer, nor it them. The file remembers it."""
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        raw.close()


def _fill_dictionary(connection: Connection) -> None:
    connection.execute(delete(MeaningRow))
    connection.execute(insert(MeaningRow), dictionary.rows())


def _known(found: str) -> bool:
    return found in {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}


def _not_ours(engine: Engine, *, empty: bool) -> str:
    if empty:
        return f"{shown(engine.url)}: there is no newscrawl database; `scrapy crawl bloomberg` makes one"
    return f"{shown(engine.url)}: holds other tables and is not a newscrawl database; name another one"


def _other_version(engine: Engine, found: str) -> str:
    what = f"{shown(engine.url)}: the database has version {found}, this newscrawl works with {head()}; "
    return what + ("run `scrapy db upgrade`" if _known(found) else "it was made by a newer newscrawl: install that one")
