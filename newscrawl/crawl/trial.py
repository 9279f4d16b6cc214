"""A trial of a site: a short crawl of it, of which nothing stays."""

from __future__ import annotations

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from newscrawl.crawl.end_of_run import conclude
from newscrawl.crawl.site_list import read_site
from newscrawl.crawl.spider import NewsSpider
from newscrawl.errors import ArgumentError, NewscrawlError
from newscrawl.publisher import SITES_SPIDER

_MAX_SECONDS = 300
_SETTINGS = {
    "NEWSCRAWL_WARC_DIR": "",
    "NEWSCRAWL_PING_URL": "",
    "NEWSCRAWL_PROMETHEUS_FILE": "",
    "NEWSCRAWL_CLUSTERS": False,
    "NEWSCRAWL_PROGRESS": "0",
    "CLOSESPIDER_TIMEOUT": _MAX_SECONDS,
    "LOG_LEVEL": "ERROR",
    "FEEDS": {},
}


def find_site_key(text: str) -> str:
    """Return the key of the site at an address. Raises ArgumentError."""
    sites = read_site(text).sites
    if len(sites) != 1:
        raise ArgumentError("give the address of one site")
    return sites[0].name


def crawl_trial(url: str, settings: Settings, *, database_url: str, pages: int) -> str:
    """Crawl the lists of a site and a few pages into a database, as the spider `news` does; return how it ended.

    Raises NewscrawlError. Starts the reactor: once per process.
    """
    settings.setdict(_SETTINGS | {"NEWSCRAWL_DATABASE_URL": database_url}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(SITES_SPIDER)
    process.crawl(crawler, site=url, limit=str(pages))
    process.start()
    spider = crawler.spider
    if not isinstance(spider, NewsSpider):
        raise NewscrawlError(f"{url}: the trial could not start")
    conclusion = conclude(spider, crawler.stats.get_value("finish_reason", "shutdown"))
    return f"{conclusion.line}\nWhat to do: {conclusion.advice}" if conclusion.advice else conclusion.line
