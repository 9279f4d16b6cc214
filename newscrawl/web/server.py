"""Serve an application at an address that a browser can open."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn

from newscrawl.errors import NewscrawlError

FIRST_PORT = 8001
_PORTS = 50  # number of ports to try if none is given
_SHUTDOWN_TIMEOUT = 2  # seconds that a running request may take at shutdown


class ListenError(NewscrawlError):
    """The server cannot listen on this host and port."""


def listen(host: str, port: int | None) -> socket.socket:
    """Open a listening socket, by default on the first free port from FIRST_PORT. Raises ListenError."""
    ports = range(FIRST_PORT, FIRST_PORT + _PORTS) if port is None else (port,)
    for number in ports:
        try:
            return _bind(host, number)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ListenError(f"{host}: {error.strerror or error}") from error
            if port is not None:
                raise ListenError(f"port {number} is in use; without --port, a free one is chosen") from error
    raise ListenError(f"ports {ports[0]} to {ports[-1]} are in use; give another one with --port")


def _bind(host: str, port: int) -> socket.socket:
    flags = socket.AI_PASSIVE
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def make_url(host: str, listener: socket.socket) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"


def serve(app: Any, listener: socket.socket, *, on_start: Callable[[], None]) -> None:
    """Serve until an interrupt or SIGTERM; `on_start` is called once, when requests are answered."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT
    )
    with suppress(KeyboardInterrupt):  # raised again after the shutdown
        _NotifyingServer(config, on_start).run(sockets=[listener])


class _NotifyingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_start()
