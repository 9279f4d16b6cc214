"""Which lists a run requests, and the states of lists that it stores."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scrapy import Request
from scrapy.http import Response

from newscrawl.address_policy import read_allowed
from newscrawl.article import Link
from newscrawl.crawl.page_ledger import PageLedger
from newscrawl.crawl.policy import lists, sitemaps
from newscrawl.crawl.policy.requests import PlannedRequest, is_due
from newscrawl.crawl.policy.site_lists import is_guess
from newscrawl.crawl.policy.validators import check_etag, check_last_modified
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import NewsSpider
from newscrawl.items import ListFailure, ListRead, ListRequest
from newscrawl.publisher import Publisher
from newscrawl.states import INDEX_SOURCES, PRIVATE_ADDRESS, ListState, PageState

_MAX_LISTS = 1000
"""Lists per run: an endless index ends here, and the rest waits for the next run."""
_MAX_QUERIES = 100_000
"""The same for an archive, whose index is queried for every day of years."""
_CURRENT = timedelta(days=7)
"""A list that was not requested for so long is no longer in use: of a past month, or dropped by the publisher."""
_EVERYTHING_IS_DUE = timedelta(days=365)
_NEXT_DUE = "newscrawl/lists/next_due"
REQUESTED = PlannedRequest(conditional=False, why="requested")
"""The plan of a request that does not depend on earlier runs: for `urls`, `full`, or an archive."""


class ListPlanner:
    """Plans the list requests of a site by what earlier runs stored of its lists, and stores their results."""

    def __init__(self, spider: NewsSpider, page_ledger: PageLedger, site: Publisher | None = None) -> None:
        """Without a site it is for the index of a web archive."""
        self._spider, self._page_ledger, self._publisher = spider, page_ledger, site
        self._site = site.name if site else spider.name
        arguments = spider.arguments
        # a run over some days does not see all entries of a list, so that its state would be wrong
        self._uses_states = site is not None and arguments.selective and not (arguments.since or arguments.until)
        self._states: dict[str, ListState] = {}
        self._is_web_archive = spider.mode is RunMode.WEB_ARCHIVE
        self._refused: dict[str, ListState] = {}
        """Parts of an archive's index that it refused, of any archive."""
        self._requested: set[str] = set()
        self._explorer = spider.explorers.get(self._site)

    async def load(self) -> None:
        is_known = self._uses_states or self._is_web_archive or self._explorer is not None
        known = await self._page_ledger.read_lists(self._site) if is_known else []
        if read_allowed(self._spider.crawler.settings["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"]):
            known = [replace(state, due_at=None) if state.reason == PRIVATE_ADDRESS else state for state in known]
        self._refused = {state.url: state for state in known if state.source in INDEX_SOURCES}
        if self._uses_states or self._explorer:
            self._states = {state.url: state for state in known if state.url not in self._refused}
            self._report()

    def is_idle(self) -> bool:
        """Whether all lists of the publisher are known and none is due; then set the stat of when the next one is."""
        are_known = self._publisher is not None and all(url in self._states for _, url in self._publisher.lists)
        if not (self._uses_states and self._states and are_known):
            return False
        own = [state for state in self._states.values() if not state.index_url and state.asked_at]
        if self._explorer:
            if not self._explorer.is_idle(self._states, _now(), lambda state: bool(lists.plan_request(state, _now()))):
                return False
        elif any(lists.plan_request(state, _now()) for state in own):
            return False
        self._spider.count("lists/not_due", len(own), site=self._site)
        if due := [state.due_at for state in own if state.due_at]:
            self._report_next(min(due))
        return True

    def find_lists(self) -> list[Request]:
        """Return requests for the next lists of an explored site, once all before have been answered."""
        found: list[ListRequest] = []
        planned: list[Request] = []
        at = _now() + (_EVERYTHING_IS_DUE if self._spider.arguments.full else timedelta())
        while self._explorer and not planned and (found := self._explorer.find_lists(self._states, at)):
            planned = self.plan([request for each in found if (request := self._spider.request_list(each))], None)
        return planned

    def plan(self, requests: Iterable[Request], response: Response | None) -> list[Request]:
        """Select the list requests to send now; requests for sitemaps come from the index in `response`."""
        planned, children = [], []
        for request in requests:
            wanted: ListRequest = request.meta["list"]
            if response and wanted.source == "sitemap":
                children.append(request)
            elif self._is_still_refused(wanted):
                self._spider.count("lists/still_refused", site=self._site)
            elif not self._uses_states:
                planned += self._send(request, REQUESTED, None)
            elif decision := lists.plan_request(state := self._state_of(wanted), _now()):
                planned += self._send(request, decision, state)
            else:
                self._spider.count("lists/not_due", site=self._site)
        if response and children:
            planned += self._plan_sitemaps(children, self._state_of(response.meta["list"]).read_at)
        return planned

    def plan_unreported_sitemaps(self) -> list[Request]:
        """Make requests for due sitemaps whose index says nothing reliable about their changes."""
        if not self._uses_states:
            return []
        return self._plan_known(
            ListRequest(source="sitemap", url=state.url, site=self._site, index_url=state.index_url)
            for state in self._states.values()
            if state.index_url and (state.lastmod_lies or state.lastmod is None)
        )

    def plan_sitemaps_of(self, index_url: str) -> list[Request]:
        """Make requests for due sitemaps of an index that is unchanged, with what it said of them before."""
        return self._plan_known(
            ListRequest(source="sitemap", url=state.url, site=self._site, index_url=index_url, lastmod=state.lastmod)
            for state in self._states.values()
            if state.index_url == index_url
        )

    async def store_read(self, response: Response, read: ListRead, new: int) -> None:
        """Store the state of a list that was read; `new` is the number of its links that were not known."""
        wanted: ListRequest = response.meta["list"]
        if self._is_web_archive:
            if refused := self._refused.get(wanted.url):
                read_again = replace(refused, outcome="read", reason=None, due_at=None, failures=0)
                await self._page_ledger.save_list(self._site, read_again)
            return
        is_index = lists.is_index(read.links)
        if self._explorer and not is_index:
            self._explorer.note(wanted, read.links, new)
        if self._is_continuation(wanted):
            return
        before = self._state_of(wanted)
        is_own = not response.meta.get("redirect_urls")  # validators belong to the URL that answered
        after = lists.after_read(
            before,
            _now(),
            links=read.links,
            new=new,
            etag=read.etag if is_own else None,
            last_modified=read.last_modified if is_own else None,
            planned=response.meta.get("planned", REQUESTED),
            lastmod=wanted.lastmod,
            status=response.status,
        )
        if before.entries and not read.links:
            self._spider.count("lists/emptied", site=self._site, named=before.url)
        for name in ("validators_lie", "lastmod_lies"):
            if getattr(after, name) and not getattr(before, name):
                self._spider.count(f"lists/{name}", site=self._site)
                self._spider.logger.info("%s: %s", after.url, name.replace("_", " "))
        # together, as each alone would wait for the others' commit
        await asyncio.gather(
            self._store(replace(after, entries=0) if is_index else after),  # it has no articles
            *(self._store(ListState(url=url, source=source)) for source, url in self._find_new(read.lists)),
        )

    def _is_continuation(self, wanted: ListRequest) -> bool:
        """Whether a list is a further page of a front page, which changes with it: its state is not kept."""
        if self._explorer is None or wanted.source != "front_page" or not wanted.depth:
            return False
        self._explorer.finish(wanted.url)
        return True

    def _find_new(self, found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the lists that a page of an explored site names, to be requested later, without known ones."""
        by_url = {url: source for source, url in reversed([*found])}
        return [(source, url) for url, source in reversed(by_url.items()) if url not in self._states]

    async def store_not_modified(self, wanted: ListRequest, status: int) -> None:
        state = self._state_of(wanted)
        await self._store(lists.after_not_modified(state, _now(), lastmod=wanted.lastmod, status=status))

    def after_failure(
        self, wanted: ListRequest, outcome: ListFailure, reason: str, status: int | None
    ) -> ListState | None:
        """Return the state, to be saved, of a list that could not be read; None if it is not worth remembering."""
        if self._is_web_archive:
            if outcome != "refused":  # other failures are of the moment: the next run asks again at once
                return None
            state = self._refused.get(wanted.url) or ListState(url=wanted.url, source=wanted.source)
            return lists.after_failure(state, _now(), outcome=outcome, reason=reason, status=status)
        if self._is_continuation(wanted):
            return None
        before = self._state_of(wanted)
        if outcome == "gone" and before.entries and before.outcome in ("read", "unchanged"):
            self._spider.count("lists/lost", site=self._site, named=f"{wanted.url} ({reason})")
            self._spider.logger.warning(
                "%s: this list is gone (%s); the others go on. Where has the publisher moved it?", wanted.url, reason
            )
        after = lists.after_failure(before, _now(), outcome=outcome, reason=reason, status=status)
        self._remember(after)
        return after

    async def save(self, state: ListState) -> None:
        if self._uses_states or self._is_web_archive:
            await self._page_ledger.save_list(self._site, state)

    def _is_still_refused(self, wanted: ListRequest) -> bool:
        state = self._refused.get(wanted.url)
        if state is None or state.outcome != "refused" or self._spider.arguments.full:
            return False
        return not is_due(state.due_at, state.asked_at, _now())

    def _plan_known(self, wanted: Iterable[ListRequest]) -> list[Request]:
        requests = [request for each in wanted if (request := self._spider.request_list(each))]
        return self._plan_sitemaps(requests, None)

    def _plan_sitemaps(self, requests: Sequence[Request], index_read_at: datetime | None) -> list[Request]:
        by_url = {request.meta["list"].url: request for request in requests}
        wanted: list[ListRequest] = [request.meta["list"] for request in requests]
        selected = sitemaps.select_sitemaps(
            [Link(url=each.url, source="sitemap_index", updated_at=each.lastmod) for each in wanted],
            self._states if self._uses_states else {},
            _now(),
            since=self._spider.arguments.since,
            until=self._spider.arguments.until,
            newest=self._publisher.newest_sitemaps if self._publisher else None,
            index_read_at=index_read_at if self._uses_states else None,
        )
        if index_read_at is None and self._publisher and self._publisher.explored and len(selected) < len(wanted):
            self._spider.count("lists/older", len(wanted) - len(selected), site=self._site)
        sent = []
        for link, state, planned in selected:
            sent += self._send(by_url[link.url], planned, state)
        return sent

    def _send(self, request: Request, planned: PlannedRequest, state: ListState | None) -> list[Request]:
        """Prepare a request; none if the list was requested before, or the run has requested enough."""
        url = request.meta["list"].url
        if self._uses_states and url in self._requested:
            return []
        if len(self._requested) >= (_MAX_QUERIES if self._spider.mode.is_archive else _MAX_LISTS):
            self._spider.count("lists/over_limit", site=self._site)
            return []
        self._requested.add(url)
        self._spider.count("lists/asked", site=self._site)
        if self._explorer:
            self._explorer.expect(url)
        request.meta["planned"] = planned
        add_conditions(request, planned, state)
        return [request]

    async def _store(self, state: ListState) -> None:
        self._remember(state)
        await self.save(state)

    def _remember(self, state: ListState) -> None:
        self._states[state.url] = state
        if self._explorer and state.outcome:
            self._explorer.finish(state.url)
        self._report()

    def _state_of(self, wanted: ListRequest) -> ListState:
        known = self._states.get(wanted.url) or ListState(url=wanted.url, source=wanted.source)
        return replace(known, index_url=wanted.index_url)

    def _report(self) -> None:
        # the exit code depends on these stats; they include lists that this run does not request
        now = _now()
        asked = (state for state in self._states.values() if state.asked_at and now - state.asked_at <= _CURRENT)
        current = [state for state in asked if not self._explorer or state.read_at or not is_guess(state.url)]
        alive = [state for state in current if state.outcome in ("read", "unchanged") and state.entries]
        self._set_stat("lists/known", len(current))
        self._set_stat("lists/alive", len(alive))
        self._set_stat("lists/still_blocked", sum(state.outcome == "blocked" for state in current))
        self._set_stat("lists/still_failing", sum(state.outcome == "failed" for state in current))

    def _set_stat(self, name: str, value: int) -> None:
        self._spider.set_count(name, value, site=self._site)

    def _report_next(self, due_at: datetime) -> None:
        """Set when the first list of any site is due again."""
        text, stats = f"{due_at:%Y-%m-%d %H:%M} UTC", self._spider.crawler.stats
        stats.set_value(_NEXT_DUE, min(text, stats.get_value(_NEXT_DUE) or text))


def add_conditions(request: Request, planned: PlannedRequest, state: ListState | PageState | None) -> None:
    """Add the conditions of a conditional request (RFC 9110, 13.1)."""
    if planned.conditional and state:
        # of earlier versions of newscrawl, any may be stored
        if etag := check_etag(state.etag):
            request.headers["If-None-Match"] = etag.encode("latin-1")  # the octets that the server sent
        if last_modified := check_last_modified(state.last_modified, _now()):
            request.headers["If-Modified-Since"] = last_modified


def _now() -> datetime:
    return datetime.now(UTC)
