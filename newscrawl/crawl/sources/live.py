"""Sites as they are now: their lists, or the addresses of `urls=`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import cached_property
from itertools import islice
from urllib.parse import urlsplit

from scrapy import Request

from newscrawl.article import Link
from newscrawl.crawl.network.robots import find_sitemaps
from newscrawl.crawl.source import SiteStart, Source
from newscrawl.discovery import Listing
from newscrawl.items import ListRequest
from newscrawl.publisher import Publisher
from newscrawl.publishers import find_publisher
from newscrawl.urls import has_host, split_host

_MAX_LISTS = 40
"""Lists that are taken from the front page of a site: its feeds and sections."""


class Live(Source):
    """`scrapy crawl NAME`."""

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Those of the given addresses, which may redirect to other hosts of their publishers."""
        given = self._arguments.urls
        return frozenset(split_host(url)[0] for url in given).union(*(find_publisher(url).hosts for url in given))

    def accepts(self, url: str) -> bool:
        return self.sites.find(url) is not None or has_host(url, self.hosts)

    async def start(self) -> AsyncIterator[ListRequest | Link | SiteStart]:
        for url in self._arguments.urls:
            yield Link(url=url, source="urls")
        if not self._arguments.urls:
            for site in self.sites:
                yield SiteStart(site)

    async def find_site_lists(self, site: Publisher) -> list[ListRequest]:
        """Each list once: in the order of robots.txt, read as the publisher's value says."""
        sitemaps = await find_sitemaps(self._crawler, Request(site.home, headers=self.headers()))
        followed = [url for url in sitemaps if site.sitemap_paths.search(urlsplit(url).path)]
        if site.explored:  # the news sitemaps first: they are short
            followed.sort(key=lambda url: "news" not in url.lower())
        named = [*(("sitemap", url) for url in followed), *site.lists]
        sources = {url: source for source, url in reversed(named)}
        urls = dict.fromkeys(url for _, url in named)
        return [ListRequest(source=sources[url], url=url, site=site.name) for url in urls]

    def find_lists(self, request: ListRequest, listing: Listing) -> Iterator[ListRequest]:
        """Yield the parts of a list, and the lists that the front page of an explored site names."""
        yield from super().find_lists(request, listing)
        site = self.sites.get(request.site)
        if site and site.explored and request.source == "front_page" and not request.depth:
            for each in islice(getattr(listing, "lists", ()), _MAX_LISTS):
                yield ListRequest(source=each.source, url=each.address, site=site.name, depth=1)
