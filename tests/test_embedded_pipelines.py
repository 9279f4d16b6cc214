"""The pipelines in a project that has newscrawl.Addon: any item, any spider, any part of newscrawl left out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import scrapy
from scrapy.exceptions import DropItem, NotConfigured
from scrapy.http import HtmlResponse
from twisted.python.failure import Failure

from newscrawl.article import Article, Page
from newscrawl.crawl.embedded import find_run
from newscrawl.crawl.end_of_run import conclude
from newscrawl.operations.exit_codes import ExitCode
from newscrawl.operations.health import is_significant
from newscrawl.pipelines import ExtractPipeline, StorePipeline
from tests.crawl.embedded import EmbeddedCrawler, TideSpider
from tests.library.test_docs import PAGE, URL, article

NOW = datetime(2026, 5, 6, tzinfo=UTC)
NO_STORY = "<html><head><title>Harbour</title></head><body><p>Closed.</p></body></html>"
OFF = dict.fromkeys(("NEWSCRAWL_STORAGE", "NEWSCRAWL_LEDGER"), False)


class Boat(scrapy.Item):
    """An item that takes its article."""

    url = scrapy.Field()
    body = scrapy.Field()
    berth = scrapy.Field()
    article = scrapy.Field()


class Project:
    """The pipelines of somebody's project, and their database in memory."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self.crawler = EmbeddedCrawler({"NEWSCRAWL_EXTRACT_PROCESSES": 0, **(settings or {})})
        with suppress(NotConfigured):
            self.recorder = self.crawler.record_run()
        self.pipelines: list[Any] = []
        for pipeline in (ExtractPipeline, StorePipeline):
            with suppress(NotConfigured):
                self.pipelines.append(pipeline.from_crawler(self.crawler))

    async def process(self, item: Any) -> Any:
        for pipeline in self.pipelines:
            item = await pipeline.process_item(item)
        return item

    @property
    def totals(self) -> tuple[int, int]:
        """The number of articles and of pages."""
        totals = self.recorder.run_database.store.totals()
        return totals["articles"], totals["pages"]

    def ledger(self) -> dict[str, tuple[str, str | None]]:
        """State and reason of each page by its URL."""
        return {page.url: (page.state, page.reason) for page in self.recorder.run_database.store.pages(limit=None)}


def response(body: str = PAGE, url: str = URL) -> HtmlResponse:
    return HtmlResponse(url, body=body.encode(), request=scrapy.Request(url))


def test_whatever_holds_a_page_becomes_its_stored_article() -> None:
    async def use() -> None:
        project = Project()
        for number, item in enumerate((response(PAGE, f"{URL}-0"), {"url": f"{URL}-1", "body": PAGE})):
            stored = await project.process(item)
            assert isinstance(stored, Article)
            assert (stored.headline, stored.url) == ("Later boats for the islands", f"{URL}-{number}")
        # the same text at two addresses of one site is one article
        assert project.totals == (1, 2)
        [run] = project.recorder.run_database.store.runs(None)
        assert (run.spider, run.source) == ("tide", "live")

    asyncio.run(use())


def test_an_item_with_a_field_for_it_keeps_its_fields_and_gets_the_article_as_json() -> None:
    async def use() -> None:
        project = Project()
        item = Boat(url=URL, body=PAGE, berth=7)
        assert await project.process(item) is item
        assert (item["berth"], item["article"]["headline"]) == (7, "Later boats for the islands")
        assert item["article"]["published_at"] == "2026-05-06T10:00:00Z"
        empty = {"url": f"{URL}-x", "body": NO_STORY, "article": None, "berth": 8}
        assert await project.process(empty) == {**empty, "article": None}
        assert project.ledger()[f"{URL}-x"][0] == "refused"

    asyncio.run(use())


def test_an_article_that_the_spider_extracted_is_stored() -> None:
    async def use() -> None:
        project = Project()
        own = article(URL, "A quiet harbour", NOW, "Sport")
        assert await project.process(own) == own
        assert project.totals == (1, 1)

    asyncio.run(use())


def test_other_items_pass_unharmed() -> None:
    async def use() -> None:
        project = Project()
        for item in ({"price": 3}, {"url": URL, "body": "Text of an article, no page."}, Boat(berth=1), "text"):
            before = dict(item) if isinstance(item, dict | Boat) else item
            after = await project.process(item)
            assert after is item
            assert (dict(after) if isinstance(after, dict | Boat) else after) == before
        assert project.totals == (0, 0)

    asyncio.run(use())


def test_a_page_without_an_article_is_dropped_and_recorded() -> None:
    async def use() -> None:
        project = Project()
        with pytest.raises(DropItem, match="refused"):
            await project.process(response(NO_STORY))
        assert project.ledger()[URL][0] == "refused"

    asyncio.run(use())


def test_without_the_ledger_only_articles_leave_a_trace() -> None:
    async def use() -> None:
        project = Project({"NEWSCRAWL_LEDGER": False})
        with pytest.raises(DropItem):
            await project.process(response(NO_STORY, f"{URL}-x"))
        await project.process(response())
        assert project.totals == (1, 1)

    asyncio.run(use())


def test_without_storage_the_ledger_says_that_the_archive_does_not_have_the_article() -> None:
    async def use() -> None:
        project = Project({"NEWSCRAWL_STORAGE": False})
        assert isinstance(await project.process(response()), Article)
        with pytest.raises(DropItem):
            await project.process(response(NO_STORY, f"{URL}-x"))
        assert project.totals == (0, 2)
        states = {url: state for url, (state, _) in project.ledger().items()}
        assert states == {URL: "discovered", f"{URL}-x": "refused"}
        assert project.crawler.counts()["extracted"] == 1

    asyncio.run(use())


