"""Where a field may stand on a page. A layout lists, field by field, the places to be asked, in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Protocol
from urllib.parse import urljoin

from newscrawl.extract import dates
from newscrawl.extract.markup import Element, Markup, select
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
        """An address of the page, absolute."""
        address = address.strip()
        return address if _ABSOLUTE.fullmatch(address) else urljoin(self.markup.page.url, address)


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
    """The elements below `root` that a selector names, in document order.

    Alternatives whose classes and ids the page does not use are left out of the search, which is dear.
    """
    possible = [alternative.selector for alternative in _alternatives(selector) if alternative.is_possible(markup)]
    return select(root, ",".join(possible)) if possible else []


@dataclass(frozen=True, slots=True)
class _Alternative:
    """One of a selector's, with what a page that it matches must use: whole names of classes and ids, parts of them."""

    selector: str
    names: frozenset[str]
    parts: tuple[str, ...]

    def is_possible(self, markup: Markup) -> bool:
        return self.names <= markup.names and all(part in markup.all_names for part in self.parts)


@cache
def _alternatives(selector: str) -> tuple[_Alternative, ...]:
    found = []
    for part in filter(None, map(str.strip, re.split(r",(?![^()]*\))", selector))):
        plain = _NEGATION.sub("", part)
        found.append(_Alternative(part, frozenset(_NAME.findall(plain)), tuple(map(str.strip, _PART.findall(plain)))))
    return tuple(found)


_NEGATION = re.compile(r":not\([^()]*\)")
_NAME = re.compile(r"[.#]([\w-]+)")
_PART = re.compile(r"""\[class[*^]?=["']([^"']+)["']""")


def starts(tag: str, prefix: str) -> str:
    """A selector for elements that have a class beginning with `prefix` (hashed class names: "headline__699ae8fb")."""
    return f'{tag}[class^="{prefix}"], {tag}[class*=" {prefix}"]'
