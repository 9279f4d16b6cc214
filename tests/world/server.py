"""One HTTP server for all sites of a world: each on its own loopback address, or by name, as their proxy."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from tests.world.site import Answer, Request, Site
from tests.world.story import Story

_REASONS = {200: "OK", 301: "Moved Permanently", 302: "Found", 304: "Not Modified", 403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True)
class World:
    """Sites that are served, and the truth about them."""

    sites: tuple[Site, ...]
    proxy: str
    """Of a world of names: requests for http://NAME.example/ go to this address; also of a world of addresses."""

    def site_at(self, url: str) -> Site | None:
        """Return the site of a URL, with or without www., as http or https."""
        return self._hosts.get(urlsplit(url).netloc.removeprefix("www."))

    @cached_property
    def _hosts(self) -> dict[str, Site]:
        return {urlsplit(site.origin).netloc.removeprefix("www."): site for site in self.sites}

    def story_at(self, url: str) -> tuple[Site, Story] | None:
        """Return the story whose article a URL leads to; None if there is none."""
        site = self.site_at(url)
        parts = urlsplit(url)
        story = site and site.story_at((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        return (site, story) if site and story else None

    @property
    def reachable(self) -> list[tuple[Site, Story]]:
        """The articles that a polite crawl can get: of sites that answer."""
        sites = (site for site in self.sites if not site.habits.dead and site.habits.blocks_after is None)
        return [(site, story) for site in sites for story in site.stories]

    @property
    def requests(self) -> int:
        return sum(len(site.log) for site in self.sites)

    def forget(self) -> None:
        """Forget the requests so far."""
        for site in self.sites:
            site.log.clear()


@contextmanager
def serve(sites: Sequence[Site], *, named: bool = False, port: int = 0) -> Iterator[World]:
    """Serve sites until the end of the block.

    Each has an address of its own (127.1.0.1, 127.1.0.2, …; Linux has all of 127.0.0.0/8), or, if `named`, the host
    NAME.example, whose requests must go through the proxy (http_proxy=world.proxy).
    """
    loop = asyncio.new_event_loop()
    hosts: dict[str, Site] = {}
    server = loop.run_until_complete(loop.create_server(lambda: _Connection(hosts), "0.0.0.0", port, backlog=1000))
    bound = server.sockets[0].getsockname()[1]
    for number, site in enumerate(sites, 1):
        address = f"127.{1 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"
        host = f"{'www.' if site.habits.www else ''}{site.name}.example" if named else f"{address}:{bound}"
        site.origin = f"http://{host}"
        site.__dict__.pop("routes", None)
        site.log.clear()
        hosts[host.removeprefix("www.")] = site
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield World(tuple(sites), f"http://127.0.0.1:{bound}")
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class _Connection(asyncio.Protocol):
    """A connection, kept alive; requests have no body."""

    def __init__(self, hosts: dict[str, Site]) -> None:
        self._hosts, self._received = hosts, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not transport.get_extra_info("peername")[0].startswith("127."):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            self._respond(head.decode("latin-1"))

    def _respond(self, head: str) -> None:
        request, *lines = head.split("\r\n")
        method, target, _ = request.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        parts = urlsplit(target if "://" in target else f"http://{headers.get('host', '')}{target}")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        site = self._hosts.get(parts.netloc.removeprefix("www."))
        if site is None or site.habits.dead:
            if site:
                site.log.append(Request(time.monotonic(), path, 0))
            self._transport.abort()
            return
        blocked = site.habits.blocks_after is not None and len(site.log) >= site.habits.blocks_after
        answer = Answer("<title>Forbidden</title>", status=403) if blocked else site.answer(path)
        content = self._message(site, answer, headers, path, method)
        if site.habits.seconds:
            asyncio.get_running_loop().call_later(site.habits.seconds, self._write, content)
        else:
            self._write(content)

    def _message(self, site: Site, answer: Answer, headers: dict[str, str], path: str, method: str) -> bytes:
        coding = site.habits.encoding if answer.type.startswith("text/html") else "utf-8"
        body = answer.body.encode(coding, "xmlcharrefreplace")
        tag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()[:16]}"'
        status = 304 if answer.status == 200 and headers.get("if-none-match") == tag else answer.status
        site.log.append(Request(time.monotonic(), path, status))
        fields = {"Content-Type": answer.type.replace("utf-8", coding), "ETag": tag}
        if answer.location:
            fields["Location"] = site.url(answer.location)
        if status == 304:
            body = b""
        else:
            fields["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"HTTP/1.1 {status} {_REASONS[status]}\r\n{lines}\r\n".encode() + (b"" if method == "HEAD" else body)

    def _write(self, content: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(content)
