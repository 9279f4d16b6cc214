"""Reads plain text: a text dump of a page, a WET record. Without markup, each line is classified by its text.

The text of a page is its chrome, in short lines, with the story among them: sentences, with single short lines for
subheads. The story is where most sentences follow each other. The headline is above it, with byline, time and captions
between them. It ends with its contact lines, or before a long run of chrome.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from itertools import groupby, takewhile
from urllib.parse import urlsplit

from newscrawl.article import TEXT_LAYOUT_SUFFIX, Article, BlockKind, Image, Page
from newscrawl.errors import MissingFieldError, UnknownLayoutError
from newscrawl.extract import dump_header, hard_wraps, markdown_text
from newscrawl.extract.body import Body, Line, extract_story, reads_as_subhead
from newscrawl.extract.code_lines import MAX_WRAPPED_LENGTH, remove_code
from newscrawl.extract.dump_header import Header
from newscrawl.extract.fields import (
    boilerplate,
    byline,
    captions,
    corrections,
    dateline,
    languages,
    tickers,
)
from newscrawl.extract.layout import Extraction, Notes
from newscrawl.extract.markdown_text import MarkedText
from newscrawl.extract.text_lines import (
    BULLET,
    BY,
    MIN_SENTENCE_LENGTH,
    SENTENCE,
    UPDATED,
    WORDS,
    closes,
    is_sentence,
    is_short_sentence,
    parse_by_line,
    read_image,
)
from newscrawl.extract.text_parts import (
    MAX_CLOSING,
    MAX_GAP,
    MAX_INTERRUPTION,
    MAX_TITLE_LINES,
    Parts,
    find_parts,
    fold_line,
)
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.syntax import dates
from newscrawl.syntax.dates import Moment
from newscrawl.urls import date_in, normalize_url

_HANDLE = re.compile(r"\s+@?[a-z][\w’'.]{3,30}$")
_MAX_SILENT = 6
_SITE_NAME = re.compile(r"\s[-|–—·»]\s+[^-|–—·»]+$")
_MAIL = re.compile(r"(?:from|to|cc|subject|betreff|reply-to|message-id):\s|(?:re|fwd?|aw):\s|.{0,80}\bwrote:$", re.I)
_SPEECH = re.compile(
    r"\b(?:said|says|told)\b(?!\s+(?:software|license|program|party|parties|file))"
    r"|\b(?:sagte|sagt|erklärte|teilte|déclaré|affirmé|selon|dijo|afirmó|según|disse|afirmou|detto|secondo|zei|sade)\b"
    r"|сказал|заявил|сообщил|表示|と述べた|によると|据|说"
)
"""Speech and its source, which news has and manuals have not."""
_NEWS_CHROME = frozenset(
    re.findall(
        r"\w+",
        "advertisement audio copyright follow machine_summary newsletter related relative_time share subscribe tip",
    )
)
"""What stands around a story on the page of a news site."""
_BULLET_LENGTHS = range(25, 120)
_FIELDS = (
    *("headline", "dek", "byline", "dateline", "published_at", "updated_at", "abstract", "correction", "body"),
    *("images", "contacts", "assistance"),
)


def read(page: Page, text: str, publisher: Publisher = GENERAL) -> Extraction:
    """Read the article in the text of a page. Raises UnknownLayoutError without a story, or a headline above it.

    Raises MissingFieldError where nothing of the story is left but boilerplate.
    """
    header, marked = read_lines(text, page.content_type)
    url = page.url if page.url.startswith("http") else header.url or page.url
    parts = find_parts(page, url, header, marked)
    body, images = _read_body(parts, marked)
    if not body.blocks:
        raise MissingFieldError(page.url, "missing_body", f"the text below {parts.headline!r} is no story")
    is_claimed = page.url.startswith("http") or header.names_article or publisher is not GENERAL
    if not (is_claimed or _is_news(parts, body, marked)):
        raise UnknownLayoutError(
            page.url,
            "unknown_layout",
            "plain text without a sign of news: no address, byline, time, dateline or speech",
        )
    zone = publisher.time_zone
    updated = _find_update((*parts.above, *parts.story[-MAX_CLOSING:]), zone)
    published = dates.parse(header.published, zone=zone) if header.published else None
    published = published or _find_publication(url, parts, body, updated, zone)
    host = urlsplit(url).hostname or ""
    article = Article(
        url=url,
        canonical_url=normalize_url(header.url, publisher.url_rules) if header.url else None,
        publisher=publisher.edition_titles.get(host, publisher.title) or host or header.site or "unknown",
        layout=f"{publisher.name}{TEXT_LAYOUT_SUFFIX}",
        headline=parts.headline,
        dek=_find_dek(parts),
        description=header.description,
        byline=_find_authors(header, parts, body),
        dateline=body.dateline,
        published_at=published[0] if published else None,
        published_precision=published[1] if published else None,
        updated_at=updated[0] if updated else None,
        fetched_at=page.fetched_at,
        tickers=tickers.remove_repeated(found for line in parts.story for found in marked.tickers.get(line, ())),
        language=publisher.language or languages.normalize(header.language) or languages.detect(body.blocks),
        abstract=_find_abstract(parts),
        correction=corrections.find_correction(parts.above) or body.correction,
        body=tuple(body.blocks),
        images=tuple(dict.fromkeys((*_read_images(parts.above, marked), *images))),
        contacts=tuple(body.contacts),
        assistance=tuple(body.assistance),
        complete=page.complete,
    )
    sources = {name: "text lines" for name in _FIELDS if getattr(article, name)}
    stated = {"headline": header.title, "byline": header.authors, "published_at": header.published}
    stated |= {"canonical_url": header.url, "description": header.description}
    sources |= {name: "text header" for name, value in stated.items() if value and getattr(article, name)}
    return Extraction(replace(article, sources=sources), Notes(sources=sources, excluded=body.excluded))


def read_lines(text: str, content_type: str | None = None) -> tuple[Header, MarkedText]:
    """Split a text into what its header states and its lines: paragraphs on one line each, without Markdown's marks."""
    header, rest = dump_header.split(hard_wraps.unify_line_ends(text))
    plain = remove_code(hard_wraps.split_long_rows(rest))
    if markdown_text.is_markdown(plain, content_type):
        return header, markdown_text.read(rest)
    return header, MarkedText(hard_wraps.join_lines(plain))


