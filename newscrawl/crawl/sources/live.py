"""Sites as they are now: their lists, or the addresses of `urls=`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import cached_property
from urllib.parse import urlsplit

from scrapy import Request

from newscrawl.article import Link
from newscrawl.crawl.network.robots import find_sitemaps
from newscrawl.crawl.policy import lists, site_lists
from newscrawl.crawl.source import SiteStart, Source
from newscrawl.discovery import Listing
from newscrawl.items import ListRequest
from newscrawl.publisher import Publisher
from newscrawl.publishers import find_publisher
from newscrawl.urls import has_host, split_host


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
        named = [*(("sitemap", url) for url in followed), *site.lists]
        sources = {url: source for source, url in reversed(named)}
        urls = dict.fromkeys(url for _, url in named)
        return [ListRequest(source=sources[url], url=url, site=site.name) for url in urls]

    def select_links(self, listing: Listing, url: str) -> Sequence[Link]:
        """Select the links to follow from a list; of the index of an explored site, sitemaps that may have articles."""
        site = self.sites.find(url)
        if site and site.explored and lists.is_index(listing.links):
            kept = set(site_lists.select_article_sitemaps([link.url for link in listing.links]))
            return [link for link in listing.links if link.url in kept]
        return listing.links
