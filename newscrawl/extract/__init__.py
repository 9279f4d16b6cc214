"""Extraction: a page in, an article out. Pure: no network, no database, nothing of Scrapy's.

    article = extract(page)

A page is read by the layout of its era. The era is told by the page's own markup, never by a date: publishers set their
whole archive anew at each redesign. Where no layout claims the page, the generic one reads what it can.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from newscrawl import __version__, plugins
from newscrawl.article import Article, Page
from newscrawl.errors import BlockedError
from newscrawl.extract import challenge, generic, plain_text
from newscrawl.extract.layout import Layout, Reading
from newscrawl.extract.markup import Markup, decoded, is_html
from newscrawl.publishers.bloomberg import layouts

MAX_BYTES = 16 * 2**20


def extract(page: Page, *, max_bytes: int = MAX_BYTES) -> Article:
    """The article of `page`.

    Raises, each with a `reason` for the ledger: NotAnArticleError for what never is one (a video, a section front,
    no page at all), MissingFieldError where a layout claims the page but lacks headline or body, UnknownLayoutError
    where none does and nothing reads as an article, UnreadablePageError for bytes over `max_bytes`, empty or hostile,
    and BlockedError for a challenge in place of a page.
    """
    return explain(page, max_bytes=max_bytes).article


def explain(page: Page, *, max_bytes: int = MAX_BYTES) -> Reading:
    """The article of `page` with how it was read. Raises as `extract` does."""
    if reason := challenge.reason(page):
        raise BlockedError(page.url, reason)
    if not is_html(page):
        return plain_text.read(page, decoded(page, max_bytes))
    markup = Markup(page, max_bytes)
    claimant = next((layout for layout in eras() if layout.claims(markup)), None)
    return claimant().read(markup) if claimant else generic.read(markup)


@cache
def version() -> str:
    """The version of extraction: newscrawl's, and a hash of this package, as a pattern changes what a page tells.

    Two that are equal read every page alike, but for what the libraries below may change.
    """
    sources = sorted(
        path for package in (Path(__file__).parent, Path(layouts.__file__).parent) for path in package.rglob("*.py")
    )
    digest = hashlib.blake2b(b"".join(path.read_bytes() for path in sources), digest_size=4)
    return f"{__version__}+{digest.hexdigest()}"


@cache
def eras() -> tuple[type[Layout], ...]:
    """The layouts, newest first: debris of an older era lives on in the pages of later ones, never the reverse."""
    found = []
    for name, module in plugins.load_modules(layouts).items():
        own = [
            thing for thing in vars(module).values() if isinstance(thing, type) and thing.__module__ == module.__name__
        ]
        (layout,) = (thing for thing in own if issubclass(thing, Layout))
        layout.name = name
        found.append(layout)
    return tuple(sorted(found, key=lambda layout: layout.era, reverse=True))
