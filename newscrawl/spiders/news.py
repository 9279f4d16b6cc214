"""`scrapy crawl news -a site=URL`: any site."""

from __future__ import annotations

from typing import ClassVar

from newscrawl.crawl.spider import NewsSpider
from newscrawl.publisher import GENERAL, SITES_SPIDER, Publisher


class AnySiteSpider(NewsSpider):
    """Crawls the sites that `site=` and `sites=` name."""

    name = SITES_SPIDER
    publisher: Publisher = GENERAL
    takes_sites: ClassVar[bool] = True
