"""The body of an article: its elements become lines, and the lines of the story become blocks.

Datelines, contact lines and terminal codes of older stories survive every redesign of their page, so lines are
classified by their text, in the same way for all layouts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile, zip_longest

from lxml import etree

from newscrawl.article import Block, BlockKind, Contact, Dateline
from newscrawl.extract.fields import boilerplate, byline, contacts, corrections, dateline
from newscrawl.extract.markup import Element, Markup, select
from newscrawl.extract.selectors import search
from newscrawl.extract.text import BREAK, normalize_space, read_lines, read_text, split_at_blank_lines, split_paragraphs


@dataclass(slots=True, kw_only=True)
class Line:
    """A block of the page that may or may not belong to the story."""

    kind: BlockKind
    text: str
    emails: tuple[str, ...] = ()
    """Addresses of its mailto links."""
    is_link: bool = False
    """Whether all of its text is links, as in lists of other stories."""
    is_bold: bool = False
    """Whether all of its text is bold; a short one is a subhead."""
    url: str | None = None
    """Of an embedded post."""
    is_closing: bool = False
    """Whether the page marks it as a closing line, which names contacts or corrections, or is left out."""


@dataclass(slots=True)
class Body:
    """The story, and what the other lines of the body say."""

    blocks: list[Block] = field(default_factory=list)
    dateline: Dateline | None = None
    byline: tuple[str, ...] = ()
    """Names in a "By ..." line above the story."""
    desk: str | None = None
    """The desk in such a line that names no person."""
    writers: tuple[str, ...] = ()
    """Names in a closing credit, "--Jo Doe, with assistance from ..."."""
    contacts: list[Contact] = field(default_factory=list)
    assistance: list[str] = field(default_factory=list)
    correction: str | None = None
    is_cut: bool = False
    """Whether a line says that only subscribers can read on."""
    excluded: list[tuple[str, str]] = field(default_factory=list)
    """Lines that are not part of the story: (reason, text)."""


_KINDS: dict[str, BlockKind] = {
    **dict.fromkeys(("p", "dd", "dt", "address"), "paragraph"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "subhead"),
    **dict.fromkeys(("ul", "ol"), "list_item"),
    "blockquote": "quote",
}
_BLOCKS = (*_KINDS, "pre", "table", "div", "section", "article")
_INLINE = frozenset(re.findall(r"\w+", "a abbr b br cite em font i q small span strong sub sup u"))
_TRANSPARENT = _INLINE.union(("div", "section", "article", "main", "center", "dl"))
"""Elements without a class whose children are read."""
_PARTS = {"ul": "li", "ol": "li", "blockquote": "p"}
_MIN_LOOSE_LENGTH = 40
"""Characters, without links, from which text outside of block elements is taken for a paragraph."""


def read_body_lines(
    container: Element, skip: Collection[Element] = (), wrappers: Collection[Element] = ()
) -> Iterator[Line]:
    """Yield the blocks of a body in order: its children, and those of wrappers (in `wrappers`, or without a class).

    Elements in `skip` are left out with all that they contain.
    """
    # Other elements with a class are advertisements, players or lists of other stories. Text between the blocks is a
    # paragraph: bodies with nothing but line breaks were seen in the wild.
    loose: list[str] = [container.text or ""]
    stack = [(iter(container), "")]
    while stack:
        child = next(stack[-1][0], None)
        if child is None:
            yield from _read_loose_text(loose)
            loose = [stack.pop()[1]]
            continue
        tag, tail = child.tag, child.tail or ""
        if child in skip or not isinstance(tag, str):
            loose.append(tail)
        elif tag in _INLINE and next(child.iter(*_BLOCKS), None) is None:
            text = BREAK if tag == "br" else read_text(child, skip)
            # Links are set between marks, because loose text that is all links is not part of the story.
            loose += [f"{_LINK}{text}{_LINK}" if tag == "a" else text, tail]
        else:
            yield from _read_loose_text(loose)
            loose = [tail]
            if child in wrappers or (tag in _TRANSPARENT and not child.get("class")):
                stack.append((iter(child), tail))
                loose = [child.text or ""]
            else:
                yield from _read_block(child, skip)


_HIDDEN = (
    ".visually-hidden, .sr-only, .screen-reader-text, .footnote-anchor, .news-designed-for-consumer-media, "
    # Attachments of stories before 2015, which survive in all later templates.
    "div.story_inline, div.attachments, div.assets, div.image, div.thumbnail, div.slideshow_teaser, "
    "div.slider_contain, .cap_preview, .cap_show, p.caption, p.caption_only, p.photographer_attr"
)
"""Classes of elements that a reader does not see, or not as part of the text."""
# Searching for the attributes, as there are few of them, takes a third of the time of searching for the elements.
_HIDING = etree.XPath(
    'descendant-or-self::*/@hidden/.. | descendant-or-self::*/@rel[. = "footnote-ref"]/..'
    ' | descendant-or-self::*/@style[contains(., "display")]/..'
)
_NO_DISPLAY = re.compile(r"display:\s*none")


def find_hidden(markup: Markup, container: Element) -> set[Element]:
    """Return the elements of a body that are not part of its text as shown, in any layout."""
    hiding = {element for element in _HIDING(container) if element.get("rel") == "footnote-ref" or _hides(element)}
    return hiding.union(search(markup, container, _HIDDEN))


def is_hidden(element: Element) -> bool:
    return any(map(_hides, (element, *element.iterancestors())))


def _hides(element: Element) -> bool:
    return element.get("hidden") is not None or bool(_NO_DISPLAY.search(element.get("style") or ""))


def extract_story(lines: Sequence[Line], *printed_above: str | None) -> Body:
    """Separate the story from boilerplate, closing lines and notes.

    `printed_above` are texts that the page prints above the story (headline, dek): the body may repeat them.
    """
    above = {normalize_space(text).casefold() for text in printed_above if text}
    body = Body()
    story: list[Line] = []
    seen: set[str] = set()
    in_list_of_links = False
    for line in map(_without_commands, lines):
        in_list_of_links = in_list_of_links and (line.is_link or line.kind == "list_item")
        if in_list_of_links:
            reason: str | None = "list of other stories"
        elif line.text in seen:
            reason = "repeated"
        else:
            reason = _exclude(line, body, above if not story else None)
        if reason is None:
            story.append(line)
            if len(line.text) > _MAX_SUBHEAD_LENGTH:
                seen.add(line.text)
            continue
        body.excluded.append((reason, line.text))
        # The title of a list of other stories, or of a summary by a machine: "Read more:", "Related Stories".
        is_label = (
            reason in ("related", "machine summary") and len(line.text) <= _MAX_LABEL_LENGTH and ":" not in line.text
        )
        in_list_of_links = in_list_of_links or is_label or line.text.endswith(":")
    at = next((at for at, line in enumerate(story) if line.kind == "paragraph"), None)
    if at is not None:
        body.dateline, rest = dateline.split(story[at].text)
        story[at] = replace(story[at], text=rest or story[at].text)
    _remove_closing(story, body)
    body.blocks = [Block(kind=_block_kind(story, at), text=line.text, url=line.url) for at, line in enumerate(story)]
    return body


_LINK = "\x02"
_LINKS = re.compile(f"{_LINK}[^{_LINK}]*{_LINK}")


def _read_loose_text(pieces: list[str]) -> Iterator[Line]:
    text = "".join(pieces)
    for part in () if text.isspace() else split_at_blank_lines(text):
        if len(_LINKS.sub("", part)) >= _MIN_LOOSE_LENGTH:
            yield Line(kind="paragraph", text=normalize_space(part.replace(_LINK, "")))


def _read_block(element: Element, skip: Collection[Element]) -> Iterator[Line]:
    if element.tag == "table":
        found = select(element, "tr")
        inner_rows = set(found)  # of tables in cells; they are rows of their own
        rows = [[read_text(cell, inner_rows) for cell in row if cell.tag in ("td", "th")] for row in found]
        text = "\n".join(filter(None, ("\t".join(row).strip("\t") for row in rows)))
        yield from [Line(kind="table", text=text)] if text else []
    elif element.tag == "pre":
        yield from _read_preformatted(element)
    elif kind := _KINDS.get(str(element.tag)):
        # Each item of a list and each paragraph of a quotation is a block of its own.
        inner = _PARTS.get(str(element.tag))
        parts = select(element, inner) if inner else []
        inner_skip = {*skip, *parts} if parts else skip  # an item of a list within an item is a block of its own
        for part in parts or ([] if inner == "li" else [element]):
            yield from _read_lines(kind, part, inner_skip) if part not in skip else ()


def _read_lines(kind: BlockKind, element: Element, skip: Collection[Element]) -> Iterator[Line]:
    if not len(element):
        text = read_text(element)
        yield from [Line(kind=kind, text=text)] if any(map(str.isalnum, text)) else ()
        return
    links, strong = list(element.iter("a")), list(element.iter("b", "strong"))
    addresses = [link.get("href") or "" for link in links]
    mailto = [address.removeprefix("mailto:") for address in addresses if address.startswith("mailto:")]
    emails = tuple(address.partition("?")[0].strip() for address in mailto)
    for text in split_paragraphs(element, skip):
        if any(map(str.isalnum, text)):
            yield Line(kind=kind, text=text, emails=emails, is_link=_is_all(links, text), is_bold=_is_all(strong, text))


def read_closing_line(element: Element) -> Line:
    return replace(next(_read_lines("paragraph", element, ()), Line(kind="paragraph", text="")), is_closing=True)


def _is_all(parts: Sequence[Element], text: str) -> bool:
    """Return whether a text consists of the text of some of its elements (its links) and nothing else."""
    if not parts:
        return False
    # Read one by one: most texts differ in the first letter, and parts within each other soon have too many.
    letters = (letter for part in parts for letter in read_text(part) if letter.isalnum())
    return all(letter == other for letter, other in zip_longest(letters, filter(str.isalnum, text)))


_COLUMN = re.compile(r"\s{2,}")


def _read_preformatted(element: Element) -> Iterator[Line]:
    # Older pages set tables as preformatted text; what follows the last row is mostly closing lines.
    rows = [_COLUMN.split(line.strip()) for line in read_lines(element)]
    end = max((at + 1 for at, row in enumerate(rows) if len(row) > 1), default=0)
    table = ["\t".join(row) for row in rows[:end] if any(map(str.isalnum, "".join(row)))]
    if table:
        yield Line(kind="table", text="\n".join(table))
    for text in split_at_blank_lines("".join(f"{row[0]}{BREAK}" for row in rows[end:])):
        if any(map(str.isalnum, text)):
            yield Line(kind="paragraph", text=text)


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_CUT = re.compile(r"to continue reading this (?:article|story)\b", re.I)
_MAX_LABEL_LENGTH = 40


def _exclude(line: Line, body: Body, above: Collection[str] | None) -> str | None:
    """Return why a line is not part of the story, and add what it says to `body`; None for a line of the story."""
    text = line.text
    if above is not None and (reason := _exclude_above(text, body, above)):
        return reason
    if note := corrections.parse(text):
        _add_note(note, body)
        return note.kind
    if closing := contacts.parse(text, line.emails):
        _add_contacts(closing, body)
        return "contact line"
    if reason := boilerplate.find_reason(text):
        body.is_cut = body.is_cut or bool(_CUT.match(text))
        return reason.replace("_", " ")
    if line.is_closing:
        return "closing line"
    return "bare address" if _ADDRESS.fullmatch(text) else None


_SENTENCE = re.compile(r"(?<=[.?!”\"])(?<!\b[A-Z]\.)\s+(?=[^a-z])")


def _without_commands(line: Line) -> Line:
    """Remove a terminal command after the sentences of a line: "It fell. See DOE US <Equity> EVT <GO>."."""
    if "<" not in line.text or line.text[0] in "([" or not boilerplate.find_reason(line.text):
        return line
    sentences = takewhile(
        lambda part: "<" not in part and not boilerplate.find_reason(part), _SENTENCE.split(line.text)
    )
    return replace(line, text=" ".join(sentences) or line.text)


_BY = re.compile(
    r"(?:(?:commentary|opinion|review|interview|analysis|essay|editorial|column|story|text)\s+)?(?:by|as\s+told\s+to)\s+",
    re.I,
)
_MAX_BYLINE_LENGTH = 160


def _exclude_above(text: str, body: Body, printed: Collection[str]) -> str | None:
    if text.casefold() in printed:
        return "printed above"
    by = _BY.match(text) if len(text) < _MAX_BYLINE_LENGTH else None
    if by is None:
        return None
    names, desk = byline.parse_names(text[by.end() :]), byline.find_desk(text)
    body.byline, body.desk = body.byline or names, body.desk or desk
    return "byline" if names or desk else None


def _add_note(note: corrections.Correction, body: Body) -> None:
    if note.kind == "correction":
        body.correction = body.correction or note.text


def _add_contacts(closing: contacts.Contacts, body: Body) -> None:
    body.contacts.extend(contact for contact in closing.contacts if contact not in body.contacts)
    body.assistance.extend(name for name in closing.assistance if name not in body.assistance)
    body.writers = body.writers or closing.writers
    if closing.note and (note := corrections.parse(closing.note)):
        _add_note(note, body)


_SIGNED = re.compile(r"[-–—]{1,2}\s?(?:[Bb]y\s+)?(?=[^\W\d_a-z]\D*$)")


def _remove_closing(story: list[Line], body: Body) -> None:
    """Remove links to other stories, a signature, and contacts that follow the last sentence."""
    while len(story) > 1 and story[-1].is_link and story[-1].kind == "list_item":
        body.excluded.append(("list of other stories", story.pop().text))
    last = story[-1].text if len(story) > 1 else ""
    signed = _SIGNED.match(last) if len(last) < _MAX_BYLINE_LENGTH else None  # "--Jo Doe"
    if signed and (names := byline.parse_names([last[signed.end() :]])):
        body.writers = body.writers or names
        body.excluded.append(("signature", story.pop().text))
    if not story or story[-1].kind != "paragraph":
        return
    rest, closing = contacts.split(story[-1].text, story[-1].emails)
    if closing:
        _add_contacts(closing, body)
        body.excluded.append(("contact line", story[-1].text[len(rest) :].strip()))
        story[-1:] = [replace(story[-1], text=rest)] if rest else []


_MAX_SUBHEAD_LENGTH = 60
_ENDS = re.compile(r"[.!:;,…](?:[”’\"')\]]*)$|[”\"]$|^[QA]:")
_MINOR = frozenset(
    re.findall(r"\w+", "a an and as at but by for from in into is it nor of on or over the to up via vs with")
)
_WORD = re.compile(r"[^\W_][\w.’'&-]*")


def _block_kind(story: Sequence[Line], at: int) -> BlockKind:
    # Older pages set their subheads as ordinary paragraphs, short and in title case.
    line = story[at]
    if line.kind != "paragraph" or not 0 < at < len(story) - 1 or _is_prose(line):
        return line.kind
    return "subhead" if _is_prose(story[at - 1]) and _is_prose(story[at + 1]) else line.kind


def _is_prose(line: Line) -> bool:
    is_bold_label = line.is_bold and len(line.text) <= _MAX_SUBHEAD_LENGTH and not _ENDS.search(line.text)
    return line.kind != "paragraph" or not (is_bold_label or reads_as_subhead(line.text))


def reads_as_subhead(text: str) -> bool:
    """Return whether a line is short, in title case and without a full stop: a subhead, if prose surrounds it."""
    if len(text) > _MAX_SUBHEAD_LENGTH or _ENDS.search(text):
        return False
    words = _WORD.findall(text)
    major = [word for word in words if word.casefold() not in _MINOR]
    return bool(major) and len(words) <= 9 and all(word[0].isupper() or word[0].isdigit() for word in major)
