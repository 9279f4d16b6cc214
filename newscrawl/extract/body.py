"""An article's body: from the elements that hold it to blocks, and from those to what belongs to the story.

Older stories keep their dateline, contact lines and terminal codes in whatever template they are shown, so what is told
apart here is told by the lines themselves, in one way for every layout.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from lxml import etree

from newscrawl.article import Block, BlockKind, Contact, Dateline
from newscrawl.extract.fields import boilerplate, byline, contacts, corrections, dateline
from newscrawl.extract.markup import Element, Markup, select
from newscrawl.extract.selectors import search
from newscrawl.extract.text import BREAK, lines_of, paragraphs_of, parted, squeezed, text_of


@dataclass(slots=True, kw_only=True)
class Line:
    """A block as found, before it is known whether it is of the story."""

    kind: BlockKind
    text: str
    emails: tuple[str, ...] = ()
    linked: bool = False
    """Whether all of its text is links: an item of a list of other stories."""
    bold: bool = False
    """Whether all of its text is bold: a subhead, if it is short."""
    closing: bool = False
    """Whether the page sets it apart as a closing line: it tells of contacts or corrections, or of nothing."""


@dataclass(slots=True)
class Body:
    """What the lines of a body tell. `passed_over` has the lines that are not the story, each with the reason."""

    blocks: list[Block] = field(default_factory=list)
    dateline: Dateline | None = None
    byline: tuple[str, ...] = ()
    """Names of a "By ..." line above the story."""
    desk: str | None = None
    """The desk of such a line that names no person."""
    writers: tuple[str, ...] = ()
    """Names of a closing credit, "--Jo Doe, with assistance from ..."."""
    contacts: list[Contact] = field(default_factory=list)
    assistance: list[str] = field(default_factory=list)
    correction: str | None = None
    is_cut: bool = False
    """Whether a line tells that the story goes on for subscribers."""
    passed_over: list[tuple[str, str]] = field(default_factory=list)


_KINDS: dict[str, BlockKind] = {
    **dict.fromkeys(("p", "dd", "dt", "address"), "paragraph"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "subhead"),
    **dict.fromkeys(("ul", "ol"), "list_item"),
    "blockquote": "quote",
}
_BLOCKS = (*_KINDS, "pre", "table", "div", "section", "article")
_INLINE = frozenset(re.findall(r"\w+", "a abbr b br cite em font i q small span strong sub sup u"))
_TRANSPARENT = _INLINE.union(("div", "section", "article", "main", "center", "dl"))
"""Elements that are looked into, where they have no class."""
_PARTS = {"ul": "li", "ol": "li", "blockquote": "p"}
_SHORTEST_LOOSE = 40
"""Characters, links aside, of the shortest text without a paragraph of its own that is believed to be the story's."""


def lines(container: Element, skip: Collection[Element] = (), wrappers: Collection[Element] = ()) -> Iterator[Line]:
    """The blocks of a body, in order: its direct children, and those of wrappers without a class or named as such.

    What is in `skip` is passed by, whatever it holds; so is an element of a class that is not in `wrappers`, which in a
    body is an advertisement, a player or a list of other stories. Text that stands loose between the blocks is a
    paragraph (seen in the wild: bodies parted by line breaks alone).
    """
    loose: list[str] = [container.text or ""]
    stack = [(iter(container), "")]
    while stack:
        child = next(stack[-1][0], None)
        if child is None:
            yield from _loose(loose)
            loose = [stack.pop()[1]]
            continue
        tag, tail = child.tag, child.tail or ""
        if child in skip or not isinstance(tag, str):
            loose.append(tail)
        elif tag in _INLINE and not _holds_blocks(child):
            loose += [_inline(child, skip), tail]
        else:
            yield from _loose(loose)
            loose = [tail]
            if child in wrappers or (tag in _TRANSPARENT and not child.get("class")):
                stack.append((iter(child), tail))
                loose = [child.text or ""]
            else:
                yield from _blocks(child, skip)


