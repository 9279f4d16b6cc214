"""Which lists of a site are looked for, and requested, where nothing but its home page is known.

With few requests: what robots.txt and the home page name comes first; common addresses are tried one after the other,
and only while nothing else is known; section fronts are read only where no sitemap names their articles.
What is not there is in the states of lists too, so that the next run does not try it again. Times are UTC.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from newscrawl.crawl.policy.url_shapes import read_shape
from newscrawl.discovery import ListLink
from newscrawl.states import ListState

SITEMAP_GUESSES = ("/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml")
FEED_GUESSES = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/index.xml")
_AGAIN = timedelta(days=30)
"""Before a common address that was not there is tried again."""
_HOME_PAUSE, _SECTION_PAUSE = timedelta(days=1), timedelta(days=7)
"""Between two readings of a front page all of whose articles are in feeds and sitemaps too."""
MAX_FEEDS, MAX_SITEMAPS = 4, 3
_LEAST_ENTRIES = 3
"""Entries of a list that counts: some sites have an empty feed, or one with a first post."""
_FIRST_SECTIONS = 2
_MOST_UNLISTED = 0.2
"""Share of a front page's articles that feeds and sitemaps may leave out and still cover the site."""
_NEWS = re.compile(r"news|nachricht|noticia|actu|aktuell|latest|recent|today|48h", re.I)
_OTHER_PAGES = re.compile(
    r"(?:^|[/_-])(?:images?|videos?|categor(?:y|ies)|cat|tags?|post_tag|topics?|authors?|users?|profiles?|people|products?"
    r"|attachments?|media|static|taxonom(?:y|ies)|sections?|events?|galler(?:y|ies)|forums?|jobs?|companies|locations?"
    r"|podcasts?|audio|keywords?|hubs?)(?=[-_./]|\d|$)|(?:^|/)pages?-sitemap|sitemap-pages?(?=\.)",
    re.I,
)
_FORMAT = re.compile(r"rss2?|atom|rdf|feed|xml|json|php|2\.0|0\.92|[/._?=&-]+", re.I)
_NARROW_FEED = re.compile(r"/(?:tags?|authors?|autor|verfasser|by|search|user|profil)/|podcast|video|audio", re.I)
_LISTS_OF_ARTICLES = ("feed", "json_feed", "sitemap", "news_sitemap", "text_sitemap")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLists:
    """What a run knows of the lists of a site."""

    home: str
    named: Sequence[str] = ()
    """Sitemaps in its robots.txt."""
    given: Sequence[tuple[str, str]] = ()
    """Lists that the user names, as (source, URL)."""
    states: Mapping[str, ListState] = field(default_factory=dict)
    """By URL, those of earlier runs included; one that was found and never requested has no outcome."""
    unlisted: float | None = None
    """Share of the home page's articles that no feed or sitemap names; None: not known in this run."""


def order_sitemaps(urls: Iterable[str]) -> list[str]:
    """Return the sitemaps in robots.txt that may list articles, those of news first."""
    found = list(dict.fromkeys(urls))
    return sorted(select_article_sitemaps(found), key=lambda url: not _NEWS.search(urlsplit(url).path))


def select_article_sitemaps(urls: Sequence[str]) -> list[str]:
    """Leave out sitemaps of pictures, tags, authors and the like; all are kept if nothing else would be.

    >>> select_article_sitemaps(["https://tern.example/post-sitemap.xml", "https://tern.example/post_tag-sitemap.xml"])
    ['https://tern.example/post-sitemap.xml']
    """
    return [url for url in urls if not _OTHER_PAGES.search(urlsplit(url).path)] or list(urls)


def choose_feeds(found: Iterable[ListLink], home: str, known: Collection[str] = ()) -> list[str]:
    """Return the feeds of the site among those that its pages name, at most MAX_FEEDS together with the `known` ones.

    Of one feed in several formats, the first; those of a single tag or author only if there is no other.
    """
    host = read_shape(home).host
    by_name = {_feed_name(url): url for url in known}
    chosen: dict[str, str] = {}
    for link in found:
        name = _feed_name(link.address)
        at = read_shape(link.address).host
        if link.source == "feed" and name not in by_name and (at == host or at.endswith(f".{host}")):
            chosen.setdefault(name, link.address)
    urls = list(chosen.values())
    broad = [url for url in urls if not _is_narrow(url)] or urls
    return broad[: max(0, MAX_FEEDS - len(by_name))]


def choose_sitemaps(found: Iterable[ListLink], home: str) -> list[str]:
    """Return the sitemaps of the site that its pages name."""
    host = read_shape(home).host
    return [
        link.address for link in found if link.source == "sitemap" and read_shape(link.address).host.endswith(host)
    ][:MAX_SITEMAPS]


def is_guess(url: str) -> bool:
    return urlsplit(url).path in (*SITEMAP_GUESSES, *FEED_GUESSES)


def covers(site: SiteLists) -> bool:
    """Whether feeds and sitemaps name the articles of a site, so that its section fronts need not be read."""
    if site.unlisted is not None and site.unlisted > _MOST_UNLISTED:
        return False
    return any(map(is_alive, site.states.values()))


