"""What a page states about its site: addresses and names, which identify its publisher."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from newscrawl.extract import dump_header
from newscrawl.extract.hard_wraps import unify_line_ends
from newscrawl.extract.markup import Markup
from newscrawl.extract.selectors import search

# never the headline: an article about a publisher is anybody's
_TITLE_SUFFIX = re.compile(r"(?:^|\s)[-–—|·•]\s+([^-–—|·•]+)$")
_NAME_METAS = ("og:site_name", "owner", "dc.publisher")
_AGENCY = re.compile(r"\(([^()]{2,40})\)\s+[-–—]")


def stated_addresses(markup: Markup) -> Iterator[str]:
    """Yield the page's own addresses: canonical and og:url, absolute."""
    hrefs = [link.get("href") or "" for link in search(markup, markup.root, 'link[rel="canonical"]')]
    for address in (*hrefs, *markup.data.meta.get("og:url", [])):
        try:
            yield urljoin(markup.page.url, address.strip())
        except ValueError:  # "http://[x"
            continue


def stated_names(markup: Markup) -> Iterator[str]:
    """Yield the names of the page's site: in og:site_name, in meta elements for the owner, after the headline."""
    for name in _NAME_METAS:
        yield from markup.data.meta.get(name, [])
    if suffix := _TITLE_SUFFIX.search(markup.title):
        yield suffix[1]


def stated_addresses_of_text(text: str) -> Iterator[str]:
    """Yield the address in the header of a text dump."""
    header, _ = dump_header.split(unify_line_ends(text))
    if header.url:
        yield header.url


def stated_names_of_text(text: str) -> Iterator[str]:
    """Yield the names in a text dump of a page: in its header, after a headline, and the agency of a dateline."""
    header, text = dump_header.split(unify_line_ends(text))
    if header.site:
        yield header.site
    for line in text.splitlines():
        if suffix := _TITLE_SUFFIX.search(line.rstrip()):
            yield suffix[1]
        if agency := _AGENCY.search(line[:200]):
            yield agency[1]
