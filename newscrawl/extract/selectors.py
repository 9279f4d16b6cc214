"""Where a field may stand on a page. A layout lists, field by field, the places to be asked, in order."""

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

from newscrawl.extract.element_index import Group, Index
from newscrawl.extract.fields import dates
from newscrawl.extract.markup import Element, Markup, naming, select
from newscrawl.extract.structured import Structured
from newscrawl.extract.text import own_text, text_of

_ABSOLUTE = re.compile(r"https?://[a-z\d.-]+(?:/[\w/%~-]*(?:\.\w+)*)?", re.A)
"""An address that joining leaves as it is: a tenth of the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page as a layout looks at it: `scope` is the article within it, `body` the elements that hold its body."""

    markup: Markup
    data: Structured
    scope: Element
    body: Sequence[Element]
    body_name: str

    def absolute(self, address: str) -> str:
        """An address of the page, absolute; one that is none ("https://[x") as it is."""
        address = address.strip()
        try:
            return address if _ABSOLUTE.fullmatch(address) else urljoin(self.markup.page.url, address)
        except ValueError:
            return address


class Place(Protocol):
    """One place: what `read` returns is [] where the page has nothing there."""

    @property
    def name(self) -> str:
        """As `Article.sources` and `scrapy extract --explain` tell it: "dom h1.lede-headline"."""

    def read(self, view: View) -> list[str]:
        """The texts that stand there, in document order."""


@dataclass(frozen=True, slots=True)
class Dom:
    """Elements that a CSS selector names: their text, own text only, or an attribute."""

    selector: str
    attribute: str | None = None
    own: bool = False
    within: str = "scope"

    @property
    def name(self) -> str:
        """As "dom SELECTOR" or "dom SELECTOR@ATTRIBUTE"."""
        return f"dom {self.selector}" + (f"@{self.attribute}" if self.attribute else "")

    def read(self, view: View) -> list[str]:
        """The texts of the elements within the view's scope, body or whole page."""
        read = own_text if self.own else text_of
        elements = [each for root in self._roots(view) for each in search(view.markup, root, self.selector)]
        texts = [each.get(self.attribute) or "" if self.attribute else read(each) for each in elements]
        return [text for text in texts if text.strip()]

    def _roots(self, view: View) -> Sequence[Element]:
        return {"scope": [view.scope], "body": view.body, "page": [view.markup.root]}[self.within]


@dataclass(frozen=True, slots=True)
class Meta:
    """A meta element of this name (or property, or itemprop). Seen in the wild: contents escaped twice."""

    key: str
    separator: str | None = None

    @property
    def name(self) -> str:
        """As "meta KEY"."""
        return f"meta {self.key}"

    def read(self, view: View) -> list[str]:
        """Its contents, one for each such element, or for each part between separators."""
        contents = [unescape(content) for content in view.data.meta.get(self.key.lower(), [])]
        return _split(contents, self.separator)


@dataclass(frozen=True, slots=True)
class MetaDay:
    """A day in one meta element and a New York time of it in another: "20110920" and "18:37:20"."""

    day: str
    time: str

    @property
    def name(self) -> str:
        """As "meta DAY and TIME"."""
        return f"meta {self.day} and {self.time}"

    def read(self, view: View) -> list[str]:
        """The moment, ISO 8601 in UTC."""
        day, time = (view.data.meta.get(key) for key in (self.day, self.time))
        moment = dates.join(day[0], time[0]) if day and time else None
        return [moment[0].isoformat()] if moment else []


@dataclass(frozen=True, slots=True)
class JsonLd:
    """A dotted path into the JSON-LD of the page's article: "author.name"."""

    path: str
    separator: str | None = None

    @property
    def name(self) -> str:
        """As "json-ld PATH"."""
        return f"json-ld {self.path}"

    def read(self, view: View) -> list[str]:
        """The texts at the path, or the parts of them between separators."""
        return _split(view.data.told(self.path), self.separator)


@dataclass(frozen=True, slots=True)
class TitleTail:
    """What stands after the site's name in the title element: the section, in "Bloomberg.com: U.S."."""

    separator: str = ": "
    name: str = "title tail"

    def read(self, view: View) -> list[str]:
        """The tail, [] where the title has no separator."""
        _, separator, tail = view.markup.title.partition(self.separator)
        return [tail] if separator and tail else []


@dataclass(frozen=True, slots=True)
class Title:
    """The title element, without the site's name after its last dash or bar."""

    name: str = "title"

    def read(self, view: View) -> list[str]:
        """The title, [] where there is none."""
        title = view.markup.title
        for bar in (" - ", " | ", " – ", " — "):
            head, _, tail = title.rpartition(bar)
            title = head if head and len(tail) < len(head) else title
        return [title] if title else []


Places = tuple[Place, ...]


def _split(texts: list[str], separator: str | None) -> list[str]:
    if separator is None:
        return texts
    return [part.strip() for text in texts for part in text.split(separator) if part.strip()]


