"""robots.txt: fetched once a day from each server, and what its state means for the requests to it (RFC 9309)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from typing import Self
from urllib.parse import urljoin
from weakref import WeakKeyDictionary

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware as ScrapyRobotsTxtMiddleware
from scrapy.exceptions import StopDownload
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser, RobotParser
from scrapy.utils.misc import build_from_crawler

from newscrawl.crawl.network import robots_text
from newscrawl.crawl.network.failures import REQUEST_ERRORS, HostStopped, RefusedError, RunEnded, describe_failure
from newscrawl.crawl.network.hosts import ROBOTS_TXT, HostGuard, is_robots_txt
from newscrawl.crawl.network.shutdown import is_ending
from newscrawl.crawl.spider import NewsSpider
from newscrawl.urls import server_of

_MAX_REDIRECTS = 5
_MAX_DOWNLOAD = 16 * 2**20
"""Bytes that a server may announce, or unpack, for the 500 KiB that are read."""
_MAX_AGE, _RETRY_AGE = 24 * 3600.0, 3600.0
"""Seconds for which rules are used, and those that could not be fetched again."""
_SHORT_TIMEOUT = 15.0


@dataclass(frozen=True, slots=True)
class _Rules:
    parser: RobotParser | None
    """None where there is no robots.txt: everything may be fetched."""
    expires_at: float


class RobotsTxtMiddleware(ScrapyRobotsTxtMiddleware):
    """Obeys robots.txt as RFC 9309 says.

    Redirects are followed to any host, up to five. A 4xx means that there are no rules. A robots.txt that cannot be
    read stops its host, for whatever reason: a 5xx, the network, and our own limits on redirects, addresses and
    encodings. Rules that were read before stay valid while they cannot be read again. Of a large file the first
    500 KiB are read.

    Scrapy 2.19 refuses the redirect as offsite, keeps rules for ever, takes every failure for "no rules", and sends
    requests that come while robots.txt is being fetched as if there were none.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        spider = crawler.spider
        # of many sites, one that is dead must not hold up the start of the others
        is_hasty = isinstance(spider, NewsSpider) and spider.takes_sites
        timeout = min(_SHORT_TIMEOUT, crawler.settings.getfloat("DOWNLOAD_TIMEOUT"))
        self._meta = {"download_timeout": timeout, "max_retry_times": 1} if is_hasty else {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rules: dict[str, _Rules] = {}
        self._received: WeakKeyDictionary[Request, int] = WeakKeyDictionary()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.bytes_received, signals.bytes_received)
        return middleware

    def bytes_received(self, data: bytes, request: Request) -> None:
        """End the download of a robots.txt that is larger than what is read. Raises StopDownload."""
        if is_robots_txt(request):
            self._received[request] = received = self._received.get(request, 0) + len(data)
            if received > robots_text.MAX_BYTES:
                raise StopDownload(fail=False)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules for a request. Raises HostStopped where they cannot be read."""
        server = server_of(request.url)
        async with self._locks[server]:
            known = self._rules.get(server)
            if known is None or monotonic() >= known.expires_at:
                # Scrapy logs a traceback for a download that begins when it closes the spider
                if is_ending(self.crawler):
                    raise RunEnded(request.url)
                guard = self.crawler.get_downloader_middleware(HostGuard)
                if guard and guard.is_stopped(request.url):
                    raise HostStopped(server)
                known = self._rules[server] = await self._fetch(request, known)
            return known.parser

    async def _fetch(self, request: Request, known: _Rules | None) -> _Rules:
        try:
            response = await self.crawler.engine.download_async(
                _make_request(request.url, self.DOWNLOAD_PRIORITY, self._meta)
            )
        except RunEnded:
            raise
        except REQUEST_ERRORS as error:
            return self._do_without(request, known, _describe(error))
        if 200 <= response.status < 300 and response.status != HTTPStatus.PARTIAL_CONTENT:
            return _Rules(await self._parse(response, request), monotonic() + _MAX_AGE)
        if 400 <= response.status < 500 and response.status != HTTPStatus.TOO_MANY_REQUESTS:
            return _Rules(None, monotonic() + _MAX_AGE)
        return self._do_without(request, known, f"robots.txt: HTTP {response.status}")

    def _do_without(self, request: Request, known: _Rules | None, problem: str) -> _Rules:
        """Return the known rules, for a shorter time. Stops the host and raises HostStopped where there are none."""
        guard = self.crawler.get_downloader_middleware(HostGuard)
        if known and not (guard and guard.is_stopped(request.url)):
            return _Rules(known.parser, monotonic() + _RETRY_AGE)
        if guard:
            guard.stop(request.url, "unreachable", problem)
        raise HostStopped(request.url)

    async def _parse(self, response: Response, request: Request) -> RobotParser:
        text = robots_text.decode(response.body, is_cut="download_stopped" in response.flags)
        body = robots_text.simplify(text, self._robotstxt_useragent or self._default_useragent).encode()
        parser: RobotParser = build_from_crawler(self._parserimpl, self.crawler, body)
        await self.crawler.signals.send_catch_log_async(signals.robots_parsed, robotparser=parser, request=request)
        return parser


def _make_request(url: str, priority: int, meta: Mapping[str, float]) -> Request:
    robots_url = urljoin(url, "/robots.txt")
    return Request(
        robots_url,
        priority=priority,
        callback=NO_CALLBACK,
        meta={
            "dont_obey_robotstxt": True,
            ROBOTS_TXT: robots_url,
            "redirect_ttl": _MAX_REDIRECTS,
            "download_maxsize": _MAX_DOWNLOAD,
            **meta,
        },
    )


def _describe(error: BaseException) -> str:
    if isinstance(error, HostStopped):
        return "robots.txt: redirects to a host that is no longer requested"
    reason = describe_failure(error).reason.replace("_", " ")
    return f"robots.txt: {reason}" if isinstance(error, RefusedError) else reason


async def find_sitemaps(crawler: Crawler, request: Request) -> Sequence[str]:
    """Return the sitemaps in the robots.txt of a request's host; none where robots.txt is not read.

    A relative address is joined to that of robots.txt: in one of 70 real files they are relative. What is no address is
    left out.
    """
    middleware = crawler.get_downloader_middleware(RobotsTxtMiddleware)
    try:
        parser = await middleware.robot_parser(request) if middleware else None
    except HostStopped:
        return ()
    sitemaps = parser.rp.sitemaps if isinstance(parser, ProtegoRobotParser) else ()
    return [url for each in sitemaps if server_of(url := _join(urljoin(request.url, "/robots.txt"), each))]


def _join(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:  # "http://[Sitemap]"
        return ""
