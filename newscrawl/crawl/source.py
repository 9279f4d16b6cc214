"""The base of sources: what a source decides about a run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from newscrawl.archives.warc_writer import Exchange
from newscrawl.article import CaptureRef, Link, Page
from newscrawl.crawl.arguments import CrawlArguments
from newscrawl.crawl.network.failures import RequestFailure, describe_failure
from newscrawl.crawl.network.responses import make_exchange, make_page
from newscrawl.crawl.run_mode import RunMode
from newscrawl.discovery import Listing
from newscrawl.errors import DiscoveryError
from newscrawl.items import ListRequest
from newscrawl.publisher import Publisher
from newscrawl.publishers import Sites
from newscrawl.urls import has_host, without_final_dot


@dataclass(frozen=True, slots=True)
class ArchivedRecord:
    """A WARC record of another archive, as it is there, and the capture that it holds."""

    record: bytes
    capture: CaptureRef


@dataclass(frozen=True, slots=True)
class SiteStart:
    """What a source yields for each site: the lists of the site come from `Source.start_site`, when it is its turn."""

    site: Publisher


class Source(ABC):
    """Where the pages of a run come from.

    The spider makes the requests and handles their outcome. Its source decides what the run starts with, what is
    requested for a link, and how a response becomes a page. The defaults are those of a live site.
    """

    mode: ClassVar[RunMode] = RunMode.LIVE

    def __init__(self, sites: Sites, arguments: CrawlArguments) -> None:
        """Raises ArgumentError where the run's arguments do not fit the source."""
        self.sites, self._arguments = sites, arguments

    def attach(self, crawler: Crawler) -> None:
        """Take the crawler of the run. Called once, before `settings` and everything that needs settings."""
        self._crawler = crawler

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that requests may be sent to, beside those of the sites of a live run."""
        return frozenset()

    def accepts(self, url: str) -> bool:
        """Whether requests may be sent to the host of a URL."""
        return has_host(url, self.hosts)

    def find_site(self, url: str) -> Publisher | None:
        """Return the site of a page, whose links are followed; None for another host."""
        return self.sites.find(url, past=self.mode.is_archive)

    def settings(self) -> Mapping[str, Any]:
        """Settings of Scrapy that the source needs."""
        return {}

    @abstractmethod
    def start(self) -> AsyncIterator[ListRequest | Link | Page | SiteStart]:
        """Yield what the run starts with: lists and pages to request, pages that need no request, or sites."""

    async def find_site_lists(self, site: Publisher) -> Sequence[ListRequest]:
        """Return the lists of a site to start with."""
        return ()

    @property
    def queries_per_minute(self) -> int:
        """Return how many requests for parts of an index are sent in a minute; 0: no limit."""
        return 0

    def next_lists(self) -> Iterable[ListRequest]:
        """Return lists to request when all requests are done; none ends the run."""
        return ()

    def headers(self) -> Mapping[str, str] | None:
        """Return the headers of a request that is made now."""
        return None

    def request_arguments(self, link: Link) -> Mapping[str, Any]:
        """Return "url" and other arguments of the request for a page. Raises ValueError where there can be none."""
        return {"url": without_final_dot(link.url)}

    def version(self, link: Link) -> datetime | None:
        """Return what distinguishes requests for the same page in one run: the time of its capture."""
        return link.capture.captured_at if link.capture else None

    def is_requested_again(self, link: Link, versions: Collection[datetime | None]) -> bool:
        """Whether a page that this run requested in other `versions` is requested in the link's version too."""
        return False

    def original_url(self, url: str) -> str:
        """Return the address whose content a response's URL serves: the base of relative links."""
        return url

    def select_links(self, listing: Listing, url: str) -> Sequence[Link]:
        """Select the links to follow from a list; `url` is its response's."""
        return listing.links

    def find_lists(self, request: ListRequest, listing: Listing) -> Iterator[ListRequest]:
        """Yield further lists that a list leads to, other than the sitemaps of an index."""
        for url in listing.more:
            yield replace(request, url=url, lastmod=None, statuses=())

    def read_page(self, response: Response) -> Page:
        """Make a page. Raises ArchiveError for a broken capture, BrokenResponseError for something else."""
        return make_page(response)

    def describe_failure(self, error: BaseException | None) -> RequestFailure:
        """Return what the error of a request means for its page."""
        return describe_failure(error)

    def check_list(self, request: ListRequest, listing: Listing) -> Listing:
        """Return a list with what the lists before it say about it."""
        return listing

    def retry_list(self, response: Response, error: DiscoveryError) -> Request | None:
        """Return a request for a list again that could not be read, or only in part; None: the next run tries it."""
        return None

    def is_refused_index(self, wanted: ListRequest, failure: RequestFailure) -> bool:
        """Whether a list that is refused is a part of an archive's index; a publisher's own list is gone then."""
        return False

    def find_absent_capture(self, link: Link, served: CaptureRef | None) -> CaptureRef | None:
        """Return the capture that a link names, without its place, if `served` is another one or None."""
        return None

    def read_capture(self, response: Response) -> Exchange | ArchivedRecord | None:
        """Return what to store of a response in our WARC files; None for nothing."""
        return make_exchange(response)
