"""The simulated publisher itself: what it lists, how it lies, and that its month can be found whole."""

from __future__ import annotations

import http.client
from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from newscrawl.article import Page
from newscrawl.batch.extraction import extract_page as extract
from tests.simulation.site import LYING_ETAG, LYING_LASTMOD, NEWS_SITEMAP, Site, served
from tests.simulation.story import BEGIN, DAYS, END, REDESIGNED, SPELLS, VANISHED, Plan, Story, spell_at

PLAN = Plan(1, articles_a_day=6)
HOUR = timedelta(hours=1)


@pytest.fixture
def site() -> Site:
    """The publisher, without its server."""
    return Site(PLAN, page_bytes=2_000)


def status_of(site: Site, path: str, at: datetime, **headers: str) -> int:
    site.now = at
    return site.answer(path, {name.replace("_", "-"): value for name, value in headers.items()}).status


def body(site: Site, path: str, at: datetime) -> bytes:
    site.now = at
    return site.answer(path, {}).body


def etag(site: Site, path: str, at: datetime) -> str:
    site.now = at
    return site.answer(path, {}).headers["ETag"]


def test_a_seed_is_a_month() -> None:
    same, other = Plan(1, articles_a_day=6), Plan(2, articles_a_day=6)
    assert [story.versions[-1].text for story in same.stories] == [story.versions[-1].text for story in PLAN.stories]
    assert [story.path for story in other.stories] != [story.path for story in PLAN.stories]


def test_every_article_is_listed_for_a_day_in_which_the_site_is_well() -> None:
    """What nobody can find says nothing about who looks for it."""
    hours: Counter[Story] = Counter()
    for hour in range(24 * (DAYS + 1)):
        if not spell_at(BEGIN + hour * HOUR):
            hours.update(PLAN.listed_at(BEGIN + hour * HOUR))
    assert min(hours[story] for story in PLAN.ever_listed()) >= 20


def test_some_articles_are_in_one_list_only_for_each_list() -> None:
    alone = {next(iter(story.lists)) for story in PLAN.ever_listed() if len(story.lists) == 1}
    assert alone == {"feed", "markets", "politics", "months", "features"}


@pytest.mark.parametrize("at", [BEGIN, REDESIGNED - HOUR, REDESIGNED, END])
def test_pages_read_as_their_versions_in_each_era(site: Site, at: datetime) -> None:
    for story in [story for story in PLAN.ever_listed() if story.listed <= at]:
        article = extract(Page(url=site.base + story.path, body=body(site, story.path, at), fetched_at=at))
        assert (article.headline, article.correction, article.body_text) == story.version(at).text
        assert article.published_at == story.published.replace(microsecond=0)
        assert article.layout == ("bloomberg_2023" if at >= REDESIGNED else "bloomberg_2018")


def test_validators_show_changes(site: Site) -> None:
    edited = next(story for story in PLAN.stories if BEGIN < story.versions[-1].at < REDESIGNED - HOUR)
    before, after = edited.versions[-1].at - timedelta(minutes=1), edited.versions[-1].at
    known = etag(site, edited.path, before)
    assert status_of(site, edited.path, before, if_none_match=known) == 304
    assert status_of(site, edited.path, after, if_none_match=known) == 200
    known = etag(site, edited.path, after)
    assert status_of(site, edited.path, REDESIGNED, if_none_match=known) == 200
    assert status_of(site, "/news.rss", BEGIN, if_none_match=etag(site, "/news.rss", BEGIN)) == 304
    assert status_of(site, "/news.rss", BEGIN + 48 * HOUR, if_none_match=etag(site, "/news.rss", BEGIN)) == 200


def test_dates_show_changes_too(site: Site) -> None:
    site.now = BEGIN
    known = site.answer(NEWS_SITEMAP, {}).headers["Last-Modified"]
    assert status_of(site, NEWS_SITEMAP, BEGIN, if_modified_since=known) == 304
    assert status_of(site, NEWS_SITEMAP, BEGIN + 48 * HOUR, if_modified_since=known) == 200


def test_lists_with_wrong_validators_stay_wrong(site: Site) -> None:
    later = BEGIN + 10 * 24 * HOUR
    assert body(site, LYING_ETAG, BEGIN) != body(site, LYING_ETAG, later)
    assert status_of(site, LYING_ETAG, later, if_none_match=etag(site, LYING_ETAG, BEGIN)) == 304
    assert body(site, LYING_LASTMOD, BEGIN) == body(site, LYING_LASTMOD, later)
    month = "/sitemaps/features/2024-4.xml"
    assert body(site, month, BEGIN) != body(site, month, later)


def test_a_list_vanishes(site: Site) -> None:
    assert status_of(site, "/politics.rss", VANISHED - HOUR) == 200
    assert status_of(site, "/politics.rss", VANISHED) == 404


def test_faults_are_served_over_http(site: Site) -> None:
    page = next(story.path for story in PLAN.stories)
    found: dict[str, dict[str, int | None]] = {}
    with served(site) as host:
        address = urlsplit(site.base)
        for spell in SPELLS:
            host.at(spell.begin)
            found[spell.wrong] = {path: _status(address.netloc, path) for path in ("/robots.txt", page)}
        host.at(END)
        found["nothing"] = {path: _status(address.netloc, path) for path in ("/robots.txt", page)}
    assert found == {
        "unavailable": {"/robots.txt": 503, page: 503},
        "pages_unavailable": {"/robots.txt": 200, page: 503},
        "refused": {"/robots.txt": None, page: None},
        "forbidden": {"/robots.txt": 403, page: 403},
        "nothing": {"/robots.txt": 200, page: 200},
    }


def _status(host: str, path: str) -> int | None:
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except ConnectionRefusedError:
        return None
    finally:
        connection.close()
