"""Structured data of a page: meta elements and JSON-LD, parsed at the first use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from newscrawl.extract.element_index import Element
from newscrawl.syntax.characters import remove_forbidden

_ARTICLE_TYPES = re.compile(
    r"(?:(?:Reportage|Analysis|Opinion|Review|Background|AskPublic)?News|Satirical|Tech|)Article$|(?:Live)?BlogPosting$"
)
_JSON_LD = "application/ld+json"
_JSON = json.JSONDecoder(strict=False)
_NOISE = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$|,(?=\s*[}\]])")
_NEXT_DOCUMENT = re.compile(r"[\s;,})\]]*(?=[{\[])")
_BAD_ESCAPE = re.compile(r"""\\(?!["\\/bfnrtu])(?<!\\\\)""")
# An unfinished string or comment reaches to the end: searching for the end of each later one would take quadratic time.
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z)|/\*(?:.*?\*/|.*\Z)|//[^\n]*', re.S)


class Structured:
    """The structured data of one page."""

    def __init__(self, elements: Sequence[Element]) -> None:
        """Read it from the meta and script elements of the page."""
        self._elements = elements

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        """Contents of the meta elements, by name, property or itemprop in lower case."""
        contents: dict[str, list[str]] = {}
        for element in (each for each in self._elements if each.tag == "meta"):
            content = (element.get("content") or element.get("value") or "").strip()  # value= was seen in the wild
            names = (element.get("name"), element.get("property"), element.get("itemprop")) if content else ()
            for name in dict.fromkeys(name.strip().lower() for name in names if name):
                contents.setdefault(name, []).append(content)
        return contents

    @cached_property
    def things(self) -> list[dict[str, Any]]:
        """JSON-LD objects (https://www.w3.org/TR/json-ld11/) at the top level or in a @graph, in order."""
        scripts = (each for each in self._elements if (each.get("type") or "").lower().startswith(_JSON_LD))
        return [thing for script in scripts for thing in _find_objects(_parse_script(script))]

    @cached_property
    def article(self) -> dict[str, Any]:
        """The first JSON-LD object that is an article (https://schema.org/Article), {} if there is none."""
        return next((thing for thing in self.things if is_article(thing)), {})

    def values(self, path: str) -> list[str]:
        """Return the texts at a dotted path of the article's JSON-LD ("author.name"), also within lists."""
        values: list[Any] = [self.article]
        for key in path.split("."):
            values = [inner for value in values for inner in _inner(value, key)]
        texts = (remove_forbidden(str(value)) for value in values if isinstance(value, str | int | float))
        return [text for text in texts if text.strip()]


def _parse_script(script: Element) -> Any:
    """Parse the JSON of a script, if necessary without comments and other mistakes; None if it cannot be read."""
    text = script.text or ""
    for repair in (None, _remove_noise, _remove_comments):
        try:
            return _JSON.decode(text) if repair is None else _decode_all(repair(text))
        except (ValueError, RecursionError):  # ValueError: also a number of thousands of digits
            continue
    return None


def _remove_noise(text: str) -> str:
    return _BAD_ESCAPE.sub(r"\\\\", _NOISE.sub("", text))


def _remove_comments(text: str) -> str:
    """Remove comments, and then the commas that they leave at the end of objects, but nothing within strings."""
    bare = _STRING_OR_COMMENT.sub(lambda part: part[0] if part[0].startswith('"') else " ", text)
    return _remove_noise(bare)


def _decode_all(text: str) -> Any:
    """Decode JSON documents that follow each other; closing braces and semicolons after one are ignored."""
    documents: list[Any] = []
    at = 0
    while start := _NEXT_DOCUMENT.match(text, at):
        document, at = _JSON.raw_decode(text, start.end())
        documents += document if isinstance(document, list) else [document]
    return documents


def _find_objects(data: Any) -> Iterator[dict[str, Any]]:
    for thing in data if isinstance(data, list) else [data]:
        if isinstance(thing, dict):
            yield thing
            graph = thing.get("@graph")
            yield from (part for part in graph if isinstance(part, dict)) if isinstance(graph, list) else ()


def is_article(thing: dict[str, Any]) -> bool:
    types = thing.get("@type")
    names = types if isinstance(types, list) else [types]
    return any(isinstance(name, str) and _ARTICLE_TYPES.match(name.rpartition("/")[2]) for name in names)


def _inner(value: Any, key: str) -> list[Any]:
    if isinstance(value, dict):
        value = value.get(key)
    elif key != "name" or not isinstance(value, str):  # "author": "Jo Doe" is short for {"name": "Jo Doe"}
        value = None
    return value if isinstance(value, list) else [] if value is None else [value]
