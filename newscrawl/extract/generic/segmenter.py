"""Segments a page: one walk over its elements to blocks of text, each with the elements around it.

A segment is what a reader sees as one block: a paragraph, heading, list item, table, caption, or an embedded post. Text
in inline elements stays whole; two line breaks in a row separate blocks. Whether a segment belongs to the article is
decided elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from newscrawl.extract.element_index import Element
from newscrawl.extract.generic import embeds
from newscrawl.extract.text import BREAK, normalize_space, split_at_blank_lines

INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb rp rt ruby s "
        "samp small span strike strong sub sup time tt u var wbr",
    )
)
"""Elements within a block; all others, also unknown ones, are blocks."""
SILENT = frozenset(
    re.findall(
        r"[\w-]+",
        "applet area audio base button canvas colgroup datalist dialog embed input link map math meta meter "
        "noframes noscript object option param picture progress script select source style svg template textarea "
        "title track video amp-ad amp-analytics amp-state amp-sidebar amp-consent amp-video",
    )
)
"""Elements whose text is no text of the page."""
_IMAGES = frozenset(("img", "amp-img"))
_WITH_IMAGES = frozenset(("picture", "noscript"))
_LINKED, _BOLD, _ITALIC = range(3)
_STYLES = {"a": _LINKED, "b": _BOLD, "strong": _BOLD, "em": _ITALIC, "i": _ITALIC}
_SOUND = frozenset(("rp", "rt"))
_UNSEEN = re.compile(
    r"(?:^|[\s_-])(?:sr-?only|(?:is-|u-)?visually-?hidden|hidden-?visually|screen-?reader(?:-\w+)*|assistive-text"
    r"|accessib\w*-hidden|off-?screen|a11y-\w+|element-invisible|show-for-sr)"
    r"(?:$|[\s_-])",
    re.I,
)
"""Classes of text for screen readers."""
_POPUP = re.compile(r"(?:^|[\s_-])(?:tooltip|popover|popup|rollover|hovercard)(?:$|[\s_-])", re.I)
"""Classes of inline elements that are shown only when the pointer is on a word."""
_NOT_DISPLAYED = re.compile(r"display:\s*none|visibility:\s*hidden", re.I)
_TOKEN = re.compile(r"[a-z]{2,}|[A-Z][a-z]+|[A-Z]{2,}")
_NEGATIVE = frozenset(
    re.findall(
        r"\w+",
        "ad ads advert advertisement advertising adsense aside author banner bio box breadcrumb breadcrumbs byline "
        "caption comment commentlist comments consent cookie copyright credit cta disclaimer discuss disqus "
        "dropdown dont fb feedback flyout follow foot footer form gallery header hidden infobox itunes links login "
        "masthead menu meta modal more nav navbar navigation newsletter outbrain overlay pagination paywall "
        "podcast poll popular popup promo promoted promotion puff rail read reactions recirc recommend "
        "recommendation recommendations recommended related reply respond search share sharing shares sidebar "
        "signup skyscraper slideshow social sponsor sponsored subscribe subscription taboola tag tags teaser "
        "teasers toolbar tools tooltip topics trending upsell widget widgets",
    )
)
_POSITIVE = frozenset(
    re.findall(
        r"\w+",
        "article articlebody articletext blog body bodytext content copy entry fulltext hentry main paragraph post "
        "prose richtext story storybody storytext text",
    )
)


_RULE = re.compile(r"_{2,}|\*(?:\s?\*){2,}")
"""A line that separates the parts of a wire story."""


class Style(NamedTuple):
    """What the class and id of an element say."""

    names: str
    """Both, separated by a space."""
    tokens: tuple[str, ...]
    """Words of both, in lower case, without repetitions."""
    polarity: int
    """-1: chrome, 1: body, 0: neither."""
    is_unseen: bool
    """For screen readers only."""
    is_popup: bool
    is_post: bool
    """Whether it may be a post of a social network."""


@lru_cache(20_000)
def read_style(names: str) -> Style:
    """Read class and id (separated by spaces); the same few hundred values occur on all pages of a site."""
    tokens = tuple(dict.fromkeys([token.lower() for token in _TOKEN.findall(names[:_MAX_NAMES])]))
    polarity = -1 if not _NEGATIVE.isdisjoint(tokens) else int(not _POSITIVE.isdisjoint(tokens))
    if _HINTS.isdisjoint(tokens) and "a11y" not in names:
        return Style(names, tokens, polarity, False, False, False)
    is_unseen, is_popup = _UNSEEN.search(names) is not None, _POPUP.search(names) is not None
    return Style(names, tokens, polarity, is_unseen, is_popup, embeds.is_marked(names))


_MAX_NAMES = 500
_HINTS = frozenset(
    re.findall(
        r"\w+",
        "sr sronly hidden visuallyhidden hiddenvisually screen screenreader offscreen assistive invisible "
        "tooltip popover popup rollover hovercard "
        "twitter instagram tiktok bluesky mastodon fb reddit telegram threads text imgur",
    )
)
"""A token of all names that say more than the polarity: the others are not searched."""


class Frame:
    """A block element that is open, with the frames around it."""

    __slots__ = ("depth", "element", "first", "hidden", "last", "parent", "path", "style", "tag")

    def __init__(self, element: Element, tag: str, style: Style, parent: Frame | None, path: int) -> None:
        self.element = element
        self.tag = tag
        self.style = style
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent is not None else 0
        self.path = path
        """Number of the path of tags and classes: equal for elements of the same template."""
        self.hidden: bool = parent.hidden if parent is not None else False
        self.first = self.last = 0
        """Its segments are those from `first` up to, without, `last`."""

    def up(self) -> Iterator[Frame]:
        """Yield the frame and those around it, from the inside out."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent


