"""Addresses: one normal form for all spellings, and the keys that tell an article again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newscrawl.publishers import find_publisher, normalize_by_publisher
from newscrawl.urls import (
    article_keys,
    date_in,
    has_host,
    normalize_url,
    server_of,
    site_of,
    slug,
    without_default_port,
    without_final_dot,
)

STORY = "https://www.bloomberg.com/news/articles/2016-05-24/harbour-reopens"


def keys(url: str) -> tuple[str, ...]:
    return article_keys(url, rules=find_publisher(url).url_rules)


@pytest.mark.parametrize(
    ("spelling", "normal"),
    [
        (STORY, STORY),
        ("http://www.bloomberg.com/news/articles/2016-05-24/harbour-reopens", STORY),
        ("https://bloomberg.com/news/articles/2016-05-24/harbour-reopens/", STORY),
        ("https://m.bloomberg.com/news/articles/2016-05-24/harbour-reopens?srnd=premium", STORY),
        ("https://www.bloomberg.com/amp/news/articles/2016-05-24/harbour-reopens", STORY),
        (f"{STORY}?utm_source=x&cmpid=y&sref=z&leadSource=uverify%20wall#xj4y7vzkg", STORY),
        ("HTTPS://WWW.Bloomberg.COM/news/articles/2016-05-24/harbour-reopens", STORY),
        (
            "http://mobile.bloomberg.com/news/2013-05-27/harbour-reopens",
            "https://www.bloomberg.com/news/2013-05-27/harbour-reopens",
        ),
        (
            "http://www.bloomberg.com/apps/news?pid=20601103&sid=aTe_kON.7As&refer=us",
            "https://www.bloomberg.com/apps/news?pid=newsarchive&sid=aTe_kON.7As",
        ),
        ("https://www.bloomberg.com/graphics/2016-tides", "https://www.bloomberg.com/graphics/2016-tides/"),
        ("https://www.bloomberg.com/features/2016-tides/?x=1", "https://www.bloomberg.com/features/2016-tides/"),
        ("https://news.example/story?id=3&utm_medium=mail", "https://news.example/story?id=3"),
        ("https://www.news.example/2020-01-02/tides?ref=home", "https://www.news.example/2020-01-02/tides?ref=home"),
        (
            "http://127.0.0.1:8000/news/articles/2016-05-24/a?b=1",
            "http://127.0.0.1:8000/news/articles/2016-05-24/a?b=1",
        ),
        ("http://localhost/a/", "http://localhost/a"),
        ("file:///tmp/a%20page.html", "file:///tmp/a%20page.html"),
        ("http://[broken", "http://[broken"),
        ("http://host.example:port/a", "http://host.example:port/a"),
        ("http://news.example:80/a", "https://news.example/a"),
        ("https://news.example:443/a", "https://news.example/a"),
        ("https://news.example:8443/a", "https://news.example:8443/a"),
        ("https://www.news.example./a", "https://www.news.example/a"),
        ("https://news.example.:8443/a", "https://news.example:8443/a"),
        ("http://[::1]:80/a", "http://[::1]/a"),
        ("https://Hafen-Küste.example.:443/a", "https://xn--hafen-kste-geb.example/a"),
        ("https://amp.example/a", "https://amp.example/a"),
        ("https://m.example/a", "https://m.example/a"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
        ("https://news.example/a?print=1&id=3", "https://news.example/a?id=3"),
        ("https://news.example/a.amp", "https://news.example/a"),
        ("https://news.example/a?amp&outputType=amp&m=1", "https://news.example/a"),
        (
            "https://news.example/a?view=map&print=edition&format=long",
            "https://news.example/a?format=long&print=edition&view=map",
        ),
        ("https://news.example/?p=12&fbclid=x&gclid=y&_ga=z", "https://news.example/?p=12"),
        (
            "https://news.example/a?ref=b&source=c&mod=d&partner=e",
            "https://news.example/a?mod=d&partner=e&ref=b&source=c",
        ),
        ("", ""),
    ],
)
def test_normalize_url(spelling: str, normal: str) -> None:
    assert normalize_by_publisher(spelling) == normal


@given(st.text(max_size=60) | st.text(max_size=40).map("http://www.bloomberg.com/{}".format))
def test_normalize_url_never_raises_and_is_stable(url: str) -> None:
    once = normalize_by_publisher(url)
    assert normalize_by_publisher(once) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "http://www.bloomberg.com/news/2013-05-27/harbour-reopens.html",
            "https://bloomberg.com/news/articles/2013-05-27/harbour-reopens",
        ),
        (
            "http://mobile.bloomberg.com/news/2013-05-27/harbour-reopens",
            "http://www.bloomberg.com/news/print/2013-05-27/harbour-reopens.html",
        ),
        (
            "https://www.bloomberg.com/opinion/articles/2019-01-02/tides",
            "https://www.bloomberg.com/view/articles/2019-01-02/tides",
        ),
        (
            "http://www.bloomberg.com/apps/news?pid=20670001&sid=aB.c_1",
            "http://www.bloomberg.com/apps/news?pid=newsarchive&sid=aB.c_1",
        ),
    ],
)
def test_addresses_of_one_article_share_a_key(one: str, other: str) -> None:
    assert set(keys(one)) & set(keys(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "http://www.bloomberg.com/apps/news?pid=newsarchive&sid=aBc",
            "http://www.bloomberg.com/apps/news?pid=newsarchive&sid=abc",
        ),
        (
            "https://www.bloomberg.com/news/articles/2013-05-27/tides",
            "https://www.bloomberg.com/news/articles/2013-05-28/tides",
        ),
        ("https://www.bloomberg.com/graphics/2016-tides/", "https://www.bloomberg.com/graphics/2017-tides/"),
        ("https://www.one.example/2013-05-27/tides", "https://www.two.example/2013-05-27/tides"),
    ],
)
def test_addresses_of_two_articles_share_no_key(one: str, other: str) -> None:
    assert not set(keys(one)) & set(keys(other))


def test_a_query_names_a_page_unless_the_publisher_says_otherwise() -> None:
    pages = [f"https://news.example/2026-11-20/view.php?id={number}" for number in range(5)]
    assert len({normalize_url(page) for page in pages}) == 5
    assert len({key for page in pages for key in article_keys(page)}) == 5


def test_a_canonical_url_may_drop_the_query() -> None:
    canonical = "https://news.example/2026-11-20/view.php"
    assert set(article_keys(f"{canonical}?session=1", canonical)) & set(
        article_keys(f"{canonical}?session=2", canonical)
    )


def test_a_canonical_url_that_is_the_front_page_names_no_article() -> None:
    one, other = (article_keys(f"https://news.example/{name}", "https://news.example/") for name in ("tides", "gulls"))
    assert not set(one) & set(other)
    assert article_keys("https://news.example/") == ("url:https://news.example/",)


def test_paths_of_scripts_are_no_slugs() -> None:
    one, other = (f"https://news.example/{section}/2026-11-20/index.html" for section in ("city", "trade"))
    assert not set(article_keys(one)) & set(article_keys(other))


def test_keys_begin_with_the_publishers_own_identifier() -> None:
    assert article_keys(STORY, canonical_url=STORY, post_id="O7XYZ")[0] == "post:bloomberg.com/O7XYZ"


@pytest.mark.parametrize(
    ("url", "without"),
    [
        ("http://a.example:80", "http://a.example"),
        ("http://a.example:80/b:80/", "http://a.example/b:80/"),
        ("HTTPS://a.example:443?b", "HTTPS://a.example?b"),
        ("http://a.example:443/", "http://a.example:443/"),
        ("http://a.example:8080/", "http://a.example:8080/"),
        ("http://a.example/?u=http://b.example:80/", "http://a.example/?u=http://b.example:80/"),
        ("http://[::80]/", "http://[::80]/"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("ftp://a.example:80/", "ftp://a.example:80/"),
    ],
)
def test_default_ports_are_left_out(url: str, without: str) -> None:
    assert without_default_port(url) == without


@pytest.mark.parametrize(
    ("url", "server", "site"),
    [
        ("https://WWW.Tern.Example./a", "www.tern.example", "tern.example"),
        ("http://m.tern.example:80", "m.tern.example", "tern.example"),
        ("https://tern.example:443?a", "tern.example", "tern.example"),
        ("https://reader:secret@amp.tern.example:8443/", "amp.tern.example:8443", "tern.example"),
        ("http://tern.example:443/", "tern.example:443", "tern.example"),
        ("https://news.tern.example/", "news.tern.example", "news.tern.example"),
        ("https://www.küste.example/", "www.xn--kste-0ra.example", "xn--kste-0ra.example"),
        ("https://www.XN--KSTE-0RA.example/", "www.xn--kste-0ra.example", "xn--kste-0ra.example"),
        ("https://tern。example/", "tern.example", "tern.example"),
        ("https://mobile.example/", "mobile.example", "mobile.example"),
        ("http://[::1]:8080/a", "[::1]:8080", "::1"),
        ("http://127.0.0.1:80/", "127.0.0.1", "127.0.0.1"),
        ("https://tern.example:99999/", "", ""),
        ("https://tern..example/ä", "tern..example", "tern..example"),
        ("https://ä..example/", "", ""),
        (f"https://{'ä' * 70}.example/", "", ""),
        ("http://[tern", "", ""),
        ("mailto:desk@tern.example", "", ""),
        ("", "", ""),
    ],
)
def test_hosts_have_one_spelling(url: str, server: str, site: str) -> None:
    assert (server_of(url), site_of(url)) == (server, site)


@given(st.text(max_size=40) | st.text("ab.:@[]/%ä。-019", max_size=40).map("https://{}".format))
def test_no_text_is_too_strange_for_a_url(text: str) -> None:
    assert site_of(text) in server_of(text)
    assert not has_host(text, frozenset(("www.tern.example",)))
    assert without_final_dot(without_final_dot(text)) == without_final_dot(text)
    assert all(key.isprintable() or not text.isprintable() for key in article_keys(text, text))


@pytest.mark.parametrize("listed", ["tern.example", "www.tern.example", "m.tern.example"])
def test_a_site_has_the_same_hosts_however_it_is_listed(listed: str) -> None:
    for host in ("tern.example", "www.tern.example", "m.tern.example", "mobile.tern.example", "AMP.Tern.Example."):
        assert has_host(f"https://{host}:443/news", frozenset((listed,)))
    for host in ("news.tern.example", "wwwtern.example", "tern.example.evil.example", "www.tern.example@evil.example"):
        assert not has_host(f"https://{host}/news", frozenset((listed,)))
    assert has_host("http://[::1]:8000/news", frozenset(("::1",)))


@pytest.mark.parametrize(
    ("url", "without"),
    [
        ("https://www.tern.example./a.", "https://www.tern.example/a."),
        ("HTTP://tern.example.:8080", "HTTP://tern.example:8080"),
        ("http://tern.example..?a=b.", "http://tern.example?a=b."),
        ("http://tern.example/a.example./", "http://tern.example/a.example./"),
        ("http://./", "http://./"),
        ("tern.example./", "tern.example./"),
    ],
)
def test_the_final_dot_of_a_host_is_left_out(url: str, without: str) -> None:
    assert without_final_dot(url) == without


def test_slug_and_date() -> None:
    assert (slug(f"{STORY}.html"), date_in(STORY)) == ("harbour-reopens", "2016-05-24")
    assert (slug("https://www.bloomberg.com/"), date_in("https://www.bloomberg.com/graphics/2016-tides/")) == (
        None,
        None,
    )


def test_what_is_no_address_is_a_key_as_well() -> None:
    assert article_keys("https://x.example/a", "https://[x", "P1") == (
        "post:/P1",
        "url:https://[x",
        "url:https://x.example/a",
    )
