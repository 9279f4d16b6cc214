"""Writers that store the same articles at once on a server: the database holds what one writer would have stored."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, delete, event, select

from newscrawl.article import Link
from newscrawl.errors import RejectedRowError
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Store
from newscrawl.storage.tables import ArticleAuthorRow, ArticleRow, AuthorRow, table_of
from newscrawl.storage.transactions import require_exclusive
from tests.commands.press import contents
from tests.storage.captures import HOST, capture, result
from tests.storage.overlapping import store_all

WRITERS = 3
_AUTHORS = table_of(AuthorRow)


@pytest.fixture(params=["postgresql", "mariadb"])
def kind(request: pytest.FixtureRequest) -> str:
    """SQLite has one writer at a time."""
    return str(request.param)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What one writer stores."""
    url = f"sqlite:///{tmp_path_factory.mktemp('one') / 'news.db'}"
    with open_archive(url) as store:
        store_all(store, store.start_run("sample", {}), seed=0)
    return held(url)


def held(url: str) -> dict[str, list[str]]:
    """What a database holds, but for the numbers of articles that became part of others."""
    rows = contents(url)
    return rows | {"article_keys": [row for row in rows["article_keys"] if "'id:" not in row]}


def find_violations(store: Store) -> list[str]:
    return [f"{check.name}: {line}" for check in store.checks() for line in store.examine(check).examples]


def run_beside(url: str, *writers: Callable[[Store], object]) -> None:
    """Let each writer use a store of its own, all at once."""
    ready = Barrier(len(writers))

    def run(write: Callable[[Store], object]) -> None:
        with open_archive(url) as store:
            ready.wait()
            write(store)

    with ThreadPoolExecutor(len(writers)) as threads:
        list(threads.map(run, writers))


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_writers_stores_what_one_does(url: str, seed: int, expected: dict[str, list[str]]) -> None:
    def write(number: int) -> Callable[[Store], None]:
        return lambda store: store_all(store, store.start_run(f"writer-{number}", {}), seed=100 * seed + number)

    run_beside(url, *map(write, range(WRITERS)))
    assert held(url) == expected
    with open_archive(url) as store:
        for number in range(WRITERS):
            (run,) = store.runs(spider=f"writer-{number}")
            store.end_run(run.id, finish_reason="finished", exit_code=0, counts={})
        assert find_violations(store) == []


@pytest.mark.long
def test_a_writer_that_is_killed_beside_others_leaves_what_one_stores(url: str, expected: dict[str, list[str]]) -> None:
    command = [sys.executable, "-m", "tests.storage.overlapping", url]
    folder = Path(__file__).parents[2]
    writers = [subprocess.Popen([*command, str(seed)], cwd=folder, stdout=subprocess.PIPE) for seed in range(3)]
    killed, *others = writers
    assert killed.stdout
    killed.stdout.readline()
    killed.send_signal(signal.SIGKILL)
    for process in writers:
        process.communicate()
    assert [process.returncode for process in others] == [0, 0]
    assert held(url) == expected


def test_lists_that_name_the_same_pages(url: str) -> None:
    links = [Link(url=f"{HOST}/news/articles/2016-03-01/{number}", source="feed") for number in range(40)]

    def discover(source: str, order: int) -> Callable[[Store], None]:
        own = [Link(url=link.url, source=source) for link in links[::order]]

        def write(store: Store) -> None:
            run_id = store.start_run(source, {})
            for start in range(0, len(own), 10):
                store.discover(own[start : start + 10], run_id=run_id, spider=source)

        return write

    run_beside(url, discover("feed", 1), discover("sitemap", -1), discover("front_page", 1))
    with open_archive(url) as store:
        pages = store.pages(limit=None)
    assert len(pages) == len(links)
    assert {page.listed_by for page in pages} == {"feed,front_page,sitemap"}


