"""Which hosts are asked no more in this run: those that block, and those whose robots.txt cannot be had."""

from __future__ import annotations

import logging
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from newscrawl.crawl.network.failures import HostStopped, describe
from newscrawl.crawl.network.shutdown import drop_waiting
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.signals import page_blocked
from newscrawl.crawl.spider import find_mode
from newscrawl.errors import BlockedError
from newscrawl.extract import challenge
from newscrawl.publisher import GENERAL, BlockMarks

logger = logging.getLogger(__name__)

_FORBIDDEN = (401, 403)


class HostGuard:
    """A host that blocks, or whose robots.txt cannot be had (RFC 9309, 2.3.1.4), is asked no more in this run.

    A block among pages of the past is history: it is told, and stops nobody. Stands between robots.txt and retries.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._stats = crawler, crawler.stats
        self._mode = find_mode(crawler)
        # a challenge in an archive is told when the page is read: it is none of the archive's
        own = crawler.spider if self._mode is not RunMode.WEB_ARCHIVE else None
        self._marks: BlockMarks = getattr(own, "publisher", GENERAL).block_marks
        self._stopped: set[str] = set()
        crawler.signals.connect(self.block, page_blocked)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes the block marks of the spider's publisher."""
        guard = cls(crawler)
        crawler.signals.connect(guard.response_downloaded, signals.response_downloaded)
        return guard

    def is_stopped(self, url: str) -> bool:
        """Whether the host of `url` is asked no more."""
        return _host(url) in self._stopped

    def response_downloaded(self, response: Response) -> None:
        """Stop the host of a refusal before the next request leaves: middlewares see the response after that."""
        if response.status in _FORBIDDEN and not self._is_history(response):
            self._refused_by(response.url, f"http_{response.status}")

    def process_request(self, request: Request) -> None:
        """Raises HostStopped."""
        if self.is_stopped(request.url):
            raise HostStopped(_host(request.url))

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, unless it is a block (BlockedError) or the end of a host (HostStopped)."""
        if reason := self._block_in(response):
            self._refused_by(response.url, reason)
            if _is_robots_txt(request):  # of no page's: Scrapy would print a traceback of it
                raise HostStopped(_host(request.url))
            raise BlockedError(request.url, reason)
        if _is_robots_txt(request) and response.status >= 500:
            self.stop(request.url, "unreachable", f"robots.txt: HTTP {response.status}")
            raise HostStopped(_host(request.url))
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Raises HostStopped for a robots.txt that did not come."""
        if _is_robots_txt(request) and not isinstance(exception, IgnoreRequest):
            self.stop(request.url, "unreachable", describe(exception).reason.replace("_", " "))
            raise HostStopped(_host(request.url)) from exception

    def block(self, url: str, reason: str) -> None:
        """Stop asking the host of `url`, unless the block is history."""
        if not self._mode.is_history:
            self._refused_by(url, reason)

    def _refused_by(self, url: str, reason: str) -> None:
        if self._mode.uses_network:
            self.stop(url, "blocked", reason.replace("_", " "))

    def stop(self, url: str, why: str, detail: str) -> None:
        """Ask the host of `url` no more; `why` is counted (blocked, unreachable), `detail` told, the first of a run."""
        host = _host(url)
        if host and host not in self._stopped:
            self._stopped.add(host)
            self._stats.inc_value(f"newscrawl/hosts/{why}")
            if not self._stats.get_value("newscrawl/trouble"):
                self._stats.set_value("newscrawl/trouble", f"{host}: {detail}")
            downloader = self._crawler.engine.downloader
            drop_waiting(downloader, lambda request: HostStopped(host) if _host(request.url) == host else None)
            logger.info("%s is asked no more in this run: %s", url, detail)

    def _is_history(self, response: Response) -> bool:
        return self._mode is RunMode.WEB_ARCHIVE and is_memento(response)

    def _block_in(self, response: Response) -> str | None:
        if self._is_history(response):
            return None
        if response.status in (*_FORBIDDEN, 429):
            return f"http_{response.status}"
        mark = challenge.find_mark(response.url, response.body, self._marks)
        return f"challenge_{mark}" if mark else None


def is_memento(response: Response) -> bool:
    """Whether an archive says of an answer that it is one of the past (RFC 7089), and its status none of its own."""
    return "Memento-Datetime" in response.headers


def _is_robots_txt(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt")) and urlsplit(request.url).path == "/robots.txt"


def _host(url: str) -> str:
    return urlsplit(url).netloc
