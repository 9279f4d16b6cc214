"""A database of each kind. Servers are tested where they answer; see `server`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, exists, select, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import OperationalError

from newscrawl.article import Article
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Store, schema
from newscrawl.storage.engine import parse_url
from newscrawl.storage.tables import Base
from tests import quick_archives
from tests.storage.captures import Keep, result

SERVERS = {
    "postgresql": ("NEWSCRAWL_TEST_POSTGRESQL_URL", "postgresql://root@127.0.0.1/test"),
    "mariadb": ("NEWSCRAWL_TEST_MARIADB_URL", "mysql://root@127.0.0.1/test"),
}
_HOW = {
    "postgresql": "docker run -d -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust -e POSTGRES_USER=root "
    "-e POSTGRES_DB=test postgres:16",
    "mariadb": "docker run -d -p 3306:3306 -e MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 -e MARIADB_DATABASE=test mariadb:11",
}


@contextmanager
def scratch(kind: str, name: str) -> Iterator[str]:
    """The URL of an empty database of its own on a server, dropped in the end."""
    variable, default = SERVERS[kind]
    url = parse_url(os.environ.get(variable, default))
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError as error:
        why = f"no {kind} server at {url.render_as_string()} ({str(error.orig).splitlines()[0]})"
        if os.environ.get("NEWSCRAWL_TEST_REQUIRE_SERVERS") == "1":
            pytest.fail(why)
        pytest.skip(f"{why}; set {variable}, or get one: {_HOW[kind]}")
    try:
        yield _text(url.set(database=name))
    finally:
        force = " WITH (FORCE)" if kind == "postgresql" else ""  # a test that failed may have left it open
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}{force}"))
        engine.dispose()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture(autouse=True)
def migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make new archives as users do."""
    monkeypatch.setattr(schema, "_upgrade_to_head", quick_archives.migrate)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """The URL of a database of a kind with its tables made, the same one all session."""
    made: dict[str, str] = {}
    with ExitStack() as stack:

        def make(kind: str) -> str:
            if kind not in made:
                file = tmp_path_factory.mktemp("prepared") / "news.db"
                name = f"newscrawl_test_{os.getpid()}"
                made[kind] = f"sqlite:///{file}" if kind == "sqlite" else stack.enter_context(scratch(kind, name))
                open_archive(made[kind]).close()
            return made[kind]

        yield make


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def kind(request: pytest.FixtureRequest) -> str:
    """The database's kind: tests that use it run once for each."""
    return str(request.param)


@pytest.fixture
def url(kind: str, prepared: Callable[[str], str], tmp_path: Path) -> str:
    """A database with all its tables and no rows."""
    made = prepared(kind)
    if kind == "sqlite":
        return f"sqlite:///{shutil.copy(made.removeprefix('sqlite:///'), tmp_path / 'news.db')}"
    _empty(made)
    return made


@cache
def _engine(url: str) -> Engine:
    """One connection for all the tests of a server."""
    return create_engine(parse_url(url), pool_size=1)


def _empty(url: str) -> None:
    """Delete all rows of a database but those that come with its tables."""
    tables = [table for table in reversed(Base.metadata.sorted_tables) if table.name != "data_dictionary"]
    with _engine(url).begin() as connection:
        has_rows = connection.execute(select(*(exists(select(table)) for table in tables))).one()
        for table, is_used in zip(tables, has_rows, strict=True):
            if is_used:
                connection.execute(table.delete())


@pytest.fixture
def empty_url(kind: str, tmp_path: Path) -> Iterator[str]:
    """A database without a table; for SQLite, no file yet."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with scratch(kind, f"newscrawl_empty_{os.getpid()}") as made:
            yield made


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open store without articles."""
    with open_archive(url) as opened:
        yield opened


@pytest.fixture
def run_id(store: Store) -> int:
    """A run to record pages under."""
    return store.start_run("sample", {"source": "sample"})


@pytest.fixture
def keep(store: Store, run_id: int) -> Keep:
    """Record captures as one batch."""
    return lambda *captures: store.record([result(capture) for capture in captures], run_id=run_id)


@pytest.fixture
def keep_one(keep: Keep) -> Callable[[Article], str]:
    """Record a capture by itself; its outcome."""
    return lambda capture: keep(capture)[0].outcome
