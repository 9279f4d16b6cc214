"""Glue on the way to the network: which hosts may be asked, how fast, and which no more."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import defaultdict
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware as ScrapyRobotsTxtMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotConfigured,
    NotSupported,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.spidermiddlewares.httperror import HttpError
from w3lib.url import file_uri_to_path

from newscrawl import __version__, saved
from newscrawl.errors import BlockedError
from newscrawl.signals import page_blocked

logger = logging.getLogger(__name__)

_TITLE = re.compile(rb"<title[^>]*>\s*(.*?)\s*</title>", re.I | re.S)
_TITLE_WITHIN = 16 * 1024


class OffsiteError(IgnoreRequest):
    """A request for a host that is not of this run."""


class HostStopped(IgnoreRequest):
    """A request for a host that is asked no more in this run."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a failed request comes to in the ledger."""

    state: Literal["refused", "failed"]
    reason: str
    status: int | None = None


def describe(error: BaseException | None) -> Told:
    """What Scrapy's error means for the page: refused if it will not be another time, else failed."""
    if isinstance(error, HttpError):
        status = error.response.status
        return Told("failed" if status >= 500 or status in (408, 425) else "refused", f"http_{status}", status)
    if type(error) is IgnoreRequest:
        return Told("refused", "robots_txt" if "robots.txt" in str(error) else "redirect_loop")
    return next((told for kind, told in _TOLD.items() if isinstance(error, kind)), Told("failed", "download_failed"))


_TOLD: dict[type[BaseException], Told] = {
    OffsiteError: Told("refused", "offsite"),
    DownloadCancelledError: Told("refused", "too_large"),
    NotSupported: Told("refused", "scheme"),
    UnsupportedURLSchemeError: Told("refused", "scheme"),
    DownloadTimeoutError: Told("failed", "timeout"),
    CannotResolveHostError: Told("failed", "no_such_host"),
    DownloadConnectionRefusedError: Told("failed", "connection_refused"),
}


class SavedPages:
    """Answers the requests of a run over files with these files; no other run can ask for a file."""

    def __init__(self, crawler: Crawler) -> None:
        arguments = getattr(crawler.spider, "arguments", None)
        if arguments is None or arguments.source != "files":
            raise NotConfigured
        self._max_bytes = crawler.settings.getint("NEWSCRAWL_MAX_PAGE_BYTES")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes NEWSCRAWL_MAX_PAGE_BYTES."""
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        """The file as a response of its own time (Memento-Datetime). Raises OSError."""
        if not request.url.startswith("file:"):
            return None
        page = await asyncio.to_thread(saved.read, Path(file_uri_to_path(request.url)), self._max_bytes)
        headers = {"Memento-Datetime": format_datetime(page.fetched_at, usegmt=True)}
        if page.content_type:
            headers["Content-Type"] = page.content_type
        return Response(request.url, headers=headers, body=page.body)


class OffsiteMiddleware:
    """Only hosts of the run are asked; unlike Scrapy's, exactly these, dont_filter or not, and the errback is told."""

    def __init__(self, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "hosts"):
            raise NotConfigured
        self._hosts: frozenset[str] = crawler.spider.hosts  # type: ignore[union-attr]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Off for a spider without `hosts`."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises OffsiteError."""
        host = urlsplit(request.url).hostname
        if host not in self._hosts:
            raise OffsiteError(f"{host} is not of this run")


class RobotsTxtMiddleware(ScrapyRobotsTxtMiddleware):
    """Scrapy's, for requests that come while robots.txt is on its way.

    Scrapy 2.19 lets them await one Deferred, which has its result for the first of them and None for the others: these
    would be asked for as if there were no robots.txt.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host; None where there are none to be had."""
        async with self._turns[_host(request.url)]:
            return await super().robot_parser(request)


class HostGuard:
    """A host that blocks, or whose robots.txt cannot be had (RFC 9309, 2.3.1.4), is asked no more in this run.

    In a replay a block is history: it is told, and stops nothing. Stands between robots.txt and retries.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._stats = crawler.stats
        self._titles: frozenset[str] = getattr(crawler.spider, "block_titles", frozenset())
        self._paths: frozenset[str] = getattr(crawler.spider, "block_paths", frozenset())
        self._replayed: bool = getattr(crawler.spider, "replayed", False)
        self._stopped: set[str] = set()
        crawler.signals.connect(self.block, page_blocked)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes block_titles and block_paths of the spider."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises HostStopped."""
        if (host := _host(request.url)) in self._stopped:
            raise HostStopped(host)

    def process_response(self, request: Request, response: Response) -> Response:
        """The response, unless it is a block (BlockedError) or the end of a host (HostStopped)."""
        if reason := self._block_in(response):
            self.block(response.url, reason)
            raise BlockedError(request.url, reason)
        if _is_robots_txt(request) and response.status >= 500:
            self._stop(request.url, "unreachable", f"robots.txt: HTTP {response.status}")
            raise HostStopped(_host(request.url))
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Raises HostStopped for a robots.txt that did not come."""
        if _is_robots_txt(request) and not isinstance(exception, IgnoreRequest | BlockedError):
            self._stop(request.url, "unreachable", describe(exception).reason.replace("_", " "))
            raise HostStopped(_host(request.url)) from exception

    def block(self, url: str, reason: str) -> None:
        """Stop asking the host of `url`."""
        if not self._replayed:
            self._stop(url, "blocked", reason.replace("_", " "))

    def _block_in(self, response: Response) -> str | None:
        if response.status in (401, 403, 429):
            return f"http_{response.status}"
        if urlsplit(response.url).path in self._paths:
            return "challenge_path"
        title = _TITLE.search(response.body[:_TITLE_WITHIN]) if self._titles else None
        return "challenge_title" if title and title[1].decode("utf-8", "replace") in self._titles else None

    def _stop(self, url: str, why: str, detail: str) -> None:
        host = _host(url)
        if host and host not in self._stopped:
            self._stopped.add(host)
            self._stats.inc_value(f"newscrawl/hosts/{why}")
            if not self._stats.get_value("newscrawl/trouble"):
                self._stats.set_value("newscrawl/trouble", f"{host}: {detail}")
            logger.info("%s is asked no more in this run: %s", url, detail)


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
        replayed = getattr(self._crawler.spider, "replayed", False)
        if replayed or delay <= self._crawler.settings.getfloat("DOWNLOAD_DELAY"):
            return
        downloader.per_slot_settings[host] = {"delay": delay, "jitter": 0.0, "concurrency": 1}
        if slot := downloader.slots.get(host):
            slot.delay, slot.jitter, slot.concurrency = delay, 0.0, 1
        logger.info("%s asks for %g s between requests", host, delay)


def user_agent(contact: str) -> str:
    """An honest one: what crawls, in which version, and whom to tell."""
    return f"newscrawl/{__version__} (+{contact})"


def _is_robots_txt(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt")) and urlsplit(request.url).path == "/robots.txt"


def _host(url: str) -> str:
    return urlsplit(url).netloc
