"""What a run asks for: lists that are due, pages that are new or due, and of those that are known only what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from newscrawl.article import CaptureRef, Link
from newscrawl.crawl.policy import lists, pages, sitemaps
from newscrawl.crawl.policy.asks import Ask
from newscrawl.crawl.run_recorder import find_recorder
from newscrawl.crawl.signals import list_missed
from newscrawl.crawl.spider import find_spider
from newscrawl.export.display import strip_controls
from newscrawl.items import ListFailure, ListRead, ListRequest, MissedPage
from newscrawl.states import ListState, PageState

_AT_ONCE = 500
_MOST_LISTS = 1000
"""Lists asked for in one run: an endless index ends here, and what is beyond waits for the next run."""
_MOST_QUERIES = 100_000
"""The same of an archive, which has a list for every day of years."""
_CAPTURES = ("cdx", "warc")
"""Sources of links that tell which capture is meant."""
_Known = tuple[Request | MissedPage, Link, PageState | None]
"""What a spider could ask for, by which link, and what is known of its page."""
_STANDS = timedelta(days=7)
"""A list that was not asked for in so long is none that the spider goes by."""
_ASKED_FOR = Ask(conditional=False, why="asked for")


class Planner:
    """A spider middleware between what a spider could ask for and what it does ask for.

    Every link is in the ledger before its page is asked for, and a run begins with what is unfinished. Whether a list
    or a page is asked for, and with which conditions, newscrawl.crawl.policy decides by what is remembered of it;
    everything is asked for where the run was given addresses or an archive, or `full`. In a dry run no page is asked
    for, and what would be is its `plan`.
    """

    def __init__(self, crawler: Crawler) -> None:
        recorder = find_recorder(crawler)
        self._run_store, self._ledger = recorder.run_store, recorder.page_ledger
        self._crawler, self._spider = crawler, find_spider(crawler)
        self._arguments = self._spider.arguments
        self._is_archive = self._spider.mode.is_archive
        # a run over some days only does not see all that a list has: what it saw would be a false memory
        self._remembers = self._arguments.selective and not (self._arguments.since or self._arguments.until)
        self.plan: list[str] = []
        """In a dry run, a line for each page: why it would be fetched, or would not, and its address."""
        self.captures: Counter[int] = Counter()
        self.captures_known: Counter[int] = Counter()
        """In a dry run over an archive, by year: captures that would be fetched, and those that are in the database."""
        self._lists: dict[str, ListState] = {}
        self._asked_lists: set[str] = set()
        if self._arguments.dry_run:
            self._set("dry_run", 1)
        crawler.signals.connect(self.list_missed, list_missed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Off without the ledger."""
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """What earlier runs left, then the run's own, unless nothing is due."""
        if self._remembers:
            self._lists = {state.url: state for state in await self._ledger.read_lists()}
            self._tell_of_lists()
        due = await self._ledger.find_due() if self._is_resuming() else []
        for request in self._resumed(due):
            yield request
        sitemaps = self._unheeded_sitemaps() if self._remembers else []
        if self._rests(sitemaps):
            await start.aclose()  # type: ignore[attr-defined]
            return
        async for item in self._planned(start):
            yield item
        for request in sitemaps:
            yield request

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The callback's output, its links entered; a list is remembered when all of its links are."""
        async for item in self._planned(result, response):
            yield item
        wanted: ListRequest | None = response.meta.get("list")
        if wanted and response.status == 304:
            state = self._state_of(wanted)
            await self._remember(lists.not_modified(state, _now(), lastmod=wanted.lastmod, status=response.status))
            for request in self._sitemaps_of(wanted.url):
                yield request

    def list_missed(self, list: ListRequest, outcome: ListFailure, reason: str, status: int | None) -> None:  # noqa: A002
        """Remember a list that did not come, or was none."""
        before = self._state_of(list)
        if outcome == "gone" and before.entries and before.outcome in ("read", "unchanged"):
            self._spider.count("lists/lost")
            self._spider.logger.warning(
                "%s: this list is gone (%s); the others go on. Where has the publisher moved it?", list.url, reason
            )
        after = lists.failed(before, _now(), outcome=outcome, reason=reason, status=status)
        self._run_store.run_later(self._remember(after))

    async def _planned(self, output: AsyncIterator[Any], response: Response | None = None) -> AsyncIterator[Any]:
        """The output with its list requests and links decided on."""
        batch = _Batch()
        async for item in output:
            if not batch.takes(item):
                yield item
            elif len(batch.found) >= _AT_ONCE:
                for wanted in await self._decided(batch):
                    yield wanted
        for wanted in await self._decided(batch):
            yield wanted
        lists = self._due_lists(batch.lists, response)
        for request in lists:
            yield request
        if batch.read and response:
            await self._remember_read(response, batch.read, batch.new + len(lists))

    async def _decided(self, batch: _Batch) -> list[Request | MissedPage]:
        """What of the batch is to be asked for, or recorded, now."""
        found, batch.found = batch.found, []
        links = [link for item in found if (link := _link_of(item))]
        states = await self._ledger.discover(links) if links else []
        batch.new += sum(state is None for state in states)
        known = list(zip(found, links, states, strict=False))
        if self._is_archive and not self._arguments.full:
            known = await self._not_captured(known)
        decided = (self._decide(*each) for each in known)
        return [wanted for wanted in decided if wanted]

    async def _not_captured(self, found: Sequence[_Known]) -> list[_Known]:
        """Those whose capture is not in the database; of pages of which any will do, those of which nothing came."""
        refs = [link.capture or CaptureRef(url=link.url, captured_at=_now()) for _, link, _ in found]
        missing = []
        for each, is_captured in zip(found, await self._ledger.are_captured(refs), strict=False):
            _, link, state = each
            came = state is not None and (state.article_id is not None or state.state == "refused")
            if is_captured or (came and link.source not in _CAPTURES):
                self._spider.count("captures/known")
                self.captures_known[_year(link)] += 1
            else:
                missing.append(each)
        return missing

    def _decide(self, item: Request | MissedPage, link: Link, state: PageState | None) -> Request | MissedPage | None:
        ask = pages.ask(state, link, _now()) if self._arguments.selective else _ASKED_FOR
        if ask is None:
            self._spider.count("pages/known")
            return None
        if isinstance(item, MissedPage):
            if not self._arguments.dry_run:
                return item
            self._tell(ask, link, item.reason)
            return None
        if self._arguments.limit and self._counted("pages/asked") >= self._arguments.limit:
            self._spider.count("links/over_limit")
            return None
        self._spider.count("pages/asked")
        if self._arguments.dry_run:
            self._tell(ask, link)
            return None
        if not self._is_archive:
            self._ledger.expect(link, state)
        return _conditional(item, ask, state)

    def _tell(self, ask: Ask, link: Link, refused: str | None = None) -> None:
        if self._is_archive:
            self.captures[_year(link)] += not refused
            return
        why = f"not fetched: {refused.replace('_', ' ')}" if refused else f"{ask.why} ({link.source})"
        self.plan.append(f"{why:32} {strip_controls(link.url)}")

    def _is_resuming(self) -> bool:
        return self._arguments.source in ("live", "sample") and not self._arguments.urls

    def _resumed(self, due: Sequence[PageState]) -> Iterator[Request | MissedPage]:
        for state in due:
            link = state.link or Link(url=state.url, source="unfinished")
            found = self._spider.page_of_link(link)
            if found and (decided := self._decide(found, link, state)):
                yield decided

    def _rests(self, sitemaps: Sequence[Request]) -> bool:
        """Whether no list is due: then not even robots.txt is asked for."""
        known = all(url in self._lists for _, url in self._spider.publisher.lists)
        if not (self._remembers and self._lists and known) or sitemaps:
            return False
        own = [state for state in self._lists.values() if not state.index_url]
        now = _now()
        if any(lists.ask(state, now) for state in own):
            return False
        self._spider.count("lists/not_due", len(own))
        if due := [state.due_at for state in own if state.due_at]:
            self._set("lists/next_due", f"{min(due):%Y-%m-%d %H:%M} UTC")
        return True

    def _due_lists(self, requests: Sequence[Request], response: Response | None) -> list[Request]:
        """Of the lists that the spider could ask for, or of the sitemaps that an index names, those that are due."""
        named = [request for request in requests if response and request.meta["list"].source == "sitemap"]
        due = [asked for request in requests if request not in named and (asked := self._due_list(request))]
        if named and response:
            due += self._needed(named, self._state_of(response.meta["list"]).read_at)
        return due

    def _due_list(self, request: Request) -> Request | None:
        if not self._remembers:
            return self._asked(request, _ASKED_FOR, None)
        state = self._state_of(request.meta["list"])
        ask = lists.ask(state, _now())
        if ask is None:
            self._spider.count("lists/not_due")
        return self._asked(request, ask, state) if ask else None

    def _unheeded_sitemaps(self) -> list[Request]:
        """Sitemaps that an index once named, and of which its word says nothing, or is not believed."""
        known = [
            ListRequest(source="sitemap", url=state.url, index_url=state.index_url)
            for state in self._lists.values()
            if state.index_url and (state.lastmod_lies or state.lastmod is None)
        ]
        return self._needed([self._spider.list_request(wanted) for wanted in known], None)

    def _sitemaps_of(self, index_url: str) -> list[Request]:
        """Sitemaps of an index that says that it is as it was: what it told of them holds."""
        known = [
            ListRequest(source="sitemap", url=state.url, index_url=index_url, lastmod=state.lastmod)
            for state in self._lists.values()
            if state.index_url == index_url
        ]
        return self._needed([self._spider.list_request(wanted) for wanted in known], None)

    def _needed(self, requests: Sequence[Request], index_read_at: datetime | None) -> list[Request]:
        listed: dict[str, Request] = {request.meta["list"].url: request for request in requests}
        told = (request.meta["list"] for request in requests)
        chosen = sitemaps.children(
            [Link(url=wanted.url, source="sitemap_index", updated_at=wanted.lastmod) for wanted in told],
            self._lists if self._remembers else {},
            _now(),
            since=self._arguments.since,
            newest=self._spider.publisher.newest_sitemaps,
            index_read_at=index_read_at if self._remembers else None,
        )
        asked = (self._asked(listed[link.url], ask, state) for link, state, ask in chosen)
        return [request for request in asked if request]

    def _asked(self, request: Request, ask: Ask, state: ListState | None) -> Request | None:
        url = request.meta["list"].url
        if self._remembers and url in self._asked_lists:
            return None
        if len(self._asked_lists) >= (_MOST_QUERIES if self._is_archive else _MOST_LISTS):
            self._spider.count("lists/over_limit")
            return None
        self._asked_lists.add(url)
        self._spider.count("lists/asked")
        request.meta["ask"] = ask
        return _conditional(request, ask, state)

    async def _remember_read(self, response: Response, read: ListRead, new: int) -> None:
        wanted: ListRequest = response.meta["list"]
        before = self._state_of(wanted)
        after = lists.read(
            before,
            _now(),
            links=read.links,
            new=new,
            etag=read.etag,
            last_modified=read.last_modified,
            asked=response.meta.get("ask", _ASKED_FOR),
            lastmod=wanted.lastmod,
            status=response.status,
        )
        if before.entries and not read.links:
            self._spider.count("lists/emptied")
        self._warn_of_lies(before, after)
        await self._remember(replace(after, entries=0) if lists.is_index(read.links) else after)  # it lists no article

    def _warn_of_lies(self, before: ListState, after: ListState) -> None:
        for name in ("validators_lie", "lastmod_lies"):
            if getattr(after, name) and not getattr(before, name):
                self._spider.count(f"lists/{name}")
                self._spider.logger.info("%s: %s", after.url, name.replace("_", " "))

    async def _remember(self, state: ListState) -> None:
        self._lists[state.url] = state
        self._tell_of_lists()
        if self._remembers:
            await self._ledger.save_list(state)

    def _state_of(self, wanted: ListRequest) -> ListState:
        known = self._lists.get(wanted.url) or ListState(url=wanted.url, source=wanted.source)
        return replace(known, index_url=wanted.index_url)

    def _tell_of_lists(self) -> None:
        """How the lists stand, those included that this run does not ask for: the end of the run is judged by it.

        Not those that nobody asks for any more: of a month gone by, or of an address that the publisher has left.
        """
        now = _now()
        known = [state for state in self._lists.values() if state.asked_at and now - state.asked_at <= _STANDS]
        self._set("lists/known", len(known))
        self._set("lists/alive", sum(_lives(state) for state in known))
        self._set("lists/still_blocked", sum(state.outcome == "blocked" for state in known))
        self._set("lists/still_failing", sum(state.outcome == "failed" for state in known))

    def _counted(self, name: str) -> int:
        return int(self._crawler.stats.get_value(f"newscrawl/{name}", 0))

    def _set(self, name: str, value: object) -> None:
        self._crawler.stats.set_value(f"newscrawl/{name}", value)


