"""Downloader middlewares: saved pages, and which hosts, redirects and encodings are accepted."""

from __future__ import annotations

import asyncio
import logging
import sys
from email.utils import format_datetime
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware as ScrapyHttpCompressionMiddleware
from scrapy.downloadermiddlewares.offsite import OffsiteMiddleware as ScrapyOffsiteMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirectMiddleware
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from w3lib.url import file_uri_to_path

from newscrawl.address_policy import is_private_host, read_allowed
from newscrawl.archives import saved_pages
from newscrawl.archives.payload import find_missing_range
from newscrawl.content_encodings.body import decode_body
from newscrawl.content_encodings.streams import EncodingError
from newscrawl.crawl.embedded import find_run
from newscrawl.crawl.network.failures import BrokenResponseError, HostStopped, RefusedError
from newscrawl.crawl.network.hosts import is_memento, is_robots_txt
from newscrawl.crawl.network.responses import get_header, mark_incomplete, replace_body
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import NewsSpider, find_mode, find_spider, is_inspected
from newscrawl.errors import BlockedError
from newscrawl.states import PRIVATE_ADDRESS
from newscrawl.urls import decode_octets, server_of, without_final_dot

logger = logging.getLogger(__name__)

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_CONDITIONS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range")
_LIMITS = ("too_large", "content_encoding")
"""Reasons of a body that is not decoded, whatever of it came."""


