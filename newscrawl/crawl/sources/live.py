"""The publisher's site as it is now: its lists, or the addresses that the run was given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from newscrawl.article import Link
from newscrawl.crawl.sources._source import Source
from newscrawl.items import ListRequest


class Live(Source):
    """`scrapy crawl bloomberg`."""

    @property
    def hosts(self) -> frozenset[str]:
        """Those of the addresses that were given, else the site's."""
        return frozenset(urlsplit(url).hostname or "" for url in self._arguments.urls) or self.publisher.hosts

    async def start(self) -> AsyncIterator[ListRequest | Link]:
        """The addresses that were given; else the lists, those first that robots.txt names."""
        for url in self._arguments.urls:
            yield Link(url=url, source="urls")
        if not self._arguments.urls:
            for wanted in await self._lists():
                yield wanted

    async def _lists(self) -> list[ListRequest]:
        """Each list once: by the first who names it, read as the site says."""
        named = [*(("sitemap", url) for url in await self._crawl.robots_sitemaps()), *self.publisher.lists]
        sources = {url: source for source, url in reversed(named)}
        return [ListRequest(source=sources[url], url=url) for url in dict.fromkeys(url for _, url in named)]
