"""The ledger of a crawl: what every page, list and run is recorded by, in the store, through one writing thread."""

from __future__ import annotations

import asyncio
import gc
import logging
import platform
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from itertools import islice
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import create_looping_call
from twisted.python.failure import Failure

from newscrawl import __version__, extract
from newscrawl.article import Article, CaptureRef, Link, Page
from newscrawl.batch.clusters import CRAWL_SECONDS, bring_up_to_date
from newscrawl.crawl.batch_writer import Writer
from newscrawl.crawl.policy import drift, pages
from newscrawl.crawl.policy.asks import MOST_TOLERANCE
from newscrawl.errors import LockedError, NoDatabaseError, StorageError
from newscrawl.extract import listed
from newscrawl.items import MissedPage
from newscrawl.operations import exit_codes, metrics, process
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.states import ARCHIVE_SOURCES, ListState, PageState
from newscrawl.storage import PageResult, RecordedPage, Store
from newscrawl.urls import normal_form

logger = logging.getLogger(__name__)

_COLLECTED_AT = 5000
_HEARTBEAT_SECONDS = 30
_PAST_RUNS = 1000
"""Runs whose counts tell what is usual: most of a frugal month's read no page."""
_NEVER_HAD = ("robots_txt", "unknown_layout", "too_large", "url_too_long")
"""Reasons of a refusal, beside "http_…", with which the page of an article cannot be had."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was known of a page when it was asked for."""

    link: Link
    state: PageState | None


