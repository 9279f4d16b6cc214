"""What a response of a web archive is about: one address, or the whole service."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Response

from newscrawl.crawl.network.failures import BrokenResponseError, RefusedError, describe_failure
from newscrawl.crawl.network.hosts import HostGuard, is_memento, is_robots_txt
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.spider import find_mode
from newscrawl.urls import server_of

_ERROR_HEADER = "X-Archive-Wayback-Runtime-Error"
_REFUSALS = (
    ("archive_robots", re.compile(rb"RobotAccessControl|Blocked By Robots|due to robots\.txt", re.I)),
    ("archive_excluded", re.compile(rb"AccessControlException|Blocked Site|been excluded from the Wayback", re.I)),
    (
        "not_in_archive",
        re.compile(rb"ResourceNotInArchive|LiveDocumentNotAvailable|has not archived that URL|NoSuchKey", re.I),
    ),
)
"""What an archive says about one address, in that header or on a page of its own, with any status."""
_STATUSES = {404: "not_in_archive", 451: "archive_excluded"}
_SHOWN = 4096  # bytes of a page of the archive's own that may say why
_FORBIDDEN = (401, 403)
_MAX_FORBIDDEN, _MAX_FAILED = 3, 6
"""Addresses in a row after which a refusal without a reason, or an error, is that of the whole service."""


class ArchiveService:
    """A downloader middleware for web archives, which skips what is refused and stops a service that fails.

    A refusal of one address raises RefusedError. After several addresses in a row without a good response, the host
    gets no more requests in this run. Its place is between Slowdown and retries.
    """

    def __init__(self, crawler: Crawler) -> None:
        if find_mode(crawler) is not RunMode.WEB_ARCHIVE:
            raise NotConfigured
        self._crawler = crawler
        self._troubled: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        """By host, the addresses since its last good response, and whether each was forbidden."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response:
        """Return the response. Raises RefusedError, and BrokenResponseError for an error of the archive's software."""
        if is_robots_txt(request):
            return response
        response = response.replace(status=find_status(response))
        status, error = response.status, b"" if is_memento(response) else _read_error(response)
        reason = find_refusal(response, is_list="list" in request.meta)
        is_unexplained = status >= 500 or (status in _FORBIDDEN and not error)
        if is_unexplained and not reason and not is_memento(response):
            self._add_trouble(request, f"HTTP {status}", is_forbidden=status in _FORBIDDEN)
            return response
        self._troubled.pop(server_of(request.url), None)
        if reason:
            raise RefusedError(reason, f"{request.url}: {reason.replace('_', ' ')}")
        if error:
            raise BrokenResponseError("archive_error", f"{request.url}: {error[:200]!r}")
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        if not is_robots_txt(request) and not isinstance(exception, IgnoreRequest):
            self._add_trouble(request, describe_failure(exception).reason.replace("_", " "), is_forbidden=False)

    def _add_trouble(self, request: Request, detail: str, *, is_forbidden: bool) -> None:
        troubled = self._troubled[server_of(request.url)]
        troubled[request.url] = is_forbidden
        forbidden = sum(troubled.values())
        guard = self._crawler.get_downloader_middleware(HostGuard)
        if guard and (forbidden >= _MAX_FORBIDDEN or len(troubled) >= _MAX_FAILED):
            why = "blocked" if forbidden >= _MAX_FORBIDDEN else "unreachable"
            guard.stop(request.url, why, f"{len(troubled)} addresses in a row failed, the last one with {detail}")


def find_status(response: Response) -> int:
    """Return the status of a response; 503 for the 403 by which S3 asks for fewer requests."""
    is_slow_down = response.status in _FORBIDDEN and b"<Code>SlowDown</Code>" in response.body[:_SHOWN]
    return 503 if is_slow_down and not is_memento(response) else response.status


def find_refusal(response: Response, *, is_list: bool = False) -> str | None:
    """Return why an archive refuses one address, as a short code; None for a capture, a list and any other error."""
    if is_memento(response):
        return None
    text = _read_error(response)
    if not text and (response.status >= 400 or response.body.lstrip().startswith((b"<", b"org.archive"))):
        text = response.body[:_SHOWN]
    named = next((reason for reason, pattern in _REFUSALS if pattern.search(text)), None)
    return named or (None if is_list or _ERROR_HEADER in response.headers else _STATUSES.get(response.status))


def _read_error(response: Response) -> bytes:
    return response.headers.get(_ERROR_HEADER) or b""
