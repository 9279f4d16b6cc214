"""Which links of a front page lead to the fronts of the site's sections, in any language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urldefrag

from newscrawl.article import Anchor, Link
from newscrawl.crawl.policy.url_shapes import UrlShape, read_shape
from newscrawl.urls import is_front_path, normalize_url

MAX_SECTIONS = 12
_MAX_WORDS, _MAX_LETTERS, _MAX_DEPTH = 4, 32, 3
_LEAST_IN_MENU = 3
"""With fewer sections in menus, a page is one that marks no menus up: then any short link may be a section."""
_NO_SECTION = re.compile(
    r"(?:about|impressum|imprint|contact|kontakt|contacto|terms|privacy|datenschutz|agb|cookie|legal|faq|help|hilfe|ayuda"
    r"|aide|advert|werbung|anzeigen|publicidad|jobs?|career|karriere|shop|store|cart|warenkorb|subscri|abo|newsletter"
    r"|log-?in|log-?out|sign-?(?:in|up|on)|regist|account|konto|profile?|user|search|such|buscar|recherche|donat|spende"
    r"|rss|feed|sitemap|app|podcast|video|tv|radio|live|e-?paper|epaper|print|archiv|tags?|authors?|autor|events?|games?"
    r"|puzzle|quiz|weather|wetter|horoscop|horoskop|forum|comment|wp-|cgi|redirect|corrections|ethics|accessib|mediadaten"
    r"|team|staff|press|licens|copyright|partner|sponsor|coupon|deals|member|edition|feedback|tip|follow|share|language"
    r"|lang|mailto|account|settings|page$)",
    re.I,
)
"""Beginnings of segments of pages that are no list of articles. Weak: the menu of a site names its sections too."""
_GROUPS = re.compile(
    r"(?:categor(?:y|ies|ia|ie)|kategorien?|rubri(?:c|k|que)s?|sections?|topics?|themen?|ressorts?|c)", re.I
)
_QUERY = re.compile(r"(?:cat|category|section|sec|rubrik|rub|topic|ressort|c|sid|id|type|board|menu)", re.I)


def find_sections(links: Iterable[Link], front: str) -> list[str]:
    """Return the URLs of at most MAX_SECTIONS section fronts among the links of the page `front`, the shortest first.

    Only those of its menus, unless it has none.
    """
    host = read_shape(front).host
    found: dict[str, tuple[str, Anchor]] = {}
    for link in links:
        if link.anchor and _is_of_site(link.url, host) and _may_be_section(link, link.anchor):
            found.setdefault(normalize_url(link.url), (urldefrag(link.url).url, link.anchor))
    sections = [url for url, anchor in found.values() if anchor.place == "menu"]
    if len(sections) < _LEAST_IN_MENU:
        sections += [url for url, anchor in found.values() if anchor.place == "content"]
    return sorted(sections, key=lambda url: len(read_shape(url).segments))[:MAX_SECTIONS]


def _is_of_site(url: str, host: str) -> bool:
    found = read_shape(url).host
    return found == host or found.endswith(f".{host}")


def _may_be_section(link: Link, anchor: Anchor) -> bool:
    if not 1 <= anchor.words <= _MAX_WORDS or len(link.headline or "") > _MAX_LETTERS or anchor.in_heading:
        return False
    shape = read_shape(link.url)
    return not shape.is_media and not is_front_path(link.url) and _has_section_path(shape)


def _has_section_path(shape: UrlShape) -> bool:
    if any(_NO_SECTION.match(segment.text) for segment in shape.segments):
        return False
    if shape.query:
        [(name, value), *others] = shape.query
        return not others and bool(_QUERY.fullmatch(name)) and len(value) <= _MAX_LETTERS
    names = [segment for segment in shape.segments if not _GROUPS.fullmatch(segment.text)]
    return 0 < len(names) <= _MAX_DEPTH and all(segment.kind == "word" for segment in names)
