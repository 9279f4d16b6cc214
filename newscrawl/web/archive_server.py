"""The archive, served on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from newscrawl.web import app, server


def serve_archive(
    file: Path, address: tuple[str, int | None], *, name: str, title: str, on_start: Callable[[str], None]
) -> None:
    """Serve an archive's SQLite file at a host and port until an interrupt or SIGTERM.

    `on_start` is called with the URL. `title` and `name` are those of open_app. Raises ListenError and StorageError.
    """
    host, port = address
    with app.open_app(file, hosts=(host,), name=name, title=title) as served, server.listen(host, port) as listener:
        server.serve(served, listener, on_start=lambda: on_start(server.make_url(host, listener)))
