"""The store of a run, used through one writing thread; the first database error ends the run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from itertools import islice
from typing import Any, TypeVar

from newscrawl.batch.extraction import extractor_version
from newscrawl.crawl.batch_writer import BatchWriter
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import NewsSpider
from newscrawl.errors import LostLockError, NoDatabaseError, StorageError
from newscrawl.operations.archive import open_archive
from newscrawl.operations.exit_codes import LOCK_LOST
from newscrawl.storage import PageResult, RecordedPage, Store

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_GATHER_SECONDS = 0.25


class RunDatabase:
    """The database as the components of one run use it.

    The first StorageError is logged and closes the spider; what was not committed stays unfinished for the next run.
    A dry run never writes: it has no run id, and reads an empty database in memory where there is none on disk.
    """

    def __init__(self, spider: NewsSpider, url: str) -> None:
        """Raises StorageError when the database cannot be opened."""
        self._spider = spider
        # a replay waits for each page
        gather_seconds = 0 if spider.mode is RunMode.REPLAY else _GATHER_SECONDS
        self._writer: BatchWriter[tuple[PageResult, ...], RecordedPage] = BatchWriter(
            self._record, gather_seconds=gather_seconds
        )
        self.store = self.call_now(lambda: self._open(url))
        self._calls: BatchWriter[Callable[[], Any], Any] = BatchWriter(
            self.store.write_together, gather_seconds=0, thread=self._writer.thread
        )
        self.run_id = 0
        self.before_commit: Callable[[], None] | None = None
        """Called in the writing thread before results are committed; a StorageError that it raises stops the commit."""
        self._error: StorageError | None = None
        self._pending: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None

    @property
    def is_writable(self) -> bool:
        """False in a dry run, and after a database error."""
        return bool(self.run_id) and self._error is None

    def call_now(self, function: Callable[[], _T]) -> _T:
        """Call `function` in the writing thread and block until it returns. Raises what it raises."""
        return self._writer.call_now(function)

    async def call(self, function: Callable[[], _T], default: _T, *, blocks: bool = False) -> _T:
        """Call `function` in the writing thread; on a database error end the run and return `default`.

        If it `blocks`, the event loop does nothing else meanwhile.
        """
        try:
            return self.call_now(function) if blocks else await self._writer.call(function)
        except StorageError as error:
            self.fail(error)
            return default

    async def call_together(self, function: Callable[[], _T], default: _T) -> _T:
        """As `call`, for a method that writes: one transaction for all that wait for the writing thread by then.

        Of many sites, each list needs two or three, and each transaction waits for the disk.
        """
        try:
            written: _T = await self._calls.write(function)
        except StorageError:  # of any of them: which one, it shows alone
            return await self.call(function, default)
        return written

    async def call_beside(self, function: Callable[[], _T], default: _T) -> _T:
        """As `call`, but in another thread: a read that waited for a commit would delay the host's next request."""
        return await self._or_default(asyncio.to_thread(function), default)

    async def write(self, results: tuple[PageResult, ...]) -> RecordedPage | None:
        """Commit the results of one page with the next group; None on a database error."""
        return await self._or_default(self._writer.write(results), None)

    def run_later(self, work: Coroutine[Any, Any, Any]) -> None:
        """Start `work` as a task that only the end of the run waits for."""
        self._pending.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._pending.discard)

    async def finish_pending(self) -> None:
        """Wait for the tasks of `run_later`."""
        await asyncio.gather(*self._pending)

    async def close(self) -> None:
        await self._writer.call(self.store.close)
        self._writer.close()

    def fail(self, error: StorageError) -> None:
        """Count a database error; the first one ends the run, and nothing is stored any more."""
        is_lock_lost = isinstance(error, LostLockError)
        if not is_lock_lost:
            self._spider.count("storage/failed")
        if self._error is None:
            self._error = error
            self.close_spider(LOCK_LOST if is_lock_lost else "storage_failed", str(error))

    def close_spider(self, reason: str, trouble: str) -> None:
        """Log and report what went wrong, and close the spider with a finish reason."""
        logger.error("%s", trouble)
        self._spider.report_trouble(trouble)
        if self._spider.crawler.engine.spider is not None:
            self._closing = asyncio.ensure_future(self._spider.crawler.engine.close_spider_async(reason=reason))

    async def _or_default(self, result: Coroutine[Any, Any, _T], default: _T) -> _T:
        try:
            return await result
        except StorageError as error:
            self.fail(error)
            return default

    def _open(self, url: str) -> Store:
        if not self._spider.arguments.dry_run:
            return open_archive(url)
        try:
            return open_archive(url, create=False)
        except NoDatabaseError:
            return open_archive("sqlite://")

    def _record(self, pages: Sequence[tuple[PageResult, ...]]) -> Sequence[RecordedPage]:
        """Commit the results of some pages, in the writing thread: for each page what its first result did."""
        if self._error:
            raise self._error
        if self.before_commit:
            self.before_commit()
        results = [result for page in pages for result in page]
        saved = iter(self.store.record(results, run_id=self.run_id, extractor=extractor_version()))
        outcomes = []
        for page in pages:
            first, *_ = islice(saved, len(page))
            outcomes.append(first)
        return outcomes
