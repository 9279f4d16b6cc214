"""Sitemaps and their indexes."""

import gzip
from datetime import UTC, datetime

import pytest

from newscrawl import discovery
from newscrawl.article import Link
from newscrawl.errors import DiscoveryError

AT = "https://www.bloomberg.example/sitemaps/news/latest.xml"
NEWS = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc> https://www.bloomberg.example/news/articles/2024-03-05/a </loc><lastmod>2024-03-05T12:00:00+01:00</lastmod>
 <news:news><news:publication><news:name>Sample</news:name></news:publication>
 <news:publication_date>2024-03-05T09:30:00.125Z</news:publication_date><news:title>Tern &amp; Sons</news:title>
 <news:stock_tickers>XLON:TRN, XPAR:OIE/</news:stock_tickers></news:news></url>
<url><loc>https://www.bloomberg.example/news/articles/2024-03-05/b</loc><lastmod>2024-03-04</lastmod></url>
<url><lastmod>2024-03-04</lastmod></url></urlset>"""
INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>/sitemap_2013_5.xml</loc><lastmod>2020-01-01</lastmod></sitemap>
<sitemap><loc>/sitemap_2024_12.xml</loc></sitemap><sitemap><loc>/latest.xml</loc></sitemap></sitemapindex>"""


def test_a_news_entry_says_all_it_knows() -> None:
    first, second = discovery.read("news_sitemap", NEWS, AT).links
    assert first == Link(
        url="https://www.bloomberg.example/news/articles/2024-03-05/a",
        source="news_sitemap",
        headline="Tern & Sons",
        published_at=datetime(2024, 3, 5, 9, 30, 0, 125000, tzinfo=UTC),
        updated_at=datetime(2024, 3, 5, 11, tzinfo=UTC),
        tickers=("XLON:TRN", "XPAR:OIE/"),
    )
    assert second.updated_at == datetime(2024, 3, 4, tzinfo=UTC)


def test_an_index_leads_to_sitemaps() -> None:
    found = discovery.read("sitemap_index", INDEX, AT).links
    assert [link.url.rpartition("/")[2] for link in found] == [
        "sitemap_2013_5.xml",
        "sitemap_2024_12.xml",
        "latest.xml",
    ]
    assert found[0].updated_at == datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "sources"),
    [
        (NEWS, ["news_sitemap"] * 2),
        (gzip.compress(NEWS, mtime=0), ["news_sitemap"] * 2),
        (b"\xef\xbb\xbf" + NEWS, ["news_sitemap"] * 2),
        (b"<!-- made by hand -->" + INDEX, ["sitemap_index"] * 3),
        (gzip.compress(INDEX, mtime=0), ["sitemap_index"] * 3),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', []),
    ],
)
def test_a_sitemap_is_an_index_or_not_as_its_root_tells(body: bytes, sources: list[str]) -> None:
    assert [link.source for link in discovery.read("sitemap", body, AT).links] == sources


@pytest.mark.parametrize("body", [b"<opml/>", b"<html>Not here</html>", b"Not here", b""])
def test_what_is_no_sitemap_is_refused(body: bytes) -> None:
    with pytest.raises(DiscoveryError):
        discovery.read("sitemap", body, AT)


def test_a_sitemap_that_unpacks_without_end_is_refused() -> None:
    with pytest.raises(DiscoveryError) as caught:
        discovery.read("news_sitemap", gzip.compress(b"<urlset>" + b" " * 60 * 2**20, compresslevel=9), AT)
    assert caught.value.reason == "too_large"


RSS = b"<rss><channel><item><title>Ferry</title><link>https://a.example/1</link></item></channel></rss>"
ATOM = b"""<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>Ferry</a:title>
<a:link href="https://a.example/1"/></a:entry></a:feed>"""


@pytest.mark.parametrize("body", [RSS, ATOM, b"<!-- " + b"x" * 30_000 + b" -->" + RSS, gzip.compress(RSS, mtime=0)])
def test_a_sitemap_may_be_a_feed(body: bytes) -> None:
    assert discovery.read("sitemap", body, AT).links == (
        Link(url="https://a.example/1", source="feed", headline="Ferry"),
    )


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_text_sitemap_may_have_any_encoding(codec: str) -> None:
    body = "https://a.example/caf\xe9\nhttps://a.example/2".encode(codec)
    assert [link.url for link in discovery.read("sitemap", body, AT).links] == [
        "https://a.example/caf\xe9",
        "https://a.example/2",
    ]


@pytest.mark.parametrize(
    ("lastmod", "meant"),
    [
        ("2025-04", datetime(2025, 4, 1, tzinfo=UTC)),
        ("2025", datetime(2025, 1, 1, tzinfo=UTC)),
        ("2025-04-05T24:00:00+02:00", datetime(2025, 4, 5, 22, tzinfo=UTC)),
        ("2025-04-05T10:00+0200", datetime(2025, 4, 5, 8, tzinfo=UTC)),
        ("2025-13", None),
        ("0000", None),
    ],
)
def test_the_forms_of_w3c_dates(lastmod: str, meant: datetime | None) -> None:
    body = f"<urlset><url><loc>https://a.example/1</loc><lastmod>{lastmod}</lastmod></url></urlset>"
    assert [link.updated_at for link in discovery.read("sitemap", body.encode(), AT).links] == [meant]
