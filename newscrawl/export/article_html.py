"""The text of an article as HTML that is also well-formed XML; every stored text is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby

from newscrawl.article import Article, Block, Image
from newscrawl.export.display import CUT_NOTICE, describe_image
from newscrawl.export.links import safe_link

_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 (2.2) forbids, and the controls that it discourages."""
_TEMPLATES = {"paragraph": "<p>{}</p>", "subhead": "<h2>{}</h2>", "quote": "<blockquote><p>{}</p></blockquote>"}


def replace_illegal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


def escape_text(text: str) -> str:
    """Escape a text for HTML and XML, also inside attributes."""
    return escape(replace_illegal(text))


def render_article(article: Article) -> str:
    """Render abstract, body, picture captions and correction, one element per line, and whether the rest is missing."""
    parts = [_render_list(article.abstract)] if article.abstract else []
    parts += _render_blocks(article.body)
    if not article.complete:
        parts.append(f"<p><em>{CUT_NOTICE}</em></p>")
    parts += filter(None, map(_render_image, article.images))
    if article.correction:
        parts.append(f"<p><em>{escape_text(article.correction)}</em></p>")
    return "\n".join(parts)


def _render_blocks(body: Iterable[Block]) -> Iterator[str]:
    for kind, blocks in groupby(body, lambda block: block.kind):
        if kind == "embed":
            yield from map(_render_embed, blocks)
            continue
        texts = [block.text for block in blocks]
        if kind == "list_item":
            yield _render_list(texts)
        elif kind == "table":
            yield from map(_render_table, texts)
        else:
            yield from (_TEMPLATES[kind].format(escape_text(text)) for text in texts)


def _render_embed(block: Block) -> str:
    url = safe_link(block.url)
    link = f'<p><a href="{escape_text(url)}">{escape_text(url)}</a></p>' if url else ""
    return f"<blockquote><p>{escape_text(block.text)}</p>{link}</blockquote>"


def _render_list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape_text(item)}</li>' for item in items)}</ul>"


def _render_table(text: str) -> str:
    # Escaping leaves tabs and line breaks alone, which separate cells and rows.
    cells = escape_text(text).replace("\t", "</td><td>").replace("\n", "</td></tr><tr><td>")
    return f"<table><tr><td>{cells}</td></tr></table>"


def _render_image(image: Image) -> str:
    # Only the caption, linked to the picture: pictures themselves are not stored.
    url = safe_link(image.url)
    label = escape_text(describe_image(image) or url or "")
    linked = f'<a href="{escape_text(url)}">{label}</a>' if url else label
    return f"<figure><figcaption>{linked}</figcaption></figure>" if label else ""
