"""An HTTP proxy for a browser, which connects to public addresses only: the browser resolves no names by itself."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from urllib.parse import urlsplit

from newscrawl.address_policy import Network, may_connect

_MAX_HEAD = 64 * 1024
_CHUNK = 64 * 1024
_CONNECT_SECONDS = 20.0
_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_UNREACHABLE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class PublicProxy:
    """Listens on the loopback interface for CONNECT and plain HTTP; one request for each connection.

    The address is checked when the connection is made, so no name that resolves to another address later leads there.
    """

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        """Start to listen. Return the proxy's URL."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_MAX_HEAD)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        if self._server:
            self._server.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await self._forward(head.decode("latin-1"), reader, writer)
        except PermissionError:
            writer.write(_REFUSED)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.write(_UNREACHABLE)
        finally:
            await _close(writer)

    async def _forward(self, head: str, reader: StreamReader, writer: StreamWriter) -> None:
        first, *headers = head.split("\r\n")
        method, target, _ = first.split(" ", 2)
        is_tunnel = method == "CONNECT"
        parts = urlsplit(f"//{target}" if is_tunnel else target)
        async with asyncio.timeout(_CONNECT_SECONDS):
            upstream, sender = await self._connect(parts.hostname or "", parts.port or (443 if is_tunnel else 80))
        try:
            if is_tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
                kept = [line for line in headers if line and not line.lower().startswith(("proxy-", "connection:"))]
                request = "\r\n".join((f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""))
                sender.write(request.encode("latin-1"))
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(reader, sender))
                both.create_task(_copy(upstream, writer))
        finally:
            await _close(sender)

    async def _connect(self, host: str, port: int) -> tuple[StreamReader, StreamWriter]:
        """Connect to the first address of a host. Raises PermissionError for one that is not public, OSError."""
        known = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
        address = str(known[0][4][0])
        if not may_connect(address, self._allowed):
            raise PermissionError(f"{address} is no public address")
        return await asyncio.open_connection(address, port)


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def _close(writer: StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
