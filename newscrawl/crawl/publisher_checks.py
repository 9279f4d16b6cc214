"""Checks of a publisher's data, so that a mistake is one clear line before a crawl and not an empty result after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from cssselect import HTMLTranslator, SelectorError

from newscrawl import discovery
from newscrawl.errors import PublisherError
from newscrawl.extract import load_layouts
from newscrawl.extract.layout import Figure, Layout
from newscrawl.publisher import Publisher

_FIELDS = tuple(name for name in vars(Layout) if not name.startswith("_"))
_SELECTORS = ("marker", "scope", "body", "skip", "wrappers", "closing", "teaser")
_FIGURE_SELECTORS = ("selector", "caption", "credit", "image", "unless")


def check_publisher(publisher: Publisher) -> None:
    """Check what newscrawl.publisher cannot check by itself: kinds of lists, and layouts. Raises PublisherError."""
    kinds = (*discovery.sources(), *publisher.list_readers)
    for kind, _ in (*publisher.lists, *publisher.past_lists):
        if kind not in kinds:
            raise PublisherError(f"{publisher.name}: lists: {kind!r} is not a kind of list; {_suggest(kind, kinds)}")
    try:
        layouts = load_layouts(publisher.layouts)
    except (ImportError, ValueError, AttributeError) as error:
        raise PublisherError(f"{publisher.name}: layouts: {error}") from error
    for layout in layouts:
        for problem in _problems(layout):
            raise PublisherError(f"{publisher.name}: layout {layout.__name__}: {problem}")


def _problems(layout: type[Layout]) -> Iterator[str]:
    for name in dir(layout):
        if not hasattr(Layout, name) and not name.startswith("_") and not callable(getattr(layout, name)):
            yield f"{name!r} is not a field; {_suggest(name, _FIELDS)}"
    yield from (f"{name} is missing" for name in ("marker", "body") if not getattr(layout, name))
    for name in _FIELDS:
        yield from _field_problems(name, getattr(layout, name))


def _field_problems(name: str, value: Any) -> Iterator[str]:
    if isinstance(getattr(Layout, name), tuple) and not isinstance(value, tuple):
        yield f"{name} is not a tuple"
    elif name in _SELECTORS:
        yield from _selector_problems(name, value)
    elif isinstance(value, tuple):
        for part in value:
            yield from _part_problems(name, part)


def _part_problems(name: str, part: Any) -> Iterator[str]:
    if isinstance(part, Figure):
        for role in _FIGURE_SELECTORS:
            yield from _selector_problems(f"{name}: {role}", getattr(part, role))
    elif name == "figures":
        yield f"{name}: {part!r} is not a Figure"
    elif not hasattr(part, "read"):
        yield f"{name}: {part!r} is not a place such as Dom(...) or Meta(...)"
    elif selector := getattr(part, "selector", None):
        yield from _selector_problems(name, selector)


def _selector_problems(name: str, selectors: str | tuple[str, ...] | None) -> Iterator[str]:
    for selector in (selectors,) if isinstance(selectors, str) else selectors or ():
        try:
            HTMLTranslator().css_to_xpath(selector or "*")
        except SelectorError as error:
            yield f"{name}: {selector!r} is not a CSS selector ({error})"


def _suggest(word: str, known: Iterable[str]) -> str:
    """Name the known word closest to a wrong one. "rss" resembles no kind of list, but everyone means "feed" by it."""
    known = tuple(known)
    meant = {"rss": "feed", "atom": "feed", "section": "front_page", "html": "front_page"}.get(word)
    close = [meant] if meant in known else get_close_matches(word, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(known))}"
