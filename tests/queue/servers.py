"""A PostgreSQL server of a test's own, which may be restarted."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class Server:
    """A server with one empty database."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._data = folder / "data"
        self.url = f"postgresql://root@127.0.0.1:{self._port}/news"

    def make(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self._data.parent, "postgres")
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "root")
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self._port), "-U", "root", "news")

    def start(self) -> None:
        options = f"-p {self._port} -k {self._data} -c fsync=off -c max_connections=200"
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._data / "log"), "-w", "start", "-o", options)

    def stop(self) -> None:
        """End all connections at once."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "fast", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        # pg_ctl leaves the server behind with its streams
        subprocess.run(
            [*user, str(_BINARIES[-1] / program), *arguments],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def serve_postgresql() -> Iterator[Server]:
    """Start a server; skip the test where PostgreSQL is not installed."""
    if not _BINARIES:
        if os.environ.get("NEWSCRAWL_TEST_REQUIRE_SERVERS") == "1":
            pytest.fail("no programs of PostgreSQL in /usr/lib/postgresql")
        pytest.skip("no programs of PostgreSQL: apt install postgresql")
    with TemporaryDirectory(prefix="newscrawl-pg-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        server = Server(Path(name))
        server.make()
        try:
            yield server
        finally:
            server.stop()
