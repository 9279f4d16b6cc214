"""The bytes of every page that was fetched, in WARC files: written before the ledger names them."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from newscrawl import __version__
from newscrawl.archives.warc_writer import Exchange, WarcWriter
from newscrawl.article import CaptureRef
from newscrawl.crawl.network.failures import RunEnded
from newscrawl.crawl.page_ledger import PageLedger
from newscrawl.crawl.run_recorder import find_recorder
from newscrawl.crawl.spider import find_spider
from newscrawl.errors import ArchiveError, StorageError

logger = logging.getLogger(__name__)

_REMEMBERED = 10_000
"""Payloads of this run whose captures may not be in the database yet."""


class Keeping:
    """An extension that writes the captures of a run, in a thread; the ledger waits for them before it names them."""

    def __init__(self, crawler: Crawler) -> None:
        spider, folder = find_spider(crawler), crawler.settings["NEWSCRAWL_WARC_DIR"]
        if not folder or not spider.mode.uses_network or spider.arguments.dry_run:
            raise NotConfigured
        self._crawler, self._folder = crawler, Path(folder)
        self._files = WarcWriter(
            folder,
            spider.name,
            software=f"newscrawl/{__version__}",
            max_bytes=crawler.settings.getint("NEWSCRAWL_WARC_MAX_BYTES"),
        )
        self._thread = ThreadPoolExecutor(1, "newscrawl-captures")
        self._kept: OrderedDict[str, CaptureRef] = OrderedDict()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes NEWSCRAWL_WARC_DIR and NEWSCRAWL_WARC_MAX_BYTES; off where nobody is asked, and in a dry run."""
        keeping = cls(crawler)
        crawler.signals.connect(keeping.spider_opened, signals.spider_opened)
        crawler.signals.connect(keeping.spider_closed, signals.spider_closed)
        return keeping

    def spider_opened(self) -> None:
        """Have the ledger wait for captures."""
        find_recorder(self._crawler).run_store.before_commit = self.sync

    async def spider_closed(self) -> None:
        """Close the last file: nothing is fetched any more."""
        await asyncio.to_thread(self._thread.shutdown)
        try:
            await asyncio.to_thread(self._files.close)
        except ArchiveError as error:  # what rows name was synced before they were committed
            logger.warning("captures: %s", error)

    @property
    def _ledger(self) -> PageLedger:
        return find_recorder(self._crawler).page_ledger

    async def keep(self, exchange: Exchange) -> CaptureRef:
        """Write an exchange; where it stands.

        A payload that is kept already is named and not repeated. Raises RunEnded where it cannot be written: then the
        run ends as it does when the database refuses.
        """
        original = await self._original(exchange)
        return await self._write(partial(self._files.write, exchange, original))

    async def adopt(self, record: bytes, capture: CaptureRef) -> CaptureRef:
        """Write another archive's record as it is; where it stands. Raises RunEnded as `keep` does."""
        return await self._write(partial(self._files.copy, record, capture))

    def sync(self) -> None:
        """Have what is written outlive the power. Raises StorageError."""
        try:
            self._files.sync()
        except ArchiveError as error:
            raise StorageError(f"captures: {error}") from error

    async def _write(self, writing: Any) -> CaptureRef:
        try:
            kept: CaptureRef = await asyncio.get_running_loop().run_in_executor(self._thread, writing)
        except ArchiveError as error:
            find_recorder(self._crawler).run_store.fail(StorageError(f"captures: {error}"))
            raise RunEnded(str(error)) from error
        if kept.digest and kept.kind == "response":
            self._kept[kept.digest] = kept
            if len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)
        return kept

    async def _original(self, exchange: Exchange) -> CaptureRef | None:
        """The capture of the same payload, or of what the server says is still so; None where it is not kept here.

        Nothing is taken for the same as something else, and files of others are no place to keep our captures in.
        """
        digest = exchange.digest if exchange.payload else None
        if exchange.status == HTTPStatus.NOT_MODIFIED:
            latest = await self._ledger.find_latest_capture(exchange.url)
            digest = latest.digest if latest else None
        if digest is None:
            return None
        found = self._kept.get(digest) or await self._ledger.find_capture(digest)
        if found is None or found.file is None or Path(found.file).is_absolute():
            return None
        return found if await asyncio.to_thread((self._folder / found.file).exists) else None


class KeepPages:
    """A downloader middleware that has every answer to a page's request kept, as it came: before it is unpacked."""

    def __init__(self, crawler: Crawler) -> None:
        keeping = crawler.get_extension(Keeping)
        if keeping is None:
            raise NotConfigured
        self._keeping, self._source = keeping, find_spider(crawler).source

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Off without the extension."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """The response; where it is kept is told in its request's meta["captures"], by its address."""
        if "link" in request.meta:
            response.request = request  # Scrapy sets it later
            if kept := await self._source.keep(response, self._keeping):
                request.meta.setdefault("captures", {})[response.url] = kept
        return response
