"""Articles as text to read, in a terminal or a pager."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from datetime import date, datetime
from typing import ClassVar

from newscrawl.article import Access, Article, Block, Image, Precision
from newscrawl.export.formats._exporter import Entry, Exporter

WIDTH = 78
"""Characters; longer lines are hard to read."""
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SHOWN: dict[Access, str] = {"teaser": "teaser", "blocked": "headline"}
"""What there is of an article that is not there in full."""
_INDENTS = {"quote": "    ", "list_item": "  • "}


class Text(Exporter):
    """One article after the other, as `render` has them, with a line between two."""

    extensions: ClassVar = (".txt",)
    may_be_added_to: ClassVar = True

    def write(self, entry: Entry) -> None:
        """An article, and the line that ends it."""
        self.file.write(f"{render(entry.article)}\n{'_' * WIDTH}\n\n".encode())


def printable(text: str) -> str:
    """The text without what a terminal would obey: escape sequences, other controls, reversed writing."""
    return _UNPRINTABLE.sub("", text)


def render(article: Article, width: int = WIDTH) -> str:
    """The article as a person would set it: headline, dek, byline and date, body, pictures, where it is from.

    Lines are at most `width` characters; nothing in it is obeyed by a terminal.
    """
    return printable("\n".join(_lines(article, max(20, min(width, WIDTH))))) + "\n"


def moment(value: datetime, precision: Precision | None = "second") -> str:
    """A time for people, in UTC, with as much as is known of it: "27 May 2013, 22:01 UTC"."""
    return short_day(value) if precision == "day" else f"{short_day(value)}, {value:%H:%M} UTC"


def short_day(value: date) -> str:
    """A day for people: "27 May 2013"."""
    return f"{value.day} {value:%B %Y}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things for people: "1 article", "2,000 articles"; `many` where an s does not make it."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _lines(article: Article, width: int) -> Iterator[str]:
    yield from _wrap(article.headline, width)
    yield "=" * min(width, len(article.headline))
    if article.dek:
        yield from ["", *_wrap(article.dek, width)]
    yield from ["", *_wrap(" · ".join(facts(article)), width), ""]
    for bullet in article.abstract:
        yield from _wrapped(bullet, width, "  - ")
    if article.abstract:
        yield ""
    for block in article.body:
        yield from [*_block(block, width), ""]
    for image in article.images:
        yield from [*_wrapped(caption(image) or image.url or "", width, "[picture] "), ""]
    yield from _foot(article, width)


def facts(article: Article) -> Iterator[str]:
    """Who wrote it, from where, when, where it came out, and how much of it there is."""
    if article.byline:
        yield f"By {', '.join(article.byline)}"
    if article.dateline and article.dateline.place:
        yield article.dateline.place
    if article.published_at:
        yield moment(article.published_at, article.published_precision)
    if article.updated_at:
        yield f"updated {moment(article.updated_at)}"
    yield " / ".join(filter(None, (article.publisher, article.section)))
    if article.access in SHOWN:
        yield f"{SHOWN[article.access]} only"


def _block(block: Block, width: int) -> list[str]:
    if block.kind == "subhead":
        return [*_wrap(block.text, width), "-" * min(width, len(block.text))]
    if block.kind == "table":
        return [" | ".join(row.split("\t")) for row in block.text.split("\n")]
    return _wrapped(block.text, width, _INDENTS.get(block.kind, ""))


def _wrap(text: str, width: int, initial_indent: str = "", subsequent_indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=initial_indent, subsequent_indent=subsequent_indent, break_on_hyphens=False
    )


def caption(image: Image) -> str:
    """What is told of a picture: its caption and who took it; empty where nothing is."""
    return " — ".join(filter(None, (image.caption, image.credit)))


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return _wrap(text, width, indent, " " * len(indent)) or [indent.rstrip()]


def _foot(article: Article, width: int) -> Iterator[str]:
    if article.correction:
        yield from [*_wrap(article.correction, width), ""]
    for label, values in (("Tickers", article.tickers), ("Topics", article.topics), ("With", article.assistance)):
        if values:
            yield from _wrapped(", ".join(values), width, f"{label}: ")
    yield f"Source: {article.canonical_url or article.url}"
