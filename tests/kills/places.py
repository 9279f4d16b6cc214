"""Where the archives of a harness stand: databases of their own, and a disk of its own that may be full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import run

from sqlalchemy import create_engine, text

from newscrawl.storage.engine import parse_url
from tests.kills import breaks


@contextmanager
def new_database(server: str | None, folder: Path, name: str) -> Iterator[str]:
    """The URL of an empty database, on a server (dropped in the end) or in a file of the folder."""
    if server is None:
        yield f"sqlite:///{folder}/news.db"
        return
    url = parse_url(server)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    made = url.set(database=name).render_as_string(hide_password=False)
    try:
        yield made
    finally:
        breaks.hang_up(made)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        engine.dispose()


@contextmanager
def small_disk(folder: Path, size: str = "24m") -> Iterator[Path]:
    """A disk of its own in the folder, of so much room. Raises PermissionError for who may not mount."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "newscrawl", str(disk)]
    done = run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(f"no disk can be mounted here ({done.stderr.strip()}); it takes root")
    try:
        yield disk
    finally:
        run(["umount", "--lazy", str(disk)], check=True)
