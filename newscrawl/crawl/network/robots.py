"""robots.txt: its rules and its sitemaps, and the user agent that it is read for."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware as ScrapyRobotsTxtMiddleware
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from newscrawl import __version__
from newscrawl.crawl.network.shutdown import is_ending
from newscrawl.urls import server_of


class RobotsTxtMiddleware(ScrapyRobotsTxtMiddleware):
    """Scrapy's, for requests that come while robots.txt is being fetched.

    Scrapy 2.19 lets them await one Deferred, which has its result for the first of them and None for the others:
    these would be sent as if there were no robots.txt.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        async with self._locks[server_of(request.url)]:
            if is_ending(self.crawler):  # Scrapy logs a traceback for a download that begins when it closes the spider
                return None
            return await super().robot_parser(request)


async def find_sitemaps(crawler: Crawler, request: Request) -> Sequence[str]:
    """Return the sitemaps in the robots.txt of a request's host; none where robots.txt is not read."""
    middleware = crawler.get_downloader_middleware(RobotsTxtMiddleware)
    parser = await middleware.robot_parser(request) if middleware else None
    return tuple(parser.rp.sitemaps) if isinstance(parser, ProtegoRobotParser) else ()


def make_user_agent(contact: str) -> str:
    return f"newscrawl/{__version__} (+{contact})"
