"""The publisher's site as it is now: its lists, or the addresses of `urls=`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from scrapy import Request

from newscrawl.article import Link
from newscrawl.crawl.network.robots import find_sitemaps
from newscrawl.crawl.source import Source
from newscrawl.items import ListRequest
from newscrawl.publishers import find_publisher
from newscrawl.urls import split_host


class Live(Source):
    """`scrapy crawl NAME`."""

    @property
    def hosts(self) -> frozenset[str]:
        """Those of the publisher and of the given addresses, which may redirect to other hosts of their publishers."""
        given = self._arguments.urls
        return self.publisher.hosts.union(
            (split_host(url)[0] for url in given), *(find_publisher(url).hosts for url in given)
        )

    async def start(self) -> AsyncIterator[ListRequest | Link]:
        for url in self._arguments.urls:
            yield Link(url=url, source="urls")
        if not self._arguments.urls:
            for wanted in await self._lists():
                yield wanted

    async def _lists(self) -> list[ListRequest]:
        """Each list once: in the order of robots.txt, read as the publisher's value says."""
        sitemaps = await find_sitemaps(self._crawler, Request(self.publisher.home, headers=self.headers()))
        followed = [url for url in sitemaps if self.publisher.sitemap_paths.search(urlsplit(url).path)]
        named = [*(("sitemap", url) for url in followed), *self.publisher.lists]
        sources = {url: source for source, url in reversed(named)}
        return [ListRequest(source=sources[url], url=url) for url in dict.fromkeys(url for _, url in named)]
