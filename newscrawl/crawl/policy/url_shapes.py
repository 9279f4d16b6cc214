"""The shape of a URL: which classes of segments its path has, and the pattern that it shares with its like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from newscrawl.urls import server_of

SegmentClass = Literal["word", "slug", "slug-id", "id", "number", "year", "month", "day", "date"]
"""slug: the words of a headline; slug-id: with a number or code; id: letters and digits without words."""

_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|mp[34]|m4[av]|mov|avi|webm|ogg|wav|flv|m3u8|pdf|docx?|xlsx?|pptx?"
    r"|odt|epub|zip|gz|tar|rar|7z|exe|dmg|apk|css|js|mjs|json|woff2?|ttf|eot|swf|rss|atom|rdf|xml|ics|vcf|csv|txt)$",
    re.I,
)
_EXTENSION = re.compile(r"\.(?:[sxp]?html?|php\d?|aspx?|jspx?|cfm|do|cms|ece|story|amp)$", re.I)
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTH = re.compile(r"0?[1-9]|1[0-2]|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*", re.I)
_DAY = re.compile(r"0?[1-9]|[12]\d|3[01]")
_DATE = re.compile(r"(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])")
_DATE_WITHIN = re.compile(r"(?<!\d)(?:19|20)\d\d([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")
_YEAR_MONTH = re.compile(r"(?:19|20)\d\d[-_]?(?:0[1-9]|1[0-2])")
_SEPARATORS = re.compile(r"[-_+.,;:!~() ]+")
_CODE = re.compile(r"\d{4,}|(?=[a-f]*\d)(?=\d*[a-f])[a-f\d]{8,}|(?=[a-z]*\d)(?=\d*[a-z])[a-z\d]{8,}", re.I)
_SPACELESS = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]"
)
_MIN_SLUG_WORDS, _MIN_SPACELESS, _MIN_LONG = 3, 5, 24
_NAMING = ("slug", "slug-id", "id")
"""Classes of segments that name an article by themselves."""
_INDEXES = ("index", "default")
_ORIGIN = re.compile(
    r"ref(?:er|errer|_?src)?|src|source|from|via|rel|origin|position|pos|cmp|i?cmp|intcmp|icid|ito|mod(?:ule)?|smid"
    r"|partner|campaign|tracking|trk|link|click|widget|teaser|list|block|itm_\w+|int_\w+|spm|sref|srnd|lead_?source",
    re.I,
)
_MAX_LITERALS = 2
_MAX_LITERAL = 24
_MAX_PATTERN = 200
_DEVICE = re.compile(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)")


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a path between two slashes."""

    text: str
    kind: SegmentClass
    words: int = 1


@dataclass(frozen=True, slots=True)
class UrlShape:
    """What a URL looks like."""

    host: str
    segments: tuple[Segment, ...]
    extension: str = ""
    """".html", of the last segment; "/" where the path ends with a slash."""
    query: tuple[tuple[str, str], ...] = ()
    is_media: bool = False
    """Whether its extension is that of a file that is never a page: a picture, a PDF, a feed."""

    @property
    def last(self) -> Segment | None:
        return self.segments[-1] if self.segments else None

    @property
    def pattern(self) -> str:
        """The URL with its parts replaced by their classes: "tern.example/politics/{slug}.html".

        Up to two words at its beginning stay what they are, unless they are its last segment.
        """
        parts: list[str] = []
        is_literal = True
        for number, (text, kind) in enumerate((segment.text, segment.kind) for segment in self.segments):
            is_literal = is_literal and kind == "word" and number < min(_MAX_LITERALS, len(self.segments) - 1)
            parts.append(text.lower() if is_literal and len(text) <= _MAX_LITERAL else f"{{{kind}}}")
        extension = self.extension if self.extension != "/" else ""
        names = "&".join(sorted({f"{name}={{{_classify(value).kind}}}" for name, value in self.query}))
        return f"{self.host}/{'/'.join(parts)}{extension}{'?' if names else ''}{names}"[:_MAX_PATTERN]

    @property
    def general_pattern(self) -> str:
        """The pattern without words of the site: "tern.example/{word}/{slug}.html"."""
        parts = "/".join(f"{{{segment.kind}}}" for segment in self.segments)
        extension = self.extension if self.extension != "/" else ""
        return f"{self.host}/{parts}{extension}{'?' if self.query else ''}"[:_MAX_PATTERN]


