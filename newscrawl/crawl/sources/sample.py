"""The sample edition: a site of invented news, replayed from the WARC file that comes with newscrawl."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any, ClassVar

from newscrawl import sample
from newscrawl.article import Link
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.sources._source import Crawl
from newscrawl.crawl.sources.live import Live
from newscrawl.errors import ArgumentError
from newscrawl.items import ListRequest
from newscrawl.publisher import Publisher

_SETTINGS: Mapping[str, Any] = {
    "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "newscrawl.crawl.replay.ReplayDownloadHandler"),
    "REQUEST_FINGERPRINTER_CLASS": "newscrawl.crawl.replay.MementoFingerprinter",
    "DOWNLOAD_DELAY": 0,
    # in one order, whatever the time that anything takes
    "CONCURRENT_REQUESTS": 1,
    "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",
}


class Sample(Live):
    """`scrapy crawl bloomberg -a source=sample`: the site is visited as often as it was then."""

    mode: ClassVar[RunMode] = RunMode.REPLAY

    def __init__(self, crawl: Crawl) -> None:
        super().__init__(crawl)
        if not crawl.publisher.past_hosts.issuperset(sample.HOSTS):
            raise ArgumentError(f"{crawl.name} has no sample edition")
        self._publisher = replace(
            crawl.publisher,
            title=sample.PUBLISHER,
            home=sample.ROBOTS,
            hosts=frozenset(sample.HOSTS),
            lists=sample.SEEDS,
            newest_sitemaps=None,
        )
        self._visits = list(sample.VISITS)
        self._visit: datetime | None = None
        self._asked: list[ListRequest] = []

    @property
    def publisher(self) -> Publisher:
        """The publisher, with the hosts and lists of the sample edition."""
        return self._publisher

    def settings(self) -> Mapping[str, Any]:
        """A replay in place of the network."""
        return {**_SETTINGS, "NEWSCRAWL_REPLAY": str(sample.EDITION)}

    async def start(self) -> AsyncIterator[ListRequest | Link]:
        """The lists, as they were at the first visit."""
        self._visit = self._visits.pop(0) if self._visits else None
        self._asked = await self._lists()
        for wanted in self._asked:
            yield wanted

    def again(self) -> Iterable[ListRequest]:
        """The lists, as they were at the next visit."""
        if not self._visits:
            return ()
        self._visit = self._visits.pop(0)
        return self._asked

    def headers(self) -> Mapping[str, str] | None:
        """When the site is asked (RFC 7089)."""
        return {"Accept-Datetime": format_datetime(self._visit, usegmt=True)} if self._visit else None

    def version(self, link: Link) -> datetime | None:
        """The visit."""
        return self._visit

    def is_to_be_asked_again(self, link: Link, asked: Collection[datetime | None]) -> bool:
        """At a later visit, when the list says that it changed since."""
        return link.updated_at is not None and all(seen and link.updated_at > seen for seen in asked)
