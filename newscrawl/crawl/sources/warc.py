"""Archive files: pages of WARC, ARC and WACZ files, wherever they come from."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Event
from typing import ClassVar

from scrapy import signals

from newscrawl.archives.capture import Capture, RecordLocation
from newscrawl.archives.revisits import Originals
from newscrawl.archives.wacz import find_archives
from newscrawl.archives.warc_reader import read_capture, read_captures
from newscrawl.article import Link, Page
from newscrawl.batch.capture_filter import CaptureFilter
from newscrawl.crawl.arguments import CrawlArguments
from newscrawl.crawl.capture_uploader import find_capture_folder
from newscrawl.crawl.network.shutdown import is_ending
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.run_recorder import RunRecorder, find_recorder
from newscrawl.crawl.source import Source
from newscrawl.errors import ArchiveError, ArgumentError, NoOriginalError, StorageError
from newscrawl.operations.run_counts import add_name
from newscrawl.publishers import Sites
from newscrawl.storage import Store

logger = logging.getLogger(__name__)

_BATCH_PAGES = 16  # pages that are read, and looked up in the database, together
_BATCH_CAPTURES = 1000
"""Captures that are read before the counts are updated, even if none of them is a page of the publisher."""
_MAX_PENDING = 32  # pages that are read and not stored yet: this bounds memory
_MAX_WARNINGS = 20  # broken records that are logged one by one


class _RunEndedError(Exception):
    """The run ends while a file is being read."""


class Warc(Source):
    """`scrapy crawl NAME -a warc=GLOB`.

    Nothing is requested: pages go to extraction as they are read from the files, in alphabetical order. A capture
    that is in the database is not read again, unless the run is `full`.
    """

    mode: ClassVar[RunMode] = RunMode.ARCHIVE_FILES

    def __init__(self, sites: Sites, arguments: CrawlArguments) -> None:
        super().__init__(sites, arguments)
        self._paths = find_archives(arguments.warc or "")
        if not self._paths:
            raise ArgumentError(f"warc={arguments.warc}: there is no such file")
        self._filter = CaptureFilter(sites=sites, dates=arguments.dates)
        self._pending = asyncio.Semaphore(_MAX_PENDING)
        self._pages_read = 0
        self._warnings = 0
        # Counts to add to the stats; the reading thread's while it works, else the loop's.
        self._new_counts: Counter[str] = Counter()
        self._revisits: list[tuple[str, int]] = []  # file and offset of revisits that precede their original
        self._ended = Event()

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset()

    def is_requested_again(self, link: Link, versions: Collection[datetime | None]) -> bool:
        return True

    async def start(self) -> AsyncIterator[Page | Link]:
        """Yield the pages; in a dry run their links."""
        is_named = bool(self._arguments.named_sites)
        spider = self._crawler.spider
        self._filter = replace(self._filter, sites=self.sites, spider=spider.name if spider and not is_named else "")
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            self._crawler.signals.connect(self._pending.release, signal)
        run = find_recorder(self._crawler)
        thread = ThreadPoolExecutor(1, "newscrawl-warc")
        try:
            async for page in self._read_pages(run, thread):
                yield page
        except StorageError as error:
            run.run_database.fail(error)
        finally:
            self._ended.set()
            thread.shutdown(wait=False)  # it may be in the middle of a large file

    async def _read_pages(self, run: RunRecorder, thread: ThreadPoolExecutor) -> AsyncIterator[Page | Link]:
        loop, captures = asyncio.get_running_loop(), self._iterate_captures(run.run_database.store)
        is_last = False
        while not (is_last or self._is_limit_reached() or is_ending(self._crawler)):
            batch, is_last = await loop.run_in_executor(thread, self._read_batch, captures)
            for name, n in self._new_counts.items():
                self._count(name, n)
            self._new_counts.clear()
            refs = [capture.ref for capture in batch]
            known = await run.page_ledger.find_known_captures(refs) if batch else []
            for capture, before in zip(batch, known, strict=False):
                if self._arguments.dry_run:  # the planner reports what is known
                    yield Link(url=capture.url, source="warc", capture=capture.ref)
                elif before and before.state != "failed" and not self._arguments.full:
                    self._count("captures/known")
                elif not self._is_limit_reached():
                    await self._pending.acquire()
                    self._pages_read += 1
                    self._count("pages/asked")
                    self._count("captures/read")
                    yield capture.page()

    def _is_limit_reached(self) -> bool:
        return self._arguments.limit is not None and self._pages_read >= self._arguments.limit

    def _read_batch(self, captures: Iterator[Capture]) -> tuple[list[Capture], bool]:
        """The next pages of the publisher, maybe none, and whether the files are at their end. For the thread."""
        pages: list[Capture] = []
        for _ in range(_BATCH_CAPTURES):
            capture = next(captures, None)
            if capture is None:
                return pages, True
            reason = self._filter.find_skip_reason(capture)
            self._new_counts[f"captures/{reason}" if reason else "links/found"] += 1
            if reason is None:
                pages.append(capture)
            if len(pages) == _BATCH_PAGES:
                break
        return pages, False

    def _iterate_captures(self, store: Store) -> Iterator[Capture]:
        """All captures of the publisher's hosts. For the thread. Raises StorageError."""
        folder = find_capture_folder(self._crawler.settings)

        def find_by_digest(digest: str) -> RecordLocation | None:
            ref = store.original(digest)
            return folder.locate(ref) if ref else None

        def find_by_time(url: str, moment: datetime) -> tuple[datetime, RecordLocation] | None:
            ref = store.original_then(url, moment)
            location = folder.locate(ref) if ref else None
            return (ref.captured_at, location) if ref and location else None

        with Originals(find_by_digest, find_by_time) as originals:
            for path in self._paths:
                is_wanted = partial(self._is_wanted, self._filter.select_addresses(path))
                try:
                    yield from read_captures(path, is_wanted=is_wanted, report=self._handle_broken, originals=originals)
                except ArchiveError as error:
                    self._warn(error)
                except _RunEndedError:
                    return
            for name, offset in self._revisits:
                try:
                    yield read_capture(name, offset, originals=originals)
                except ArchiveError as error:
                    self._warn(error)

    def _is_wanted(self, accepts: Callable[[str], bool], url: str) -> bool:
        if self._ended.is_set():  # checked for each record: a file may hold millions of other hosts
            raise _RunEndedError
        return accepts(url)

    def _handle_broken(self, error: ArchiveError) -> None:
        if isinstance(error, NoOriginalError) and error.offset is not None:
            self._revisits.append((error.path, error.offset))
        else:
            self._warn(error)

    def _warn(self, error: ArchiveError) -> None:
        self._new_counts["captures/broken"] += 1
        add_name(self._crawler.stats.get_stats(), "captures/broken", error.path)
        self._warnings += 1
        if self._warnings <= _MAX_WARNINGS:
            logger.warning("%s", error)

    def _count(self, name: str, n: int = 1) -> None:
        self._crawler.stats.inc_value(f"newscrawl/{name}", n)
