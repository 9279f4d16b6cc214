"""What is recorded of a response, and where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from newscrawl.archives.payload import sha1_digest
from newscrawl.archives.warc_reader import read_captures
from newscrawl.article import CaptureRef, Link
from newscrawl.crawl import warc_recorder
from newscrawl.crawl.network.failures import RunEnded
from newscrawl.crawl.warc_recorder import DigestFilter, RecordResponses, WarcRecorder
from tests.crawl.offline import SITE, OfflineCrawler

A, B = f"{SITE}/2026-11-20/tern-lines", f"{SITE}/2026-11-21/oil"


class Recorded:
    """A run that records into a folder."""

    def __init__(self, folder: Path) -> None:
        self.crawler = OfflineCrawler({"NEWSCRAWL_WARC_DIR": str(folder)})
        self.run = self.crawler.record_run()
        self.recorder = WarcRecorder.from_crawler(self.crawler)
        self.recorder.spider_opened()
        self.crawler.components.append(self.recorder)
        self.middleware = RecordResponses.from_crawler(self.crawler)

    async def receive(self, url: str, body: bytes, status: int = 200, **meta: Any) -> CaptureRef | None:
        request = Request(url, meta={"link": Link(url=url, source="feed"), **meta})
        await self.middleware.process_response(request, Response(url, status=status, body=body))
        capture: CaptureRef | None = request.meta.get("captures", {}).get(url)
        return capture


def record(folder: Path, use: Callable[[Recorded], Awaitable[None]]) -> None:
    async def main() -> None:
        recorded = Recorded(folder)
        await use(recorded)
        await recorded.recorder.close()

    asyncio.run(main())


def test_a_page_is_recorded_and_its_payload_once(tmp_path: Path) -> None:
    async def use(recorded: Recorded) -> None:
        first = await recorded.receive(A, b"<p>Ferries</p>")
        again = await recorded.receive(B, b"<p>Ferries</p>")
        other = await recorded.receive(B, b"<p>Oil</p>")
        assert first
        assert again
        assert other
        assert [ref.kind for ref in (first, again, other)] == ["response", "revisit", "response"]
        assert first.digest == again.digest != other.digest

    record(tmp_path, use)
    (file,) = tmp_path.rglob("*.warc.gz")
    assert [capture.url for capture in read_captures(file)][:1] == [A]


def test_two_responses_with_one_payload_at_the_same_time_are_one_payload(tmp_path: Path) -> None:
    async def use(recorded: Recorded) -> None:
        captures = await asyncio.gather(*(recorded.receive(url, b"<p>Ferries</p>") for url in (A, B)))
        assert sorted(capture.kind for capture in captures if capture) == ["response", "revisit"]

    record(tmp_path, use)


def test_only_pages_that_were_requested_before_are_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = CaptureRef(
        url=B, captured_at=datetime(2026, 11, 1, tzinfo=UTC), file="a.warc.gz", digest=sha1_digest(b"<p>Gas</p>")
    )
    looked_up: list[str] = []

    def find_original(digest: str) -> CaptureRef:
        looked_up.append(digest)
        return stored

    async def use(recorded: Recorded) -> None:
        monkeypatch.setattr(recorded.run.run_database.store, "original", find_original)
        monkeypatch.setattr(recorded.recorder, "_exists", lambda _name: True)
        first = await recorded.receive(A, b"<p>Oil</p>", is_first_visit=True)
        assert (first and first.kind, looked_up) == ("response", [])
        again = await recorded.receive(A, b"<p>Gas</p>", is_first_visit=False)
        assert (again and again.kind, len(looked_up)) == ("revisit", 1)
        other = await recorded.receive(B, b"<p>Gas</p>", is_first_visit=True)  # which the run has had
        assert (other and other.kind, len(looked_up)) == ("revisit", 1)

    record(tmp_path, use)


def test_a_payload_that_is_no_longer_in_memory_is_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_recorder, "_MAX_RECENT", 2)
    looked_up: list[str] = []

    def find_original(digest: str) -> None:
        looked_up.append(digest)

    async def use(recorded: Recorded) -> None:
        monkeypatch.setattr(recorded.run.run_database.store, "original", find_original)
        captures = [await recorded.receive(A, b"<p>%d</p>" % number, is_first_visit=True) for number in range(5)]
        assert looked_up == []
        await recorded.receive(B, b"<p>1</p>", is_first_visit=True)
        assert looked_up == [captures[1] and captures[1].digest]

    record(tmp_path, use)


def test_the_filter_has_every_digest_and_few_others() -> None:
    digests = [sha1_digest(b"%d" % number) for number in range(40_000)]
    seen = DigestFilter()
    for digest in digests[:20_000]:
        seen.add(digest)
    assert all(digest in seen for digest in digests[:20_000])
    assert sum(digest in seen for digest in digests[20_000:]) < 20


def test_an_empty_payload_is_no_revisit(tmp_path: Path) -> None:
    async def use(recorded: Recorded) -> None:
        captures = [await recorded.receive(url, b"") for url in (A, B)]
        assert [capture and capture.kind for capture in captures] == ["response", "response"]

    record(tmp_path, use)


def test_a_payload_whose_file_was_deleted_is_recorded_again(tmp_path: Path) -> None:
    async def use(recorded: Recorded) -> None:
        first = await recorded.receive(A, b"<p>Ferries</p>")
        assert first
        assert first.file
        (tmp_path / first.file).unlink()
        again = await recorded.receive(B, b"<p>Ferries</p>")
        assert again
        assert again.kind == "response"

    record(tmp_path, use)


def test_lists_are_not_recorded(tmp_path: Path) -> None:
    async def use(recorded: Recorded) -> None:
        request = Request(f"{SITE}/feed.rss", meta={"list": None})
        await recorded.middleware.process_response(request, Response(request.url, body=b"<rss/>"))
        assert "captures" not in request.meta

    record(tmp_path, use)
    assert not list(tmp_path.rglob("*.warc.gz"))


def test_a_folder_that_cannot_be_written_to_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    async def main() -> None:
        recorded = Recorded(tmp_path / "file")
        with pytest.raises(RunEnded):
            await recorded.receive(A, b"<p>Ferries</p>")
        assert not recorded.run.run_database.is_writable
        await asyncio.sleep(0)
        assert recorded.crawler.fake_engine.reasons == ["storage_failed"]

    asyncio.run(main())


def test_captures_are_synced_before_the_results_that_name_them_are_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(recorded: Recorded) -> None:
        synced: list[bool] = []
        monkeypatch.setattr(recorded.recorder._files, "sync", lambda: synced.append(True))
        assert recorded.run.run_database.before_commit
        recorded.run.run_database.before_commit()
        assert synced == [True]

    record(tmp_path, use)


@pytest.mark.parametrize(
    ("folder", "arguments"),
    [("", {}), ("warc", {"dry_run": "1"}), ("warc", {"files": "*.html"})],
)
def test_nothing_is_recorded_without_a_folder_in_a_dry_run_or_of_saved_pages(
    folder: str, arguments: dict[str, str]
) -> None:
    crawler = OfflineCrawler({"NEWSCRAWL_WARC_DIR": folder}, **arguments)
    with pytest.raises(NotConfigured):
        WarcRecorder.from_crawler(crawler)
    with pytest.raises(NotConfigured):
        RecordResponses.from_crawler(crawler)
