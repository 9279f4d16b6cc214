"""Reads plain text: a text dump of a page, a WET record. Without markup, each line is classified by its text.

The text of a page is its chrome, in short lines, with the story among them: sentences, with single short lines for
subheads. The story is where most sentences follow each other. The headline is above it, with byline, time and captions
between them. It ends with its contact lines, or before a long run of chrome.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import groupby, pairwise, takewhile
from urllib.parse import urlsplit

from newscrawl.article import TEXT_LAYOUT_SUFFIX, Article, BlockKind, Image, Page
from newscrawl.errors import MissingFieldError, UnknownLayoutError
from newscrawl.extract import dump_header, hard_wraps, markdown_text
from newscrawl.extract.body import Body, Line, extract_story, reads_as_subhead
from newscrawl.extract.dump_header import Header
from newscrawl.extract.fields import (
    agencies,
    boilerplate,
    byline,
    captions,
    contacts,
    corrections,
    dateline,
    languages,
    tickers,
)
from newscrawl.extract.layout import Extraction, Notes
from newscrawl.extract.markdown_text import MarkedText
from newscrawl.extract.placeholder import make_error
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.syntax import dates
from newscrawl.syntax.dates import Moment
from newscrawl.urls import date_in, normalize_url, slug

_SENTENCE = re.compile(r"[.!?…][”’\"')\]]*$|\w{2}[,;:]$")
_BULLET = re.compile(r"^\s*(?:[•*·‣▪–-]|\d{1,2}[.)])\s+")
_FOOT = re.compile(
    r"(?:terms of (?:service|use)|privacy policy|trademarks?|©|most (?:read|popular)|read (?:this )?next|up next"
    r"|comments|please upgrade)\b",
    re.I,
)
_SITE = re.compile(rf"\s+[-|–—]\s+{agencies.LONG_PATTERN}\b.*$", re.I)
_WIRE_CODE = re.compile(r"\([A-Z]{2,4}\)\s+")
"""The wire before a headline: "(BN) ..."."""
_UPDATED = re.compile(r"(?:last )?updated(?: on)?\b[:\s]*", re.I)
_STARTS = re.compile(r"[“‘\"'(\[]*[^\W_a-z]")
_HANDLE = re.compile(r"\s+@?[a-z][\w’'.]{3,30}$")
_BY = re.compile(
    r"(?:(?:commentary|opinion|review|interview|analysis|essay|editorial|column|story|text|written|reported)\s+)?by(?:\s|$)",
    re.I,
)
_WORDS = re.compile(r"[^\W_]+")
_MIN_SENTENCE_LENGTH = 60
_MAX_WRAPPED_LENGTH = 100
"""Longest line of a hard-wrapped dump. A longer line is a sentence, with or without a full stop."""
_MIN_STORY_LENGTH = 200
_MIN_MARKED_LENGTH = 100
"""Of the sentences of a story that a byline, a dateline, contacts or the title of the page mark as one."""
_MIN_HEADLINE_LENGTH = 12
_COLUMN = re.compile(r"(?:opinion|quicktake|explainer):\s", re.I)
"""Begins headlines, but below them links to other stories."""
_MAX_TITLE_LINES = 3
_MIN_SHARE = 3
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
_PHONE = re.compile(r"\+?\d{1,4}(?:[\s().-]{1,2}\d{2,5}){2,5}$")
_TITLE_CUT = re.compile(r"\s+[-|–—·:»]\s+|:\s+")
_MAX_GAP = 2
"""Lines of chrome between sentences that are taken to follow each other."""
_MAX_INTERRUPTION = 14
"""Lines of a list of other stories, a newsletter box or a chart, after which a story may go on."""
_MAX_CHART = 80
_MIN_RESUMED = 3
_MAX_CLOSING = 8
_MAX_ABOVE = 20
"""Lines between a headline and its story: byline, times, buttons, captions."""
_SAMPLE = 2000
_CODE = re.compile(
    r"[{};=]\s*$|\(\)|=>|\bfunction\b|\bvar\s|\bconst\s|\":|[.#][\w-]+\s*\{|\{[\w-]+:|</|<\\/|\\\"|&&|\|\|"
)
_CODE_SHARE = 25
_CODE_ROW = re.compile(
    r"\s*(?:[\]})({\[]+[,;]*|\"[^\"\s]*\"\s*[,:\]].*|[\w$-]+\s?[:=]\s?.*[;,{\[]|[\w-]+: [\d.]+[\w%]*|.*[{}\[(]"
    r"|[\d\[\]{}\", ]+)\s*$"
)
"""A line of a script or style in a text that has more of them."""
_CODE_ROW_SHARE = 12
_MIN_CODE_ROWS = 10
_CODE_MARK = re.compile(r"[{}\[\]();=<>\\|&_\"#@/]")
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
    """Read the article in the text of a page. Raises UnknownLayoutError without a story, or a headline above it.

    Raises MissingFieldError where nothing of the story is left but boilerplate.
    """
    header, marked = read_lines(text, page.content_type)
    url = page.url if page.url.startswith("http") else header.url or page.url
    parts = _find_parts(page, url, header, marked)
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
    updated = _find_update((*parts.above, *parts.story[-_MAX_CLOSING:]), zone)
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
    plain = _remove_code(hard_wraps.split_long_rows(rest))
    if markdown_text.is_markdown(plain, content_type):
        return header, markdown_text.read(rest)
    return header, MarkedText(hard_wraps.join_lines(plain))


def _is_news(parts: _Parts, body: Body, marked: MarkedText) -> bool:
    """Return whether a text of unknown origin is a news story rather than a manual, a letter or a recipe."""
    if any(map(_MAIL.match, marked.lines[:_MAX_INTERRUPTION])):
        return False
    if body.dateline or body.contacts or body.writers or any(map(_parse_by_line, (*parts.before, *parts.above))):
        return True
    title = _fold(parts.headline)
    tops = [line for line in marked.lines[:_MAX_TITLE_LINES] if _SITE_NAME.search(line)]
    if any(_fold(line).startswith(title) and _fold(line) != title for line in tops):
        return True
    near = (*parts.before[-_MAX_GAP:], *parts.above[:_MAX_CLOSING])
    is_timed = any(dates.parse(line) for line in near if len(line) <= _MAX_WRAPPED_LENGTH)
    if is_timed and (_find_byline(parts) or any(map(_read_image, parts.above))):
        return True
    speeches = sum(1 for block in body.blocks if _SPEECH.search(block.text))
    if (is_timed or speeches) and len(_NEWS_CHROME.intersection(map(boilerplate.find_reason, marked.lines))) > 1:
        return True
    return speeches > (0 if is_timed else 1) and speeches * _MAX_SILENT >= len(body.blocks)


def _find_authors(header: Header, parts: _Parts, body: Body) -> tuple[str, ...]:
    desk = byline.find_desk([*header.authors, *filter(_BY.match, parts.above)])
    names = byline.parse_names(header.authors) or _find_byline(parts) or body.byline or body.writers
    return names or ((desk,) if desk else ())


def _find_parts(page: Page, url: str, header: Header, marked: MarkedText) -> _Parts:
    lines = marked.lines
    stated = _clean_headline(header.title) if header.title else None
    title_at = _find_title(lines, stated)
    if header.names_article:
        min_length = _MIN_SENTENCE_LENGTH
    else:
        min_length = _MIN_STORY_LENGTH if title_at is None and not _has_news_mark(lines) else _MIN_MARKED_LENGTH
    core = _find_core(marked, min_length, title_at or 0)
    if title_at and _is_below_story(marked, min_length, title_at, core):
        core, title_at = _find_core(marked, min_length, 0), None
    if core is None:
        raise make_error(page.url, lines[:1], "\n".join(lines), "plain text without a story")
    start, end = core[0], _find_end(lines, core[1])
    if stated:
        at: int | None = -1 if title_at is None else title_at
    else:
        at = _find_headline(url, marked, start, title_at)
    if at is None:
        raise UnknownLayoutError(page.url, "unknown_layout", "plain text with a story, but no headline above it")
    headline = stated or _clean_headline(lines[at])
    opening = _find_opening(lines, at, start)
    above, story = (
        [line for line in part if line != headline] for part in (lines[at + 1 : opening], lines[opening:end])
    )
    return _Parts(headline, lines[max(0, at - _LINES_BEFORE) : max(0, at)], above, story)


def _find_title(lines: Sequence[str], stated: str | None) -> int | None:
    """Return where the title of the page stands again, as its headline: the title is stated, or in the first lines."""
    titles = [stated] if stated else list(filter(_may_be_headline, lines[:_MAX_TITLE_LINES]))
    for title in titles:
        # "Rain Falls - The Tern Post": the headline, or the name of the site, comes first.
        parts = {
            title,
            *(part for cut in _TITLE_CUT.finditer(title) for part in (title[: cut.start()], title[cut.end() :])),
        }
        wanted = {_fold(part): len(part) for part in parts if len(part) >= _MIN_HEADLINE_LENGTH}
        found = [at for at, line in enumerate(lines) if len(line) <= len(title) + 2 and _fold(line) in wanted]
        places = [at for at in found if (stated or lines[at] is not title) and _may_be_headline(lines[at])]
        if places:
            return max(places, key=lambda at: (wanted[_fold(lines[at])], -at))
    return None


def _fold(line: str) -> str:
    return "".join(filter(str.isalnum, line)).casefold()


def _has_news_mark(lines: Sequence[str]) -> bool:
    return any(_parse_by_line(line) or contacts.parse(line) or dateline.split(line)[0] for line in lines)


def _clean_headline(line: str) -> str:
    return _SITE.sub("", _WIRE_CODE.sub("", line, count=1) if _WIRE_CODE.match(line) else line)


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
    if len(line) < _MIN_SENTENCE_LENGTH or _is_code(line):
        return False
    if not _SENTENCE.search(line) and (len(line) <= _MAX_WRAPPED_LENGTH or _is_title_case(line)):
        return False
    return boilerplate.find_reason(line) is None and contacts.parse(line) is None


def _is_code(line: str, share: int = _CODE_SHARE) -> bool:
    """Return whether a line is a script, a style or data rather than prose."""
    sample = line[:_SAMPLE]
    marks = len(_CODE_MARK.findall(sample))
    return marks * share > len(sample) and _CODE.search(sample) is not None


def _remove_code(text: str) -> str:
    """Remove the scripts and styles that some tools leave in a text; their brackets are not those of Markdown."""
    rows = text.split("\n")
    code = [len(row) > _MAX_WRAPPED_LENGTH and _is_code(row, _CODE_ROW_SHARE) for row in rows]
    short = sum(map(_is_code, rows))
    if short >= _MIN_CODE_ROWS and short * _CODE_SHARE > len(rows):
        code = [is_code or _CODE_ROW.match(row) is not None for row, is_code in zip(rows, code, strict=True)]
    return "\n".join("" if is_code else row for row, is_code in zip(rows, code, strict=True))


def _is_title_case(line: str) -> bool:
    """Return whether most words of a line are capitalised, as in a row of headlines or links."""
    words = [word for word in _WORDS.findall(line[:_SAMPLE]) if len(word) > 3]
    return len([word for word in words if word[0].isupper()]) * 5 > len(words) * 3


def _find_core(marked: MarkedText, min_length: int, title_at: int) -> tuple[int, int] | None:
    """Return where most sentences follow each other, as (first, last + 1); None if there are too few for a story.

    A page may hold several stories: the first below the title is it, if it is not much shorter than the longest.
    """
    runs: list[tuple[int, int, int]] = []
    for at, line in enumerate(marked.lines):
        if at < title_at or line in marked.links or line in marked.headings or not _is_sentence(line):
            continue
        if runs and at - runs[-1][1] <= _MAX_GAP and not any(map(_ends_story, marked.lines[runs[-1][1] : at])):
            start, _, chars = runs.pop()
        else:
            start, chars = at, 0
        runs.append((start, at + 1, chars + len(line)))
    longest = max((chars for _, _, chars in runs), default=0)
    if longest <= min_length:
        return None
    best = max(runs, key=lambda run: run[2])
    above = title_at
    for run in runs:
        start, end, chars = run
        if chars >= max(min_length, longest // _MIN_SHARE) and _is_signed(marked.lines[above : start + 1]):
            best = run
            break
        above = end
    return best[0], best[1]


def _is_below_story(marked: MarkedText, min_length: int, title_at: int, core: tuple[int, int] | None) -> bool:
    """Return whether a title is that in a list of stories, below the one that it is the title of."""
    whole = _find_core(marked, min_length, 0)
    if whole is None or whole[0] >= title_at:
        return False
    lengths = [sum(map(len, marked.lines[each[0] : each[1]])) if each else 0 for each in (whole, core)]
    return lengths[0] > _MIN_SHARE * lengths[1]


def _ends_story(line: str) -> bool:
    return bool(_FOOT.match(line)) or contacts.parse(line) is not None


def _is_signed(lines: Sequence[str]) -> bool:
    """Return whether lines up to the first sentence of a story have a byline, a time, or a dateline."""
    head = lines[-_MAX_INTERRUPTION:]
    return any(_parse_by_line(line) or dates.parse(line) for line in head[:-1]) or bool(dateline.split(head[-1])[0])


def _find_end(lines: Sequence[str], end: int) -> int:
    """Return where the story ends: after its closing lines, or after the last sentence before a long run of chrome."""
    last = end
    for at in range(end, len(lines)):
        if _closes(lines[at]):
            window = range(at, min(at + _MAX_CLOSING, len(lines)))
            return max(place for place in window if _closes(lines[place]) or _UPDATED.match(lines[place])) + 1
        if (
            _FOOT.match(lines[at])
            or _begins_story(lines, at)
            or (at - last == _MAX_INTERRUPTION and not _resumes(lines, last, at))
        ):
            break
        if _is_sentence(lines[at]) or (at == last and _is_short_sentence(lines[at])):
            last = at + 1
    return last


def _begins_story(lines: Sequence[str], at: int) -> bool:
    """Return whether a line is the headline of another story: byline or time is below it."""
    below = [line for line in lines[at + 1 : at + 1 + _MAX_GAP] if len(line) <= _MAX_WRAPPED_LENGTH]
    return any(_parse_by_line(line) or dates.parse(line) for line in below) and _may_be_headline(lines[at])


def _resumes(lines: Sequence[str], last: int, at: int) -> bool:
    """Return whether a story goes on after a chart or a long box: with several sentences, and not below a byline."""
    for place in range(at, min(last + _MAX_CHART, len(lines))):
        if _FOOT.match(lines[place]) or _BY.match(lines[place]) or dates.parse(lines[place]):
            return False
        following = lines[place : place + _MIN_RESUMED]
        if len(following) == _MIN_RESUMED and all(map(_is_sentence, following)):
            return not _is_signed(lines[last : place + 1])
    return False


def _closes(line: str) -> bool:
    return contacts.parse(line) is not None or corrections.parse(line) is not None


def _find_headline(url: str, marked: MarkedText, start: int, title_at: int | None) -> int | None:
    # It has most words of the address, or is the title of the page, or is a heading, or occurs twice, or is above a
    # byline or time, or is the nearest to the story.
    words = set(_WORDS.findall((slug(url) or "").lower())) if url.startswith("http") else set()
    plain = list(map(_clean_headline, marked.lines))
    counts = Counter(plain)
    signed_at = max((at for at, line in enumerate(plain[:start]) if _BY.match(line)), default=start)
    writers = {name for line in plain for name in _parse_by_line(line)}
    writers |= {below for line, below in pairwise(plain) if line.casefold() in ("by", "and")}
    ranked: list[tuple[bool, bool, bool, bool, bool, bool, int]] = []
    for at, line in enumerate(plain[:start]):
        if _may_be_headline(line) and line not in writers:
            common = len(words.intersection(_WORDS.findall(line.lower())))
            is_repeated = counts[line] > 1 and start - at <= _MAX_ABOVE  # a menu may occur twice
            matches_address = common > 1 and common * 2 >= len(words)
            is_title = marked.headings.get(marked.lines[at]) == 1
            is_signed = any(_BY.match(below) or dates.parse(below) for below in plain[at + 1 : at + _MAX_GAP + 1])
            key = (matches_address, at == title_at, is_title, is_repeated, at < signed_at, is_signed, at)
            ranked.append(key)
    if not ranked:
        return None
    best = max(ranked)
    at = best[-1]
    # The dek below a headline is a sentence.
    has_dek = not any(best[:4]) and at and not _is_title_case(plain[at]) and _is_title_case(plain[at - 1])
    return at - 1 if has_dek and _may_be_headline(plain[at - 1]) else at


def _may_be_headline(line: str) -> bool:
    if not _MIN_HEADLINE_LENGTH <= len(line) <= 220 or len(_WORDS.findall(line)) < 3 or _BULLET.match(line):
        return False
    if _BY.match(line) or _closes(line) or (boilerplate.find_reason(line) and not _COLUMN.match(line)):
        return False
    if dates.parse(line) or captions.split(line)[1] or not _reads_as_headline(line):
        return False
    return not re.search(r"[.:;,。]$", line) or bool(re.search(r"\b(?:[A-Z]\.){2,}$|\b(?:Inc|Co|Corp|Ltd)\.$", line))


def _reads_as_headline(line: str) -> bool:
    """Return whether a line has the form of a headline: no address, no metadata ("date: ..."), no lower case first."""
    if "://" in line or dump_header.is_metadata(line) or _PHONE.search(line):
        return False
    first = re.match(r"[^\W\d_][\w’'-]*", line.lstrip("“‘\"'(["))
    return first is None or not first[0][0].islower() or any(map(str.isupper, first[0]))


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
    return tuple(_BULLET.sub("", line) for line in bullets)


def _is_bullet(line: str) -> bool:
    if _BULLET.match(line):
        return boilerplate.find_reason(line) is None
    if len(line) not in _BULLET_LENGTHS or len(_WORDS.findall(line)) < 5 or re.search(r"[.?!:]$", line):
        return False
    return not (boilerplate.find_reason(line) or dates.parse(line) or _parse_by_line(line) or _read_image(line))


def _read_images(lines: Sequence[str], marked: MarkedText) -> Iterator[Image]:
    """Yield the pictures of captions among lines outside the story; a credit may be on the next line."""
    for before, line in zip(("", *lines), lines, strict=False):
        image = _read_image(line)
        if image:
            image = replace(image, url=marked.pictures.get(line) or marked.pictures.get(before))
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


def _read_body(parts: _Parts, marked: MarkedText) -> tuple[Body, list[Image]]:
    lines: list[Line] = []
    images: list[Image] = []
    chrome: list[tuple[str, str]] = []
    for text, is_story in _classify(parts.story, marked):
        if image := _read_image(text):
            images.append(replace(image, url=marked.pictures.get(text)))
        elif table := marked.tables.get(text):
            lines.append(Line(kind="table", text=table))
        elif not is_story:
            chrome.append(("line among chrome", text))
        elif lines and captions.split(text)[1] and dateline.split(text)[0]:
            chrome.append(("caption of a video", text))
        elif bullet := _BULLET.match(text):
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
    for short, run in groupby(lines, key=lambda line: not (_is_sentence(line) or _closes(line) or _BULLET.match(line))):
        stretch = list(run)
        rest = [line for line in stretch if boilerplate.find_reason(line) is None]
        is_prose = len(rest) <= _MAX_GAP or 2 * sum(map(_is_short_sentence, rest)) >= len(rest)
        is_prose = is_prose and not any("newsletter" in line.lower() for line in stretch)
        for line in stretch:
            may_be_prose = is_prose and line in rest and not _UPDATED.match(line)
            is_long = len(line) >= _MIN_SENTENCE_LENGTH
            has_form = is_long or _is_short_sentence(line) or line in marked.headings or reads_as_subhead(line)
            yield line, not short or (may_be_prose and has_form)


def _find_update(lines: Sequence[str], zone: str) -> Moment | None:
    for line, after in zip(lines, (*lines[1:], ""), strict=True):
        if label := _UPDATED.match(line):
            return dates.parse(line[label.end() :] or after, zone=zone)
    return None


def _find_publication(url: str, parts: _Parts, body: Body, updated: Moment | None, zone: str) -> Moment | None:
    """Return the time printed above the story, else the day of the dateline, else the day in the address."""
    printed = (*parts.above, *reversed(parts.before))
    lines = [
        line
        for before, line in zip(("", *printed), printed, strict=False)
        if not (_UPDATED.match(line) or _UPDATED.fullmatch(before))
    ]
    if moment := next(filter(None, (dates.parse(line, zone=zone) for line in lines)), None):
        return moment
    in_url = date_in(url)
    near = date.fromisoformat(in_url) if in_url else updated[0].date() if updated else None
    day = dates.parse_dateline(body.dateline.date_text if body.dateline else None, near)
    day = day or (near if in_url else None)
    return (datetime.combine(day, time(), UTC), "day") if day else None
