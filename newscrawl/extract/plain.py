"""Plain text: a text dump of a page, a WET record. No markup is left, so each line is told by what it is.

A page's text is its chrome, line by short line, with the story among it: runs of sentences, short lines between them
for subheads. The longest such run is the story; what stands right above it is headline, byline, time and captions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit

from newscrawl.article import Article, Image, Page, Precision
from newscrawl.errors import UnknownLayoutError
from newscrawl.extract import byline, captions, contacts, corrections, dateline, dates, debris
from newscrawl.extract.body import Body, Line, story
from newscrawl.extract.layout import Notes, Reading
from newscrawl.extract.text import squeezed
from newscrawl.urls import date_in, normal_form, slug

NAME = "bloomberg_text"
_SENTENCE = re.compile(r"[.!?…][”’\"')\]]*$|^[“\"].{60,}|\w{2}[,;:]$")
_BULLET = re.compile(r"^\s*(?:[•*·‣▪–-]|\d{1,2}[.)])\s+")
_SHORTEST_SENTENCE = 60
_SHORTEST_STORY = 200
_MOST_BETWEEN = 2
"""Short lines that may stand between two paragraphs of a story: a subhead, a caption."""
_HARD_WRAP = 100
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Span:
    """The story's lines: from the first paragraph's to the last's, the end excluded."""

    start: int
    end: int


def read(page: Page, text: str) -> Reading:
    """Read the article in a page's text. Raises UnknownLayoutError where no run of sentences stands in it."""
    found = _lines(text)
    span = _story_span(found)
    if span is None:
        raise UnknownLayoutError(page.url, "unknown_layout", "plain text without a story in it")
    headline, at = _headline(page, found, span)
    if headline is None:
        raise UnknownLayoutError(page.url, "unknown_layout", "plain text with a story, but no headline above it")
    above = _above(found, at, span, headline)
    body, images = _body(found, span, headline)
    published = _published(page, above, body)
    article = Article(
        url=page.url,
        publisher=_publisher(page),
        layout=NAME,
        headline=headline,
        byline=next((names for names in map(_byline, above) if names), body.byline or body.writers),
        dateline=body.dateline,
        published_at=published[0] if published else None,
        published_precision=published[1] if published else None,
        fetched_at=page.fetched_at,
        language="en",
        correction=body.correction,
        body=tuple(body.blocks),
        images=tuple(dict.fromkeys((*_images(above), *images))),
        contacts=tuple(body.contacts),
        assistance=tuple(body.assistance),
    )
    told = (
        name for name in ("headline", "byline", "dateline", "published_at", "body", "images", "contacts", "assistance")
    )
    sources = {name: "text lines" for name in told if getattr(article, name)}
    return Reading(replace(article, sources=sources), Notes(answered=sources, left_out=body.passed_over))


def _lines(text: str) -> list[str]:
    """The lines that are not empty, hard-wrapped paragraphs made whole."""
    blocks = [[line.strip() for line in block.split("\n") if line.strip()] for block in re.split(r"\n[^\S\n]*\n", text)]
    blocks = [block for block in blocks if block]
    longest = max((len(line) for block in blocks for line in block), default=0)
    runs = [block for block in blocks if len(block) > 1]
    if longest <= _HARD_WRAP and len(runs) * 3 > len(blocks):
        blocks = [["\n".join(block)] for block in blocks]
    return [line for block in blocks for line in map(squeezed, block) if line]


def _is_sentence(line: str) -> bool:
    return len(line) >= _SHORTEST_SENTENCE and bool(_SENTENCE.search(line)) and debris.is_debris(line) is None


def _story_span(found: Sequence[str]) -> _Span | None:
    """The run of sentences, short lines between them allowed, that has the most text. Contact lines end a run."""
    best, weight = None, _SHORTEST_STORY
    start, end, chars = 0, 0, 0
    for at, line in enumerate(found):
        if not _is_sentence(line):
            continue
        if not chars or at - end > _MOST_BETWEEN or _closes(found[start:end]):
            start, chars = at, 0
        end, chars = at + 1, chars + len(line)
        if chars > weight:
            best, weight = _Span(start, end), chars
    return best and _with_closing(found, best)