def search(markup: Markup, root: Element, selector: str) -> list[Element]:
    """The elements below `root` that a selector names, in document order, as `select` finds them.

    They are looked up in the page's index: an XPath looks at every element anew, which costs a tenth of a page more.
    """
    index = markup.index(root)
    found = [elements for each in _alternatives(selector) if (elements := each.found(root, index))]
    if len(found) < 2:
        return list(found[0]) if found else []
    every = {element for elements in found for element in elements}
    return [element for element in root.iter(*{str(element.tag) for element in every}) if element in every]


_FEW = 4
"""Elements that are asked one by one whether a selector names them; for more of them a search costs less."""
_SPACE = re.compile(r"[ \t\n\r]+")
"""White space between classes, as XPath has it."""
_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "=": operator.eq,
    "^=": str.startswith,
    "*=": operator.contains,
    "~=": lambda value, text: text in value and f" {text} " in f" {_SPACE.sub(' ', value)} ",
}
"""Whether an attribute's value is what a selector asks for, by the selector's operator; ".x" is [class~="x"]."""


@dataclass(frozen=True, slots=True)
class _Compound:
    """The "div.lede[datetime]" of a selector, by a tag and what attributes hold: (attribute, operator, text)."""

    tag: str
    held: tuple[tuple[str, str, str], ...]
    is_whole: bool
    """Whether that is all of it: neither "[datetime]" nor ":not(.x)"."""

    @classmethod
    def read(cls, text: str) -> _Compound:
        affirmed = _FUNCTION.sub("", text)
        plain = _BRACKETS.sub("", affirmed)
        tag = _TAG.match(plain)
        return cls(
            tag=tag[0].lower() if tag else "*",
            held=(
                *(("class", "~=", name) for name in _CLASS.findall(plain)),
                *(("id", "=", name) for name in _ID.findall(plain)),
                *((attribute.lower(), sign, value) for attribute, sign, value in _HELD.findall(affirmed)),
            ),
            is_whole=not _MORE.search(_HELD.sub("", text)),
        )

    def among(self, group: Group) -> Sequence[Element]:
        """The elements of a group that it may name: those that it names, if it is whole."""
        found: Sequence[Element] | None = None
        for attribute, sign, text in self.held:
            holds = _HOLDS[sign]
            having = group.having(attribute, text) if found is None else found
            found = [each for each in having if holds(each.get(attribute, ""), text)]
            if not found:
                break
        return group.elements if found is None else found


@dataclass(frozen=True)
class _Alternative:
    """One of a selector's alternatives: "div.lede > time" names what `last` does, where it stands in `others`."""

    selector: str
    last: _Compound
    others: tuple[_Compound, ...]
    is_strange: bool

    def found(self, root: Element, index: Index) -> Sequence[Element]:
        if self.is_strange:
            return select(root, self.selector)
        candidates = self.last.among(index.below(self.last.tag))
        is_whole = self.last.is_whole and not self.others
        if not candidates or (is_whole and root is index.root):
            return candidates
        for other in self.others:
            if not (other.among(index.below(other.tag)) or other.among(index.above(other.tag))):
                return ()
        if len(candidates) > _FEW:
            return select(root, self.selector)
        return [each for each in candidates if _is_within(each, root) and (is_whole or self._names(each))]

    @cached_property
    def _names(self) -> XPath:
        return naming(self.selector)


def _is_within(element: Element, root: Element) -> bool:
    return element is root or root in element.iterancestors()


@cache
def _alternatives(selector: str) -> tuple[_Alternative, ...]:
    found = []
    for part in filter(None, map(str.strip, re.split(r",(?![^()]*\))", selector))):
        *others, last = map(_Compound.read, _COMPOUND.findall(part))
        found.append(_Alternative(part, last, tuple(others), is_strange=bool(_STRANGE.search(part))))
    return tuple(found)


_STRANGE = re.compile(r"[+~|\\]")
"""Siblings, namespaces, escapes: no layout has them, and an index does not know them."""
_COMPOUND = re.compile(r"(?:[^\s>[(]|\[[^]]*\]|\([^()]*\))+")
_FUNCTION = re.compile(r":[\w-]+\([^()]*\)")
_BRACKETS = re.compile(r"\[[^]]*\]")
_TAG = re.compile(r"[A-Za-z][\w-]*")
_CLASS = re.compile(r"\.([\w-]+)")
_ID = re.compile(r"#([\w-]+)")
_HELD = re.compile(r"""\[([\w-]+)([*^]?=)["']([^"']+)["']\]""")
_MORE = re.compile(r"[^\w.#*-]")


def starts(tag: str, prefix: str) -> str:
    """A selector for elements that have a class beginning with `prefix` (hashed class names: "headline__699ae8fb")."""
    return f'{tag}[class^="{prefix}"], {tag}[class*=" {prefix}"]'
