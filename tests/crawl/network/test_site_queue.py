"""Which site's request is sent next."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.squeues import FifoMemoryQueue

from newscrawl.crawl.network import site_queue
from newscrawl.crawl.network.site_queue import SiteQueue
from newscrawl.urls import site_key


class Downloader:
    """What the queue knows of Scrapy's downloader."""

    def __init__(self) -> None:
        self.on_free: list[Any] = []
        self.in_work: Counter[str] = Counter()
        self.ready: dict[str, float] = {}
        self.slots: dict[str, Any] = {}

    def get_slot_key(self, request: Request) -> str:
        return site_key(request.url)

    def is_busy(self, site: str) -> bool:
        return self.in_work[site] > 0

    def ready_at(self, site: str) -> float:
        return self.ready.get(site, 0.0)

    def end(self, site: str) -> None:
        self.in_work[site] -= 1
        for call in self.on_free:
            call(site)


class Queue:
    """A queue of requests to the sites a.example, b.example and so on, without a clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.waits = 100.0, list[float]()
        self.downloader, self.looked = Downloader(), list[str]()
        slot = SimpleNamespace(nextcall=SimpleNamespace(schedule=lambda: self.looked.append("again")))
        engine = SimpleNamespace(downloader=self.downloader, _slot=slot)
        self.crawler = cast("Crawler", SimpleNamespace(engine=engine, settings=Settings()))
        monkeypatch.setattr(site_queue, "monotonic", lambda: self.now)
        monkeypatch.setattr(site_queue, "call_later", self._call_later)
        self.queue = SiteQueue(self.crawler, FifoMemoryQueue, "")

    def _call_later(self, seconds: float, wake: Any) -> Any:
        self.waits.append(seconds)
        self.wake = wake
        return SimpleNamespace(cancel=self.waits.clear)

    def push(self, *names: str) -> None:
        for number, name in enumerate(names):
            self.queue.push(Request(f"https://{name}.example/{number}"))

    def pop(self) -> str | None:
        """The site of the next request, which is in work from now on."""
        request = self.queue.pop()
        if request is None:
            return None
        self.downloader.in_work[site := site_key(request.url)] += 1
        return site.removesuffix(".example")

    def pop_all(self) -> list[str]:
        return list(iter(self.pop, None))


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    return Queue(monkeypatch)


def test_each_site_has_one_request_in_work(queue: Queue) -> None:
    queue.push("a", "a", "a", "b", "c", "b")
    assert queue.pop_all() == ["a", "b", "c"]
    assert len(queue.queue) == 3
    queue.downloader.end("b.example")
    assert queue.pop_all() == ["b"]
    queue.downloader.end("b.example")
    queue.downloader.end("a.example")
    assert queue.pop_all() == ["a"]


def test_a_site_that_comes_late_catches_up(queue: Queue) -> None:
    queue.push("a", "a", "a", "b", "b", "b")
    assert queue.pop_all() == ["a", "b"]
    queue.downloader.end("a.example")
    queue.downloader.end("b.example")
    queue.push("c")
    assert queue.pop() == "c"
    assert queue.pop_all() == ["a", "b"]


def test_a_site_that_has_to_wait_takes_no_place_and_is_looked_at_in_time(queue: Queue) -> None:
    queue.downloader.ready = {"a.example": 107.0, "b.example": 102.5}
    queue.push("a", "b", "c")
    assert queue.pop_all() == ["c"]
    assert queue.waits == [2.5]
    queue.now = 102.5
    queue.wake()
    assert queue.looked == ["again"]
    assert queue.pop_all() == ["b"]
    assert queue.waits == [2.5, 4.5]


def test_lists_come_before_pages(queue: Queue) -> None:
    queue.queue.push(Request("https://a.example/page"))
    queue.queue.push(Request("https://a.example/list", priority=10))
    request = queue.queue.pop()
    assert request
    assert request.url.endswith("/list")


def test_no_request_is_lost(queue: Queue) -> None:
    names = [chr(97 + number % 7) for number in range(100)]
    queue.push(*names)
    got: list[str] = []
    while some := queue.pop_all():
        got += some
        for name in some:
            queue.downloader.end(f"{name}.example")
    assert sorted(got) == sorted(names)
    assert len(queue.queue) == 0
    queue.queue.close()
    assert queue.downloader.on_free == []
