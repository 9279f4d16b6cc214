"""When an article was published and updated: JSON-LD, meta elements, microdata, time elements, address, text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from newscrawl.extract.generic.metadata import linked_data
from newscrawl.extract.generic.metadata.found import Found
from newscrawl.extract.generic.metadata.signals import Signals, read_label
from newscrawl.extract.markup import Element
from newscrawl.syntax import dates, printed_dates
from newscrawl.syntax.dates import Moment

_PUBLISHED = (
    "article:published_time", "og:published_time", "og:article:published_time", "parsely-pub-date",
    "iso-8601-publish-date", "datepublished", "date_published", "publishdate", "publish-date", "publish_date",
    "published_time", "article:published", "article.published", "published", "pubdate", "pub_date",
    "publication_date", "publicationdate", "publicationdate_iso", "dc.date.issued", "dcterms.issued",
    "dc.date.created", "dcterms.created", "dcterms.date", "dc.date", "dc.issued", "sailthru.date",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "citation_publication_date", "citation_date",
    "article_date_original", "originalpublicationdate", "displaydate", "ptime", "pdate", "rnews:datepublished",
    "bt:pubdate", "shareaholic:article_published_time", "article:post_date", "artdate", "date",
    "article:create_at", "datecreated", "created", "creation_date", "timestamp", "og:pubdate", "og:publish_date",
    "lp.article:date", "vr:published_time", "weibo:article:create_at", "mediator_published_time",
    "ga-publish-date", "dcsext.articlefirstpublished", "last-publish", "article:publish_time",
)  # fmt: skip
_UPDATED = (
    "article:modified_time", "og:updated_time", "article:updated_time", "og:modified_time", "datemodified",
    "date_modified", "parsely-last-updated", "dcterms.modified", "dc.date.modified", "last-modified", "lastmod",
    "updated_time", "utime", "modified", "moddate", "article:modified", "revised", "weibo:article:update_at",
    "article_date_updated",
)  # fmt: skip
_UPDATE_WORDS = re.compile(
    r"updat|modif|aktualis|actuali|mise? à jour|aggiorn|bijgewerkt|opdater|oppdater|uppdater|päivitetty"
    r"|aktualiz|güncell|обнов|更新|수정|تحديث|cập nhật|diperbarui|ažur|frissít|ενημ"
    r"|стан на|last[- ]?change|edited|revised",
    re.I,
)
_PUBLISHED_NAMES = re.compile(r"publi|entry-date|posted|created", re.I)
_FIRST_YEAR = 1950
_FUTURE = timedelta(days=2)
_MOVED = timedelta(days=3)
_NEAR = 60
"""Elements around the headline within which a date is that of the article."""
_MAX_TEXT = 160


@dataclass(frozen=True, slots=True)
class _Clock:
    """How times without a zone and ambiguous dates of the page are read."""

    zone: str
    language: str | None
    latest: datetime

    def parse(self, text: str) -> Moment | None:
        """Parse a value written for machines, else one written for readers."""
        moment = dates.parse(text.strip().strip("\"'"), zone=self.zone) or self.parse_printed(text)
        return moment if moment and self._is_possible(moment) else None

    def parse_printed(self, text: str) -> Moment | None:
        moment = printed_dates.find_date(text, language=self.language, zone=self.zone)
        return moment if moment and self._is_possible(moment) else None

    def _is_possible(self, moment: Moment) -> bool:
        return moment[0].year >= _FIRST_YEAR and moment[0] <= self.latest


Reader = Callable[[], Iterator[tuple[str, str]]]


def read_published(signals: Signals, language: str | None, zone: str) -> Found[Moment] | None:
    """Return when the article was first published."""
    clock = _Clock(zone, language, signals.markup.page.fetched_at + _FUTURE)
    stated = _first(clock, _stated(signals, "datePublished", _PUBLISHED))
    found = stated or _find_time(signals, clock) or _first(clock, _of_pages(signals))
    in_url = _read_url(signals)
    if found is None:
        return in_url or _find_printed(signals, clock)
    # Pages that were moved to another system keep their day in the address, and state that of the move.
    if in_url and in_url.value[0] < found.value[0] - _MOVED:
        return in_url
    return _prefer_precise(found, signals, clock) if found.value[1] == "day" else found


def read_updated(signals: Signals, language: str | None, zone: str) -> Found[Moment] | None:
    """Return when the article was last changed, as the page states it."""
    clock = _Clock(zone, language, signals.markup.page.fetched_at + _FUTURE)
    return _first(clock, _stated(signals, "dateModified", _UPDATED))


def _first(clock: _Clock, texts: Iterable[tuple[str, str]]) -> Found[Moment] | None:
    for source, text in texts:
        if moment := clock.parse(text):
            return Found(moment, source)
    return None


def _stated(signals: Signals, key: str, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield (source, text) from JSON-LD, meta elements and microdata."""
    yield from ((f"json-ld {key}", text) for text in linked_data.read_texts(signals.article, key))
    yield from ((f"meta {name}", content) for name, content in signals.first_meta(*names))
    for element in signals.by_property[key.lower()]:
        text = element.get("content") or element.get("datetime") or read_label(element)
        yield f"microdata {key}", text


