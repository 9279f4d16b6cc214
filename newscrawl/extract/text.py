"""The text of an element as a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Collection

from newscrawl.extract.markup import Element

_BROKEN_WORD = re.compile(r"(?<=[^\W_])-\n\s*(?=[^\W_])(?!(?:and|or|to)\b)")
"""A hyphen at a hard line break is part of a word ("second-\\nlargest"), except before "and", "or" and "to"."""
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")

BREAK = "\x1e\n"
"""Replaces br elements until a text is split into paragraphs."""
_BLANK_LINE = re.compile(r"\x1e\s*\x1e[\x1e\s]*")

SILENT = frozenset(
    re.findall(
        r"\w+",
        "script style noscript template svg button form iframe video audio canvas object select textarea input meta "
        "link aside nav head map dialog figure figcaption",
    )
)
"""Elements whose text is not part of the text around them."""


def normalize_space(text: str) -> str:
    r"""Return one line: white space as single spaces, broken words joined, without invisible characters.

    >>> normalize_space(" the second-\n  largest  bank ")
    'the second-largest bank'
    """
    if "-\n" in text:
        text = _BROKEN_WORD.sub("-", text)
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def read_text(element: Element, skip: Collection[Element] = ()) -> str:
    """Return the text of an element in one line, without `skip`, scripts, buttons, asides and the like."""
    if not len(element):
        return normalize_space(element.text or "")
    return normalize_space("".join(_pieces(element, skip)))


def split_paragraphs(element: Element, skip: Collection[Element] = ()) -> list[str]:
    """Return the text of an element, split where it has two line breaks in a row."""
    # One p element for half a feature was seen in the wild.
    if next(element.iter("br"), None) is None:
        return [read_text(element, skip)]
    return split_at_blank_lines("".join(_pieces(element, skip, line_break=BREAK)))


def split_at_blank_lines(text: str) -> list[str]:
    """Split a text with BREAK for each br element where two of them follow each other."""
    return [normalize_space(part) for part in _BLANK_LINE.split(text)]


def read_lines(element: Element) -> list[str]:
    """Return the lines of a preformatted text, with the spaces that separate its columns."""
    return "".join(_pieces(element)).expandtabs().splitlines()


def read_own_text(element: Element) -> str:
    return normalize_space((element.text or "") + " ".join(child.tail or "" for child in element))


def _pieces(element: Element, skip: Collection[Element] = (), line_break: str = "\n") -> list[str]:
    # Without recursion, because of pages with hostile depth.
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
