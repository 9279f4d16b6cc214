"""What a user asks for: a small language of words, read into a tree.

    oil prices                     both words, in any order and case
    "interest rates"  rat*         side by side; words that begin so
    oil OR gas  oil AND gas        one of them; both, as without AND, which binds closer than OR
    NOT oil  -oil                  without it
    (oil OR gas) prices            together
    headline:oil  dek:"to rise"    there only; also body:, and of several: headline:(oil OR gas)
    author:bo  section:Markets  ticker:AAPL    what is known of the article, whatever its words

Operators are upper case and fields lower case, so that ordinary text hardly means them. Nothing is a syntax error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

Field = Literal["headline", "dek", "body"]
"""Where words may be asked for alone."""
Fact = Literal["author", "section", "ticker"]
"""What else of an article may be asked for."""

FIELDS: tuple[Field, ...] = ("headline", "dek", "body")
FACTS: tuple[Fact, ...] = ("author", "section", "ticker")
_DEEPEST = 20
"""Brackets within brackets; those further in are read over. FTS5's own parser ends at 100."""
_MOST = 500
"""Words, marks and brackets that are read: SQLite takes conditions of 1000."""
_QUOTES = '"“”„'
_TOKEN = re.compile(
    rf"""
    [{_QUOTES}] (?P<quoted>[^{_QUOTES}]*) [{_QUOTES}] (?P<star>\*?)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<field>headline|dek|body|author|section|ticker) : (?=[^\s)])
    | (?P<operator>AND|OR|NOT) (?![^\s(){_QUOTES}])
    | (?P<minus>-) (?=[^\s)])
    | (?P<word>[^\s(){_QUOTES}]+ (?:\([^\s(){_QUOTES}]*\)[^\s(){_QUOTES}]*)*)
    """,
    re.VERBOSE,
)
_MARK = "\u0300-\u036f"
_ACCENTS = re.compile(f"[{_MARK}]+")
WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARK}])*")
"""A word as full-text indexes see it: letters and digits, with their accents."""


def fold(word: str) -> str:
    """A word as indexes compare it: without case and accents.

    >>> fold("Émile"), fold("Straße")
    ('emile', 'straße')
    """
    return _ACCENTS.sub("", unicodedata.normalize("NFD", word.lower()))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand in an article side by side; usually it is one."""

    words: tuple[str, ...]
    text: str
    """As the user wrote it."""
    prefix: bool = False
    """Whether the last word may go on: "tarif*"."""
    field: Field | None = None
    """None: in any of headline, dek and body."""


@dataclass(frozen=True, slots=True)
class Named:
    """An author, a section or a ticker that the article must have."""

    fact: Fact
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """Two or more that must all hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more of which one must hold."""

    parts: tuple[Node, ...]


Node: TypeAlias = "Phrase | Named | Not | And | Or"


def read(text: str) -> Node | None:
    """What a user asks for; None where there is no word in it. Any text is read as well as can be.

    >>> read("oil AAPL:US")
    And(parts=(Phrase(words=('oil',), text='oil', prefix=False, field=None), Phrase(words=('AAPL', 'US'), \
text='AAPL:US', prefix=False, field=None)))
    >>> read("-headline:tarif*")
    Not(part=Phrase(words=('tarif',), text='tarif*', prefix=True, field='headline'))
    >>> read("( * OR")
    """
    return _Reader(_balanced(islice(_TOKEN.finditer(text.replace("\0", " ")), _MOST))).either(None)


def is_text(node: Node) -> bool:
    """Whether full-text search can answer it alone: words only, and not only words that must not stand there."""
    match node:
        case Phrase():
            return True
        case Or(parts):
            return all(map(is_text, parts))
        case And(parts):
            wanted = [part for part in parts if not isinstance(part, Not)]
            unwanted = [part.part for part in parts if isinstance(part, Not)]
            return bool(wanted) and all(map(is_text, (*wanted, *unwanted)))
    return False


def split(node: Node) -> tuple[Node | None, tuple[Node, ...]]:
    """As much of it as full-text search can answer alone (see is_text), and what must hold besides."""
    parts = node.parts if isinstance(node, And) else (node,)
    of_text = [part for part in parts if is_text(part) or (isinstance(part, Not) and is_text(part.part))]
    if not any(map(is_text, of_text)):
        return None, parts
    return joined(of_text), tuple(part for part in parts if part not in of_text)


def wanted(node: Node) -> Iterator[Phrase]:
    """The phrases that may stand in what is found: all but those under a NOT."""
    match node:
        case Phrase():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from wanted(part)


def joined(parts: Sequence[Node]) -> Node | None:
    """All of them; None of none."""
    return And(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def parted(node: And) -> tuple[list[Node], list[Node]]:
    """Of what must all hold: what must be there, and what must not, without its NOT."""
    there: list[Node] = [part for part in node.parts if not isinstance(part, Not)]
    return there, [part.part for part in node.parts if isinstance(part, Not)]


def _balanced(found: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    """The tokens without brackets that close nothing or stand too deep."""
    kept: list[re.Match[str]] = []
    opened: list[bool] = []
    for token in found:
        if token["open"]:
            opened.append(len(opened) < _DEEPEST)
            keep = opened[-1]
        else:
            keep = not token["close"] or bool(opened and opened.pop())
        if keep:
            kept.append(token)
    return kept


class _Reader:
    """Reads tokens from the first to the last, one function a rule: OR over AND over NOT and fields."""

    def __init__(self, tokens: Sequence[re.Match[str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def either(self, field: str | None) -> Node | None:
        """Alternatives, until a bracket closes them."""
        parts = [self._all(field)]
        while self._take("OR"):
            parts.append(self._all(field))
        found = [part for part in parts if part]
        return Or(tuple(found)) if len(found) > 1 else next(iter(found), None)

    def _all(self, field: str | None) -> Node | None:
        parts = []
        while self._at < len(self._tokens) and not self._next("OR") and not self._next(")"):
            if not self._take("AND") and (part := self._one(field)):
                parts.append(part)
        return joined(parts)

    def _one(self, field: str | None) -> Node | None:
        """A word, a phrase or a group, with what stands before it."""
        negative = False
        while self._next("NOT") or self._next("-") or self._token()["field"]:
            token = self._token()
            negative ^= not token["field"]
            field = token["field"] or field
            self._at += 1
            if self._at == len(self._tokens):
                return None
        part = self._plain(field)
        if isinstance(part, Not) and negative:
            return part.part
        return Not(part) if part and negative else part

    def _plain(self, field: str | None) -> Node | None:
        if self._take("("):
            part = self.either(field)
            self._take(")")
            return part
        token = self._token()
        if token["operator"] or token["close"]:
            return None
        self._at += 1
        return _leaf(token, field)

    def _token(self) -> re.Match[str]:
        return self._tokens[self._at]

    def _next(self, text: str) -> bool:
        """Whether this mark comes now: an operator, a bracket or a minus, and no word that looks like one."""
        if self._at >= len(self._tokens):
            return False
        token = self._token()
        return text == (token["operator"] or token["open"] or token["close"] or token["minus"])

    def _take(self, text: str) -> bool:
        there = self._next(text)
        self._at += there
        return there


def _leaf(token: re.Match[str], field: str | None) -> Node | None:
    text = token["word"] or token["quoted"] or ""
    found = tuple(WORD.findall(text))
    if not found:
        return None
    if field in FACTS:
        return Named(field, text.strip().rstrip("*"))
    place = field if field in FIELDS else None
    return Phrase(found, text, text.endswith("*") or bool(token["star"]), place)
