"""What becomes of a page, as the ledger stores it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest
import time_machine
from scrapy import Request

from newscrawl.article import Article, Block, CaptureRef, Link, Page
from newscrawl.crawl.page_ledger import PageLedger
from newscrawl.crawl.run_database import RunDatabase
from newscrawl.crawl.run_mode import RunMode
from newscrawl.errors import StorageError
from newscrawl.items import MissedPage
from newscrawl.states import PageState
from newscrawl.storage import PageResult, Store
from tests.crawl.offline import SITE, OfflineCrawler, QuaySpider

_T = TypeVar("_T")
NOW = datetime.now(UTC)
URL = f"{SITE}/2026-11-20/tern-lines"
LINK = Link(url=URL, source="feed", headline="Tern Lines runs later boats")
CAPTURE = CaptureRef(url=URL, captured_at=NOW)


def state(**fields: Any) -> PageState:
    known: dict[str, Any] = {
        "url": URL,
        "state": "discovered",
        "reason": None,
        "status": None,
        "article_id": None,
        "spider": "quay",
        "source": "feed",
        "attempts": 0,
        "discovered_at": NOW - timedelta(days=1),
        "tried_at": None,
        "run_id": 1,
    }
    return PageState(**known | fields)


def article(**fields: Any) -> Article:
    known: dict[str, Any] = {
        "url": URL,
        "canonical_url": URL,
        "publisher": "The Quay",
        "layout": "generic",
        "headline": "Tern Lines runs later boats",
        "fetched_at": NOW,
        "access": "full",
        "body": (Block(kind="paragraph", text="The ferry company said so."),),
    }
    return Article(**known | fields)


def with_ledger(use: Callable[[PageLedger], _T], **arguments: str) -> _T:
    """The result of `use`, which needs no database."""
    run_database = cast("RunDatabase", SimpleNamespace(store=None))
    return use(PageLedger(OfflineCrawler(**arguments).quay, run_database))


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """The clock stands at NOW: these tests may run long after this module was imported."""
    with time_machine.travel(NOW, tick=False):
        yield


def miss(page: MissedPage, known: PageState | None = None, **arguments: str) -> PageResult | None:
    def use(ledger: PageLedger) -> PageResult | None:
        ledger.expect(LINK, known)
        return ledger.result_of_miss(page)

    return with_ledger(use, **arguments)


def missed(**fields: Any) -> MissedPage:
    return MissedPage(**{"url": URL, "state": "failed", "reason": "timeout"} | fields)


def test_an_article_is_visited_again_at_the_age_that_its_publication_gives() -> None:
    published = NOW - timedelta(hours=2)
    page = Page(url=URL, body=b"", fetched_at=NOW, etag='"tide-1"', capture=CAPTURE)
    (result,) = with_ledger(lambda ledger: ledger.results_of_article(page, article(published_at=published)))
    assert (result.state, result.due_at, result.etag) == ("stored", published + timedelta(hours=6), '"tide-1"')
    assert result.capture == CAPTURE
    assert not result.is_archived


def test_the_requested_address_of_a_redirect_gets_a_result_of_its_own() -> None:
    page = Page(url=f"{SITE}/new", requested_url=URL, body=b"", fetched_at=NOW, etag='"tide-1"', capture=CAPTURE)
    final, requested = with_ledger(lambda ledger: ledger.results_of_article(page, article()))
    assert (final.url, final.due_at, final.etag, final.capture) == (f"{SITE}/new", None, '"tide-1"', CAPTURE)
    assert (requested.url, requested.etag, requested.capture) == (URL, None, None)
    assert requested.due_at


@pytest.mark.parametrize(
    ("page", "known", "pause"),
    [
        (missed(), None, timedelta(minutes=15)),
        (missed(), state(state="failed", failures=1), timedelta(hours=1)),
        (missed(), state(state="failed", failures=6), None),
        (missed(state="blocked"), None, timedelta(hours=1)),
        (missed(state="refused", reason="http_410"), None, None),
    ],
)
def test_when_a_page_without_an_article_is_requested_again(
    page: MissedPage, known: PageState | None, pause: timedelta | None
) -> None:
    result = miss(page, known)
    assert result
    assert (result.due_at and result.due_at - NOW) == pause


def test_an_unchanged_page_keeps_its_validators_and_its_next_visit() -> None:
    known = state(state="stored", published_at=NOW - timedelta(hours=2), etag='"tide-1"', article_id=1)
    result = miss(missed(state="unchanged", reason=None), known)
    assert result
    assert (result.etag, result.due_at) == ('"tide-1"', NOW + timedelta(hours=4))


@pytest.mark.parametrize(
    ("page", "known", "has_headline"),
    [
        (missed(), None, True),
        (missed(state="refused", reason="http_403"), None, True),
        (missed(state="refused", reason="robots_txt"), None, True),
        (missed(state="refused", reason="unknown_layout"), None, True),
        (missed(state="refused", reason="video"), None, False),
        (missed(state="refused", reason="section_front"), None, False),
        (missed(), state(state="stored", article_id=1), False),
        (missed(state="discovered", reason=None), None, True),
    ],
)
def test_whether_the_headline_of_the_list_is_stored(
    page: MissedPage, known: PageState | None, has_headline: bool
) -> None:
    result = miss(page, known)
    assert result
    assert (result.article is not None) is has_headline
    if result.article:
        assert (result.article.headline, result.article.publisher) == (LINK.headline, "The Quay")


def test_a_page_that_stays_discovered_and_has_no_headline_is_not_written() -> None:
    assert with_ledger(lambda ledger: ledger.result_of_miss(missed(state="discovered", reason=None))) is None


def test_a_page_of_an_archive_is_not_visited_again_and_gets_no_headline() -> None:
    def use(ledger: PageLedger) -> tuple[PageResult | None, PageResult]:
        ledger.expect(LINK, None)
        page = Page(url=URL, body=b"", fetched_at=NOW)
        return ledger.result_of_miss(missed()), ledger.results_of_article(page, article(published_at=NOW))[0]

    failed, stored = with_ledger(use, source="wayback", since="2026-01-01")
    assert failed
    assert (failed.due_at, failed.article, failed.is_archived) == (None, None, True)
    assert (stored.due_at, stored.is_archived) == (None, True)


def test_a_redirect_to_a_known_page_ends_its_first_address() -> None:
    async def crawl() -> PageState | None:
        recorder = OfflineCrawler().record_run()
        await recorder.page_ledger.discover([LINK])
        recorder.page_ledger.request_dropped(Request(f"{SITE}/other", meta={"redirect_urls": [URL]}))
        await recorder.run_database.finish_pending()
        return recorder.run_database.call_now(lambda: recorder.run_database.store.known([LINK]))[0]

    after = asyncio.run(crawl())
    assert after
    assert (after.state, after.reason) == ("refused", "redirects_to_known")


def test_a_run_begins_with_unfinished_pages_then_due_ones_but_not_with_those_of_an_archive() -> None:
    async def crawl() -> list[str]:
        ledger = OfflineCrawler().record_run().page_ledger
        await ledger.discover([LINK, Link(url=f"{SITE}/archived", source="cdx"), Link(url=f"{SITE}/b", source="feed")])
        page = Page(url=URL, body=b"", fetched_at=NOW)
        (stored,) = ledger.results_of_article(page, article(published_at=NOW - timedelta(minutes=20)))
        await ledger.record(stored)
        return [due.url for due in await ledger.find_due("quay")]

    assert asyncio.run(crawl()) == [f"{SITE}/b", URL]


def test_a_database_error_ends_a_replay_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(store: Store, *arguments: Any, **options: Any) -> None:
        raise StorageError("the disk is full")

    async def crawl() -> OfflineCrawler:
        monkeypatch.setattr(QuaySpider, "mode", RunMode.REPLAY)
        crawler = OfflineCrawler()
        ledger = crawler.record_run().page_ledger
        monkeypatch.setattr(Store, "discover", refuse)
        assert await ledger.discover([LINK]) == []
        return crawler

    assert asyncio.run(crawl()).counts("storage/") == {"failed": 1}
