"""An article's story as HTML that is XML as well: every text in it stays text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from newscrawl.article import Article, Block, Image
from newscrawl.export.formats._uri import link
from newscrawl.export.formats.text import caption

_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (2.2), and the controls that it advises against."""
_WRITTEN = {"paragraph": "<p>{}</p>", "subhead": "<h2>{}</h2>", "quote": "<blockquote><p>{}</p></blockquote>"}


def legal(text: str) -> str:
    """The text with U+FFFD for each character that XML has no place for."""
    return _ILLEGAL.sub("\ufffd", text)


def escaped(text: str) -> str:
    """The text as it stands in HTML and XML, in attributes too."""
    return escape(legal(text))


def story(article: Article) -> str:
    """What is read: the bullets above the body, its blocks, the pictures' captions, the correction; one line each."""
    parts = [_list(article.abstract)] if article.abstract else []
    parts += _blocks(article.body)
    parts += filter(None, map(_figure, article.images))
    if article.correction:
        parts.append(f"<p><em>{escaped(article.correction)}</em></p>")
    return "\n".join(parts)


def _blocks(body: Iterable[Block]) -> Iterator[str]:
    for kind, blocks in groupby(body, lambda block: block.kind):
        texts = [block.text for block in blocks]
        if kind == "list_item":
            yield _list(texts)
        else:
            yield from (_table(text) if kind == "table" else _WRITTEN[kind].format(escaped(text)) for text in texts)


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escaped(item)}</li>' for item in items)}</ul>"


def _table(text: str) -> str:
    rows = (row.split("\t") for row in text.split("\n"))
    return f"<table>{''.join(f'<tr>{_cells(row)}</tr>' for row in rows)}</table>"


def _cells(row: Iterable[str]) -> str:
    return "".join(f"<td>{escaped(cell)}</td>" for cell in row)


def _figure(image: Image) -> str:
    address = link(image.url)
    shown = escaped(caption(image) or address or "")
    linked = f'<a href="{escaped(address)}">{shown}</a>' if address else shown
    return f"<figure><figcaption>{linked}</figcaption></figure>" if shown else ""