_UNSEEN = (
    ".visually-hidden, .sr-only, .screen-reader-text, .footnote-anchor, .news-designed-for-consumer-media, "
    # Attachments of a body before 2015, which have gone with it into each later template.
    "div.story_inline, div.attachments, div.assets, div.image, div.thumbnail, div.slideshow_teaser, "
    "div.slider_contain, .cap_preview, .cap_show, p.caption, p.caption_only, p.photographer_attr"
)
"""Classes of what a reader of the body is not shown, or not as a part of its text."""
# By the attributes, of which there are few: by the elements it takes three times as long.
_HIDING = etree.XPath('.//@hidden/.. | .//@rel[. = "footnote-ref"]/.. | .//@style[contains(., "display")]/..')
_NO_DISPLAY = re.compile(r"display:\s*none")


def unseen(markup: Markup, container: Element) -> set[Element]:
    """The elements of a body that are no part of its text as shown, of whatever era."""
    hiding = {element for element in _HIDING(container) if element.get("rel") == "footnote-ref" or _hides(element)}
    return hiding.union(search(markup, container, _UNSEEN))


def is_hidden(element: Element) -> bool:
    """Whether an element is on the page without being shown: it or what it stands in."""
    return any(map(_hides, (element, *element.iterancestors())))


def _hides(element: Element) -> bool:
    return element.get("hidden") is not None or bool(_NO_DISPLAY.search(element.get("style") or ""))


def story(found: Sequence[Line], *printed_above: str | None) -> Body:
    """The story among the lines of a body: what is debris, a closing line or a note goes, and is told of apart.

    `printed_above` are the texts that the page prints above the story: a body that begins with them repeats them.
    """
    above = {squeezed(text).casefold() for text in printed_above if text}
    body = Body()
    kept: list[Line] = []
    told: set[str] = set()
    in_list_of_links = False
    for line in map(_without_commands, found):
        in_list_of_links = in_list_of_links and (line.linked or line.kind == "list_item")
        reason = (
            "list of other stories"
            if in_list_of_links
            else "repeated"
            if line.text in told
            else _not_story(line, body, above if not kept else None)
        )
        if reason is None:
            kept.append(line)
            told.update([line.text] if len(line.text) > _LONGEST_SUBHEAD else [])
            continue
        body.passed_over.append((reason, line.text))
        in_list_of_links = in_list_of_links or _announces_links(reason, line.text)
    _open(kept, body)
    _close(kept, body)
    body.blocks = [Block(kind=_kind(kept, at), text=line.text) for at, line in enumerate(kept)]
    return body


_LINK = "\x02"
_LINKS = re.compile(f"{_LINK}[^{_LINK}]*{_LINK}")


def _inline(element: Element, skip: Collection[Element]) -> str:
    """An inline element's text. A link's is set between marks: loose text that is all links is no story."""
    text = BREAK if element.tag == "br" else text_of(element, skip)
    return f"{_LINK}{text}{_LINK}" if element.tag == "a" else text


def _loose(pieces: list[str]) -> Iterator[Line]:
    text = "".join(pieces)
    for part in () if text.isspace() else parted(text):
        if len(_LINKS.sub("", part)) >= _SHORTEST_LOOSE:
            yield Line(kind="paragraph", text=squeezed(part.replace(_LINK, "")))


def _blocks(element: Element, skip: Collection[Element]) -> Iterator[Line]:
    if element.tag == "table":
        text = "\n".join(filter(None, map(_row, select(element, "tr"))))
        yield from [Line(kind="table", text=text)] if text else []
    elif element.tag == "pre":
        yield from _preformatted(element)
    elif kind := _KINDS.get(str(element.tag)):
        for part in _parts(element):
            yield from _line(kind, part, skip) if part not in skip else ()


def _parts(element: Element) -> Sequence[Element]:
    """The elements of a list or a quotation, each a block of its own."""
    inner = _PARTS.get(str(element.tag))
    parts = select(element, inner) if inner else []
    return parts or ([] if inner == "li" else [element])


