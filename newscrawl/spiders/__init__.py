"""One spider per publisher, for `scrapy list` and `scrapy crawl`."""

from __future__ import annotations

from typing import Self

from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader

from newscrawl.errors import PublisherError


class PublisherSpiderLoader(SpiderLoader):
    """Scrapy's loader, which ends the program with one line if the data of a publisher is wrong."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        """Load the spiders. Raises SystemExit: Scrapy would print a traceback of any other error."""
        try:
            return super().from_settings(settings)
        except PublisherError as error:
            raise SystemExit(str(error)) from None
