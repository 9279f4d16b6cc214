"""Reads plain text: a text dump of a page, a WET record. Without markup, each line is classified by its text.

The text of a page is its chrome, in short lines, with the story among them: sentences, with single short lines for
subheads. The story is where most sentences follow each other. The headline is above it, with byline, time and captions
between them. It ends with its contact lines, or before a long run of chrome.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import groupby, takewhile
from urllib.parse import urlsplit

from newscrawl.article import TEXT_LAYOUT_SUFFIX, Article, Image, Page
from newscrawl.errors import UnknownLayoutError
from newscrawl.extract.body import Body, Line, extract_story, reads_as_subhead
from newscrawl.extract.fields import agencies, boilerplate, byline, captions, contacts, corrections, dateline
from newscrawl.extract.layout import Extraction, Notes
from newscrawl.extract.placeholder import make_error
from newscrawl.extract.text import normalize_space
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.syntax import dates
from newscrawl.syntax.dates import Moment
from newscrawl.urls import date_in, slug

_SENTENCE = re.compile(r"[.!?…][”’\"')\]]*$|\w{2}[,;:]$")
_BULLET = re.compile(r"^\s*(?:[•*·‣▪–-]|\d{1,2}[.)])\s+")
_FOOT = re.compile(
    r"(?:terms of (?:service|use)|privacy policy|trademarks?|©|most (?:read|popular)|read (?:this )?next|up next"
    r"|comments|please upgrade)\b",
    re.I,
)
_SITE = re.compile(rf"\s+[-|–—]\s+{agencies.LONG_PATTERN}\b.*$", re.I)
_UPDATED = re.compile(r"(?:last )?updated(?: on)?\b[:\s]*", re.I)
_STARTS = re.compile(r"[“‘\"'(\[]*[^\W_a-z]")
_HANDLE = re.compile(r"\s+@?[a-z]\w{3,14}$")
_BY = re.compile(r"by(?:\s|$)", re.I)
_WORDS = re.compile(r"[^\W_]+")
_MIN_SENTENCE_LENGTH = 60
_MAX_WRAPPED_LENGTH = 100
"""Longest line of a hard-wrapped dump. A longer line is a sentence, with or without a full stop."""
_MIN_STORY_LENGTH = 200
_MAX_GAP = 2
"""Lines of chrome between sentences that are taken to follow each other."""
_MAX_INTERRUPTION = 14
"""Lines of a list of other stories, a newsletter box or a chart, after which a story may go on."""
_MAX_CLOSING = 8
_LINES_BEFORE = 4
_BULLET_LENGTHS = range(25, 120)

_FIELDS = (
    *("headline", "dek", "byline", "dateline", "published_at", "updated_at", "abstract", "correction", "body"),
    *("images", "contacts", "assistance"),
)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The relevant lines: some before the headline, those between it and the story, and the story with its closing."""

    headline: str
    before: Sequence[str]
    above: Sequence[str]
    story: Sequence[str]


def read(page: Page, text: str, publisher: Publisher = GENERAL) -> Extraction:
    """Read the article in the text of a page. Raises UnknownLayoutError without a story, or a headline above it."""
    parts = _find_parts(page, _split_lines(text))
    body, images = _read_body(parts)
    desk = byline.find_desk([line for line in parts.above if _BY.match(line)])
    updated = _find_update((*parts.above, *parts.story[-_MAX_CLOSING:]), publisher.time_zone)
    published = _find_publication(page, parts, body, updated, publisher.time_zone)
    host = urlsplit(page.url).hostname or ""
    article = Article(
        url=page.url,
        publisher=publisher.edition_titles.get(host, publisher.title) or host or "unknown",
        layout=f"{publisher.name}{TEXT_LAYOUT_SUFFIX}",
        headline=parts.headline,
        dek=_find_dek(parts),
        byline=_find_byline(parts) or body.byline or body.writers or ((desk,) if desk else ()),
        dateline=body.dateline,
        published_at=published[0] if published else None,
        published_precision=published[1] if published else None,
        updated_at=updated[0] if updated else None,
        fetched_at=page.fetched_at,
        language=publisher.language or "en",
        abstract=_find_abstract(parts),
        correction=corrections.find_correction(parts.above) or body.correction,
        body=tuple(body.blocks),
        images=tuple(dict.fromkeys((*_read_images(parts.above), *images))),
        contacts=tuple(body.contacts),
        assistance=tuple(body.assistance),
        complete=page.complete,
    )
    sources = {name: "text lines" for name in _FIELDS if getattr(article, name)}
    return Extraction(replace(article, sources=sources), Notes(sources=sources, excluded=body.excluded))


