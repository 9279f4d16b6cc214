"""Plain text: a text dump of a page, a WET record. No markup is left, so each line is told by what it is.

A page's text is its chrome, line by short line, with the story among it: sentences, and between them single short lines
for subheads. Where most sentences stand together, there the story is; the headline stands above it, and between the two
byline, time and captions. It ends with its contact lines, or where chrome goes on for long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import groupby, takewhile
from urllib.parse import urlsplit

from newscrawl.article import TEXT_LAYOUT, Article, Image, Page, Precision
from newscrawl.errors import UnknownLayoutError
from newscrawl.extract.body import Body, Line, reads_as_subhead, story
from newscrawl.extract.fields import boilerplate, byline, captions, contacts, corrections, dateline, dates
from newscrawl.extract.layout import Notes, Reading
from newscrawl.extract.text import squeezed
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.urls import date_in, slug

_SENTENCE = re.compile(r"[.!?…][”’\"')\]]*$|\w{2}[,;:]$")
_BULLET = re.compile(r"^\s*(?:[•*·‣▪–-]|\d{1,2}[.)])\s+")
_FOOT = re.compile(
    r"(?:terms of (?:service|use)|privacy policy|trademarks?|©|most (?:read|popular)|read (?:this )?next|up next"
    r"|comments|please upgrade)\b",
    re.I,
)
_SITE = re.compile(r"\s+[-|–—]\s+(?:Bloomberg|Business\s?week)\b.*$", re.I)
_UPDATED = re.compile(r"(?:last )?updated(?: on)?\b[:\s]*", re.I)
_STARTS = re.compile(r"[“‘\"'(\[]*[^\W_a-z]")
_HANDLE = re.compile(r"\s+@?[a-z]\w{3,14}$")
_BY = re.compile(r"by(?:\s|$)", re.I)
_WORDS = re.compile(r"[^\W_]+")
_SHORTEST_SENTENCE = 60
_LONG_LINE = 100
"""Characters: a line of more is a sentence with or without its full stop; none is longer in a hard-wrapped dump."""
_SHORTEST_STORY = 200
_BETWEEN = 2
"""Lines of chrome that may stand between sentences that stand together."""
_INTERRUPTION = 14
"""Lines of a list of other stories, a newsletter's box or a chart, behind which a story may go on."""
_CLOSING = 8
_BEFORE = 4
_BULLETS = range(25, 120)

Moment = tuple[datetime, Precision]


@dataclass(frozen=True, slots=True)
class _Parts:
    """The lines of a dump that matter: the few before the headline, those between it and the story, and the story with
    its closing.
    """

    headline: str
    before: Sequence[str]
    above: Sequence[str]
    story: Sequence[str]


def read(page: Page, text: str, publisher: Publisher = GENERAL) -> Reading:
    """Read the article in a page's text. Raises UnknownLayoutError where there is no story, or no headline above it."""
    parts = _parts(page, _lines(text))
    body, images = _body(parts)
    updated = _updated((*parts.above, *parts.story[-_CLOSING:]))
    published = _published(page, parts, body, updated)
    host = urlsplit(page.url).hostname or ""
    article = Article(
        url=page.url,
        publisher=publisher.edition_titles.get(host, publisher.title) or host or "unknown",
        layout=TEXT_LAYOUT,
        headline=parts.headline,
        dek=_dek(parts),
        byline=_byline(parts) or body.byline or body.writers or _desk(parts),
        dateline=body.dateline,
        published_at=published[0] if published else None,
        published_precision=published[1] if published else None,
        updated_at=updated[0] if updated else None,
        fetched_at=page.fetched_at,
        language="en",
        abstract=_abstract(parts),
        correction=_correction(parts.above) or body.correction,
        body=tuple(body.blocks),
        images=tuple(dict.fromkeys((*_images(parts.above), *images))),
        contacts=tuple(body.contacts),
        assistance=tuple(body.assistance),
    )
    told = ("headline", "dek", "byline", "dateline", "published_at", "updated_at", "abstract", "correction", "body")
    sources = {name: "text lines" for name in (*told, "images", "contacts", "assistance") if getattr(article, name)}
    return Reading(replace(article, sources=sources), Notes(answered=sources, left_out=body.passed_over))


