"""The sample edition: rebuilt byte for byte, reached through its lists, changed between its two visits."""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import fields
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from protego import Protego

from newscrawl import discovery
from newscrawl.archives.capture import Capture
from newscrawl.archives.warc_reader import read_captures
from newscrawl.article import Article, Link
from newscrawl.batch.extraction import extract_page as extract
from newscrawl.sample import EDITION, HOST, ROBOTS, SEEDS, VISITS
from newscrawl.urls import article_keys
from sample import build
from sample.story import Rendition, renditions

STORIES = renditions()
LAYOUTS = ["a", "b1", "bw2010", "bw2011", "text", "c", "d1", "graphics", "d2", "d3", "e", "e_feature", "e_teaser", "g"]
FIELDS = [field.name for field in fields(Article) if field.name != "sources"]


@cache
def edition() -> list[Capture]:
    return list(read_captures(EDITION))


@cache
def article_of(url: str, captured_at: datetime) -> Article:
    (capture,) = (one for one in edition() if one.url == url and one.captured_at == captured_at)
    return extract(capture.page())


def current(url: str, moment: datetime) -> Capture | None:
    known = [one for one in edition() if one.url == url and one.captured_at <= moment]
    return max(known, key=lambda one: one.captured_at, default=None)


def current_body(url: str, moment: datetime) -> bytes:
    capture = current(url, moment)
    assert capture, url
    assert capture.status == 200, url
    return capture.body


def _name(story: Rendition) -> str:
    return f"{story.layout}/{story.name}@{story.captured:%Y-%m-%d}" + ("" if story.host == HOST else "/mobile")


class TestFile:
    def test_is_rebuilt_byte_for_byte(self, tmp_path: Path) -> None:
        build.main([str(tmp_path / "edition.warc")])
        assert (tmp_path / "edition.warc").read_bytes() == EDITION.read_bytes()

    def test_passes_warcios_own_check(self) -> None:
        command = [sys.executable, "-m", "warcio.cli", "check", str(EDITION)]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""

    def test_is_small(self) -> None:
        assert EDITION.stat().st_size < 3_000_000

    def test_names_itself_on_every_page(self) -> None:
        for capture in edition():
            if "html" in (capture.header("Content-Type") or ""):
                assert b'content="Sample Edition"' in capture.body, capture.url

    def test_has_no_address_of_the_real_site(self) -> None:
        for capture in edition():
            assert not re.search(rb"[/.]bloomberg\.(com|net)\b", capture.body), capture.url


def test_spans_the_eras() -> None:
    layouts = Counter(story.layout for story in STORIES if not story.decoy)
    assert set(layouts) == set(LAYOUTS)
    assert len({story.name for story in STORIES if not story.decoy}) >= 48
    years = [story.moment.year for story in STORIES]
    assert max(years) - min(years) >= 10


def links_at(moment: datetime) -> dict[str, Link]:
    """Every link that a crawler finds from robots.txt and the seeds at `moment`, the one that tells most."""
    found: dict[str, Link] = {}
    robots = Protego.parse(current_body(ROBOTS, moment).decode())
    waiting = [*[("sitemap", url) for url in robots.sitemaps], *SEEDS]
    while waiting:
        source, url = waiting.pop()
        for link in discovery.read(source, current_body(url, moment), url).links:
            if link.source == "sitemap_index":
                waiting.append(("sitemap", link.url))
            elif link.url not in found or link.updated_at:
                found[link.url] = link
    return found


@pytest.mark.parametrize("visit", VISITS)
def test_every_article_is_reached_by_its_lists(visit: datetime) -> None:
    links = links_at(visit)
    reached = set(links)
    for link in links:
        capture = current(link, visit)
        if capture and (target := capture.header("Location")):
            reached.add(target)
    known = {story.url for story in STORIES if story.captured <= visit}
    assert known - reached == set()
    assert reached & {story.url for story in STORIES} == known


@pytest.mark.parametrize("visit", VISITS)
def test_every_listed_page_has_a_capture(visit: datetime) -> None:
    stories = {story.address for story in STORIES}
    for url, link in links_at(visit).items():
        if link.source != "front_page" or urlsplit(url).path in stories:
            assert current(url, visit), url


def test_robots_txt_refuses_the_decoy_alone() -> None:
    robots = Protego.parse(current_body(ROBOTS, VISITS[0]).decode())
    refused = {story.url for story in STORIES if not robots.can_fetch(story.url, "newscrawl")}
    assert refused == {story.url for story in STORIES if story.decoy}
    assert refused <= set(links_at(VISITS[0]))


class TestSecondVisit:
    def test_lists_what_changed_with_a_newer_time(self) -> None:
        first, second = (links_at(visit) for visit in VISITS)
        listed = first.keys() & second.keys()
        changed = {url for url in listed if second[url].updated_at != first[url].updated_at}
        assert changed == {story.url for story in STORIES if VISITS[0] < story.captured and story.url in first}
        assert len(changed) == 2
        assert all((second[url].updated_at or VISITS[0]) > VISITS[0] for url in changed)

    def test_finds_new_articles(self) -> None:
        first, second = (links_at(visit) for visit in VISITS)
        assert len([url for url in second.keys() - first.keys() if "/articles/" in url]) == 2

    def test_a_correction_changes_the_article(self) -> None:
        before, after = self._versions("2026-05-05-ferry-merger")
        assert before.headline != after.headline
        assert before.body != after.body
        assert (before.correction is None, after.correction is None) == (True, False)

    def test_other_chrome_does_not(self) -> None:
        before, after = self._versions("2026-05-05-beekeepers-strike")
        differing = [name for name in FIELDS if getattr(before, name) != getattr(after, name)]
        assert differing == ["fetched_at"]

    def _versions(self, name: str) -> tuple[Article, Article]:
        before, after = (article_of(story.url, story.captured) for story in STORIES if story.name == name)
        first, second = (one.body for one in edition() if one.url == before.url)
        assert first != second
        return before, after


def test_three_addresses_are_one_article() -> None:
    articles = [
        article_of(story.url, story.captured) for story in STORIES if story.name == "2013-09-12-sandbank-for-seals"
    ]
    keys = [set(article_keys(one.url, one.canonical_url, one.post_id)) for one in articles]
    assert len({one.url for one in articles}) == 3
    assert len({one.layout for one in articles}) == 2
    assert len({(one.headline, one.dek, one.body, one.correction) for one in articles}) == 1
    assert set.intersection(*keys)


@pytest.mark.parametrize("story", [one for one in STORIES if one.access == "teaser"], ids=_name)
def test_a_teaser_keeps_its_hidden_text_hidden(story: Rendition) -> None:
    (capture,) = (one for one in edition() if one.url == story.url)
    hidden = story.hidden_blocks[0].text[:40]
    assert hidden.encode() in capture.body
    assert hidden not in article_of(story.url, story.captured).body_text


def test_redirects_and_the_missing() -> None:
    statuses = Counter(capture.status for capture in edition())
    assert (statuses[301], statuses[302], statuses[404]) == (1, 1, 1)
    for capture in edition():
        if target := capture.header("Location"):
            assert current(target, VISITS[0]), target
