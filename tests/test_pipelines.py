"""Pages through the pipelines: an article, or the reason why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy.exceptions import DropItem

from newscrawl.article import Article, Block, Page
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.signals import page_blocked
from newscrawl.errors import (
    BlockedError,
    ExtractionStoppedError,
    MissingFieldError,
    NotAnArticleError,
    StorageError,
    UnknownLayoutError,
)
from newscrawl.items import MissedPage
from newscrawl.pipelines import ExtractedPage, ExtractPipeline, StorePipeline
from tests.crawl.offline import SITE, OfflineCrawler, QuaySpider

URL = f"{SITE}/2026-11-20/tern-lines"
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
ARTICLE = Article(
    url=URL,
    publisher="The Quay",
    layout="quay_2026",
    headline="Tern Lines runs later boats",
    fetched_at=NOW,
    published_at=NOW,
    body=(Block(kind="paragraph", text="The ferry company said so."),),
)


def page(url: str = URL) -> Page:
    return Page(url=url, body=b"<p>Ferries</p>", fetched_at=NOW)


class Pipelines:
    """Both pipelines of a run whose extraction is a function."""

    def __init__(self, extract: Callable[[Page], Awaitable[Article]], **arguments: str) -> None:
        self.crawler = OfflineCrawler({"NEWSCRAWL_EXTRACT_PROCESSES": 0}, **arguments)
        self.recorder = self.crawler.record_run()
        self.extraction = ExtractPipeline.from_crawler(self.crawler)
        self.extraction._pool.extract = extract  # type: ignore[method-assign,assignment]
        self.storing = StorePipeline.from_crawler(self.crawler)

    async def process(self, item: Any) -> Any:
        return await self.storing.process_item(await self.extraction.process_item(item))

    async def drop(self, item: Any) -> DropItem:
        with pytest.raises(DropItem) as caught:
            await self.process(item)
        return caught.value


def giving(article: Article) -> Callable[[Page], Awaitable[Article]]:
    async def extract(page: Page, _publisher: object = None) -> Article:
        return article

    return extract


def raising(error: Exception) -> Callable[[Page], Awaitable[Article]]:
    async def extract(page: Page, _publisher: object = None) -> Article:
        raise error

    return extract


def test_an_article_passes_once_it_is_stored() -> None:
    async def use() -> None:
        run = Pipelines(giving(ARTICLE))
        assert await run.process(page()) == ARTICLE
        assert run.recorder.run_database.store.totals()["articles"] == 1
        assert run.crawler.counts() == {"fields/pages": 1, "fields/without_byline": 1, "fields/without_section": 1} | {
            "archive/articles": 0,
            "outcome/stored": 1,
        }

    asyncio.run(use())


@pytest.mark.parametrize(
    ("error", "line", "level", "missing"),
    [
        (NotAnArticleError(URL, "video"), "refused (video)", "INFO", None),
        (UnknownLayoutError(URL, "unknown_layout"), "refused (unknown_layout)", "WARNING", "layout"),
        (MissingFieldError(URL, "missing_headline"), "failed (missing_headline)", "WARNING", "headline"),
        (MissingFieldError(URL, "missing_body"), "failed (missing_body)", "WARNING", "body"),
        (ExtractionStoppedError(URL, "timeout"), "failed (timeout)", "WARNING", None),
        (BlockedError(URL, "challenge"), "blocked (challenge)", "INFO", None),
    ],
)
def test_a_page_without_an_article_is_dropped_with_its_reason(
    error: Exception, line: str, level: str, missing: str | None
) -> None:
    async def use() -> None:
        run = Pipelines(raising(error))
        dropped = await run.drop(page())
        assert (str(dropped), dropped.log_level) == (f"{URL}: {line}", level)
        counted = {"pages": 1, f"without_{missing}": 1} if missing else {}
        assert run.crawler.counts("fields/") == counted

    asyncio.run(use())


def test_a_challenge_is_reported_so_that_its_host_is_stopped() -> None:
    blocked: list[tuple[str, str]] = []

    def record(url: str, reason: str) -> None:
        blocked.append((url, reason))

    async def use() -> None:
        run = Pipelines(raising(BlockedError(URL, "challenge")))
        run.crawler.signals.connect(record, page_blocked)
        await run.drop(page())

    asyncio.run(use())
    assert blocked == [(URL, "challenge")]


def test_an_article_outside_the_dates_of_the_run_is_refused() -> None:
    async def use() -> None:
        run = Pipelines(giving(ARTICLE), until="2026-11-01")
        assert str(await run.drop(page())) == f"{URL}: refused (out_of_dates)"
        assert run.recorder.run_database.store.totals()["articles"] == 0

    asyncio.run(use())


def test_a_page_that_stays_for_the_next_run_is_not_recorded() -> None:
    async def use() -> None:
        run = Pipelines(giving(ARTICLE))
        dropped = await run.drop(MissedPage(url=URL, state="discovered"))
        assert (str(dropped), dropped.log_level) == ("left for the next run", "DEBUG")
        assert run.recorder.run_database.store.totals()["pages"] == 0

    asyncio.run(use())


def test_an_article_that_the_database_refuses_does_not_pass() -> None:
    async def use() -> None:
        run = Pipelines(giving(ARTICLE))
        run.recorder.run_database.fail(StorageError("the disk is full"))
        assert str(await run.drop(page())) == f"not stored: {URL}"

    asyncio.run(use())


def test_other_items_pass() -> None:
    async def use() -> None:
        run = Pipelines(giving(ARTICLE))
        assert await run.process({"any": "item"}) == {"any": "item"}

    asyncio.run(use())


def test_an_article_without_its_own_layout_counts_for_layout_drift() -> None:
    async def use() -> None:
        run = Pipelines(giving(Article.from_json(ARTICLE.to_json() | {"layout": "generic"})))
        await run.process(page())
        assert run.crawler.counts("fields/")["without_layout"] == 1

    asyncio.run(use())


def test_in_a_replay_pages_pass_in_the_order_in_which_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuaySpider, "mode", RunMode.REPLAY)
    first_may_end = asyncio.Event()

    async def extract(page: Page, _publisher: object = None) -> Article:
        if page.url.endswith("1"):
            await first_may_end.wait()
        else:
            first_may_end.set()
        return ARTICLE

    async def use() -> list[str]:
        run, order = Pipelines(extract), []

        async def pass_on(url: str) -> None:
            item = await run.extraction.process_item(page(url))
            assert isinstance(item, ExtractedPage)
            order.append(url)

        await asyncio.gather(*(pass_on(f"{SITE}/{n}") for n in (1, 2)))
        return order

    assert asyncio.run(use()) == [f"{SITE}/1", f"{SITE}/2"]
