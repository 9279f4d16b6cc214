"""Archive files: pages of WARC, ARC and WACZ files, wherever they come from."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event
from typing import Any, ClassVar

from scrapy import signals

from newscrawl.archives import saved_pages
from newscrawl.archives.capture import Capture, RecordLocation, locate
from newscrawl.archives.revisits import Originals
from newscrawl.archives.warc_reader import read_capture, read_captures
from newscrawl.article import CaptureRef, Link, Page
from newscrawl.batch.capture_filter import CaptureFilter
from newscrawl.crawl.network.shutdown import is_ending
from newscrawl.crawl.page_ledger import PageLedger
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.run_recorder import find_recorder
from newscrawl.crawl.sources._source import Crawl, Source
from newscrawl.errors import ArchiveError, ArgumentError, NoOriginalError

_AT_ONCE = 16
"""Pages that are read, and looked up, together."""
_LOOKED_AT = 1000
"""Captures that are passed over before it is told how many."""
_IN_HAND = 32
"""Pages that are read and not yet stored: what bounds memory."""
_TOLD = 20
"""Broken records that are told one by one."""
_PATIENCE = 0.2
"""Seconds after which the thread that reads looks whether it is still wanted, while it waits for the loop."""


class _EndedError(Exception):
    """The run ends: nothing more is to be read."""


class Warc(Source):
    """`scrapy crawl bloomberg -a source=warc -a warc=GLOB`.

    Nothing is asked for: pages go to extraction as they are read. A capture that is in the database is not read again,
    unless the run is `full`.
    """

    mode: ClassVar[RunMode] = RunMode.ARCHIVE_FILES

    def __init__(self, crawl: Crawl) -> None:
        """Raises ArgumentError where the pattern names no file."""
        super().__init__(crawl)
        self._paths = saved_pages.paths(self._arguments.warc or "")
        if not self._paths:
            raise ArgumentError(f"warc={self._arguments.warc}: there is no such file")
        self._filter = CaptureFilter(publisher=crawl.publisher, dates=crawl.arguments.dates)
        self._free = asyncio.Semaphore(_IN_HAND)
        self._yielded = 0
        self._broken_told = 0
        self._met: Counter[str] = Counter()
        """What was met since it was counted last: the thread's while it reads, else the loop's."""
        self._without_original: list[tuple[str, int]] = []
        self._ended = Event()

    @property
    def hosts(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def version(self, link: Link) -> datetime | None:
        """The time of the capture."""
        return link.capture.captured_at if link.capture else None

    def is_to_be_asked_again(self, link: Link, asked: Collection[datetime | None]) -> bool:
        """Each capture."""
        return True

    async def start(self) -> AsyncIterator[Page | Link]:
        """The pages, file by file in alphabetical order; in a dry run the links that they would be."""
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            self._crawl.crawler.signals.connect(self._done, signal)
        loop = asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, "newscrawl-warc")
        try:
            async for page in self._pages(loop, thread):
                yield page
        finally:
            # not waited for: the thread may itself wait for this loop, or be in the midst of a large file
            self._ended.set()
            thread.shutdown(wait=False)

    async def _pages(self, loop: asyncio.AbstractEventLoop, thread: ThreadPoolExecutor) -> AsyncIterator[Page | Link]:
        reading, is_over = self._captures(loop), False
        while not is_over:
            batch, is_over = await loop.run_in_executor(thread, self._batch, reading)
            self._count_what_was_met()
            async for page in self._wanted(batch):
                yield page
            is_over = is_over or self._is_enough() or is_ending(self._crawl.crawler)

    async def _wanted(self, pages: list[Capture]) -> AsyncIterator[Page | Link]:
        """Of captures those that are not known; in a dry run all: the planner tells what is known of them."""
        known = await self._ledger.are_captured([capture.ref for capture in pages]) if pages else []
        for capture, is_known in zip(pages, known, strict=False):
            if self._arguments.dry_run:
                yield Link(url=capture.url, source="warc", capture=capture.ref)
            elif is_known and not self._arguments.full:
                self._count("captures/known")
            elif not self._is_enough():
                await self._free.acquire()
                self._yielded += 1
                self._count("pages/asked")
                self._count("captures/read")
                yield capture.page()

    def _is_enough(self) -> bool:
        return self._arguments.limit is not None and self._yielded >= self._arguments.limit

    def _done(self) -> None:
        self._free.release()

    def _batch(self, reading: Iterator[Capture]) -> tuple[list[Capture], bool]:
        """The next captures that are pages of the publisher, in the thread that reads, and whether they are the last.

        There may be none of so many.
        """
        pages: list[Capture] = []
        for _ in range(_LOOKED_AT):
            capture = next(reading, None)
            if capture is None:
                return pages, True
            reason = self._filter.find_skip_reason(capture)
            self._met[f"captures/{reason}" if reason else "links/found"] += 1
            if reason is None:
                pages.append(capture)
            if len(pages) == _AT_ONCE:
                break
        return pages, False

    def _captures(self, loop: asyncio.AbstractEventLoop) -> Iterator[Capture]:
        """All captures of the publisher's hosts, in the thread that reads."""
        folder = self._crawl.crawler.settings["NEWSCRAWL_WARC_DIR"]

        def known_elsewhere(digest: str) -> RecordLocation | None:
            found = self._from_loop(loop, self._ledger.find_capture(digest))
            return locate(found, folder) if found else None

        def known_then(url: str, moment: datetime) -> tuple[datetime, RecordLocation] | None:
            found = self._from_loop(loop, self._ledger.find_capture_at(url, moment))
            place = locate(found, folder) if found else None
            return (found.captured_at, place) if found and place else None

        with Originals(known_elsewhere, known_then) as originals:
            for path in self._paths:
                try:
                    yield from read_captures(
                        path.resolve(), is_wanted=self._is_wanted, report=self._report, originals=originals
                    )
                except ArchiveError as error:
                    self._broken(error)
                except _EndedError:
                    return
            yield from self._postponed(originals)

    def _postponed(self, originals: Originals) -> Iterator[Capture]:
        """The revisits whose originals stood in files that were read after theirs."""
        for path, offset in self._without_original:
            try:
                yield read_capture(path, offset, originals=originals)
            except ArchiveError as error:
                self._broken(error)

    def _is_wanted(self, url: str) -> bool:
        """Whether a record is the publisher's. Raises _EndedError: a file may hold millions that are not."""
        if self._ended.is_set():
            raise _EndedError
        return self._filter.accepts_host(url)

    def _from_loop(
        self, loop: asyncio.AbstractEventLoop, asking: Coroutine[Any, Any, CaptureRef | None]
    ) -> CaptureRef | None:
        """The kept capture that is asked for in the loop. Raises _EndedError: then nobody answers there."""
        asked = asyncio.run_coroutine_threadsafe(asking, loop)
        while not self._ended.is_set():
            try:
                return asked.result(_PATIENCE)
            except TimeoutError:
                continue
        raise _EndedError

    def _report(self, error: ArchiveError) -> None:
        if isinstance(error, NoOriginalError) and error.offset is not None:
            self._without_original.append((error.path, error.offset))
        else:
            self._broken(error)

    def _broken(self, error: ArchiveError) -> None:
        self._met["captures/broken"] += 1
        self._broken_told += 1
        if self._broken_told <= _TOLD:
            self._crawl.logger.warning("%s", error)

    @property
    def _ledger(self) -> PageLedger:
        return find_recorder(self._crawl.crawler).page_ledger

    def _count_what_was_met(self) -> None:
        for name, n in self._met.items():
            self._count(name, n)
        self._met.clear()

    def _count(self, name: str, n: int = 1) -> None:
        self._crawl.crawler.stats.inc_value(f"newscrawl/{name}", n)
