"""Extraction of pages of any publisher: finds the publisher of a page, and hands it to newscrawl.extract."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from newscrawl import __version__, extract, publishers
from newscrawl.article import Article, Page
from newscrawl.errors import ExtractError
from newscrawl.extract import MAX_BYTES, site_identity
from newscrawl.extract.layout import Extraction
from newscrawl.extract.markup import Markup, decode_text
from newscrawl.html_checks import is_html
from newscrawl.publisher import GENERAL, Publisher
from newscrawl.publishers import find_publisher, is_same_site, load_publishers


def extract_page(page: Page, *, max_bytes: int = MAX_BYTES, publisher: Publisher | None = None) -> Article:
    """Extract the article of a page of any publisher: the default of NEWSCRAWL_EXTRACT. Raises as `extract` does."""
    return explain_page(page, max_bytes=max_bytes, publisher=publisher).article


def explain_page(page: Page, *, max_bytes: int = MAX_BYTES, publisher: Publisher | None = None) -> Extraction:
    """Extract the article of a page of any publisher, with how it was read. Raises as `extract` does.

    Without a `publisher` it is found by the host of the page, or else as the page itself states.
    A canonical URL on another site is left out: the article there is that site's own, and must not be replaced.
    """
    identified, markup = (publisher, None) if publisher else _identify(page, max_bytes)
    extraction = extract.explain(page, identified, max_bytes=max_bytes, markup=markup)
    address = extraction.article.canonical_url
    if address is None or not page.url.startswith("http") or is_same_site(page.url, address):
        return extraction
    source = extraction.notes.sources.pop("canonical_url", "")
    sources = dict(extraction.notes.sources)
    extraction.notes.missed.setdefault("canonical_url", []).append((source, f"on another site: {address}"))
    return replace(extraction, article=replace(extraction.article, canonical_url=None, sources=sources))


def identify_publisher(page: Page, *, max_bytes: int = MAX_BYTES) -> Publisher:
    """Return the publisher of a page: by its host, or else as the page itself states.

    Saved files and pages in archives of other hosts have nothing but their own statement.
    """
    return _identify(page, max_bytes)[0]


def _identify(page: Page, max_bytes: int) -> tuple[Publisher, Markup | None]:
    """Return the publisher of a page, and the parsed page if it had to be parsed for that."""
    publisher = find_publisher(page.url)
    if publisher is not GENERAL:
        return publisher, None
    candidates = [publisher for publisher in load_publishers() if _mentions(page.body, publisher.names)]
    if not candidates:
        return GENERAL, None
    try:
        markup = Markup(page, max_bytes) if is_html(page) else None
        return next(_stated_publishers(page, markup, max_bytes, candidates), GENERAL), markup
    except ExtractError:
        return GENERAL, None


def _mentions(body: bytes, names: tuple[str, ...]) -> bool:
    marks = _list_marks(names)
    if any(mark.encode() in body for mark in marks):
        return True
    body = body.lower()
    return any(mark.casefold().encode() in body for mark in marks)


@cache
def _list_marks(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names without those that contain another one."""
    return tuple(name for name in names if not any(other != name and other in name for other in names))


def _stated_publishers(
    page: Page, markup: Markup | None, max_bytes: int, candidates: Sequence[Publisher]
) -> Iterator[Publisher]:
    if markup:
        addresses, names = site_identity.stated_addresses(markup), site_identity.stated_names(markup)
    else:
        text = decode_text(page, max_bytes)
        addresses, names = site_identity.stated_addresses_of_text(text), site_identity.stated_names_of_text(text)
    for address in addresses:
        publisher = find_publisher(address)
        if publisher is not GENERAL:
            yield publisher
    for name in names:
        yield from (publisher for publisher in candidates if publisher.is_named(name))


@cache
def extractor_version() -> str:
    """Return the version of extraction: newscrawl's, and a hash of all code and data that decide what a page says.

    Pages that were read by equal versions need not be read again, unless a library changed.
    """
    folders = (Path(extract.__file__).parent, Path(publishers.__file__).parent)
    files = sorted(path for folder in folders for kind in ("*.py", "*.txt") for path in folder.rglob(kind))
    digest = hashlib.blake2b(b"".join(path.read_bytes() for path in files), digest_size=4)
    return f"{__version__}+{digest.hexdigest()}"
