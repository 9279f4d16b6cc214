"""Finds the headline of a plain text, and where its story begins and ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from newscrawl.article import Page
from newscrawl.errors import UnknownLayoutError
from newscrawl.extract.code_lines import MAX_WRAPPED_LENGTH
from newscrawl.extract.dump_header import Header
from newscrawl.extract.fields import (
    agencies,
    contacts,
    dateline,
)
from newscrawl.extract.markdown_text import MarkedText
from newscrawl.extract.placeholder import make_error
from newscrawl.extract.text_lines import (
    BY,
    MIN_HEADLINE_LENGTH,
    MIN_SENTENCE_LENGTH,
    UPDATED,
    WORDS,
    closes,
    is_sentence,
    is_short_sentence,
    is_title_case,
    may_be_headline,
    parse_by_line,
    read_image,
)
from newscrawl.syntax import dates
from newscrawl.urls import slug

_FOOT = re.compile(
    r"(?:terms of (?:service|use)|privacy policy|trademarks?|©|most (?:read|popular)|read (?:this )?next|up next"
    r"|comments|please upgrade)\b",
    re.I,
)
_SITE = re.compile(rf"\s+[-|–—]\s+{agencies.LONG_PATTERN}\b.*$", re.I)
_WIRE_CODE = re.compile(r"\([A-Z]{2,4}\)\s+")
"""The wire before a headline: "(BN) ..."."""
_MIN_STORY_LENGTH = 200
_MIN_MARKED_LENGTH = 100
"""Of the sentences of a story that a byline, a dateline, contacts or the title of the page mark as one."""
MAX_TITLE_LINES = 3
_MIN_SHARE = 3
_TITLE_CUT = re.compile(r"\s+[-|–—·:»]\s+|:\s+")
MAX_GAP = 2
"""Lines of chrome between sentences that are taken to follow each other."""
MAX_INTERRUPTION = 14
"""Lines of a list of other stories, a newsletter box or a chart, after which a story may go on."""
_MAX_CHART = 80
_MIN_RESUMED = 3
MAX_CLOSING = 8
_MAX_ABOVE = 20
"""Lines between a headline and its story: byline, times, buttons, captions."""
_LINES_BEFORE = 4


@dataclass(frozen=True, slots=True)
class Parts:
    """The relevant lines: some before the headline, those between it and the story, and the story with its closing."""

    headline: str
    before: Sequence[str]
    above: Sequence[str]
    story: Sequence[str]


def find_parts(page: Page, url: str, header: Header, marked: MarkedText) -> Parts:
    lines = marked.lines
    stated = _clean_headline(header.title) if header.title else None
    title_at = _find_title(lines, stated)
    if header.names_article:
        min_length = MIN_SENTENCE_LENGTH
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
    return Parts(headline, lines[max(0, at - _LINES_BEFORE) : max(0, at)], above, story)


def _find_title(lines: Sequence[str], stated: str | None) -> int | None:
    """Return where the title of the page stands again, as its headline: the title is stated, or in the first lines."""
    titles = [stated] if stated else list(filter(may_be_headline, lines[:MAX_TITLE_LINES]))
    for title in titles:
        # "Rain Falls - The Tern Post": the headline, or the name of the site, comes first.
        parts = {
            title,
            *(part for cut in _TITLE_CUT.finditer(title) for part in (title[: cut.start()], title[cut.end() :])),
        }
        wanted = {fold_line(part): len(part) for part in parts if len(part) >= MIN_HEADLINE_LENGTH}
        found = [at for at, line in enumerate(lines) if len(line) <= len(title) + 2 and fold_line(line) in wanted]
        places = [at for at in found if (stated or lines[at] is not title) and may_be_headline(lines[at])]
        if places:
            return max(places, key=lambda at: (wanted[fold_line(lines[at])], -at))
    return None


def fold_line(line: str) -> str:
    return "".join(filter(str.isalnum, line)).casefold()


def _has_news_mark(lines: Sequence[str]) -> bool:
    return any(parse_by_line(line) or contacts.parse(line) or dateline.split(line)[0] for line in lines)


def _clean_headline(line: str) -> str:
    return _SITE.sub("", _WIRE_CODE.sub("", line, count=1) if _WIRE_CODE.match(line) else line)


def _find_opening(lines: Sequence[str], at: int, start: int) -> int:
    """Return where the story begins: at the first sentence below headline and byline that is not a caption.

    One or two short sentences right above it belong to it, if they are not the dek.
    """
    signed = [place for place in range(at + 1, min(at + MAX_CLOSING, start)) if BY.match(lines[place])]
    below = signed[0] + 1 if signed else at + 1
    opening = next(
        (place for place in range(below, start) if is_sentence(lines[place]) and read_image(lines[place]) is None),
        max(start, below),
    )
    while opening - 1 > at + 1 and opening > below and is_short_sentence(lines[opening - 1]):
        opening -= 1
    return opening


def _find_core(marked: MarkedText, min_length: int, title_at: int) -> tuple[int, int] | None:
    """Return where most sentences follow each other, as (first, last + 1); None if there are too few for a story.

    A page may hold several stories: the first below the title is it, if it is not much shorter than the longest.
    """
    runs: list[tuple[int, int, int]] = []
    for at, line in enumerate(marked.lines):
        if at < title_at or line in marked.links or line in marked.headings or not is_sentence(line):
            continue
        if runs and at - runs[-1][1] <= MAX_GAP and not any(map(_ends_story, marked.lines[runs[-1][1] : at])):
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
    head = lines[-MAX_INTERRUPTION:]
    return any(parse_by_line(line) or dates.parse(line) for line in head[:-1]) or bool(dateline.split(head[-1])[0])


def _find_end(lines: Sequence[str], end: int) -> int:
    """Return where the story ends: after its closing lines, or after the last sentence before a long run of chrome."""
    last = end
    for at in range(end, len(lines)):
        if closes(lines[at]):
            window = range(at, min(at + MAX_CLOSING, len(lines)))
            return max(place for place in window if closes(lines[place]) or UPDATED.match(lines[place])) + 1
        if (
            _FOOT.match(lines[at])
            or _begins_story(lines, at)
            or (at - last == MAX_INTERRUPTION and not _resumes(lines, last, at))
        ):
            break
        if is_sentence(lines[at]) or (at == last and is_short_sentence(lines[at])):
            last = at + 1
    return last


def _begins_story(lines: Sequence[str], at: int) -> bool:
    """Return whether a line is the headline of another story: byline or time is below it."""
    below = [line for line in lines[at + 1 : at + 1 + MAX_GAP] if len(line) <= MAX_WRAPPED_LENGTH]
    return any(parse_by_line(line) or dates.parse(line) for line in below) and may_be_headline(lines[at])


def _resumes(lines: Sequence[str], last: int, at: int) -> bool:
    """Return whether a story goes on after a chart or a long box: with several sentences, and not below a byline."""
    for place in range(at, min(last + _MAX_CHART, len(lines))):
        if _FOOT.match(lines[place]) or BY.match(lines[place]) or dates.parse(lines[place]):
            return False
        following = lines[place : place + _MIN_RESUMED]
        if len(following) == _MIN_RESUMED and all(map(is_sentence, following)):
            return not _is_signed(lines[last : place + 1])
    return False


def _find_headline(url: str, marked: MarkedText, start: int, title_at: int | None) -> int | None:
    # It has most words of the address, or is the title of the page, or is a heading, or occurs twice, or is above a
    # byline or time, or is the nearest to the story.
    words = set(WORDS.findall((slug(url) or "").lower())) if url.startswith("http") else set()
    plain = list(map(_clean_headline, marked.lines))
    counts = Counter(plain)
    signed_at = max((at for at, line in enumerate(plain[:start]) if BY.match(line)), default=start)
    writers = {name for line in plain for name in parse_by_line(line)}
    writers |= {below for line, below in pairwise(plain) if line.casefold() in ("by", "and")}
    ranked: list[tuple[bool, bool, bool, bool, bool, bool, int]] = []
    for at, line in enumerate(plain[:start]):
        if may_be_headline(line) and line not in writers:
            common = len(words.intersection(WORDS.findall(line.lower())))
            is_repeated = counts[line] > 1 and start - at <= _MAX_ABOVE  # a menu may occur twice
            matches_address = common > 1 and common * 2 >= len(words)
            is_title = marked.headings.get(marked.lines[at]) == 1
            is_signed = any(BY.match(below) or dates.parse(below) for below in plain[at + 1 : at + MAX_GAP + 1])
            key = (matches_address, at == title_at, is_title, is_repeated, at < signed_at, is_signed, at)
            ranked.append(key)
    if not ranked:
        return None
    best = max(ranked)
    at = best[-1]
    # The dek below a headline is a sentence.
    has_dek = not any(best[:4]) and at and not is_title_case(plain[at]) and is_title_case(plain[at - 1])
    return at - 1 if has_dek and may_be_headline(plain[at - 1]) else at
