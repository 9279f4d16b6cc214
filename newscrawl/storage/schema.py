"""Making, checking and upgrading a database."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from pkgutil import iter_modules

from sqlalchemy import Connection, Engine, String, column, delete, func, insert, inspect, select, table
from sqlalchemy.engine import URL

from newscrawl.errors import NoDatabaseError, SchemaVersionError, StorageError
from newscrawl.storage import views
from newscrawl.storage.docs import dictionary
from newscrawl.storage.driver_errors import LOCK_WAIT, refusals, shown
from newscrawl.storage.engine import WRITES, file_of, outside
from newscrawl.storage.migrations import versions
from newscrawl.storage.tables import Base, MeaningRow, RunRow

VERSION_TABLE = "newscrawl_version"
_LOCK = 6_397_211
"""Number of the lock under which PostgreSQL makes and upgrades the tables."""


def head() -> str:
    """The version of the schema that this newscrawl works with: that of its newest migration."""
    return max(_versions())


def _versions() -> set[str]:
    """The versions that this newscrawl knows, by the names of their files: "0001" of v0001_first_tables.py."""
    return {module.name[1:].partition("_")[0] for module in iter_modules(versions.__path__)}


def version(connection: Connection) -> str | None:
    """The version of the schema in the database; None where there is none of ours."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(column("version_num", String)).select_from(table(VERSION_TABLE)))


def prepare(engine: Engine, *, create: bool) -> None:
    """Check that the database is at head; one without any table is made, unless `create` is false.

    One whose making was broken off is made whole: MariaDB commits at every CREATE. Raises SchemaVersionError for a
    database of another version, StorageError for one of somebody else's, NoDatabaseError where there is none.
    """
    if not create and _has_no_file(engine.url):
        raise NoDatabaseError(_nothing_there(engine))
    with refusals(engine.url), engine.connect() as connection, connection.begin():
        found, tables = version(connection), inspect(connection).get_table_names()
        half_made = found in _versions() and _is_half_made(connection, found)
    if found is None and tables and VERSION_TABLE not in tables:
        raise StorageError(_not_ours(engine))
    if found is None and not create:
        raise NoDatabaseError(_nothing_there(engine))
    if found is None or half_made:
        _make(engine)
    elif found != head():
        raise SchemaVersionError(_other_version(engine, found))


def _is_half_made(connection: Connection, found: str | None) -> bool:
    """Whether its making got to a version, and no further: nobody has used it, or what is filled in last is missing."""
    last = MeaningRow if found == head() else RunRow
    return connection.scalar(select(func.count()).select_from(last)) == 0


