"""`scrapy crawl news` finds the articles of sites that it knows nothing of, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from newscrawl.operations.archive import open_archive
from newscrawl.storage import Query
from tests.crawls.preloaded import PROJECT, run_scrapy
from tests.world import SITES, Measured, World, measure, serve
from tests.world.site import Site


def crawl(world: World, folder: Path, *settings: str, **environment: str) -> tuple[int, Measured]:
    """Crawl all sites of a world; return the exit code, and what was found."""
    (folder / "sites.txt").write_text("\n".join(site.home for site in world.sites), "utf-8")
    database = f"sqlite:///{folder}/news.db"
    always = ("DOWNLOAD_DELAY=0", "NEWSCRAWL_SLOWDOWN=0.05", f"NEWSCRAWL_DATABASE_URL={database}", *settings)
    variables = {"PYTHONPATH": str(PROJECT), "SCRAPY_SETTINGS_MODULE": "newscrawl.settings"}
    done = run_scrapy(
        ["crawl", "news", "-a", "sites=sites.txt", *(word for setting in always for word in ("-s", setting))],
        folder=folder,
        environment=os.environ | variables | environment,
        timeout=1800,
    )
    with open_archive(database) as archive:
        articles = [stored.article.url for stored in archive.articles(Query(limit=None)) if stored.article.body]
    return done.returncode, measure(world, articles)


def pick(*names: str) -> list[Site]:
    return [site for site in SITES if site.name in names]


def test_the_articles_of_three_sites_are_found_and_nothing_else(tmp_path: Path) -> None:
    with serve(pick("wattum-blick", "zeichen", "ensenada-hoy")) as world:
        code, found = crawl(world, tmp_path, "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES=127.0.0.0/8")
        private = [request.path for site in world.sites for request in site.log if "/private/" in request.path]
        world.forget()
        again, _ = crawl(world, tmp_path, "NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES=127.0.0.0/8")
        pages = [request.path for site in world.sites for request in site.log if site.story_at(request.path)]
    assert (code, again, private, found.false, found.duplicates, pages) == (0, 0, [], (), (), [])
    assert found.recall >= 0.95, found.missing
    assert found.requests_per_article < 2.5


@pytest.mark.long
def test_the_articles_of_the_world_are_found_and_nothing_else(tmp_path: Path) -> None:
    with serve(SITES, named=True) as world:
        _, found = crawl(world, tmp_path, http_proxy=world.proxy)
        private = [request.path for site in world.sites for request in site.log if "/private/" in request.path]
    assert found.recall >= 0.98, found.missing
    assert found.false_share < 0.01, found.false
    assert (found.duplicates, private) == ((), [])
    assert found.requests_per_article < 2
