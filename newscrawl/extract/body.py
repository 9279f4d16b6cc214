"""An article's body: from the elements that hold it to blocks, and from those to what belongs to the story.

Older stories keep their dateline, contact lines and terminal codes in whatever template they are shown, so what is told
apart here is told by the lines themselves, in one way for every layout.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from newscrawl.article import Block, BlockKind, Contact, Dateline
from newscrawl.extract import byline, contacts, corrections, dateline, debris
from newscrawl.extract.markup import Element, select
from newscrawl.extract.text import paragraphs_of, squeezed, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A block as found, before it is known whether it is of the story."""

    kind: BlockKind
    text: str
    emails: tuple[str, ...] = ()
    linked: bool = False
    """Whether all of its text is one link: an item of a list of other stories."""


@dataclass(slots=True)
class Body:
    """What the lines of a body tell. `passed_over` has the lines that are not the story, each with the reason."""

    blocks: list[Block] = field(default_factory=list)
    dateline: Dateline | None = None
    byline: tuple[str, ...] = ()
    """Names of a "By ..." line above the story."""
    writers: tuple[str, ...] = ()
    """Names of a closing credit, "--Jo Doe, with assistance from ..."."""
    contacts: list[Contact] = field(default_factory=list)
    assistance: list[str] = field(default_factory=list)
    correction: str | None = None
    passed_over: list[tuple[str, str]] = field(default_factory=list)


_KINDS: dict[str, BlockKind] = {
    **dict.fromkeys(("p", "pre", "dd", "dt", "address"), "paragraph"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "subhead"),
    **dict.fromkeys(("ul", "ol"), "list_item"),
    "blockquote": "quote",
}
_WRAPPERS = frozenset(
    ("div", "section", "article", "main", "center", "span", "em", "i", "b", "strong", "font", "a", "dl")
)


def lines(container: Element, skip: Collection[Element], wrappers: Collection[Element]) -> Iterator[Line]:
    """The blocks of a body, in order: its direct children, and those of wrappers without a class or named as such.

    What is in `skip` is passed by, whatever it holds; so is an element of a class that is not in `wrappers`, which in a
    body is an advertisement, a player or a list of other stories.
    """
    stack = [iter(container)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child in skip or not isinstance(child.tag, str):
            continue
        elif child in wrappers or (child.tag in _WRAPPERS and not child.get("class") and _holds_blocks(child)):
            stack.append(iter(child))
        else:
            yield from _blocks(child, skip)


def story(found: Sequence[Line], headline: str = "") -> Body:
    """The story among the lines of a body: what is debris, a closing line or a note goes, and is told of apart."""
    body = Body()
    kept: list[Line] = []
    in_list_of_links = False
    for line in found:
        in_list_of_links = in_list_of_links and (line.linked or line.kind == "list_item")
        reason = (
            "list of other stories" if in_list_of_links else _not_story(line, body, above=not kept, headline=headline)
        )
        if reason is None:
            kept.append(line)
            continue
        body.passed_over.append((reason, line.text))
        in_list_of_links = in_list_of_links or line.text.endswith(":")
    _open(kept, body)
    _close(kept, body)
    body.blocks = [Block(kind=_kind(kept, at), text=line.text) for at, line in enumerate(kept)]
    return body


def _blocks(element: Element, skip: Collection[Element]) -> Iterator[Line]:
    if element.tag == "table":
        text = "\n".join(filter(None, map(_row, select(element, "tr"))))
        yield from [Line(kind="table", text=text)] if text else []
    elif kind := _KINDS.get(str(element.tag)):
        for part in _parts(element):
            yield from _line(kind, part) if part not in skip else ()


def _parts(element: Element) -> Sequence[Element]:
    """The elements of a list or a quotation, each a block of its own."""
    inner = {"ul": "li", "ol": "li", "blockquote": "p"}.get(str(element.tag))
    parts = select(element, inner) if inner else []
    return parts or ([] if inner == "li" else [element])


def _line(kind: BlockKind, element: Element) -> Iterator[Line]:
    links = list(element.iter("a")) if len(element) else []
    emails = tuple(_address(link) for link in links if (link.get("href") or "").startswith("mailto:"))
    for text in paragraphs_of(element):
        if any(map(str.isalnum, text)):
            yield Line(kind=kind, text=text, emails=emails, linked=len(links) == 1 and text_of(links[0]) == text)


def _address(link: Element) -> str:
    return (link.get("href") or "").removeprefix("mailto:").partition("?")[0].strip()


def _row(row: Element) -> str:
    return "\t".join(text_of(cell) for cell in row if cell.tag in ("td", "th")).strip("\t")


def _holds_blocks(element: Element) -> bool:
    return next(element.iter("p", "h2", "h3", "h4", "ul", "ol", "blockquote", "table"), None) is not None


def _not_story(line: Line, body: Body, *, above: bool, headline: str) -> str | None:
    """Why a line is not of the story, having noted what it tells; None if it is."""
    text = line.text
    if reason := debris.is_debris(text):
        return reason.replace("_", " ")
    if above and (reason := _above(text, body, headline)):
        return reason
    if note := corrections.read(text):
        _note(note, body)
        return note.kind
    if told := contacts.read(text, line.emails):
        _tell(told, body)
        return "contact line"
    return None


_BY = re.compile(r"(?:by|as told to|interview by)\s+(?=\S)", re.I)
_LONGEST_BYLINE = 160


def _above(text: str, body: Body, headline: str) -> str | None:
    """Why a line above the first paragraph is not of the story."""
    if headline and squeezed(text).casefold() == headline.casefold():
        return "headline"
    if len(text) < _LONGEST_BYLINE and _BY.match(text) and (names := byline.names(text)):
        body.byline = body.byline or names
        return "byline"
    return None


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
        kept[at] = Line(kind="paragraph", text=rest, emails=kept[at].emails)


def _close(kept: list[Line], body: Body) -> None:
    """Take a closing that runs on after the last paragraph's story off it."""
    if not kept or kept[-1].kind != "paragraph":
        return
    rest, told = contacts.split(kept[-1].text, kept[-1].emails)
    if told:
        _tell(told, body)
        body.passed_over.append(("contact line", kept[-1].text[len(rest) :].strip()))
        kept[-1:] = [Line(kind="paragraph", text=rest)] if rest else []


_LONGEST_SUBHEAD = 60
_ENDS = re.compile(r"[.!:;,…](?:[”’\"')\]]*)$|[”\"]$")
_MINOR = frozenset(
    re.findall(r"\w+", "a an and as at but by for from in into is it nor of on or over the to up via vs with")
)
_WORD = re.compile(r"[^\W_][\w.’'&-]*")


def _kind(kept: Sequence[Line], at: int) -> BlockKind:
    """The kind of a line: older pages set their subheads as ordinary paragraphs, short and in title case."""
    line = kept[at]
    if line.kind != "paragraph" or not 0 < at < len(kept) - 1 or not _reads_as_subhead(line.text):
        return line.kind
    before, after = kept[at - 1], kept[at + 1]
    return "subhead" if _is_story(before) and _is_story(after) else line.kind


def _is_story(line: Line) -> bool:
    return line.kind != "paragraph" or not _reads_as_subhead(line.text)


def _reads_as_subhead(text: str) -> bool:
    if len(text) > _LONGEST_SUBHEAD or _ENDS.search(text):
        return False
    words = _WORD.findall(text)
    major = [word for word in words if word.casefold() not in _MINOR]
    return bool(major) and len(words) <= 9 and all(word[0].isupper() or word[0].isdigit() for word in major)