@lru_cache(maxsize=4096)
def read_shape(url: str) -> UrlShape:
    """Return the shape of an absolute URL.

    >>> read_shape("https://www.tern.example/politics/2026/11/30/ferry-leaves-at-noon/").pattern
    'tern.example/politics/{year}/{month}/{day}/{slug}'
    >>> read_shape("https://tern.example/view.php?id=1234").pattern
    'tern.example/{word}.php?id={id}'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return UrlShape("", ())
    path = unquote(parts.path)
    names = [name for name in path.split("/") if name]
    extension = "/" if path.endswith("/") else ""
    is_media = bool(_MEDIA.search(path))
    if names and (found := _EXTENSION.search(names[-1])):
        extension = found[0].lower()
        names[-1] = names[-1][: found.start()]
    if len(names) > 1 and names[-1].lower() in _INDEXES:
        names.pop()
        extension = "/"
    segments = tuple(_classify_all([name for name in names if name]))
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return UrlShape(_DEVICE.sub("", server_of(url)), segments, extension, query, is_media)


def _classify_all(names: list[str]) -> Iterator[Segment]:
    expected: tuple[SegmentClass, re.Pattern[str]] | None = None
    for name in names:
        if expected and expected[1].fullmatch(name):
            yield Segment(name, expected[0])
            expected = ("day", _DAY) if expected[0] == "month" else None
            continue
        expected = ("month", _MONTH) if _YEAR.fullmatch(name) else None
        segment = Segment(name, "year") if expected else _classify(name)
        if segment.kind == "month":
            expected = ("day", _DAY)
        yield segment


def _classify(text: str) -> Segment:
    if _DATE.fullmatch(text):
        return Segment(text, "date")
    if _YEAR_MONTH.fullmatch(text):
        return Segment(text, "month")
    if text.isdecimal():
        return Segment(text, "id" if len(text) >= 4 else "number")
    words = [word for word in _SEPARATORS.split(text) if word]
    letters = sum(_is_word(word) for word in words)
    has_code = any(_CODE.fullmatch(word) for word in words) or bool(re.search(r"[a-z]\d{4,}$|^\d{5,}", text, re.I))
    if letters >= _MIN_SLUG_WORDS or _is_long(text):
        return Segment(text, "slug-id" if has_code else "slug", max(letters, _count_spaceless(text) // 2))
    if has_code:
        return Segment(text, "slug-id" if letters == _MIN_SLUG_WORDS - 1 and len(words) > letters else "id", letters)
    return Segment(text, "word", max(1, letters))


def _is_word(word: str) -> bool:
    return len(word) > 1 and not word.isdecimal() and not _CODE.fullmatch(word)


def _is_long(text: str) -> bool:
    """Whether it is as long as a headline: of a script without spaces, or run together."""
    if _count_spaceless(text) >= _MIN_SPACELESS:
        return True
    return len(text) >= _MIN_LONG and not _CODE.fullmatch(text)


def _count_spaceless(text: str) -> int:
    return len(_SPACELESS.findall(text))


def without_origin(url: str) -> str:
    """Return a URL without parameters that say where the link stands, if its path names an article by itself.

    >>> without_origin("https://tern.example/ferry-leaves-at-noon?ref=home&page=2")
    'https://tern.example/ferry-leaves-at-noon?page=2'
    >>> without_origin("https://tern.example/view.php?from=20471")
    'https://tern.example/view.php?from=20471'
    """
    shape = read_shape(url)
    if not shape.query or not any(segment.kind in _NAMING for segment in shape.segments[-2:]):
        return url
    address, _, query = url.partition("#")[0].partition("?")
    kept = [part for part in query.split("&") if not _ORIGIN.fullmatch(part.partition("=")[0])]
    return f"{address}?{'&'.join(kept)}" if kept else address


def has_date(shape: UrlShape) -> Literal["day", "month"] | None:
    """Return how exactly a path names a date; None: it names none."""
    kinds = {segment.kind for segment in shape.segments}
    if kinds & {"date", "day"} or any(_DATE_WITHIN.search(segment.text) for segment in shape.segments):
        return "day"
    return "month" if "month" in kinds else None
