"""Decides whether a page is an article: a model of its features, and rules where the page itself leaves no doubt.

`page_kind.json` is written by `python -m training.page_kinds`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from newscrawl.errors import ExtractError, NotAnArticleError, UnknownLayoutError
from newscrawl.extract.generic import classifier, page_features
from newscrawl.extract.generic.body import FoundBody
from newscrawl.extract.generic.classifier import Model, compile_trees
from newscrawl.extract.markup import Markup
from newscrawl.extract.placeholder import is_error_title, is_stand_in, make_error
from newscrawl.extract.selectors import find_outermost
from newscrawl.extract.text import read_text

_MIN_STORIES = 3
_SURE = 3
"""Independent signs of a publication, from which neither the name nor the address of a page speaks against it."""
_LONG = 7.3
"""Logarithm of the characters of a text that is more than the description of a video."""
_STATED = ("ld_article", "micro", "og_article", "timed")


@dataclass(frozen=True, slots=True)
class PageKind:
    """What a page is taken for."""

    probability: float
    """Of an article, according to the model."""
    reason: str | None
    """Why it is none (see states.REFUSALS), None for an article."""
    detail: str
    numbers: Mapping[str, float]


@cache
def load_model() -> tuple[Model, float]:
    """Return the model, and the probability from which a page is an article."""
    data = json.loads((classifier.MODELS / "page_kind.json").read_text("utf-8"))
    if data["features"] != page_features.NAMES:
        raise ValueError("page_kind.json was trained on other features: run python -m training.page_kinds")
    return Model({}, compile_trees(data["trees"], len(page_features.NAMES))), data["threshold"]


def classify(found: FoundBody, markup: Markup) -> PageKind:
    """Tell what a page is, of which the body was found."""
    numbers = page_features.compute(found, markup)
    model, threshold = load_model()
    probability = model.predict(page_features.make_row(numbers))
    detail = find_objection(numbers)
    reason = "section_front" if detail else None
    if reason is None and not numbers["body_length"]:
        reason, detail = "section_front" if _is_like_list(numbers) else "unknown_layout", "it has no text of an article"
    if reason is None and probability < threshold:
        reason = "section_front" if _is_like_list(numbers) else "unknown_layout"
        detail = f"the page does not look like an article: probability {probability:.3f}"
    is_article_too = any(numbers[name] for name in _STATED) or numbers["signs"] >= _SURE - 1
    is_article_too = is_article_too or (numbers["signs"] > 0 and numbers["body_length"] > _LONG)
    if numbers["media"] and (reason or not is_article_too):
        reason = _name_medium(markup)
        detail = f"according to its metadata, which do not name an article: {reason}"
    return PageKind(probability, reason, detail or "", numbers)


def find_objection(numbers: Mapping[str, float]) -> str | None:
    """Return what speaks against an article whatever its text is, None if nothing does."""
    if numbers["ld_article"] and numbers["signs"] >= _SURE:
        return None
    is_stated = any(numbers[name] for name in (*_STATED, "class_post"))
    # An article in parts has no linked headings between them.
    is_spread = numbers["stories"] >= _MIN_STORIES and numbers["max_article"] < 0.5 and numbers["second"] > 0.3
    objections = {
        "the front page of a site or of an edition": numbers["front"],
        "it calls itself a list: an archive, a category, results": numbers["class_list"] and not is_stated,
        "its text is spread over several article elements": is_spread and not is_stated,
        "its address is that of results or of a further page of a list": numbers["paged"]
        and not (numbers["og_article"] or numbers["ld_article"]),
        "its name or address is that of a page about its site": numbers["site_page"] and numbers["signs"] < _SURE,
    }
    return next((objection for objection, holds in objections.items() if holds), None)


def check(found: FoundBody, markup: Markup) -> PageKind:
    """Return the kind of a page that is an article.

    Raises NotAnArticleError, PlaceholderError (an error page, "coming soon") or UnknownLayoutError for any other page.
    """
    kind = classify(found, markup)
    if kind.reason is None and not _is_error_page(found, markup, kind.numbers):
        return kind
    raise _make_error(kind, markup)


_SHORT = 7.0
"""Logarithm of the characters that an error page may have as its text, with the stories that it recommends."""


def _is_error_page(found: FoundBody, markup: Markup, numbers: Mapping[str, float]) -> bool:
    if markup.data.article:
        return False
    at = found.evidence.headline_at
    titles = [markup.title, *([found.segments[at].text] if at >= 0 else [])]
    is_short = numbers["signs"] < _SURE - 1 and numbers["body_length"] < _SHORT
    return any(map(is_error_title, titles)) or (is_short and any(map(is_stand_in, titles)))


def _make_error(kind: PageKind, markup: Markup) -> ExtractError:
    url, reason = markup.page.url, kind.reason or "unknown_layout"
    if reason in ("video", "audio", "profile"):
        return NotAnArticleError(url, reason, kind.detail)
    headings = [markup.title, *map(read_text, find_outermost(list(markup.root.iter("h1", "h2"))))]
    error = make_error(url, headings, read_text(markup.root), f"no layout claims the page: {kind.detail}")
    if reason == "unknown_layout" or type(error) is not UnknownLayoutError:
        return error
    return NotAnArticleError(url, reason, kind.detail)


def _is_like_list(numbers: Mapping[str, float]) -> bool:
    names = ("class_list", "ld_list", "list_folder", "menu_label", "og_website")
    return numbers["lone"] > 0.3 or numbers["second"] > 0.3 or any(numbers[name] for name in names)


def _name_medium(markup: Markup) -> str:
    kinds = " ".join((*markup.data.meta.get("og:type", []), *(str(thing.get("@type")) for thing in markup.data.things)))
    return next((name for name in ("profile", "video") if name in kinds.lower()), "audio")
