"""RSS and Atom, read back by feedparser, and held to what their specifications ask for."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from lxml import etree

from newscrawl.export import formats
from newscrawl.export.exporter import ExportedArticle
from newscrawl.export.links import safe_link
from tests.export.formats.entries import ENTRIES, ENTRY, HOSTILE, HOSTILE_ENTRY, STORY, edition, exported

ATOM = "{http://www.w3.org/2005/Atom}"
both = pytest.mark.parametrize("form", ["rss", "atom"])


def read(form: str, entries: list[ExportedArticle], title: str | None = None) -> Any:
    feed = feedparser.parse(BytesIO(exported(form, entries, title)))
    assert not feed.bozo, feed.bozo_exception
    return feed


@both
def test_feedparser_reads_all_fields(form: str) -> None:
    feed = read(form, [ENTRY], "tides, Green")
    assert (feed.version, feed.feed.title) == ({"rss": "rss20", "atom": "atom10"}[form], "Sample Edition: tides, Green")
    assert feed.feed.link == "https://www.bloomberg.example/"
    (item,) = feed.entries
    assert (item.title, item.link, item.summary) == (STORY.headline, STORY.canonical_url, STORY.dek)
    assert item.id == STORY.canonical_url
    assert item.published_parsed[:6] == (2019, 1, 2, 3, 4, 5)
    assert [author.name for author in item.authors] == ["Jo Doe", "Ann Poe"]
    assert [tag.term for tag in item.tags] == ["Green", "Sand", "Silt"]
    assert "<blockquote>" in item.content[0].value
    assert item.content[0].type == "text/html"


@both
def test_the_sample_edition_newest_first(form: str) -> None:
    feed = read(form, edition())
    assert [item.title for item in feed.entries] == [entry.article.headline for entry in edition()]
    dates = [item.published_parsed for item in feed.entries if "published_parsed" in item]
    assert dates == sorted(dates, reverse=True)
    assert feed.feed.updated_parsed == max(item for item in map(updated, edition()))


def updated(entry: ExportedArticle) -> Any:
    return entry.changed_at.utctimetuple()


@both
def test_a_feed_without_articles(form: str) -> None:
    assert read(form, []).entries == []


@both
@given(ENTRIES)
@settings(max_examples=30)
def test_any_article_is_well_formed(form: str, entry: ExportedArticle) -> None:
    root = etree.fromstring(exported(form, [entry, HOSTILE_ENTRY]))
    assert len(root.findall(f".//{ATOM}entry") + root.findall(".//item")) == 2


def test_hostile_text_stays_text() -> None:
    legal = HOSTILE.replace("\x1b", "\ufffd").replace("\x07", "\ufffd").replace("\ufffe", "\ufffd")
    root = etree.fromstring(exported("atom", [HOSTILE_ENTRY]))
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == legal
    assert root.find(f"{ATOM}entry/{ATOM}link") is None
    content = root.findtext(f"{ATOM}entry/{ATOM}content")
    assert content is not None
    assert "<script" not in content
    assert "&lt;script&gt;" in content


def test_atom_has_the_required_elements() -> None:
    root = etree.fromstring(exported("atom", edition()))
    for element in (root, *root.findall(f"{ATOM}entry")):
        for needed in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{needed}")) == 1
    ids = [element.text for element in root.findall(f"{ATOM}entry/{ATOM}id")]
    assert len(ids) == len(set(ids)) == len(edition())
    assert all(element.findall(f"{ATOM}author") for element in root.findall(f"{ATOM}entry"))


@both
def test_a_feed_has_the_newest_hundred(form: str) -> None:
    assert formats.find_format(form).default_limit == 100


@both
def test_unsafe_urls_are_not_linked(form: str) -> None:
    (item,) = read(form, [HOSTILE_ENTRY]).entries
    assert not item.get("link", "").startswith("javascript:")
    assert item.id.startswith("urn:uuid:")


@pytest.mark.parametrize("host", ["%20=1", "a..b", f"{'w' * 64}.example", f"{'w.' * 130}example", "%22%3E"])
def test_invalid_hosts_are_not_linked(host: str) -> None:
    assert safe_link(f"https://{host}/a") is None