def test_concurrent_transactions_are_open_at_once(store: Store, url: str) -> None:
    both = Barrier(2)

    def write(store: Store, name: str) -> None:
        def wait(connection: Connection) -> None:
            connection.execute(_AUTHORS.insert(), {"name": name})
            both.wait(timeout=20)

        store._write_concurrently(wait)

    run_beside(url, lambda store: write(store, "Ann"), lambda store: write(store, "Bo"))
    with store._reading() as connection:
        assert set(connection.scalars(select(_AUTHORS.c.name))) == {"Ann", "Bo"}


def test_names_of_authors_are_added_in_a_transaction_before_until_they_are_known(store: Store, run_id: int) -> None:
    transactions: list[str] = []
    event.listen(store._engine, "commit", lambda _: transactions.append("committed"))

    def record(slug: str, *byline: str) -> int:
        transactions.clear()
        store.record([result(capture(slug, byline=byline))], run_id=run_id)
        return len(transactions)

    assert [record("one", "Ann"), record("two", "Ann"), record("three", "Ann", "Bo"), record("four", "Bo")] == [
        2,
        1,
        2,
        1,
    ]
    with store._writing() as connection:
        connection.execute(delete(table_of(ArticleAuthorRow)))
        connection.execute(_AUTHORS.delete())
    assert record("five", "Ann") == 1
    with store._reading() as connection:
        assert connection.scalars(select(_AUTHORS.c.name)).all() == ["Ann"]


def test_what_conflicts_runs_again_alone_in_the_end(store: Store) -> None:
    tries: list[str] = []

    def write(connection: Connection) -> None:
        tries.append("again")
        connection.execute(_AUTHORS.insert(), [{"name": "Ann"}, {"name": "Ann"}])

    with pytest.raises(RejectedRowError):
        store._write_concurrently(write)
    assert len(tries) == 4
    with store._reading() as connection:
        assert connection.scalars(select(_AUTHORS.c.name)).all() == []


def test_a_deadlock_is_resolved_and_nothing_is_lost(store: Store, url: str) -> None:
    with store._writing() as connection:
        connection.execute(_AUTHORS.insert(), [{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bo"}])
    both, tries = Barrier(2), []

    def rename(store: Store, *ids: int) -> None:
        def write(connection: Connection) -> None:
            tries.append(ids)
            for place, number in enumerate(ids):
                mark = _AUTHORS.update().where(_AUTHORS.c.id == number).values(name=_AUTHORS.c.name + "!")
                connection.execute(mark)
                if place == 0 and len(tries) <= 2:
                    both.wait(timeout=20)

        store._write_concurrently(write)

    run_beside(url, lambda store: rename(store, 1, 2), lambda store: rename(store, 2, 1))
    assert len(tries) == 3
    with store._reading() as connection:
        assert set(connection.scalars(select(_AUTHORS.c.name))) == {"Ann!!", "Bo!!"}


def test_what_needs_the_database_for_itself_gets_it(store: Store) -> None:
    modes: list[bool] = []

    def write(connection: Connection) -> None:
        require_exclusive(connection)
        modes.append(True)

    store._write_concurrently(write)
    store.write_together([lambda: store.put_back(urls=[]), lambda: store._write_concurrently(write)])
    assert modes == [True, True]


def test_an_export_misses_no_change_of_a_writer_that_commits_late(store: Store, url: str, run_id: int) -> None:
    """The later of two changes is committed first; the bound of an export waits for the other one."""
    begun, end = Barrier(2), Barrier(2)

    def late(store: Store) -> None:
        def write() -> None:
            store.record([result(capture("late"))], run_id=run_id)
            begun.wait(timeout=20)
            end.wait(timeout=20)

        store.write_together([write])

    def early(store: Store) -> None:
        begun.wait(timeout=20)
        store.record([result(capture("early"))], run_id=run_id)
        with ThreadPoolExecutor(1) as thread, open_archive(url) as other:
            bound = thread.submit(read_bound, other)
            end.wait(timeout=20)
            times = bound.result(timeout=20)
        assert times[0] == max(times[1])
        assert len(times[1]) == 2

    run_beside(url, late, early)


def read_bound(store: Store) -> tuple[datetime, list[datetime]]:
    with store._reading_settled() as connection:
        times = list(connection.scalars(select(table_of(ArticleRow).c.changed_at)))
    return max(times), times
