"""Creating, checking and upgrading the schema of a database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from pkgutil import iter_modules

from sqlalchemy import Connection, Engine, String, column, delete, func, insert, inspect, select, table
from sqlalchemy.schema import SetColumnComment, SetTableComment

from newscrawl.errors import NoDatabaseError, SchemaVersionError, StorageError
from newscrawl.storage import views
from newscrawl.storage.docs import dictionary
from newscrawl.storage.driver_errors import LOCK_WAIT, display_url, translate_errors
from newscrawl.storage.engine import WRITES, find_file, run_outside_transaction
from newscrawl.storage.keys import has_url_rules
from newscrawl.storage.migrations import versions
from newscrawl.storage.tables import Base, MeaningRow, RunRow
from newscrawl.storage.transactions import LOCK_NUMBER
from newscrawl.storage.url_hashes import correct_url_hashes

VERSION_TABLE = "newscrawl_version"
Fill = Callable[[Connection], None]
"""Fills columns of articles after the migrations (newscrawl.storage.articles.first_digests)."""
_BEFORE_BASELINE = "2339c27"
"""The last commit that upgrades databases of the versions before the baseline."""
_FIRST_WITH_DIGESTS = "0006"


def head() -> str:
    """Return the schema version of this newscrawl: that of its newest migration."""
    return max(_versions())


def _versions() -> set[str]:
    """Return the versions that have a migration, from their file names: "0004" of v0004_baseline.py."""
    return {module.name[1:].partition("_")[0] for module in iter_modules(versions.__path__)}


def version(connection: Connection) -> str | None:
    """Return the schema version of a database; None if it has no table of versions."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.scalar(select(column("version_num", String)).select_from(table(VERSION_TABLE)))


def prepare(engine: Engine, *, create: bool) -> None:
    """Check that a database is at head; create the tables in an empty one, unless `create` is false.

    Completes a creation that was interrupted: MariaDB commits every CREATE. Raises SchemaVersionError for a database
    of another version, StorageError for one of another program, NoDatabaseError if there is none.
    """
    if not create and _is_missing_file(engine):
        raise NoDatabaseError(_no_database(engine))
    with translate_errors(engine.url), engine.connect() as connection, connection.begin():
        current, tables = version(connection), inspect(connection).get_table_names()
        is_incomplete = current in _versions() and _is_incomplete(connection, current)
    if current is None and tables and VERSION_TABLE not in tables:
        raise StorageError(_foreign_database(engine))
    if current is None and not create:
        raise NoDatabaseError(_no_database(engine))
    if current is None or is_incomplete:
        _create(engine)
    elif current != head():
        raise SchemaVersionError(_wrong_version(engine, current))


def _is_incomplete(connection: Connection, current: str | None) -> bool:
    """Whether a creation was interrupted: at an older version no run has used it, at head its dictionary is empty."""
    last_filled = MeaningRow if current == head() else RunRow
    return connection.scalar(select(func.count()).select_from(last_filled)) == 0


def is_behind(engine: Engine) -> bool:
    """Whether `upgrade` would change the schema of this database."""
    if _is_missing_file(engine):
        return False
    with translate_errors(engine.url), engine.connect() as connection, connection.begin():
        current = version(connection)
    return current != head() and current in _versions()


def upgrade(engine: Engine, compute_digests: Fill) -> tuple[str | None, str]:
    """Upgrade a database to head, in one transaction if it can (MariaDB cannot); the versions before and after.

    Raises StorageError for a database of another program, SchemaVersionError for a version without a migration.
    """
    with translate_errors(engine.url), _locked(engine) as connection:
        before = version(connection)
        _upgrade_to_head(engine, connection, before, compute_digests)
    return before, head()


def _create(engine: Engine) -> None:
    """Create the tables, unless another process has done so while this one waited for the lock."""
    with translate_errors(engine.url), _locked(engine) as connection:
        before = version(connection)
        if before != head() or _is_incomplete(connection, before):
            _upgrade_to_head(engine, connection, before)


def _upgrade_to_head(
    engine: Engine, connection: Connection, before: str | None, compute_digests: Fill = lambda connection: None
) -> None:
    tables = inspect(connection).get_table_names()
    if before is None and tables and VERSION_TABLE not in tables:
        raise StorageError(_foreign_database(engine))
    if before is not None and before not in _versions():
        raise SchemaVersionError(_wrong_version(engine, before))
    if before is None:
        _check_encoding(engine, connection)
        _drop_incomplete(engine, connection, tables)
    views.drop(connection)
    _migrate(connection)
    if before not in (None, head()) and has_url_rules(connection):
        correct_url_hashes(connection)
    # After all migrations, because it reads rows with the tables as they are at head.
    if before is not None and before < _FIRST_WITH_DIGESTS:
        compute_digests(connection)
    views.create(connection)
    fill_dictionary(connection)
    _write_comments(connection)


