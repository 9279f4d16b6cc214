"""Markdown with front matter: one file per article, for notes and static sites."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, ClassVar

from newscrawl.article import Block
from newscrawl.export.display import CUT_NOTICE, describe_image, format_iso
from newscrawl.export.exporter import ExportedArticle
from newscrawl.export.links import safe_link
from newscrawl.export.zip_exporter import FilePerArticleExporter
from newscrawl.urls import slug

_SLUG_LENGTH = 60
_SPECIAL = re.compile(r"[\\`*_\[\]<>&~|{}]|(?<={)%")
"""Syntax anywhere in a line: CommonMark, GitHub's tables and strikethrough, and braces that static site generators run
(Liquid, Hugo's shortcodes)."""
_SPECIAL_AT_START = re.compile(r"^([#+=:-]|\d{1,9}[.)])")
_NOT_IN_YAML = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""Valid unescaped in JSON, but invalid or a line break in YAML."""
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class MarkdownExporter(FilePerArticleExporter):
    """DATE-SLUG-ID.md in a folder or a zip; front matter is YAML with JSON values, and the text is escaped."""

    extensions: ClassVar = (".zip", "/")

    @classmethod
    def make_file(cls, entry: ExportedArticle) -> tuple[str, bytes]:
        return f"{_make_stem(entry)}.md", "\n".join(_lines(entry)).encode()


def _make_stem(entry: ExportedArticle) -> str:
    article = entry.article
    day = (article.published_at or entry.first_seen_at or article.fetched_at).date().isoformat()
    try:
        words = slug(article.url) or ""
    except ValueError:
        words = ""
    # Some older URLs have no words ("/apps/news?…").
    text = unicodedata.normalize("NFKD", words if "-" in words else article.headline)
    words = re.sub(r"[^a-z0-9]+", "-", text.encode("ascii", "ignore").decode().lower()).strip("-")
    # The id, else a hash of the URL, makes the name unique and stable.
    number = entry.id or hashlib.sha256(entry.url.encode()).hexdigest()[:10]
    return "-".join(filter(None, (day, words[:_SLUG_LENGTH].strip("-"), str(number))))


def _lines(entry: ExportedArticle) -> Iterator[str]:
    article = entry.article
    yield from _front_matter(entry)
    yield from ["", f"# {_escape(article.headline)}", ""]
    if article.dek:
        yield from [f"*{_escape(article.dek)}*", ""]
    yield from _list(article.abstract)
    yield from _blocks(article.body)
    if not article.complete:
        yield from [f"*{CUT_NOTICE}*", ""]
    for image in article.images:
        url = safe_link(image.url)
        if label := _escape(describe_image(image) or url or ""):
            yield from [f"[{label}]({url.replace('(', '%28').replace(')', '%29')})" if url else label, ""]
    if article.correction:
        yield from [f"*{_escape(article.correction)}*", ""]


def _front_matter(entry: ExportedArticle) -> Iterator[str]:
    article = entry.article
    fields: dict[str, Any] = {
        "title": article.headline,
        "description": article.dek or article.description,
        "date": format_iso(article.published_at),
        "updated": format_iso(article.updated_at),
        "authors": article.byline,
        "place": article.dateline.place if article.dateline else None,
        "section": article.section,
        "tags": article.topics,
        "tickers": article.tickers,
        "language": article.language,
        "access": article.access,
        "complete": None if article.complete else False,
        "publisher": article.publisher,
        "url": entry.url,
        "id": entry.id,
        "revision": entry.revision,
    }
    yield "---"
    for name, value in fields.items():
        if value not in (None, ()):
            text = json.dumps(value, ensure_ascii=False)
            text = _NOT_IN_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
            yield f"{name}: {text}"
    yield "---"


def _blocks(body: Iterable[Block]) -> Iterator[str]:
    marks = {"subhead": "## ", "quote": "> "}
    for kind, blocks in groupby(body, lambda block: block.kind):
        if kind == "embed":
            yield from _embeds(blocks)
            continue
        texts = [block.text for block in blocks]
        if kind == "list_item":
            yield from _list(texts)
            continue
        for text in texts:
            if kind == "table":
                yield from _table(text)
            else:
                yield f"{marks.get(kind, '')}{_escape(text)}"
            yield ""


def _embeds(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        link = safe_link(block.url)
        yield f"> {_escape(block.text)}{f' <{link}>' if link else ''}"
        yield ""


def _list(items: Iterable[str]) -> Iterator[str]:
    lines = [f"- {_escape(item)}" for item in items]
    yield from [*lines, ""] if lines else []


def _table(text: str) -> Iterator[str]:
    rows = [[_escape(cell) for cell in row.split("\t")] for row in text.split("\n")]
    width = max(map(len, rows))
    # The heading is empty, because the first stored row is not always one.
    for row in ([], ["---"] * width, *rows):
        yield f"| {' | '.join(row + [''] * (width - len(row)))} |"


def _escape(text: str) -> str:
    """Put a text on one line, with a backslash before Markdown syntax."""
    line = " ".join(_CONTROLS.sub("\ufffd", text).split())
    line = _SPECIAL.sub(r"\\\g<0>", line)
    return _SPECIAL_AT_START.sub(lambda match: f"{match[1][:-1]}\\{match[1][-1]}", line)