class ReportRefusals:
    """Logs why a request was refused, once for each reason and host: Scrapy ignores it without a word.

    Of newscrawl's own spiders, the ledger has the reason.
    """

    def __init__(self, crawler: Crawler) -> None:
        if isinstance(crawler.spider, NewsSpider) and not is_inspected(crawler):
            raise NotConfigured
        self._run = None if is_inspected(crawler) else find_run(crawler)
        self._reported: set[tuple[str, str]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_exception(self, request: Request, exception: Exception) -> None:
        if isinstance(exception, RefusedError | HostStopped | BlockedError):
            reason = getattr(exception, "reason", "stopped"), server_of(request.url)
            if reason not in self._reported:
                self._reported.add(reason)
                logger.warning("%s", exception)
                if self._run:
                    self._run.report_trouble(str(exception), is_first=True)


class SavedPages:
    """Answers requests for `file:` URLs in a run over saved pages; off in every other run."""

    def __init__(self, crawler: Crawler) -> None:
        if find_mode(crawler) is not RunMode.SAVED_PAGES:
            raise NotConfigured
        self._max_bytes = crawler.settings.getint("NEWSCRAWL_MAX_PAGE_BYTES")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> Response | None:
        """Return the file as a response, with its modification time as Memento-Datetime. Raises OSError."""
        if not request.url.startswith("file:"):
            return None
        page = await asyncio.to_thread(saved_pages.read, Path(file_uri_to_path(request.url)), self._max_bytes)
        if page.incomplete_reason:
            mark_incomplete(request, request.url, page.incomplete_reason)
        headers = {"Memento-Datetime": format_datetime(page.fetched_at, usegmt=True)}
        if page.content_type:
            headers["Content-Type"] = page.content_type
        return Response(request.url, headers=headers, body=page.body)


class OffsiteMiddleware:
    """Refuses requests to hosts that are not the run's.

    Unlike Scrapy's it has no subdomains but www., m. and the like, applies to dont_filter too, and calls the errback.
    A robots.txt may be anywhere.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._source = find_spider(crawler).source

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self | ScrapyOffsiteMiddleware:
        """Return Scrapy's own for a spider that is no NewsSpider: its allowed_domains decide."""
        return cls(crawler) if isinstance(crawler.spider, NewsSpider) else ScrapyOffsiteMiddleware.from_crawler(crawler)

    def process_request(self, request: Request) -> None:
        if not is_robots_txt(request) and not self._source.accepts(request.url):
            raise RefusedError("offsite", f"{server_of(request.url)} is not a host of this run")


class PrivateAddresses:
    """Refuses URLs whose host is a private IP address, in any spelling.

    Names are checked when they are connected to (newscrawl.crawl.network.download), except behind a proxy.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._allowed = read_allowed(crawler.settings["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"])

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        if not find_mode(crawler).uses_network:
            raise NotConfigured
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        if is_private_host(host, self._allowed):
            raise RefusedError(PRIVATE_ADDRESS, f"{host} is a private address")


class RedirectMiddleware(ScrapyRedirectMiddleware):
    """Scrapy's, with a reason for each redirect that is not followed: too many, a loop, too long, a scheme, invalid.

    Conditions are not sent along: they are about the page of the first URL, and a 304 would be about another one.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if response.status not in _REDIRECTS or "Location" not in response.headers:
            return response
        try:
            result = super().process_response(request, _with_text_location(response))
            if isinstance(result, Request):
                return self._make_next(result)
        except RefusedError:
            raise
        except IgnoreRequest as error:
            raise RefusedError("redirect_loop", str(error)) from error
        except ValueError as error:
            raise RefusedError("bad_redirect", f"{request.url} redirects to an invalid URL ({error})") from error
        if not request.meta.get("dont_redirect"):
            raise RefusedError("scheme", f"{request.url} redirects to another scheme")
        return result

    def _make_next(self, redirected: Request) -> Request:
        """Return the request to send next. Raises RefusedError, and ValueError for an invalid URL."""
        if not server_of(redirected.url):
            raise ValueError(redirected.url)
        for name in _CONDITIONS:
            redirected.headers.pop(name, None)
        result = redirected.replace(url=without_final_dot(redirected.url))
        max_length = self.crawler.settings.getint("URLLENGTH_LIMIT")
        if max_length and len(result.url) > max_length:
            raise RefusedError("url_too_long", f"a redirect to {result.url[:100]}…")
        if result.url in result.meta["redirect_urls"]:
            raise RefusedError("redirect_loop", f"{result.url} redirects to itself")
        return result


def _with_text_location(response: Response) -> Response:
    """Percent-encode what is no UTF-8 in a Location header, as browsers do."""
    location = decode_octets(response.headers["Location"] or b"").encode()
    return response.replace(headers={**response.headers, "Location": location})


class HttpCompressionMiddleware(ScrapyHttpCompressionMiddleware):
    """Decodes bodies as archives do; a response of which a part is missing is retried, then fails.

    Scrapy's takes a body whose compression ends early for a whole one. Of an archived page the part is passed on,
    because an archive has no more.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler=crawler)
        self._crawler = crawler

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        labels = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        is_range = "Range" in request.headers
        try:
            decoded = decode_body(
                response.body,
                {"content-encoding": labels},
                max_bytes=request.meta.get("download_maxsize", self._max_size) or sys.maxsize,  # 0: no limit
                by_label_only=is_range or "list" in request.meta,  # a list may be a compressed file
            )
        except EncodingError as error:
            if error.reason in _LIMITS:
                raise RefusedError(error.reason, f"{request.url}: {error}") from error
            return self._retry(request, response, error.reason)
        content_range = get_header(response, "Content-Range") or ""
        missing = None if is_range else find_missing_range(response.status, content_range)
        # Of a robots.txt that is too large, the first part is enough.
        if (reason := decoded.incomplete_reason or missing) and "download_stopped" not in response.flags:
            if not (find_mode(self._crawler) is RunMode.WEB_ARCHIVE and is_memento(response)):
                return self._retry(request, response, reason)
            mark_incomplete(request, response.url, reason)
        return replace_body(response, decoded.body) if decoded.is_encoded or labels else response

    def _retry(self, request: Request, response: Response, reason: str) -> Request:
        mark_incomplete(request, response.url, reason)
        spider, settings = self._crawler.spider, self._crawler.settings
        is_retried = settings.getbool("RETRY_ENABLED") and not request.meta.get("dont_retry")
        if is_retried and spider and (again := get_retry_request(request, spider=spider, reason=reason)):
            del again.meta["incomplete"]
            return again
        raise BrokenResponseError(reason, f"{request.url}: only a part of the response came")