def _lines(text: str) -> list[str]:
    """The lines that are not empty; those of a hard-wrapped paragraph as one."""
    blocks = [[line.strip() for line in block.split("\n") if line.strip()] for block in re.split(r"\n[^\S\n]*\n", text)]
    longest = max((len(line) for block in blocks for line in block), default=0)
    wrapped = [block for block in blocks if len(block) > 1 and len(block[0]) >= _SHORTEST_SENTENCE]
    if longest <= _LONG_LINE and len(wrapped) > 1:
        blocks = [["\n".join(block)] for block in blocks]
    return [line for block in blocks for line in map(squeezed, block) if line]


def _parts(page: Page, found: list[str]) -> _Parts:
    core = _core(found)
    if core is None:
        raise UnknownLayoutError(page.url, "unknown_layout", "plain text without a story in it")
    start, end = core[0], _end(found, core[1])
    at = _headline(page, found, start)
    if at is None:
        raise UnknownLayoutError(page.url, "unknown_layout", "plain text with a story, but no headline above it")
    headline = _without_site(found[at])
    opening = _opening(found, at, start)
    above, rest = (
        [line for line in part if line != headline] for part in (found[at + 1 : opening], found[opening:end])
    )
    return _Parts(headline, found[max(0, at - _BEFORE) : at], above, rest)


def _opening(found: Sequence[str], at: int, start: int) -> int:
    """Where the story begins: with the first sentence below headline and byline, which is no caption. One or two
    short ones right above it are its own if something parts them from the headline's dek.
    """
    signed = [place for place in range(at + 1, min(at + _CLOSING, start)) if _BY.match(found[place])]
    below = signed[0] + 1 if signed else at + 1
    opening = next((place for place in range(below, start) if _opens(found[place])), max(start, below))
    while opening - 1 > at + 1 and opening > below and _is_short_sentence(found[opening - 1]):
        opening -= 1
    return opening


def _is_short_sentence(line: str) -> bool:
    if not _SENTENCE.search(line) or len(_WORDS.findall(line)) < 3 or not _STARTS.match(line):
        return False
    return not (
        boilerplate.is_debris(line) or _image(line) or _closes(line) or dates.read(line) or _UPDATED.match(line)
    )


def _is_sentence(line: str) -> bool:
    if len(line) < _SHORTEST_SENTENCE or not (_SENTENCE.search(line) or len(line) > _LONG_LINE):
        return False
    return boilerplate.is_debris(line) is None and contacts.read(line) is None


def _opens(line: str) -> bool:
    """Whether a story can begin with the line: a sentence that is no caption."""
    return _is_sentence(line) and _image(line) is None


def _core(found: Sequence[str]) -> tuple[int, int] | None:
    """The first and past the last line of where most sentences stand together; None where no story's worth does."""
    best, weight = None, _SHORTEST_STORY
    start, end, chars = 0, 0, 0
    for at, line in enumerate(found):
        if not _is_sentence(line):
            continue
        if at - end > _BETWEEN or not chars:
            start, chars = at, 0
        end, chars = at + 1, chars + len(line)
        if chars > weight:
            best, weight = (start, end), chars
    return best


def _end(found: Sequence[str], end: int) -> int:
    """Past the story's last line: its closing lines, or the last sentence before chrome goes on for long."""
    last = end
    for at in range(end, len(found)):
        if _closes(found[at]):
            return _past_closing(found, at)
        if at - last >= _INTERRUPTION or _FOOT.match(found[at]):
            break
        if _is_sentence(found[at]) or (at == last and _is_short_sentence(found[at])):
            last = at + 1
    return last


