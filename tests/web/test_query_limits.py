"""SQL in the reading room: bounded in time and memory, whatever it is, and never from another site."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query, WatchTarget
from tests.web.reader import Reader

FILLED = "printf('%.*c', 900000000, 'x')"
ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
SECONDS = 1.0
"""Limit of a query, as the settings have it."""


@pytest.fixture
def pool(archive: Path) -> Iterator[Any]:
    from newscrawl.web.query_pool import QueryPool

    made = QueryPool(archive)
    yield made
    made.close()


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT {FILLED}",
        f"SELECT length({FILLED} || {FILLED})",
        f"SELECT replace(hex(zeroblob(15000000)), '0', {FILLED})",
        "SELECT randomblob(30000000) FROM articles, articles",
        "SELECT group_concat(hex(randomblob(1000000))) FROM articles, articles",
        ENDLESS,
        "SELECT * FROM articles, pages, captures ORDER BY random()",
        "SELECT body_text LIKE '%' || replace(hex(zeroblob(20)), '00', 'a%') || 'b' FROM articles, articles, articles",
        "WITH RECURSIVE n(x) AS (SELECT 'x' UNION ALL SELECT x || x FROM n) SELECT x FROM n",
    ],
)
def test_a_hopeless_query_ends_in_bounded_time_and_memory(archive: Path, sql: str) -> None:
    from newscrawl.web import query_pool

    with subprocess.Popen(query_pool.make_command(archive), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        request = {"sql": sql, "params": {}, "milliseconds": int(SECONDS * 1000), "max_rows": 1000}
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.close()
        peaks = [0]
        with contextlib.suppress(FileNotFoundError, ValueError):  # it has ended
            while True:
                # of its own image: ru_maxrss begins with what the parent process has
                status = Path(f"/proc/{process.pid}/status").read_text("ascii")
                peaks.append(int(status.partition("VmHWM:")[2].split()[0] if "VmHWM:" in status else "ended"))
                time.sleep(0.02)
        answer = process.stdout.read()
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0
    assert not answer or "error" in json.loads(answer)
    assert used.ru_utime + used.ru_stime < SECONDS + 1
    assert 0 < max(peaks) < 600 * 1024  # KiB


@pytest.mark.parametrize("sql", [f"SELECT {FILLED}", ENDLESS, "SELECT randomblob(30000000) FROM articles, articles"])
def test_a_hopeless_query_is_an_error_of_the_pool(pool: Any, sql: str) -> None:
    import sqlite3

    from newscrawl.web.query_pool import QueryStoppedError

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((QueryStoppedError, sqlite3.Error)):
        pool.run(sql, {}, int(SECONDS * 1000), 1000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_values_of_every_type_arrive_as_they_are(pool: Any) -> None:
    sql = """SELECT 1 AS a, 2.5 AS b, x'00ff' AS c, NULL AS d, :e AS e, 'f' AS "a""b\""""
    result = pool.run(sql, {"e": "é"}, 1000, 10)
    (row,) = result.rows
    assert tuple(row) == (1, 2.5, b"\0\xff", None, "é", "f")
    assert (row.keys(), row["c"]) == (["a", "b", "c", "d", "e", 'a"b'], b"\0\xff")


def test_a_worker_that_was_killed_is_replaced(pool: Any) -> None:
    from newscrawl.web.query_pool import WORKERS, QueryStoppedError

    for _ in range(WORKERS + 1):
        with pytest.raises(QueryStoppedError):
            pool.run(f"SELECT {FILLED}", {}, 50, 10)
    assert [tuple(row) for row in pool.run("SELECT 1", {}, 1000, 10).rows] == [(1,)]


def test_the_room_stays_usable_while_three_such_queries_run(reader: Reader) -> None:
    async def ask() -> tuple[list[int], bool]:
        slow = [asyncio.ensure_future(reader.fetch(f"/news.json?sql={quote(f'select {FILLED}')}")) for _ in range(3)]
        await asyncio.sleep(0.1)
        quick = [await reader.fetch(path) for path in ("/", "/search?q=harbor", "/news/articles", "/news?sql=select+1")]
        is_still_running = not any(future.done() for future in slow)
        statuses = [answer.status_code for answer in quick]
        return [*statuses, *[answer.status_code for answer in await asyncio.gather(*slow)]], is_still_running

    statuses, _ = asyncio.run(ask())
    assert statuses == [200, 200, 200, 200, 400, 400, 400]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_query_that_was_stopped_is_an_error_of_one_line(reader: Reader, form: str, caplog: Any) -> None:
    answer = reader.get(f"/news.{form}?sql={quote(ENDLESS)}&_timelimit=20")
    assert answer.status_code == 400
    assert "longer than a second" in answer.text
    assert caplog.records == []


SQL_PATHS = ("/news?sql=select+1", "/news.csv?sql=select+1", "/news/articles?_where=1", "/news?x=1&sql=")


@pytest.mark.parametrize("path", SQL_PATHS)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_sql_of_another_site_is_rejected(reader: Reader, path: str, site: str) -> None:
    answer = reader.get(path + "1", sec_fetch_site=site, sec_fetch_mode="navigate")
    assert answer.status_code == 403
    assert answer.text == "Other sites may not send SQL. Open the page yourself, and paste it there.\n"


@pytest.mark.parametrize("site", ["none", "same-origin"])
def test_sql_of_the_reader_is_run(reader: Reader, site: str) -> None:
    assert reader.get("/news?sql=select+1", sec_fetch_site=site, sec_fetch_mode="navigate").status_code == 200


def test_another_site_may_link_to_an_article(reader: Reader) -> None:
    answer = reader.get("/search?q=harbor", sec_fetch_site="cross-site", sec_fetch_mode="navigate")
    assert answer.status_code == 200


def test_addresses_and_keys_of_saved_searches_cannot_be_read(archive: Path, tmp_path: Path) -> None:
    from newscrawl.web.app import open_app

    file = tmp_path / "news.db"
    file.write_bytes(archive.read_bytes())
    hook = WatchTarget(kind="webhook", address="https://hooks.example/taboo", secret="whsec_taboo")
    with open_archive(f"sqlite:///{file}") as store:
        store.add_watch("ferries", Query(words="ferry"), [hook])
    everything = quote("SELECT kind, address || '', typeof(secret) FROM watch_targets")
    with open_app(file) as app:
        reader = Reader(app)
        assert reader.get(f"/news.json?sql={everything}&_shape=arrays").json()["rows"] == [["webhook", None, "null"]]
        for path in ("/news/watch_targets", "/news/watch_targets.csv", "/news/watches", "/news/watches/1"):
            response = reader.get(path)
            assert response.status_code == 200, path
            assert "taboo" not in response.text
