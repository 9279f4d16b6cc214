"""Which lists of a site are looked for, where nothing but its home page is known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newscrawl.crawl.policy.site_lists import (
    FEED_GUESSES,
    MAX_FEEDS,
    SITEMAP_GUESSES,
    SiteLists,
    choose_feeds,
    find_next,
    is_front_due,
    order_sitemaps,
)
from newscrawl.discovery import ListLink
from newscrawl.states import ListState

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOME = "https://www.tern.example/"


def read(source: str, path: str = "", entries: int = 20, **more: Any) -> ListState:
    answered: dict[str, Any] = {"outcome": "read", "asked_at": NOW, "read_at": NOW, "entries": entries, **more}
    return ListState(url=HOME + path, source=source, **answered)


def gone(source: str, path: str) -> ListState:
    return ListState(url=HOME + path, source=source, outcome="gone", asked_at=NOW, failures=1)


def found(source: str, path: str) -> ListState:
    return ListState(url=HOME + path, source=source)


def site(*states: ListState, named: tuple[str, ...] = (), **more: Any) -> SiteLists:
    return SiteLists(home=HOME, named=named, states={state.url: state for state in states}, **more)


def wanted(*states: ListState, at: datetime = NOW, **more: Any) -> list[str]:
    """What is requested once all that was requested before has been answered."""
    asked = [state.url for state in states if state.asked_at]
    return [url.removeprefix(HOME) for _, url in find_next(site(*states, **more), at, asked)]


def test_a_run_begins_with_the_home_page_and_the_sitemaps_of_robots_txt() -> None:
    named = (f"{HOME}sitemap.xml", f"{HOME}sitemap-images.xml", f"{HOME}sitemap-news.xml")
    assert find_next(site(named=named), NOW) == [
        ("sitemap", f"{HOME}sitemap-news.xml"),
        ("sitemap", f"{HOME}sitemap.xml"),
        ("front_page", HOME),
    ]


def test_feeds_that_the_home_page_names_come_next_and_then_one_common_address() -> None:
    home = read("front_page")
    assert wanted(home, found("feed", "news.rss")) == ["news.rss"]
    assert wanted(home, read("feed", "news.rss")) == ["sitemap.xml"]
    assert wanted(home, read("feed", "news.rss"), gone("sitemap", "sitemap.xml")) == []


def test_common_addresses_are_tried_one_at_a_time_while_nothing_is_known() -> None:
    states = [read("front_page")]
    tried = []
    while guess := find_next(site(*states), NOW, [state.url for state in states]):
        [(source, url)] = guess
        tried.append(url.removeprefix(HOME))
        states.append(gone(source, tried[-1]))
    assert tried == [path.lstrip("/") for path in (*SITEMAP_GUESSES, *FEED_GUESSES)]
    assert len(tried) <= 10
    assert find_next(site(*states), NOW + timedelta(days=20), [HOME]) == []
    assert find_next(site(*states), NOW + timedelta(days=31), [HOME]) == [("sitemap", f"{HOME}sitemap.xml")]


def test_a_later_run_requests_the_lists_that_are_known_and_no_common_address_that_was_not_there() -> None:
    states = [read("front_page"), read("feed", "feed"), gone("sitemap", "sitemap.xml"), gone("feed", "old.rss")]
    assert [url for _, url in find_next(site(*states), NOW)] == [f"{HOME}feed", f"{HOME}old.rss"]
    months = read("sitemap", "2026-11.xml", index_url=f"{HOME}sitemap.xml")
    assert find_next(site(read("front_page"), months), NOW, [HOME]) == []


def test_section_fronts_are_read_only_where_no_list_names_their_articles() -> None:
    sections = [found("front_page", "north"), found("front_page", "south")]
    states = [read("front_page"), read("sitemap", "archive.xml"), gone("sitemap", "sitemap.xml"), *sections]
    assert wanted(*states) == []
    assert wanted(*states, unlisted=0.1) == []
    assert wanted(*states, unlisted=0.5) == ["north", "south"]
    # a feed has the newest articles only
    by_feed = [read("front_page"), read("feed", "rss.xml"), gone("sitemap", "sitemap.xml")]
    assert wanted(*by_feed, *sections, found("front_page", "west")) == ["north", "south"]
    assert (
        wanted(*by_feed, *(read("front_page", name) for name in ("north", "south")), found("front_page", "west")) == []
    )
    assert wanted(read("front_page"), read("feed", "rss.xml", entries=1), *sections, named=("x",)) == ["x"]


def test_a_sitemap_makes_common_addresses_of_feeds_needless() -> None:
    assert wanted(read("front_page"), read("sitemap", "sitemap.xml", entries=0), read("news_sitemap", "news.xml")) == []


def test_the_fronts_of_a_covered_site_are_read_once_a_day() -> None:
    home, feed = read("front_page"), read("feed", "rss.xml")
    assert not is_front_due(site(home, feed), home, NOW + timedelta(hours=5))
    assert is_front_due(site(home, feed), home, NOW + timedelta(hours=25))
    section = read("front_page", "north")
    assert not is_front_due(site(home, feed, section), section, NOW + timedelta(hours=25))
    assert is_front_due(site(home), home, NOW + timedelta(hours=5))
    assert is_front_due(site(home, feed, unlisted=0.9), home, NOW + timedelta(hours=5))


@pytest.mark.parametrize(
    ("urls", "kept"),
    [
        (["a/post-sitemap.xml", "a/page-sitemap.xml", "a/author-sitemap2.xml"], ["a/post-sitemap.xml"]),
        (["a/sitemap-tags-1.xml", "a/sitemaps/video.xml", "a/sitemap/2026/11"], ["a/sitemap/2026/11"]),
        (["a/image-sitemap.xml"], ["a/image-sitemap.xml"]),
        (["a/sitemap.xml?page=2", "a/sitemap-article-2.xml"], ["a/sitemap.xml?page=2", "a/sitemap-article-2.xml"]),
    ],
)
def test_sitemaps_of_other_pages_are_left_out(urls: list[str], kept: list[str]) -> None:
    assert order_sitemaps([f"https://{url}" for url in urls]) == [f"https://{url}" for url in kept]


def feeds(*urls: str, known: tuple[str, ...] = ()) -> list[str]:
    return choose_feeds([ListLink("feed", url) for url in urls], HOME, known)


def test_of_the_formats_of_a_feed_the_first_is_chosen() -> None:
    assert feeds(f"{HOME}feed/", f"{HOME}feed/atom/", f"{HOME}rss.xml") == [f"{HOME}feed/"]
    assert feeds(f"{HOME}feed/atom", known=(f"{HOME}feed",)) == []


def test_feeds_of_other_sites_tags_and_single_articles_are_left_out() -> None:
    own, of_tag, of_article = f"{HOME}feed/", f"{HOME}tag/gulls/feed/", f"{HOME}2026/11/the-ferry-is-late/feed/"
    assert feeds(of_tag, of_article, "https://other.example/feed", own) == [own]
    assert feeds(of_tag) == [of_tag]


def test_the_number_of_feeds_is_bounded() -> None:
    assert len(feeds(*(f"{HOME}{n}/rss.xml" for n in "abcdefgh"))) == MAX_FEEDS