class Ledger:
    """An extension that owns the store of a run.

    When the database refuses, the first refusal is told once, the crawl ends, and whatever was not committed stays
    unfinished for the next run. In a dry run nothing is written.
    """

    def __init__(self, crawler: Crawler) -> None:
        """Raises StorageError when the database cannot be opened, LockedError when the spider is at work already,
        NotConfigured for a spider that is none of ours.
        """
        if crawler.spider is None or not hasattr(crawler.spider, "arguments"):
            raise NotConfigured
        self._crawler, self._spider = crawler, crawler.spider
        self._arguments = crawler.spider.arguments
        self._is_replayed: bool = getattr(self._spider, "is_replayed", False)
        self._is_past: bool = getattr(self._spider, "is_past", False)
        self._writer: Writer[tuple[PageResult, ...], RecordedPage] = Writer(self._record)
        self._store: Store = self._writer.call_now(self._open, crawler.settings["NEWSCRAWL_DATABASE_URL"])
        self._run_id = 0 if self._arguments.dry_run else self._writer.call_now(self._begin)
        self._error: StorageError | None = None
        self.before_commit: Callable[[], None] | None = None
        """Called in the writing thread before results are committed; what it raises (StorageError), committing does."""
        self._asked: dict[str, Asked] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None
        # Scrapy's looping call rejects coroutine functions, so each beat becomes a task.
        self._heart = create_looping_call(lambda: self.later(self._beat()))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes NEWSCRAWL_DATABASE_URL; on for spiders that have `arguments`."""
        ledger = cls(crawler)
        crawler.signals.connect(ledger.spider_opened, signals.spider_opened)
        crawler.signals.connect(ledger.item_error, signals.item_error)
        crawler.signals.connect(ledger.request_dropped, signals.request_dropped)
        crawler.signals.connect(ledger.spider_closed, signals.spider_closed)
        return ledger

    def spider_opened(self) -> None:
        """Let the collector of garbage pass by what is loaded by now, and come seldom: it took 0.6 ms a page."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECTED_AT)
        if self._run_id:
            self._crawler.stats.set_value("newscrawl/run", self._run_id)
            self._heart.start(_HEARTBEAT_SECONDS, now=False)
            url = "" if self._is_past else self._crawler.settings["NEWSCRAWL_PING_URL"]
            self.later(asyncio.to_thread(metrics.started, url, self._spider.name, self._run_id))

    async def lists(self) -> list[ListState]:
        """What earlier runs remember of lists; nothing where the database refuses."""
        try:
            return await self._writer.call(self._store.lists, self._spider.name)
        except StorageError as error:
            self.fail(error)
            return []

    async def save_list(self, state: ListState) -> None:
        """Remember a list, when what it listed is in the ledger."""
        if not self._run_id or self._error:
            return
        try:
            await self._writer.call(self._store.save_list, self._spider.name, state, run_id=self._run_id)
        except StorageError as error:
            self.fail(error)

    async def discover(self, links: Sequence[Link]) -> list[PageState | None]:
        """Enter links that are about to be asked for: what was known of each before. Nothing if it was refused."""
        enter: Callable[[], list[PageState | None]] = partial(self._store.known, links)
        if self._run_id:
            enter = partial(self._store.discover, links, run_id=self._run_id, spider=self._spider.name)
        try:
            if self._is_replayed:
                return self._writer.call_now(enter)  # one order of requests, whatever the time that the disk takes
            return await self._writer.call(enter)
        except StorageError as error:
            self.fail(error)
            return []

    async def due(self) -> list[PageState]:
        """The pages that are unfinished, or due now or soon, in the order in which they are asked for.

        Not those that only an archive has told of. In a replay these are the unfinished ones: its blocks are history,
        and it tells no news of a page.
        """
        try:
            soon = datetime.now(UTC) + MOST_TOLERANCE
            due = await self._writer.call(self._store.due, self._spider.name, soon, but_from=ARCHIVE_SOURCES)
        except StorageError as error:
            self.fail(error)
            return []
        return [page for page in due if page.state in ("discovered", "failed")] if self._is_past else due

    def fail(self, error: StorageError) -> None:
        """The database refused, or what stands beside it: the first time ends the run."""
        self._count("storage/failed")
        if self._error is None:
            self._error = error
            self._close("storage_failed", str(error))

    async def captured(self, refs: Sequence[CaptureRef]) -> list[bool]:
        """Whether each of these captures was read before, in these dates; nothing where the database refuses."""
        try:
            return await self._writer.call(self._store.captured, refs, self._arguments.given)
        except StorageError as error:
            self.fail(error)
            return []

    async def original(self, digest: str) -> CaptureRef | None:
        """A kept capture that holds the payload of a digest; None where there is none, or the database refuses."""
        return await self._capture(partial(self._store.original, digest))

    async def original_then(self, url: str, moment: datetime) -> CaptureRef | None:
        """The latest kept capture of a page that is not after a moment, and holds its payload; None as above."""
        return await self._capture(partial(self._store.original_then, url, moment))

    async def latest_capture(self, url: str) -> CaptureRef | None:
        """The last kept capture of a page that has a payload; None where there is none, or the database refuses."""
        return await self._capture(partial(self._store.latest_capture, url))

    async def _capture(self, find: Callable[[], CaptureRef | None]) -> CaptureRef | None:
        """Beside the writing thread: an answer that waits for a group to commit holds up its host's next request."""
        try:
            return await asyncio.to_thread(find)
        except StorageError as error:
            self.fail(error)
            return None

    def asks(self, link: Link, state: PageState | None) -> None:
        """A page is asked for: what is known of it is kept until its result."""
        self._asked[normal_form(link.url)] = Asked(link, state)

    def later(self, writing: Coroutine[Any, Any, Any]) -> None:
        """Have something written that nobody waits for but the end of the run."""
        self._late.add(task := asyncio.ensure_future(writing))
        task.add_done_callback(self._late.discard)

    async def record(self, *results: PageResult) -> RecordedPage | None:
        """Write the results of a page, one for each of its addresses, and count its outcome when they are committed.

        None if the database refused.
        """
        try:
            saved = await self._writer.write(results)
        except StorageError as error:
            self.fail(error)
            return None
        first = results[0]
        if first.state != "discovered":
            self._count(f"outcome/{saved.outcome}")
        if first.reason:
            self._count(f"{saved.outcome}/{first.reason}")
        if first.article and first.article.access == "blocked":
            self._count("headlines")
        return saved

    def stored(self, page: Page, article: Article) -> tuple[PageResult, ...]:
        """A page that was read, as the store takes it: a result for each address that led to it.

        The address that was asked for is looked at again, when its age says so.
        """
        now, url = datetime.now(UTC), page.requested_url or page.url
        asked = self._asked.pop(normal_form(url), None)
        first_met = asked.state.discovered_at if asked and asked.state else now
        due = None if self._is_past else pages.next_visit(article.published_at, first_met, now)
        found = self._result(url, "stored", article=article, status=page.status, due_at=due, validators=page)
        if page.url == url:
            return (replace(found, capture=page.capture),)
        return (self._result(page.url, "stored", article=article, status=page.status, capture=page.capture), found)

    def missed(self, miss: MissedPage) -> PageResult | None:
        """A miss as the store takes it, with what the list told of the article where its page cannot be had.

        None for a page that waits and has nothing to tell.
        """
        now = datetime.now(UTC)
        asked = self._asked.pop(normal_form(miss.url), None)
        state = asked.state if asked else None
        headline = self._headline(miss, asked, now)
        if miss.state == "discovered" and headline is None:
            return None
        return self._result(
            miss.url,
            miss.state,
            reason=miss.reason,
            article=headline,
            status=miss.status,
            due_at=self._due_after(miss, state, now),
            validators=state if miss.state == "unchanged" else None,
            capture=miss.capture,
        )

    def _due_after(self, miss: MissedPage, state: PageState | None, now: datetime) -> datetime | None:
        """When a page is asked for again; an archive is, by a run over it, and remembers by itself what is missing."""
        if self._is_past:
            return None
        if miss.state in ("failed", "blocked"):
            failures = (state.failures if state else 0) + 1
            return pages.next_try(failures, now, blocked=miss.state == "blocked")
        if miss.state == "unchanged" and state:
            return pages.next_visit(state.published_at, state.discovered_at, now)
        return None

    async def item_error(self, item: Any, failure: Failure) -> None:
        """A pipeline raised what is no error of ours: the page failed, and the run was not all right."""
        self._count("errors")
        if isinstance(item, Page):
            url, reason = item.requested_url or item.url, type(failure.value).__name__
            miss = MissedPage(url=url, state="failed", reason=reason, status=item.status, capture=item.capture)
            if result := self.missed(miss):
                await self.record(result)

    def request_dropped(self, request: Request) -> None:
        """A redirect to a page that was asked for already ends without a response: its first address is done."""
        if addresses := request.meta.get("redirect_urls"):
            kept = next(reversed(request.meta.get("captures", {}).values()), None)
            miss = MissedPage(url=addresses[0], state="refused", reason="redirects_to_known", capture=kept)
            if result := self.missed(miss):
                self.later(self.record(result))

    async def spider_closed(self, reason: str) -> None:
        """Enter the end of the run."""
        if self._heart.running:
            self._heart.stop()
        await asyncio.gather(*self._late)
        try:
            if self._run_id:
                await self._end(reason)
        except StorageError as error:
            self.fail(error)
        if self._run_id and reason == "finished" and self._crawler.settings.getbool("NEWSCRAWL_CLUSTERS"):
            await self._writer.call(self._compare)
        await self._writer.call(self._store.close)
        self._writer.close()

    async def _end(self, reason: str) -> None:
        if self._arguments.selective or (self._arguments.full and not self._is_past):
            await self._look_for_drift()
        stats = self._crawler.stats.get_stats()
        ended = exit_codes.conclude(stats, reason)
        await self._writer.call(
            self._store.end_run,
            self._run_id,
            finish_reason=reason,
            exit_code=int(ended.code),
            counts=exit_codes.counts(stats),
        )
        path = self._crawler.settings["NEWSCRAWL_PROMETHEUS_FILE"]
        if path and not self._is_past:
            await self._writer.call(self._write_metrics, path)

    def _compare(self) -> None:
        """Find out which articles tell the same story. Whatever comes of it, the run has ended as it has."""
        try:
            bring_up_to_date(self._store, seconds=CRAWL_SECONDS)
        except StorageError as error:
            logger.warning("what tells the same story was not looked for, which the next run does: %s", error)

    def _write_metrics(self, path: str) -> None:
        name, source = self._spider.name, self._arguments.source
        [run] = self._store.runs(1, spider=name, source=source, ended=True)
        good = self._store.runs(1, spider=name, source=source, exit_code=int(ExitCode.DONE))
        metrics.write_metrics(
            path,
            run=run,
            last_success=good[0].ended_at if good else None,
            states=self._states(),
            articles=self._store.totals()["articles"],
        )

    async def _look_for_drift(self) -> None:
        counts = exit_codes.counts(self._crawler.stats.get_stats())
        if not counts.get(drift.PAGES):
            return
        past = await self._writer.call(self._store.past_counts, self._spider.name, drift.PAGES, limit=_PAST_RUNS)
        if found := drift.find(counts, past):
            self._count("drift")
            self._trouble(str(found))

    def _open(self, url: str) -> Store:
        if not self._arguments.dry_run:
            return Store.open(url)
        try:
            return Store.open(url, create=False)
        except NoDatabaseError:
            return Store.open("sqlite://")

    def _begin(self) -> int:
        name = self._spider.name
        begin = partial(
            self._store.start_run,
            name,
            self._arguments.given,
            source=self._arguments.source,
            versions=versions(),
            process=process.identity(),
        )
        try:
            run_id = begin(is_alive=process.is_alive)
        except LockedError:
            refused = begin(alone=False)
            self._store.end_run(refused, finish_reason="locked", exit_code=int(ExitCode.LOCKED), counts={})
            raise
        if self._arguments.selective:
            states = self._states()
            self._crawler.stats.set_value("newscrawl/archive/articles", states["stored"] + states["unchanged"])
        return run_id

    def _states(self) -> Counter[str]:
        """How many pages of the spider there are, by state."""
        states: Counter[str] = Counter()
        for (_, state, _), pages_so in self._store.page_counts(self._spider.name).items():
            states[state] += pages_so
        return states

    async def _beat(self) -> None:
        """A sign of life. A run that was taken for dead, and closed, ends: another is at work in its place."""
        counts = exit_codes.counts(self._crawler.stats.get_stats())
        try:
            alive = await self._writer.call(self._store.alive, self._run_id, counts)
        except StorageError as error:
            self.fail(error)
            return
        if not alive:
            self._close("closed_by_another_run", "another run took this one for dead, and is at work in its place")

    def _headline(self, miss: MissedPage, asked: Asked | None, now: datetime) -> Article | None:
        """What the list told, unless the archive has more, or the page is no article."""
        had = miss.state == "refused" and not ((miss.reason or "").startswith("http_") or miss.reason in _NEVER_HAD)
        if asked is None or had or self._is_past or (asked.state and asked.state.article_id):
            return None
        link = (asked.state.link if asked.state else None) or asked.link
        return listed.article(link, self._spider.publisher.title or self._spider.name, now)  # type: ignore[attr-defined]

    def _result(self, url: str, state: Any, *, validators: Page | PageState | None = None, **told: Any) -> PageResult:
        return PageResult(
            url=url,
            state=state,
            spider=self._spider.name,
            source=self._arguments.source,
            is_past=self._is_past and not self._is_replayed,  # a replayed site is asked, as the live one is
            etag=validators.etag if validators else None,
            last_modified=validators.last_modified if validators else None,
            **told,
        )

    def _record(self, pages: Sequence[tuple[PageResult, ...]]) -> Sequence[RecordedPage]:
        if self._error:
            raise self._error
        if self.before_commit:
            self.before_commit()
        results = [result for page in pages for result in page]
        saved = iter(self._store.record(results, run_id=self._run_id, extractor=extract.version()))
        by_page = [list(islice(saved, len(page))) for page in pages]
        return [first for first, *_ in by_page]

    def _close(self, reason: str, why: str) -> None:
        logger.error("%s", why)
        self._trouble(why)
        if self._crawler.engine.spider is not None:
            self._closing = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason=reason))

    def _trouble(self, why: str) -> None:
        self._crawler.stats.set_value("newscrawl/trouble", why)

    def _count(self, name: str) -> None:
        self._crawler.stats.inc_value(f"newscrawl/{name}")


def end_broken_off(url: str, spider: str, exit_code: int) -> None:
    """End the run that this process has begun, and that could not start: no component of it is left to do so.

    Raises StorageError.
    """
    with Store.open(url, create=False) as store:
        mine = process.identity().identity
        for run in store.runs(None, spider=spider, ended=False):
            if run.process == mine:
                store.end_run(run.id, finish_reason="not_started", exit_code=exit_code, counts=run.counts)


def versions() -> dict[str, str]:
    """What the run ran on: what an article's reading, or a run's end, may depend on."""
    libraries = {name: version(name) for name in ("scrapy", "lxml", "sqlalchemy", "trafilatura")}
    return {"newscrawl": __version__, "python": platform.python_version(), **libraries}