def _closes(run: Sequence[str]) -> bool:
    return bool(run) and contacts.read(run[-1]) is not None


def _with_closing(found: Sequence[str], span: _Span) -> _Span:
    """The span with the closing lines after it, which lose their ends ("in Washington at") with their links."""
    end = span.end
    for at in range(span.end, min(span.end + 8, len(found))):
        if contacts.read(found[at]) or corrections.read(found[at]):
            end = at + 1
    return _Span(span.start, end)


def _headline(page: Page, found: Sequence[str], span: _Span) -> tuple[str | None, int]:
    """The headline and where it stands: the line above the story that shares most words with the address, or that is
    printed twice, or else the nearest that reads as one.
    """
    words = set(_WORDS.findall((slug(page.url) or "").lower())) if page.url.startswith("http") else set()
    ranked = [(_rank(found, at, words), at) for at in range(span.start) if _may_be_headline(found[at])]
    if not ranked:
        return None, span.start
    at = max(ranked)[1]
    return _without_site(found[at]), at


def _rank(found: Sequence[str], at: int, words: set[str]) -> tuple[int, int, int]:
    told = {word.lower() for word in _WORDS.findall(found[at])}
    shared = len(words & told) * 2 >= max(len(words), 1) and len(words & told) > 1
    return int(shared), min(found.count(found[at]), 2), at


def _may_be_headline(line: str) -> bool:
    if not 12 <= len(line) <= 220 or len(_WORDS.findall(line)) < 3 or _BULLET.match(line):
        return False
    if debris.is_debris(line) or dates.read(line) or captions.split(line)[1] or _byline(line):
        return False
    return not re.search(r"[.:;,]$", line) or bool(re.search(r"\b(?:[A-Z]\.){2,}$|\b(?:Inc|Co|Corp|Ltd)\.$", line))


def _without_site(headline: str) -> str:
    return re.sub(r"\s+[-|–—]\s+(?:Bloomberg|Businessweek|BusinessWeek)\b.*$", "", headline)


def _above(found: Sequence[str], at: int, span: _Span, headline: str) -> list[str]:
    return [line for line in found[at + 1 : span.start] if line != headline]


def _byline(line: str) -> tuple[str, ...]:
    return byline.names(line) if len(line) < 160 and re.match(r"by\s", line, re.I) else ()


def _images(above: Sequence[str]) -> list[Image]:
    told = [captions.split(line) for line in above]
    return [Image(caption=caption, credit=credit) for caption, credit in told if credit]


def _body(found: Sequence[str], span: _Span, headline: str) -> tuple[Body, list[Image]]:
    """The story, and the captions among its lines: those that end in a credit."""
    lines, images = [], []
    for text in found[span.start : span.end]:
        caption, credit = captions.split(text)
        if credit and len(credit) < 120 and dateline.split(text)[0] is None and contacts.read(text) is None:
            images.append(Image(caption=caption, credit=credit))
        elif text != headline:
            bullet = _BULLET.match(text)
            lines.append(
                Line(kind="list_item" if bullet else "paragraph", text=text[bullet.end() :] if bullet else text)
            )
    return story(lines, headline), images


def _published(page: Page, above: Sequence[str], body: Body) -> tuple[datetime, Precision] | None:
    """The time printed above the story; else the dateline's day in the year of the address; else the address's day."""
    printed = next(filter(None, map(dates.read, above)), None)
    told = date_in(page.url)
    if printed or told is None:
        return printed
    near = date.fromisoformat(told)
    day = dates.with_year(body.dateline.date_text, near) if body.dateline and body.dateline.date_text else None
    return datetime.combine(day or near, time(), UTC), "day"


def _publisher(page: Page) -> str:
    host = urlsplit(normal_form(page.url)).hostname or ""
    return "Bloomberg Businessweek" if "businessweek" in host else "Bloomberg"