def _of_pages(signals: Signals) -> Iterator[tuple[str, str]]:
    for thing in linked_data.find_pages(signals.things):
        yield from (
            ("json-ld datePublished", text) for text in linked_data.read_texts(thing, "datePublished", "dateCreated")
        )
    yield from (("json-ld dateCreated", text) for text in linked_data.read_texts(signals.article, "dateCreated"))


def _find_time(signals: Signals, clock: _Clock) -> Found[Moment] | None:
    """Return the moment of a time element: one marked as published, else the first of the article."""
    best: tuple[tuple[int, int], Moment] | None = None
    for element in signals.by_tag["time"][:40]:
        text = element.get("datetime") or read_label(element)
        moment = clock.parse(text) or clock.parse_printed(read_label(element))
        if moment is None or signals.is_aside(element):
            continue
        rank = (_rank_time(element), -signals.distance(element))
        if best is None or rank > best[0]:
            best = rank, moment
    return Found(best[1], "dom time") if best else None


def _rank_time(element: Element) -> int:
    """Return 2 for a time of publication, 1 for any, 0 for one of an update."""
    parent, previous = element.getparent(), element.getprevious()
    names = " ".join(
        each.get(key, "") for each in (element, parent) if each is not None for key in ("class", "itemprop")
    )
    if element.get("pubdate") is not None or _PUBLISHED_NAMES.search(names):
        return 2
    before = previous.tail if previous is not None else parent.text if parent is not None else None
    return 0 if _UPDATE_WORDS.search(f"{names} {before or ''}") else 1


def _prefer_precise(found: Found[Moment], signals: Signals, clock: _Clock) -> Found[Moment]:
    """Return the moment of a time element of the same day, which says the hour as well."""
    other = _find_time(signals, clock)
    is_same = other and other.value[1] != "day" and abs(other.value[0] - found.value[0]) < timedelta(days=1, hours=14)
    return other if other and is_same and other.value[0].date() == found.value[0].date() else found


def _read_url(signals: Signals) -> Found[Moment] | None:
    for address in signals.addresses:
        for match in _DAY_IN_URL.finditer(address[:_MAX_ADDRESS]):
            year, month, number = match.group(1, 3, 4) if match[1] else match.group(8, 7, 5)
            try:
                day = date(int(year), int(month), int(number))
            except ValueError:
                continue
            moment = datetime.combine(day, time(), UTC)
            if moment <= signals.markup.page.fetched_at + _FUTURE:
                return Found((moment, "day"), "url")
    return None


def _find_printed(signals: Signals, clock: _Clock) -> Found[Moment] | None:
    """Return the date in an element that is named after dates, else in a short text near the headline."""
    named = (each for each in signals.by_role["date"][:60] if not signals.is_aside(each))
    found = _find_nearest(signals, clock, ((element, read_label(element)) for element in named))
    if (
        found is None
        and (script := _IN_SCRIPT.search(signals.markup.utf8))
        and (moment := clock.parse(script[1].decode()))
    ):
        return Found(moment, "script")
    return found or _find_nearest(signals, clock, _short_texts(signals))


def _find_nearest(signals: Signals, clock: _Clock, texts: Iterable[tuple[Element, str]]) -> Found[Moment] | None:
    ranked = []
    for element, text in texts:
        if 5 < len(text) <= _MAX_TEXT and (moment := clock.parse_printed(text)):
            ranked.append((bool(_UPDATE_WORDS.search(text)), signals.distance(element), moment))
    return Found(min(ranked)[2], "text") if ranked else None


def _short_texts(signals: Signals) -> Iterator[tuple[Element, str]]:
    """Yield the texts with digits near the headline, or without other words: (element, text)."""
    count = 0
    for position, element in enumerate(signals.markup.elements):
        if element.tag in _NO_TEXT:
            continue
        signals.order.setdefault(element, position)
        for text in (element.text, element.tail):
            if text and 5 < len(text) <= 4 * _MAX_TEXT and _TWO_DIGITS.search(text):
                line = " ".join(text.split())
                count += 1
                is_short = len(line) <= (_MAX_TEXT if signals.distance(element) < _NEAR else _MAX_DATE)
                if is_short and not signals.is_aside(element):
                    yield element, line
        if count > _MAX_TEXTS:
            return


_DAY_IN_URL = re.compile(
    r"(?<!\d)(?:((?:19|20)\d\d)(?=[/_.-]|\d{4}(?!\d))([/_.-]?)(1[0-2]|0?[1-9])\2(3[01]|[12]\d|0?[1-9])"
    r"|(3[01]|[012]\d)([_.-])(1[0-2]|0[1-9])\6((?:19|20)\d\d))(?!\d)"
)
_MAX_ADDRESS = 1_000
_IN_SCRIPT = re.compile(
    rb"""["'](?:date_?published|published_?(?:at|time|date|on)|publish_?(?:date|time|on)|publication_?date|first_?published(?:_?at|_?date)?"""
    rb"""|pub_?date|display_?date|original_?publish_?date)\\?["']\s*:\s*\\?["'](\d{4}-[\d:T .+Z-]{6,26})\\?["']""",
    re.I,
)
_NO_TEXT = frozenset(
    ("script", "style", "noscript", "head", "title", "meta", "link", "option", "textarea", "template", "svg")
)
_TWO_DIGITS = re.compile(r"\d\d")
_MAX_DATE = 40
_MAX_TEXTS = 400
