"""What Bloomberg's addresses tell, before anything is asked for."""

import pytest
from scrapy.crawler import Crawler
from scrapy.settings import Settings

from newscrawl import __version__
from newscrawl.crawl.run_mode import RunMode
from newscrawl.errors import ArgumentError
from newscrawl.publishers.bloomberg import PUBLISHER
from newscrawl.spiders.loader import SPIDERS
from newscrawl.urls import is_article_path, other_kind

BloombergSpider = SPIDERS["bloomberg"]


@pytest.mark.parametrize(
    ("path", "article", "other"),
    [
        ("/news/articles/2016-05-24/a-slug", True, None),
        ("/politics/articles/2016-05-24/a-slug", True, None),
        ("/view/articles/2016-05-24/a-slug", True, None),
        ("/opinion/articles/2022-10-11/a-slug", True, None),
        ("/bw/articles/2014-05-24/a-slug", True, None),
        ("/news/features/2023-05-23/a-slug", True, None),
        ("/news/newsletters/2023-05-23/a-slug", True, None),
        ("/features/2021-a-slug/", True, None),
        ("/graphics/2016-a-slug/", True, None),
        ("/news/2013-05-27/a-slug.html", True, None),
        ("/news/print/2013-05-27/a-slug.html", True, None),
        ("/apps/news?pid=newsarchive&sid=aBc.D_e", True, None),
        ("/news/videos/2026-07-09/a-slug-video", False, "video"),
        ("/video/71234567/", False, "video"),
        ("/news/audio/2026-03-15/a-slug", False, "audio"),
        ("/news/terminal/ABC123", False, "terminal"),
        ("/news/sponsors/bank/a-slug", False, "sponsored"),
        ("/live/europe", False, "live"),
        ("/quote/AAPL:US", False, "quote"),
        ("/company/x", False, "quote"),
        ("/authors/AB12/a-name", False, "author"),
        ("/markets", False, None),
        ("/", False, None),
        ("/news/articles/", False, None),
    ],
)
def test_paths(path: str, article: bool, other: str | None) -> None:
    url = f"https://www.bloomberg.com{path}"
    assert is_article_path(url, PUBLISHER.url_rules) is article
    assert other_kind(url, PUBLISHER.url_rules) == other


@pytest.mark.parametrize(
    ("path", "followed"),
    [
        ("/sitemaps/news/latest.xml", True),
        ("/sitemaps/news/index.xml", True),
        ("/feeds/bbiz/sitemap_index.xml", True),
        ("/feeds/bbiz/sitemap_news.xml", True),
        ("/feeds/curated/feeds/graphics_news.xml", True),
        ("/feeds/bbiz/sitemap_securities_index.xml", False),
        ("/feeds/dynamic/person-index.xml", False),
        ("/billionaires/sitemap.xml", False),
    ],
)
def test_sitemaps_of_articles_are_followed_and_no_others(path: str, followed: bool) -> None:
    assert bool(PUBLISHER.sitemap_paths.search(path)) is followed


def test_live_is_the_default_and_asks_bloomberg_alone() -> None:
    spider = BloombergSpider()
    assert spider.arguments.source == "live"
    assert spider.mode is RunMode.LIVE
    assert all(spider.source.accepts(url) for _, url in spider.publisher.lists)
    assert not spider.source.accepts("https://topics.bloomberg.com/")


def test_the_sample_is_a_replay_of_an_example_host() -> None:
    spider = BloombergSpider(source="sample")
    assert spider.mode is RunMode.REPLAY
    (edition,) = spider.sites
    assert all(host.endswith(".bloomberg.example") for host in edition.hosts)
    assert all(spider.source.accepts(url) for _, url in edition.lists)
    assert not spider.source.accepts(PUBLISHER.home)


def test_hosts_of_named_addresses_are_allowed_beside_those_of_the_publisher() -> None:
    source = BloombergSpider(urls="http://127.0.0.1:8000/a,https://B.example.:443/").source
    assert all(map(source.accepts, ("http://127.0.0.1:8000/b", "https://b.example/c", PUBLISHER.home)))
    assert not source.accepts("https://c.example/")


def test_arguments_are_checked_by_the_spider_too() -> None:
    with pytest.raises(ArgumentError):
        BloombergSpider(section="markets")


@pytest.mark.parametrize(
    ("settings", "agent"),
    [
        ({}, f"newscrawl/{__version__}"),
        ({"NEWSCRAWL_CONTACT": "desk@example.org"}, f"newscrawl/{__version__} (+desk@example.org)"),
        ({"NEWSCRAWL_CONTACT": "desk@example.org", "USER_AGENT": "mine"}, "mine"),
    ],
)
def test_the_user_agent_says_whom_to_tell(settings: dict[str, str], agent: str) -> None:
    project = Settings()
    project.setmodule("newscrawl.settings", priority="project")
    project.setdict(settings, priority="cmdline")
    crawler = Crawler(BloombergSpider, project)
    BloombergSpider.from_crawler(crawler)
    assert crawler.settings["USER_AGENT"] == agent
