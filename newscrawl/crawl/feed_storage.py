"""Files of `scrapy crawl -O` and FEEDS: at URLs that fsspec opens, and what becomes of them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import IO, Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.extensions.feedexport import BlockingFeedStorage, FeedExporter

from newscrawl.crawl.run_recorder import find_recorder
from newscrawl.crawl.spider import find_spider
from newscrawl.errors import ExportError
from newscrawl.remote_files import hide_credentials, put_file

_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY": "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN": "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL": "AWS_ENDPOINT_URL",
    "AWS_REGION_NAME": "AWS_DEFAULT_REGION",
}
"""Scrapy's settings for S3, and what s3fs reads instead."""


class RemoteFeedStorage(BlockingFeedStorage):
    """A feed storage that writes a local file, and uploads it when the crawl has ended."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        del feed_options  # `check_feeds` has rejected those that would matter
        self._url = uri

    @classmethod
    def from_crawler(cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None) -> Self:
        for setting, variable in _VARIABLES.items():
            if value := crawler.settings[setting]:
                os.environ.setdefault(variable, str(value))
        return cls(uri, feed_options=feed_options)

    def _store_in_thread(self, file: IO[bytes]) -> None:
        try:
            file.flush()
            put_file(Path(file.name), self._url)
        except OSError as error:
            message = f"{hide_credentials(self._url)}: cannot be written: {error.strerror or error}"
            raise ExportError(message) from None
        finally:
            file.close()


class FeedFailures:
    """An extension that counts the files of a run that could not be written, before the end of the run is recorded."""

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings["FEEDS"]:
            raise NotConfigured
        self._crawler, self._spider, self._closed = crawler, find_spider(crawler), asyncio.Event()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        feeds = cls(crawler)
        crawler.signals.connect(feeds.spider_opened, signals.spider_opened)
        crawler.signals.connect(feeds.feed_exporter_closed, signals.feed_exporter_closed)
        return feeds

    def spider_opened(self) -> None:
        if self._crawler.get_extension(FeedExporter):
            find_recorder(self._crawler).before_end.append(self.count)

    def feed_exporter_closed(self) -> None:
        self._closed.set()

    async def count(self) -> None:
        """Wait until every file is written, and count those that are not."""
        await self._closed.wait()
        stats = self._crawler.stats.get_stats()
        if failed := sum(n for name, n in stats.items() if name.startswith("feedexport/failed_count/")):
            self._spider.count("feeds/failed", failed)
