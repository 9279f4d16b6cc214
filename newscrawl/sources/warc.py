"""Archive files: pages of WARC, ARC and WACZ files, wherever they come from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import ClassVar

from scrapy import signals

from newscrawl import saved
from newscrawl.archives.capture import Capture, Place
from newscrawl.archives.warc import Originals, captures
from newscrawl.article import CaptureRef, Link, Page
from newscrawl.errors import ArchiveError, ArgumentError
from newscrawl.ledger import Ledger
from newscrawl.sources._screen import Screen
from newscrawl.sources._source import Crawl, Source

_AT_ONCE = 16
"""Captures that are read, and looked up, together."""
_IN_HAND = 32
"""Pages that are read and not yet stored: what bounds memory."""
_TOLD = 20
"""Broken records that are told one by one."""


class Warc(Source):
    """`scrapy crawl bloomberg -a source=warc -a warc=GLOB`.

    Nothing is asked for: pages go to extraction as they are read. A capture that is in the database is not read again,
    unless the run is `full`.
    """

    is_past: ClassVar[bool] = True
    is_local: ClassVar[bool] = True

    def __init__(self, crawl: Crawl) -> None:
        """Raises ArgumentError where the pattern names no file."""
        super().__init__(crawl)
        self._paths = saved.paths(self._arguments.warc or "")
        if not self._paths:
            raise ArgumentError(f"warc={self._arguments.warc}: there is no such file")
        self._screen = Screen.of(crawl)
        self._free = asyncio.Semaphore(_IN_HAND)
        self._yielded = 0

    @property
    def hosts(self) -> frozenset[str]:
        """None."""
        return frozenset()

    async def start(self) -> AsyncIterator[Page | Link]:
        """The pages, file by file in alphabetical order; in a dry run the links that they would be."""
        for signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            self._crawl.crawler.signals.connect(self._done, signal)
        with ThreadPoolExecutor(1, "newscrawl-warc") as thread:
            loop = asyncio.get_running_loop()
            reading = self._captures(loop)
            while batch := await loop.run_in_executor(thread, lambda: list(islice(reading, _AT_ONCE))):
                async for page in self._wanted(batch):
                    yield page
                if self._is_enough():
                    return

    async def _wanted(self, batch: list[Capture]) -> AsyncIterator[Page | Link]:
        """Of captures those that are pages of the publisher, and not known."""
        pages = [capture for capture in batch if not self._is_passed_over(capture)]
        known = await self._ledger.captured([capture.ref for capture in pages]) if pages else []
        for capture, is_known in zip(pages, known, strict=False):
            if is_known and not self._arguments.full:
                self._count("captures/known")
            elif self._arguments.dry_run:
                yield Link(url=capture.url, source="warc", capture=capture.ref)
            elif not self._is_enough():
                await self._free.acquire()
                self._yielded += 1
                self._count("pages/asked")
                yield capture.page()

    def _is_enough(self) -> bool:
        return self._arguments.limit is not None and self._yielded >= self._arguments.limit

    def _done(self) -> None:
        self._free.release()

    def _is_passed_over(self, capture: Capture) -> bool:
        reason = self._screen.passed_over(capture)
        self._count(f"captures/{reason}" if reason else "links/found")
        return reason is not None

    def _captures(self, loop: asyncio.AbstractEventLoop) -> Iterator[Capture]:
        """All captures of the publisher's hosts, in the thread that reads."""

        def known_elsewhere(digest: str) -> Place | None:
            found = asyncio.run_coroutine_threadsafe(self._ledger.original(digest), loop).result()
            return self._place(found) if found else None

        with Originals(known_elsewhere) as originals:
            for path in self._paths:
                try:
                    yield from captures(
                        path.resolve(),
                        wanted=self._screen.is_of_the_publisher,
                        broken=self._broken,
                        originals=originals,
                    )
                except ArchiveError as error:
                    self._broken(error)

    def _place(self, kept: CaptureRef) -> Place | None:
        """Where a kept capture stands, from the root."""
        folder = Path(self._crawl.crawler.settings["NEWSCRAWL_WARC_DIR"] or ".")
        if kept.file is None or kept.offset is None or kept.length is None:
            return None
        return Place(file=str(folder / kept.file), offset=kept.offset, length=kept.length)

    def _broken(self, error: ArchiveError) -> None:
        self._count("captures/broken")
        if self._crawl.crawler.stats.get_value("newscrawl/captures/broken") <= _TOLD:
            self._crawl.logger.warning("%s", error)

    @property
    def _ledger(self) -> Ledger:
        ledger = self._crawl.crawler.get_extension(Ledger)
        assert ledger is not None  # noqa: S101 - no run of ours is without it
        return ledger

    def _count(self, name: str) -> None:
        self._crawl.crawler.stats.inc_value(f"newscrawl/{name}")
