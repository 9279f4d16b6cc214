"""The archive, served on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from newscrawl.web import app, server


def serve_archive(file: Path, name: str, host: str, port: int | None, *, on_start: Callable[[str], None]) -> None:
    """Serve an archive's SQLite file until an interrupt or SIGTERM; `on_start` is called with the URL.

    `name` is shown for the archive. Raises ListenError and StorageError.
    """
    with app.open_app(file, hosts=(host,), name=name) as served, server.listen(host, port) as listener:
        server.serve(served, listener, on_start=lambda: on_start(server.make_url(host, listener)))
