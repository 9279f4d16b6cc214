"""The simulated publisher on 127.0.0.1: a real HTTP server whose clock is set, and that remembers its requests.

Two of its lists lie from the start: the feed of markets answers 304 although it changed, and the index of features
says of no sitemap that it changed.
"""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from tests.simulation import markup
from tests.simulation.story import BEGIN, REDESIGNED, VANISHED, ListName, Plan, Story, Version, spell_at

Kind = Literal["robots", "list", "page"]
FEEDS: dict[str, ListName] = {"/news.rss": "feed", "/markets.rss": "markets", "/politics.rss": "politics"}
NEWS_SITEMAP = "/sitemaps/news/latest.xml"
FOLDERS: dict[str, ListName] = {"/sitemaps/news/": "months", "/sitemaps/features/": "features"}
INDEXES = tuple(f"{folder}index.xml" for folder in FOLDERS)
LYING_ETAG, LYING_LASTMOD = "/markets.rss", "/sitemaps/features/index.xml"
_XML, _HTML = "application/xml", "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request that came, and what it got."""

    at: datetime
    path: str
    kind: Kind
    status: int
    bytes: int
    """Of the answer's head and body."""
    conditional: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers and a body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Resource:
    """What an address has, with its validators."""

    type: str
    body: bytes
    etag: str | None = None
    modified: datetime | None = None


class Site:
    """What the publisher of a plan answers at a moment. `now` is the moment, for the caller to set."""

    def __init__(self, plan: Plan, *, page_bytes: int = 16_000) -> None:
        self.plan, self.page_bytes = plan, page_bytes
        self.now = BEGIN
        self.base = ""
        self.requests: list[LoggedRequest] = []

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        """The answer to a GET; `headers` have lower-case names."""
        path = path.partition("?")[0]
        answer = self._wrong(path) or self._right(path, headers)
        size = len(answer.body) + sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
        conditional = "if-none-match" in headers or "if-modified-since" in headers
        self.requests.append(LoggedRequest(self.now, path, kind_of(path), answer.status, size, conditional))
        return answer

    def _wrong(self, path: str) -> Answer | None:
        spell = spell_at(self.now)
        if spell and spell.wrong == "forbidden":
            return Answer(403, {"Content-Type": _HTML}, b"<title>Forbidden</title>")
        if spell and (spell.wrong == "unavailable" or (spell.wrong == "pages_unavailable" and kind_of(path) == "page")):
            return Answer(503, {"Content-Type": _HTML}, b"<title>Service Unavailable</title>")
        return None

    def _right(self, path: str, headers: dict[str, str]) -> Answer:
        resource = self.resource(path)
        if resource is None:
            return Answer(404, {"Content-Type": _HTML}, b"<title>Not Found</title>")
        validators = {"ETag": resource.etag} if resource.etag else {}
        if resource.modified:
            validators["Last-Modified"] = format_datetime(resource.modified, usegmt=True)
        if _is_unchanged(resource, headers):
            return Answer(304, validators, b"")
        return Answer(200, validators | {"Content-Type": resource.type}, resource.body)

    def resource(self, path: str) -> _Resource | None:
        """What an address has now; None where there is nothing."""
        if path == "/robots.txt":
            return _Resource("text/plain", self._robots())
        if path == "/":
            return _Resource(_HTML, markup.front_page(self.plan.on_front_page(self.now), self.now))
        if path in FEEDS:
            return self._feed(path)
        if path == NEWS_SITEMAP:
            return self._news_sitemap()
        for folder, name in FOLDERS.items():
            if path.startswith(folder):
                return self._sitemap(folder, name, path.removeprefix(folder))
        story = self.plan.by_path.get(path)
        return self._page(story) if story and story.published <= self.now else None

    def _robots(self) -> bytes:
        listed = "".join(f"Sitemap: {self.base}{path}\n" for path in (NEWS_SITEMAP, *INDEXES))
        return f"User-agent: *\nDisallow: /search\n{listed}".encode()

    def _feed(self, path: str) -> _Resource | None:
        if path == "/politics.rss" and self.now >= VANISHED:
            return None
        stories = self.plan.in_list(FEEDS[path], self.now)
        body = markup.feed(self.base, stories, self.now)
        return _Resource(_XML, body, '"from-the-start"' if path == LYING_ETAG else _etag(body))

    def _news_sitemap(self) -> _Resource:
        stories = self.plan.in_list("news_sitemap", self.now)
        return _Resource(
            _XML,
            markup.news_sitemap(self.base, stories, self.now),
            modified=self._changed(stories),
        )

    def _sitemap(self, folder: str, name: ListName, file: str) -> _Resource | None:
        months = self.plan.months(self.now)
        if file == "index.xml":
            honest = f"{folder}index.xml" != LYING_LASTMOD
            months_changed = [(month, self._changed(self.plan.in_list(name, self.now, month))) for month in months]
            months_changed = [(month, changed if honest else month) for month, changed in months_changed]
            body = markup.sitemap_index(self.base, folder, months_changed)
            return _Resource(_XML, body, _etag(body))
        month = next((month for month in months if file == f"{month.year}-{month.month}.xml"), None)
        if month is None:
            return None
        body = markup.month_sitemap(self.base, self.plan.in_list(name, self.now, month), self.now)
        return _Resource(_XML, body, _etag(body))

    def _page(self, story: Story) -> _Resource:
        version, redesigned = story.version(self.now), self.now >= REDESIGNED
        etag = f'W/"{story.number}-{story.versions.index(version)}-{int(redesigned)}"'
        body = _page(self.base, story, version, redesigned, (self.now - BEGIN).days, self.page_bytes)
        modified = max(version.at, REDESIGNED) if redesigned else version.at
        return _Resource(_HTML, body, etag, modified)

    def _changed(self, stories: list[Story]) -> datetime:
        """When a list of stories last changed, by a story more or a story edited."""
        return max((max(story.listed, story.version(self.now).at) for story in stories), default=BEGIN)


