"""How the pages of a run are shared among its sites."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from typing import Generic, TypeVar

_Page = TypeVar("_Page")


class PageShares(Generic[_Page]):
    """Holds pages back, so that each site has few of them in work and takes no more than its share of the limit.

    What a site does not use goes to the others at the end.
    """

    def __init__(
        self, sites: Mapping[str, int | None], *, limit: int | None = None, at_work: int, max_held: int
    ) -> None:
        """`sites` are their keys, each with a limit of its own or None; `at_work` and `max_held` are of one site."""
        self._limit, self._max_at_work, self._max_held = limit, at_work, max_held
        self._own = dict(sites)
        self._quotas: dict[str, float] = {}
        for place, (site, own) in enumerate(sites.items()):
            share = float("inf") if limit is None else limit // len(sites) + (place < limit % len(sites))
            self._quotas[site] = min(share, float("inf") if own is None else own)
        self._taken: Counter[str] = Counter()
        self._at_work: Counter[str] = Counter()
        self._held: defaultdict[str, deque[_Page]] = defaultdict(deque)
        self.dropped: Counter[str] = Counter()
        """Pages by site that were too many to be held."""

    def take(self, site: str, page: _Page) -> bool:
        """Whether a page of a site may be requested now; if not, it is held back or dropped."""
        if not self._held[site] and self._has_room(site):
            self._add(site)
            return True
        if len(self._held[site]) < self._max_held:
            self._held[site].append(page)
        else:
            self.dropped[site] += 1
        return False

    def finish(self, site: str) -> list[_Page]:
        """Note that a page is done; return the pages of its site to request now."""
        self._at_work[site] -= 1
        return self._release(site)

    def drop(self, site: str) -> int:
        """Forget what is held of a site; return how many pages that are."""
        return len(self._held.pop(site, ()))

    def count_held(self) -> dict[str, int]:
        return {site: len(pages) for site, pages in self._held.items() if pages}

    def share_rest(self) -> list[_Page]:
        """Share what is left of the limit among the sites with more pages; return the pages to request now."""
        while self._limit is not None and (rest := self._limit - self._taken.total()) > 0:
            waiting = [site for site, pages in self._held.items() if pages and self._may_have_more(site)]
            if not waiting:
                break
            for place, site in enumerate(waiting):
                own, share = self._own.get(site), rest // len(waiting) + (place < rest % len(waiting))
                wanted = self._taken[site] + share
                self._quotas[site] = wanted if own is None else min(own, wanted)
            released = [page for site in waiting for page in self._release(site)]
            if released:
                return released
            break
        return []

    def _may_have_more(self, site: str) -> bool:
        own = self._own.get(site)
        return own is None or self._taken[site] < own

    def _has_room(self, site: str) -> bool:
        quota = self._quotas.setdefault(site, float("inf") if self._limit is None else 0)
        return self._at_work[site] < self._max_at_work and self._taken[site] < quota

    def _add(self, site: str) -> None:
        self._at_work[site] += 1
        self._taken[site] += 1

    def _release(self, site: str) -> list[_Page]:
        released, held = [], self._held[site]
        while held and self._has_room(site):
            released.append(held.popleft())
            self._add(site)
        return released
