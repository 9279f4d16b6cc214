"""Which links of an explored site are followed, by what came of others with the same URL pattern. Times are UTC.

Each pattern has a beta distribution: it starts with what the link itself says (article_links.score), moves with every
page that was an article or was not, and never reaches 0 or 1. A link that is unlikely to be an article is a probe: few
of them are followed, and of a pattern that only ever failed, after pauses that double each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newscrawl.article import Link
from newscrawl.crawl.policy.article_links import is_in_structure, score
from newscrawl.crawl.policy.url_shapes import read_shape
from newscrawl.states import UrlPattern

MAX_PATTERNS = 200
"""Patterns of a site: further ones are counted under their general form."""
_FOLLOWED = 0.35
_FOLLOWED_OF_MIXED = 0.08
"""The chance from which a link is followed; that of a link whose pattern led to an article before."""
_PRODUCTIVE = 5
"""Likely articles of a list that is not worth probes."""
_LEAST_LIKELY, _LEAST_OF_ALL = 0.1, 0.01
"""Of a link of an unknown pattern, to be a probe: on a list with a likely article, and on another one."""
MAX_PROBES = 4
"""Per run and site."""
_MAX_TRIALS = 3
"""Links of a new pattern that is doubtful (/video/{slug}) to follow before it is known what they are."""
_STRENGTH = 4.0
"""How many pages the link's own score weighs as much as."""
_RELATED = 3.0
"""How many pages the same shape under other words of the site weighs as much as, at most."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(hours=6), timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a link."""

    link: Link
    pattern: str
    chance: float
    """That it leads to an article."""
    is_followed: bool


class SitePatterns:
    """The URL patterns of a site, as earlier runs and this one counted them."""

    def __init__(self, site: str, known: Iterable[UrlPattern] = ()) -> None:
        self._site = site
        self._known = {each.pattern: each for each in known}
        self._is_known = bool(self._known)
        """Whether an earlier run read pages of the site."""
        self._general: Counter[str] = Counter()
        self._general_articles: Counter[str] = Counter()
        for each in self._known.values():
            self._add_general(_generalize(each.pattern), each.fetched, each.articles)
        self._probes: Counter[str] = Counter()
        self._trials: Counter[str] = Counter()
        self.changed: set[str] = set()
        """Patterns whose numbers changed in this run."""

    def find_pattern(self, url: str) -> str:
        """Return the pattern that a URL is counted under; its host only where it is not the site's own."""
        shape = read_shape(url)
        pattern = self._strip(shape.pattern)
        if pattern in self._known or len(self._known) < MAX_PATTERNS:
            return pattern
        return self._strip(shape.general_pattern)

    def estimate(self, link: Link, pattern: str) -> float:
        """Return the chance that a link leads to an article."""
        known = self._known.get(pattern)
        if known and known.rule:
            return float(known.rule == "allow")
        chance = score(link)
        if chance == 0:
            return 0.0
        general = _generalize(pattern)
        fetched = self._general[general] - (known.fetched if known else 0)
        if fetched > 0:
            articles = self._general_articles[general] - (known.articles if known else 0)
            weight = min(_RELATED, fetched)
            chance = (_STRENGTH * chance + weight * articles / fetched) / (_STRENGTH + weight)
        if known:
            chance = (_STRENGTH * chance + known.articles) / (_STRENGTH + known.fetched)
        return chance

    def decide(self, links: Iterable[Link], now: datetime, *, probes: int = MAX_PROBES) -> list[Decision]:
        """Decide about the links of a list, the likeliest first; `probes` is how many this run makes at most.

        Of a list with enough likely articles, one probe at most, and none on a site that is new.
        """
        estimated = []
        for link in links:
            pattern = self.find_pattern(link.url)
            estimated.append((self.estimate(link, pattern), pattern, link))
        likely = sum(chance >= _FOLLOWED for chance, _, _ in estimated)
        if likely >= _PRODUCTIVE:
            probes = min(probes, int(self._is_known))
        least = _LEAST_LIKELY if likely else _LEAST_OF_ALL
        estimated.sort(key=lambda each: -round(each[0], 1))
        return [
            Decision(
                link,
                pattern,
                chance,
                self._is_followed(chance, pattern, now, probes, least) and not self._is_surplus(link, pattern),
            )
            for chance, pattern, link in estimated
        ]

    def add_result(self, url: str, *, is_article: bool, now: datetime) -> None:
        """Count the first result of a page."""
        pattern = self.find_pattern(url)
        known = self._known.get(pattern) or UrlPattern(pattern=pattern)
        self._known[pattern] = replace(
            known, fetched=known.fetched + 1, articles=known.articles + is_article, changed_at=now
        )
        self._add_general(_generalize(pattern), 1, int(is_article))
        self.changed.add(pattern)

    def get(self, pattern: str) -> UrlPattern | None:
        return self._known.get(pattern)

    def take_changed(self) -> list[UrlPattern]:
        """Return the patterns that changed since the last call."""
        changed = [self._known[pattern] for pattern in sorted(self.changed)]
        self.changed.clear()
        return changed

    def _is_followed(self, chance: float, pattern: str, now: datetime, probes: int, least: float) -> bool:
        known = self._known.get(pattern)
        if chance >= (_FOLLOWED_OF_MIXED if known and known.articles else _FOLLOWED):
            return True
        if self._probes[pattern] or self._probes.total() >= probes or (known and known.rule):
            return False
        if not (_is_probe_due(known, now) if known and known.fetched else chance >= least):
            return False
        self._probes[pattern] += 1
        return True

    def _is_surplus(self, link: Link, pattern: str) -> bool:
        """Whether enough links of a pattern that is doubtful and new are followed, to know what the others are."""
        known = self._known.get(pattern)
        if (known and (known.fetched or known.rule)) or not is_in_structure(read_shape(link.url)):
            return False
        self._trials[pattern] += 1
        return self._trials[pattern] > _MAX_TRIALS

    def _add_general(self, general: str, fetched: int, articles: int) -> None:
        self._general[general] += fetched
        self._general_articles[general] += articles

    def _strip(self, pattern: str) -> str:
        return pattern.removeprefix(self._site) if pattern.startswith(f"{self._site}/") else pattern


def _is_probe_due(known: UrlPattern, now: datetime) -> bool:
    misses = known.fetched - known.articles
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(misses, 16))
    return known.changed_at is None or now >= known.changed_at + pause


def _generalize(pattern: str) -> str:
    """Return a pattern without words of the site: "/{word}/{slug}.html" of "/politics/{slug}.html"."""
    path, mark, query = pattern.partition("?")
    parts = [part if not part or part.startswith("{") else "{word}" for part in path.split("/")]
    return "/".join(parts) + mark + query
