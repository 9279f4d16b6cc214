"""Markdown: names that every file system takes, YAML that reads, text that renders as itself."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from newscrawl.article import Block
from newscrawl.export.exporter import ExportedArticle
from newscrawl.export.formats.markdown import MarkdownExporter
from tests.export.formats.entries import ENTRIES, ENTRY, HOSTILE, HOSTILE_ENTRY, STORY, edition, exported

NAME = "2019-01-02-tides-turn-at-port-ellery"


def member(entry: ExportedArticle) -> tuple[str, str]:
    name, content = MarkdownExporter.make_file(entry)
    return name, content.decode()


def parted(entry: ExportedArticle) -> tuple[dict[str, Any], str]:
    """Front matter and story."""
    _, front, story = member(entry)[1].split("---\n", 2)
    return yaml.safe_load(front), story


def rendered(story: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(story))


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_front_matter() -> None:
    front, _ = parted(ENTRY)
    assert front["title"] == STORY.headline
    assert front["authors"] == ["Jo Doe", "Ann Poe"]
    assert front["date"] == "2019-01-02T03:04:05Z"
    assert front["tags"] == ["Sand", "Silt"]
    assert (front["id"], front["revision"], front["url"]) == (7, 2, STORY.canonical_url)
    assert "abstract" not in front


@given(ENTRIES)
@settings(max_examples=60)
def test_front_matter_of_any_article_is_yaml(entry: ExportedArticle) -> None:
    front, _ = parted(entry)
    assert front["title"] == entry.article.headline
    assert front.get("authors", []) == list(entry.article.byline)


def test_a_story() -> None:
    html = rendered(parted(ENTRY)[1])
    for part in (
        f"<h1>{STORY.headline}</h1>",
        f"<p><em>{STORY.dek}</em></p>",
        "<li>Channel moves</li>",
        "<h2>Sand and Silt</h2>",
        "<blockquote>\n<p>“It moves,” she said.</p>\n</blockquote>",
        "<ul>\n<li>Sand: 40 percent</li>\n<li>Silt: 60 percent</li>\n</ul>",
        "<td>1999</td>",
        '<a href="https://img.example/i%201.jpg">The channel. — Photographer: Li Roe</a>',
        "<p>A ferry.</p>",
    ):
        assert part in html


BARE = replace(STORY, abstract=(), dek=None, correction=None, images=())
KINDS = st.sampled_from(("paragraph", "subhead", "quote", "list_item"))


@given(KINDS, st.text(st.characters(codec="ascii")) | st.text())
@settings(max_examples=150)
def test_text_renders_as_itself(kind: Any, text: str) -> None:
    article = replace(BARE, body=(Block(kind=kind, text=text),))
    html = rendered(parted(replace(ENTRY, article=article))[1]).partition("</h1>")[2]
    legal = re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", text)
    assert words(html) == " ".join(legal.split())
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "h2", "blockquote", "ul", "li"}


@pytest.mark.parametrize("line", ["# no", "1. no", "- no", "+ no", "> no", "```", "~~~", "---", "===", "a\n="])
def test_markdown_syntax_in_texts_is_escaped(line: str) -> None:
    article = replace(BARE, body=(Block(kind="paragraph", text=line),))
    html = rendered(parted(replace(ENTRY, article=article))[1]).partition("</h1>")[2]
    assert html.strip() == f"<p>{' '.join(line.split()).replace('>', '&gt;')}</p>"


def test_hostile_text_is_neither_html_nor_link() -> None:
    html = rendered(parted(HOSTILE_ENTRY)[1])
    assert "<script" not in html
    assert "<a " not in html
    assert HOSTILE.partition("\x1b")[0].strip() in words(html)


def test_names() -> None:
    assert member(ENTRY)[0] == f"{NAME}-7.md"
    found = [member(entry)[0] for entry in edition()]
    assert len({name.lower() for name in found}) == len(found)


@given(ENTRIES)
@settings(max_examples=60)
def test_names_are_safe_on_every_file_system(entry: ExportedArticle) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d(-[a-z0-9-]{1,60})?-[0-9a-f]+\.md", member(entry)[0])


def test_a_zip_of_markdown_files() -> None:
    with ZipFile(BytesIO(exported("markdown", [ENTRY, ENTRY, HOSTILE_ENTRY]))) as packed:
        assert packed.testzip() is None
        assert packed.namelist()[:2] == [
            f"{NAME}-7.md",
            f"{NAME}-7-2.md",
        ]
        assert packed.read(f"{NAME}-7.md").decode() == member(ENTRY)[1]


@pytest.mark.parametrize("values", ["{{ site.github }}", "{% include x %}", "{{< figure src=x >}}", "{{% x %}}"])
def test_static_site_generators_run_nothing(values: str) -> None:
    _, story = parted(replace(ENTRY, article=replace(STORY, headline=values)))
    assert "{{" not in story
    assert "{%" not in story
    assert f"<h1>{values}</h1>" in unescape(rendered(story))
