"""Records every response to a page's request in WARC files, before the database refers to it."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from newscrawl import __version__
from newscrawl.archives.capture import is_own
from newscrawl.archives.record_compression import make_compressor
from newscrawl.archives.warc_writer import Exchange, WarcWriter
from newscrawl.article import CaptureRef, Page
from newscrawl.crawl.capture_uploader import CaptureUploader, find_capture_folder
from newscrawl.crawl.embedded import find_run, is_enabled
from newscrawl.crawl.network.failures import RunEnded
from newscrawl.crawl.run_recorder import RunRecorder
from newscrawl.crawl.source import ArchivedRecord
from newscrawl.crawl.spider import NewsSpider
from newscrawl.errors import ArchiveError, StorageError
from newscrawl.remote_files import is_file, is_url

logger = logging.getLogger(__name__)

_MAX_RECENT = 10_000
"""Payloads of this run whose captures may not be in the database yet."""


class WarcRecorder:
    """An extension that writes the captures of a run, in a thread of its own; a file that cannot be written ends it."""

    def __init__(self, crawler: Crawler) -> None:
        """Raises ArgumentError or ArchiveError where captures cannot be stored at a URL, or compressed as set."""
        spider, folder = find_run(crawler), find_capture_folder(crawler.settings)
        is_wanted = bool(folder.name) and is_enabled(crawler, "NEWSCRAWL_CAPTURES")
        if not is_wanted or not spider.mode.uses_network or spider.arguments.dry_run:
            raise NotConfigured
        self._crawler, self._folder, self._spider = crawler, folder, spider
        self._uploader = CaptureUploader(folder) if folder.is_remote else None
        self._files = WarcWriter(
            folder.spool,
            spider.name,
            software=f"newscrawl/{__version__}",
            max_bytes=crawler.settings.getint("NEWSCRAWL_WARC_MAX_BYTES"),
            compress=make_compressor(crawler.settings["NEWSCRAWL_WARC_COMPRESSION"]),
            on_finished=self._uploader.upload if self._uploader else None,
        )
        self._existing: set[str] = set()
        self._thread = ThreadPoolExecutor(1, "newscrawl-captures")
        self._recent: OrderedDict[str, CaptureRef] = OrderedDict()
        self._recent_urls: OrderedDict[str, CaptureRef] = OrderedDict()
        self._run: RunRecorder | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        recorder = cls(crawler)
        crawler.signals.connect(recorder.spider_opened, signals.spider_opened)
        return recorder

    def spider_opened(self) -> None:
        self._run = self._crawler.get_extension(RunRecorder)
        if self._run:  # the database never refers to a capture that is not on the disk
            self._run.run_database.before_commit = self.sync
            self._run.before_end.append(self.close)
        else:
            self._crawler.signals.connect(self.close, signals.spider_closed)

    async def close(self) -> None:
        """Finish the last file, and upload what is to be uploaded."""
        await asyncio.to_thread(self._thread.shutdown)
        try:
            await asyncio.to_thread(self._files.close)
        except ArchiveError as error:  # what the database refers to was synced before
            logger.warning("captures: %s", error)
        if self._uploader and (left := await asyncio.to_thread(self._uploader.close)):
            self._spider.count("captures/not_uploaded", len(left))

    async def record(self, capture: Exchange | ArchivedRecord) -> CaptureRef:
        """Write a capture and return its place; a payload that is stored already becomes a revisit record.

        Raises RunEnded where it cannot be written.
        """
        if isinstance(capture, ArchivedRecord):
            return await self._write(partial(self._files.copy, capture.record, capture.capture))
        return await self._write(partial(self._files.write, capture, await self._find_original(capture)))

    async def record_rendered(self, page: Page) -> CaptureRef:
        """Write what scripts made of a page, as a resource record. Raises RunEnded where it cannot be written."""
        return await self._write(partial(self._files.write_resource, page.url, page.body, page.fetched_at))

    def remember(self, url: str, capture: CaptureRef) -> None:
        """Remember the capture of a response, for an item that has its URL and not its request."""
        _remember(self._recent_urls, url, capture)

    def find_recent(self, url: str) -> CaptureRef | None:
        """Return the last remembered capture of a URL."""
        return self._recent_urls.get(url)

    def sync(self) -> None:
        """Flush what is written to disk (fsync). Raises StorageError."""
        try:
            self._files.sync()
        except ArchiveError as error:
            raise StorageError(f"captures: {error}") from error

    async def _write(self, write: Callable[[], CaptureRef]) -> CaptureRef:
        try:
            written = await asyncio.get_running_loop().run_in_executor(self._thread, write)
        except ArchiveError as error:
            self._fail(StorageError(f"captures: {error}"))
            raise RunEnded(str(error)) from error
        if written.digest and written.kind == "response":
            _remember(self._recent, written.digest, written)
        return written

    def _fail(self, error: StorageError) -> None:
        """End the run: pages that are not kept would be lost."""
        if self._run:
            self._run.run_database.fail(error)
            return
        run = find_run(self._crawler)
        run.count("storage/failed")
        run.report_trouble(str(error), is_first=True)
        logger.error("%s", error)
        self._closing = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason="storage_failed"))

    async def _find_original(self, exchange: Exchange) -> CaptureRef | None:
        """A capture in our own files with the same payload, or with the one that a 304 says is still current."""
        digest = exchange.digest if exchange.payload else None
        if exchange.status == HTTPStatus.NOT_MODIFIED:
            latest = await self._run.page_ledger.find_latest_capture(exchange.url) if self._run else None
            digest = latest.digest if latest else None
        if digest is None:
            return None
        original = self._recent.get(digest)
        if original is None and self._run:
            original = await self._run.page_ledger.find_capture(digest)
        if original is None or original.file is None or not is_own(original.file):
            return None
        return original if await asyncio.to_thread(self._exists, original.file) else None

    def _exists(self, name: str) -> bool:
        """Whether a file of ours is still there."""
        path = self._folder.find_file(name)
        if not is_url(path):
            return Path(path).exists()
        with suppress(OSError):  # then the payload is written again
            if path in self._existing or is_file(path):
                self._existing.add(path)
                return True
        return False


class RecordResponses:
    """A downloader middleware that records responses as they came, before decompression.

    Of newscrawl's spiders, those to requests for pages. Of any other spider all but robots.txt, files and images, what
    Scrapy's HTTP cache answers, and requests with a false meta["newscrawl_capture"].
    """

    def __init__(self, crawler: Crawler) -> None:
        recorder = crawler.get_extension(WarcRecorder)
        if recorder is None:
            raise NotConfigured
        self._recorder, self._source = recorder, find_run(crawler).source
        self._is_embedded = not isinstance(crawler.spider, NewsSpider)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Store the place of the capture in the meta["captures"] of the request, by URL."""
        if self._is_recorded(request, response):
            response.request = request  # Scrapy sets it later
            if capture := self._source.read_capture(response):
                written = await self._recorder.record(capture)
                request.meta.setdefault("captures", {})[response.url] = written
                if self._is_embedded:
                    self._recorder.remember(response.url, written)
        return response

    def _is_recorded(self, request: Request, response: Response) -> bool:
        if not self._is_embedded:
            return "link" in request.meta
        # robots.txt and what the media pipelines fetch have no callback
        is_page = response.url.startswith(("http://", "https://")) and request.callback is not NO_CALLBACK
        return is_page and "cached" not in response.flags and bool(request.meta.get("newscrawl_capture", True))


def _remember(recent: OrderedDict[str, CaptureRef], key: str, capture: CaptureRef) -> None:
    recent[key] = capture
    if len(recent) > _MAX_RECENT:
        recent.popitem(last=False)
