"""What HTML is, and which HTML no parser should get: checks on bytes, before they are parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newscrawl.article import Page
from newscrawl.errors import NotAnArticleError

HTML_TAG = re.compile(rb"<\s*(?:!doctype|html|head|body|title|meta|article|div|p|h1|table|section)\b", re.I)
_DOCUMENT = re.compile(rb"<\s*(?:!doctype|html|head|body)\b", re.I)
_OTHER_KINDS = re.compile(r"^(?:image|video|audio|font)/|pdf|octet-stream|zip|json|javascript|\bcss\b", re.I)
_LIST = re.compile(rb"(?:\s|<\?[^>]*+>|<!--.*?-->)*+<(?:rss|feed|rdf:rdf|urlset|sitemapindex|opml)\b", re.I | re.S)
"""A feed or sitemap, which may have HTML tags in its entries."""
_MAGIC = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"{", b"[{")
MAX_ATTRIBUTES = 10_000
"""Attributes that one tag may have. libxml2 takes the square of their number: 150 seconds for 200,000."""
_MIN_LENGTH = 2**17
_LIKE_TAG = re.compile(rb"""<[a-zA-Z][^>"']*+(?:(?:"[^"]*+"|'[^']*+'|["'])[^>"']*+)*+""")
"""At least all tags: quotes and "<" in a script make long ones, too."""
_QUOTED_VALUE = re.compile(rb"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_ATTRIBUTE = re.compile(rb"""[\s/"'][^\s/"'=>]""")
_TOKEN = re.compile(
    rb"<!--(?:-?>)?|<[!?](?!--)[^>]*+|</[^a-zA-Z>][^>]*+"
    rb"""|</?([a-zA-Z][^\s/>]*+)(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)?+)*+"""
)
"""The beginning of a comment, or a tag (group 1: its name), as https://html.spec.whatwg.org/#tokenization reads it."""
_COMMENT_END = re.compile(rb"--!?>")
_RAW = frozenset((b"script", b"style", b"title", b"textarea", b"xmp", b"iframe", b"noembed", b"noframes"))
"""Elements whose content has no tags."""


def is_html(page: Page) -> bool:
    """Return whether a page is HTML rather than plain text (a text dump, a WET record).

    Raises NotAnArticleError ("not_html") for anything else.
    """
    head = page.body[:4096].replace(b"\0", b"").lstrip()
    kind = (page.content_type or "").partition(";")[0]
    if head.startswith(_MAGIC) or _LIST.match(head) or (_OTHER_KINDS.search(kind) and not HTML_TAG.search(head)):
        raise NotAnArticleError(page.url, "not_html", f"not a page but {kind or 'a file of another kind'}")
    # Markdown may have HTML in it, and so may a text dump that is Markdown.
    if kind == "text/markdown" or (kind == "text/plain" and not head.startswith(b"<") and not _DOCUMENT.search(head)):
        return False
    return "html" in kind or bool(HTML_TAG.search(head)) or bool(HTML_TAG.search(page.body[: 1 << 16]))


def has_hostile_tag(html: bytes) -> bool:
    """Return whether a tag has more than MAX_ATTRIBUTES attributes."""
    like_tags = _LIKE_TAG.findall(html) if len(html) > _MIN_LENGTH else ()
    if max(map(len, like_tags), default=0) <= _MIN_LENGTH:
        return False
    return any(map(_is_hostile, like_tags)) and any(map(_is_hostile, _iter_tags(html)))


def _is_hostile(tag: bytes) -> bool:
    return len(tag) > _MIN_LENGTH and len(_ATTRIBUTE.findall(_QUOTED_VALUE.sub(b"= ", tag))) > MAX_ATTRIBUTES


def _iter_tags(html: bytes) -> Iterator[bytes]:
    """Yield the tags outside of comments, scripts and the like; one without an end has its tags outside."""
    at = 0
    ends = {name: re.compile(b"</" + name, re.I) for name in _RAW} | {b"<!--": _COMMENT_END}
    while token := _TOKEN.search(html, at):
        at = token.end()
        if token[1]:
            yield token[0]
        # libxml2 takes "<script/>" for an element without content.
        is_start = token[1] and token[0][1:2] != b"/" and not token[0].endswith(b"/")
        name = token[1].lower() if is_start else token[0]
        if name in ends:
            end = ends[name].search(html, at)
            at = end.start() if end else at
            if end is None:
                del ends[name]
