"""`scrapy sites URL`: a trial of a site, over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crawls.preloaded import run_scrapy
from tests.world import SITES, World, serve

NO_PAUSE = ("-s", "DOWNLOAD_DELAY=0", "-s", "NEWSCRAWL_EXTRACT_PROCESSES=0")


def try_site(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"NEWSCRAWL_DATABASE_URL": f"sqlite:///{folder}/news.db", "NEWSCRAWL_WARC_DIR": f"{folder}/warc"}
    return run_scrapy(
        ["sites", *arguments, *NO_PAUSE], folder=Path.cwd(), environment={**os.environ, **own, **environment}
    )


@pytest.fixture
def world() -> Iterator[World]:
    with serve([next(site for site in SITES if site.habits.feed and site.habits.sitemap)]) as world:
        yield world


def test_a_trial_prints_lists_and_articles_and_stores_nothing(world: World, tmp_path: Path) -> None:
    [site] = world.sites
    done = try_site(tmp_path, site.home, NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES="1")
    assert (done.returncode, done.stderr) == (0, "")
    headlines = [story.headline for _, story in world.reachable if story.headline in done.stdout]
    assert len(headlines) == 3
    for shown in ("Trial of", "nothing is stored", "3 fetched", "sitemap", "feed", "words", "done: 3 stored"):
        assert shown in done.stdout
    assert site.log[0].path == "/robots.txt"
    assert not list(tmp_path.iterdir())


def test_a_trial_as_json(world: World, tmp_path: Path) -> None:
    done = try_site(
        tmp_path, world.sites[0].home, "--pages", "1", "--format", "json", NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES="1"
    )
    trial = json.loads(done.stdout)
    assert {each["outcome"] for each in trial["lists"]} >= {"read"}
    [page] = trial["pages"]
    assert page["article"]["headline"] in {story.headline for _, story in world.reachable}
    assert page["article"]["published_at"]


def test_a_trial_keeps_to_public_addresses(world: World, tmp_path: Path) -> None:
    done = try_site(tmp_path, world.sites[0].home)
    assert done.returncode == 1
    host = world.sites[0].home.removeprefix("http://").rstrip("/")
    assert f"{host} ({host.partition(':')[0]} is a private address): nothing was sent there" in done.stdout
    assert "set NEWSCRAWL_ALLOW_PRIVATE_ADDRESSES to" in done.stdout
    assert not world.sites[0].log
