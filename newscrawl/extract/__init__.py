"""Extraction: a page in, an article out. Pure: no network, no database, no Scrapy.

    article = extract(page, publisher)

A page is read by the layout of the publisher that claims it. The page's own markup decides which, never a date:
publishers re-render their whole archive at each redesign. A page that no layout claims is read by the generic one.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import Any

from newscrawl import plugins
from newscrawl.article import Article, Page
from newscrawl.errors import BlockedError
from newscrawl.extract import challenge, generic, plain_text
from newscrawl.extract.layout import Extraction, Layout
from newscrawl.extract.markup import Markup, decode_text
from newscrawl.html_checks import is_html
from newscrawl.publisher import GENERAL, Publisher

MAX_BYTES = 16 * 2**20


def extract(page: Page, publisher: Publisher = GENERAL, *, max_bytes: int = MAX_BYTES) -> Article:
    """Extract the article of a page of `publisher`.

    Raises, each with a `reason` for the page ledger: NotAnArticleError (a video, a section front, not a page at all),
    MissingFieldError (a layout claims the page, but headline or body is missing), UnknownLayoutError (no layout claims
    it, and it has no story), UnreadablePageError (over `max_bytes`, empty or hostile), BlockedError (a challenge).
    """
    return explain(page, publisher, max_bytes=max_bytes).article


def explain(
    page: Page, publisher: Publisher = GENERAL, *, max_bytes: int = MAX_BYTES, markup: Markup | None = None
) -> Extraction:
    """Extract the article of a page, with how it was read; `markup` is the parsed page. Raises as `extract` does."""
    if reason := challenge.find_block(page, publisher.block_marks):
        raise BlockedError(page.url, reason)
    if not is_html(page):
        return plain_text.read(page, decode_text(page, max_bytes), publisher)
    markup = markup or Markup(page, max_bytes)
    layout = next((layout for layout in load_layouts(publisher.layouts) if layout.claims(markup)), None)
    return layout(publisher).read(markup) if layout else generic.read(markup, publisher)


@cache
def load_layouts(layouts: str | tuple[type[Any], ...]) -> tuple[type[Layout], ...]:
    """Return the layouts of a publisher (see Publisher.layouts), newest first.

    Remains of an older layout live on in the pages of later ones, never the reverse.
    """
    if isinstance(layouts, str):
        layouts = tuple(map(_layout_of_module, plugins.load_modules(importlib.import_module(layouts)).items()))
    for layout in layouts:
        layout.name = layout.name or re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", layout.__name__).lower()
    return tuple(sorted(layouts, key=lambda layout: layout.era, reverse=True))


def _layout_of_module(named: tuple[str, Any]) -> type[Layout]:
    name, module = named
    (layout,) = (
        thing
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Layout) and thing.__module__ == module.__name__
    )
    layout.name = name
    return layout