def is_behind(engine: Engine) -> bool:
    """Whether the database is one of ours of an older version, which `upgrade` would change."""
    if _has_no_file(engine.url):
        return False
    with refusals(engine.url), engine.connect() as connection, connection.begin():
        found = version(connection)
    return found != head() and found in _versions()


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Bring the database to head, all or nothing where the database can (MariaDB cannot): versions before and after.

    Raises StorageError for a database of somebody else's, SchemaVersionError for one of a newer newscrawl.
    """
    with refusals(engine.url), _alone(engine) as connection:
        before = version(connection)
        _bring_to_head(engine, connection, before)
    return before, head()


def _make(engine: Engine) -> None:
    """Make the tables, unless another process has done so while this one waited for its turn."""
    with refusals(engine.url), _alone(engine) as connection:
        before = version(connection)
        if before != head() or _is_half_made(connection, before):
            _bring_to_head(engine, connection, before)


def _bring_to_head(engine: Engine, connection: Connection, before: str | None) -> None:
    tables = inspect(connection).get_table_names()
    _check_upgradable(engine, before, tables)
    if before is None:
        _check_encoding(engine, connection)
        _drop_half_made(engine, connection, tables)
    views.drop(connection)
    _migrate(connection)
    views.create(connection)
    fill_dictionary(connection)


def _migrate(connection: Connection) -> None:
    """Run the migrations of this package, from wherever it is installed; no alembic.ini."""
    from alembic import command, config  # noqa: PLC0415 - 0.15 s that only a new or older database costs

    made = config.Config()
    made.set_main_option("script_location", "newscrawl.storage:migrations")
    made.attributes["connection"] = connection
    command.upgrade(made, "head")


def _check_upgradable(engine: Engine, found: str | None, tables: Collection[str]) -> None:
    if found is None and tables and VERSION_TABLE not in tables:
        raise StorageError(_not_ours(engine))
    if found is not None and found not in _versions():
        raise SchemaVersionError(_other_version(engine, found))


def _check_encoding(engine: Engine, connection: Connection) -> None:
    """Raises StorageError for a PostgreSQL database that has no room for every character."""
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.scalar(select(func.current_setting("server_encoding")))
    if encoding != "UTF8":
        how = f"createdb --encoding=UTF8 --template=template0 {engine.url.database}"
        raise StorageError(f"{shown(engine.url)}: is encoded in {encoding}; make it anew in UTF8: {how}")


def _drop_half_made(engine: Engine, connection: Connection, tables: Collection[str]) -> None:
    """Drop what MariaDB committed of tables whose making was broken off. Raises StorageError if anybody used them."""
    ours = [name for name in tables if name in Base.metadata.tables or name == VERSION_TABLE]
    if not ours:
        return
    used = RunRow.__tablename__ in ours and connection.scalar(select(func.count()).select_from(RunRow))
    if used or connection.dialect.name not in ("mysql", "mariadb"):
        raise StorageError(f"{shown(engine.url)}: has tables of ours and no version; restore a copy of it")
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 0")
    for name in ours:
        connection.exec_driver_sql(f"DROP TABLE {name}")
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 1")


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else makes or upgrades the tables."""
    kind = engine.dialect.name
    with engine.connect() as connection:
        if kind == "sqlite":
            # In WAL mode readers do not stop the writer, nor it them; the file remembers it. SQLite changes most
            # things of a table by making it anew, and to drop the old one would delete what hangs on it.
            outside(connection, "PRAGMA journal_mode = WAL", "PRAGMA foreign_keys = OFF")
        connection.execution_options(**WRITES)
        with _named_lock(connection) if kind not in ("sqlite", "postgresql") else nullcontext(), connection.begin():
            if kind == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            yield connection
        if kind == "sqlite":
            outside(connection, "PRAGMA foreign_keys = ON")


@contextmanager
def _named_lock(connection: Connection) -> Iterator[None]:
    """MariaDB's lock: of the connection and not of the transaction, as it commits at every CREATE.

    It is held until the last commit: whoever has waited for it must see all that was made. Raises StorageError.
    """
    name = f"{VERSION_TABLE} of {connection.engine.url.database}"[:64]
    held = connection.scalar(select(func.get_lock(name, LOCK_WAIT)))
    connection.rollback()
    if held != 1:
        raise StorageError(f"{shown(connection.engine.url)}: another process kept it locked for {LOCK_WAIT} seconds")
    try:
        yield
    finally:
        connection.execute(select(func.release_lock(name)))
        connection.rollback()


def fill_dictionary(connection: Connection) -> None:
    """Write the table `data_dictionary` anew."""
    connection.execute(delete(MeaningRow))
    connection.execute(insert(MeaningRow), dictionary.rows())


def _has_no_file(url: URL) -> bool:
    file = file_of(url)
    return file is not None and not file.exists()


def _nothing_there(engine: Engine) -> str:
    return f"{shown(engine.url)}: there is no newscrawl database; `scrapy crawl bloomberg` makes one"


def _not_ours(engine: Engine) -> str:
    return f"{shown(engine.url)}: holds other tables and is not a newscrawl database; name another one"


def _other_version(engine: Engine, found: str) -> str:
    what = f"{shown(engine.url)}: the database has version {found}, this newscrawl works with {head()}; "
    return what + (
        "run `scrapy db upgrade`" if found in _versions() else "it was made by a newer newscrawl: install that one"
    )
