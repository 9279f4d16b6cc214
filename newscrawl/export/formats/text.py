"""Articles as plain text to read, in a terminal or a pager."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import ClassVar

from newscrawl.article import Article, Block
from newscrawl.export.display import CUT_NOTICE, TEXT_WIDTH, describe_image, list_facts, strip_controls
from newscrawl.export.exporter import ExportedArticle, Exporter

_INDENTS = {"quote": "    ", "list_item": "  • ", "embed": "    "}


class TextExporter(Exporter):
    """Each article as `render_text`, with a line between two."""

    extensions: ClassVar = (".txt",)
    is_appendable: ClassVar = True

    def write(self, entry: ExportedArticle) -> None:
        self.file.write(f"{render_text(entry.article)}\n{'_' * TEXT_WIDTH}\n\n".encode())


def render_text(article: Article, width: int = TEXT_WIDTH) -> str:
    """Render an article in lines of at most `width` characters, without terminal controls."""
    return strip_controls("\n".join(_lines(article, max(20, min(width, TEXT_WIDTH))))) + "\n"


def _lines(article: Article, width: int) -> Iterator[str]:
    yield from _wrap(article.headline, width)
    yield "=" * min(width, len(article.headline))
    if article.dek:
        yield from ["", *_wrap(article.dek, width)]
    yield from ["", *_wrap(" · ".join(list_facts(article)), width), ""]
    for bullet in article.abstract:
        yield from _wrap_indented(bullet, width, "  - ")
    if article.abstract:
        yield ""
    for block in article.body:
        yield from [*_block(block, width), ""]
    if not article.complete:
        yield from [*_wrap(f"[{CUT_NOTICE}]", width), ""]
    for image in article.images:
        yield from [*_wrap_indented(describe_image(image) or image.url or "", width, "[picture] "), ""]
    yield from _foot(article, width)


def _foot(article: Article, width: int) -> Iterator[str]:
    if article.correction:
        yield from [*_wrap(article.correction, width), ""]
    for label, values in (("Tickers", article.tickers), ("Topics", article.topics), ("With", article.assistance)):
        if values:
            yield from _wrap_indented(", ".join(values), width, f"{label}: ")
    yield f"Source: {article.canonical_url or article.url}"


def _block(block: Block, width: int) -> list[str]:
    if block.kind == "subhead":
        return [*_wrap(block.text, width), "-" * min(width, len(block.text))]
    if block.kind == "table":
        return [" | ".join(row.split("\t")) for row in block.text.split("\n")]
    lines = _wrap_indented(block.text, width, _INDENTS.get(block.kind, ""))
    return [*lines, f"{_INDENTS['embed']}{block.url}"] if block.url else lines


def _wrap(text: str, width: int, first_indent: str = "") -> list[str]:
    indent = " " * len(first_indent)
    return textwrap.wrap(text, width, initial_indent=first_indent, subsequent_indent=indent, break_on_hyphens=False)


def _wrap_indented(text: str, width: int, indent: str) -> list[str]:
    return _wrap(text, width, indent) or [indent.rstrip()]
