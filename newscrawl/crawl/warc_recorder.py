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
"""Payloads of this run whose captures are in memory; later ones are in the database."""


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
        """The capture that holds the payload of each digest; changed in the thread alone."""
        self._earlier = DigestFilter()
        """Digests of this run that were in `_recent` before."""
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

    async def record(self, capture: Exchange | ArchivedRecord, *, is_first: bool = False) -> CaptureRef:
        """Write a capture and return its place; a payload that is stored already becomes a revisit record.

        Of a page that no run has requested before (`is_first`), a payload counts as stored if this run has had it: to
        look up every new page costs more than the few copies of earlier payloads under new addresses. Raises RunEnded
        where it cannot be written.
        """
        if isinstance(capture, ArchivedRecord):
            return await self._write(partial(self._copy, capture))
        return await self._write(partial(self._write_exchange, capture, is_first))

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
            return await asyncio.get_running_loop().run_in_executor(self._thread, write)
        except (ArchiveError, StorageError) as error:
            self._fail(StorageError(f"captures: {error}") if isinstance(error, ArchiveError) else error)
            raise RunEnded(str(error)) from error

    def _copy(self, archived: ArchivedRecord) -> CaptureRef:
        written = self._files.copy(archived.record, archived.capture)
        if written.kind == "response":
            self._remember_payload(written.digest, written)
        return written

    def _write_exchange(self, exchange: Exchange, is_first: bool) -> CaptureRef:
        """Write an exchange, in the thread: of two responses with the same payload, the second one is a revisit."""
        original = self._find_original(exchange, is_first)
        if original and not (original.file and is_own(original.file) and self._exists(original.file)):
            original = None
        written = self._files.write(exchange, original)
        if exchange.payload or original:
            self._remember_payload(written.digest, original or written)
        return written

    def _remember_payload(self, digest: str | None, holder: CaptureRef) -> None:
        if digest and (forgotten := _remember(self._recent, digest, holder)):
            self._earlier.add(forgotten)

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

    def _find_original(self, exchange: Exchange, is_first: bool) -> CaptureRef | None:
        """Return a capture with the same payload, or with the one that a 304 says is still current."""
        store = self._run.run_database.store if self._run else None
        digest = exchange.digest if exchange.payload else None
        if exchange.status == HTTPStatus.NOT_MODIFIED:
            latest = store.latest_capture(exchange.url) if store else None
            digest, is_first = latest.digest if latest else None, False
        if digest is None:
            return None
        original = self._recent.get(digest)
        if original is None and store and not (is_first and digest not in self._earlier):
            original = store.original(digest)
        return original

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
                written = await self._recorder.record(capture, is_first=request.meta.get("is_first_visit", False))
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


class DigestFilter:
    """A set of digests in 1 MiB (a Bloom filter): it may have one that was not added, and misses none that was.

    With a million digests, 5 % of the others seem to be in it.
    """

    _BITS = 2**23

    def __init__(self) -> None:
        self._bits = bytearray(self._BITS // 8)

    def add(self, digest: str) -> None:
        for bit in self._places(digest):
            self._bits[bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, digest: str) -> bool:
        return all(self._bits[bit >> 3] >> (bit & 7) & 1 for bit in self._places(digest))

    def _places(self, digest: str) -> tuple[int, int]:
        mixed = hash(digest)
        return mixed % self._BITS, (mixed >> 32) % self._BITS


def _remember(recent: OrderedDict[str, CaptureRef], key: str, capture: CaptureRef) -> str | None:
    """Remember a capture by a key; return the key that is forgotten in its place, if any."""
    recent[key] = capture
    return recent.popitem(last=False)[0] if len(recent) > _MAX_RECENT else None
