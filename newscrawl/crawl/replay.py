"""Answers requests from an archive in place of the network (RFC 7089, Memento)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.utils.request import fingerprint

from newscrawl.archives import warc_reader
from newscrawl.archives.capture import Capture


class Replay:
    """The captures of an archive, by URL and time."""

    def __init__(self, captures: Iterable[Capture]) -> None:
        self._captures: defaultdict[str, list[Capture]] = defaultdict(list)
        for capture in captures:
            self._captures[capture.url].append(capture)
        for versions in self._captures.values():
            versions.sort(key=lambda capture: capture.captured_at)

    def current(self, url: str, moment: datetime | None = None) -> Capture | None:
        """The capture of `url` that was current at `moment`, or the latest; None where there was none yet."""
        versions = self._captures.get(url, [])
        if moment is None:
            return versions[-1] if versions else None
        # an HTTP date has no fractions of a second
        position = bisect_right(versions, moment, key=lambda capture: capture.captured_at.replace(microsecond=0))
        return versions[position - 1] if position else None


class ReplayDownloadHandler(BaseDownloadHandler):
    """Answers from the WARC file in the setting NEWSCRAWL_REPLAY, as of the header Accept-Datetime.

    Adds Memento-Datetime; a URL without a capture is a 404. Nothing reaches the network.
    """

    def __init__(self, crawler: Crawler) -> None:
        """Raises ArchiveError."""
        super().__init__(crawler)
        self._replay = Replay(warc_reader.read_captures(Path(crawler.settings["NEWSCRAWL_REPLAY"])))

    async def download_request(self, request: Request) -> Response:
        header = request.headers.get("Accept-Datetime")
        moment = parsedate_to_datetime(header.decode("latin-1")) if header else None
        capture = self._replay.current(request.url, moment)
        if capture and "link" in request.meta:
            request.meta.setdefault("captures", {})[request.url] = capture.ref
        if capture is None:
            return Response(request.url, status=404)
        headers = Headers(capture.headers)
        headers["Memento-Datetime"] = format_datetime(capture.captured_at.astimezone(UTC), usegmt=True)
        response_class = responsetypes.from_args(headers=headers, url=request.url, body=capture.body)
        return response_class(request.url, status=capture.status, headers=headers, body=capture.body)


class MementoFingerprinter:
    """Distinguishes requests for the same URL at different times."""

    def fingerprint(self, request: Request) -> bytes:
        return fingerprint(request, include_headers=["Accept-Datetime"])