def _line(kind: BlockKind, element: Element, skip: Collection[Element]) -> Iterator[Line]:
    if not len(element):
        text = text_of(element)
        yield from [Line(kind=kind, text=text)] if any(map(str.isalnum, text)) else ()
        return
    parts = list(element.iter("a", "b", "strong"))
    links = [part for part in parts if part.tag == "a"]
    strong = [part for part in parts if part.tag != "a"]
    emails = tuple(_address(link) for link in links if (link.get("href") or "").startswith("mailto:"))
    for text in paragraphs_of(element, skip):
        if any(map(str.isalnum, text)):
            linked, bold = bool(links) and _is_all(links, text), bool(strong) and _is_all(strong, text)
            yield Line(kind=kind, text=text, emails=emails, linked=linked, bold=bold)


def closing(element: Element) -> Line:
    """An element that holds a closing line, as one."""
    return replace(next(_line("paragraph", element, ()), Line(kind="paragraph", text="")), closing=True)


def _is_all(parts: Sequence[Element], text: str) -> bool:
    """Whether a text is that of some of its elements (its links), and nothing besides."""
    told = "".join(map(text_of, parts))
    return _first_letter(told) == _first_letter(text) and _letters(told) == _letters(text)


def _first_letter(text: str) -> str | None:
    """Most texts differ in it from their links': those are spared the rest."""
    return next(filter(str.isalnum, text), None)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _address(link: Element) -> str:
    return (link.get("href") or "").removeprefix("mailto:").partition("?")[0].strip()


def _row(row: Element) -> str:
    return "\t".join(text_of(cell) for cell in row if cell.tag in ("td", "th")).strip("\t")


_COLUMN = re.compile(r"\s{2,}")


def _preformatted(element: Element) -> Iterator[Line]:
    """A table, as older pages set it, and what follows its last row: text again, mostly closing lines."""
    rows = [_COLUMN.split(line.strip()) for line in lines_of(element)]
    end = max((at + 1 for at, row in enumerate(rows) if len(row) > 1), default=0)
    table = ["\t".join(row) for row in rows[:end] if any(map(str.isalnum, "".join(row)))]
    if table:
        yield Line(kind="table", text="\n".join(table))
    for text in parted("".join(f"{row[0]}{BREAK}" for row in rows[end:])):
        if any(map(str.isalnum, text)):
            yield Line(kind="paragraph", text=text)


def _holds_blocks(element: Element) -> bool:
    return len(element) > 0 and next(element.iter(*_BLOCKS), None) is not None


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_CUT = re.compile(r"to continue reading this (?:article|story)\b", re.I)
_LONGEST_LABEL = 40


def _not_story(line: Line, body: Body, above: Collection[str] | None) -> str | None:
    """Why a line is not of the story, having noted what it tells; None if it is."""
    text = line.text
    if above is not None and (reason := _above(text, body, above)):
        return reason
    if note := corrections.read(text):
        _note(note, body)
        return note.kind
    if told := contacts.read(text, line.emails):
        _tell(told, body)
        return "contact line"
    if reason := boilerplate.is_debris(text):
        body.is_cut = body.is_cut or bool(_CUT.match(text))
        return reason.replace("_", " ")
    if line.closing:
        return "closing line"
    return "bare address" if _ADDRESS.fullmatch(text) else None


_SENTENCE = re.compile(r"(?<=[.?!”\"])(?<!\b[A-Z]\.)\s+(?=[^a-z])")


def _without_commands(line: Line) -> Line:
    """A line without a terminal command that runs on after its sentences: "It fell. See DOE US <Equity> EVT <GO>."."""
    if "<" not in line.text or line.text[0] in "([" or not boilerplate.is_debris(line.text):
        return line
    sentences = takewhile(lambda part: "<" not in part and not boilerplate.is_debris(part), _SENTENCE.split(line.text))
    return replace(line, text=" ".join(sentences) or line.text)


def _announces_links(reason: str, text: str) -> bool:
    """Whether a line that is passed over stands above a list of other stories: "Read more:", "Related Stories"."""
    return text.endswith(":") or (reason == "related" and len(text) <= _LONGEST_LABEL and ":" not in text)


_BY = re.compile(
    r"(?:(?:commentary|opinion|review|interview|analysis|essay|editorial|column|story|text)\s+)?(?:by|as\s+told\s+to)\s+",
    re.I,
)
_LONGEST_BYLINE = 160


