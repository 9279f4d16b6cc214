"""The dek: the line under the headline, and what meta elements say about the article."""

from __future__ import annotations

from collections.abc import Iterator

from newscrawl.extract.generic.metadata import linked_data
from newscrawl.extract.generic.metadata.found import Found
from newscrawl.extract.generic.metadata.signals import Signals, read_label, read_roles
from newscrawl.extract.generic.metadata.text_keys import fold
from newscrawl.extract.markup import Element
from newscrawl.extract.text import normalize_space

_NEAR = 40
"""Elements after the headline within which a dek is."""
_MIN_LENGTH, _MAX_LENGTH = 8, 600
_BLOCKS = frozenset(("p", "h2", "h3", "h4", "div", "span", "strong", "em", "section", "header"))


def read_dek(signals: Signals, headline: str) -> Found[str] | None:
    """Return the dek as the page prints it: in an element that is named after it, or a heading with the description."""
    if signals.heading is None:
        return None
    described = {fold(text) for _, text in _descriptions(signals)}
    described.update(map(fold, linked_data.read_texts(signals.article, "alternativeHeadline")))
    for element in sorted(_candidates(signals), key=signals.distance):
        text = read_label(element)
        is_long_enough = _MIN_LENGTH <= len(text) <= _MAX_LENGTH and fold(text) != fold(headline)
        is_named = "itemprop" in element.attrib or "dek" in read_roles(element)
        if is_long_enough and (is_named or fold(text) in described) and len(list(element.iter("p", "li"))) < 3:
            return Found(text, f"dom {element.tag!s}")
    return None


def read_description(signals: Signals) -> Found[str] | None:
    """Return what meta elements or JSON-LD say about the article."""
    return next(
        (Found(line, source) for source, text in _descriptions(signals) if (line := normalize_space(text))), None
    )


def _candidates(signals: Signals) -> Iterator[Element]:
    start = signals.order[signals.heading] if signals.heading is not None else 0
    named = [*signals.by_role["dek"], *signals.by_property["alternativeheadline"], *signals.by_property["description"]]
    for element in dict.fromkeys((*named, *signals.by_tag["h2"])):
        is_near = (
            element is not signals.heading and signals.order[element] > start and signals.distance(element) <= _NEAR
        )
        if is_near and element.tag in _BLOCKS and not signals.is_aside(element):
            yield element


def _descriptions(signals: Signals) -> Iterator[tuple[str, str]]:
    yield from (
        (f"meta {name}", text)
        for name, text in signals.first_meta("description", "og:description", "twitter:description")
    )
    yield from (("json-ld description", text) for text in linked_data.read_texts(signals.article, "description"))
