"""A list as links, by what it is."""

from __future__ import annotations

import gzip

import pytest

from newscrawl import find_links
from newscrawl.errors import ArgumentError, DiscoveryError

BASE = "https://www.tern.example/list"
STORY = "https://www.tern.example/2026/05/06/later-boats"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
LISTS = {
    "feed": f"<rss><channel><item><link>{STORY}</link></item></channel></rss>",
    "json_feed": f'{{"items": [{{"url": "{STORY}"}}]}}',
    "news_sitemap": f'<urlset xmlns:n="{NEWS}"><url><loc>{STORY}</loc></url></urlset>',
    "sitemap_index": f"<sitemapindex><sitemap><loc>{STORY}</loc></sitemap></sitemapindex>",
    "text_sitemap": f"{STORY}\n",
    "front_page": f'<html><body><h2><a href="{STORY}">Later boats for the islands</a></h2></body></html>',
}
ATOM = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="{STORY}"/></entry></feed>'


@pytest.mark.parametrize(("kind", "body"), [*LISTS.items(), ("feed", ATOM)])
def test_a_list_is_read_by_what_it_is(kind: str, body: str) -> None:
    for given in (body, f"\ufeff{body}", body.encode(), f"  \n{body}".encode()):
        found = find_links(given, BASE, content_type="application/octet-stream")
        assert (found.kind, [link.url for link in found], found.error) == (kind, [STORY], None)
        assert [link.url for link in found.find_articles()] == ([] if kind == "sitemap_index" else [STORY])


@pytest.mark.parametrize("kind", ["feed", "news_sitemap", "sitemap_index", "text_sitemap"])
def test_a_list_may_be_compressed(kind: str) -> None:
    assert find_links(gzip.compress(LISTS[kind].encode()), f"{BASE}.gz").kind == kind


@pytest.mark.parametrize(
    ("body", "reason"), [("", "empty"), ("Not found", "not_a_list"), ('{"error": 1}', "not_a_list")]
)
def test_what_is_no_list_is_an_error(body: str, reason: str) -> None:
    with pytest.raises(DiscoveryError) as caught:
        find_links(body, BASE)
    assert (caught.value.url, caught.value.reason) == (BASE, reason)


def test_a_kind_that_is_given_is_not_guessed() -> None:
    assert find_links(LISTS["feed"], BASE, kind="feed").kind == "feed"
    with pytest.raises(DiscoveryError, match="rss"):
        find_links(LISTS["news_sitemap"], BASE, kind="feed")
    with pytest.raises(ArgumentError, match=r"kind='rss'.*front_page"):
        find_links(LISTS["feed"], BASE, kind="rss")


def test_of_a_list_that_is_cut_short_the_rest_is_read() -> None:
    found = find_links(LISTS["feed"].removesuffix("</channel></rss>"), BASE)
    assert [link.url for link in found] == [STORY]
    assert found.error
    assert found.error.reason == "broken_tail"


def test_articles_of_a_known_publisher_are_told_by_its_rules() -> None:
    links = "".join(
        f'<a href="{path}">A headline of many words about a ferry</a>'
        for path in ("/news/articles/2026-05-06/later-boats", "/news/videos/2026-05-06/a-video", "/markets")
    )
    front = find_links(f"<html><body>{links}</body></html>", "https://www.bloomberg.com/")
    assert [link.url for link in front.find_articles()] == [
        "https://www.bloomberg.com/news/articles/2026-05-06/later-boats"
    ]
