"""What a run finds out about a site of which only the home page is known: its lists, and which links are articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from newscrawl.article import Link
from newscrawl.crawl.policy import site_lists
from newscrawl.crawl.policy.sections import find_sections
from newscrawl.crawl.policy.site_lists import SiteLists
from newscrawl.crawl.policy.url_patterns import SitePatterns
from newscrawl.crawl.policy.url_shapes import without_origin
from newscrawl.discovery import Listing
from newscrawl.items import ListRequest
from newscrawl.publisher import Publisher
from newscrawl.publishers import normalize_by_publisher
from newscrawl.states import ListState, UrlPattern
from newscrawl.urls import site_key

_MAX_HELD = 200
"""Links of a site that wait for what comes of others like them."""
_MAX_PAGES = 5
"""Further pages of a front page that are read, while most of the articles on each are new."""
_MAX_COMPARED = 5000
"""Links of a list whose addresses are compared with those of the home page."""


class Explorer:
    """Finds the lists of one site, and chooses the links to follow, while the site is crawled."""

    def __init__(self, site: Publisher) -> None:
        self.site = site
        self.named: Sequence[str] = ()
        """Sitemaps in its robots.txt."""
        self.patterns = SitePatterns(site.name)
        self._asked: set[str] = set()
        self._waiting: set[str] = set()
        """Lists that have been requested, and not answered yet."""
        self._on_home: int | None = None
        """Number of articles on its home page; None: not read in this run."""
        self._unlisted: set[int] = set()
        self._listed: set[int] = set()
        """Of those, the ones that no other list names; and what lists named that were read before it. Hashes of URLs:
        there may be a thousand sites."""
        self._has_lists = False
        self._next_pages: dict[str, str] = {}
        self._further: list[ListRequest] = []
        """Where front pages continue, by their URLs; and those continuations that are worth a request."""
        self._fronts = {normalize_by_publisher(site.home)}
        """Its front pages, which are no articles."""
        self._held: defaultdict[str, dict[str, Link]] = defaultdict(dict)

    def know(self, patterns: Iterable[UrlPattern]) -> None:
        """Take what earlier runs learned of the site's URLs."""
        self.patterns = SitePatterns(self.site.name, patterns)

    def find_lists(self, states: Mapping[str, ListState], now: datetime) -> list[ListRequest]:
        """Return the lists to request next; none while others are not answered yet, or when all are known."""
        if self._waiting:
            return []
        self._fronts.update(
            normalize_by_publisher(url) for url, state in states.items() if state.source == "front_page"
        )
        known = self._describe(states)
        found = site_lists.find_next(known, now, self._asked)
        if not found and self._further and not site_lists.covers(known):
            further = {each.url: each for each in self._further if each.url not in self._asked}
            self._further.clear()
            return list(further.values())
        self._asked.update(url for _, url in found)
        guesses = {url for _, url in found if site_lists.is_guess(url) and not _was_read(states.get(url))}
        return [
            ListRequest(source=source, url=url, site=self.site.name, is_guess=url in guesses and url not in self.named)
            for source, url in found
        ]

    def is_idle(self, states: Mapping[str, ListState], now: datetime, is_due: Callable[[ListState], bool]) -> bool:
        """Whether the site has no list that a run would request now, as far as is known without its robots.txt."""
        known, asked = self._describe(states), set[str]()
        while found := site_lists.find_next(known, now, asked):
            if any(url not in states or is_due(states[url]) for _, url in found):
                return False
            asked.update(url for _, url in found)
        return True

    def expect(self, url: str) -> None:
        """Note that a list is requested."""
        self._asked.add(url)
        self._waiting.add(url)

    def finish(self, url: str) -> None:
        """Note that a list was answered, or failed."""
        self._waiting.discard(url)

    def note(self, wanted: ListRequest, links: Sequence[Link], new: int) -> None:
        """Compare what the home page and the other lists of the site name; `new` of the links were not known before."""
        older = self._next_pages.pop(wanted.url, None)
        if older and new and 2 * new >= len(links) and wanted.depth < _MAX_PAGES:
            self._further.append(replace(wanted, url=older, depth=wanted.depth + 1))
        if wanted.source == "front_page" and wanted.url != self.site.home:
            return
        urls = {hash(normalize_by_publisher(link.url)) for link in links[:_MAX_COMPARED]}
        if wanted.source == "front_page":
            self._on_home, self._unlisted, self._listed = len(urls), urls - self._listed, set()
        elif self._on_home is None:
            self._listed |= urls
        else:
            self._unlisted -= urls
        self._has_lists = self._has_lists or wanted.source != "front_page"

    def name_lists(self, wanted: ListRequest, listing: Listing, url: str) -> list[tuple[str, str]]:
        """Return further lists of the site that its home page names, as (source, URL)."""
        older = next((each.address for each in listing.lists if each.source == "next_page"), None)
        if older and site_key(older) == site_key(url):
            self._next_pages[wanted.url] = older
        if wanted.url != self.site.home:
            return []
        feeds = site_lists.choose_feeds(listing.lists, url)
        sitemaps = site_lists.choose_sitemaps(listing.lists, url)
        sections = find_sections(listing.links, url)
        self._fronts.update(map(normalize_by_publisher, sections))
        return [
            *(("feed", address) for address in feeds),
            *(("sitemap", address) for address in sitemaps),
            *(("front_page", address) for address in sections),
        ]

    def select(self, links: Iterable[Link]) -> tuple[list[Link], int]:
        """Return the links of a list to follow, the likeliest first, and how many others there are.

        Links that are unlikely to be articles are kept until it is known what others like them are.
        """
        trimmed = {(normalize_by_publisher(link.url), link.capture): link for link in map(_trim, links)}
        pages = [link for (url, _), link in trimmed.items() if url not in self._fronts]
        decisions = self.patterns.decide(pages, datetime.now(UTC))
        followed = []
        for each in decisions:
            if each.is_followed:
                followed.append(each.link)
            elif each.chance > 0 and sum(map(len, self._held.values())) < _MAX_HELD:
                self._held[each.pattern][normalize_by_publisher(each.link.url)] = each.link
        return followed, len(decisions) - len(followed)

    def take_likely(self) -> list[Link]:
        """Return the links that have become likely to be articles since they were kept."""
        likely = []
        for pattern in {*self._held} & self.patterns.changed:
            decisions = self.patterns.decide(self._held[pattern].values(), datetime.now(UTC), probes=0)
            if followed := [each.link for each in decisions if each.is_followed]:
                likely += followed
                del self._held[pattern]
        return likely

    def _describe(self, states: Mapping[str, ListState]) -> SiteLists:
        unlisted = len(self._unlisted) / self._on_home if self._on_home and self._has_lists else None
        given = [(source, url) for source, url in self.site.lists if url != self.site.home]
        return SiteLists(home=self.site.home, named=self.named, given=given, states=states, unlisted=unlisted)


def _trim(link: Link) -> Link:
    url = without_origin(link.url) if link.capture is None else link.url
    return link if url == link.url else replace(link, url=url)


def _was_read(state: ListState | None) -> bool:
    return state is not None and state.read_at is not None
