"""What the spider requests, and what becomes of each response."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from newscrawl.article import CaptureRef, Link, Page
from newscrawl.crawl.network.failures import BrokenResponseError, HostStopped, RunEnded
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.signals import list_missed
from newscrawl.crawl.spider import find_mode, find_spider
from newscrawl.errors import ArgumentError, BlockedError
from newscrawl.items import ListRead, ListRequest, MissedPage
from tests.crawl.offline import HOST, SITE, OfflineCrawler, QuaySpider

FEED = ListRequest(source="feed", url=f"{SITE}/feed.rss")
INDEX = ListRequest(source="sitemap", url=f"{SITE}/index.xml")
STORY = f"{SITE}/2026-11-20/tern-lines"
LINK = Link(url=STORY, source="feed")


def feed(*urls: str) -> bytes:
    items = "".join(f"<item><link>{url}</link><title>A headline</title></item>" for url in urls)
    return f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()


CONDITION = {"If-None-Match": '"tide-1"'}


def answer_list(
    crawler: OfflineCrawler, wanted: ListRequest, body: bytes, status: int = 200, **headers: str
) -> list[Any]:
    request = crawler.quay.request_list(wanted)
    assert request
    request.headers.update(headers)
    response = Response(wanted.url, status=status, headers={"ETag": '"tide-1"'}, body=body, request=request)

    async def parse() -> list[Any]:
        return [item async for item in crawler.quay.parse_list(response)]

    return asyncio.run(parse())


def fail(error: Exception, request: Request | None) -> Failure:
    failure = Failure(error)  # type: ignore[no-untyped-call]
    setattr(failure, "request", request)  # noqa: B010 - as Scrapy does
    return failure


def page_request(crawler: OfflineCrawler, link: Link = LINK) -> Request:
    request = crawler.quay.request_page(link)
    assert isinstance(request, Request)
    return request


def missed_lists(crawler: OfflineCrawler) -> list[tuple[str, str, int | None]]:
    missed: list[tuple[str, str, int | None]] = []

    def record(list: ListRequest, outcome: str, reason: str, status: int | None) -> None:  # noqa: A002
        missed.append((outcome, reason, status))

    crawler.signals.connect(record, list_missed, weak=False)
    return missed


def test_a_feed_gives_its_state_then_a_request_for_each_article_of_its_hosts() -> None:
    crawler = OfflineCrawler()
    read, *requests = answer_list(crawler, FEED, feed(STORY, "https://other.example/b", STORY))
    assert isinstance(read, ListRead)
    assert read.etag == '"tide-1"'
    assert {link.url for link in read.links} == {STORY}
    assert [request.url for request in requests] == [STORY]
    assert crawler.counts("l") == {"ists/read": 1, "inks/offsite": 1, "inks/found": len(read.links)}


def test_an_index_gives_requests_for_its_sitemaps_one_level_deep() -> None:
    crawler = OfflineCrawler()
    entries = "".join(
        f"<sitemap><loc>{url}</loc></sitemap>" for url in (f"{SITE}/a.xml", "https://other.example/b.xml")
    )
    body = f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'.encode()
    read, *requests = answer_list(crawler, INDEX, body)
    assert len(read.links) == 2
    (child,) = [request.meta["list"] for request in requests]
    assert (child.url, child.index_url, child.depth) == (f"{SITE}/a.xml", INDEX.url, 1)
    assert crawler.counts("lists/")["offsite"] == 1
    deepest = ListRequest(source="sitemap", url=f"{SITE}/c.xml", depth=2)
    assert len(answer_list(crawler, deepest, body)) == 1
    assert crawler.counts("lists/")["too_deep"] == 2


def test_a_list_that_is_none_is_reported_and_nothing_follows() -> None:
    crawler = OfflineCrawler()
    missed = missed_lists(crawler)
    assert answer_list(crawler, FEED, b"<html>Sorry</html>") == []
    ((outcome, _, status),) = missed
    assert (outcome, status) == ("failed", 200)


def test_an_unchanged_list_gives_nothing() -> None:
    crawler = OfflineCrawler()
    assert answer_list(crawler, FEED, b"", 304, **CONDITION) == []
    assert crawler.counts("lists/") == {"unchanged": 1}


@pytest.mark.parametrize(
    ("error", "missed"),
    [
        (HttpError(Response(FEED.url, status=404)), [("gone", "http_404", 404)]),
        (HttpError(Response(FEED.url, status=500)), [("failed", "http_500", 500)]),
        (BrokenResponseError("connection_reset", ""), [("failed", "connection_reset", None)]),
        (BlockedError(FEED.url, "challenge_title"), [("blocked", "challenge_title", None)]),
        (HostStopped(HOST), []),
    ],
)
def test_what_becomes_of_a_list_that_is_not_fetched(error: Exception, missed: list[Any]) -> None:
    crawler = OfflineCrawler()
    reported = missed_lists(crawler)
    crawler.quay.list_failed(fail(error, crawler.quay.request_list(FEED)))
    assert reported == missed


@pytest.mark.parametrize(
    ("error", "missed"),
    [
        (HttpError(Response(STORY, status=404)), ("refused", "http_404", 404)),
        (HttpError(Response(STORY, status=503)), ("failed", "http_503", 503)),
        (IgnoreRequest(), ("refused", "robots_txt", None)),
        (BlockedError(STORY, "http_403"), ("blocked", "http_403", None)),
        (HostStopped(HOST), ("discovered", None, None)),
        (RunEnded(STORY), None),
        (RuntimeError(), ("failed", "download_failed", None)),
    ],
)
def test_what_becomes_of_a_page_that_is_not_fetched(error: Exception, missed: tuple[Any, ...] | None) -> None:
    crawler = OfflineCrawler()
    request = page_request(crawler)
    capture = CaptureRef(url=STORY, captured_at=datetime(2026, 11, 20, tzinfo=UTC))
    request.meta["captures"] = {STORY: capture}
    items = list(crawler.quay.page_failed(fail(error, request)))
    assert [(item.state, item.reason, item.status) for item in items] == ([missed] if missed else [])
    assert all((item.url, item.capture) == (STORY, capture) for item in items)


def parse_page(crawler: OfflineCrawler, response: Response) -> Page | MissedPage:
    async def parse() -> list[Page | MissedPage]:
        return [item async for item in crawler.quay.parse_page(response)]

    (item,) = asyncio.run(parse())
    return item


def test_a_page_has_the_address_that_was_requested_and_where_it_was_redirected() -> None:
    crawler = OfflineCrawler()
    request = page_request(crawler).replace(url=f"{SITE}/new")
    request.meta["redirect_urls"] = [STORY]
    page = parse_page(crawler, Response(f"{SITE}/new", body=b"<p>Ferries</p>", request=request))
    assert isinstance(page, Page)
    assert (page.url, page.requested_url, page.body) == (f"{SITE}/new", STORY, b"<p>Ferries</p>")


def test_not_modified_means_nothing_without_conditions() -> None:
    crawler = OfflineCrawler()
    missed = parse_page(crawler, Response(STORY, status=304, request=page_request(crawler)))
    assert isinstance(missed, MissedPage)
    assert (missed.state, missed.reason, missed.status) == ("failed", "unexpected_304", 304)
    lists = missed_lists(crawler)
    assert answer_list(crawler, FEED, b"", 304) == []
    assert lists == [("failed", "unexpected_304", 304)]


def test_a_page_that_is_not_modified_is_unchanged() -> None:
    crawler = OfflineCrawler()
    request = page_request(crawler)
    request.headers.update(CONDITION)
    missed = parse_page(crawler, Response(STORY, status=304, request=request))
    assert isinstance(missed, MissedPage)
    assert (missed.state, missed.status) == ("unchanged", 304)


def test_a_page_of_the_web_archive_itself_is_no_capture() -> None:
    crawler = OfflineCrawler(source="wayback", since="2026-11-01")
    link = Link(url=STORY, source="cdx", capture=CaptureRef(url=STORY, captured_at=datetime(2026, 11, 20, tzinfo=UTC)))
    request = page_request(crawler, link)
    missed = parse_page(crawler, Response(request.url, body=b"Down for maintenance", request=request))
    assert isinstance(missed, MissedPage)
    assert (missed.url, missed.state, missed.reason) == (STORY, "failed", "no_capture")


def test_a_page_is_requested_once_a_run_and_each_capture_of_it_once() -> None:
    live = OfflineCrawler().quay
    assert live.request_page(LINK)
    assert live.request_page(Link(url=f"{STORY}#comments", source="front_page")) is None
    archive = OfflineCrawler(source="wayback", since="2026-11-01").quay
    refs = [CaptureRef(url=STORY, captured_at=datetime(2026, 11, day, tzinfo=UTC)) for day in (20, 21, 20)]
    requests = [archive.request_page(Link(url=STORY, source="cdx", capture=ref)) for ref in refs]
    assert [request is not None for request in requests] == [True, True, False]
    assert archive.request_page(LINK) is None


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        (LINK, True),
        (Link(url=f"{SITE}/2026-10-01/early", source="feed"), False),
        (Link(url=f"{SITE}/undated", source="feed"), True),
        (Link(url=f"{SITE}/a", source="feed", published_at=datetime(2026, 11, 20, tzinfo=UTC)), True),
        (Link(url=f"{SITE}/b", source="feed", published_at=datetime(2026, 10, 20, tzinfo=UTC)), False),
    ],
)
def test_a_run_over_some_days_requests_no_page_of_others(link: Link, wanted: bool) -> None:
    crawler = OfflineCrawler(since="2026-11-01", until="2026-11-30")
    assert (crawler.quay.request_page(link) is not None) is wanted
    assert crawler.counts("links/").get("out_of_dates", 0) == (not wanted)


def test_an_address_that_cannot_be_requested_is_counted() -> None:
    crawler = OfflineCrawler()
    assert crawler.quay.request_page(Link(url="//no-scheme", source="feed")) is None
    assert crawler.counts("links/") == {"malformed": 1}


def test_start_requests_lists_in_the_order_of_the_publisher() -> None:
    async def start() -> list[Any]:
        quay = OfflineCrawler().quay
        (first,) = [item async for item in quay.start()]
        return [request async for request in quay.start_site(first.site)]

    (request,) = asyncio.run(start())
    assert (request.url, request.meta["list"].source) == (f"{SITE}/feed.rss", "feed")


def test_start_requests_the_addresses_of_the_command_line() -> None:
    async def start() -> list[Any]:
        return [item async for item in OfflineCrawler(urls=f"{SITE}/a,https://other.example/b").quay.start()]

    assert [request.url for request in asyncio.run(start())] == [f"{SITE}/a", "https://other.example/b"]


def test_the_mode_of_a_run_follows_from_its_source() -> None:
    assert find_mode(OfflineCrawler()) is RunMode.LIVE
    assert find_mode(OfflineCrawler(files="*.html")) is RunMode.SAVED_PAGES
    assert find_mode(OfflineCrawler(source="wayback", since="2026-11-01")) is RunMode.WEB_ARCHIVE
    crawler = OfflineCrawler()
    crawler.spider = None
    assert find_mode(crawler) is RunMode.LIVE
    with pytest.raises(NotConfigured):
        find_spider(crawler)


def test_a_publisher_without_a_sample_edition_has_no_replay() -> None:
    with pytest.raises(ArgumentError, match="quay has no sample edition"):
        QuaySpider(source="sample")