def _past_closing(found: Sequence[str], at: int) -> int:
    window = range(at, min(at + _CLOSING, len(found)))
    return max(place for place in window if _closes(found[place]) or _UPDATED.match(found[place])) + 1


def _closes(line: str) -> bool:
    return contacts.read(line) is not None or corrections.read(line) is not None


def _headline(page: Page, found: Sequence[str], start: int) -> int | None:
    """Where the headline stands: the line above the story that shares most of the address's words, or that is printed
    twice (as the page's title), or else the nearest that reads as one.
    """
    words = set(_WORDS.findall((slug(page.url) or "").lower())) if page.url.startswith("http") else set()
    plain = [_without_site(line) for line in found]
    ranked = [(_rank(plain, at, words), at) for at in range(start) if _may_be_headline(plain[at])]
    return max(ranked)[1] if ranked else None


def _rank(plain: Sequence[str], at: int, words: set[str]) -> tuple[bool, bool, bool]:
    told = {word.lower() for word in _WORDS.findall(plain[at])}
    shared = len(words & told) * 2 >= max(len(words), 1) and len(words & told) > 1
    twice = plain.count(plain[at]) > 1
    return shared, twice and plain[at] == plain[0], twice


def _may_be_headline(line: str) -> bool:
    if not 12 <= len(line) <= 220 or len(_WORDS.findall(line)) < 3 or _BULLET.match(line):
        return False
    if boilerplate.is_debris(line) or dates.read(line) or captions.split(line)[1] or _BY.match(line) or _closes(line):
        return False
    return not re.search(r"[.:;,]$", line) or bool(re.search(r"\b(?:[A-Z]\.){2,}$|\b(?:Inc|Co|Corp|Ltd)\.$", line))


def _without_site(line: str) -> str:
    return _SITE.sub("", line)


def _credited(line: str) -> tuple[str, ...]:
    """The names of a "By ..." line."""
    return byline.names(line) if len(line) < 160 and _BY.match(line) else ()


def _byline(parts: _Parts) -> tuple[str, ...]:
    """The "By ..." line's names, or those that stand as lines of their own before the time."""
    if names := next(filter(None, map(_credited, parts.above)), None):
        return names
    head = list(takewhile(lambda line: not dates.read(line), parts.above[:_CLOSING]))
    return tuple(dict.fromkeys(filter(None, map(_person, head))))


def _correction(above: Sequence[str]) -> str | None:
    notes = filter(None, map(corrections.read, above))
    return next((note.text for note in notes if note.kind == "correction"), None)


def _desk(parts: _Parts) -> tuple[str, ...]:
    desk = byline.desk([line for line in parts.above if _BY.match(line)])
    return (desk,) if desk else ()


def _person(line: str) -> str | None:
    """The name that a line of a byline holds, which may go on in a handle: "Jo Doe jdoe"."""
    name = byline.person(_HANDLE.sub("", re.sub(r"^(?:by|and)\s+", "", line, flags=re.I)))
    return name if name and " " in name else None


def _dek(parts: _Parts) -> str | None:
    """The line right under the headline, if it is neither byline nor time nor chrome and one of these follows."""
    line, following = (*parts.above, "", "")[:2]
    known = (
        not line or _BY.match(line) or dates.read(line) or _image(line) or boilerplate.is_debris(line) or _person(line)
    )
    if known or len(_WORDS.findall(line)) < 3:
        return None
    return line if _BY.match(following) or dates.read(following) else None


def _abstract(parts: _Parts) -> tuple[str, ...]:
    """Bullets: two lines or more right above the story that are no sentences, each of several words."""
    runs = [(kind, list(lines)) for kind, lines in groupby(parts.above, key=_is_bullet)]
    found = next((lines for kind, lines in reversed(runs) if kind and len(lines) > 1), [])
    return tuple(_BULLET.sub("", line) for line in found)


