"""Search on MariaDB when the statistics of the table, by which it ranks, count no rows: for seconds after the first."""

from __future__ import annotations

import getpass
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query
from newscrawl.storage.engine import parse_url
from tests.storage.captures import capture, result


class Server:
    """A MariaDB server of its own: only a start makes it read its statistics again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._user = folder / "data", f"--user={getpass.getuser()}"
        self._call("mariadb-install-db", "--auth-root-authentication-method=normal", self._user)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]

    def _call(self, program: str, *options: str) -> None:
        command = [program, "--no-defaults", f"--datadir={self._folder}", *options]
        subprocess.run(command, check=True, capture_output=True)

    @contextmanager
    def run(self) -> Iterator[str]:
        """Yield the URL of its database `test`."""
        options = ["--bind-address=127.0.0.1", f"--port={self._port}", f"--socket={self._folder}/socket", self._user]
        command = ["mariadbd", "--no-defaults", f"--datadir={self._folder}", *options]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                address = ["-h", "127.0.0.1", "-P", str(self._port), "-u", "root"]
                wait = ["mariadb-admin", "--no-defaults", *address, "--wait=60", "status"]
                subprocess.run(wait, check=True, capture_output=True)
                yield f"mysql://root@127.0.0.1:{self._port}/test"
            finally:
                process.send_signal(signal.SIGTERM)


def execute(url: str, *statements: str) -> None:
    engine: Any = create_engine(parse_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.mark.long
@pytest.mark.skipif(shutil.which("mariadbd") is None, reason="needs mariadbd: apt install mariadb-server")
def test_words_are_found(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with server.run() as url:
        with open_archive(url) as store:
            articles = [capture("rye", headline="Rye"), capture("tide", headline="Tide")]
            store.record([result(article) for article in articles], run_id=store.start_run("sample", {}))
        execute(
            url,
            "ALTER TABLE articles STATS_AUTO_RECALC=0",
            "UPDATE mysql.innodb_table_stats SET n_rows = 0 WHERE table_name = 'articles'",
        )
    with server.run() as url, open_archive(url) as store:
        assert {hit.headline for hit in store.search(Query(words="cranes"))} == {"Rye", "Tide"}
        assert [hit.headline for hit in store.search(Query(words="rye"))] == ["Rye"]
