"""The base of web archives: their index lists captures, which are fetched one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from scrapy import Request
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.http import Response

from newscrawl.article import CaptureRef, Link
from newscrawl.crawl.arguments import CrawlArguments
from newscrawl.crawl.network.failures import RequestFailure
from newscrawl.crawl.policy import archives, article_links
from newscrawl.crawl.policy.archives import IndexPrefix
from newscrawl.crawl.run_mode import RunMode
from newscrawl.crawl.source import Source
from newscrawl.discovery import Listing
from newscrawl.errors import ArgumentError, DiscoveryError
from newscrawl.items import ListRequest
from newscrawl.operations.run_counts import add_name
from newscrawl.publishers import Sites, normalize_by_publisher
from newscrawl.states import INDEX_SOURCES
from newscrawl.urls import split_host

_DAY_TOLERANCE = timedelta(days=1)  # the day in an address may differ by one from the day of publication
CAPTURE_DELAY = timedelta(days=60)
"""How long after its publication an article without a date in its address is searched for."""
_LEAST_LIKELY = 0.35
_FIRST_CAPTURES = datetime(1996, 1, 1, tzinfo=UTC)
_TIMEOUT_SECONDS = 180  # an index of billions of captures is slow


class WebArchive(Source):
    """The base of sources that fetch captures from a web archive."""

    mode: ClassVar[RunMode] = RunMode.WEB_ARCHIVE

    def __init__(self, sites: Sites, arguments: CrawlArguments) -> None:
        super().__init__(sites, arguments)
        for site in sites:
            if not archives.list_patterns(site):
                raise ArgumentError(
                    f"{site.name} has neither hosts nor past_prefixes: an archive is searched for addresses that begin "
                    "with one of them"
                )
        self._parts: set[tuple[CaptureRef | None, CaptureRef | None, int]] = set()
        """First and last row of each part of the index that continues, and the number of its rows."""

    def settings(self) -> Mapping[str, Any]:
        return {"DOWNLOAD_DELAY": self._setting("NEWSCRAWL_ARCHIVE_DELAY"), "DOWNLOAD_TIMEOUT": _TIMEOUT_SECONDS}

    def is_requested_again(self, link: Link, versions: Collection[datetime | None]) -> bool:
        """Each capture in the index is; a page that only a list names is not requested a second time."""
        return link.source == "cdx"

    def select_links(self, listing: Listing, url: str) -> Sequence[Link]:
        refs = [link.capture for link in listing.links if link.capture and not self._list_kind(link.capture)]
        if not refs:
            return [link for link in listing.links if not link.capture]
        likely = [ref for ref in refs if self._is_likely(ref)]
        if unlikely := len(refs) - len(likely):
            self._crawler.stats.inc_value("newscrawl/links/unlikely", unlikely)
        selected = archives.select_captures(likely, self._arguments.captures)
        return [Link(url=ref.url, source="cdx", capture=ref) for ref in selected]

    def retry_list(self, response: Response, error: DiscoveryError) -> Request | None:
        """Return the request again for a part of the index that came broken or as a page of the archive's own."""
        request, spider, wanted = response.request, self._crawler.spider, response.meta["list"]
        is_of_the_moment = error.reason in ("broken_tail", "broken_gzip", "not_cdx", "not_collinfo")
        if request is None or spider is None or wanted.source not in INDEX_SOURCES or not is_of_the_moment:
            return None
        return get_retry_request(request, spider=spider, reason=error.reason)

    def check_list(self, request: ListRequest, listing: Listing) -> Listing:
        """Return the list without its rest if it began again: resume keys lead back, or change for ever."""
        if request.source != "cdx" or not listing.links or not listing.more:
            return listing
        part = listing.links[0].capture, listing.links[-1].capture, len(listing.links)
        if part in self._parts:
            error = DiscoveryError(request.url, "too_many_entries", "the index returns the same rows again")
            return replace(listing, more=(), error=error)
        self._parts.add(part)
        return listing

    def is_refused_index(self, wanted: ListRequest, failure: RequestFailure) -> bool:
        return wanted.source in INDEX_SOURCES and failure.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)

    def find_absent_capture(self, link: Link, served: CaptureRef | None) -> CaptureRef | None:
        named = link.capture if link.source == "cdx" else None  # others are captures of a list's time
        if named is None:
            return None
        if served and _identify(served) == _identify(named):
            return None
        return replace(named, file=None, offset=None, length=None)

    def _list_patterns(self) -> list[str]:
        """Return the patterns of the addresses to look up in the index, and name them for the end of the run."""
        patterns = [each for site in self.sites for each in archives.list_patterns(site)]
        for pattern in patterns:
            add_name(self._crawler.stats.get_stats(), "prefixes", pattern)
        return patterns

    def _queries(self, patterns: Iterable[str]) -> Iterator[tuple[IndexPrefix, Mapping[str, date]]]:
        """Yield URL prefixes to look up in the index, each with the range of capture times."""
        first, last = self._days
        for pattern in patterns:
            is_dated = "{day}" in pattern
            within = {"since": first - _DAY_TOLERANCE} if is_dated else {"since": first, "until": last + CAPTURE_DELAY}
            for wanted in archives.expand_prefixes([pattern], first - _DAY_TOLERANCE, last + _DAY_TOLERANCE):
                yield wanted, within

    @property
    def _days(self) -> tuple[date, date]:
        since = self._arguments.since or _FIRST_CAPTURES
        until = self._arguments.until or datetime.now(UTC)
        return since.date(), max(since, until - timedelta.resolution).date()

    def _list_kind(self, ref: CaptureRef) -> str | None:
        """Return the discovery module that reads a captured page, if that is one of the publisher's past lists."""
        bare = normalize_by_publisher(ref.url).partition("://")[2].removeprefix("www.")
        past_lists = (each for site in self.sites for each in site.past_lists)
        prefixes = ((kind, pattern.partition("{day}")[0]) for kind, pattern in past_lists)
        return next((kind for kind, prefix in prefixes if bare.startswith(prefix)), None)

    def _is_likely(self, ref: CaptureRef) -> bool:
        """Whether a capture may be an article: of an explored site, archives list pages of every kind."""
        site = self.find_site(ref.url)
        is_any_page = site is not None and site.explored
        return not is_any_page or article_links.score(Link(url=ref.url, source="cdx")) >= _LEAST_LIKELY

    def _setting(self, name: str) -> Any:
        return self._crawler.settings[name]


def _identify(ref: CaptureRef) -> tuple[str, datetime]:
    return normalize_by_publisher(ref.url), ref.captured_at


def list_hosts(*urls: str) -> frozenset[str]:
    return frozenset(split_host(url)[0] for url in urls)
