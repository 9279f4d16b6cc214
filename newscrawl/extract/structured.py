"""What a page's head tells in data: meta elements, JSON-LD, microdata. Read once, when first asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from newscrawl.extract.markup import Element, Markup

_ARTICLE_TYPES = re.compile(
    r"(?:(?:Reportage|Analysis|Opinion|Review|Background|AskPublic)?News|Satirical|Tech|)Article$|(?:Live)?BlogPosting$"
)
_JSON_LD = "application/ld+json"
_JSON = json.JSONDecoder(strict=False)
_NOISE = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$|,(?=\s*[}\]])")


class Structured:
    """The structured data of one page."""

    def __init__(self, markup: Markup) -> None:
        self._elements = list(markup.root.iter("meta", "script"))

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        """Every meta element: its name, property or itemprop in lower case to its contents, in order.

        `value=` serves for `content=` where a page has it so (seen in the wild).
        """
        found: dict[str, list[str]] = {}
        for element in (each for each in self._elements if each.tag == "meta"):
            name = element.get("name") or element.get("property") or element.get("itemprop")
            content = element.get("content") or element.get("value")
            if name and content and content.strip():
                found.setdefault(name.lower(), []).append(content.strip())
        return found

    @cached_property
    def things(self) -> list[dict[str, Any]]:
        """Every JSON-LD object (https://www.w3.org/TR/json-ld11/) of the page's top level or of a @graph, in order."""
        scripts = (each for each in self._elements if (each.get("type") or "").lower().startswith(_JSON_LD))
        return [thing for script in scripts for thing in _objects(_loaded(script))]

    @cached_property
    def article(self) -> dict[str, Any]:
        """The JSON-LD object that is an article (https://schema.org/Article), {} where there is none."""
        return next((thing for thing in self.things if _is_article(thing)), {})

    def told(self, path: str) -> list[str]:
        """The texts at a dotted path of the article's JSON-LD, through lists: "author.name"."""
        values: list[Any] = [self.article]
        for key in path.split("."):
            values = [inner for value in values for inner in _inner(value, key)]
        return [str(value) for value in values if isinstance(value, str | int | float) and str(value).strip()]


def _loaded(script: Element) -> Any:
    """The script's JSON, None where it is none even with comment marks and trailing commas removed."""
    text = script.text or ""
    for attempt in (text, _NOISE.sub("", text)):
        try:
            return _JSON.decode(attempt)
        except (json.JSONDecodeError, RecursionError):
            continue
    return None


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    for thing in data if isinstance(data, list) else [data]:
        if isinstance(thing, dict):
            yield thing
            graph = thing.get("@graph")
            yield from (part for part in graph if isinstance(part, dict)) if isinstance(graph, list) else ()


def _is_article(thing: dict[str, Any]) -> bool:
    types = thing.get("@type")
    names = types if isinstance(types, list) else [types]
    return any(isinstance(name, str) and _ARTICLE_TYPES.match(name.rpartition("/")[2]) for name in names)


def _inner(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else value if key == "name" and isinstance(value, str) else None
    return found if isinstance(found, list) else [found] if found is not None else []
