"""A crawler without an engine, a network or a process: for unit tests of its components."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from newscrawl.crawl.run_recorder import RunRecorder
from newscrawl.crawl.spider import NewsSpider
from newscrawl.publisher import BlockMarks, Publisher, UrlRules

HOST = "quay.example"
SITE = f"https://{HOST}"
PUBLISHER = Publisher(
    name="quay",
    title="The Quay",
    home=f"{SITE}/",
    hosts=frozenset((HOST,)),
    lists=(("feed", f"{SITE}/feed.rss"),),
    url_rules=UrlRules(),
    block_marks=BlockMarks(titles=frozenset(("Are you a robot?",)), paths=frozenset(("/consent",))),
)
_T = TypeVar("_T")


class QuaySpider(NewsSpider):
    """The spider of an invented publisher."""

    name = "quay"
    publisher = PUBLISHER


class Engine:
    """What components use of Scrapy's engine."""

    def __init__(self) -> None:
        self.spider: object | None = object()
        self.reasons: list[str] = []
        """Why the spider was closed."""
        self.requests: list[Request] = []
        self.downloader = SimpleNamespace(
            slots=cast("dict[str, Slot]", {}),
            per_slot_settings=defaultdict[str, dict[str, Any]](dict),
            get_slot_key=lambda request: urlsplit(request.url).hostname,
        )

    async def close_spider_async(self, *, reason: str) -> None:
        self.reasons.append(reason)

    def crawl(self, request: Request) -> None:
        self.requests.append(request)


class OfflineCrawler(Crawler):
    """A crawler of one spider, with the project's settings and a database in memory."""

    def __init__(self, settings: dict[str, Any] | None = None, /, **arguments: str) -> None:
        project = Settings()
        project.setmodule("newscrawl.settings", priority="project")
        project.setdict({"NEWSCRAWL_DATABASE_URL": "sqlite://", "NEWSCRAWL_WARC_DIR": ""} | (settings or {}), "cmdline")
        super().__init__(QuaySpider, project)
        self._stats = MemoryStatsCollector(self)
        self.fake_engine = Engine()
        self.components: list[object] = []
        self.quay = QuaySpider.from_crawler(self, **arguments)
        self.spider = self.quay

    @property
    def engine(self) -> Any:
        return self.fake_engine

    @engine.setter
    def engine(self, value: object) -> None:
        raise AssertionError(value)

    def get_extension(self, cls: type[_T]) -> _T | None:
        return next((component for component in self.components if isinstance(component, cls)), None)

    def get_downloader_middleware(self, cls: type[_T]) -> _T | None:
        return self.get_extension(cls)

    def record_run(self) -> RunRecorder:
        """Start the run; call it while an event loop runs."""
        self.components.append(recorder := RunRecorder.from_crawler(self))
        return recorder

    def counts(self, prefix: str = "") -> dict[str, Any]:
        """The run's own stats whose name begins with `prefix`, without both prefixes."""
        whole = f"newscrawl/{prefix}"
        return {name.removeprefix(whole): n for name, n in self.stats.get_stats().items() if name.startswith(whole)}


def slot(*, delay: float = 0.0) -> Slot:
    """A host's slot of the downloader."""
    return Slot(concurrency=1, delay=delay, jitter=0.0)
