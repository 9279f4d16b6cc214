"""A story's light markup as each era's HTML."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from markupsafe import Markup, escape

from newscrawl.article import BlockKind
from sample.story import LINK, TICKER, SourceBlock

_WIDTH = 60
_WRAPPED = ("a", "b1")
"""Eras whose source lines were broken by hand, so that a word's hyphen may end one."""


@dataclass(frozen=True, slots=True)
class HtmlBlock:
    """A block as a template sees it; `items` are those of a list, empty for other kinds."""

    kind: BlockKind
    html: Markup
    items: tuple[Markup, ...] = ()
    linked: bool = False
    """Whether it is a link and nothing else."""


def html_blocks(blocks: list[SourceBlock], era: str) -> list[HtmlBlock]:
    """The blocks in the markup of an era; neighbouring list items become one block with `items`."""
    return list(_html_blocks(blocks, era))


def _html_blocks(blocks: list[SourceBlock], era: str) -> Iterator[HtmlBlock]:
    for kind, run in groupby(blocks, key=lambda block: block.kind):
        converted = [(block, inline(_lines(block.source, era), era)) for block in run]
        if kind == "list_item":
            yield HtmlBlock(kind, Markup(), tuple(html for _, html in converted))
        else:
            yield from (HtmlBlock(kind, html, linked=block.source.startswith("[")) for block, html in converted)


def inline(source: str, era: str) -> Markup:
    """Text with links and emphasis as an era's HTML, escaped."""
    parts: list[Markup] = []
    position = 0
    for match in LINK.finditer(source):
        parts.append(_emphasised(source[position : match.start()], era))
        parts.append(_link(match[1], re.sub(r"\s", "", match[2]), era))
        position = match.end()
    parts.append(_emphasised(source[position:], era))
    return Markup("").join(parts)


def _lines(source: str, era: str) -> str:
    return "\n".join(textwrap.wrap(source, _WIDTH)) if era in _WRAPPED else source


def _emphasised(text: str, era: str) -> Markup:
    words = re.split(r"(\*{1,2})([^*]+)\1", text)
    return Markup("").join(_marked(era, *words[at : at + 3]) for at in range(0, len(words), 3))


def _marked(era: str, before: str, stars: str = "", words: str = "") -> Markup:
    tag = {"": "", "*": "cite" if era == "bw2010" else "em", "**": "strong"}[stars]
    return escape(before) + Markup("<{0}>{1}</{0}>").format(tag, words) if tag else escape(before)


def _link(words: str, target: str, era: str) -> Markup:
    if not TICKER.fullmatch(target):
        return Markup('<a href="{}">{}</a>').format(target, words)
    return _TICKER_LINKS.get(era, _plain_ticker)(words, target)


def _plain_ticker(words: str, ticker: str) -> Markup:
    return escape(words)


def _ticker_a(words: str, ticker: str) -> Markup:
    return Markup('<a href="/apps/quote?ticker={}">{}</a>').format(quote(ticker, safe=""), words)


def _ticker_b1(words: str, ticker: str) -> Markup:
    address = f"http://www.bloomberg.example/apps/quote?ticker={quote(ticker, safe='')}"
    return Markup('<a href="{}" ticker="{}" title="Get Quote" class="web_ticker" density="full">{}</a>').format(
        address, ticker, words
    )


def _ticker_c(words: str, ticker: str) -> Markup:
    return Markup('<a href="http://www.bloomberg.example/quote/{}" title="Get Quote">{}</a>').format(ticker, words)


def _ticker_d(words: str, ticker: str) -> Markup:
    return Markup(
        '<a href="/quote/{}" itemscope="itemscope" itemprop="StoryLink"><meta itemprop="security" content="{} Equity">'
        '<meta itemprop="type" content="SecurityLink">{}</a>'
    ).format(ticker, ticker.replace(":", " "), words)


def _ticker_e(words: str, ticker: str) -> Markup:
    security = ticker.replace(":", " ") + " Equity"
    return Markup(
        '<a href="/quote/{}" target="_blank"><meta itemprop="active" content="true"><meta itemprop="type" '
        'content="SecurityLink"><meta itemprop="deep-link" content="bbg://securities/{}"><meta itemprop="security" '
        'content="{}">{}</a>'
    ).format(ticker, quote(security), security, words)


def _ticker_g(words: str, ticker: str) -> Markup:
    return Markup('<a data-component="link" data-type="security" href="/quote/{}">{}</a>').format(ticker, words)


def _ticker_bw2011(words: str, ticker: str) -> Markup:
    return Markup('<span class="ticker" data-symbol="{}">{}</span>').format(ticker, words)


_TICKER_LINKS: dict[str, Callable[[str, str], Markup]] = {
    "a": _ticker_a,
    "b1": _ticker_b1,
    "bw2011": _ticker_bw2011,
    "c": _ticker_c,
    "d1": _ticker_d,
    "d2": _ticker_d,
    "d3": _ticker_d,
    "e": _ticker_e,
    "e_feature": _ticker_e,
    "e_teaser": _ticker_e,
    "g": _ticker_g,
}