def _split_lines(text: str) -> list[str]:
    """Return the lines that are not empty; those of a hard-wrapped paragraph as one."""
    blocks = [[line.strip() for line in block.split("\n") if line.strip()] for block in re.split(r"\n[^\S\n]*\n", text)]
    longest = max((len(line) for block in blocks for line in block), default=0)
    wrapped = [block for block in blocks if len(block) > 1 and len(block[0]) >= _MIN_SENTENCE_LENGTH]
    if longest <= _MAX_WRAPPED_LENGTH and len(wrapped) > 1:
        blocks = [["\n".join(block)] for block in blocks]
    return [line for block in blocks for line in map(normalize_space, block) if line]


def _find_parts(page: Page, lines: list[str]) -> _Parts:
    core = _find_core(lines)
    if core is None:
        raise make_error(page.url, lines[:1], "\n".join(lines), "plain text without a story")
    start, end = core[0], _find_end(lines, core[1])
    at = _find_headline(page, lines, start)
    if at is None:
        raise UnknownLayoutError(page.url, "unknown_layout", "plain text with a story, but no headline above it")
    headline = _SITE.sub("", lines[at])
    opening = _find_opening(lines, at, start)
    above, story = (
        [line for line in part if line != headline] for part in (lines[at + 1 : opening], lines[opening:end])
    )
    return _Parts(headline, lines[max(0, at - _LINES_BEFORE) : at], above, story)


def _find_opening(lines: Sequence[str], at: int, start: int) -> int:
    """Return where the story begins: at the first sentence below headline and byline that is not a caption.

    One or two short sentences right above it belong to it, if they are not the dek.
    """
    signed = [place for place in range(at + 1, min(at + _MAX_CLOSING, start)) if _BY.match(lines[place])]
    below = signed[0] + 1 if signed else at + 1
    opening = next(
        (place for place in range(below, start) if _is_sentence(lines[place]) and _read_image(lines[place]) is None),
        max(start, below),
    )
    while opening - 1 > at + 1 and opening > below and _is_short_sentence(lines[opening - 1]):
        opening -= 1
    return opening


def _is_short_sentence(line: str) -> bool:
    if not _SENTENCE.search(line) or len(_WORDS.findall(line)) < 3 or not _STARTS.match(line):
        return False
    return not (
        boilerplate.find_reason(line) or _read_image(line) or _closes(line) or dates.parse(line) or _UPDATED.match(line)
    )


def _is_sentence(line: str) -> bool:
    if len(line) < _MIN_SENTENCE_LENGTH or not (_SENTENCE.search(line) or len(line) > _MAX_WRAPPED_LENGTH):
        return False
    return boilerplate.find_reason(line) is None and contacts.parse(line) is None


def _find_core(lines: Sequence[str]) -> tuple[int, int] | None:
    """Return where most sentences follow each other, as (first, last + 1); None if there are too few for a story."""
    best, weight = None, _MIN_STORY_LENGTH
    start, end, chars = 0, 0, 0
    for at, line in enumerate(lines):
        if not _is_sentence(line):
            continue
        if at - end > _MAX_GAP or not chars:
            start, chars = at, 0
        end, chars = at + 1, chars + len(line)
        if chars > weight:
            best, weight = (start, end), chars
    return best


