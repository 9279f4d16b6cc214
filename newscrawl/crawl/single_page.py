"""Fetch one page with Scrapy, outside of a crawl."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from newscrawl.article import Page
from newscrawl.crawl.network.failures import describe_failure
from newscrawl.crawl.network.hosts import HostGuard
from newscrawl.crawl.network.responses import make_page
from newscrawl.errors import NewscrawlError
from newscrawl.operations.user_agent import make_user_agent

logger = logging.getLogger(__name__)

_SETTINGS = {
    "ITEM_PIPELINES": {},
    "ITEM_PIPELINES_BASE": {},
    "EXTENSIONS": {},
    "SPIDER_MIDDLEWARES": {},
    "DOWNLOAD_DELAY": 0,
    "LOG_LEVEL": "ERROR",
    # It reads ru_maxrss, which Linux passes on from a parent process: a large parent would end the fetch.
    "MEMUSAGE_ENABLED": False,
}


class SinglePageSpider(Spider):
    """Fetches one page into `page`, or says in `failure` why not."""

    name = "extract"

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.page: Page | None = None
        self.failure = "no answer"

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.url, callback=self.parse, errback=self.handle_failure)

    def parse(self, response: Response, **kwargs: Any) -> None:
        self.page = make_page(response)

    def handle_failure(self, failure: Failure) -> None:
        guard = self.crawler.get_downloader_middleware(HostGuard)
        trouble = guard.find_trouble(self.url) if guard else None
        self.failure = trouble or describe_failure(failure.value).reason.replace("_", " ")
        logger.info("%s", failure)


def fetch_page(url: str, settings: Settings) -> Page:
    """Fetch a page as a crawl does, robots.txt obeyed. Raises NewscrawlError. Starts the reactor: once per process."""
    settings.setdict(_SETTINGS, priority="spider")
    if contact := settings["NEWSCRAWL_CONTACT"]:
        settings.set("USER_AGENT", make_user_agent(contact), priority="spider")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(SinglePageSpider)
    process.crawl(crawler, url=url)
    process.start()
    spider = crawler.spider
    if not isinstance(spider, SinglePageSpider) or spider.page is None:
        raise NewscrawlError(f"{url}: {getattr(spider, 'failure', 'no answer')}")
    return spider.page
