"""The anchors of a page, and how it shows each: as a headline, or as a part of its menus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

from newscrawl.article import Anchor
from newscrawl.discovery._html import Element, ParsedPage, read_words
from newscrawl.discovery._listing import Refused, make_absolute

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_PICTURES = frozenset(("img", "picture", "svg", "video"))
_MENUS = frozenset(("nav", "header", "menu"))
_CONTENT = frozenset(("article", "main", "body", "html"))
_MENU_CLASS = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navi|navigation|menus?|submenu|breadcrumbs?|masthead|banner|menubar|topbar|toolbar|pagination"
    r"|pager|social|share|sharing|login|lang(?:uage)?s?)(?:$|[\s_-])",
    re.I,
)
_FOOT_CLASS = re.compile(r"(?:^|[\s_-])(?:foot|footer|contentinfo|colophon|impressum)(?:$|[\s_-])", re.I)
_Place: TypeAlias = Literal["content", "menu", "foot"]
_PLACES: tuple[_Place, ...] = ("content", "menu", "foot")
_CARD_STEPS = 4
"""Elements from an anchor up to the card around it, which has its time and heading."""
_MAX_PARTS = 100
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_SPACED_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class PageLink:
    """A target of a page's anchors, with its longest text."""

    address: str | Refused
    text: str
    anchor: Anchor
    hint: str
    """Classes of the anchor, its title and label: what an icon without text is."""


def read_page_links(page: ParsedPage) -> list[PageLink]:
    """Return the targets of a page's anchors in order, each once. Targets that are not web pages are skipped."""
    reader = _AnchorReader(page.root)
    found: dict[str | Refused, PageLink] = {}
    for element in page.root.iter("a"):
        where = make_absolute(element.get("href"), page.base)
        if isinstance(where, Refused) and where.reason != "url_too_long":
            continue
        link = reader.read(element, where)
        found[where] = _merge(found[where], link) if where in found else link
    return list(found.values())


def count_words(text: str) -> int:
    """Count words; of scripts that write none apart, two characters are one.

    >>> count_words("Ferry's return: 3 boats"), count_words("大橋が開通した")
    (5, 3)
    """
    spaceless = len(_SPACELESS.findall(text))
    return spaceless // 2 + len(_SPACED_WORD.findall(_SPACELESS.sub(" ", text)))


class _AnchorReader:
    """Reads anchors of one page; what is known of their ancestors is kept."""

    def __init__(self, root: Element) -> None:
        self._places: dict[Element, _Place] = {}
        times: Counter[Element] = Counter()
        for time in root.iter("time"):
            times.update(_climb(time))
        self._cards = {element for element, number in times.items() if number == 1}

    def read(self, element: Element, where: str | Refused) -> PageLink:
        text = read_words(element)
        around = list(_climb(element))
        parts = [part.tag for part in islice(element.iter(), _MAX_PARTS)]
        anchor = Anchor(
            words=count_words(text),
            in_heading=any(part in _HEADINGS for part in (*parts, *(each.tag for each in around))),
            has_picture=any(part in _PICTURES for part in parts),
            is_dated=any(each in self._cards for each in around),
            place=self._find_place(element),
        )
        hint = " ".join(filter(None, (element.get(name) for name in ("class", "title", "aria-label", "rel"))))
        return PageLink(where, text, anchor, hint)

    def _find_place(self, element: Element) -> _Place:
        path: list[Element] = []
        place: _Place | None = None
        for at in (element, *element.iterancestors()):
            place = self._places.get(at) or _place_of(at)
            path.append(at)
            if place:
                break
        found = place or "content"
        self._places.update(dict.fromkeys(path, found))
        return found


def _climb(element: Element) -> Iterator[Element]:
    """Yield the nearest ancestors of an element, up to the card that it is in."""
    for parent in islice(element.iterancestors(), _CARD_STEPS):
        if parent.tag in ("body", "html", "main"):
            return
        yield parent
        if parent.tag in ("article", "li"):
            return


def _place_of(element: Element) -> _Place | None:
    """Return what an element says of the anchors in it; None: nothing."""
    if element.tag in _CONTENT:
        return "content"
    names = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"
    is_foot = element.tag == "footer" or (element.tag != "a" and _FOOT_CLASS.search(names))
    is_menu = element.tag in _MENUS or (element.tag != "a" and _MENU_CLASS.search(names))
    if not (is_foot or is_menu) or _is_head_of_card(element):
        return None
    return "foot" if is_foot else "menu"


def _is_head_of_card(element: Element) -> bool:
    """Whether a header or footer is that of an article, not of the page."""
    return element.tag in ("header", "footer") and next(element.iterancestors("article", "li"), None) is not None


def _merge(one: PageLink, other: PageLink) -> PageLink:
    longest = max((one, other), key=lambda link: len(link.text))
    first, second = one.anchor, other.anchor
    place = min(first.place, second.place, key=_PLACES.index)
    anchor = Anchor(
        words=longest.anchor.words,
        in_heading=first.in_heading or second.in_heading,
        has_picture=first.has_picture or second.has_picture,
        is_dated=first.is_dated or second.is_dated,
        place=place,
    )
    return PageLink(one.address, longest.text, anchor, f"{one.hint} {other.hint}"[:500])
