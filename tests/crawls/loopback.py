"""A publisher on 127.0.0.1: a real HTTP server for whole crawls, and the spiders for it. All text is invented."""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from newscrawl.crawl.spider import NewsSpider
from newscrawl.publisher import BlockMarks, UrlRules
from newscrawl.publisher import Publisher as PublisherValue

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Raw:
    """A response that a test writes to the connection itself; the connection is closed afterwards."""

    write: Callable[[socket.socket], None]


Route = Answer | Callable[[], Answer] | Raw

HTML = {"Content-Type": "text/html; charset=utf-8"}
XML = {"Content-Type": "application/xml"}
PARAGRAPHS = (
    "The ferry company Tern Lines said on Tuesday that it would run its boats an hour later in summer.",
    "Its chief executive, Noor Haddad, told the harbour board that islanders had asked for years.",
    "The later boats cost a night crew each, which fares from visitors are expected to pay for by autumn.",
)


def article(headline: str, day: str = "2024-03-05", *, extra: str = "") -> Answer:
    """An article page in the layout of 2018."""
    body = "".join(f"<p>{text} {extra}</p>" for text in PARAGRAPHS)
    page = f"""<!DOCTYPE html><html lang="en"><head><title>{headline}</title>
    <meta property="og:site_name" content="Sample Edition"><meta name="owner" content="Bloomberg L.P."></head>
    <body><main><div class="lede-text-v2">
    <h1 class="lede-text-v2__hed">{headline}</h1><address class="lede-text-v2__byline">
    <a class="author-v2__byline" href="/a">Ada Okafor</a></address><div class="lede-text-v2__times">
    <time itemprop="datePublished" datetime="{day}T10:15:00.000Z">10:15</time></div></div>
    <div class="body-copy-v2">{body}</div></main></body></html>"""
    return 200, HTML, page.encode()


def feed(base: str, *paths: str) -> Answer:
    """A feed of URLs."""
    items = "".join(
        f"<item><link>{path if '//' in path else base + path}</link><title>A headline</title></item>" for path in paths
    )
    return 200, XML, f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


def sitemap(base: str, *paths: str) -> Answer:
    """A sitemap of URLs."""
    urls = "".join(f"<url><loc>{base}{path}</loc></url>" for path in paths)
    return 200, XML, f"<urlset>{urls}</urlset>".encode()


def slowly(answer: Answer, seconds: float) -> Callable[[], Answer]:
    """A response after a delay."""

    def answered() -> Answer:
        time.sleep(seconds)
        return answer

    return answered


def for_ever(start: bytes, more: bytes, *, pause: float = 0.0) -> Raw:
    """An answer without an end."""

    def write(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(more)
            time.sleep(pause)

    return Raw(write)


class Publisher(ThreadingHTTPServer):
    """A server whose responses are set by a test, and that records its requests."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__((host, port), _Handler)
        self.base = f"http://{host}:{self.server_address[1]}"
        self.routes: dict[str, Route] = {}
        """By path, or by host (without a port) and path."""
        self.requests: list[tuple[float, str, str]] = []
        """Time (monotonic), path and user agent of each request."""
        self.headers: list[tuple[str, Message]] = []
        """Path and headers of each request."""

    @property
    def paths(self) -> list[str]:
        """The requested paths, in order, without robots.txt."""
        return [path for _, path, _ in self.requests if path != "/robots.txt"]


class _Handler(BaseHTTPRequestHandler):
    server: Publisher
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.requests.append((time.monotonic(), self.path, self.headers["User-Agent"]))
        self.server.headers.append((self.path, self.headers))
        routes, host = self.server.routes, str(self.headers["Host"]).partition(":")[0]
        route = routes.get(host + self.path) or routes.get(self.path, (404, HTML, b"<title>Not here</title>"))
        if isinstance(route, Raw):
            self.close_connection = True
            with suppress(OSError):  # the other side has had enough
                route.write(self.connection)
            return
        status, headers, body = route() if callable(route) else route
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def publisher(host: str = "127.0.0.1", port: int = 0, *, tls: ssl.SSLContext | None = None) -> Iterator[Publisher]:
    """A publisher that serves until the end of the block."""
    with Publisher(host, port) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            server.base = server.base.replace("http:", "https:")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


BROKEN: dict[str, object] = {}
_BASE = os.environ.get("LOOPBACK", "http://127.0.0.1:1")


class LoopbackSpider(NewsSpider):
    """`scrapy crawl loopback`: the publisher whose address is in the environment."""

    name = "loopback"
    publisher = PublisherValue(
        name="loopback",
        title="",
        home=f"{_BASE}/",
        hosts=frozenset(("127.0.0.1",)),
        lists=(("feed", f"{_BASE}/feed.rss"), ("front_page", f"{_BASE}/")),
        sitemap_paths=re.compile("^/news-"),
        newest_sitemaps=1,
        url_rules=UrlRules(
            article_paths=re.compile(r"^/news/articles/\d{4}-\d\d-\d\d/."),
            other_paths={"video": re.compile("^/news/videos/")},
        ),
        block_marks=BlockMarks(titles=frozenset(("Are you a robot?",)), paths=frozenset(("/tosv2.html",))),
    )


class RaisingSpider(LoopbackSpider):
    """Its callback has a bug."""

    name = "raising"

    async def parse_page(self, response):  # type: ignore[no-untyped-def]
        """Raises."""
        yield BROKEN["a bug"]


class StartRaisingSpider(LoopbackSpider):
    """Its start has a bug."""

    name = "start_raising"

    async def start(self):  # type: ignore[no-untyped-def]
        """Raises."""
        yield BROKEN["a bug"]