@lru_cache(maxsize=1000)
def _page(base: str, story: Story, version: Version, redesigned: bool, day: int, size: int) -> bytes:
    return markup.page(base, story, version, redesigned=redesigned, chrome=_chrome(day, size))


_chrome = lru_cache(maxsize=2)(markup.chrome)


def kind_of(path: str) -> Kind:
    """What a path serves."""
    if path == "/robots.txt":
        return "robots"
    return "page" if "/articles/" in path or "/videos/" in path else "list"


def _etag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'


def _is_unchanged(resource: _Resource, headers: dict[str, str]) -> bool:
    """RFC 9110, 13.2.2: If-Modified-Since counts only where there is no If-None-Match."""
    if etags := headers.get("if-none-match"):
        known = {tag.strip().removeprefix("W/") for tag in etags.split(",")}
        return resource.etag is not None and resource.etag.removeprefix("W/") in known
    if (since := headers.get("if-modified-since")) and resource.modified:
        return resource.modified.replace(microsecond=0) <= parsedate_to_datetime(since)
    return False


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: a second one waits 40 ms for the client's acknowledgement
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.site.answer(self.path, headers)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # Scrapy opens connections in bursts where no delay is set; one too many waits a second

    def __init__(self, port: int, site: Site) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.site = site


class Host:
    """Where a site is served: an address of 127.0.0.1 that is its own, and can refuse connections."""

    def __init__(self, site: Site) -> None:
        self._site = site
        # bound and never listening: while the site refuses, nobody else gets its port, nor a client by chance its own
        self._holder = socket.socket()
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", 0))
        self._port: int = self._holder.getsockname()[1]
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        site.base = f"http://127.0.0.1:{self._port}"

    def at(self, moment: datetime) -> None:
        """Set the site's clock, and accept connections or refuse them as they are then."""
        self._site.now = moment
        spell = spell_at(moment)
        if spell and spell.wrong == "refused":
            self.refuse()
        elif self._server is None:
            self._server = _Server(self._port, self._site)
            self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
            self._thread.start()

    def refuse(self) -> None:
        """Accept no more connections."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = self._thread = None

    def close(self) -> None:
        """Leave the address."""
        self.refuse()
        self._holder.close()


@contextmanager
def served(site: Site) -> Iterator[Host]:
    """The site on an address of its own, until the end of the block."""
    host = Host(site)
    try:
        yield host
    finally:
        host.close()
