"""Hosts in any spelling, robots.txt, redirects, conditional requests and malformed responses, in whole crawls."""

from __future__ import annotations

import json

import pytest

from tests.crawls.crawler import Crawler
from tests.crawls.loopback import Publisher, Route, article, feed

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
