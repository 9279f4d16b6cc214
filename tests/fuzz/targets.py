"""What is fuzzed. Each target takes any bytes, and raises only if newscrawl does something that it must not.

The first byte of an input selects how the rest is read (the content type and the address of a page, the kind of a
list), so that one corpus serves all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from newscrawl import discovery
from newscrawl.archives.warc_reader import read_captures
from newscrawl.article import Article, Page
from newscrawl.batch.extraction import extract_page
from newscrawl.discovery import MAX_ADDRESS
from newscrawl.errors import BlockedError, DiscoveryError, ExtractError
from newscrawl.sample import EDITION

_FETCHED_AT = datetime(2026, 5, 7, 6, tzinfo=UTC)
_PAGES: tuple[tuple[str, str | None], ...] = (
    ("https://www.bloomberg.example/news/articles/2026-05-06/vell", "text/html; charset=utf-8"),
    ("https://harbour.example/2026/05/06/vell.html", "text/html"),
    ("https://harbour.example/vell", None),
    ("file:///dump/vell.txt", "text/plain"),
    ("file:///dump/vell.md", "text/markdown"),
    ("https://www.bloomberg.example/news/articles/2026-05-06/vell", "text/plain; charset=windows-1252"),
    ("https://harbour.example/vell", "text/html; charset=utf-16"),
    ("https://harbour.example/vell", "application/xhtml+xml; charset=shift_jis"),
)
"""The addresses and content types that an input is read as."""
_LIST_URL = "https://harbour.example/lists/all"
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Control characters, noncharacters and lone surrogates: no database or XML export takes all of them."""


class UnfitOutputError(AssertionError):
    """Output that the rest of newscrawl cannot work with."""


def fuzz_extraction(data: bytes) -> None:
    """Extract an article. Raises UnfitOutputError if it is not one that can be stored and exported."""
    url, content_type = _PAGES[(data[0] if data else 0) % len(_PAGES)]
    page = Page(url=url, body=data[1:], fetched_at=_FETCHED_AT, content_type=content_type)
    try:
        article = extract_page(page)
    except (ExtractError, BlockedError) as error:
        _check(bool(error.reason) and "\n" not in str(error), f"the error is not one line: {error!r}")
        return
    check_article(article)


def check_article(article: Article) -> None:
    """Raise UnfitOutputError for an article that breaks a rule of its fields."""
    _check(bool(article.headline.strip()), "no headline")
    _check(article.access != "full" or bool(article.body), "a full article without a body")
    _check(all(block.text.strip() for block in article.body), "an empty block")
    written = json.dumps(article.to_json(), ensure_ascii=False)
    _check(Article.from_json(json.loads(written)) == article, "JSON that is read as another article")
    for name, text in _find_texts(article.to_json()):
        _check(not _FORBIDDEN.search(text), f"a forbidden character in {name}: {text[:80]!r}")
    for moment in (article.published_at, article.updated_at):
        _check(moment is None or moment.tzinfo is not None, "a time without a zone")


def fuzz_lists(data: bytes) -> None:
    """Read a list of every kind in turn. Raises UnfitOutputError for a link that cannot be fetched or stored."""
    kinds = discovery.sources()
    try:
        listing = discovery.read(kinds[(data[0] if data else 0) % len(kinds)], data[1:], _LIST_URL)
    except DiscoveryError as error:
        _check("\n" not in str(error), f"the error is not one line: {error!r}")
        return
    for link in listing.links:
        _check(urlsplit(link.url).scheme in ("http", "https"), f"no address: {link.url!r}")
        _check(len(link.url) <= MAX_ADDRESS, f"a long address: {len(link.url)}")
        for moment in (link.published_at, link.updated_at):
            _check(moment is None or moment.tzinfo is not None, f"a time without a zone: {moment!r}")
        for name in ("headline", "dek", "section"):
            text = getattr(link, name, None) or ""
            _check(not _FORBIDDEN.search(text), f"a forbidden character in {name}: {text[:80]!r}")


TARGETS = {"extraction": fuzz_extraction, "lists": fuzz_lists}


def make_seeds(target: str) -> Iterator[bytes]:
    """Yield the pages, or the lists, of the sample edition as inputs of a target."""
    kinds = discovery.sources()
    is_list = re.compile(rb"<(?:rss|feed|urlset|sitemapindex)\b")
    for capture in read_captures(EDITION, report=lambda error: None):
        if target == "lists":
            if is_list.search(capture.body[:2000]):
                yield from (bytes([number]) + capture.body for number in range(len(kinds)))
        elif b"<html" in capture.body[:2000]:
            yield b"\0" + capture.body
            yield b"\1" + capture.body


def _find_texts(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _find_texts(part, name or key)
    elif isinstance(value, list):
        for part in value:
            yield from _find_texts(part, name)


def _check(holds: bool, problem: str) -> None:
    if not holds:
        raise UnfitOutputError(problem)
