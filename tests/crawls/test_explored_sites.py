"""Whole crawls of a site of which only the home page is known: which lists and pages are requested."""

from __future__ import annotations

from newscrawl.storage import Query
from tests.crawls.crawler import Crawled, Crawler
from tests.crawls.loopback import HTML, Publisher, feed, sitemap
from tests.crawls.test_sites import crawl_news, path, site_of, story

MENU = "<header><nav>{}</nav></header>".format("".join(f'<a href="/{name}">{name}</a>' for name in ("coast", "town")))


def front(*links: str, head: str = "") -> bytes:
    shown = "".join(
        f'<article><h2><a href="{link}">The repairs cost more than was planned</a></h2></article>' for link in links
    )
    return f"<html><head>{head}</head><body>{MENU}<main>{shown}</main></body></html>".encode()


def crawl_again(crawl: Crawler, site: Publisher, *arguments: str) -> tuple[Crawled, list[str]]:
    """Crawl a site; return what it requested."""
    before = len(site.paths)
    done = crawl_news(crawl, "-a", f"site={site.base}/", *arguments)
    return done, site.paths[before:]


def test_a_site_without_lists_is_read_by_its_section_fronts(crawl: Crawler, site: Publisher) -> None:
    site.routes |= {path(number): story(number) for number in range(10)}
    site.routes["/"] = 200, HTML, front(path(0), path(1), "/files/map.pdf")
    site.routes["/coast"] = 200, HTML, front(*map(path, range(1, 5)), head='<link rel="next" href="/coast?page=2">')
    site.routes["/coast?page=2"] = 200, HTML, front(*map(path, range(8, 10)))
    site.routes["/town"] = 200, HTML, front(*map(path, range(4, 8)))
    done, requested = crawl_again(crawl, site)
    assert done.code == 0
    assert sorted(page.url.removeprefix(site.base) for page in done.pages) == sorted(map(path, range(10)))
    guesses = [each for each in requested if each.endswith(("xml", "/feed", "/rss"))]
    assert len(guesses) <= 8
    assert "/files/map.pdf" not in requested
    [pattern] = done.store.url_patterns(site_of(site))
    assert (pattern.pattern, pattern.fetched, pattern.articles) == ("/news/{slug-id}", 10, 10)
    # a later run asks for nothing again that was not there, and a person may forbid a pattern
    done.store.set_pattern_rule(site_of(site), "/news/{slug-id}", "deny")
    site.routes["/coast"] = 200, HTML, front(path(10))
    crawl.later(hours=2)
    done, requested = crawl_again(crawl, site)
    assert sorted(requested) == ["/", "/coast", "/town"]


def test_a_site_with_a_feed_and_a_sitemap_is_read_by_them(crawl: Crawler, site: Publisher) -> None:
    site.routes |= {path(number): story(number) for number in range(9)}
    head = '<link rel="alternate" type="application/rss+xml" href="/news.rss">'
    site.routes["/"] = 200, HTML, front(*(f"{path(number)}?ref=home" for number in range(6)), head=head)
    site.routes["/news.rss"] = feed(site.base, *map(path, range(4)))
    site.routes["/sitemap.xml"] = sitemap(site.base, "/", "/coast", "/about", *map(path, range(9)))
    done, requested = crawl_again(crawl, site)
    assert sorted(requested) == sorted(("/", "/news.rss", "/sitemap.xml", *map(path, range(9))))
    kinds = {page.url.removeprefix(site.base): page.listed_by for page in done.pages}
    assert kinds[path(0)] == "feed,front_page,news_sitemap"
    assert kinds[path(8)] == "news_sitemap"
    # a run at once reads those two lists again, and not the home page
    done, requested = crawl_again(crawl, site)
    assert set(requested) <= {"/news.rss", "/sitemap.xml"}


def test_links_that_look_unlikely_are_followed_once_others_like_them_were_articles(
    crawl: Crawler, site: Publisher
) -> None:
    names = [f"/n/{word}" for word in ("gull", "tern", "seal", "crab", "kelp")]
    site.routes |= {name: story(number) for number, name in enumerate(names)}
    links = "".join(f'<p><a href="{name}">Read this</a></p>' for name in names)
    site.routes["/"] = 200, HTML, f"<html><body>{MENU}{links}</body></html>".encode()
    done, _ = crawl_again(crawl, site)
    assert {page.url.removeprefix(site.base): page.state for page in done.pages} == dict.fromkeys(names, "stored")


def test_the_variants_of_a_page_are_one_article(crawl: Crawler, site: Publisher) -> None:
    _, headers, page = story(3)
    variants = (path(3), f"{path(3)}?print=1", f"/amp{path(3)}", f"{path(3)}/index.html", f"/text{path(3)}")
    site.routes |= dict.fromkeys(variants, (200, headers, page))
    site.routes["/"] = 200, HTML, front(*variants)
    done, requested = crawl_again(crawl, site)
    assert len(list(done.store.articles(Query(limit=None)))) == 1
    assert len({*requested} & {*variants}) <= 3  # those with other normal forms


def test_a_common_address_that_is_forbidden_or_redirects_to_a_known_list_stops_nothing(
    crawl: Crawler, site: Publisher
) -> None:
    site.routes |= {path(number): story(number) for number in range(6)}
    site.routes |= {
        "/sitemap.xml": (403, HTML, b"<title>No</title>"),
        "/sitemap_index.xml": (301, {"Location": "/"}, b""),
    }
    site.routes["/"] = 200, HTML, front(path(0), path(1))
    site.routes["/coast"] = 200, HTML, front(*map(path, range(2, 6)))
    done, _ = crawl_again(crawl, site)
    assert done.code == 0
    assert len(done.pages) == 6