def _above(text: str, body: Body, printed: Collection[str]) -> str | None:
    """Why a line above the first paragraph is not of the story."""
    if text.casefold() in printed:
        return "printed above"
    by = _BY.match(text) if len(text) < _LONGEST_BYLINE else None
    if by is None:
        return None
    names, desk = byline.names(text[by.end() :]), byline.desk(text)
    body.byline, body.desk = body.byline or names, body.desk or desk
    return "byline" if names or desk else None


def _note(note: corrections.Correction, body: Body) -> None:
    if note.kind == "correction":
        body.correction = body.correction or note.text


def _tell(told: contacts.Contacts, body: Body) -> None:
    body.contacts.extend(contact for contact in told.contacts if contact not in body.contacts)
    body.assistance.extend(name for name in told.assistance if name not in body.assistance)
    body.writers = body.writers or told.writers
    if told.note and (note := corrections.read(told.note)):
        _note(note, body)


def _open(kept: list[Line], body: Body) -> None:
    """Take the dateline off the first paragraph."""
    at = next((at for at, line in enumerate(kept) if line.kind == "paragraph"), None)
    if at is None:
        return
    body.dateline, rest = dateline.split(kept[at].text)
    if body.dateline and rest:
        kept[at] = replace(kept[at], text=rest)


_SIGNED = re.compile(r"[-–—]{1,2}\s?(?:[Bb]y\s+)?(?=[^\W\d_a-z]\D*$)")


def _close(kept: list[Line], body: Body) -> None:
    """Take what closes a story off it: links to others, a signature, and what runs on after the last paragraph."""
    while len(kept) > 1 and kept[-1].linked and kept[-1].kind == "list_item":
        body.passed_over.append(("list of other stories", kept.pop().text))
    if len(kept) > 1 and (names := _signature(kept[-1].text)):
        body.writers = body.writers or names
        body.passed_over.append(("signature", kept.pop().text))
    if not kept or kept[-1].kind != "paragraph":
        return
    rest, told = contacts.split(kept[-1].text, kept[-1].emails)
    if told:
        _tell(told, body)
        body.passed_over.append(("contact line", kept[-1].text[len(rest) :].strip()))
        kept[-1:] = [replace(kept[-1], text=rest)] if rest else []


def _signature(text: str) -> tuple[str, ...]:
    """The writers that a last line names: "--Jo Doe"."""
    signed = _SIGNED.match(text) if len(text) < _LONGEST_BYLINE else None
    return byline.names([text[signed.end() :]]) or () if signed else ()


_LONGEST_SUBHEAD = 60
_ENDS = re.compile(r"[.!:;,…](?:[”’\"')\]]*)$|[”\"]$|^[QA]:")
_MINOR = frozenset(
    re.findall(r"\w+", "a an and as at but by for from in into is it nor of on or over the to up via vs with")
)
_WORD = re.compile(r"[^\W_][\w.’'&-]*")


def _kind(kept: Sequence[Line], at: int) -> BlockKind:
    """The kind of a line: older pages set their subheads as ordinary paragraphs, short and in title case."""
    line = kept[at]
    if line.kind != "paragraph" or not 0 < at < len(kept) - 1 or _is_story(line):
        return line.kind
    before, after = kept[at - 1], kept[at + 1]
    return "subhead" if _is_story(before) and _is_story(after) else line.kind


def _is_story(line: Line) -> bool:
    is_bold_label = line.bold and len(line.text) <= _LONGEST_SUBHEAD and not _ENDS.search(line.text)
    return line.kind != "paragraph" or not (is_bold_label or reads_as_subhead(line.text))


def reads_as_subhead(text: str) -> bool:
    """Whether a line is short and in title case, without a sentence's end: a subhead, where story stands around it."""
    if len(text) > _LONGEST_SUBHEAD or _ENDS.search(text):
        return False
    words = _WORD.findall(text)
    major = [word for word in words if word.casefold() not in _MINOR]
    return bool(major) and len(words) <= 9 and all(word[0].isupper() or word[0].isdigit() for word in major)
