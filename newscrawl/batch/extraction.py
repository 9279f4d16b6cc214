"""Extraction of pages of any publisher: finds the publisher of a page, and hands it to newscrawl.extract."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from newscrawl import __version__, extract, publishers
from newscrawl.article import Article, Page
from newscrawl.errors import ExtractError
from newscrawl.extract import MAX_BYTES, site_identity
from newscrawl.extract.layout import Extraction
from newscrawl.extract.markup import Markup, decode_text, is_html
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.publishers import find_publisher, load_publishers


def extract_page(page: Page, *, max_bytes: int = MAX_BYTES) -> Article:
    """Extract the article of a page of any publisher: the default of NEWSCRAWL_EXTRACT. Raises as `extract` does."""
    return explain_page(page, max_bytes=max_bytes).article


def explain_page(page: Page, *, max_bytes: int = MAX_BYTES) -> Extraction:
    """Extract the article of a page of any publisher, with how it was read. Raises as `extract` does."""
    return extract.explain(page, identify_publisher(page, max_bytes=max_bytes), max_bytes=max_bytes)


def identify_publisher(page: Page, *, max_bytes: int = MAX_BYTES) -> Publisher:
    """Return the publisher of a page: by its host, or else as the page itself states.

    Saved files and pages in archives of other hosts have nothing but their own statement.
    """
    publisher = find_publisher(page.url)
    if publisher is not GENERAL:
        return publisher
    body = page.body.lower()
    candidates = [each for each in load_publishers() if any(name.casefold().encode() in body for name in each.names)]
    if not candidates:  # most pages: they need not be parsed twice
        return GENERAL
    try:
        return next(_stated_publishers(page, max_bytes, candidates), GENERAL)
    except ExtractError:
        return GENERAL


def _stated_publishers(page: Page, max_bytes: int, candidates: Sequence[Publisher]) -> Iterator[Publisher]:
    if is_html(page):
        markup = Markup(page, max_bytes)
        for address in site_identity.stated_addresses(markup):
            publisher = find_publisher(address)
            if publisher is not GENERAL:
                yield publisher
        names = site_identity.stated_names(markup)
    else:
        names = site_identity.stated_names_of_text(decode_text(page, max_bytes))
    for name in names:
        yield from (publisher for publisher in candidates if publisher.is_named(name))


@cache
def extractor_version() -> str:
    """Return the version of extraction: newscrawl's, and a hash of all code and data that decide what a page says.

    Pages that were read by equal versions need not be read again, unless a library changed.
    """
    folders = (Path(extract.__file__).parent, Path(publishers.__file__).parent)
    files = sorted(path for folder in folders for path in folder.rglob("*.py"))
    digest = hashlib.blake2b(b"".join(path.read_bytes() for path in files), digest_size=4)
    return f"{__version__}+{digest.hexdigest()}"