def is_alive(state: ListState) -> bool:
    """Whether a feed or sitemap was read, and had entries."""
    is_read = state.outcome in ("read", "unchanged") and state.source in _LISTS_OF_ARTICLES
    return is_read and state.entries >= _LEAST_ENTRIES


def is_front_due(site: SiteLists, state: ListState, now: datetime) -> bool:
    """Whether a front page may be read again, as far as other lists are concerned."""
    pause = _HOME_PAUSE if state.url == site.home else _SECTION_PAUSE
    return state.asked_at is None or now >= state.asked_at + pause or not covers(site)


def find_next(site: SiteLists, now: datetime, asked: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return the lists to request next, as (source, URL), once those in `asked` have been answered; none: all is known.

    First the sitemaps in robots.txt, the lists of earlier runs and the home page; then feeds that pages name; then
    common addresses, one at a time; then section fronts. Of lists that were requested before, the caller leaves out
    those that are not due (newscrawl.crawl.policy.lists).
    """
    known = [(state.source, state.url) for state in site.states.values() if _is_known(site, state, now)]
    first = [*(("sitemap", url) for url in order_sitemaps(site.named)), *site.given, *known]
    if site.home not in site.states:
        first.append(("front_page", site.home))
    stages = (first, _new_lists(site), _next_guess(site, now, asked), _new_sections(site))
    for stage in stages:
        by_url = {url: (source, url) for source, url in reversed(stage) if url not in asked}
        if by_url:
            return list(reversed(by_url.values()))
    return []


def _is_known(site: SiteLists, state: ListState, now: datetime) -> bool:
    """Whether a list was requested before, and may be requested again."""
    if state.asked_at is None or state.index_url:
        return False
    if state.source == "front_page":
        return is_front_due(site, state, now)
    return state.read_at is not None or not is_guess(state.url)


def _new_lists(site: SiteLists) -> list[tuple[str, str]]:
    sitemaps = [] if _has_sitemap(site) else _never_asked(site, "sitemap")
    feeds = _never_asked(site, "feed")
    if site.unlisted is not None and covers(site):
        feeds = [] if _has_feed(site) else feeds[:1]  # which is shorter than a sitemap
    return [*(("sitemap", url) for url in sitemaps), *(("feed", url) for url in feeds)]


def _new_sections(site: SiteLists) -> list[tuple[str, str]]:
    """Return the next section fronts; none where those before brought nothing that other lists do not name.

    A feed has the newest articles only: with nothing but feeds, the first section fronts are read once.
    """
    fronts = [state for state in site.states.values() if state.source == "front_page" and state.url != site.home]
    asked = [state for state in fronts if state.asked_at]
    is_covered = covers(site) and _has_sitemap(site)
    if is_covered or (len(asked) >= _FIRST_SECTIONS and not any(state.new_at for state in asked)):
        return []
    return [("front_page", url) for url in _never_asked(site, "front_page")[: max(_FIRST_SECTIONS, len(asked))]]


def _next_guess(site: SiteLists, now: datetime, asked: Collection[str]) -> list[tuple[str, str]]:
    has_feed = _has_feed(site)
    has_sitemap = bool(site.named) or _has_sitemap(site)
    guesses: list[tuple[str, str]] = []
    if not has_sitemap:
        # with a feed, one try: an archive that no page names is mostly at the first address
        guesses += (("sitemap", path) for path in (SITEMAP_GUESSES[:1] if has_feed else SITEMAP_GUESSES))
        guesses += (("feed", path) for path in FEED_GUESSES if not has_feed and not _names_feed(site))
    for source, path in guesses:
        url = urljoin(site.home, path)
        tried_at = state.asked_at if (state := site.states.get(url)) else None
        if url not in asked and (tried_at is None or now >= tried_at + _AGAIN):
            return [(source, url)]
    return []


def _has_feed(site: SiteLists) -> bool:
    return any(is_alive(state) and state.source in ("feed", "json_feed") for state in site.states.values())


def _has_sitemap(site: SiteLists) -> bool:
    """Whether a sitemap or an index of sitemaps was read."""
    return any(
        state.outcome in ("read", "unchanged") and state.source not in ("front_page", "feed", "json_feed")
        for state in site.states.values()
    )


def _names_feed(site: SiteLists) -> bool:
    return any(state.source == "feed" and not is_guess(state.url) for state in site.states.values())


def _never_asked(site: SiteLists, source: str) -> list[str]:
    return [state.url for state in site.states.values() if state.source == source and state.asked_at is None]


def _is_narrow(url: str) -> bool:
    kinds = {segment.kind for segment in read_shape(url).segments}
    return bool(_NARROW_FEED.search(url)) or bool(kinds & {"slug", "slug-id", "year"})


def _feed_name(url: str) -> str:
    """Return what is left of a feed's URL without its format: equal for the formats of one feed."""
    parts = urlsplit(url)
    return _FORMAT.sub("/", f"{parts.path}?{parts.query}").strip("/").lower()
