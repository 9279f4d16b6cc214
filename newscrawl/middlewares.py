"""Glue on the way to the network: what may be asked for, what of an answer is taken, and who is told to have asked."""

from __future__ import annotations

import asyncio
from email.utils import format_datetime
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware as ScrapyHttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirectMiddleware
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response
from w3lib.url import file_uri_to_path

from newscrawl.archives import saved_pages
from newscrawl.crawl.network.addresses import names_private, read_allowed
from newscrawl.crawl.network.failures import RefusedError
from newscrawl.crawl.spider import find_mode

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MOST_CODINGS = 3
"""Of one body: each costs time, and one is what servers use."""


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
        page = await asyncio.to_thread(saved_pages.read, Path(file_uri_to_path(request.url)), self._max_bytes)
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
        """Raises RefusedError (offsite)."""
        host = urlsplit(request.url).hostname
        if host not in self._hosts:
            raise RefusedError("offsite", f"{host} is not of this run")


class PrivateAddresses:
    """Refuses addresses that are private as they are written, in any spelling, before anything is asked of anybody.

    What names lead to is checked when they are connected to (`newscrawl.crawl.network.download`); of a host behind a
    proxy this is the only check.
    """

    def __init__(self, crawler: Crawler) -> None:
        """Raises ArgumentError."""
        self._allowed = read_allowed(crawler.settings["NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES"])

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Takes NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES; off where nobody is asked."""
        if not find_mode(crawler).uses_network:
            raise NotConfigured
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raises RefusedError (private_address)."""
        host = urlsplit(request.url).hostname or ""
        if names_private(host, self._allowed):
            raise RefusedError("private_address", f"{host} is no public address")


class RedirectMiddleware(ScrapyRedirectMiddleware):
    """Scrapy's, whose ends have names: too many, in a circle, too long, to another scheme, to no address."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """The response, or a request for where it redirects. Raises RefusedError."""
        if response.status not in _REDIRECTS or "Location" not in response.headers:
            return response
        try:
            answer = super().process_response(request, response)
        except IgnoreRequest as error:
            raise RefusedError("redirect_loop", str(error)) from error
        except ValueError as error:
            raise RefusedError("bad_redirect", f"{request.url} redirects to no address ({error})") from error
        if isinstance(answer, Request):
            self._check(answer)
        elif not request.meta.get("dont_redirect"):
            raise RefusedError("scheme", f"{request.url} redirects to another scheme")
        return answer

    def _check(self, redirected: Request) -> None:
        longest = self.crawler.settings.getint("URLLENGTH_LIMIT")
        if longest and len(redirected.url) > longest:
            raise RefusedError("url_too_long", f"a redirect to {redirected.url[:100]}…")
        if redirected.url in redirected.meta["redirect_urls"]:
            raise RefusedError("redirect_loop", f"{redirected.url} redirects to itself")


class HttpCompressionMiddleware(ScrapyHttpCompressionMiddleware):
    """Scrapy's, which unpacks no more than a body may have; here with a name for what has more."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """The response, unpacked. Raises RefusedError (too_large, content_encoding)."""
        codings = b",".join(response.headers.getlist("Content-Encoding"))
        if codings.count(b",") >= _MOST_CODINGS:
            raise RefusedError("content_encoding", f"{request.url} is packed more than {_MOST_CODINGS} times")
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise RefusedError("too_large", str(error)) from error
