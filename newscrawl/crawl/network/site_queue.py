"""The queue of a run over many sites: which site's request is sent next."""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush
from itertools import count
from time import monotonic
from typing import Any, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.pqueues import DownloaderAwarePriorityQueue
from scrapy.utils.asyncio import CallLaterResult, call_later

from newscrawl.crawl.network.pace import Downloader

_LEAST_WAIT = 0.001


class SiteQueue(DownloaderAwarePriorityQueue):
    """Gives out requests of sites that may be requested now, first of those that have got the fewest so far.

    So a site that comes late catches up with the others; sites that have got as many take turns.

    Scrapy's gives out one of the site with the fewest requests in work, which then waits for the delay of its site and
    takes the place of one that could be sent; and it looks at all sites each time.
    """

    def __init__(self, crawler: Crawler, *arguments: Any, **options: Any) -> None:
        super().__init__(crawler, *arguments, **options)
        self._downloader = cast("Downloader", crawler.engine.downloader)
        self._downloader.on_free.append(self._free)
        self._size = sum(map(len, self.pqueues.values()))
        # each site with requests is in one of these
        self._ready: list[tuple[int, int, str]] = []
        self._later: list[tuple[float, str]] = []
        self._busy: set[str] = set()
        self._known = set(self.pqueues)
        self._given: Counter[str] = Counter()
        self._turns = count()
        for site in self.pqueues:
            self._add_ready(site)
        self._timer: CallLaterResult | None = None

    def __len__(self) -> int:
        return self._size

    def push(self, request: Request) -> None:
        super().push(request)
        self._size += 1
        site = self._downloader.get_slot_key(request)
        if site not in self._known:
            self._known.add(site)
            self._add_ready(site)

    def pop(self) -> Request | None:
        """Return the next request; None where every site has to wait, until the first one need not any more."""
        now = monotonic()
        while self._later and self._later[0][0] <= now:
            self._add_ready(heappop(self._later)[1])
        while self._ready:
            *_, site = heappop(self._ready)
            if self._downloader.is_busy(site):
                self._busy.add(site)
            elif (ready_at := self._downloader.ready_at(site)) > now:
                heappush(self._later, (ready_at, site))
            elif request := self._pop_of(site):
                return request
        self._wait(now)
        return None

    def close(self) -> dict[str, list[int]]:
        if self._timer:
            self._timer.cancel()
        self._downloader.on_free.remove(self._free)
        return super().close()

    def _pop_of(self, site: str) -> Request | None:
        queue = self.pqueues[site]
        request = queue.pop()
        self._given[site] += 1
        if len(queue):
            self._add_ready(site)
        else:
            del self.pqueues[site]
            queue.close()
            self._known.discard(site)
        if request:
            self._size -= 1
        return request

    def _free(self, site: str) -> None:
        if site in self._busy:
            self._busy.discard(site)
            self._add_ready(site)

    def _add_ready(self, site: str) -> None:
        heappush(self._ready, (self._given[site], next(self._turns), site))

    def _wait(self, now: float) -> None:
        """Have the engine look again when the first site may be requested: it would in five seconds only."""
        if self._later and self._timer is None:
            self._timer = call_later(max(_LEAST_WAIT, self._later[0][0] - now), self._wake)

    def _wake(self) -> None:
        self._timer = None
        if slot := self.crawler.engine._slot:  # Scrapy has no public way
            slot.nextcall.schedule()
