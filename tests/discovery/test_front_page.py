"""Front pages."""

import base64

import pytest

from newscrawl import discovery
from newscrawl.article import Anchor
from newscrawl.errors import DiscoveryError
from tests.cpu_time import at_most

AT = "https://www.bloomberg.example/"


def test_each_address_once_with_its_longest_words() -> None:
    body = b"""<html><body><nav><a href="/markets">Markets</a></nav>
    <a href="/news/articles/2024-03-05/a"><img alt=""></a>
    <a href="/news/articles/2024-03-05/a">Tern  <b>Lines</b> Rises</a>
    <a href="mailto:desk@bloomberg.example">Write</a><a>Nowhere</a><a href="http://[x">Broken</a>
    <a href="//m.bloomberg.example/b">B</a></body></html>"""
    assert [(link.url, link.headline) for link in discovery.read("front_page", body, AT).links] == [
        ("https://www.bloomberg.example/markets", "Markets"),
        ("https://www.bloomberg.example/news/articles/2024-03-05/a", "Tern Lines Rises"),
        ("https://m.bloomberg.example/b", "B"),
    ]


def test_a_base_is_heeded() -> None:
    [link] = discovery.read("front_page", b'<base href="/news/"><a href="a">A</a>', AT).links
    assert link.url == "https://www.bloomberg.example/news/a"


@pytest.mark.parametrize("body", [b"", b"plain words", b"<!-- -->"])
def test_what_is_no_page_is_refused(body: bytes) -> None:
    with pytest.raises(DiscoveryError):
        discovery.read("front_page", body, AT)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<a href=/x>" + b"<table><tr><td><a href=/x>words" * 20_000, id="anchors nested without end"),
        pytest.param(b"<div>" * 200_000 + b"<a href=/x>words", id="elements nested without end"),
        pytest.param(b"<a href=/x>" + b"words " * 1_500_000, id="words without end"),
        pytest.param(b"<a href=/x>words</a><a " + b" ".join(b"a%d" % n for n in range(60_000)) + b">", id="attributes"),
    ],
)
def test_a_page_without_end_takes_no_time(body: bytes) -> None:
    with at_most(10):
        try:
            listing = discovery.read("front_page", body, AT)
        except DiscoveryError as error:
            assert error.reason == "too_large"  # noqa: PT017
        else:
            assert all(len(link.headline or "") <= 2000 for link in listing.links)


def test_a_page_that_is_not_read_to_its_end_says_so() -> None:
    listing = discovery.read("front_page", b"<a href=/x>words</a>" + b"<div>" * 10_000 + b"<a href=/y>more", AT)
    assert [link.headline for link in listing.links] == ["words"]
    assert listing.error is not None
    assert listing.error.reason == "too_large"


def test_a_picture_in_an_attribute_is_no_hostile_page() -> None:
    picture = base64.b64encode(bytes(range(256)) * 4000).decode()
    body = f'<a href="/x"><img src="data:image/png;base64,{picture}">Ferry</a>'.encode()
    assert [link.headline for link in discovery.read("front_page", body, AT).links] == ["Ferry"]


def test_a_page_over_the_limit_is_refused() -> None:
    with pytest.raises(DiscoveryError) as caught:
        discovery.read("front_page", b"<a href=/x>x</a>" + b" " * (11 << 20), AT)
    assert caught.value.reason == "too_large"


def test_a_base_that_is_no_address_is_none() -> None:
    [link] = discovery.read("front_page", b'<base href="http://[x"><a href="/a">A</a>', AT).links
    assert link.url == "https://www.bloomberg.example/a"


def lists_of(head: str, body: str = "") -> list[tuple[str, str]]:
    page = f"<html><head>{head}</head><body>{body}</body></html>".encode()
    return [(each.source, each.address.removeprefix(AT)) for each in discovery.read("front_page", page, AT).lists]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/feed/">', ["feed/"]),
        ('<link rel="ALTERNATE home" type="application/atom+xml; charset=utf-8" href="news">', ["news"]),
        ("<link rel=alternate type=application/feed+json href=/all>", ["all"]),
        ('<link rel="alternate" type="application/json" href="/feed.json">', ["feed.json"]),
        ('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">', []),
        ('<link rel="alternate" type="text/xml" href="/rss/news.xml">', ["rss/news.xml"]),
        ('<link rel="alternate" type="application/rss+xml" href="/comments/feed/">', []),
        ('<link rel="alternate" type="application/rss+xml" title="Tern » Comments" href="/c">', []),
        ('<link rel="alternate" hreflang="de" href="/de/"><link rel="stylesheet" href="/feed.css">', []),
        ('<link rel="alternate" type="application/rss+xml" href="http://[x">', []),
    ],
)
def test_feeds_that_a_page_declares(head: str, found: list[str]) -> None:
    assert lists_of(head) == [("feed", path) for path in found]


def test_feeds_and_sitemaps_that_a_page_links() -> None:
    body = """<a href="/rss">All feeds</a><a href="/rss/harbour.xml">Harbour</a><a href="/?feed=rss2">Feed</a>
    <a href="/news-feeds-the-gulls">News</a><a href="/feedback">Write</a><a href="/map/sitemap.xml">Map</a>"""
    assert lists_of('<link rel="sitemap" href="/sitemap_index.xml">', body) == [
        ("sitemap", "sitemap_index.xml"),
        *(("feed", "rss/harbour.xml"), ("feed", "?feed=rss2"), ("sitemap", "map/sitemap.xml"), ("feed", "rss")),
    ]


def test_how_a_page_shows_its_links() -> None:
    body = """<header><nav><a href="/harbour">Harbour</a></nav></header>
    <article><header><h2><a href="/a">Ferry's late return</a></h2></header><time>9:00</time></article>
    <ul class="main-menu"><li><a href="/b">海港</a></li></ul>
    <div><a href="/c"><img alt=""></a><p>Words</p><a href="/c">The gull on the mast</a></div>
    <div class="site-footer"><a href="/d">About</a><a href="/a">Ferry</a></div>"""
    links = discovery.read("front_page", body.encode(), AT).links
    assert {link.url.removeprefix(AT): link.anchor for link in links} == {
        "harbour": Anchor(words=1, place="menu"),
        "a": Anchor(words=4, in_heading=True, is_dated=True),
        "b": Anchor(words=1, place="menu"),
        "c": Anchor(words=5, has_picture=True),
        "d": Anchor(words=1, place="foot"),
    }
