"""The language of a page: as it states it, else that of its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from newscrawl.article import Block
from newscrawl.extract.fields import languages
from newscrawl.extract.generic.metadata import linked_data
from newscrawl.extract.generic.metadata.found import Found
from newscrawl.extract.generic.metadata.signals import Signals

_METAS = ("content-language", "language", "og:locale", "dc.language", "dcterms.language", "inlanguage")
_NOT_LATIN = frozenset(
    re.findall(
        r"\S+",
        "ar be bg bn el fa gu he hi hy ja ka kk km kn ko lo mk ml mn mr my ne or pa ps ru sd si ta te th uk ur zh",
    )
)
_MAX_LENGTH = 1_000
_UNKNOWN = "und"


def find_stated(signals: Signals) -> Found[str] | None:
    """Return the language that the page states, with its region: "de-at"."""
    for source, text in _stated(signals):
        tag = languages.normalize(text.partition(",")[0])
        if tag and tag.partition("-")[0] not in ("und", "mul", "zxx"):
            return Found(tag, source)
    return None


def read_language(signals: Signals, blocks: Iterable[Block]) -> Found[str] | None:
    """Return the language of the article without region: the stated one, if its letters are those of the text."""
    blocks = list(blocks)
    stated = find_stated(signals)
    language = stated.value.partition("-")[0] if stated else None
    if stated and language and _fits(language, blocks):
        return Found(language, stated.source)
    if detected := languages.detect(blocks):
        return Found(detected, "text")
    return Found(language, stated.source) if stated and language else None


def _fits(language: str, blocks: list[Block]) -> bool:
    """Whether a text may be of a language. Templates that say "en" on pages in other scripts were seen in the wild."""
    letters = [char for char in "".join(block.text for block in blocks[:8])[:_MAX_LENGTH] if char.isalpha()]
    if len(letters) < 20:
        return True
    share_of_latin = sum(map("\u0250".__gt__, letters)) / len(letters)
    return share_of_latin < 0.7 if language in _NOT_LATIN else share_of_latin > 0.3


def _stated(signals: Signals) -> Iterator[tuple[str, str]]:
    root = signals.markup.root
    for name in ("lang", "{http://www.w3.org/XML/1998/namespace}lang", "xml:lang"):
        if language := root.get(name):
            yield "html lang", language
    body = root.find("body")
    if body is not None and (language := body.get("lang")):
        yield "body lang", language
    yield from (("json-ld inLanguage", text) for text in linked_data.read_texts(signals.article, "inLanguage"))
    yield from ((f"meta {name}", content) for name, content in signals.first_meta(*_METAS))