def _is_bullet(line: str) -> bool:
    if _BULLET.match(line):
        return boilerplate.is_debris(line) is None
    if len(line) not in _BULLETS or len(_WORDS.findall(line)) < 5 or re.search(r"[.?!:]$", line):
        return False
    return not (boilerplate.is_debris(line) or dates.read(line) or _credited(line) or _image(line))


def _images(lines: Sequence[str]) -> Iterator[Image]:
    """The pictures whose captions stand among lines that are not the story's; a credit may stand in the next line."""
    for before, line in zip(("", *lines), lines, strict=False):
        image = _image(line)
        if image and not image.caption and _SENTENCE.search(before) and not _image(before):
            yield replace(image, caption=before)
        elif image:
            yield image


def _image(line: str) -> Image | None:
    """The picture that the line is the caption of: it ends in a credit. A video's caption opens with a dateline."""
    caption, credit = captions.split(line)
    if not credit or len(credit) > _LONG_LINE or dateline.split(line)[0] or contacts.read(line):
        return None
    return Image(caption=caption, credit=credit)


def _body(parts: _Parts) -> tuple[Body, list[Image]]:
    """The story, and the pictures whose captions stand among its lines."""
    lines: list[Line] = []
    images: list[Image] = []
    chrome: list[tuple[str, str]] = []
    for text, ours in _told_apart(parts.story):
        if image := _image(text):
            images.append(image)
        elif not ours:
            chrome.append(("line among chrome", text))
        elif lines and captions.split(text)[1] and dateline.split(text)[0]:
            chrome.append(("caption of a video", text))
        elif bullet := _BULLET.match(text):
            lines.append(Line(kind="list_item", text=text[bullet.end() :]))
        else:
            lines.append(Line(kind="paragraph", text=text))
    body = story(lines, parts.headline)
    body.passed_over.extend(chrome)
    return body, images


def _told_apart(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each line with whether it can be the story's. Sentences and the closing can; short lines between them can if they
    are one or two, or mostly sentences: more are a list of other stories, a newsletter's box, a chart.
    """
    for short, run in groupby(lines, key=lambda line: not (_is_sentence(line) or _closes(line) or _BULLET.match(line))):
        stretch = list(run)
        told = [line for line in stretch if boilerplate.is_debris(line) is None]
        letter = any("newsletter" in line.lower() for line in stretch)
        spoken = not letter and (len(told) <= _BETWEEN or 2 * sum(map(_is_short_sentence, told)) >= len(told))
        yield from ((line, not short or (spoken and line in told and _may_be_story(line))) for line in stretch)


def _may_be_story(line: str) -> bool:
    if _UPDATED.match(line):
        return False
    return len(line) >= _SHORTEST_SENTENCE or _is_short_sentence(line) or reads_as_subhead(line)


def _updated(lines: Sequence[str]) -> Moment | None:
    """The time of an "Updated on ..." line, or of the line after one that ends there."""
    for line, after in zip(lines, (*lines[1:], ""), strict=True):
        if label := _UPDATED.match(line):
            return dates.read(line[label.end() :] or after)
    return None


def _without_updates(lines: Sequence[str]) -> list[str]:
    labels = [bool(_UPDATED.match(line)) for line in lines]
    bare = [bool(_UPDATED.fullmatch(line)) for line in lines]
    return [
        line
        for line, label, after_bare in zip(lines, labels, (False, *bare), strict=False)
        if not (label or after_bare)
    ]


def _published(page: Page, parts: _Parts, body: Body, updated: Moment | None) -> Moment | None:
    """The time printed above the story; else the dateline's day, its year that of the address or update; else the
    address's day.
    """
    lines = _without_updates((*parts.above, *reversed(parts.before)))
    if printed := next(filter(None, map(dates.read, lines)), None):
        return printed
    in_url = date_in(page.url)
    near = date.fromisoformat(in_url) if in_url else updated[0].date() if updated else None
    day = dates.of_dateline(body.dateline.date_text if body.dateline else None, near)
    day = day or (near if in_url else None)
    return (datetime.combine(day, time(), UTC), "day") if day else None
