"""Selectors: where the text of a field may be on a page. A layout lists for each field the selectors to try."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from html import unescape
from typing import Protocol
from urllib.parse import urljoin

from lxml.etree import XPath

from newscrawl.extract.element_index import Group
from newscrawl.extract.markup import Element, Markup, compile_match, select
from newscrawl.extract.structured import Structured
from newscrawl.extract.text import read_own_text, read_text
from newscrawl.syntax import dates

_ABSOLUTE = re.compile(r"https?://[a-z\d.-]+(?:/[\w/%~-]*(?:\.\w+)*)?", re.A)
"""Addresses that urljoin would not change; the test takes a tenth of its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """A page as a layout sees it: `scope` is the element of the article, `body` the elements with its body."""

    markup: Markup
    data: Structured
    scope: Element
    body: Sequence[Element]
    body_name: str

    def absolute(self, address: str) -> str:
        """Make an address of the page absolute; an invalid one ("https://[x") is returned as it is."""
        address = address.strip()
        try:
            return address if _ABSOLUTE.fullmatch(address) else urljoin(self.markup.page.url, address)
        except ValueError:
            return address


class Selector(Protocol):
    """Reads texts of a page."""

    @property
    def name(self) -> str:
        """Its name in `Article.sources` and in `scrapy extract --explain`: "dom h1.lede-headline"."""

    def read(self, view: PageView) -> list[str]:
        """Return the texts in document order, [] if there are none."""


@dataclass(frozen=True, slots=True)
class Dom:
    """Elements that a CSS selector matches, in `within`: "scope", "body" or "page".

    Reads their text, only the text outside of their child elements (`own`), or an attribute.
    """

    selector: str
    attribute: str | None = None
    own: bool = False
    within: str = "scope"

    @property
    def name(self) -> str:
        return f"dom {self.selector}" + (f"@{self.attribute}" if self.attribute else "")

    def read(self, view: PageView) -> list[str]:
        read = read_own_text if self.own else read_text
        roots: Sequence[Element] = {"scope": [view.scope], "body": view.body, "page": [view.markup.root]}[self.within]
        elements = [each for root in roots for each in search(view.markup, root, self.selector)]
        texts: list[str] = []
        length = 0
        for element in elements:
            text = element.get(self.attribute) or "" if self.attribute else read(element)
            texts += [text] if text.strip() else []
            length += len(text)
            # No field is that long; elements nested in each other would be read once for each level.
            if length > _MAX_LENGTH:
                break
        return texts


@dataclass(frozen=True, slots=True)
class Meta:
    """Meta elements with this name, property or itemprop: their contents, split at `separator` if there is one."""

    key: str
    separator: str | None = None

    @property
    def name(self) -> str:
        return f"meta {self.key}"

    def read(self, view: PageView) -> list[str]:
        # Contents that are escaped twice were seen in the wild.
        contents = [unescape(content) for content in view.data.meta.get(self.key.lower(), [])]
        return _split(contents, self.separator)


@dataclass(frozen=True, slots=True)
class MetaDay:
    """A day and a New York time in two meta elements: "20110920" and "18:37:20"."""

    day: str
    time: str

    @property
    def name(self) -> str:
        return f"meta {self.day} and {self.time}"

    def read(self, view: PageView) -> list[str]:
        """Return the moment in ISO 8601, UTC."""
        day, time = (view.data.meta.get(key) for key in (self.day, self.time))
        moment = dates.parse_parts(day[0], time[0]) if day and time else None
        return [moment[0].isoformat()] if moment else []


@dataclass(frozen=True, slots=True)
class JsonLd:
    """Texts at a dotted path of the article's JSON-LD ("author.name"), split at `separator` if there is one."""

    path: str
    separator: str | None = None

    @property
    def name(self) -> str:
        return f"json-ld {self.path}"

    def read(self, view: PageView) -> list[str]:
        return _split(view.data.values(self.path), self.separator)


@dataclass(frozen=True, slots=True)
class TitleTail:
    """The text of the title element after the name of the site: the section in "Site: Section"."""

    name: str = "title tail"

    def read(self, view: PageView) -> list[str]:
        tail = view.markup.title.partition(": ")[2]
        return [tail] if tail else []


@dataclass(frozen=True, slots=True)
class Title:
    """The title element without the name of the site after its last dash or bar."""

    name: str = "title"

    def read(self, view: PageView) -> list[str]:
        title = view.markup.title
        for bar in (" - ", " | ", " – ", " — "):
            head, _, tail = title.rpartition(bar)
            title = head if head and len(tail) < len(head) else title
        return [title] if title else []


Selectors = tuple[Selector, ...]
_MAX_LENGTH = 100_000
"""Characters that are read for one field."""


def _split(texts: list[str], separator: str | None) -> list[str]:
    if separator is None:
        return texts
    return [part.strip() for text in texts for part in text.split(separator) if part.strip()]


def search(markup: Markup, root: Element, selector: str) -> list[Element]:
    """Return the elements below `root` that a CSS selector matches, in document order, like `select` but faster."""
    results = [elements for each in _parse_selector(selector) if (elements := each.find(markup, root))]
    if len(results) < 2:
        return list(results[0]) if results else []
    matches = {element for elements in results for element in elements}
    return [element for element in root.iter(*{str(element.tag) for element in matches}) if element in matches]


