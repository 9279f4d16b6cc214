"""Signals: the elements of a page that may say something about its article, collected in one pass."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from newscrawl.extract.generic.metadata import linked_data
from newscrawl.extract.generic.metadata.entities import unescape_fully
from newscrawl.extract.generic.metadata.text_keys import fold
from newscrawl.extract.markup import Element, Markup
from newscrawl.extract.text import read_text

_ROLES = {
    "author": r"byline|^by$|author|autor|auteur|writer|reporter|journalist|redakt(?:eur|or)|verfasser|forfatter"
    r"|skribent|contributor|creator|penulis|yazar|^firma(?:s|nte)?$|writtenby|postedby|publishedby",
    "date": r"date|time(?!line)|publi[sc]|datum|posted|fecha|^data$|dato|tarih|^meta$",
    "dek": r"^de[ck]k?$|standfirst|sub(?:title|head|titel|titulo)|^(?:lead|lede|intro|ingress)$|summary|excerpt|chapeau"
    r"|chapo|bajada|abstract|preamble|vorspann|description|^sapo$|sommario|manchet|perex|entradilla",
    "kicker": r"kicker|eyebrow|overline|topline|roofline|dachzeile|spitzmarke|label|section|categor|^tag$|badge"
    r"|prefix|sup(?:er)?title|surtitre|antetitulo|volanta|occhiello|^strap|rubri[ck]|(?:pre|over)title|^flag$",
    "title": r"head(?:line)?$|titel|titulo|titre|titolo|title",
    "breadcrumb": r"breadcrumb",
    "site": r"logo|masthead|site(?:name|title|description|tagline)|brand",
    "aside": r"comment|related|recommend|promo|popular|trending|widget|footer|teaser|newsletter|^latest$"
    r"|mostread|more(?:from|stories|news|articles)|read(?:more|next)|carousel|slider|authorbio|^nav|menu",
    "column": r"sidebar|^aside$",
}
_ROLE = re.compile("|".join(f"(?P<{role}>{pattern})" for role, pattern in _ROLES.items()))
_TOKEN = re.compile(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}")
_FIRST_TOKENS = frozenset(
    re.findall(
        r"\S+",
        "author by more most over posted pre published read site sub sup super written bread head",
    )
)
"""Tokens that mean something else with the next one: "sub-title", "read-more"."""
_CHROME_TAGS = frozenset(("aside", "nav", "footer"))
_MAX_ELEMENTS = 200
"""Elements that are kept of each role: an article has a few, and a hostile page thousands."""


@lru_cache(maxsize=16_384)
def find_roles(names: str) -> frozenset[str]:
    """Return the roles that class names or an id speak of.

    >>> sorted(find_roles("article-author__name")), sorted(find_roles("storySubTitle"))
    (['author'], ['dek', 'title'])
    """
    roles = _NO_ROLE
    first = ""
    for token in _TOKEN.findall(names[:_MAX_NAMES]):
        if found := _find_roles_of_token(token):
            roles |= found
        if first and (found := _find_roles_of_token(first + token)):
            roles |= found
        first = token if token.lower() in _FIRST_TOKENS else ""
    return roles


@lru_cache(maxsize=32_768)  # sites share most of them
def _find_roles_of_token(token: str) -> frozenset[str]:
    return frozenset(match.lastgroup for match in _ROLE.finditer(token.lower()) if match.lastgroup)


_NO_ROLE: frozenset[str] = frozenset()
_MAX_HEADING = 600
_MAX_ADDRESS = 2_000
_NEXT_TO_HEADING = 8
"""Elements after the heading in which bylines and dates stand, in asides as well."""
_MAX_NAMES = 120
"""Characters of class names and ids that are read."""


def read_roles(element: Element) -> frozenset[str]:
    """Return the roles that the class and id of an element speak of."""
    return find_roles(element.get("class") or "") | find_roles(element.get("id") or "")


def read_label(element: Element, skip: Collection[Element] = ()) -> str:
    """Return the text of an element in one line; "" if it has more elements inside than a value of the metadata."""
    return "" if is_large(element) else read_text(element, skip)


def is_large(element: Element) -> bool:
    """Whether an element is a box of half a page, which may be named after titles and authors, too."""
    return next(islice(element.iter(), _MAX_INNER, None), None) is not None


_MAX_INNER = 120


def is_chrome(element: Element) -> bool:
    """Whether an element is in a navigation, an aside or a footer by its tag."""
    return any(each.tag in _CHROME_TAGS for each in element.iterancestors())


@dataclass(frozen=True, eq=False)
class Signals:
    """What a page has beside its text. `order` is the position of an element that was collected in the document."""

    markup: Markup
    by_tag: dict[str, list[Element]] = field(default_factory=lambda: defaultdict(list))
    """The h1, h2, time and link elements."""
    by_role: dict[str, list[Element]] = field(default_factory=lambda: defaultdict(list))
    by_property: dict[str, list[Element]] = field(default_factory=lambda: defaultdict(list))
    """Elements with microdata, by itemprop in lower case."""
    order: dict[Element, int] = field(default_factory=dict)

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        return {name: [unescape_fully(text) for text in texts] for name, texts in self.markup.data.meta.items()}

    @cached_property
    def things(self) -> list[dict[str, Any]]:
        """All JSON-LD objects, also those within others."""
        return linked_data.find_things(self.markup.data.things)

    @cached_property
    def article(self) -> dict[str, Any]:
        """The JSON-LD object of the article of this page, {} if there is none."""
        stated = (self.markup.title[:_MAX_HEADING], *self.meta.get("og:title", [])[:1])
        printed = map(read_label, self.by_tag["h1"][:3])
        return linked_data.choose_article(self.things, self.addresses, (*stated, *printed))

    @cached_property
    def addresses(self) -> list[str]:
        """Addresses of the page: its own, canonical, og:url."""
        links = (link for link in self.markup.find("link") if "canonical" in (link.get("rel") or "").lower().split())
        hrefs = [link.get("href") or "" for link in links]
        return [self.address, *hrefs, *self.meta.get("og:url", [])]

    @cached_property
    def heading(self) -> Element | None:
        """The heading of the article: the first h1 that does not name the site, else one that the title repeats."""
        for element in self.by_tag["h1"]:
            if not is_chrome(element) and "site" not in read_roles(element) and read_label(element):
                return element
        title = fold(self.markup.title[:_MAX_HEADING])
        for element in (*self.by_tag["h2"][:20], *self.by_role["title"][:20]):
            text = fold(read_label(element)[:_MAX_HEADING])
            if len(text) > 10 and text in title:
                return element
        return None

    def distance(self, element: Element) -> int:
        """Return the number of elements between the heading and an element; before it, they count three times."""
        steps = self.order.get(element, 0) - (self.order[self.heading] if self.heading is not None else 0)
        return steps if steps >= 0 else -3 * steps

    @cached_property
    def address(self) -> str:
        """The address of the page, without that of a web archive around it (".../web/2014/http://tern.example/")."""
        address = self.markup.page.url[:_MAX_ADDRESS]
        return address[max(0, *(address.rfind(f"/{scheme}://") + 1 for scheme in ("http", "https"))) :]

    @cached_property
    def host(self) -> str:
        try:
            return urlsplit(self.address).hostname or ""
        except ValueError:
            return ""

    def first_meta(self, *names: str) -> Iterator[tuple[str, str]]:
        """Yield (name, content) of meta elements in the order of `names`."""
        for name in names:
            for content in self.meta.get(name, ()):
                yield name, content

    @cached_property
    def _trunk(self) -> frozenset[Element]:
        """The elements around the headings of the article, whose names ("has-sidebar") say nothing about it."""
        return frozenset(self.heading.iterancestors()) if self.heading is not None else frozenset()

    def is_aside(self, element: Element) -> bool:
        """Whether an element belongs to comments, other stories or the chrome; columns next to the heading do not."""
        is_next = self.heading is not None and 0 < self.distance(element) <= _NEXT_TO_HEADING
        for each in (element, *element.iterancestors()):
            if each in self._trunk or each.tag == "body":
                return False
            roles = read_roles(each)
            if "aside" in roles or (not is_next and (each.tag in _CHROME_TAGS or "column" in roles)):
                return True
        return False


def collect(markup: Markup) -> Signals:
    """Collect the signals of a page."""
    signals = Signals(markup)
    by_tag, by_role, by_property, order = signals.by_tag, signals.by_role, signals.by_property, signals.order
    has_properties = _has_properties(markup.root)
    for position, element in enumerate(markup.elements):
        tag = element.tag
        if has_properties and (name := element.get("itemprop")):
            by_property[name.lower()].append(element)
            order[element] = position
        if tag in _WITHOUT_ROLES:
            continue
        if tag in _COLLECTED:
            by_tag[tag].append(element)
            order[element] = position
        roles = find_roles(names) if (names := element.get("class") or element.get("id")) else _NO_ROLE
        if tag == "a" and (rel := element.get("rel")):
            roles = roles.union(f"rel {each}" for each in rel.lower().split()[:_MAX_RELS])
        for role in roles:
            if len(by_role[role]) < _MAX_ELEMENTS:
                by_role[role].append(element)
                order[element] = position
    return signals


_has_properties = etree.XPath("boolean(descendant-or-self::*/@itemprop)")
_MAX_RELS = 4
_COLLECTED = frozenset(("h1", "h2", "time"))
_WITHOUT_ROLES = frozenset(
    re.findall(
        r"\w+",
        "html head body meta link script style svg path g use img iframe br ul input button option select form label i "
        "figure picture source main article table tbody tr noscript template",
    )
)
"""Elements that are never a byline, a date, a dek or a heading."""
