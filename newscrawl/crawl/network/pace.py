"""The delay between requests to a host: as robots.txt says, longer while the host asks for less."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, Self

from scrapy import Request, Spider, signals
from scrapy.core.downloader import Downloader as ScrapyDownloader
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from twisted.internet.defer import Deferred

from newscrawl.crawl.network.archive_service import find_refusal, find_status
from newscrawl.crawl.network.failures import HostStopped
from newscrawl.crawl.network.hosts import HostGuard, is_memento
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import find_mode
from newscrawl.urls import server_of, site_key

logger = logging.getLogger(__name__)

_OVERLOAD = {429: "blocked", 503: "unreachable"}
"""Statuses that request a slowdown, and what the host counts as when no delay is long enough."""
_EASE_FACTOR = 0.9
_SECONDS = re.compile(r"\d{1,9}(?:\.\d*)?")


class Downloader(ScrapyDownloader):
    """Scrapy's, which applies CONCURRENT_REQUESTS_PER_DOMAIN even without a delay, and one pace to a site.

    Scrapy 2.19 counts a request when its task starts, and starts no task before it has emptied the host's queue.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.on_free: list[Callable[[str], None]] = []
        """Called with the key of a slot when a request of it has ended."""
        self._in_work: Counter[str] = Counter()
        self._reached: set[str] = set()
        """Keys of the slots that have answered."""
        crawler.signals.connect(self._count_from_first, signals.headers_received)
        by_site = {site_key(f"//{host}"): values for host, values in self.per_slot_settings.items()}
        self.per_slot_settings = by_site | self.per_slot_settings

    def get_slot_key(self, request: Request) -> str:
        return str(request.meta.get(self.DOWNLOAD_SLOT) or site_key(request.url))

    def fetch(self, request: Request, spider: Spider | None = None) -> Deferred[Response | Request]:
        key = self.get_slot_key(request)
        self._in_work[key] += 1
        return super().fetch(request).addBoth(self._end, key)

    def is_busy(self, key: str) -> bool:
        """Whether a slot has as many requests in work as it may have; those count that wait for robots.txt."""
        return self._in_work[key] >= (slot.concurrency if (slot := self.slots.get(key)) else self.domain_concurrency)

    def ready_at(self, key: str) -> float:
        """Return when the next request of a slot may be sent (monotonic)."""
        slot = self.slots.get(key)
        return slot.lastseen + slot.delay if slot and slot.delay else 0.0

    def _count_from_first(self, request: Request) -> None:
        """Count the delay of a site from its first response: that request left late, after a connection was made."""
        key = self.get_slot_key(request)
        if key not in self._reached and (slot := self.slots.get(key)):
            self._reached.add(key)
            slot.lastseen = max(slot.lastseen, monotonic())

    def _end(self, result: Any, key: str) -> Any:
        self._in_work[key] -= 1
        if not self._in_work[key]:
            del self._in_work[key]
        for call in self.on_free:
            call(key)
        return result

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)


