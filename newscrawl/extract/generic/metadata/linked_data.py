"""JSON-LD of a page with several objects: which of them is the article of this page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from newscrawl.extract.generic.metadata.entities import unescape_fully
from newscrawl.extract.structured import is_article
from newscrawl.syntax.characters import remove_forbidden

Thing = dict[str, Any]

_MAX_THINGS = 2_000
_MAX_VALUES = 100
_MAX_HEADLINE = 300
_OF_OTHER_STORIES = frozenset(
    ("itemlistelement", "haspart", "relatedlink", "mentions", "citation", "comment", "review")
)
_PAGE_TYPES = re.compile(
    r"(?:\w*WebPage|CreativeWork|Report|Recipe|HowTo|ClaimReview|Review|\w*Article|\w*Posting)$", re.I
)
_WORD = re.compile(r"\w+")


def find_things(roots: Sequence[Thing]) -> list[Thing]:
    """Return all objects within `roots`, except in lists of other stories, outer ones first."""
    things: list[Thing] = []
    queue: list[Any] = list(roots)
    for value in queue:  # grows while it is read
        if len(queue) > _MAX_THINGS:
            break
        if isinstance(value, dict):
            things.append(value)
            queue += [
                inner
                for key, inner in value.items()
                if isinstance(inner, dict | list) and key.lower() not in _OF_OTHER_STORIES
            ]
        elif isinstance(value, list):
            queue += [inner for inner in value if isinstance(inner, dict | list)]
    return things


def choose_article(things: Sequence[Thing], addresses: Sequence[str], headings: Sequence[str]) -> Thing:
    """Return the article of this page, by its address and its headline; {} if there is none, or only other ones."""
    articles = [thing for thing in things if is_article(thing)]
    paths = {path for address in addresses if (path := path_of(address))}
    words = [_words(heading) for heading in headings]
    ranked = [(_rank(article, paths, words), -at, article) for at, article in enumerate(articles)]
    best = max(ranked, key=lambda entry: entry[:2], default=None)
    return best[2] if best and best[0] >= 0 else {}


def find_pages(things: Sequence[Thing]) -> Iterator[Thing]:
    """Yield objects that are not articles but describe the page: WebPage and the like."""
    for thing in things:
        if any(_PAGE_TYPES.match(name) for name in type_names(thing)):
            yield thing


def type_names(thing: Thing) -> list[str]:
    """Return the types of an object without their namespace."""
    types = thing.get("@type")
    return [
        name.rpartition("/")[2] for name in (types if isinstance(types, list) else [types]) if isinstance(name, str)
    ]


def read_texts(thing: Thing, *keys: str) -> list[str]:
    """Return the texts of some properties, also within lists, unescaped."""
    texts: list[str] = []
    for key in keys:
        value = thing.get(key)
        for each in value[:_MAX_VALUES] if isinstance(value, list) else [value]:
            inner = each.get("@value") or each.get("name") if isinstance(each, dict) else each
            if isinstance(inner, str | int | float) and not isinstance(inner, bool):
                texts.append(unescape_fully(remove_forbidden(str(inner))))
    return [text for text in texts if text.strip()]


def _rank(article: Thing, paths: set[str], headings: Sequence[frozenset[str]]) -> int:
    """Return how well an article fits the page: below 0 if its headline and its address are of another one."""
    own = {
        path
        for text in (*_addresses(article, "mainEntityOfPage"), *_addresses(article, "url"))
        if (path := path_of(text))
    }
    words = [_words(text) for text in read_texts(article, "headline", "name")[:3]]
    is_titled = any(
        len(mine & theirs) * 2 > min(len(mine), len(theirs)) for mine in words for theirs in headings if mine and theirs
    )
    is_here = bool(own & paths)
    if not is_here and not is_titled and own and words:
        return -1
    return 2 * is_here + 2 * is_titled + bool(article.get("datePublished"))


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text[:_MAX_HEADLINE].casefold()))


def _addresses(article: Thing, key: str) -> list[str]:
    value = article.get(key)
    values = [value.get("@id") or value.get("url")] if isinstance(value, dict) else [value]
    return [text for text in values if isinstance(text, str)]


def path_of(address: str) -> str:
    """Return the path of an address; "" for a front page, which many articles name as their own."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    path = parts.path.rstrip("/").removesuffix("/amp")
    return f"{path}?{parts.query}" if path and parts.query and len(path) < 12 else path
