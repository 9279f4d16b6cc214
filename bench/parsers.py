"""Whether another parser would make extraction faster: lexbor (selectolax) next to lxml, on the same pages.

python -m bench.parsers --known GLOB --unknown GLOB     (pip install selectolax; nothing else needs it)

Pages of known layouts: the time of a whole extraction, of parsing, and of the searches that the extraction makes, which
are repeated with both. From these follow the gain of a change, and its bound if searches took no time. Other pages: the
same of parsing and of one walk into blocks, and how many pages have the same blocks. Times are CPU times in
milliseconds, the lower quartile of the rounds.
"""

from __future__ import annotations

import argparse
import glob
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from lxml import etree
from rich.console import Console
from rich.table import Table

from newscrawl.article import Page
from newscrawl.batch.extraction import extract_page
from newscrawl.errors import BlockedError, ExtractError
from newscrawl.extract import MAX_BYTES, body, layout
from newscrawl.extract.markup import Element, Markup
from newscrawl.extract.selectors import search
from newscrawl.extract.text import SILENT, normalize_space

try:
    from selectolax.lexbor import LexborHTMLParser
except ImportError:
    sys.exit("bench.parsers measures selectolax: pip install selectolax")

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "p div section article main header footer ul ol li dl dt dd table tbody tr td th blockquote pre address center "
        "h1 h2 h3 h4 h5 h6 br hr body html fieldset details summary",
    )
)
_NO_TEXT = SILENT.difference(("aside", "nav", "form", "figure", "figcaption")).union(("head", "title"))


def main() -> None:
    """Print a table for the pages of known layouts, and one for other pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--known", metavar="GLOB", action="append", default=[], help="pages of known layouts")
    parser.add_argument("--unknown", metavar="GLOB", action="append", default=[], help="pages of any site")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)
    console = Console(width=140)
    if options.known:
        console.print(_compare_known(_pages(options.known), options.rounds))
    if options.unknown:
        console.print(_compare_unknown(_pages(options.unknown), options.rounds))


def _pages(globs: Iterable[str]) -> Iterator[Page]:
    for path in (Path(each) for pattern in globs for each in sorted(glob.glob(pattern, recursive=True))):
        yield Page(url=path.absolute().as_uri(), body=path.read_bytes(), fetched_at=datetime.now(UTC))


def _time(job: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        started = time.thread_time()
        job()
        times.append((time.thread_time() - started) * 1000)
    return sorted(times)[rounds // 4]


def _compare_known(pages: Iterable[Page], rounds: int) -> Table:
    columns = "page", "layout", "all", "parse", "lexbor", "searches", "whole page", "lexbor", "differ", "gain", "bound"
    table = Table(*columns, box=None, title="pages of known layouts")
    gains, bounds = [], []
    for page in pages:
        searches = _record_searches(page)
        markup, tree = searches[0][0], LexborHTMLParser(searches[0][0].utf8)
        selectors = [selector for _, _, selector in searches]
        times = [
            _time(job, rounds)
            for job in (
                partial(extract_page, page),
                partial(_parse, markup.utf8),
                partial(LexborHTMLParser, markup.utf8),
                partial(_search, markup, [(root, selector) for _, root, selector in searches]),
                partial(_search, markup, [(markup.root, selector) for selector in selectors]),
                partial(_search_lexbor, tree, selectors),
            )
        ]
        total, parse, lexbor_parse, scoped, whole, lexbor_whole = times
        # lexbor has no identity of elements between two trees, so both search the whole page for the same selectors.
        gains.append(total / (total - parse - scoped + lexbor_parse + scoped * lexbor_whole / whole))
        bounds.append(total / (total - parse - scoped + lexbor_parse))
        differ = sum(len(search(markup, markup.root, each)) != len(tree.css(each)) for each in selectors)
        table.add_row(
            Path(page.url).stem[:30],
            extract_page(page).layout,
            *(f"{each:.2f}" for each in times),
            f"{differ}/{len(selectors)}",
            f"{gains[-1]:.2f}",
            f"{bounds[-1]:.2f}",
        )
    if gains:
        table.add_row("median", *[""] * 8, f"{statistics.median(gains):.2f}", f"{statistics.median(bounds):.2f}")
    return table


def _record_searches(page: Page) -> list[tuple[Markup, Element, str]]:
    searches: list[tuple[Markup, Element, str]] = []

    def record(markup: Markup, root: Element, selector: str) -> list[Element]:
        searches.append((markup, root, selector))
        return search(markup, root, selector)

    with patch.object(layout, "search", record), patch.object(body, "search", record):
        extract_page(page)
    return [each for each in searches if each[2]]


def _search(markup: Markup, searches: Iterable[tuple[Element, str]]) -> None:
    markup._indexes.clear()
    for root, selector in searches:
        search(markup, root, selector)


def _search_lexbor(tree: LexborHTMLParser, selectors: Iterable[str]) -> None:
    for selector in selectors:
        tree.css(selector)


def _compare_unknown(pages: Iterable[Page], rounds: int) -> Table:
    sums, ratios, gains, equal = [0.0] * 5, [], [], 0
    for page in pages:
        try:
            extract_page(page)
            markup = Markup(page, MAX_BYTES)
        except (ExtractError, BlockedError):
            continue
        tree = LexborHTMLParser(markup.utf8)
        jobs = (
            partial(extract_page, page),
            partial(_parse, markup.utf8),
            partial(_walk, markup.root),
            partial(LexborHTMLParser, markup.utf8),
            partial(_walk_lexbor, tree),
        )
        times = [_time(job, rounds) for job in jobs]
        sums = [total + each for total, each in zip(sums, times, strict=True)]
        total, ours, theirs = times[0], sum(times[1:3]), sum(times[3:])
        ratios.append(ours / theirs)
        gains.append(total / (total - ours + theirs))
        equal += _walk(markup.root) == _walk_lexbor(tree)
    columns = "pages", "all", "parse", "walk", "lexbor parse", "walk", "both faster by", "gain of all", "same blocks"
    table = Table(*columns, box=None, title="pages of any site")
    if ratios:
        means = [f"{each / len(ratios):.2f}" for each in sums]
        medians = [f"{statistics.median(each):.2f}" for each in (ratios, gains)]
        table.add_row(str(len(ratios)), *means, *medians, str(equal))
    return table


def _parse(utf8: bytes) -> Element:
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False
    )
    return etree.fromstring(utf8, parser)


class _Blocks:
    """Blocks of a page: tag and class of the element that each is in, and its text."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []
        self.pieces: list[str] = []

    def end(self, tag: str, css_class: str) -> None:
        text = normalize_space("".join(self.pieces))
        self.pieces.clear()
        if text:
            self.found.append((tag, css_class, text))


