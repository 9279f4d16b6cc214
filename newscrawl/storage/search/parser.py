"""The query language: words, phrases, operators and fields, parsed into a tree.

    oil prices                     both words, in any order and case
    "interest rates"  rat*         words side by side; words that begin with "rat"
    oil OR gas  oil AND gas        one of them; both, as without AND, which binds closer than OR
    NOT oil  -oil                  articles without it
    (oil OR gas) prices            a group
    headline:oil  dek:"to rise"    in this field only; also body:, and for a group: headline:(oil OR gas)
    author:bo  section:Markets  ticker:AAPL    attributes of the article, whatever its words; also publisher: and site:

Operators are upper case and fields lower case, so that ordinary text rarely means them. Nothing is a syntax error.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Literal, TypeAlias

Field = Literal["headline", "dek", "body"]
"""Where words can be searched for."""
Attribute = Literal["author", "publisher", "section", "site", "ticker"]

FIELDS: tuple[Field, ...] = ("headline", "dek", "body")
ATTRIBUTES: tuple[Attribute, ...] = ("author", "publisher", "section", "site", "ticker")
# Brackets that are nested deeper are ignored. FTS5's own parser ends at 100.
_MAX_DEPTH = 20
# Words, quotes and brackets. SQLite takes conditions of 1000.
_MAX_TOKENS = 500
_QUOTES = '"“”„'
_TOKEN = re.compile(
    rf"""
    [{_QUOTES}] (?P<quoted>[^{_QUOTES}]*) [{_QUOTES}] (?P<star>\*?)
    | (?P<open>\()
    | (?P<close>\))
    | (?P<field>headline|dek|body|author|publisher|section|site|ticker) : (?=[^\s)])
    | (?P<operator>AND|OR|NOT) (?![^\s(){_QUOTES}])
    | (?P<minus>-) (?=[^\s)])
    | (?P<word>[^\s(){_QUOTES}]+ (?:\([^\s(){_QUOTES}]*\)[^\s(){_QUOTES}]*)*)
    """,
    re.VERBOSE,
)
_COMBINING = "\u0300-\u036f"
_ACCENTS = re.compile(f"[{_COMBINING}]+")
WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_COMBINING}])*")
"""A word as full-text indexes see it: letters and digits, with their accents."""


def fold(word: str) -> str:
    """Remove case and accents from a word, as indexes do.

    >>> fold("Émile"), fold("Straße")
    ('emile', 'straße')
    """
    return _ACCENTS.sub("", unicodedata.normalize("NFD", word.lower()))


@cache
def unaccented_letters() -> dict[str, str]:
    """Map each lower-case Latin letter with an accent to the letter without."""
    letters = map(chr, (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)))
    return {letter: fold(letter) for letter in letters if letter.islower() and fold(letter) != letter}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that an article must have side by side; usually it is one."""

    words: tuple[str, ...]
    text: str
    """As the user wrote it."""
    prefix: bool = False
    """Whether the last word is the beginning of a word: "tarif*"."""
    field: Field | None = None
    """None: headline, dek or body."""


@dataclass(frozen=True, slots=True)
class HasAttribute:
    """An author, a publisher, a section, a site or a ticker that the article must have."""

    attribute: Attribute
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """A node that must not match."""

    part: Node


@dataclass(frozen=True, slots=True)
class And:
    """Two or more nodes that must all match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more nodes, one of which must match."""

    parts: tuple[Node, ...]


Node: TypeAlias = "Phrase | HasAttribute | Not | And | Or"


def parse(text: str) -> Node | None:
    """Parse what a user typed; None if there is no word in it. No text is an error.

    >>> parse("oil AAPL:US")
    And(parts=(Phrase(words=('oil',), text='oil', prefix=False, field=None), Phrase(words=('AAPL', 'US'), \
text='AAPL:US', prefix=False, field=None)))
    >>> parse("-headline:tarif*")
    Not(part=Phrase(words=('tarif',), text='tarif*', prefix=True, field='headline'))
    >>> parse("( * OR")
    """
    tokens = islice(_TOKEN.finditer(text.replace("\0", " ")), _MAX_TOKENS)
    return _TokenParser(_balance_brackets(tokens)).parse_either(None)


