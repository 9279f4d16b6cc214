"""How values are written for people: times, numbers and texts, safe in a terminal and in a spreadsheet."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from newscrawl.article import Access, Article, Image, Precision

TEXT_WIDTH = 78  # characters; longer lines are hard to read
PARTIAL_LABELS: dict[Access, str] = {"teaser": "teaser", "blocked": "headline"}
"""What an article without its full text consists of."""
CUT_NOTICE = "Only a part of the page was captured; the rest is missing."
"""Below the body of an article that is not complete."""
_COMMAND = re.compile(r"(?:(?<=`)|(?<=^  ))scrapy (?=[a-z])", re.MULTILINE)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# A formula begins with its sign, or with the full-width form of it, which some programs accept; also behind blanks
# and zero-width characters, which some programs strip.
_FORMULA = re.compile("[\\s\u200b-\u200f\u061c\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|\t")


def name_commands(text: str) -> str:
    """Name the commands of a message as they are called here: our messages say "`scrapy crawl`".

    In a folder where the reader has typed `newscrawl`, `scrapy` may know none of them.
    """
    own = Path(sys.argv[0])
    is_ours = own.stem == "newscrawl" or (own.stem == "__main__" and own.parent.name == "newscrawl")
    return _COMMAND.sub("newscrawl ", text) if is_ours else text


def strip_controls(text: str) -> str:
    """Remove what a terminal would obey: escape sequences, other controls, bidirectional overrides."""
    return _CONTROLS.sub("", text)


def format_time(value: datetime, precision: Precision | None = "second") -> str:
    """Write a time for people, in UTC and only as precise as it is known: "27 May 2013, 22:01 UTC"."""
    return format_day(value) if precision == "day" else f"{format_day(value)}, {value:%H:%M} UTC"


def format_day(value: date) -> str:
    """Write a day for people: "27 May 2013"."""
    return f"{value.day} {value:%B %Y}"


def format_iso(value: datetime | None) -> str | None:
    """Write a time as ISO 8601 in UTC, with "Z"."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def format_count(number: int, singular: str, plural: str = "") -> str:
    """Write a number of things: "1 article", "2,000 articles"; `plural` where an s does not make it."""
    return f"{number:,} {singular if number == 1 else plural or f'{singular}s'}"


def format_cell(value: Any) -> str:
    """Write a value as a spreadsheet cell: lists joined with semicolons, times as ISO 8601 in UTC, None empty."""
    if isinstance(value, datetime):
        value = format_iso(value)
    elif isinstance(value, list | tuple):
        value = "; ".join(value)
    text = strip_controls("" if value is None else str(value))
    # shown and never computed (OWASP, CSV injection)
    return f"'{text}" if _FORMULA.match(text) else text


def list_facts(article: Article) -> Iterator[str]:
    """List the facts above an article: people, place, times, publisher and section, and whether it is only a part."""
    if article.byline:
        yield f"By {', '.join(article.byline)}"
    if article.dateline and article.dateline.place:
        yield article.dateline.place
    if article.published_at:
        yield format_time(article.published_at, article.published_precision)
    if article.updated_at:
        yield f"updated {format_time(article.updated_at)}"
    yield " / ".join(filter(None, (article.publisher, article.section)))
    if article.access in PARTIAL_LABELS:
        yield f"{PARTIAL_LABELS[article.access]} only"
    if not article.complete:
        yield "only a part was captured"


def describe_image(image: Image) -> str:
    return " — ".join(filter(None, (image.caption, image.credit)))
