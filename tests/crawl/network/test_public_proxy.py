"""The proxy of the browser: to public and allowed addresses, and nowhere else."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest

from newscrawl.crawl.network.public_proxy import PublicProxy

LOOPBACK = (ip_network("127.0.0.1/32"),)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + head)
    writer.close()


async def request(opening: str, head: str = "", *, is_allowed: bool = True) -> str:
    """Send a request through a proxy to a server of this machine, whose port is {port}; what comes back."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    proxy = PublicProxy(LOOPBACK if is_allowed else ())
    address = await proxy.start()
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(address.rpartition(":")[2]))
    writer.write((opening.format(port=port) + "\r\n\r\n" + head).encode())
    got = await reader.read()
    writer.close()
    proxy.close()
    server.close()
    return got.decode()


def test_a_tunnel_leads_to_an_allowed_address() -> None:
    got = asyncio.run(request("CONNECT 127.0.0.1:{port} HTTP/1.1", "GET /a HTTP/1.1\r\n\r\n"))
    assert got.startswith("HTTP/1.1 200 Connection established")
    assert "GET /a HTTP/1.1" in got


def test_a_plain_request_is_sent_with_its_path_and_without_headers_for_the_proxy() -> None:
    got = asyncio.run(request("GET http://127.0.0.1:{port}/a?b=1 HTTP/1.1\r\nHost: x\r\nProxy-Connection: keep-alive"))
    assert "GET /a?b=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" in got
    assert "Proxy-Connection" not in got


@pytest.mark.parametrize("target", ["CONNECT 127.0.0.1:{port}", "GET http://127.0.0.1:{port}/", "CONNECT [::1]:{port}"])
def test_a_private_address_is_refused(target: str) -> None:
    assert asyncio.run(request(f"{target} HTTP/1.1", is_allowed=False)).startswith("HTTP/1.1 403 ")


@pytest.mark.parametrize("opening", ["GET", "CONNECT nowhere.invalid:443 HTTP/1.1", "CONNECT x:99999999 HTTP/1.1"])
def test_what_leads_nowhere_is_answered(opening: str) -> None:
    assert asyncio.run(request(opening)).startswith("HTTP/1.1 502 ")
