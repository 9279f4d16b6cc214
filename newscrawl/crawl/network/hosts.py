"""Which hosts get no more requests in this run."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response

from newscrawl.crawl.network.failures import BrokenResponseError, HostStopped, RefusedError, describe_failure
from newscrawl.crawl.network.shutdown import drop_waiting
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.signals import page_blocked
from newscrawl.crawl.spider import NewsSpider, find_mode
from newscrawl.errors import BlockedError
from newscrawl.extract import challenge
from newscrawl.operations.advice import ALLOW_PRIVATE
from newscrawl.publisher import BlockMarks
from newscrawl.states import PRIVATE_ADDRESS
from newscrawl.urls import server_of

logger = logging.getLogger(__name__)

ROBOTS_TXT = "robots_txt"
"""In the meta of a request for robots.txt, also along its redirects: the URL of the robots.txt."""
_FORBIDDEN = (401, 403)
_NO_MARKS = BlockMarks()
_MAX_FAILED = 3
"""Addresses in a row without an answer after which a host gets no more requests."""


class HostGuard:
    """A downloader middleware that stops a host that blocks.

    A block among pages of an archive is reported and stops nobody; what an archive itself forbids, ArchiveService
    handles. Its place is between robots.txt and retries.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._mode = crawler, find_mode(crawler)
        self._spider = crawler.spider if isinstance(crawler.spider, NewsSpider) else None
        self._stopped: dict[str, str] = {}
        """Why each host gets no more requests."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        guard = cls(crawler)
        crawler.signals.connect(guard.response_downloaded, signals.response_downloaded)
        crawler.signals.connect(guard.page_blocked, page_blocked)
        return guard

    def is_stopped(self, url: str) -> bool:
        return server_of(url) in self._stopped

    def stop(self, url: str, why: str, detail: str) -> None:
        """Send no more requests to the host of a URL; `why` is counted (blocked, private …), `detail` logged."""
        host = server_of(url)
        if host and host not in self._stopped:
            self._stopped[host] = f"{detail}. {ALLOW_PRIVATE}" if why == "private" else detail
            if self._spider:
                self._spider.count(f"hosts/{why}", url=url, named=f"{host} ({detail})")
                self._spider.report_trouble(f"{host}: {detail}", url=url, is_first=True)
            downloader = self._crawler.engine.downloader
            drop_waiting(downloader, lambda request: HostStopped(host) if server_of(request.url) == host else None)
            logger.info("no more requests to the host of %s in this run: %s", url, detail)

    def find_trouble(self, url: str) -> str | None:
        """Return why the host of a URL gets no more requests; None if it does."""
        return self._stopped.get(server_of(url))

    def response_downloaded(self, request: Request, response: Response) -> None:
        """Stop the host of a refusal before the next request leaves: middlewares see the response after that."""
        if response.status in _FORBIDDEN and not self._is_elsewhere(request, response):
            self._stop_blocking(response.url, f"http_{response.status}")

    def page_blocked(self, url: str, reason: str) -> None:
        if not self._mode.is_history:
            self._stop_blocking(url, reason)

    def process_request(self, request: Request) -> None:
        if self.is_stopped(request.url):
            raise HostStopped(server_of(request.url))

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Stop a host whose address is private. Raises HostStopped: its pages and lists wait for a run that may."""
        is_private = isinstance(exception, BrokenResponseError | RefusedError) and exception.reason == PRIVATE_ADDRESS
        if is_private and (is_robots_txt(request) or not request.meta.get("redirect_urls")):
            url = request.meta.get(ROBOTS_TXT, request.url)
            self.stop(url, "private", str(exception))
            if self._spider is None:  # `scrapy shell`, `scrapy fetch`: no summary says it
                logger.warning("%s: not fetched: %s", url, self.find_trouble(url))
            raise HostStopped(server_of(url))

    def process_response(self, request: Request, response: Response) -> Response:
        """Return the response. Raises BlockedError for a block, HostStopped for one of robots.txt."""
        if reason := self._find_block(request, response):
            if is_robots_txt(request):  # it belongs to no page: Scrapy would log a traceback
                self._stop_blocking(request.meta[ROBOTS_TXT], reason)
                raise HostStopped(server_of(request.meta[ROBOTS_TXT]))
            self._stop_blocking(response.url, reason)
            raise BlockedError(request.url, reason)
        return response

    def _stop_blocking(self, url: str, reason: str) -> None:
        if self._mode.uses_network:
            self.stop(url, "blocked", reason.replace("_", " "))

    def _is_elsewhere(self, request: Request, response: Response) -> bool:
        """Whether its status says nothing of the host.

        It is that of an address in an archive, of another host to which robots.txt redirects, or of an address that
        nothing names, which a site may well forbid.
        """
        wanted = request.meta.get("list")
        if wanted and wanted.is_guess:
            return response.status in _FORBIDDEN
        if is_robots_txt(request):
            return server_of(request.meta[ROBOTS_TXT]) != server_of(response.url)
        return self._mode is RunMode.WEB_ARCHIVE and (is_memento(response) or response.status in _FORBIDDEN)

    def _find_block(self, request: Request, response: Response) -> str | None:
        if self._mode is RunMode.WEB_ARCHIVE and is_memento(response):
            return None
        if response.status in (*_FORBIDDEN, 429) and not self._is_elsewhere(request, response):
            return f"http_{response.status}"
        mark = challenge.find_mark(response.url, response.body, self._find_marks(response.url))
        return f"challenge_{mark}" if mark else None

    def _find_marks(self, url: str) -> BlockMarks:
        # A challenge in a web archive is detected when the page is extracted: it is not the archive's own.
        if self._spider is None or self._mode is RunMode.WEB_ARCHIVE:
            return _NO_MARKS
        return self._spider.find_publisher(url).block_marks


class DeadHosts:
    """A downloader middleware that stops a host which does not answer, so that the rest of its pages is not waited for.

    Only where the sites are many and unknown. Its place is behind retries: every attempt counts.
    """

    def __init__(self, crawler: Crawler) -> None:
        if (
            not isinstance(crawler.spider, NewsSpider)
            or not crawler.spider.takes_sites
            or crawler.spider.mode.is_archive
        ):
            raise NotConfigured
        self._crawler = crawler
        self._failed: defaultdict[str, set[str]] = defaultdict(set)
        """By host, the addresses without an answer since its last one."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        self._failed.pop(server_of(request.url), None)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if is_robots_txt(request) or isinstance(exception, IgnoreRequest):
            return
        failed, guard = self._failed[server_of(request.url)], self._crawler.get_downloader_middleware(HostGuard)
        failed.add(request.url)
        if guard and len(failed) >= _MAX_FAILED:
            reason = describe_failure(exception).reason.replace("_", " ")
            guard.stop(
                request.url, "unreachable", f"{len(failed)} addresses in a row failed, the last one with {reason}"
            )


def is_memento(response: Response) -> bool:
    """Whether an archive says that a response is one of the past (RFC 7089): then its status is not the archive's."""
    return "Memento-Datetime" in response.headers


def is_robots_txt(request: Request) -> bool:
    return ROBOTS_TXT in request.meta
