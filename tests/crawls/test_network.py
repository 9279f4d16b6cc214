"""Hosts in any spelling, robots.txt, redirects, conditional requests and malformed responses, in whole crawls."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.crawls.crawler import Crawler
from tests.crawls.loopback import HTML, Publisher, Raw, Route, article, feed, for_ever

NEWS = "/news/articles/2024-03-05"
NAMED = ("-s", "TWISTED_DNS_RESOLVER=tests.crawls.names.ScriptedResolver", "-s", "LOG_LEVEL=CRITICAL")


def to(location: str, status: int = 302) -> Route:
    return status, {"Location": location}, b""


def name_hosts(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    """Let names lead to this machine."""
    monkeypatch.setenv("NAMES", json.dumps({host: [["127.0.0.1"]] for host in hosts}))


def test_an_address_may_redirect_to_other_hosts_of_its_publisher(
    crawl: Crawler, site: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_hosts(monkeypatch, "vell.example", "www.vell.example", "m.vell.example", "news.vell.example")
    port = site.server_address[1]
    for name in ("www", "m", "own", "subdomain"):
        site.routes[f"{NEWS}/{name}/stays"] = article(f"The {name} Harbour Stays Open")
    site.routes[f"{NEWS}/www"] = to(f"http://WWW.Vell.Example.:{port}{NEWS}/www/stays")
    site.routes[f"{NEWS}/m"] = to(f"http://m.vell.example:{port}{NEWS}/m/stays")
    site.routes[f"{NEWS}/own"] = to(f"{site.base}{NEWS}/own/stays")
    site.routes[f"{NEWS}/subdomain"] = to(f"http://news.vell.example:{port}{NEWS}/subdomain/stays")
    urls = [f"http://vell.example:{port}{NEWS}/{name}" for name in ("www", "m", "own", "subdomain")]
    run = crawl("-a", f"urls={','.join(urls)}", *NAMED)
    assert run.code == 0
    assert {url: (page.state, page.reason) for page in run.pages if (url := page.url) in urls} == {
        **dict.fromkeys(urls[:3], ("stored", None)),
        urls[3]: ("refused", "offsite"),
    }


def test_links_to_a_site_are_followed_in_every_spelling_and_once(
    crawl: Crawler, site: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = site.server_address[1]
    site.routes[f"{NEWS}/stays"] = article("Harbour Stays Open")
    links = [f"http://127.0.0.1.:{port}{NEWS}/stays", f"http://127.0.0.1:0{port}{NEWS}/stays", f"{NEWS}/stays#top"]
    site.routes["/feed.rss"] = feed(site.base, *links)
    run = crawl("-s", "LOG_LEVEL=CRITICAL")
    assert [page.state for page in run.pages] == ["stored"]
    assert site.paths.count(f"{NEWS}/stays") == 1


def test_every_state_of_a_robots_txt(crawl: Crawler, site: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = b"User-agent: *\nDisallow: /news/secret\n"
    port, lines = site.server_address[1], b"# tide\n" * 100_000

    def raw(head: bytes, body: bytes = rules) -> Raw:
        return Raw(lambda connection: connection.sendall(head + b"\r\n\r\n" + body))

    served: dict[str, Route] = {
        "rules": (200, {}, rules),
        "elsewhere": to(f"http://cdn.example:{port}/hops/5", 301),
        "too-far": to(f"http://cdn.example:{port}/hops/6", 308),
        "loop": to("/robots.txt"),
        "inside": to(f"http://10.0.0.1:{port}/robots.txt"),
        "inside-by-name": to(f"http://router.example:{port}/robots.txt"),
        "no-address": to("http://[cdn/"),
        "missing": (404, HTML, rules),
        "forbidden-elsewhere": to(f"http://cdn.example:{port}/forbidden"),
        "forbidden": (403, HTML, b"Access Denied"),
        "broken": (500, HTML, b"Tide too high"),
        "no-status": raw(b"HTTP/1.1 99999 Tide", rules),
        "cut-off": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900"),
        "large": (200, {}, rules + lines + b"Disallow: /\n"),
        "large-gzip": (200, {"Content-Encoding": "gzip"}, gzip.compress(rules + lines + b"Disallow: /\n")),
        "endless": for_ever(b"HTTP/1.1 200 OK\r\n\r\n" + rules, lines),
        "html": (200, HTML, b"<title>Welcome</title><p>User-agent"),
        "utf-16": (200, {}, rules.decode().encode("utf-16")),
        "slow": (200, {}, rules + b"Crawl-delay: 86400"),
    }
    hosts = {name: f"{name}.example" for name in served}
    monkeypatch.setattr(crawl, "allowed", "127.0.0.1/32")
    names = {host: [["127.0.0.1"]] for host in (*hosts.values(), "cdn.example")}
    monkeypatch.setenv("NAMES", json.dumps(names | {"router.example": [["192.168.0.1"]]}))
    for number in range(1, 7):
        site.routes[f"cdn.example/hops/{number}"] = to(f"/hops/{number - 1}")
    site.routes["cdn.example/hops/0"] = 200, {}, rules
    site.routes["cdn.example/hops/1"] = 200, {}, rules
    site.routes["cdn.example/forbidden"] = 403, HTML, b"Access Denied"
    for name, host in hosts.items():
        site.routes[f"{host}/robots.txt"] = served[name]
        for path in ("open", "secret"):
            site.routes[f"{host}/news/{path}"] = article(f"The {name} Harbour Stays {path.title()}")
    pages = [f"http://{host}:{port}/news/{path}" for host in hosts.values() for path in ("open", "secret")]
    run = crawl("-a", f"urls={','.join(pages)}", *NAMED, "-s", "RETRY_ENABLED=0")

    ledger = {page.url: (page.state, page.reason) for page in run.pages}
    outcomes = {
        name: tuple(ledger[f"http://{host}:{port}/news/{path}"] for path in ("open", "secret"))
        for name, host in hosts.items()
    }
    stored, refused, waiting = ("stored", None), ("refused", "robots_txt"), ("discovered", None)
    obeyed = ("rules", "elsewhere", "large", "large-gzip", "endless", "utf-16")
    none = ("missing", "forbidden-elsewhere", "html")
    assert outcomes == {
        name: (stored, refused) if name in obeyed else (stored, stored) if name in none else (waiting, waiting)
        for name in served
    } | {"slow": (waiting, refused)}
    assert not [path for path in site.paths if path == "/news/secret"][len(none) :]
    assert run.err == ""


def test_a_host_that_asks_for_a_day_between_requests_is_skipped(crawl: Crawler, site: Publisher) -> None:
    site.routes["/feed.rss"] = feed(site.base, f"{NEWS}/stays")
    site.routes["/robots.txt"] = (
        200,
        {},
        b"User-agent: *\nCrawl-delay: 86400\nSitemap: " + site.base.encode() + b"/news-1.xml",
    )
    run = crawl("-s", "DOWNLOAD_DELAY=1")
    asks = "its robots.txt asks for 86400 s between requests, over 120"
    assert (run.code, site.paths) == (3, [])
    assert run.out.startswith(f"loopback: unreachable ({site.base[7:]}: {asks})")
    assert run.err.count(asks) == 1
    site.routes["/robots.txt"] = 404, {}, b""
    site.routes[f"{NEWS}/stays"] = article("The Harbour Stays")
    assert crawl().ledger == {f"{NEWS}/stays": ("stored", None)}


def test_conditions_belong_to_one_url_and_are_sent_as_they_came(crawl: Crawler, site: Publisher) -> None:
    yesterday, date = format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True), "Last-Modified"
    sent: dict[str, tuple[dict[str, str], dict[str, str]]] = {
        "etag": ({"ETag": '"tide-1"', date: yesterday}, {"If-None-Match": '"tide-1"', "If-Modified-Since": yesterday}),
        "latin": ({"ETag": '"caf\xe9"'}, {"If-None-Match": '"caf\xe9"'}),
        "unquoted": ({"ETag": "tide"}, {"If-None-Match": "tide"}),
        "control": ({"ETag": '"tide\x85"', date: yesterday}, {"If-Modified-Since": yesterday}),
        "future": ({date: "Sun, 01 Jan 2040 00:00:00 GMT", "ETag": '"tide-2"'}, {"If-None-Match": '"tide-2"'}),
        "no-date": ({date: "yesterday"}, {}),
        "epoch": ({date: "Thu, 01 Jan 1970 00:00:00 GMT"}, {}),
        "varies": ({"ETag": '"tide-3"', "Vary": "*"}, {}),
        "other-coding": ({"ETag": '"tide-4-br"', date: yesterday}, {"If-Modified-Since": yesterday}),
        "moves": ({"ETag": '"tide-5"', date: yesterday}, {"If-None-Match": '"tide-5"', "If-Modified-Since": yesterday}),
        "moved": ({}, {}),
        "lies": ({"ETag": '"tide-6"'}, {"If-None-Match": '"tide-6"'}),
    }
    for name, (headers, _) in sent.items():
        status, html, body = article(f"The {name} Harbour Stays")
        undated = body.replace(b'datetime="2024-03-05T10:15:00.000Z"', b"")
        site.routes[f"{NEWS[:-11]}/undated/{name}"] = status, html | headers, undated
    paths = {name: f"{NEWS[:-11]}/undated/{name}" for name in sent}
    site.routes[paths["moved"]] = to(paths["etag"] + "?from=moved")
    site.routes[paths["etag"] + "?from=moved"] = site.routes[paths["etag"]]
    site.routes["/feed.rss"] = feed(site.base, *paths.values())
    assert set(crawl().ledger.values()) == {("stored", None)}

    # one story has been taken down; its address leads to a page that says 304 to whatever it is asked
    site.routes[paths["moves"]] = to("/about/taken-down", 301)
    site.routes[paths["lies"]] = to("/about/always-unmodified", 301)
    site.routes["/about/taken-down"] = article("Why Stories Are Taken Down")
    site.routes["/about/always-unmodified"] = 304, {}, b""
    site.headers.clear()
    crawl.later(hours=2)
    run = crawl()
    received = {
        path: {name: headers[name] for name in ("If-None-Match", "If-Modified-Since") if headers[name]}
        for path, headers in site.headers
    }
    assert {name: received[path] for name, path in paths.items()} == {
        name: wanted for name, (_, wanted) in sent.items()
    }
    assert received["/about/taken-down"] == received["/about/always-unmodified"] == {}
    assert run.ledger[paths["lies"]] == ("failed", "unexpected_304")
    assert run.ledger[paths["moves"]][0] in ("stored", "unchanged")


OK = b"HTTP/1.1 200 OK"
INVALID, RESET = ("failed", "invalid_response"), ("failed", "connection_reset")
STORED = ("stored", None)
MALFORMED: dict[str, tuple[bytes, tuple[str, str | None]]] = {
    "status-99999": (b"HTTP/1.1 99999 X", INVALID),
    "status-600": (b"HTTP/1.1 600 X", INVALID),
    "status-99": (b"HTTP/1.1 99 X", INVALID),
    "status-0": (b"HTTP/1.1 0 X", INVALID),
    "status-negative": (b"HTTP/1.1 -20 X", INVALID),
    "status-plus": (b"HTTP/1.1 +200 X", INVALID),
    "status-underscore": (b"HTTP/1.1 2_00 X", INVALID),
    "status-word": (b"HTTP/1.1 abc X", INVALID),
    "status-none": (b"HTTP/1.1", INVALID),
    "status-long": (b"HTTP/1.1 " + b"2" * 5000, INVALID),
    "no-version": (b"Tide 200 OK", INVALID),
    "version-0.9": (b"<!DOCTYPE html><html><body>", INVALID),
    "empty-line": (b"", INVALID),
    "no-phrase": (OK[:-3], STORED),
    "phrase-latin": (b"HTTP/1.1 200 Tr\xe8s bien", STORED),
    "two-spaces": (b"HTTP/1.1  200 OK", INVALID),
    "no-colon": (OK + b"\r\nThis is no header", STORED),
    "continuation": (OK + b"\r\n  of nothing\r\nX-Wave: a\r\n b", STORED),
    "octets": (OK + b"\r\nX-W\xe4ve: caf\xe9\x85\x00\xff", STORED),
    "name-space": (OK + b"\r\nContent-Type : text/html\r\nX Wave: a", STORED),
    "name-empty": (OK + b"\r\n: wave", STORED),
    "lengths-equal": (OK + b"\r\nContent-Length: LENGTH\r\nContent-Length: LENGTH, LENGTH", STORED),
    "lengths-differ": (OK + b"\r\nContent-Length: LENGTH\r\nContent-Length: 5", INVALID),
    "length-negative": (OK + b"\r\nContent-Length: -5", INVALID),
    "length-word": (OK + b"\r\nContent-Length: tide", INVALID),
    "length-huge": (OK + b"\r\nContent-Length: " + b"9" * 5000, INVALID),
    "identity": (OK + b"\r\nTransfer-Encoding: identity\r\nContent-Length: LENGTH", STORED),
    "coding": (OK + b"\r\nTransfer-Encoding: tide", INVALID),
    "newlines": (OK + b"\nX-Wave: a", STORED),
    "interim": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, STORED),
    "closed-in-head": (OK + b"\r\nX-Wa", RESET),
}
LOCATIONS = {
    "spaces": (b"/to/a b", STORED),
    "utf-8": ("/to/küste".encode(), STORED),
    "latin": (b"/to/caf\xe9", STORED),
    "no-scheme": (b"//HOST/to/a%20b?1", STORED),
    "other-port": (b"http://127.0.0.1:99999/", ("refused", "bad_redirect")),
    "script": (b"javascript:open()", ("refused", "bad_redirect")),
    "brackets": (b"http://[tide/", ("refused", "bad_redirect")),
    "empty": (b"", ("refused", "redirect_loop")),
    "cookie": (b"/news/cookie\r\nSet-Cookie: seen=1", ("refused", "redirect_loop")),
    "offsite": (b"https://127.0.0.1.tide.example/", ("refused", "offsite")),
}


def test_a_malformed_response_costs_its_own_page_alone(crawl: Crawler, site: Publisher) -> None:
    host = site.base[7:].encode()

    def send(head: bytes, body: bytes) -> Raw:
        end = b"\n\n" if b"\r" not in head and b"\n" in head else b"\r\n\r\n"
        message = head.replace(b"LENGTH", b"%d" % len(body)) + (b"" if head.endswith(b"X-Wa") else end + body)
        return Raw(lambda connection: connection.sendall(message))

    for name, (head, _) in MALFORMED.items():
        site.routes[f"/news/{name}"] = send(head, article(f"The {name} Harbour Stays")[2])
    for name, (location, _) in LOCATIONS.items():
        redirect = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location.replace(b"HOST", host)
        site.routes[f"/news/{name}"] = send(redirect, b"")
    for number, path in enumerate(("a%20b", "k%C3%BCste", "caf%E9", "a%20b?1")):
        site.routes[f"/to/{path}"] = article(f"The Harbour Stays {number}")
    expected = {f"/news/{name}": outcome for name, (_, outcome) in (MALFORMED | LOCATIONS).items()}
    run = crawl(
        *("-a", f"urls={','.join(site.base + path for path in expected)}", "-s", "RETRY_ENABLED=0"),
        *("-s", "LOG_LEVEL=CRITICAL", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16"),
    )
    assert {path: outcome for path, outcome in run.ledger.items() if path in expected} == expected
    assert all(page.status is None or 100 <= page.status < 600 for page in run.pages)
    assert (run.code, run.err) == (7, "")
