"""A crawler of a spider that is not newscrawl's own, without an engine, a network or a process."""

from __future__ import annotations

from typing import Any

from scrapy import Spider
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from newscrawl.addon import Addon
from tests.crawl.offline import Engine, OfflineCrawler


class TideSpider(Spider):
    """Somebody's spider."""

    name = "tide"


class EmbeddedCrawler(OfflineCrawler):
    """A crawler with the settings of a project that has the add-on, and a database in memory."""

    def __init__(self, settings: dict[str, Any] | None = None, spider: type[Spider] = TideSpider) -> None:
        project = Settings()
        project.setdict(
            {"NEWSCRAWL_DATABASE_URL": "sqlite://", "NEWSCRAWL_WARC_DIR": "", **(settings or {})}, "project"
        )
        super(OfflineCrawler, self).__init__(spider, project)
        Addon().update_settings(self.settings)
        self._stats = MemoryStatsCollector(self)
        self.fake_engine = Engine()
        self.components = []
        self.spider = spider.from_crawler(self)