@dataclass(slots=True)
class Segment:
    """A block of text."""

    frame: Frame
    """The block element that holds the text."""
    tag: str
    text: str
    """One line; cells of a table are separated by tabs, its rows by newlines."""
    linked: int = 0
    """Characters within links."""
    bold: int = 0
    italic: int = 0
    links: list[str] = field(default_factory=list)
    """Addresses of its links."""
    inner: str = ""
    """Class and id of the first inline element with one."""
    in_link: bool = False
    """Whether a link encloses the whole block."""
    url: str | None = None
    """Address of an embedded post."""


@dataclass(slots=True)
class Picture:
    """An image element, the frame around it, and the number of segments before it."""

    element: Element
    frame: Frame
    at: int


@dataclass(slots=True)
class Segmentation:
    """The segments and pictures of a page, in document order."""

    segments: list[Segment]
    pictures: list[Picture]
    root: Frame


def segment(root: Element) -> Segmentation:
    """Segment the elements below `root` (the html element or the body)."""
    return _Walk(root).run()


class _Walk:
    """The state of the walk: the open block element, and the text that was read since the last block."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._paths: dict[tuple[int, str, str], int] = {}
        self.frame = Frame(root, str(root.tag), read_style(""), None, 0)
        self.segments: list[Segment] = []
        self.pictures: list[Picture] = []
        self._text: list[str] = []
        self._links: list[str] = []
        self._inner = ""
        self._depths = [0, 0, 0]
        self._lengths = [0, 0, 0]
        self._styled = 0
        self._has_styled = False
        self._outer_link = False

    def run(self) -> Segmentation:
        top = self.frame
        walker: Any = etree.iterwalk(self._root, events=("start", "end"))
        next(walker)
        root, texts = self._root, self._text
        close, open_inline, open_other, skip_subtree = self._close, self._open_inline, self._open, walker.skip_subtree
        for event, element in walker:
            tag = element.tag
            if event == "end":
                if element is root:
                    break
                close(element, tag)
            elif tag in INLINE:
                if not open_inline(element, tag):
                    skip_subtree()
            elif tag == "br":
                texts.append(BREAK)
            elif not open_other(element, tag):
                skip_subtree()
        self._flush()
        top.last = len(self.segments)
        return Segmentation(self.segments, self.pictures, top)

    def _close(self, element: Element, tag: str) -> None:
        frame = self.frame
        if element is frame.element and frame.parent is not None:
            self._flush()
            frame.last = len(self.segments)
            self.frame = frame.parent
        elif tag in _STYLES:
            self._depths[_STYLES[tag]] -= 1
            self._styled -= 1
        if tail := element.tail:
            if self._styled:
                self._add_styled(tail)
            else:
                self._text.append(tail)

    def _open(self, element: Element, tag: str) -> bool:
        """Open a frame for an element that is not inline; return False if its children need no walk."""
        if "-" in tag and self._text and _is_phrase(element):
            return self._open_inline(element, tag)
        if tag in SILENT and not _is_broken(element, tag):
            if tag in _WITH_IMAGES and (image := next(element.iter("img"), None)) is not None:
                self.pictures.append(Picture(image, self.frame, len(self.segments)))
            return False
        if tag in _IMAGES:
            self.pictures.append(Picture(element, self.frame, len(self.segments)))
            return False
        return self._open_block(element, tag)

    def _add_styled(self, text: str) -> None:
        self._text.append(text)
        if length := len(text.strip()):
            self._has_styled = True
            for style, depth in enumerate(self._depths):
                if depth:
                    self._lengths[style] += length

    def _open_inline(self, element: Element, tag: str) -> bool:
        if tag in _STYLES:
            self._depths[_STYLES[tag]] += 1
            self._styled += 1
            if tag == "a" and (href := element.get("href")):
                self._links.append(href)
        if tag in _SOUND or element.get("hidden") is not None:
            return False
        if names := element.get("class"):
            style = read_style(names)
            if style.is_unseen or (style.is_popup and tag != "a" and next(element.iter("img"), None) is not None):
                return False
            self._inner = self._inner or names
        self._read_start(element)
        return True

    def _read_start(self, element: Element) -> None:
        """Add the text before the first child of an element."""
        if text := element.text:
            if self._styled:
                self._add_styled(text)
            else:
                self._text.append(text)

    def _open_block(self, element: Element, tag: str) -> bool:
        self._flush()
        names = element.get("class") or ""
        if identifier := element.get("id"):
            names = f"{names} {identifier}"
        style = read_style(names)
        if style.is_unseen:
            return False
        if (style.is_post or tag in embeds.TAGS) and (post := embeds.find_post(element, tag)) is not None:
            self._add_whole(element, style, "embed", post)
            return False
        if tag == "iframe":
            return False
        if tag == "table" and _is_data(element):
            self._add_whole(element, style, "table", None)
            return False
        self._open_frame(element, tag, style)
        self._read_start(element)
        return True

    def _open_frame(self, element: Element, tag: str, style: Style) -> Frame:
        paths, outer = self._paths, self.frame
        path = paths.setdefault((outer.path, tag, style.names), len(paths) + 1)
        self.frame = frame = Frame(element, tag, style, outer, path)
        frame.first = len(self.segments)
        inline = element.get("style")
        if element.get("hidden") is not None or (inline and _NOT_DISPLAYED.search(inline)):
            frame.hidden = True
        return frame

    def _add_whole(self, element: Element, style: Style, kind: str, post: str | None) -> None:
        """Add an element with all that it contains as one segment: a table or a post."""
        frame = self._open_frame(element, str(element.tag), style)
        text = _read_table(element) if kind == "table" else _read_whole(element)
        if text or post:
            links = list(element.iter("a"))
            linked = sum(len(normalize_space("".join(link.itertext()))) for link in links)
            addresses = [link.get("href") or "" for link in links]
            segment = Segment(frame, kind, text, linked=min(linked, len(text)), links=addresses, url=post)
            segment.in_link = self._depths[_LINKED] > 0
            self.segments.append(segment)
        frame.last = len(self.segments)
        self.frame = frame.parent or frame

    def _flush(self) -> None:
        """Make segments of the text since the last block."""
        if texts := self._text:
            text = "".join(texts) if len(texts) > 1 else texts[0]
            texts.clear()
            if not text.isspace():
                self._add_text(text)
            if self._has_styled:
                self._lengths = [0, 0, 0]
                self._has_styled = False
        self._inner = ""
        if self._links:
            self._links = []
        self._outer_link = self._depths[_LINKED] > 0

    def _add_text(self, text: str) -> None:
        if "\x1e" in text:
            parts = [part for part in split_at_blank_lines(text) if part]
        elif self.frame.tag == "pre":
            parts = [part for part in map(normalize_space, re.split(r"\n\s*\n", text)) if part]
        else:
            parts = [normalize_space(text)]
        # Links and bold letters are spread over the parts by their lengths: rarely is there more than one.
        whole = sum(map(len, parts)) or 1 if len(parts) > 1 else 0
        for part in parts:
            if part[:1].isalnum() or any(map(str.isalnum, part)) or _RULE.fullmatch(part):
                linked = bold = italic = 0
                if self._has_styled:
                    size = len(part)
                    linked, bold, italic = (
                        min(length, size) if not whole else round(min(length * size / whole, size))
                        for length in self._lengths
                    )
                links, inner = self._links, self._inner
                self.segments.append(
                    Segment(self.frame, self.frame.tag, part, linked, bold, italic, links, inner, self._outer_link)
                )


def _is_phrase(element: Element) -> bool:
    """Return whether an unknown element in the midst of a text is a part of it."""
    return bool(element.text) and next(element.iterdescendants(*_BLOCKS), None) is None


_BLOCKS = (
    "article", "aside", "blockquote", "button", "div", "figure", "form", "h2", "h3", "h4", "iframe", "img", "li", "p",
    "section", "svg", "table", "ul", "video",
)  # fmt: skip
_SWALLOWS = frozenset(("button", "dialog", "embed", "noscript", "object", "select"))


def _is_broken(element: Element, tag: str) -> bool:
    """Return whether an element without text of its own holds paragraphs, mostly because nothing closes it."""
    return tag in _SWALLOWS and next(element.iterdescendants("p"), None) is not None


_CELL_BLOCKS = ("p", "div", "table", "ul", "ol", "article", "section", "h1", "h2", "h3", "blockquote", "form", "iframe")
_MAX_CELL_LENGTH = 300
_MAX_CELL_BLOCKS = 3


def _is_data(table: Element) -> bool:
    """Return whether a table holds data: rows of several short cells, and no tables or longer texts."""
    if next(table.iterdescendants("table"), None) is not None:
        return False
    if (table.get("role") or "") == "presentation":
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return False
    return not any(_is_large(cell) for row in rows for cell in row)


def _is_large(cell: Element) -> bool:
    blocks = islice(cell.iterdescendants(*_CELL_BLOCKS), _MAX_CELL_BLOCKS, None)
    return next(blocks, None) is not None or sum(map(len, cell.itertext())) > _MAX_CELL_LENGTH


def _read_table(table: Element) -> str:
    rows = ([_read_whole(cell) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr"))
    return "\n".join(filter(None, ("\t".join(row).strip("\t") for row in rows)))


def _read_whole(element: Element) -> str:
    """Return the text of an element in one line; texts of its blocks are separated by spaces."""
    if not len(element):
        return normalize_space(element.text or "")
    pieces: list[str] = []
    walker = etree.iterwalk(element, events=("start", "end"))
    for event, each in walker:
        if event == "start":
            if each.tag in SILENT:
                walker.skip_subtree()
                continue
            pieces.append(each.text or "")
        else:
            if each.tag not in INLINE:
                pieces.append(" ")
            pieces.append(each.tail or "" if each is not element else "")
    return normalize_space("".join(pieces))
