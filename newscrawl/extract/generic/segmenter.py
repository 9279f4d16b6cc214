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
_STYLES = {"a": "a", "b": "bold", "strong": "bold", "em": "italic", "i": "italic"}
_NO_LENGTHS = dict.fromkeys(_STYLES.values(), 0)
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


@dataclass(frozen=True, slots=True)
class Style:
    """What the class and id of an element say."""

    tokens: tuple[str, ...]
    """Words of both, in lower case, without repetitions."""
    polarity: int
    """-1: chrome, 1: body, 0: neither."""
    is_unseen: bool


@lru_cache(50_000)
def read_style(names: str) -> Style:
    """Read class and id (separated by a space); the same few hundred values occur on all pages of a site."""
    tokens = tuple(dict.fromkeys(token.lower() for token in _TOKEN.findall(names[:500])))
    polarity = 1 if not _POSITIVE.isdisjoint(tokens) else 0
    if not _NEGATIVE.isdisjoint(tokens):
        polarity = -1
    return Style(tokens, polarity, bool(_UNSEEN.search(names)))


class Frame:
    """A block element that is open, with the frames around it."""

    __slots__ = ("depth", "element", "first", "hidden", "last", "names", "parent", "path", "style", "tag")

    def __init__(self, element: Element, tag: str, names: str, parent: Frame | None, path: int) -> None:
        self.element = element
        self.tag = tag
        self.names = names
        self.style = read_style(names)
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
        self.frame = Frame(root, str(root.tag), "", None, 0)
        self.segments: list[Segment] = []
        self.pictures: list[Picture] = []
        self._text: list[str] = []
        self._links: list[str] = []
        self._inner = ""
        self._depths = dict.fromkeys(_STYLES.values(), 0)
        self._lengths = _NO_LENGTHS.copy()
        self._styled = 0
        self._has_styled = False
        self._outer_link = False

    def run(self) -> Segmentation:
        top = self.frame
        walker = etree.iterwalk(self._root, events=("start", "end"))
        next(walker)
        root, texts = self._root, self._text
        close, open_inline, open_other, skip_subtree = self._close, self._open_inline, self._open, walker.skip_subtree
        for event, element in walker:
            tag = str(element.tag)
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
        self.flush()
        top.last = len(self.segments)
        return Segmentation(self.segments, self.pictures, top)

    def _close(self, element: Element, tag: str) -> None:
        frame = self.frame
        if tag in _STYLES:
            self._depths[_STYLES[tag]] -= 1
            self._styled -= 1
        elif element is frame.element and frame.parent is not None:
            self.flush()
            frame.last = len(self.segments)
            self.frame = frame.parent
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

    def add(self, text: str) -> None:
        if self._styled:
            self._add_styled(text)
        else:
            self._text.append(text)

    def _add_styled(self, text: str) -> None:
        self._text.append(text)
        if length := len(text.strip()):
            self._has_styled = True
            for style, depth in self._depths.items():
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
            if read_style(names).is_unseen or _is_popup(element, names):
                return False
            self._inner = self._inner or names
        if text := element.text:
            self.add(text)
        return True

    def _open_block(self, element: Element, tag: str) -> bool:
        self.flush()
        names = element.get("class") or ""
        if identifier := element.get("id"):
            names = f"{names} {identifier}"
        if names and read_style(names).is_unseen:
            return False
        if embeds.may_be_post(tag, names) and (post := embeds.find_post(element, tag, names)) is not None:
            self._add_whole(element, tag, names, "embed", post)
            return False
        if tag == "iframe":
            return False
        if tag == "table" and _is_data(element):
            self._add_whole(element, tag, names, "table", None)
            return False
        self._open_frame(element, tag, names)
        self._outer_link = self._depths["a"] > 0
        if text := element.text:
            self.add(text)
        return True

    def _open_frame(self, element: Element, tag: str, names: str) -> Frame:
        paths, outer = self._paths, self.frame
        path = paths.setdefault((outer.path, tag, names), len(paths) + 1)
        frame = Frame(element, tag, names, outer, path)
        frame.first = len(self.segments)
        inline = element.get("style")
        if element.get("hidden") is not None or (inline and _NOT_DISPLAYED.search(inline)):
            frame.hidden = True
        self.frame = frame
        return frame

    def _add_whole(self, element: Element, tag: str, names: str, kind: str, post: str | None) -> None:
        """Add an element with all that it contains as one segment: a table or a post."""
        frame = self._open_frame(element, tag, names)
        text = _read_table(element) if kind == "table" else _read_whole(element)
        if text or post:
            links = list(element.iter("a"))
            linked = sum(len(normalize_space("".join(link.itertext()))) for link in links)
            addresses = [link.get("href") or "" for link in links]
            segment = Segment(frame, kind, text, linked=min(linked, len(text)), links=addresses, url=post)
            segment.in_link = self._depths["a"] > 0
            self.segments.append(segment)
        frame.last = len(self.segments)
        self.frame = frame.parent or frame

    def flush(self) -> None:
        """Make segments of the text since the last block."""
        if self._text:
            text = "".join(self._text) if len(self._text) > 1 else self._text[0]
            self._text.clear()
            if not text.isspace():
                self._add_text(text)
        if self._has_styled:
            self._lengths = _NO_LENGTHS.copy()
            self._has_styled = False
        self._inner = ""
        if self._links:
            self._links = []
        self._outer_link = self._depths["a"] > 0

    def _add_text(self, text: str) -> None:
        if "\x1e" in text:
            parts = [part for part in split_at_blank_lines(text) if part]
        elif self.frame.tag == "pre":
            parts = [part for part in map(normalize_space, re.split(r"\n\s*\n", text)) if part]
        else:
            parts = [normalize_space(text)]
        # Links and bold letters are spread over the parts by their lengths: rarely is there more than one.
        whole = sum(map(len, parts)) or 1 if len(parts) > 1 else 0
        frame, lengths = self.frame, tuple(self._lengths.values())
        for part in parts:
            if part[:1].isalnum() or any(map(str.isalnum, part)) or _RULE.fullmatch(part):
                linked, bold, italic = lengths
                if self._has_styled:
                    size = len(part)
                    linked, bold, italic = [
                        min(length, size) if not whole else round(min(length * size / whole, size))
                        for length in lengths
                    ]
                self.segments.append(
                    Segment(
                        frame,
                        frame.tag,
                        part,
                        linked,
                        bold,
                        italic,
                        self._links,
                        self._inner,
                        self._outer_link,
                    )
                )


def _is_popup(element: Element, names: str) -> bool:
    """Return whether an element in the midst of a text is a popup: a class says so, and it has a picture."""
    return bool(_POPUP.search(names)) and element.tag != "a" and next(element.iter("img"), None) is not None


def _is_phrase(element: Element) -> bool:
    """Return whether an unknown element in the midst of a text is a part of it."""
    return bool(element.text) and next(element.iterdescendants(*_BLOCKS), None) is None


_BLOCKS = (
    *(
        "article",
        "aside",
        "blockquote",
        "button",
        "div",
        "figure",
        "form",
        "h2",
        "h3",
        "h4",
        "iframe",
        "img",
        "li",
        "p",
    ),
    *("section", "svg", "table", "ul", "video"),
)
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