def _find_end(lines: Sequence[str], end: int) -> int:
    """Return where the story ends: after its closing lines, or after the last sentence before a long run of chrome."""
    last = end
    for at in range(end, len(lines)):
        if _closes(lines[at]):
            window = range(at, min(at + _MAX_CLOSING, len(lines)))
            return max(place for place in window if _closes(lines[place]) or _UPDATED.match(lines[place])) + 1
        if at - last >= _MAX_INTERRUPTION or _FOOT.match(lines[at]):
            break
        if _is_sentence(lines[at]) or (at == last and _is_short_sentence(lines[at])):
            last = at + 1
    return last


def _closes(line: str) -> bool:
    return contacts.parse(line) is not None or corrections.parse(line) is not None


def _find_headline(page: Page, lines: Sequence[str], start: int) -> int | None:
    # It has most words of the address, or occurs twice (as title of the page), or is the nearest to the story.
    words = set(_WORDS.findall((slug(page.url) or "").lower())) if page.url.startswith("http") else set()
    plain = [_SITE.sub("", line) for line in lines]
    ranked: list[tuple[bool, bool, bool, int]] = []
    for at, line in enumerate(plain[:start]):
        if _may_be_headline(line):
            common = len(words.intersection(_WORDS.findall(line.lower())))
            is_repeated = plain.count(line) > 1
            matches_address = common > 1 and common * 2 >= len(words)
            ranked.append((matches_address, is_repeated and line == plain[0], is_repeated, at))
    return max(ranked)[-1] if ranked else None


def _may_be_headline(line: str) -> bool:
    if not 12 <= len(line) <= 220 or len(_WORDS.findall(line)) < 3 or _BULLET.match(line):
        return False
    if _BY.match(line) or _closes(line) or boilerplate.find_reason(line):
        return False
    if dates.parse(line) or captions.split(line)[1]:
        return False
    return not re.search(r"[.:;,]$", line) or bool(re.search(r"\b(?:[A-Z]\.){2,}$|\b(?:Inc|Co|Corp|Ltd)\.$", line))


def _parse_by_line(line: str) -> tuple[str, ...]:
    return byline.parse_names(line) if len(line) < 160 and _BY.match(line) else ()


def _find_byline(parts: _Parts) -> tuple[str, ...]:
    """Return the names in the "By ..." line, or those on lines of their own before the time."""
    if names := next(filter(None, map(_parse_by_line, parts.above)), None):
        return names
    head = list(takewhile(lambda line: not dates.parse(line), parts.above[:_MAX_CLOSING]))
    return tuple(dict.fromkeys(filter(None, map(_parse_person, head))))


def _parse_person(line: str) -> str | None:
    """Return the name on a line of a byline, which may end with a handle: "Jo Doe jdoe"."""
    name = byline.parse_person(_HANDLE.sub("", re.sub(r"^(?:by|and)\s+", "", line, flags=re.I)))
    return name if name and " " in name else None


def _find_dek(parts: _Parts) -> str | None:
    """Return the line under the headline, if it is not a byline, time or chrome, and byline or time follows."""
    line, following = (*parts.above, "", "")[:2]
    if len(_WORDS.findall(line)) < 3 or _BY.match(line) or dates.parse(line):
        return None
    if _read_image(line) or boilerplate.find_reason(line) or _parse_person(line):
        return None
    return line if _BY.match(following) or dates.parse(following) else None


def _find_abstract(parts: _Parts) -> tuple[str, ...]:
    """Return the bullets: at least two lines of several words right above the story that are not sentences."""
    runs = [(kind, list(lines)) for kind, lines in groupby(parts.above, key=_is_bullet)]
    bullets = next((lines for is_bullet, lines in reversed(runs) if is_bullet and len(lines) > 1), [])
    return tuple(_BULLET.sub("", line) for line in bullets)


