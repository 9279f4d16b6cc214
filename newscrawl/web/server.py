"""From an application to an address that a browser opens."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn

from newscrawl.errors import NewscrawlError

FIRST_PORT = 8001
_TRIED = 50
"""Ports, where none was asked for."""
_PATIENCE = 2
"""Seconds that a request may still take when the reader has gone."""


class TakenError(NewscrawlError):
    """Nobody can listen there."""


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens; without a port on the first free one from FIRST_PORT on. Raises TakenError."""
    ports = range(FIRST_PORT, FIRST_PORT + _TRIED) if port is None else (port,)
    for each in ports:
        try:
            return _bound(host, each)
        except OSError as error:
            if port is None and error.errno == errno.EADDRINUSE:
                continue
            if error.errno == errno.EADDRINUSE:
                raise TakenError(f"port {each} is taken; without --port a free one is found") from error
            raise TakenError(f"{host}: {error.strerror or error}") from error
    raise TakenError(f"ports {ports[0]} to {ports[-1]} are taken; name another one with --port")


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, at = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(at)
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def address_of(host: str, listening: socket.socket) -> str:
    """What to open in a browser."""
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"


def serve(app: Any, listening: socket.socket, *, when_up: Callable[[], None]) -> None:
    """Answer until an interrupt or SIGTERM; `when_up` is called once, when the first request would be answered."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_PATIENCE
    )
    with suppress(KeyboardInterrupt):  # an interrupt is passed on when all is closed
        _Server(config, when_up).run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, when_up: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_up = when_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_up()
