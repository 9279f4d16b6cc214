"""The page ledger of a run: what is known of pages, lists and captures, and the result of each page."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from scrapy import Request
from twisted.python.failure import Failure

from newscrawl.article import Article, CaptureRef, Link, Page
from newscrawl.batch.extraction import extractor_version
from newscrawl.crawl.item_pages import read_page
from newscrawl.crawl.policy import pages
from newscrawl.crawl.policy.archives import NEAREST_CAPTURE
from newscrawl.crawl.policy.requests import MAX_TOLERANCE
from newscrawl.crawl.run_database import RunDatabase
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import NewsSpider
from newscrawl.extract import listed
from newscrawl.items import MissedPage
from newscrawl.publishers import find_publisher, normalize_by_publisher
from newscrawl.states import (
    ARCHIVE_SOURCES,
    UNSTORABLE,
    KnownCapture,
    ListState,
    PageState,
    RefusalKind,
    UrlPattern,
    classify_refusal,
    count_failures,
)
from newscrawl.storage import PageResult, RecordedPage

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_UNREADABLE = ("http_410", "unknown_layout", "too_large", "url_too_long")
"""Reasons, beside temporary ones, of articles whose page cannot be read."""
_MAX_OUTDATED = 100
"""Pages per run that another version of the extractor refused: after an upgrade there may be thousands."""


class PageLedger:
    """Reads and writes the ledger for one run; reads return nothing after a database error, which ends the run."""

    def __init__(self, spider: NewsSpider, run_database: RunDatabase) -> None:
        self._spider, self._run_database, self._store = spider, run_database, run_database.store
        self._arguments = spider.arguments
        self._requested: dict[str, tuple[Link, PageState | None]] = {}
        """Pages without a result so far, by normalized URL: what was known of each when it was requested."""

    async def _read(self, function: Callable[[], _T], default: _T) -> _T:
        """Read what a site begins with; of many sites, the last must not wait for the commits of the first."""
        if self._spider.takes_sites and not self._arguments.dry_run:
            return await self._run_database.call_beside(function, default)
        return await self._run_database.call(function, default)

    async def read_lists(self, site: str) -> list[ListState]:
        """Return the lists of a site, by its key."""
        return await self._read(partial(self._store.lists, site), [])

    async def save_list(self, site: str, state: ListState) -> None:
        """Store the state of a list of a site. Call it only once its links are in the ledger."""
        if self._run_database.is_writable:
            save = partial(self._store.save_list, site, state, run_id=self._run_database.run_id)
            await self._run_database.call_together(save, None)

    async def read_url_patterns(self, site: str) -> list[UrlPattern]:
        """Return what earlier runs learned of a site's URLs."""
        return await self._read(partial(self._store.url_patterns, site), [])

    async def save_url_patterns(self) -> None:
        """Store what this run learned of the URLs of its sites."""
        for site, explorer in self._spider.explorers.items():
            if (changed := explorer.patterns.take_changed()) and self._run_database.is_writable:
                save = partial(self._store.save_url_patterns, site, changed, run_id=self._run_database.run_id)
                await self._run_database.call(save, None)

    async def discover(self, links: Sequence[Link]) -> list[PageState | None]:
        """Enter links before they are requested; for each, in order, what was known of its page."""
        enter: Callable[[], list[PageState | None]] = partial(self._store.known, links)
        is_replay = self._spider.mode is RunMode.REPLAY
        if self._run_database.run_id:
            enter = partial(self._enter, links)
            if not is_replay:
                return await self._run_database.call_together(enter, [])
        # in a replay, the order of requests must not depend on how long the disk takes
        return await self._run_database.call(enter, [], blocks=is_replay)

    def _enter(self, links: Sequence[Link]) -> list[PageState | None]:
        """Enter links as pages of their sites; nearly always, all are of one."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, link in enumerate(links):
            places[self._spider.find_site_key(link.url)].append(place)
        run_id, name, known = self._run_database.run_id, self._spider.name, dict[int, PageState | None]()
        for site, of_site in places.items():
            states = self._store.discover([links[at] for at in of_site], run_id=run_id, spider=name, site=site)
            known |= zip(of_site, states, strict=True)
        return [known[place] for place in range(len(links))]

    async def find_due(self, site: str, *, limit: int | None = None) -> list[PageState]:
        """Return the pages of a site to begin with: unfinished, due soon, or wanted by this run and not by an earlier.

        Without those that only an archive named, and those of hosts that are not the run's: of a sample, saved pages.
        """
        found: list[PageState] = await self._read(partial(self._find_due, site, limit), [])
        return [page for page in found if self._spider.source.accepts(page.url)]

    def _find_due(self, site: str, limit: int | None) -> list[PageState]:
        dates, soon = self._arguments.dates, datetime.now(UTC) + MAX_TOLERANCE
        due = self._store.due(site, soon, limit=limit, but_from=ARCHIVE_SOURCES)
        if self._spider.mode.is_history:  # pages of the past do not change
            due = [page for page in due if page.state in ("discovered", "failed")]
            outdated = []
        else:
            outdated = self._store.outdated(site, extractor_version(), limit=_MAX_OUTDATED, but_from=ARCHIVE_SOURCES)
        unwanted = self._store.unwanted(site, dates.since, dates.until, but_from=ARCHIVE_SOURCES)
        return list({page.url: page for page in (*due, *unwanted, *outdated)}.values())

    async def find_known_captures(self, refs: Sequence[CaptureRef]) -> list[KnownCapture | None]:
        """Return what is known of each capture from runs over the same dates, or what this run does not want."""
        dates = self._arguments.dates
        find = partial(self._store.captured, refs, self._arguments.given, is_wanted=dates.contains)
        return await self._run_database.call(find, [])

    def expect(self, link: Link, state: PageState | None) -> None:
        """Remember what is known of a page until the result of its request comes."""
        self._requested[normalize_by_publisher(link.url)] = link, state

    async def record(self, *results: PageResult) -> RecordedPage | None:
        """Commit the results of a page, one for each of its addresses, then count its outcome; None on an error."""
        saved, first = await self._run_database.write(results), results[0]
        site = first.site
        if saved is None:
            return None
        if first.state != "discovered":
            named = f"{first.url} ({first.reason})" if saved.outcome == "failed" else None
            self._spider.count(f"outcome/{saved.outcome}", site=site, named=named)
        reason = UNSTORABLE if saved.problem else saved.reason or first.reason
        if saved.problem:
            logger.warning("%s: not stored: %s", first.url, saved.problem)
        if reason:
            self._spider.count(f"{saved.outcome}/{reason}", site=site)
        if not saved.problem and first.article and first.article.access == "blocked":
            self._spider.count("headlines", site=site)
        return saved

    def results_of_article(self, page: Page, article: Article) -> tuple[PageResult, ...]:
        """Make the results of a page with an article: one for each address, the next visit at the requested one."""
        now, url = datetime.now(UTC), page.requested_url or page.url
        _, state = self._requested.pop(normalize_by_publisher(url), (None, None))
        self._learn(url, state, is_article=True)
        discovered_at = state.discovered_at if state else now
        due = pages.next_visit(article.published_at, discovered_at, now) if self._is_live else None
        stored = partial(self._result, state="stored", article=article, status=page.status)
        answered = stored(page.url, capture=page.capture, validators=page)  # which belong to the URL that answered
        if page.url == url:
            return (replace(answered, due_at=due),)
        return answered, stored(url, due_at=due)

    def result_of_miss(self, miss: MissedPage) -> PageResult | None:
        """Make the result of a page without an article, with the list's headline where the page cannot be read.

        None for a page that stays discovered and has no headline. With a capture, only that is recorded: the archive
        has another one in its place.
        """
        now = datetime.now(UTC)
        if miss.state == "discovered" and miss.capture:
            return self._result(miss.url, miss.state, reason=miss.reason, capture=miss.capture)
        link, state = self._requested.pop(normalize_by_publisher(miss.url), (None, None))
        if miss.state == "refused" and classify_refusal(miss.reason) is RefusalKind.BY_CONTENT:
            self._learn(miss.url, state, is_article=False)
        headline = self._make_headline(miss, link, state, now)
        if miss.state == "discovered" and headline is None:
            return None
        return self._result(
            miss.url,
            miss.state,
            reason=miss.reason,
            refusal=miss.refusal_kind,
            published_at=miss.published_at,
            article=headline,
            status=miss.status,
            due_at=self._due_after(miss, state, now),
            validators=state if miss.state == "unchanged" else None,
            capture=miss.capture,
        )

    async def item_error(self, item: Any, failure: Failure) -> None:
        """Record a page as failed when a pipeline raised an unexpected error."""
        self._spider.count("errors")
        if page := read_page(item):
            url, reason = page.requested_url or page.url, type(failure.value).__name__
            miss = MissedPage(url=url, state="failed", reason=reason, status=page.status, capture=page.capture)
            if result := self.result_of_miss(miss):
                await self.record(result)

    def request_dropped(self, request: Request) -> None:
        """Record the first address of a redirect to a page that was requested before: it gets no response."""
        addresses = request.meta.get("redirect_urls")
        if addresses and "list" not in request.meta:
            link: Link = request.meta.get("link") or Link(url=addresses[0], source="live")
            capture = next(reversed(request.meta.get("captures", {}).values()), None)
            source = self._spider.source
            named = source.find_absent_capture(link, capture)
            known = normalize_by_publisher(source.original_url(request.url))
            if named and known == normalize_by_publisher(link.url):
                miss = MissedPage(url=link.url, state="discovered", reason=NEAREST_CAPTURE, capture=named)
            else:
                reason = "redirects_to_front" if self._spider.is_front_page(request.url) else "redirects_to_known"
                miss = MissedPage(url=link.url, state="refused", reason=reason, capture=named or capture)
            self._run_database.run_later(self._record_miss(miss))

    async def _record_miss(self, miss: MissedPage) -> None:
        if result := self.result_of_miss(miss):
            await self.record(result)

    def _due_after(self, miss: MissedPage, state: PageState | None, now: datetime) -> datetime | None:
        if not self._is_live:
            return None
        if kind := miss.refusal_kind:
            failures = count_failures(state.refusal if state else None, state.failures if state else 0, kind)
            refusal = kind if miss.state == "refused" else None
            return pages.next_try(failures, now, blocked=miss.state == "blocked", refusal=refusal)
        if miss.state == "unchanged" and state:
            return pages.next_visit(state.published_at, state.discovered_at, now)
        return None

    def _learn(self, url: str, state: PageState | None, *, is_article: bool) -> None:
        """Count the first result of a page for the URL patterns of its site."""
        explorer = self._spider.explorers.get(self._spider.find_site_key(url))
        if explorer and (state is None or state.state == "discovered"):
            explorer.patterns.add_result(url, is_article=is_article, now=datetime.now(UTC))

    @property
    def _is_live(self) -> bool:
        # a run over an archive or over saved pages finds by itself which of them are not stored yet
        return self._spider.mode is RunMode.LIVE

    def _make_headline(
        self, miss: MissedPage, link: Link | None, state: PageState | None, now: datetime
    ) -> Article | None:
        """Make a headline-only article from the list, unless an article is stored or the page is none."""
        if link is None or self._spider.mode.is_history or (state and state.article_id):
            return None
        if link.source == "front_page" and self._spider.find_publisher(link.url).explored:
            return None  # nobody but us says that it is an article
        is_unread = miss.refusal_kind is RefusalKind.TEMPORARY or miss.reason in _UNREADABLE
        if miss.state == "refused" and not is_unread:
            return None
        link = (state.link if state else None) or link
        publisher = self._spider.find_publisher(link.url)
        title = publisher.title or self._spider.find_site_key(link.url)
        return listed.make_article(link, title, now, find_publisher(link.url).url_rules)

    def _result(self, url: str, state: Any, *, validators: Page | PageState | None = None, **fields: Any) -> PageResult:
        return PageResult(
            url=url,
            state=state,
            spider=self._spider.name,
            site=self._spider.find_site_key(url),
            source=self._arguments.source,
            is_archived=self._spider.mode.is_archive,
            etag=validators.etag if validators else None,
            last_modified=validators.last_modified if validators else None,
            **fields,
        )
