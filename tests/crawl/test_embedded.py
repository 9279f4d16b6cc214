"""Captures and exit codes of spiders that are not newscrawl's own."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.commands import ScrapyCommand
from scrapy.http import HtmlResponse
from scrapy.http.request import NO_CALLBACK

from newscrawl.crawl.exit_code import ExitCodeReporter
from newscrawl.crawl.item_pages import read_page
from newscrawl.crawl.warc_recorder import RecordResponses, WarcRecorder
from tests.crawl.embedded import EmbeddedCrawler

URL = "https://www.tern.example/a"


@pytest.mark.parametrize(
    ("request_", "response", "is_recorded"),
    [
        (Request(URL), HtmlResponse(URL), True),
        (Request(URL), HtmlResponse(URL, status=404), True),
        (Request(URL, callback=print), HtmlResponse(URL), True),
        (Request(URL, callback=NO_CALLBACK), HtmlResponse(URL), False),
        (Request(URL), HtmlResponse(URL, flags=["cached"]), False),
        (Request(URL, meta={"newscrawl_capture": False}), HtmlResponse(URL), False),
        (Request("data:,a"), HtmlResponse("data:,a"), False),
    ],
)
def test_which_responses_are_captured(
    tmp_path: Path, request_: Request, response: HtmlResponse, is_recorded: bool
) -> None:
    async def use() -> None:
        off = {"NEWSCRAWL_STORAGE": False, "NEWSCRAWL_LEDGER": False}
        crawler = EmbeddedCrawler({"NEWSCRAWL_WARC_DIR": str(tmp_path), **off})
        crawler.components.append(recorder := WarcRecorder.from_crawler(crawler))
        recorder.spider_opened()
        recording = RecordResponses.from_crawler(crawler)
        answered = await recording.process_response(request_, response.replace(body=b"<p>A</p>"))
        await recorder.close()
        assert len(list(tmp_path.rglob("*.warc.gz"))) == is_recorded
        if is_recorded:
            page = read_page(answered)
            assert page is not None
            assert page.capture == recorder.find_recent(URL) is not None
        assert recorder.find_recent("https://www.tern.example/other") is None

    asyncio.run(use())


@pytest.mark.parametrize(("scraped", "code"), [(1, 0), (0, 5)])
def test_the_exit_code_is_in_the_stats_and_that_of_the_command(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, scraped: int, code: int
) -> None:
    monkeypatch.setattr(ScrapyCommand, "exitcode", 0)
    crawler = EmbeddedCrawler()
    crawler.stats.set_value("item_scraped_count", scraped)
    crawler.stats.set_value("response_received_count", 1)
    crawler.stats.set_value("finish_reason", "finished")
    with caplog.at_level("INFO"):
        ExitCodeReporter.from_crawler(crawler).engine_stopped()
    assert crawler.stats.get_value("newscrawl/exit_code") == ScrapyCommand.exitcode == code
    [record] = caplog.records
    assert (record.levelname, "what to do: " in record.message) == (("INFO", False) if code == 0 else ("WARNING", True))


@pytest.mark.parametrize(
    ("header", "day"), [("Tue, 05 Mar 2024 10:15:00 GMT", 5), ("Tue, 05 Mar 2024 10:15:00 -0000", 5), ("soon", None)]
)
def test_a_memento_header_is_read_where_it_is_a_time(header: str, day: int | None) -> None:
    page = read_page(HtmlResponse(URL, headers={"Memento-Datetime": header}, body=b"<p>A</p>"))
    assert page is not None
    assert page.fetched_at.tzinfo is not None
    assert (page.fetched_at.day if page.fetched_at.year == 2024 else None) == day