def test_without_both_articles_are_extracted_and_there_is_no_database() -> None:
    async def use() -> None:
        project = Project({**OFF, "NEWSCRAWL_DATABASE_URL": "sqlite:////there/is/no/such/folder/news.db"})
        assert isinstance(await project.process(response()), Article)
        with pytest.raises(DropItem, match="refused"):
            await project.process(response(NO_STORY))
        assert not hasattr(project, "recorder")
        assert project.crawler.counts("extracted") == {"": 1}

    asyncio.run(use())


def test_without_extraction_pages_pass_and_articles_are_stored() -> None:
    async def use() -> None:
        project = Project({"NEWSCRAWL_EXTRACTION": False})
        page = response()
        assert await project.process(page) is page
        await project.process(article(URL, "A quiet harbour", NOW, "Sport"))
        assert project.totals == (1, 1)

    asyncio.run(use())


def test_a_pipeline_that_lacks_its_extension_names_the_settings() -> None:
    crawler = EmbeddedCrawler()
    for pipeline in (ExtractPipeline, StorePipeline):
        with pytest.raises(
            NotConfigured, match=r"RunRecorder is not in EXTENSIONS, which NEWSCRAWL_STORAGE and .*ADDONS"
        ):
            pipeline.from_crawler(crawler)


def test_runs_of_other_spiders_count_for_monitors_and_several_are_active_at_once(tmp_path: Path) -> None:
    async def use() -> None:
        settings = {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{tmp_path}/news.db"}
        one, two = Project(settings), Project(settings)
        runs = two.recorder.run_database.store.runs(None, ended=False)
        assert [run.spider for run in runs] == ["tide", "tide"]
        assert all(map(is_significant, runs))
        await one.process(response())
        await two.process(response(url=f"{URL}-2"))
        assert two.totals == (1, 2)

    asyncio.run(use())


def test_each_crawl_of_a_process_has_a_run_of_its_own_and_the_same_spider_may_crawl_twice() -> None:
    async def use() -> None:
        one, two = EmbeddedCrawler(), EmbeddedCrawler()
        runs = [find_run(one), find_run(two), find_run(one)]
        assert runs[0] is runs[2] is not runs[1]
        assert [run.name for run in runs] == ["tide"] * 3

    asyncio.run(use())


def test_a_command_that_looks_at_single_responses_is_no_run() -> None:
    async def start(self: Any) -> Any:
        yield None

    start.__module__ = "scrapy.commands.parse"
    inspected = type("Inspected", (TideSpider,), {"start": start})
    with pytest.raises(NotConfigured):
        find_run(EmbeddedCrawler(spider=inspected))
    crawler = EmbeddedCrawler()
    crawler.spider = None  # the shell makes components before its spider
    with pytest.raises(NotConfigured):
        find_run(crawler)


@pytest.mark.parametrize(
    ("stats", "settings", "reason", "code"),
    [
        ({"newscrawl/outcome/stored": 1, "response_received_count": 2}, {}, "finished", ExitCode.DONE),
        ({"newscrawl/extracted": 1, "response_received_count": 2}, {}, "finished", ExitCode.DONE),
        ({"item_scraped_count": 3, "response_received_count": 2}, {}, "finished", ExitCode.DONE),
        ({"response_received_count": 2}, {}, "finished", ExitCode.NOTHING_FOUND),
        ({"response_received_count": 2}, {"JOBDIR": "jobs"}, "finished", ExitCode.DONE),
        (
            {"newscrawl/outcome/refused": 2, "response_received_count": 2},
            {"JOBDIR": "jobs"},
            "finished",
            ExitCode.NOTHING_FOUND,
        ),
        ({"newscrawl/outcome/blocked": 2, "response_received_count": 2}, {}, "finished", ExitCode.BLOCKED),
        ({"downloader/exception_count": 3}, {}, "finished", ExitCode.UNREACHABLE),
        (
            {"response_received_count": 2, "httperror/response_ignored_count": 2},
            {},
            "finished",
            ExitCode.UNREACHABLE,
        ),
        (
            {"newscrawl/outcome/stored": 1, "newscrawl/outcome/failed": 1, "response_received_count": 2},
            {},
            "finished",
            ExitCode.PARTLY_FAILED,
        ),
        ({"newscrawl/outcome/stored": 1, "spider_exceptions/count": 1}, {}, "finished", ExitCode.PARTLY_FAILED),
        ({"newscrawl/outcome/stored": 1}, {}, "shutdown", ExitCode.STOPPED),
        ({"newscrawl/storage/failed": 1}, {}, "storage_failed", ExitCode.STORAGE_FAILED),
    ],
)
def test_how_a_crawl_ended(stats: dict[str, int], settings: dict[str, str], reason: str, code: ExitCode) -> None:
    crawler = EmbeddedCrawler(settings)
    for name, value in stats.items():
        crawler.stats.set_value(name, value)
    conclusion = conclude(find_run(crawler), reason)
    assert conclusion.code is code
    assert bool(conclusion.advice) is (code is not ExitCode.DONE)


def test_a_page_that_a_pipeline_fails_on_is_recorded_as_failed() -> None:
    async def use() -> None:
        project = Project()
        ledger = project.recorder.page_ledger
        for item in (response(), Page(url=f"{URL}-p", body=b"", fetched_at=NOW), {"price": 3}):
            await ledger.item_error(item, Failure(KeyError("berth")))  # type: ignore[no-untyped-call]
        assert project.ledger() == {URL: ("failed", "KeyError"), f"{URL}-p": ("failed", "KeyError")}
        assert project.crawler.counts("errors") == {"": 3}

    asyncio.run(use())