def _is_bullet(line: str) -> bool:
    if _BULLET.match(line):
        return boilerplate.find_reason(line) is None
    if len(line) not in _BULLET_LENGTHS or len(_WORDS.findall(line)) < 5 or re.search(r"[.?!:]$", line):
        return False
    return not (boilerplate.find_reason(line) or dates.parse(line) or _parse_by_line(line) or _read_image(line))


def _read_images(lines: Sequence[str]) -> Iterator[Image]:
    """Yield the pictures of captions among lines outside the story; a credit may be on the next line."""
    for before, line in zip(("", *lines), lines, strict=False):
        image = _read_image(line)
        if image and not image.caption and _SENTENCE.search(before) and not _read_image(before):
            yield replace(image, caption=before)
        elif image:
            yield image


def _read_image(line: str) -> Image | None:
    # The caption of a picture ends with a credit; that of a video begins with a dateline.
    caption, credit = captions.split(line)
    if not credit or len(credit) > _MAX_WRAPPED_LENGTH or dateline.split(line)[0] or contacts.parse(line):
        return None
    return Image(caption=caption, credit=credit)


def _read_body(parts: _Parts) -> tuple[Body, list[Image]]:
    lines: list[Line] = []
    images: list[Image] = []
    chrome: list[tuple[str, str]] = []
    for text, is_story in _classify(parts.story):
        if image := _read_image(text):
            images.append(image)
        elif not is_story:
            chrome.append(("line among chrome", text))
        elif lines and captions.split(text)[1] and dateline.split(text)[0]:
            chrome.append(("caption of a video", text))
        elif bullet := _BULLET.match(text):
            lines.append(Line(kind="list_item", text=text[bullet.end() :]))
        else:
            lines.append(Line(kind="paragraph", text=text))
    body = extract_story(lines, parts.headline)
    body.excluded.extend(chrome)
    return body, images


def _classify(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield each line with whether it may be part of the story.

    Sentences and closing lines may be. Short lines between them may be if they are one or two, or mostly sentences:
    more of them are a list of other stories, a newsletter box or a chart.
    """
    for short, run in groupby(lines, key=lambda line: not (_is_sentence(line) or _closes(line) or _BULLET.match(line))):
        stretch = list(run)
        rest = [line for line in stretch if boilerplate.find_reason(line) is None]
        is_prose = len(rest) <= _MAX_GAP or 2 * sum(map(_is_short_sentence, rest)) >= len(rest)
        is_prose = is_prose and not any("newsletter" in line.lower() for line in stretch)
        for line in stretch:
            may_be_prose = is_prose and line in rest and not _UPDATED.match(line)
            is_long = len(line) >= _MIN_SENTENCE_LENGTH
            yield line, not short or (may_be_prose and (is_long or _is_short_sentence(line) or reads_as_subhead(line)))


def _find_update(lines: Sequence[str], zone: str) -> Moment | None:
    for line, after in zip(lines, (*lines[1:], ""), strict=True):
        if label := _UPDATED.match(line):
            return dates.parse(line[label.end() :] or after, zone=zone)
    return None


def _find_publication(page: Page, parts: _Parts, body: Body, updated: Moment | None, zone: str) -> Moment | None:
    """Return the time printed above the story, else the day of the dateline, else the day in the address."""
    printed = (*parts.above, *reversed(parts.before))
    lines = [
        line
        for before, line in zip(("", *printed), printed, strict=False)
        if not (_UPDATED.match(line) or _UPDATED.fullmatch(before))
    ]
    if moment := next(filter(None, (dates.parse(line, zone=zone) for line in lines)), None):
        return moment
    in_url = date_in(page.url)
    near = date.fromisoformat(in_url) if in_url else updated[0].date() if updated else None
    day = dates.parse_dateline(body.dateline.date_text if body.dateline else None, near)
    day = day or (near if in_url else None)
    return (datetime.combine(day, time(), UTC), "day") if day else None
