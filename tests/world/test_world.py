"""The world is what it says it is."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest

from tests.world import SITES, World, measure, serve
from tests.world.story import ascii_slug


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with serve(SITES) as world:
        yield world


def test_there_are_sixty_sites_of_many_kinds(world: World) -> None:
    assert len(world.sites) == len({site.home for site in world.sites}) == 60
    assert len({site.kind for site in world.sites}) >= 12
    assert len({site.code for site in world.sites}) >= 8
    assert {site.habits.feed for site in world.sites} >= {None, "rss", "atom", "json"}
    assert {site.habits.sitemap for site in world.sites} >= {None, "plain", "index", "news", "text"}


def test_the_address_of_a_headline_is_ascii() -> None:
    assert ascii_slug("À Port-Gris, le phare") == "a-port-gris-le-phare"


def test_each_address_of_an_article_leads_to_its_story(world: World) -> None:
    for site, story in world.reachable:
        paths = [site.path(story), site.link(story), *site.variants(story)]
        if site.habits.amp:
            paths.append(site.amp_path(story))
        assert {world.story_at(site.url(path)) for path in paths} == {(site, story)}, site.name


def test_no_other_page_is_an_article(world: World) -> None:
    for site in world.sites:
        others = ["/", "/no-such-page", site.search_path, *site.sections.values()]
        assert not [path for path in others if site.story_at(path)], site.name


def test_an_article_shows_what_a_visitor_can_read(world: World) -> None:
    for site, story in world.reachable:
        page = site.answer(site.path(story)).body
        assert all(block.text.split("&")[0].split('"')[0].split("'")[0] in page for block in site.body_of(story)), (
            site.name
        )


def test_it_answers_over_http_and_counts(world: World) -> None:
    world.forget()
    site = world.sites[0]
    with urllib.request.urlopen(site.home + "robots.txt") as answer:
        assert b"Sitemap: " in answer.read()
    assert [(request.path, request.status) for request in site.log] == [("/robots.txt", 200)]


def test_what_a_crawler_reports_is_measured(world: World) -> None:
    (site, first), *others = world.reachable
    articles = [site.url(site.path(story)) for site, story in others]
    duplicate, about = site.url(site.amp_path(others[0][1])), site.url("/about/")
    found = measure(world, [*articles, duplicate, about], requests=2 * len(articles))
    assert found.missing == (site.url(site.path(first)),)
    assert (found.false, found.duplicates) == ((about,), (duplicate,))
    assert (found.requests_per_article, found.recall) == (2, len(articles) / (len(articles) + 1))
