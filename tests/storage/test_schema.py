"""Making, checking and upgrading databases, on all three; what is written about them is true."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from newscrawl.errors import SchemaVersionError, StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, Store, schema, upgrade
from newscrawl.storage import engine as storage_engine
from newscrawl.storage.docs.dictionary import markdown
from newscrawl.storage.engine import make_engine, parse_url
from newscrawl.storage.migrations.env import is_ours
from newscrawl.storage.tables import Base
from newscrawl.storage.views import VIEWS
from tests.storage.captures import Keep, body, capture, result
from tests.storage.released import BASELINE

DOCS = Path(__file__).parents[2] / "docs" / "schema.md"


@pytest.fixture
def connection(url: str) -> Iterator[Connection]:
    engine = make_engine(parse_url(url))
    with engine.connect() as connected:
        yield connected
    engine.dispose()


def run(url: str, *statements: str) -> None:
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_models_and_migrations_agree(connection: Connection) -> None:
    options = {"version_table": schema.VERSION_TABLE, "compare_type": True, "include_object": is_ours}
    context = MigrationContext.configure(connection, opts=options)
    assert compare_metadata(context, Base.metadata) == []


def test_a_new_database_is_at_head(connection: Connection) -> None:
    assert schema.version(connection) == schema.head()


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_servers_show_the_comments_themselves(connection: Connection) -> None:
    for name, table in Base.metadata.tables.items():
        assert inspect(connection).get_table_comment(name)["text"] == table.comment
        comments = {column["name"]: column["comment"] for column in inspect(connection).get_columns(name)}
        assert {column.name: comments[column.name] for column in table.columns} == {
            c.name: c.comment for c in table.columns
        }


def test_the_data_dictionary_has_every_column_of_every_table_and_view(connection: Connection) -> None:
    query = text("SELECT table_name, column_name, meaning FROM data_dictionary")
    meanings = {(table, column): meaning for table, column, meaning in connection.execute(query)}
    there = inspect(connection)
    names = [*Base.metadata.tables, *there.get_view_names()]
    columns = {(name, column["name"]) for name in names for column in there.get_columns(name)}
    columns = {(name, column) for name, column in columns if not column.startswith("search_")}
    assert set(meanings) == columns | {(name, "") for name in names}
    assert all(meanings.values())
    assert set(there.get_view_names()) == {view.name for view in VIEWS}


def test_the_written_data_dictionary_is_not_stale() -> None:
    assert DOCS.read_text(encoding="utf-8") == markdown(), "run: scrapy db schema > docs/schema.md"


def test_the_database_is_what_the_readme_of_sqlite_users_needs(tmp_path: Path) -> None:
    open_archive(f"sqlite:///{tmp_path / 'news.db'}").close()
    plain = sqlite3.connect(tmp_path / "news.db")
    assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert plain.execute("SELECT meaning FROM data_dictionary WHERE column_name = 'dek'").fetchone()
    assert plain.execute("SELECT * FROM latest").fetchall() == []
    plain.close()


def test_many_may_open_a_new_database_at_once(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[None] = []
    make = schema._upgrade_to_head
    monkeypatch.setattr(schema, "_upgrade_to_head", lambda *args: made.append(make(*args)))
    for module in (schema, storage_engine):  # a busy machine may need more than half a minute for the tables
        monkeypatch.setattr(module, "LOCK_WAIT", 300)
    with ThreadPoolExecutor(6) as pool, ExitStack() as opened:
        stores = list(pool.map(lambda _: opened.enter_context(open_archive(empty_url)), range(6)))
        assert [store.totals()["articles"] for store in stores] == [0] * 6
    assert len(made) == 1  # the others wait for it, and find it done


def test_an_empty_database_is_not_made_when_only_read(empty_url: str) -> None:
    with pytest.raises(StorageError, match=r"no newscrawl database.*scrapy crawl"):
        open_archive(empty_url, create=False)
    open_archive(empty_url).close()
    open_archive(empty_url, create=False).close()


def test_reading_leaves_no_file_behind(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no newscrawl database"):
        open_archive(f"sqlite:///{tmp_path / 'none.db'}", create=False)
    assert list(tmp_path.iterdir()) == []


def test_somebody_elses_database_is_left_alone(empty_url: str) -> None:
    run(empty_url, "CREATE TABLE customers (id INTEGER)")
    for refused in (Store.open, upgrade):
        with pytest.raises(StorageError, match="holds other tables"):
            refused(empty_url)
    engine = create_engine(parse_url(empty_url))
    assert inspect(engine).get_table_names() == ["customers"]
    engine.dispose()


@pytest.mark.parametrize("kind", ["postgresql"])
@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_without_room_for_every_character_is_refused(empty_url: str, encoding: str) -> None:
    url = parse_url(empty_url)
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {url.database}"))
        connection.execute(text(f"CREATE DATABASE {url.database} TEMPLATE template0 ENCODING {encoding} LOCALE 'C'"))
    server.dispose()
    with pytest.raises(StorageError, match=f"is encoded in {encoding}; recreate it in UTF8"):
        open_archive(empty_url)


@pytest.mark.parametrize("kind", ["mariadb"])
@pytest.mark.parametrize("mode", ["ORACLE", ""])
def test_a_server_of_other_manners_takes_the_same_and_refuses_the_same(empty_url: str, mode: str) -> None:
    with open_archive(f"{empty_url}?sql_mode={mode}") as store:
        store.start_run("sample", {})
        with pytest.raises(StorageError, match="too long"):
            store.start_run("s" * 501, {})


def test_a_database_of_a_newer_newscrawl_is_refused(url: str) -> None:
    run(url, "UPDATE newscrawl_version SET version_num = '9999'")
    try:
        for refused in (Store.open, upgrade):
            with pytest.raises(SchemaVersionError, match=r"9999.*newer newscrawl"):
                refused(url)
    finally:
        run(url, f"UPDATE newscrawl_version SET version_num = '{schema.head()}'")


@pytest.mark.usefixtures("run_id")
def test_a_database_of_an_older_newscrawl_names_the_command(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = schema.head()
    monkeypatch.setattr(schema, "head", lambda: "0099")
    with pytest.raises(SchemaVersionError, match=rf"version {known}, .* works with 0099; run `scrapy db upgrade`$"):
        open_archive(url)


def test_upgrading_recreates_views_and_dictionary_and_keeps_every_row(url: str, store: Store, keep: Keep) -> None:
    keep(capture(), capture("other", body=body("Winches.")))
    store.close()
    run(url, "DROP VIEW latest", "DELETE FROM data_dictionary")
    assert upgrade(url) == (schema.head(), schema.head())
    with open_archive(url) as again:
        assert again.totals()["articles"] == 2
        assert len(again.search(Query(words="winches"))) == 1
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM latest")).scalar() == 2
        assert connection.execute(text("SELECT count(*) FROM data_dictionary")).scalar()
    engine.dispose()


def test_a_migration_that_copies_a_sqlite_table_loses_no_row_that_refers_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'news.db'}"
    with open_archive(url) as store:
        run_id = store.start_run("sample", {})
        store.record([result(capture(byline=("Ann Bo",), tickers=("SEA:US",)))], run_id=run_id)
        before = store.article(1)

    def copy_table(config: Config, _revision: str) -> None:
        connection = config.attributes["connection"]
        made = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'articles'").scalar()
        connection.exec_driver_sql(made.replace("articles", "copied", 1))
        connection.exec_driver_sql("INSERT INTO copied SELECT * FROM articles")
        connection.exec_driver_sql("DROP TABLE articles")
        connection.exec_driver_sql("ALTER TABLE copied RENAME TO articles")

    monkeypatch.setattr("alembic.command.upgrade", copy_table)
    upgrade(url)
    with open_archive(url) as store:
        assert store.article(1) == before


def test_a_database_in_memory() -> None:
    with open_archive("sqlite://") as store:
        run_id = store.start_run("sample", {})
        store.record([result(capture())], run_id=run_id)
        assert store.totals()["articles"] == 1
        with pytest.raises(StorageError, match="FOREIGN KEY"):  # which upgrading turns off for itself
            store.record([result(capture("other"))], run_id=99)


def test_migrations_run_from_any_directory(tmp_path: Path) -> None:
    script = "from newscrawl.storage import Store; Store.open('sqlite:///here.db').close()"
    root = str(Path(schema.__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=tmp_path, check=True, env=environment)
    assert (tmp_path / "here.db").exists()


@pytest.mark.parametrize("at", [BASELINE, "views"])
def test_an_interrupted_creation_is_completed(url: str, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run(url, "DROP VIEW latest", "DELETE FROM data_dictionary")
    if at == BASELINE:  # nobody has used it: there is nothing that an upgrade could spoil
        monkeypatch.setattr(schema, "_migrate", lambda connection: None)
        run(url, f"UPDATE newscrawl_version SET version_num = '{BASELINE}'")
    open_archive(url).close()
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM latest")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM data_dictionary")).scalar()
    engine.dispose()
    run(url, f"UPDATE newscrawl_version SET version_num = '{schema.head()}'")


def test_tables_without_a_version_are_left_alone_once_they_are_used(url: str, run_id: int) -> None:
    assert run_id
    run(url, "DELETE FROM newscrawl_version")
    try:
        with pytest.raises(StorageError, match="no version"):
            open_archive(url)
    finally:
        run(url, f"INSERT INTO newscrawl_version VALUES ('{schema.head()}')")
