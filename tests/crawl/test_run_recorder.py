"""The record of a run: its lock, its heartbeat, its end."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from scrapy.exceptions import NotConfigured

from newscrawl.article import Link
from newscrawl.crawl import run_recorder
from newscrawl.crawl.end_of_run import EndOfRun
from newscrawl.crawl.run_recorder import end_unstarted_run, find_recorder
from newscrawl.errors import LockedError, StorageError
from newscrawl.items import MissedPage
from newscrawl.operations.archive import open_archive
from newscrawl.storage import Run, Store
from tests.crawl.offline import SITE, OfflineCrawler


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/news.db"


def run_of(url: str) -> Run:
    with open_archive(url) as store:
        return store.runs(1)[0]


def test_the_heartbeat_advances(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_recorder, "HEARTBEAT_SECONDS", 0.01)

    async def crawl() -> None:
        recorder = OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url}).record_run()
        recorder.spider_opened()
        begun = run_of(url).alive_at
        while run_of(url).alive_at == begun:
            await asyncio.sleep(0.01)
        await recorder.spider_closed("finished")

    asyncio.run(asyncio.wait_for(crawl(), 10))


def test_a_run_that_another_one_closed_ends(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_recorder, "HEARTBEAT_SECONDS", 0.01)

    async def crawl() -> OfflineCrawler:
        crawler = OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url})
        recorder = crawler.record_run()
        recorder.spider_opened()
        with open_archive(url) as store:
            store.end_run(recorder.run_database.run_id, finish_reason="killed", exit_code=1, counts={})
        while not crawler.fake_engine.reasons:
            await asyncio.sleep(0.01)
        await recorder.spider_closed("closed_by_another_run")
        return crawler

    crawler = asyncio.run(asyncio.wait_for(crawl(), 10))
    assert set(crawler.fake_engine.reasons) == {"closed_by_another_run"}
    assert crawler.counts()["trouble"] == "another run took this one for dead and replaced it"


def test_a_second_run_is_locked_out_and_recorded(url: str) -> None:
    async def crawl() -> None:
        OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url}).record_run()
        with pytest.raises(LockedError):
            OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url}).record_run()

    asyncio.run(crawl())
    assert (run_of(url).finish_reason, run_of(url).exit_code) == ("locked", 9)


def test_a_run_that_could_not_start_is_ended(url: str) -> None:
    async def crawl() -> None:
        OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url}).record_run()

    asyncio.run(crawl())
    end_unstarted_run(url, "quay", 2)
    assert (run_of(url).finish_reason, run_of(url).exit_code) == ("not_started", 2)


def test_a_dry_run_writes_nothing(tmp_path: Path, url: str) -> None:
    async def crawl() -> None:
        recorder = OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url}, dry_run="1").record_run()
        recorder.spider_opened()
        assert await recorder.page_ledger.discover([Link(url=f"{SITE}/a", source="feed")]) == [None]
        assert recorder.run_database.run_id == 0
        await recorder.spider_closed("finished")

    asyncio.run(crawl())
    assert list(tmp_path.iterdir()) == []


def test_the_end_comes_after_pending_results_and_before_metrics_and_clusters(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    async def detect_drift(end: EndOfRun) -> None:
        steps.append("drift")

    def record(step: str) -> Any:
        return lambda *arguments: steps.append(step)

    monkeypatch.setattr(EndOfRun, "_detect_drift", detect_drift)
    monkeypatch.setattr(EndOfRun, "_write_metrics", record("metrics"))
    monkeypatch.setattr(EndOfRun, "_update_clusters", record("clusters"))

    async def crawl() -> None:
        crawler = OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url, "NEWSCRAWL_PROMETHEUS_FILE": "quay.prom"})
        recorder = crawler.record_run()
        end_run = recorder.run_database.store.end_run

        def record_end(store: Store, *arguments: Any, **options: Any) -> None:
            steps.append("end")
            end_run(*arguments, **options)

        monkeypatch.setattr(Store, "end_run", record_end)
        ledger = recorder.page_ledger
        result = ledger.result_of_miss(MissedPage(url=f"{SITE}/video", state="refused", reason="video"))
        assert result
        recorder.run_database.run_later(ledger.record(result))
        await recorder.spider_closed("finished")

    asyncio.run(crawl())
    assert steps == ["drift", "end", "metrics", "clusters"]
    assert run_of(url).counts["refused/video"] == 1


def test_metrics_are_not_written_of_a_run_whose_end_could_not_be_recorded(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(EndOfRun, "_write_metrics", lambda end, path: written.append(path))

    def refuse(store: Store, *arguments: Any, **options: Any) -> None:
        raise StorageError("the disk is full")

    async def crawl() -> OfflineCrawler:
        crawler = OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url, "NEWSCRAWL_PROMETHEUS_FILE": "quay.prom"})
        recorder = crawler.record_run()
        monkeypatch.setattr(Store, "end_run", refuse)
        await recorder.spider_closed("shutdown")
        return crawler

    crawler = asyncio.run(crawl())
    assert not written
    assert crawler.counts()["storage/failed"] == 1


def test_the_first_database_error_ends_the_run_and_nothing_is_written_after_it(url: str) -> None:
    async def crawl() -> OfflineCrawler:
        crawler = OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url})
        recorder = crawler.record_run()
        recorder.run_database.fail(StorageError("the disk is full"))
        recorder.run_database.fail(StorageError("a consequence"))
        ledger = recorder.page_ledger
        result = ledger.result_of_miss(MissedPage(url=f"{SITE}/video", state="refused", reason="video"))
        assert result
        assert await ledger.record(result) is None
        assert not recorder.run_database.is_writable
        return crawler

    crawler = asyncio.run(crawl())
    assert crawler.fake_engine.reasons == ["storage_failed"]
    assert crawler.counts()["trouble"] == "the disk is full"
    assert "outcome/refused" not in crawler.counts()


def test_results_are_committed_in_another_thread_after_the_captures_that_they_name(url: str) -> None:
    async def crawl() -> tuple[int, dict[str, Any]]:
        threads: list[int] = []
        crawler = OfflineCrawler({"NEWSCRAWL_DATABASE_URL": url})
        recorder = crawler.record_run()
        recorder.run_database.before_commit = lambda: threads.append(threading.get_ident())
        result = recorder.page_ledger.result_of_miss(MissedPage(url=f"{SITE}/a", state="failed", reason="timeout"))
        assert result
        await recorder.page_ledger.record(result)
        await recorder.spider_closed("finished")
        return threads[0], crawler.counts()

    thread, counts = asyncio.run(crawl())
    assert thread != threading.get_ident()
    assert (counts["outcome/failed"], counts["failed/timeout"]) == (1, 1)


def test_components_are_off_without_a_recorder() -> None:
    with pytest.raises(NotConfigured):
        find_recorder(OfflineCrawler())