def is_text(node: Node) -> bool:
    """Whether full-text search can match it alone: words only, and not only excluded words."""
    match node:
        case Phrase():
            return True
        case Or(parts):
            return all(map(is_text, parts))
        case And():
            required, excluded = split_negated(node)
            return bool(required) and all(map(is_text, (*required, *excluded)))
    return False


def split(node: Node) -> tuple[Node | None, tuple[Node, ...]]:
    """Split off as much as full-text search can match alone (see is_text); the rest must match too."""
    parts = node.parts if isinstance(node, And) else (node,)
    text = [part for part in parts if is_text(part) or (isinstance(part, Not) and is_text(part.part))]
    if not any(map(is_text, text)):
        return None, parts
    return _combine(text, And), tuple(part for part in parts if part not in text)


def find_phrases(node: Node) -> Iterator[Phrase]:
    """Find the phrases that a matching article may have: all but those under a NOT."""
    match node:
        case Phrase():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from find_phrases(part)


def split_negated(node: And) -> tuple[list[Node], list[Node]]:
    """Split the parts into those that must match, and those that must not, without their NOT."""
    required: list[Node] = [part for part in node.parts if not isinstance(part, Not)]
    return required, [part.part for part in node.parts if isinstance(part, Not)]


def _combine(parts: Sequence[Node], operator: type[And | Or]) -> Node | None:
    return operator(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)


def _balance_brackets(tokens: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    """Leave out brackets that close nothing or are nested too deep."""
    balanced: list[re.Match[str]] = []
    open_brackets: list[bool] = []
    for token in tokens:
        if token["open"]:
            open_brackets.append(len(open_brackets) < _MAX_DEPTH)
            is_valid = open_brackets[-1]
        else:
            is_valid = not token["close"] or bool(open_brackets and open_brackets.pop())
        if is_valid:
            balanced.append(token)
    return balanced


class _TokenParser:
    """A recursive descent parser, one method for each rule: OR binds least, then AND, then NOT and fields."""

    def __init__(self, tokens: Sequence[re.Match[str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def parse_either(self, field: str | None) -> Node | None:
        """Alternatives, up to a closing bracket."""
        parts = [self._parse_all(field)]
        while self._accept("OR"):
            parts.append(self._parse_all(field))
        return _combine([part for part in parts if part], Or)

    def _parse_all(self, field: str | None) -> Node | None:
        parts = []
        while self._at < len(self._tokens) and not self._is_next("OR") and not self._is_next(")"):
            if not self._accept("AND") and (part := self._parse_one(field)):
                parts.append(part)
        return _combine(parts, And)

    def _parse_one(self, field: str | None) -> Node | None:
        """A word, a phrase or a group, with the negations and fields before it."""
        is_negated = False
        while self._is_next("NOT") or self._is_next("-") or self._tokens[self._at]["field"]:
            token = self._tokens[self._at]
            is_negated ^= not token["field"]
            field = token["field"] or field
            self._at += 1
            if self._at == len(self._tokens):
                return None
        part = self._parse_plain(field)
        if isinstance(part, Not) and is_negated:
            return part.part
        return Not(part) if part and is_negated else part

    def _parse_plain(self, field: str | None) -> Node | None:
        if self._accept("("):
            part = self.parse_either(field)
            self._accept(")")
            return part
        token = self._tokens[self._at]
        if token["operator"] or token["close"]:
            return None
        self._at += 1
        text = token["word"] or token["quoted"] or ""
        words = tuple(WORD.findall(text))
        if not words:
            return None
        if field in ATTRIBUTES:
            return HasAttribute(field, text.strip().rstrip("*"))
        return Phrase(words, text, text.endswith("*") or bool(token["star"]), field if field in FIELDS else None)

    def _is_next(self, symbol: str) -> bool:
        """Whether the next token is this operator, bracket or minus, and not a word that looks like one."""
        if self._at >= len(self._tokens):
            return False
        token = self._tokens[self._at]
        return symbol == (token["operator"] or token["open"] or token["close"] or token["minus"])

    def _accept(self, symbol: str) -> bool:
        is_next = self._is_next(symbol)
        self._at += is_next
        return is_next
