"""A spider of somebody else, as the components of a run see it: for newscrawl.Addon, and for `scrapy genspider`."""

from __future__ import annotations

from typing import cast

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newscrawl.crawl.spider import NewsSpider, is_inspected
from newscrawl.publisher import GENERAL
from newscrawl.publishers import Sites

_ATTRIBUTE = "newscrawl_run"


class EmbeddedRun(NewsSpider):
    """Stands for a spider that is no NewsSpider: pages of any site, no lists, no plan. It is never crawled itself."""

    name = "embedded"
    publisher = GENERAL
    takes_sites = True

    @classmethod
    def of(cls, crawler: Crawler) -> EmbeddedRun:
        """Make the run of a crawler's spider, under its name."""
        run = cls(crawler.spider.name if crawler.spider else None)
        run.crawler, run.settings = crawler, crawler.settings
        run.source.attach(crawler)
        return run

    def _choose_sites(self) -> Sites:
        return Sites([])


def find_run(crawler: Crawler) -> NewsSpider:
    """Return what components need to know of the run: its NewsSpider, or what stands for any other spider.

    Raises NotConfigured where a command only looks at single responses.
    """
    if is_inspected(crawler):
        raise NotConfigured
    if isinstance(crawler.spider, NewsSpider):
        return crawler.spider
    if (run := getattr(crawler, _ATTRIBUTE, None)) is None:
        run = EmbeddedRun.of(crawler)
        setattr(crawler, _ATTRIBUTE, run)
    return cast("EmbeddedRun", run)


def is_enabled(crawler: Crawler, setting: str) -> bool:
    """Whether a part of newscrawl is in use: always for its own spiders, for others unless the setting is off."""
    return isinstance(crawler.spider, NewsSpider) or crawler.settings.getbool(setting, True)