def _migrate(connection: Connection) -> None:
    """Run the migrations of this package; no alembic.ini."""
    from alembic import command, config  # noqa: PLC0415 - 0.15 s that only a new or older database costs

    settings = config.Config()
    settings.set_main_option("script_location", "newscrawl.storage:migrations")
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")


def _check_encoding(engine: Engine, connection: Connection) -> None:
    """Raise StorageError for a PostgreSQL database that cannot hold every character."""
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.scalar(select(func.current_setting("server_encoding")))
    if encoding != "UTF8":
        how = f"createdb --encoding=UTF8 --template=template0 {engine.url.database}"
        raise StorageError(f"{display_url(engine.url)}: is encoded in {encoding}; recreate it in UTF8: {how}")


def _drop_incomplete(engine: Engine, connection: Connection, tables: Collection[str]) -> None:
    """Drop the tables of an interrupted creation, which MariaDB committed. Raise StorageError if they were used."""
    ours = [name for name in tables if name in Base.metadata.tables or name == VERSION_TABLE]
    if not ours:
        return
    used = RunRow.__tablename__ in ours and connection.scalar(select(func.count()).select_from(RunRow))
    if used or connection.dialect.name not in ("mysql", "mariadb"):
        raise StorageError(f"{display_url(engine.url)}: has newscrawl's tables but no version; restore a copy of it")
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 0")
    for name in ours:
        connection.exec_driver_sql(f"DROP TABLE {name}")
    connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 1")


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction in which no other process creates or upgrades the tables."""
    kind = engine.dialect.name
    with engine.connect() as connection:
        if kind == "sqlite":
            # In WAL mode readers do not block the writer, nor it them; the file remembers the mode. SQLite makes most
            # changes to a table by copying it, and dropping the old one would delete the rows that refer to it.
            run_outside_transaction(connection, "PRAGMA journal_mode = WAL", "PRAGMA foreign_keys = OFF")
        connection.execution_options(**WRITES)
        with _named_lock(connection) if kind not in ("sqlite", "postgresql") else nullcontext(), connection.begin():
            if kind == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(LOCK_NUMBER)))
            yield connection
        if kind == "sqlite":
            run_outside_transaction(connection, "PRAGMA foreign_keys = ON")


@contextmanager
def _named_lock(connection: Connection) -> Iterator[None]:
    """Hold MariaDB's named lock until after the last commit: the next process must see everything that was created.

    Raises StorageError if another process holds it for too long.
    """
    name = f"{VERSION_TABLE} of {connection.engine.url.database}"[:64]
    is_held = connection.scalar(select(func.get_lock(name, LOCK_WAIT))) == 1
    connection.rollback()
    if not is_held:
        raise StorageError(
            f"{display_url(connection.engine.url)}: another process kept it locked for {LOCK_WAIT} seconds"
        )
    try:
        yield
    finally:
        connection.execute(select(func.release_lock(name)))
        connection.rollback()


def fill_dictionary(connection: Connection) -> None:
    """Replace the rows of the table `data_dictionary`."""
    connection.execute(delete(MeaningRow))
    connection.execute(insert(MeaningRow), dictionary.rows())


def _write_comments(connection: Connection) -> None:
    """Write the comments of tables.py that a server does not have yet; SQLite has no comments."""
    if connection.dialect.name == "sqlite":
        return
    inspector = inspect(connection)
    table_comments = inspector.get_multi_table_comment()
    columns = inspector.get_multi_columns()
    for name, described in Base.metadata.tables.items():
        if table_comments[None, name]["text"] != described.comment:
            connection.execute(SetTableComment(described))
        for known in columns[None, name]:
            if known["name"] in described.c and known["comment"] != described.c[known["name"]].comment:
                connection.execute(SetColumnComment(described.c[known["name"]]))


def _is_missing_file(engine: Engine) -> bool:
    file = find_file(engine.url)
    return file is not None and not file.exists()


def _no_database(engine: Engine) -> str:
    return f"{display_url(engine.url)}: there is no newscrawl database; `scrapy crawl SPIDER` makes one"


def _foreign_database(engine: Engine) -> str:
    return f"{display_url(engine.url)}: holds other tables and is not a newscrawl database; name another one"


def _wrong_version(engine: Engine, current: str) -> str:
    oldest = min(_versions())
    message = f"{display_url(engine.url)}: the database has version {current}, this newscrawl works with {head()}; "
    if current in _versions():
        return message + "run `scrapy db upgrade`"
    if current < oldest:
        return message + f"run `scrapy db upgrade` with the code of commit {_BEFORE_BASELINE} first, then with this one"
    return message + "it was made by a newer newscrawl: install that one"