def _is_news(parts: Parts, body: Body, marked: MarkedText) -> bool:
    """Return whether a text of unknown origin is a news story rather than a manual, a letter or a recipe."""
    if any(map(_MAIL.match, marked.lines[:MAX_INTERRUPTION])):
        return False
    if body.dateline or body.contacts or body.writers or any(map(parse_by_line, (*parts.before, *parts.above))):
        return True
    title = fold_line(parts.headline)
    tops = [line for line in marked.lines[:MAX_TITLE_LINES] if _SITE_NAME.search(line)]
    if any(fold_line(line).startswith(title) and fold_line(line) != title for line in tops):
        return True
    near = (*parts.before[-MAX_GAP:], *parts.above[:MAX_CLOSING])
    is_timed = any(dates.parse(line) for line in near if len(line) <= MAX_WRAPPED_LENGTH)
    if is_timed and (_find_byline(parts) or any(map(read_image, parts.above))):
        return True
    speeches = sum(1 for block in body.blocks if _SPEECH.search(block.text))
    if (is_timed or speeches) and len(_NEWS_CHROME.intersection(map(boilerplate.find_reason, marked.lines))) > 1:
        return True
    return speeches > (0 if is_timed else 1) and speeches * _MAX_SILENT >= len(body.blocks)


def _find_authors(header: Header, parts: Parts, body: Body) -> tuple[str, ...]:
    desk = byline.find_desk([*header.authors, *filter(BY.match, parts.above)])
    names = byline.parse_names(header.authors) or _find_byline(parts) or body.byline or body.writers
    return names or ((desk,) if desk else ())


def _find_byline(parts: Parts) -> tuple[str, ...]:
    """Return the names in the "By ..." line, or those on lines of their own before the time."""
    if names := next(filter(None, map(parse_by_line, parts.above)), None):
        return names
    head = list(takewhile(lambda line: not dates.parse(line), parts.above[:MAX_CLOSING]))
    return tuple(dict.fromkeys(filter(None, map(_parse_person, head))))


def _parse_person(line: str) -> str | None:
    """Return the name on a line of a byline, which may end with a handle: "Jo Doe jdoe"."""
    name = byline.parse_person(_HANDLE.sub("", re.sub(r"^(?:by|and)\s+", "", line, flags=re.I)))
    return name if name and " " in name else None


def _find_dek(parts: Parts) -> str | None:
    """Return the line under the headline, if it is not a byline, time or chrome, and byline or time follows."""
    line, following = (*parts.above, "", "")[:2]
    if len(WORDS.findall(line)) < 3 or BY.match(line) or dates.parse(line):
        return None
    if read_image(line) or boilerplate.find_reason(line) or _parse_person(line):
        return None
    return line if BY.match(following) or dates.parse(following) else None


