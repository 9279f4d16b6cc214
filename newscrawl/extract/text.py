"""The text of an element as a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Collection

from newscrawl.extract.markup import Element

_BROKEN_WORD = re.compile(r"(?<=[^\W_])-\n\s*(?=[^\W_])(?!(?:and|or|to)\b)")
"""A hyphen at a hard line break stands in a word ("second-\\nlargest"), save before "and", "or" and "to"."""
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"

BREAK = "\x1e\n"
"""What stands for a br while the paragraphs of a text are told apart."""
_BLANK_LINE = re.compile(r"\x1e\s*\x1e[\x1e\s]*")

SILENT = frozenset(
    re.findall(
        r"\w+",
        "script style noscript template svg button form iframe video audio canvas object select textarea input meta "
        "link aside nav head map dialog figure figcaption",
    )
)
"""Elements whose text is no part of the text around them."""


def squeezed(text: str) -> str:
    r"""One line: runs of white space as one space, words broken at a hyphen joined, invisible characters gone.

    >>> squeezed(" the second-\n  largest  bank ")
    'the second-largest bank'
    """
    if "-\n" in text:
        text = _BROKEN_WORD.sub("-", text)
    if not text.isascii():
        for mark in _INVISIBLE:
            if mark in text:
                text = text.replace(mark, "")
    return " ".join(text.split())


def text_of(element: Element, skip: Collection[Element] = ()) -> str:
    """The element's text, in one line, without that of `skip`, scripts, buttons, asides and the like within it."""
    if not len(element):
        return squeezed(element.text or "")
    return squeezed("".join(_pieces(element, skip)))


def paragraphs_of(element: Element, skip: Collection[Element] = ()) -> list[str]:
    """The element's text; as several where two line breaks part it (seen in the wild: one p for half a feature)."""
    if next(element.iter("br"), None) is None:
        return [text_of(element, skip)]
    return parted("".join(_pieces(element, skip, line_break=BREAK)))


def parted(text: str) -> list[str]:
    """The paragraphs of a text in which `BREAK` stands for each line break: two of them part paragraphs."""
    return [squeezed(part) for part in _BLANK_LINE.split(text)]


def lines_of(element: Element) -> list[str]:
    """The lines of a preformatted text, with the spaces that set its columns."""
    return "".join(_pieces(element)).expandtabs().splitlines()


def own_text(element: Element) -> str:
    """The text that stands in the element itself, its children's left out."""
    return squeezed((element.text or "") + " ".join(child.tail or "" for child in element))


def _pieces(element: Element, skip: Collection[Element] = (), line_break: str = "\n") -> list[str]:
    """Depth first without recursion: pages of hostile depth must not exhaust the stack."""
    pieces: list[str] = [element.text or ""]
    stack = [iter(element)]
    path: list[Element] = []
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            pieces.append((path.pop().tail or "") if path else "")
            continue
        if not isinstance(child.tag, str) or child.tag in SILENT or child in skip:
            pieces.append(child.tail or "")
            continue
        pieces.append(line_break if child.tag == "br" else child.text or "")
        stack.append(iter(child))
        path.append(child)
    return pieces