class CrawlDelay:
    """Applies the Crawl-delay of robots.txt, which Scrapy reads and ignores, where it is longer than DOWNLOAD_DELAY.

    A host whose delay is longer than NEWSCRAWL_MAX_WAIT gets no requests: it would hold the run for days.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"] or crawler.settings["USER_AGENT"]
        crawler.signals.connect(self.robots_parsed, signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        delay = robotparser.crawl_delay(self._agent) or 0.0
        if not find_mode(self._crawler).uses_network or delay <= self._crawler.settings.getfloat("DOWNLOAD_DELAY"):
            return
        if delay > (longest := self._crawler.settings.getfloat("NEWSCRAWL_MAX_WAIT")):
            self._stop(request.url, f"its robots.txt asks for {delay:g} s between requests, over {longest:g}")
            return
        downloader = self._crawler.engine.downloader
        site = downloader.get_slot_key(request)
        delay = max(delay, downloader.per_slot_settings.get(site, {}).get("delay", 0.0))
        downloader.per_slot_settings[site] = {"delay": delay, "jitter": 0.0, "concurrency": 1}
        if slot := downloader.slots.get(site):
            slot.delay, slot.jitter, slot.concurrency = max(slot.delay, delay), 0.0, 1
        logger.info("%s requests a delay of %g s", site, delay)

    def _stop(self, url: str, detail: str) -> None:
        guard = self._crawler.get_downloader_middleware(HostGuard)
        if guard and not guard.is_stopped(url):
            logger.warning("%s: %s (NEWSCRAWL_MAX_WAIT); its pages wait for a later run", server_of(url), detail)
            guard.stop(url, "unreachable", detail)


class Slowdown:
    """A downloader middleware for hosts that request a slowdown. Its place is behind retries, which it delays.

    429 and 503 double the delay of their host, Retry-After sets its next request, and each good response shortens the
    delay a little. A host that requests more than NEWSCRAWL_MAX_WAIT seconds, or reaches so much by doubling, gets no
    more requests in this run.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._first_delay = crawler.settings.getfloat("NEWSCRAWL_SLOWDOWN")
        self._max_wait = crawler.settings.getfloat("NEWSCRAWL_MAX_WAIT")
        self._mode = find_mode(crawler)
        self._slowed_at: dict[str, float] = {}
        self._ready_at: dict[str, float] = {}
        """When sites that stated a Retry-After take the next request (monotonic)."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes NEWSCRAWL_SLOWDOWN and NEWSCRAWL_MAX_WAIT, in seconds; off where no network is used."""
        if not find_mode(crawler).uses_network:
            raise NotConfigured
        slowdown = cls(crawler)
        crawler.signals.connect(slowdown.response_downloaded, signals.response_downloaded)
        return slowdown

    def hold(self, home: str, pause: float, delay: float) -> None:
        """Apply what a site stated in an earlier run: no request for `pause` seconds, then at first with its delay.

        A pause longer than NEWSCRAWL_MAX_WAIT stops the host.
        """
        if pause > self._max_wait:
            if guard := self._crawler.get_downloader_middleware(HostGuard):
                guard.stop(home, "blocked", f"it asked an earlier run to wait, for another {pause:.0f} s")
            return
        key, slot = self._crawler.engine.downloader._get_slot(Request(home))
        if delay > slot.delay or pause > slot.delay:
            slot.delay = max(slot.delay, delay or self._first_delay)
            self._slowed_at[key] = 0.0
        slot.lastseen = monotonic() + pause - slot.delay * (1 - slot.jitter)

    def find_pause(self, home: str) -> float:
        """Return the seconds for which no request may be sent to a site: its delay, or its Retry-After."""
        key = site_key(home)
        slot, now = self._crawler.engine.downloader.slots.get(key), monotonic()
        return max(0.0, self._ready_at.get(key, 0.0) - now, slot.lastseen + slot.delay - now if slot else 0.0)

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Adjust the delay of the host, before its next request leaves."""
        downloader = self._crawler.engine.downloader
        key = downloader.get_slot_key(request)
        slot = downloader.slots.get(key)
        if slot is None or (self._mode is RunMode.WEB_ARCHIVE and (is_memento(response) or find_refusal(response))):
            return
        if self._mode is RunMode.WEB_ARCHIVE:
            response = response.replace(status=find_status(response))
        if response.status in _OVERLOAD:
            self._slow_down(key, slot, request, response)
        elif response.status < 500 and key in self._slowed_at:
            configured = downloader.per_slot_settings.get(key, {})
            least = float(configured.get("delay", self._crawler.settings.getfloat("DOWNLOAD_DELAY")))
            eased = slot.delay * _EASE_FACTOR
            slot.delay = eased if eased > max(least, self._first_delay / 4) else least

    def process_response(self, request: Request, response: Response) -> Response:
        # A response that stopped its host is not retried.
        guard = self._crawler.get_downloader_middleware(HostGuard)
        if response.status in _OVERLOAD and guard and guard.is_stopped(request.url):
            raise HostStopped(request.url)
        return response

    def _slow_down(self, key: str, slot: Slot, request: Request, response: Response) -> None:
        now = monotonic()
        header = response.headers.get("Retry-After")
        wait = (read_retry_after(header.decode("latin-1"), datetime.now(UTC)) if header else None) or 0.0
        # only the first of the responses to requests that were sent before the host was slowed down counts
        if now - request.meta.get("download_latency", 0.0) >= self._slowed_at.get(key, 0.0):
            slot.delay = max(2 * slot.delay, self._first_delay)
            self._slowed_at[key] = now
            logger.info("%s answered %d: %g s between requests from now on", key, response.status, slot.delay)
        self._ready_at[key] = now + wait
        if wait > self._max_wait:
            self._stop(request, response.status, f"asks for {wait:g} s")
        elif slot.delay > self._max_wait:
            self._stop(request, response.status, f"even at {slot.delay / 2:g} s between requests")
        elif wait:
            # Scrapy adds the delay to the time of the last request, and varies it by the jitter
            slot.lastseen = max(slot.lastseen, now + wait - slot.delay * (1 - slot.jitter))

    def _stop(self, request: Request, status: int, detail: str) -> None:
        if guard := self._crawler.get_downloader_middleware(HostGuard):
            guard.stop(request.url, _OVERLOAD[status], f"HTTP {status}, {detail}")


def find_delay(crawler: Crawler, url: str) -> float | None:
    """Return the seconds between two requests to the host of a URL at the moment; None without a network."""
    downloader = getattr(crawler.engine, "downloader", None)
    if downloader is None or not find_mode(crawler).uses_network:
        return None
    key = site_key(url)
    slot = downloader.slots.get(key)
    usual = crawler.settings.getfloat("DOWNLOAD_DELAY")
    return float(slot.delay if slot else downloader.per_slot_settings.get(key, {}).get("delay", usual))


def read_retry_after(value: str, now: datetime) -> float | None:
    """Read a Retry-After header as seconds from `now`, when it arrived (with a time zone); None if it is invalid.

    >>> read_retry_after("120", datetime(2024, 3, 5, tzinfo=UTC))
    120.0
    >>> read_retry_after("Tue, 05 Mar 2024 00:00:30 GMT", datetime(2024, 3, 5, tzinfo=UTC))
    30.0
    """
    if _SECONDS.fullmatch(value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
