"""Two crawlers to hold newscrawl against, reduced to their requests: they ask the same site at the same moments.

Full: every list and every page that a list names, every time. Once: every list with its validators, every page once.
Both read lists as newscrawl does, and a sitemap of every month that was lived.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from newscrawl import discovery
from newscrawl.article import Link
from tests.simulation.archive import Archive, Sighting
from tests.simulation.report import Yield, found
from tests.simulation.site import FEEDS, INDEXES, NEWS_SITEMAP, Answer, Site, kind_of
from tests.simulation.story import Plan, Story, spell_at

_LISTS = {
    NEWS_SITEMAP: "sitemap",
    **dict.fromkeys(INDEXES, "sitemap"),
    **dict.fromkeys(FEEDS, "feed"),
    "/": "front_page",
}


class Reference(ABC):
    """A crawler of a site of its own."""

    def __init__(self, plan: Plan, page_bytes: int) -> None:
        self.site = Site(plan, page_bytes=page_bytes)
        self.site.base = "http://127.0.0.1:8000"
        self._sightings: dict[Story, list[Sighting]] = defaultdict(list)

    @abstractmethod
    def list_headers(self, path: str) -> dict[str, str]:
        """The conditional headers of a request for a list."""

    @abstractmethod
    def is_wanted(self, path: str) -> bool:
        """Whether a page is requested."""

    @abstractmethod
    def remember(self, path: str, answer: Answer) -> None:
        """Take note of an answer."""

    def crawl(self, moment: datetime) -> None:
        """PlannedRequest for lists and pages; nothing of a site that refuses connections, or robots.txt."""
        self.site.now = moment
        spell = spell_at(moment)
        if (spell and spell.wrong == "refused") or self.site.answer("/robots.txt", {}).status != 200:
            return
        for path in sorted(self._listed()):
            if self.is_wanted(path):
                answer = self.site.answer(path, {})
                self.remember(path, answer)
                if answer.status == 200:
                    self._see(path, moment)

    def lived(self, moments: Sequence[datetime]) -> Yield:
        """Crawl at these moments; what was found."""
        for moment in moments:
            self.crawl(moment)
        return found(self.site, Archive(dict(self._sightings), 0, []), moments)

    def _see(self, path: str, moment: datetime) -> None:
        story = self.site.plan.by_path[path]
        text = story.version(moment).text
        self._sightings[story].append(Sighting(moment, moment, "full", text))

    def _listed(self) -> set[str]:
        """The paths of the articles that lists name."""
        links = [link for path, source in _LISTS.items() for link in self._read(path, source)]
        sitemaps = [urlsplit(link.url).path for link in links if link.source == "sitemap_index"]
        lived = [path for path in sitemaps if self.site.resource(path)]
        links += [link for path in lived for link in self._read(path, "sitemap")]
        paths = (urlsplit(link.url).path for link in links)
        return {path for path in paths if kind_of(path) == "page" and "/videos/" not in path}

    def _read(self, path: str, source: str) -> Iterable[Link]:
        answer = self.site.answer(path, self.list_headers(path))
        self.remember(path, answer)
        return _links(source, answer.body, self.site.base + path) if answer.status == 200 else ()


@lru_cache(maxsize=64)  # at night they are the same hour after hour
def _links(source: str, body: bytes, url: str) -> tuple[Link, ...]:
    return discovery.read(source, body, url).links


class Full(Reference):
    """Every list and every page, every time."""

    def list_headers(self, path: str) -> dict[str, str]:
        """Without conditions."""
        return {}

    def is_wanted(self, path: str) -> bool:
        """It is."""
        return True

    def remember(self, path: str, answer: Answer) -> None:
        """Nothing."""


class Once(Reference):
    """Every list if it changed, every page until it came."""

    def __init__(self, plan: Plan, page_bytes: int) -> None:
        super().__init__(plan, page_bytes)
        self._validators: dict[str, dict[str, str]] = {}
        self._stored: set[str] = set()

    def list_headers(self, path: str) -> dict[str, str]:
        """With the validators of its last answer."""
        return self._validators.get(path, {})

    def is_wanted(self, path: str) -> bool:
        """Until it came."""
        return path not in self._stored

    def remember(self, path: str, answer: Answer) -> None:
        """Keep validators, and what is stored."""
        if kind_of(path) == "page" and answer.status == 200:
            self._stored.add(path)
        elif answer.status == 200:
            headers_of = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}
            validators = {
                name: answer.headers[header] for header, name in headers_of.items() if header in answer.headers
            }
            self._validators[path] = validators