def find_outermost(elements: Sequence[Element]) -> list[Element]:
    """Return the elements, given in document order, that are not within another of them."""
    outermost: list[Element] = []
    for element in elements:
        if not outermost or outermost[-1] not in element.iterancestors():
            outermost.append(element)
    return outermost


_FEW = 12
"""Number of candidates that are tested one by one; for more of them, one XPath search is faster."""
_SPACE = re.compile(r"[ \t\n\r]+")
"""White space between classes, as XPath defines it."""
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "=": operator.eq,
    "^=": str.startswith,
    "*=": operator.contains,
    "~=": lambda value, text: text in value and f" {text} " in f" {_SPACE.sub(' ', value)} ",
}
"""Tests of an attribute's value by operator; ".x" is [class~="x"]."""


@dataclass(frozen=True, slots=True)
class _Compound:
    """A part of a selector such as "div.lede[datetime]", as a tag and conditions: (attribute, operator, text)."""

    tag: str
    conditions: tuple[tuple[str, str, str], ...]
    is_complete: bool
    """Whether tag and conditions are all of it; "[datetime]" and ":not(.x)" are not among them."""

    @classmethod
    def parse(cls, text: str) -> _Compound:
        without_functions = _FUNCTION.sub("", text)
        plain = _BRACKETS.sub("", without_functions)
        tag = _TAG.match(plain)
        return cls(
            tag=tag[0].lower() if tag else "*",
            conditions=(
                *(("class", "~=", name) for name in _CLASS.findall(plain)),
                *(("id", "=", name) for name in _ID.findall(plain)),
                *((attribute.lower(), sign, value) for attribute, sign, value in _CONDITION.findall(without_functions)),
            ),
            is_complete=not _MORE.search(_CONDITION.sub("", text)),
        )

    def find_candidates(self, group: Group) -> Sequence[Element]:
        """Return the elements of a group that it may match; exactly those that it matches if it is complete."""
        if not self.conditions:
            return group.elements
        attribute, _, text = self.conditions[0]
        matches = group.containing(attribute, text)
        for attribute, sign, text in self.conditions:
            if not matches:
                break
            test = _TESTS[sign]
            matches = [each for each in matches if test(each.get(attribute, ""), text)]
        return matches


@dataclass(frozen=True)
class _Alternative:
    """One of the selectors between commas: "div.lede > time" matches what `last` does, with `others` around it."""

    selector: str
    last: _Compound | None
    """None for a selector that the index does not support."""
    is_complete: bool
    """Whether `last` is all of it."""
    parts: tuple[str, ...]
    """Parts of class attributes that a match of `last` has."""

    def find(self, markup: Markup, root: Element) -> Sequence[Element]:
        # XPath visits every element, the index only those of a tag, and once for all selectors.
        if self.last is None:
            return select(root, self.selector)
        if self.last.tag == "*":
            # Most of these match nothing, because no element has their class.
            is_there = not self.parts or all(map(markup.classes_below(root).__contains__, self.parts))
            return select(root, self.selector) if is_there else ()
        index = markup.index(root)
        candidates = self.last.find_candidates(index.group(self.last.tag))
        if not candidates or (self.is_complete and root is index.root):
            return candidates
        if len(candidates) > _FEW:
            return select(root, self.selector)
        return [
            each
            for each in candidates
            if (each is root or root in each.iterancestors()) and (self.is_complete or self._matches(each))
        ]

    @cached_property
    def _matches(self) -> XPath:
        return compile_match(self.selector)


@cache
def _parse_selector(selector: str) -> tuple[_Alternative, ...]:
    alternatives = []
    for part in filter(None, map(str.strip, re.split(r",(?![^()]*\))", selector))):
        compounds = [] if _NOT_INDEXABLE.search(part) else list(map(_Compound.parse, _COMPOUND.findall(part)))
        last = compounds[-1] if compounds else None
        is_complete = len(compounds) == 1 and compounds[0].is_complete
        parts = [text for attribute, _, text in last.conditions if attribute == "class"] if last else ()
        alternatives.append(_Alternative(part, last, is_complete, tuple(parts)))
    return tuple(alternatives)


_NOT_INDEXABLE = re.compile(r"[+~|\\]")
"""Siblings, namespaces, escapes: no layout has them, and the index does not support them."""
_COMPOUND = re.compile(r"(?:[^\s>[(]|\[[^]]*\]|\([^()]*\))+")
_FUNCTION = re.compile(r":[\w-]+\([^()]*\)")
_BRACKETS = re.compile(r"\[[^]]*\]")
_TAG = re.compile(r"[A-Za-z][\w-]*")
_CLASS = re.compile(r"\.([\w-]+)")
_ID = re.compile(r"#([\w-]+)")
_CONDITION = re.compile(r"""\[([\w-]+)([*^]?=)["']([^"']+)["']\]""")
_MORE = re.compile(r"[^\w.#*-]")


def with_class_prefix(tag: str, prefix: str) -> str:
    """Return a selector for elements with a class that begins with `prefix` (hashed names: "headline__699ae8fb")."""
    return f'{tag}[class^="{prefix}"], {tag}[class*=" {prefix}"]'