def _find_abstract(parts: Parts) -> tuple[str, ...]:
    """Return the bullets: at least two lines of several words right above the story that are not sentences.

    Those of a summary by a machine are not the article's.
    """
    runs = [(kind, list(lines)) for kind, lines in groupby(parts.above, key=_is_bullet)]
    labels = [None, *(boilerplate.find_reason(lines[-1]) for _, lines in runs)]
    found = [
        lines
        for (is_bullet, lines), label in zip(runs, labels, strict=False)
        if is_bullet and len(lines) > 1 and label != "machine_summary"
    ]
    bullets = found[-1] if found else []
    return tuple(BULLET.sub("", line) for line in bullets)


def _is_bullet(line: str) -> bool:
    if BULLET.match(line):
        return boilerplate.find_reason(line) is None
    if len(line) not in _BULLET_LENGTHS or len(WORDS.findall(line)) < 5 or re.search(r"[.?!:]$", line):
        return False
    return not (boilerplate.find_reason(line) or dates.parse(line) or parse_by_line(line) or read_image(line))


def _read_images(lines: Sequence[str], marked: MarkedText) -> Iterator[Image]:
    """Yield the pictures of captions among lines outside the story; a credit may be on the next line."""
    for before, line in zip(("", *lines), lines, strict=False):
        image = read_image(line)
        if image:
            image = replace(image, url=marked.pictures.get(line) or marked.pictures.get(before))
        if image and not image.caption and SENTENCE.search(before) and not read_image(before):
            yield replace(image, caption=before)
        elif image:
            yield image


def _read_body(parts: Parts, marked: MarkedText) -> tuple[Body, list[Image]]:
    lines: list[Line] = []
    images: list[Image] = []
    chrome: list[tuple[str, str]] = []
    for text, is_story in _classify(parts.story, marked):
        if image := read_image(text):
            images.append(replace(image, url=marked.pictures.get(text)))
        elif table := marked.tables.get(text):
            lines.append(Line(kind="table", text=table))
        elif not is_story:
            chrome.append(("line among chrome", text))
        elif lines and captions.split(text)[1] and dateline.split(text)[0]:
            chrome.append(("caption of a video", text))
        elif bullet := BULLET.match(text):
            lines.append(Line(kind="list_item", text=text[bullet.end() :], is_link=text in marked.links))
        else:
            kind: BlockKind = (
                "subhead" if text in marked.headings else "quote" if text in marked.quotes else "paragraph"
            )
            lines.append(Line(kind=kind, text=text, is_link=text in marked.links))
    body = extract_story(lines, parts.headline)
    body.excluded.extend(chrome)
    return body, images


def _classify(lines: Sequence[str], marked: MarkedText) -> Iterator[tuple[str, bool]]:
    """Yield each line with whether it may be part of the story.

    Sentences and closing lines may be. Short lines between them may be if they are one or two, or mostly sentences:
    more of them are a list of other stories, a newsletter box or a chart.
    """
    for short, run in groupby(lines, key=lambda line: not (is_sentence(line) or closes(line) or BULLET.match(line))):
        stretch = list(run)
        rest = [line for line in stretch if boilerplate.find_reason(line) is None]
        is_prose = len(rest) <= MAX_GAP or 2 * sum(map(is_short_sentence, rest)) >= len(rest)
        is_prose = is_prose and not any("newsletter" in line.lower() for line in stretch)
        for line in stretch:
            may_be_prose = is_prose and line in rest and not UPDATED.match(line)
            is_long = len(line) >= MIN_SENTENCE_LENGTH
            has_form = is_long or is_short_sentence(line) or line in marked.headings or reads_as_subhead(line)
            yield line, not short or (may_be_prose and has_form)


def _find_update(lines: Sequence[str], zone: str) -> Moment | None:
    for line, after in zip(lines, (*lines[1:], ""), strict=True):
        if label := UPDATED.match(line):
            return dates.parse(line[label.end() :] or after, zone=zone)
    return None


def _find_publication(url: str, parts: Parts, body: Body, updated: Moment | None, zone: str) -> Moment | None:
    """Return the time printed above the story, else the day of the dateline, else the day in the address."""
    printed = (*parts.above, *reversed(parts.before))
    lines = [
        line
        for before, line in zip(("", *printed), printed, strict=False)
        if not (UPDATED.match(line) or UPDATED.fullmatch(before))
    ]
    if moment := next(filter(None, (dates.parse(line, zone=zone) for line in lines)), None):
        return moment
    in_url = date_in(url)
    near = date.fromisoformat(in_url) if in_url else updated[0].date() if updated else None
    day = dates.parse_dateline(body.dateline.date_text if body.dateline else None, near)
    day = day or (near if in_url else None)
    return (datetime.combine(day, time(), UTC), "day") if day else None
