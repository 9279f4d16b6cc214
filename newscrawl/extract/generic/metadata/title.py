"""The headline of a page: what its sources agree on, without the name of the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newscrawl.extract.generic.metadata import linked_data
from newscrawl.extract.generic.metadata.entities import remove_tags
from newscrawl.extract.generic.metadata.found import Found
from newscrawl.extract.generic.metadata.signals import Signals, is_chrome, read_label, read_roles
from newscrawl.extract.generic.metadata.site_names import SiteNames
from newscrawl.extract.generic.metadata.text_keys import fold
from newscrawl.extract.markup import Element
from newscrawl.extract.text import normalize_space

_BAR = re.compile(r"(\s+[-–—|·•:»«~>‹›∣/]+\s+|\s*[|｜│∣]\s*|(?<=[^\x00-\x7f])[_－—―–-]+(?=[^\x00-\x7f])|\s[–—]|:\s+)")
"""What separates a headline from the name of the site: with spaces; without them, only what no headline has."""
_STRONG_BAR = frozenset("|｜│∣»•")
_MAX_LENGTH = 600
_MAX_PARTS = 8
_MAX_HEADINGS = 12

_WEIGHTS = {
    "json-ld headline": 2.6,
    "dom h1": 2.1,
    "microdata headline": 1.8,
    "meta headline": 1.8,
    "meta og:title": 1.4,
    "title": 0.5,
}
"""How much the sources count. Tuned on pages of 400 sites; what is printed counts more than what is written for search
engines and social media, on which og:title, twitter:title and title often agree."""
_WEIGHT = 0.4
_SHARE_OF_PART = 0.85
_SHARE_OF_NEXT = 0.2
"""How much further sources of a kind count that say the same as the first."""
_METAS = (
    "og:title", "headline", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "dcterms.title",
    "title", "citation_title", "article:title", "cxenseparse:title", "hdl",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Candidate:
    source: str
    text: str
    weight: float
    kind: str
    """Sources of a kind are not independent."""
    variants: dict[str, float]
    """What the headline may be according to it: folded text to share of the weight."""


def read_title(signals: Signals, sites: SiteNames) -> tuple[Found[str] | None, list[tuple[str, str]]]:
    """Return the headline, and the sources that have another text: (source, text)."""
    candidates = list(_collect(signals, sites))
    votes: dict[str, dict[str, list[float]]] = {}
    for candidate in candidates:
        for key, share in candidate.variants.items():
            votes.setdefault(key, {}).setdefault(candidate.kind, []).append(share * candidate.weight)
    scores = {key: sum(map(_add_up, kinds.values())) for key, kinds in votes.items()}
    best = max(candidates, key=lambda each: (scores[fold(each.text)], each.weight), default=None)
    if best is None:
        return None, []
    outvoted = [(each.source, each.text) for each in candidates if fold(each.text) != fold(best.text)]
    return Found(best.text, best.source), outvoted


def _add_up(weights: list[float]) -> float:
    return max(weights) * (1 - _SHARE_OF_NEXT) + sum(weights) * _SHARE_OF_NEXT


def clean(text: str, names: SiteNames, *, is_printed: bool = True) -> str:
    """Remove the name of the site from the ends of a title; a title that is nothing else stays.

    A title that is not `is_printed` (by a heading) ends at its last bar: what follows is a section or a slogan.
    """
    parts = _BAR.split(text)
    first, last = 0, len(parts) - 1
    while last > first and (names.match(parts[last]) or (not is_printed and _is_strong(parts, last))):
        last -= 2
    while first < last and names.match(parts[first]):
        first += 2
    return "".join(parts[first : last + 1]).strip()


def _is_strong(parts: list[str], last: int) -> bool:
    head = "".join(parts[:last])
    return not _STRONG_BAR.isdisjoint(parts[last - 1]) and len(head) > 15 and len(head) >= len(parts[last])


def _find_variants(cleaned: str) -> dict[str, float]:
    parts = _BAR.split(cleaned)[: 2 * _MAX_PARTS]
    variants = {
        fold("".join(parts[first : last + 1])): _SHARE_OF_PART
        for first in range(0, len(parts), 2)
        for last in range(first, len(parts), 2)
    }
    return variants | {fold(cleaned): 1.0}


def _collect(signals: Signals, names: SiteNames) -> Iterator[_Candidate]:
    for source, raw, weight, kind in (*_stated(signals), *_headings(signals, names)):
        text = clean(remove_tags(normalize_space(raw[: 2 * _MAX_LENGTH])), names, is_printed=kind != "head")
        if fold(text) and len(text) <= _MAX_LENGTH:
            yield _Candidate(source, text, weight, kind, _find_variants(text))


def _stated(signals: Signals) -> Iterator[tuple[str, str, float, str]]:
    """Yield what JSON-LD, meta elements, microdata and the title element say: source, text, weight and kind."""
    for key in ("headline", "name"):
        source = f"json-ld {key}"
        yield from ((source, text, _weigh(source), source) for text in linked_data.read_texts(signals.article, key)[:1])
    for thing in () if signals.article else linked_data.find_pages(signals.things):
        yield from (
            ("json-ld name", text, _WEIGHT, "json-ld") for text in linked_data.read_texts(thing, "headline", "name")[:1]
        )
    for name in _METAS:
        source = f"meta {name}"
        kind = "microdata" if name == "headline" else "head"
        yield from ((source, text, _weigh(source), kind) for text in signals.meta.get(name, [])[:1])
    for element in signals.by_property["headline"][:2]:
        if element.tag != "meta":
            yield "microdata headline", read_label(element), _weigh("microdata headline"), "microdata"
    yield "title", signals.markup.title, _weigh("title"), "head"


def _weigh(source: str) -> float:
    return _WEIGHTS.get(source, _WEIGHT)


def _headings(signals: Signals, names: SiteNames) -> Iterator[tuple[str, str, float, str]]:
    """Yield the texts of h1 elements, with and without labels in them; without h1, those of other headings."""
    count = 0
    for element in signals.by_tag["h1"][:_MAX_HEADINGS]:
        texts = _heading_texts(element)
        if not texts or names.match(texts[0]) or "site" in read_roles(element) or is_chrome(element):
            continue
        for at, text in enumerate(texts):
            yield "dom h1", text, _weigh("dom h1") * 0.5**count * 0.97**at, f"h1 {count}"
        count += 1
    for element in () if count else (*signals.by_role["title"][:20], *signals.by_tag["h2"][:_MAX_HEADINGS]):
        if not signals.is_aside(element):
            yield f"dom {element.tag!s}", read_label(element), _WEIGHT, "heading"


def _heading_texts(element: Element) -> list[str]:
    """Return the text of a heading without the labels in it, and with them."""
    labels = [child for child in element.iterdescendants() if "kicker" in read_roles(child)]
    texts = (read_label(element, labels), read_label(element)) if labels else (read_label(element),)
    return [text for text in dict.fromkeys(texts) if text]
