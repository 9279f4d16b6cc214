"""Responses of which a part is missing, from a real server: they fail and are retried; mislabelled ones are read."""

from __future__ import annotations

import gzip
import socket
import sqlite3
import struct
import time
import zlib
from collections.abc import Callable
from contextlib import closing

import brotli

from newscrawl.storage import Query
from tests.content_encodings.pages import chunked, raw_deflate, zstd
from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Publisher, Raw, Route, article, feed

NEWS = "/news/articles/2024-03-05"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"


def story(name: str) -> bytes:
    return article(f"Tern Lines Sails On: {name}")[2]


def sent(headers: dict[str, str], body: bytes, status: int = 200) -> Route:
    return status, HTML | headers, body


def raw(head: bytes, body: bytes, *, reset: bool = False) -> Route:
    """A response on a connection that is then closed, or reset."""

    def write(connection: socket.socket) -> None:
        connection.sendall(HEAD + head + b"\r\n" + body)
        if reset:
            time.sleep(0.3)  # until the other side has read all
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    return Raw(write)


def part(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


WHOLE: dict[str, Callable[[bytes], Route]] = {
    "gzip": lambda page: sent({"Content-Encoding": "gzip"}, gzip.compress(page)),
    "deflate": lambda page: sent({"Content-Encoding": "deflate"}, zlib.compress(page)),
    "bare-deflate": lambda page: sent({"Content-Encoding": "deflate"}, raw_deflate(page)),
    "br": lambda page: sent({"Content-Encoding": "br"}, brotli.compress(page)),
    "zstd": lambda page: sent({"Content-Encoding": "zstd"}, zstd.compress(page)),
    "chain": lambda page: sent({"Content-Encoding": "deflate, gzip"}, gzip.compress(zlib.compress(page))),
    "padded": lambda page: sent({"Content-Encoding": "x-gzip"}, gzip.compress(page) + bytes(99)),
    "no-header": lambda page: sent({}, gzip.compress(page)),
    "blank-header": lambda page: sent({"Content-Encoding": ""}, gzip.compress(page)),
    "plain-gzip": lambda page: sent({"Content-Encoding": "gzip"}, page),
    "plain-br": lambda page: sent({"Content-Encoding": "br"}, page),
    "unknown": lambda page: sent({"Content-Encoding": "text/html"}, page),
    "two-labels": lambda page: sent({"Content-Encoding": "UTF8,gzip"}, gzip.compress(page)),
    "until-close": lambda page: raw(b"", page),
    "chunks": lambda page: raw(b"Transfer-Encoding: chunked\r\n", chunked(page)),
}
PARTS: dict[str, tuple[Callable[[bytes], Route], str]] = {
    "gzip": (lambda page: sent({"Content-Encoding": "gzip"}, part(gzip.compress(page))), "cut_off"),
    "gzip-trailer": (lambda page: sent({"Content-Encoding": "gzip"}, gzip.compress(page)[:-8]), "cut_off"),
    "gzip-head": (lambda page: sent({"Content-Encoding": "gzip"}, gzip.compress(page)[:5]), "cut_off"),
    "gzip-damage": (
        lambda page: sent({"Content-Encoding": "gzip"}, gzip.compress(page)[:-8] + bytes(8)),
        "broken_encoding",
    ),
    "no-header": (lambda page: sent({}, part(gzip.compress(page))), "cut_off"),
    "deflate": (lambda page: sent({"Content-Encoding": "deflate"}, part(zlib.compress(page))), "cut_off"),
    "bare-deflate": (lambda page: sent({"Content-Encoding": "deflate"}, part(raw_deflate(page))), "cut_off"),
    "br": (lambda page: sent({"Content-Encoding": "br"}, part(brotli.compress(page))), "cut_off"),
    "zstd": (lambda page: sent({"Content-Encoding": "zstd"}, part(zstd.compress(page))), "cut_off"),
    "chain": (
        lambda page: sent({"Content-Encoding": "br, gzip"}, part(gzip.compress(brotli.compress(page)))),
        "cut_off",
    ),
    "length": (lambda page: raw(b"Content-Length: %d\r\n" % len(page), page[:-9]), "cut_off"),
    "chunks": (lambda page: raw(b"Transfer-Encoding: chunked\r\n", part(chunked(page))), "cut_off"),
    "last-chunk": (lambda page: raw(b"Transfer-Encoding: chunked\r\n", chunked(page)[:-5]), "cut_off"),
    "reset": (lambda page: raw(b"", part(page), reset=True), "cut_off"),
    "range": (lambda page: sent({"Content-Range": f"bytes 0-999/{len(page)}"}, page[:1000], 206), "partial_content"),
}


def test_parts_fail_and_mislabelled_bodies_are_read(site: Publisher, crawl: Crawler) -> None:
    whole = {f"{NEWS}/whole-{name}": make(story(name)) for name, make in WHOLE.items()}
    parts = {f"{NEWS}/part-{name}": make(story(name)) for name, (make, _) in PARTS.items()}
    site.routes |= whole | parts | {"/feed.rss": feed(site.base, *whole, *parts)}
    run = crawl("-s", "RETRY_TIMES=1")
    assert run.ledger == dict.fromkeys(whole, ("stored", None)) | {
        f"{NEWS}/part-{name}": ("failed", reason) for name, (_, reason) in PARTS.items()
    }
    assert all(page.due_at for page in run.pages if page.state == "failed")
    assert {path: site.paths.count(path) for path in parts} == dict.fromkeys(parts, 2)
    with closing(sqlite3.connect(crawl.folder / "news.db")) as database:
        kept = database.execute(
            "SELECT incomplete_reason FROM captures WHERE NOT complete AND state = 'failed'"
        ).fetchall()
    assert {reason for (reason,) in kept} == {"cut_off", "broken_encoding", "partial_content"}
    stored = [each.article for each in run.store.articles(Query(limit=None)) if each.article.body]
    assert {each.headline for each in stored} == {f"Tern Lines Sails On: {name}" for name in WHOLE}
    assert {(len(each.body), each.complete) for each in stored} == {(3, True)}

    site.routes |= {f"{NEWS}/part-{name}": article(f"Tern Lines Sails On: {name} part") for name in PARTS}
    crawl.later(hours=1)
    again = crawl()
    assert again.ledger == dict.fromkeys([*whole, *parts], ("stored", None)) | {
        path: again.ledger[path] for path in whole
    }
    stored = [each.article for each in again.store.articles(Query(limit=None)) if each.article.body]
    assert len(stored) == len(WHOLE) + len(PARTS)
    assert {(len(each.body), each.complete) for each in stored} == {(3, True)}
