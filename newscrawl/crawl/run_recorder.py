"""The record of a run: its lock, its heartbeat, its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call

from newscrawl import sample
from newscrawl.address_policy import read_allowed
from newscrawl.configuration import redact
from newscrawl.crawl.embedded import find_run, is_enabled
from newscrawl.crawl.end_of_run import EndOfRun
from newscrawl.crawl.network.pace import Slowdown
from newscrawl.crawl.page_ledger import PageLedger
from newscrawl.crawl.run_database import RunDatabase
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import NewsSpider
from newscrawl.errors import LockedError, LostLockError
from newscrawl.operations import exit_codes, metrics, process
from newscrawl.operations.archive import MIX_SAMPLE, check_sample, open_archive
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.states import PRIVATE_ADDRESS

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 30.0
_MAX_SHOWN = 10
_FORGOTTEN = 86400.0
"""Seconds after which the delay that a site needed counts no more."""


class RunRecorder:
    """An extension that opens the database, locks the spider's run, and records how it ends.

    Other components get the store and the page ledger from it. In a dry run nothing is written.
    """

    def __init__(self, crawler: Crawler) -> None:
        """Raises StorageError when the database cannot be opened, LockedError when the spider is already running."""
        self._crawler, self._spider = crawler, find_run(crawler)
        if not any(is_enabled(crawler, name) for name in ("NEWSCRAWL_STORAGE", "NEWSCRAWL_LEDGER")):
            raise NotConfigured
        self.run_database = RunDatabase(self._spider, crawler.settings["NEWSCRAWL_DATABASE_URL"])
        self._store = self.run_database.store
        self._holds: list[tuple[str, float, float]] = []
        is_sample, mixes = self._spider.arguments.source == sample.SOURCE, crawler.settings.getbool(MIX_SAMPLE)
        self.run_database.call_now(partial(check_sample, self._store, is_sample=is_sample, mixes=mixes))
        if not self._spider.arguments.dry_run:
            self.run_database.run_id = self.run_database.call_now(self._start_run)
        self.page_ledger = PageLedger(self._spider, self.run_database)
        self.before_end: list[Callable[[], Awaitable[None]]] = []
        """Called when every page is stored, before the end of the run is recorded."""
        # Scrapy's looping call rejects coroutine functions, so each beat becomes a task.
        self._heartbeat = create_looping_call(lambda: self.run_database.run_later(self._beat()))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        recorder = cls(crawler)
        crawler.signals.connect(recorder.spider_opened, signals.spider_opened)
        crawler.signals.connect(recorder.page_ledger.item_error, signals.item_error)
        if isinstance(crawler.spider, NewsSpider):
            crawler.signals.connect(recorder.page_ledger.request_dropped, signals.request_dropped)
        crawler.signals.connect(recorder.spider_closed, signals.spider_closed)
        return recorder

    def spider_opened(self) -> None:
        slowdown = self._crawler.get_downloader_middleware(Slowdown)
        for home, pause, delay in self._holds:
            if slowdown:
                slowdown.hold(home, pause, delay)
        if run_id := self.run_database.run_id:
            self._crawler.stats.set_value("newscrawl/run", run_id)
            self._heartbeat.start(HEARTBEAT_SECONDS, now=False)
            url = "" if self._spider.mode.is_history else self._crawler.settings["NEWSCRAWL_PING_URL"]
            self.run_database.run_later(asyncio.to_thread(metrics.ping_start, url, self._spider.name, run_id))

    async def spider_closed(self, reason: str) -> None:
        """Record the end of the run after every pending write, then close the database."""
        if self._heartbeat.running:
            self._heartbeat.stop()
        await self.run_database.finish_pending()
        for finish in self.before_end:
            await finish()
        if self.run_database.run_id:
            await self.page_ledger.save_url_patterns()
            await EndOfRun(self._spider, self.run_database).finish(reason)
        await self.run_database.close()

    def _start_run(self) -> int:
        """Insert the run, in the writing thread; a run that is locked out is inserted as ended."""
        sites = [site.name for site in self._spider.sites]
        start = partial(
            self._store.start_run,
            self._spider.name,
            {name: redact(value) for name, value in self._spider.arguments.given.items()},
            source=self._spider.arguments.source,
            versions=process.software_versions(),
            process=process.identity(),
            sites=sites,
        )
        if not isinstance(self._crawler.spider, NewsSpider):  # it plans nothing, so that several may run at once
            return start(alone=False, is_alive=process.is_alive)
        try:
            run_id = start(is_alive=process.is_alive)
        except LockedError:
            locked_out = start(alone=False)
            self._store.end_run(locked_out, finish_reason="locked", exit_code=int(ExitCode.LOCKED), counts={})
            raise
        self._leave_out_locked(run_id, sites)
        if read_allowed(self._crawler.settings["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"]):
            self._store.put_back(reason=PRIVATE_ADDRESS)
        if self._spider.mode is RunMode.LIVE:
            homes = {site.name: (site.home, site.title) for site in self._spider.sites}
            self._store.start_sites(homes, run_id=run_id)
            self._holds = self._find_holds(set(homes))
        for site in self._spider.sites if self._spider.arguments.selective else ():
            counts = self._store.state_counts(site=site.name)
            articles = counts.get("stored", 0) + counts.get("unchanged", 0)
            self._spider.set_count("archive/articles", articles, site=site.name)
        return run_id

    def _find_holds(self, sites: Collection[str]) -> list[tuple[str, float, float]]:
        """Return front page, pause and delay (seconds) of the sites that an earlier run was asked to spare."""
        now = self._store.now()
        states = self._store.sites(next(iter(sites)) if len(sites) == 1 else None)
        return [
            (state.home, max(0.0, pause), state.delay_seconds or 0.0)
            for state in states
            if state.site in sites and state.allowed_at
            if (pause := (state.allowed_at - now).total_seconds()) > -_FORGOTTEN
        ]

    def _leave_out_locked(self, run_id: int, sites: Collection[str]) -> None:
        """Go on without the sites on which another run is active."""
        own = self._store.run_sites(run_id)
        if locked := [site for site in sites if site not in own]:
            self._spider.leave_out(locked)
            self._spider.count("sites/locked", len(locked))
            shown = f"{', '.join(locked[:_MAX_SHOWN])}{' …' if len(locked) > _MAX_SHOWN else ''}"
            logger.warning("another run is active on %d of the sites, which are left to it: %s", len(locked), shown)

    async def _beat(self) -> None:
        # another run may have taken this one for dead, closed it and replaced it
        counts = exit_codes.counts(self._crawler.stats.get_stats())
        beat = partial(self._store.alive, self.run_database.run_id, counts)
        if not await self.run_database.call(beat, default=True):
            self.run_database.fail(LostLockError())


def find_recorder(crawler: Crawler) -> RunRecorder:
    """Return the recorder of a run. Raises NotConfigured where there is none."""
    recorder = crawler.get_extension(RunRecorder)
    if recorder is None:
        raise NotConfigured
    return recorder


def end_unstarted_run(url: str, spider: str, exit_code: int) -> None:
    """End the run that this process inserted and whose crawl failed to start. Raises StorageError."""
    with open_archive(url, create=False) as store:
        mine = process.identity().identity
        for run in store.runs(None, spider=spider, ended=False):
            if run.process == mine:
                store.end_run(run.id, finish_reason="not_started", exit_code=exit_code, counts=run.counts)
