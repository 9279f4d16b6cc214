"""How fast each host is asked: as its robots.txt says, slower while it says that it is too much, never faster."""

from __future__ import annotations

import logging
import re
from collections.abc import Coroutine
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Self

from scrapy import Request, signals
from scrapy.core.downloader import Downloader as ScrapyDownloader
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from twisted.internet.defer import Deferred

from newscrawl.crawl.network.failures import HostStopped
from newscrawl.crawl.network.hosts import HostGuard, is_memento
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import find_mode

logger = logging.getLogger(__name__)

_TOO_MUCH = {429: "blocked", 503: "unreachable"}
"""What asks to be asked more slowly, and what the host is when no pace is slow enough."""
_EASED = 0.9
_SECONDS = re.compile(r"\d{1,9}(?:\.\d*)?")


class Downloader(ScrapyDownloader):
    """Scrapy's, which keeps to CONCURRENT_REQUESTS_PER_DOMAIN without a delay too.

    Scrapy 2.19 counts a request when its task starts, and starts no task before it has emptied the queue of the host.
    """

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)


class CrawlDelay:
    """robots.txt's Crawl-delay, which Scrapy reads and does not keep: it slows its host down, never up."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        crawler.signals.connect(self.robots_parsed, signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Connects to robots_parsed."""
        return cls(crawler)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Set the delay of the request's host, now and for slots to come."""
        delay = robotparser.crawl_delay(self._agent) or 0.0
        downloader = self._crawler.engine.downloader
        host = downloader.get_slot_key(request)
        if not find_mode(self._crawler).uses_network or delay <= self._crawler.settings.getfloat("DOWNLOAD_DELAY"):
            return
        downloader.per_slot_settings[host] = {"delay": delay, "jitter": 0.0, "concurrency": 1}
        if slot := downloader.slots.get(host):
            slot.delay, slot.jitter, slot.concurrency = max(slot.delay, delay), 0.0, 1
        logger.info("%s asks for %g s between requests", host, delay)


class Slowdown:
    """429 and 503 double the delay of their host, Retry-After sets its next request; each good answer eases it.

    A host that asks for more than NEWSCRAWL_MAX_WAIT seconds, or comes to so much by doubling, is asked no more in this
    run. Stands behind retries, which it makes wait, and is told of answers before the next request leaves.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._first = crawler.settings.getfloat("NEWSCRAWL_SLOWDOWN")
        self._most = crawler.settings.getfloat("NEWSCRAWL_MAX_WAIT")
        self._mode = find_mode(crawler)
        self._slowed: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes NEWSCRAWL_SLOWDOWN and NEWSCRAWL_MAX_WAIT, in seconds; off where nobody is asked."""
        if not find_mode(crawler).uses_network:
            raise NotConfigured
        slowdown = cls(crawler)
        crawler.signals.connect(slowdown.response_downloaded, signals.response_downloaded)
        return slowdown

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Slow the host down, or ease it."""
        downloader = self._crawler.engine.downloader
        key = downloader.get_slot_key(request)
        slot = downloader.slots.get(key)
        if slot is None or (self._mode is RunMode.WEB_ARCHIVE and is_memento(response)):
            return
        if response.status in _TOO_MUCH:
            self._slow_down(key, slot, request, response)
        elif response.status < 500:
            self._ease(key, slot)

    def process_response(self, request: Request, response: Response) -> Response:
        """The response. Raises HostStopped for one that stopped its host: it is not asked for again."""
        if response.status in _TOO_MUCH and (guard := self._guard) and guard.is_stopped(request.url):
            raise HostStopped(request.url)
        return response

    @property
    def _guard(self) -> HostGuard | None:
        return self._crawler.get_downloader_middleware(HostGuard)

    def _slow_down(self, key: str, slot: Slot, request: Request, response: Response) -> None:
        now = monotonic()
        told = response.headers.get("Retry-After")
        wait = retry_after(told.decode("latin-1"), datetime.now(UTC)) if told else None
        # of the answers to requests that were sent before it was slowed down, the first counts
        if now - request.meta.get("download_latency", 0.0) >= self._slowed.get(key, 0.0):
            slot.delay = max(2 * slot.delay, self._first)
            self._slowed[key] = now
            logger.info("%s answers %d: asked every %g s from now on", key, response.status, slot.delay)
        if (wait or 0.0) > self._most:
            self._stop(request, response.status, f"asks for {wait:g} s")
        elif slot.delay > self._most:
            self._stop(request, response.status, "however slowly it is asked")
        elif wait:
            # Scrapy adds the delay to the time of the last request, and varies it by the jitter
            slot.lastseen = max(slot.lastseen, now + wait - slot.delay * (1 - slot.jitter))

    def _ease(self, key: str, slot: Slot) -> None:
        if key in self._slowed:
            least = self._least(key)
            eased = slot.delay * _EASED
            slot.delay = eased if eased > max(least, self._first / 4) else least

    def _least(self, key: str) -> float:
        told = self._crawler.engine.downloader.per_slot_settings.get(key, {})
        return float(told.get("delay", self._crawler.settings.getfloat("DOWNLOAD_DELAY")))

    def _stop(self, request: Request, status: int, detail: str) -> None:
        if guard := self._guard:
            guard.stop(request.url, _TOO_MUCH[status], f"HTTP {status}, {detail}")


def retry_after(value: str, now: datetime) -> float | None:
    """The seconds that a Retry-After asks for, `now` (aware) being its arrival; None for what is neither form of it.

    >>> retry_after("120", datetime(2024, 3, 5, tzinfo=UTC))
    120.0
    >>> retry_after("Tue, 05 Mar 2024 00:00:30 GMT", datetime(2024, 3, 5, tzinfo=UTC))
    30.0
    """
    if _SECONDS.fullmatch(value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
