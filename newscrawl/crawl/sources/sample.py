"""The sample edition: a site of invented news, replayed from the WARC file that comes with newscrawl."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any, ClassVar

from newscrawl import sample
from newscrawl.article import Link
from newscrawl.crawl.arguments import CrawlArguments
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.source import SiteStart
from newscrawl.crawl.sources.live import Live
from newscrawl.errors import ArgumentError
from newscrawl.items import ListRequest
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.publishers import Sites

_SETTINGS: Mapping[str, Any] = {
    "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "newscrawl.crawl.replay.ReplayDownloadHandler"),
    "REQUEST_FINGERPRINTER_CLASS": "newscrawl.crawl.replay.MementoFingerprinter",
    "DOWNLOAD_DELAY": 0,
    # in a fixed order, however long anything takes: a request leaves when all that came before is stored
    "CONCURRENT_REQUESTS": 1,
    "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 1,
    "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",
}


class Sample(Live):
    """`scrapy crawl NAME -a source=sample`: the site is visited as often as when it was recorded."""

    mode: ClassVar[RunMode] = RunMode.REPLAY

    def __init__(self, sites: Sites, arguments: CrawlArguments) -> None:
        publisher: Publisher = next(iter(sites), GENERAL)
        if not publisher.past_hosts.issuperset(sample.HOSTS):
            raise ArgumentError(f"{publisher.name} has no sample edition")
        edition = replace(
            publisher,
            title=sample.PUBLISHER,
            home=sample.ROBOTS,
            hosts=frozenset(sample.HOSTS),
            lists=sample.SEEDS,
            newest_sitemaps=None,
        )
        super().__init__(Sites([edition]), arguments)
        self._edition = edition
        self._visits = list(sample.VISITS)
        self._visit: datetime | None = None
        self._first_lists: list[ListRequest] = []

    def settings(self) -> Mapping[str, Any]:
        return {**_SETTINGS, "NEWSCRAWL_REPLAY": str(sample.EDITION)}

    async def start(self) -> AsyncIterator[ListRequest | Link | SiteStart]:
        yield SiteStart(self._edition)

    async def find_site_lists(self, site: Publisher) -> list[ListRequest]:
        self._visit = self._visits.pop(0) if self._visits else None
        self._first_lists = await super().find_site_lists(site)
        return self._first_lists

    def next_lists(self) -> Iterable[ListRequest]:
        if not self._visits:
            return ()
        self._visit = self._visits.pop(0)
        return self._first_lists

    def headers(self) -> Mapping[str, str] | None:
        """The time of the visit (RFC 7089)."""
        return {"Accept-Datetime": format_datetime(self._visit, usegmt=True)} if self._visit else None

    def version(self, link: Link) -> datetime | None:
        return self._visit

    def is_requested_again(self, link: Link, versions: Collection[datetime | None]) -> bool:
        """At a later visit, if the list says that the page changed since."""
        return link.updated_at is not None and all(seen and link.updated_at > seen for seen in versions)
