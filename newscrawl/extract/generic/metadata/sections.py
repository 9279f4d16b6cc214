"""Section and topics of an article: JSON-LD, meta elements, breadcrumbs, the address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from newscrawl.extract.generic.metadata import linked_data
from newscrawl.extract.generic.metadata.found import Found
from newscrawl.extract.generic.metadata.signals import Signals, read_label
from newscrawl.extract.generic.metadata.site_names import SiteNames
from newscrawl.extract.generic.metadata.text_keys import fold
from newscrawl.extract.text import normalize_space

_SECTION_METAS = (
    "article:section", "parsely-section", "section", "og:section", "sailthru.section", "cxenseparse:section",
    "dcterms.subject", "category", "analytics-section", "cg", "article.section", "taxonomy", "bt:section",
    "lp.article:section",
)  # fmt: skip
_TOPIC_METAS = (
    "article:tag", "parsely-tags", "sailthru.tags", "news_keywords", "keywords", "og:article:tag",
    "cxenseparse:tags",
)  # fmt: skip
_HOME = frozenset(
    re.findall(
        r"\S+",
        "home homepage start startseite accueil inicio portada início iníco etusivu hem hjem forside strona główna "
        "главная головна anasayfa beranda trang chủ ホーム トップ 首页 首頁 홈 الرئيسية naslovnica "
        "úvod domů kezdőlap αρχική",
    )
)
_NO_SECTION = re.compile(
    r"^(?:\d+|[a-z]{2}(?:-[a-z]{2})?|articles?|artikel|news|nachrichten|noticias?|story|stories|post|posts|blog|archives?"
    r"|archiv|wp|html?|content|index|amp|p|a|s|id|uncategori[sz]ed|allgemein|sin-categoria|category|kategorie|tags?|topics?|aktuell"
    r"|section|default|none|null|general)$",
    re.I,
)
_INDEX = re.compile(r"/(?:index|default)\.\w+$")
_MAX_SECTION = 60
_MAX_WORDS = 3
_MAX_TOPICS = 50
_SPLIT = re.compile(r"\s*[,;|،、，]\s*")


def read_section(signals: Signals, sites: SiteNames) -> Found[str] | None:
    """Return the section that the article is in."""
    headline = fold(read_label(signals.heading)) if signals.heading is not None else ""
    for source, text in _section_texts(signals):
        name = normalize_space(text.partition(",")[0])
        is_other = fold(name) in sites.names or fold(name) == headline or name.casefold() in _HOME
        if name and len(name) <= _MAX_SECTION and not is_other and not _NO_SECTION.match(name):
            return Found(name, source)
    return None


def read_topics(signals: Signals) -> Found[tuple[str, ...]] | None:
    """Return the topics of the first source that has any, without repetitions."""
    for source, texts in _topic_texts(signals):
        separated = texts if len(texts) > 1 else [part for text in texts for part in _SPLIT.split(text)]
        topics = dict.fromkeys(
            topic for text in separated if (topic := normalize_space(text)) and len(topic) <= _MAX_SECTION
        )
        if topics:
            return Found(tuple(topics)[:_MAX_TOPICS], source)
    return None


def _section_texts(signals: Signals) -> Iterator[tuple[str, str]]:
    yield from (("json-ld articleSection", text) for text in linked_data.read_texts(signals.article, "articleSection"))
    yield from ((f"meta {name}", content) for name, content in signals.first_meta(*_SECTION_METAS))
    for element in signals.by_property["articlesection"]:
        yield "microdata articleSection", element.get("content") or read_label(element)
    yield from (("json-ld breadcrumb", name) for name in _breadcrumb(signals)[::-1])
    for element in signals.by_role["breadcrumb"][:3]:
        links = [read_label(link) for link in list(element.iter("a"))[:12]]
        yield from (("dom breadcrumb", text) for text in links[::-1])
    segments = _segments(signals.address)
    yield from (("url", segment) for segment in segments[:-1] if len(segment.split()) <= _MAX_WORDS)


def _breadcrumb(signals: Signals) -> list[str]:
    """Return the names in a BreadcrumbList, without the page itself."""
    here = set(map(linked_data.path_of, signals.addresses))
    for thing in signals.things:
        items = thing.get("itemListElement")
        if "BreadcrumbList" in linked_data.type_names(thing) and isinstance(items, list):
            pairs = [_read_item(item) for item in items[:12] if isinstance(item, dict)]
            return [
                name for name, address in pairs if name and (not address or linked_data.path_of(address) not in here)
            ]
    return []


def _read_item(item: dict[str, Any]) -> tuple[str, str]:
    """Return the name and the address of an item of a breadcrumb: of itself, or of the object in it."""
    inner = item.get("item")
    inner = inner if isinstance(inner, dict) else {"@id": inner}
    names = (*linked_data.read_texts(item, "name"), *linked_data.read_texts(inner, "name"), "")
    return names[0], next(iter(linked_data.read_texts(inner, "@id", "url")), "")


def _segments(address: str) -> list[str]:
    try:
        path = _INDEX.sub("", urlsplit(address).path)
    except ValueError:
        return []
    return [unquote(segment).replace("-", " ") for segment in path.split("/") if segment]


def _topic_texts(signals: Signals) -> Iterator[tuple[str, list[str]]]:
    yield "json-ld keywords", linked_data.read_texts(signals.article, "keywords")
    for name in _TOPIC_METAS:
        yield f"meta {name}", signals.meta.get(name, [])
    links = [read_label(each) for each in signals.by_role["rel tag"][:_MAX_TOPICS] if not signals.is_aside(each)]
    yield "dom rel=tag", [text for text in links if text]
