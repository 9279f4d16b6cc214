"""Which requests of the spider are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response

from newscrawl.article import CaptureRef, Link
from newscrawl.crawl.planner import Planner
from newscrawl.crawl.source import SiteStart
from newscrawl.items import ListRead, ListRequest, MissedPage
from newscrawl.states import ListState
from newscrawl.storage import PageResult
from tests.crawl.offline import PUBLISHER, SITE, OfflineCrawler

NOW = datetime.now(UTC)
FEED = f"{SITE}/feed.rss"
A, B = (Link(url=f"{SITE}/2026-11-20/{name}", source="feed") for name in ("tern-lines", "oil"))
READ = ListRead(links=(A, B), etag='"tide-1"')


def feed_state(*, due_at: datetime) -> ListState:
    """The feed, read an hour ago."""
    read_at = NOW - timedelta(hours=1)
    return ListState(
        url=FEED,
        source="feed",
        outcome="read",
        etag='"tide-1"',
        entries=9,
        asked_at=read_at,
        read_at=read_at,
        due_at=due_at,
    )


async def each(items: Iterable[Any]) -> AsyncGenerator[Any, None]:
    for item in items:
        yield item


class Run:
    """A run up to its planner."""

    def __init__(self, **arguments: str) -> None:
        self.crawler = OfflineCrawler(**arguments)
        self.recorder = self.crawler.record_run()
        self.planner = Planner.from_crawler(self.crawler)
        self.spider = self.crawler.quay

    async def start(self, *items: Any) -> list[Any]:
        """What is sent when the site begins with these requests."""
        self.begin(each(items))
        first = items if self.spider.arguments.urls else (SiteStart(PUBLISHER),)
        return [item async for item in self.planner.process_start(each(first))]

    def begin(self, items: AsyncGenerator[Any, None]) -> None:
        """Let the lists of the site be these items."""
        vars(self.spider)["start_site"] = lambda site: items

    async def read(self, *items: Any, url: str = FEED, source: str = "feed", status: int = 200) -> list[Any]:
        """What is sent of the output of parse_list."""
        request = self.spider.request_list(ListRequest(source=source, url=url, site="quay"))
        assert request
        if status == 304:
            request.headers["If-None-Match"] = '"tide-1"'
        response = Response(url, status=status, request=request)
        return [item async for item in self.planner.process_spider_output(response, each(items))]

    def pages(self, *links: Link) -> list[Request | MissedPage]:
        return [item for link in links if (item := self.spider.request_page(link))]

    def feed(self) -> Request | None:
        return self.spider.request_list(ListRequest(source="feed", url=FEED, site="quay"))

    async def store(self, link: Link, **fields: Any) -> None:
        """What an earlier visit of a page came to."""
        result = {"url": link.url, "state": "failed", "reason": "timeout", "spider": "quay", "source": "feed"}
        await self.recorder.page_ledger.discover([link])
        await self.recorder.page_ledger.record(PageResult(**result | fields))

    async def list_state(self) -> ListState:
        (state,) = await self.recorder.page_ledger.read_lists("quay")
        return state


def run(use: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await use()

    asyncio.run(main())


def urls(items: Iterable[Any]) -> list[str]:
    return [item.url for item in items]


def test_new_pages_are_requested_and_in_the_ledger_before() -> None:
    async def use() -> None:
        one = Run()
        assert urls(await one.read(READ, *one.pages(A, B))) == [A.url, B.url]
        assert all(await one.recorder.page_ledger.discover([A, B]))
        assert one.crawler.counts("pages/") == {"asked": 2}

    run(use)


def test_pages_that_are_not_due_are_dropped() -> None:
    async def use() -> None:
        one = Run()
        await one.store(A, due_at=NOW + timedelta(hours=5))
        await one.store(B, state="refused", reason="video")
        assert await one.read(READ, *one.pages(A, B)) == []
        assert one.crawler.counts("pages/") == {"known": 2}

    run(use)


def test_a_page_that_its_url_refuses_is_recorded() -> None:
    async def use() -> None:
        one = Run()
        refused = MissedPage(url=A.url, state="refused", reason="video", link=A)
        assert await one.read(READ, refused) == [refused]

    run(use)


def test_a_limit_counts_pages_of_all_lists() -> None:
    async def use() -> None:
        one = Run(limit="1")
        assert urls(await one.read(READ, *one.pages(A, B))) == [A.url]
        assert one.crawler.counts("links/") == {"over_limit": 1}

    run(use)


def test_a_run_begins_with_what_earlier_runs_left() -> None:
    async def use() -> None:
        one = Run()
        await one.store(A, due_at=NOW - timedelta(minutes=1))
        await one.recorder.page_ledger.discover([B])
        assert urls(await one.start(one.feed())) == [B.url, A.url, FEED]

    run(use)


def test_a_run_over_given_addresses_begins_with_nothing_else() -> None:
    async def use() -> None:
        one = Run(urls=A.url)
        await one.store(A, due_at=NOW + timedelta(days=5))
        await one.recorder.page_ledger.discover([B])
        assert urls(await one.start(*one.pages(A))) == [A.url]

    run(use)


@pytest.mark.parametrize(("arguments", "sent"), [({}, []), ({"full": "1"}, [FEED]), ({"since": "2026-11-01"}, [FEED])])
def test_a_list_that_is_not_due_is_not_requested(arguments: dict[str, str], sent: list[str]) -> None:
    async def use() -> None:
        one = Run(**arguments)
        await one.recorder.page_ledger.save_list("quay", feed_state(due_at=NOW + timedelta(hours=2)))
        assert urls(await one.start(one.feed())) == sent
        assert one.crawler.counts("lists/").get("not_due", 0) == (not arguments)

    run(use)


def test_a_run_in_which_no_list_is_due_does_not_begin_its_own_requests() -> None:
    began: list[bool] = []

    async def fetch_robots() -> AsyncGenerator[Any, None]:
        began.append(True)
        yield None

    async def use() -> None:
        one = Run()
        await one.recorder.page_ledger.save_list("quay", feed_state(due_at=NOW + timedelta(hours=2)))
        one.begin(fetch_robots())
        assert [item async for item in one.planner.process_start(each([SiteStart(PUBLISHER)]))] == []
        assert not began
        assert "next_due" in one.crawler.counts("lists/")

    run(use)


def test_a_due_list_is_requested_with_its_validators() -> None:
    async def use() -> None:
        one = Run()
        await one.recorder.page_ledger.save_list("quay", feed_state(due_at=NOW))
        (request,) = await one.start(one.feed())
        assert request.headers["If-None-Match"] == b'"tide-1"'
        assert request.meta["planned"].conditional

    run(use)


def test_a_list_is_stored_after_its_links_with_what_was_new() -> None:
    async def use() -> None:
        one = Run()
        await one.store(A)
        await one.read(READ, *one.pages(A, B))
        state = await one.list_state()
        assert (state.outcome, state.entries, state.etag) == ("read", 2, '"tide-1"')
        assert state.new_at == state.read_at
        assert one.crawler.counts("lists/")["alive"] == 1
        await one.read(status=304)
        assert (await one.list_state()).outcome == "unchanged"

    run(use)


def test_a_list_that_is_gone_is_reported_once() -> None:
    async def use() -> None:
        one = Run()
        await one.read(READ, *one.pages(A, B))
        for _ in range(2):
            one.planner.list_missed(ListRequest(source="feed", url=FEED, site="quay"), "gone", "http_404", 404)
            await one.recorder.run_database.finish_pending()
        state = await one.list_state()
        assert (state.outcome, state.reason, state.failures) == ("gone", "http_404", 2)
        assert one.crawler.counts("lists/")["lost"] == 1

    run(use)


def test_the_sitemaps_of_an_index_are_requested_newest_first_and_once() -> None:
    async def use() -> None:
        one = Run()
        names = ("2026_9.xml", "2026_11.xml")
        children = [
            ListRequest(source="sitemap", url=f"{SITE}/{name}", site="quay", index_url=f"{SITE}/index.xml")
            for name in names
        ]
        requests = [one.spider.request_list(child) for child in children]
        sent = await one.read(*requests, *requests, url=f"{SITE}/index.xml", source="sitemap")
        assert urls(sent) == [f"{SITE}/2026_11.xml", f"{SITE}/2026_9.xml"]

    run(use)


def test_a_dry_run_requests_lists_only_and_says_why_it_would_fetch_a_page() -> None:
    async def use() -> None:
        one = Run(dry_run="1")
        refused = MissedPage(url=B.url, state="refused", reason="section_front", link=B)
        assert await one.read(READ, *one.pages(A), refused) == []
        assert [line.split("  ")[0] for line in one.planner.plan] == ["new (feed)", "not fetched: section front"]
        assert one.crawler.counts()["dry_run"] == 1

    run(use)


def test_captures_that_are_in_the_database_are_not_fetched_again() -> None:
    refs = [CaptureRef(url=A.url, captured_at=datetime(year, 11, 20, tzinfo=UTC)) for year in (2024, 2026)]
    links = [Link(url=A.url, source="cdx", capture=ref) for ref in refs]

    async def use() -> None:
        one = Run(source="wayback", since="2024-01-01")
        await one.store(links[0], state="refused", reason="video", capture=refs[0], is_archived=True)
        (request,) = await one.read(ListRead(links=links), *one.pages(*links), source="cdx")
        assert request.meta["link"].capture == refs[1]
        assert one.crawler.counts("captures/") == {"known": 1}
        assert one.planner.captures_known == {2024: 1}

    run(use)


def test_a_list_in_an_archive_names_no_capture_so_any_result_of_its_pages_counts() -> None:
    async def use() -> None:
        one = Run(source="wayback", since="2024-01-01")
        await one.store(A, state="refused", reason="video")
        listed = [replace(link, source="archive_day") for link in (A, B)]
        sent = await one.read(READ, *one.pages(*listed), source="archive_day")
        assert [request.meta["link"].url for request in sent] == [B.url]

    run(use)


def test_items_that_need_no_decision_pass() -> None:
    async def use() -> None:
        assert await Run().read({"any": "item"}, Request(f"{SITE}/other")) != []

    run(use)