def _walk(root: Element) -> list[tuple[str, str, str]]:
    blocks = _Blocks()
    pieces = blocks.pieces

    def visit(element: Element, tag: str, css_class: str) -> None:
        if element.text:
            pieces.append(element.text)
        for child in element:
            inner: Any = child.tag
            if inner in _BLOCKS:
                blocks.end(tag, css_class)
                inner_class = child.get("class") or ""
                visit(child, inner, inner_class)
                blocks.end(inner, inner_class)
            elif inner not in _NO_TEXT:
                visit(child, tag, css_class)
            if child.tail:
                pieces.append(child.tail)

    start = root.find("body")
    visit(root if start is None else start, "body", "")
    blocks.end("body", "")
    return blocks.found


def _walk_lexbor(tree: LexborHTMLParser) -> list[tuple[str, str, str]]:
    blocks = _Blocks()
    pieces = blocks.pieces

    def visit(node: Any, tag: str, css_class: str) -> None:
        child = node.first_child
        while child is not None:
            inner: Any = child.tag
            if inner == "-text":
                pieces.append(child.text_content or "")
            elif inner in _BLOCKS:
                blocks.end(tag, css_class)
                inner_class = child.attrs.sget("class", "") or ""
                visit(child, inner, inner_class)
                blocks.end(inner, inner_class)
            elif inner not in _NO_TEXT and child.is_element_node:
                visit(child, tag, css_class)
            child = child.next

    visit(tree.body, "body", "")
    blocks.end("body", "")
    return blocks.found


if __name__ == "__main__":
    main()