@dataclass(slots=True)
class _Batch:
    """Output of a spider that is yet to be decided on."""

    found: list[Request | MissedPage] = field(default_factory=list)
    lists: list[Request] = field(default_factory=list)
    read: ListRead | None = None
    new: int = 0
    """How many of the found so far nobody had named before."""

    def takes(self, item: Any) -> bool:
        """Whether it is something to decide on."""
        if isinstance(item, ListRead):
            self.read = item
        elif isinstance(item, Request) and "list" in item.meta:
            self.lists.append(item)
        elif _link_of(item):
            self.found.append(item)
        else:
            return False
        return True


def _link_of(item: Any) -> Link | None:
    if isinstance(item, MissedPage):
        return item.link
    return item.meta.get("link") if isinstance(item, Request) else None


def _conditional(request: Request, ask: Ask, state: ListState | PageState | None) -> Request:
    """The request with the conditions under which there is something to answer (RFC 9110, 13.1)."""
    if ask.conditional and state:
        for name, validator in (("If-None-Match", state.etag), ("If-Modified-Since", state.last_modified)):
            if validator:
                request.headers[name] = validator
    return request


def _year(link: Link) -> int:
    return link.capture.captured_at.year if link.capture else 0


def _lives(state: ListState) -> bool:
    return state.outcome in ("read", "unchanged") and state.entries > 0


def _now() -> datetime:
    return datetime.now(UTC)
