"""Character references that are left in a value after parsing, because a page escaped it more than once."""

from __future__ import annotations

import re
from html import unescape

_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});")
"""Only with a semicolon: "AT&TILDE" and "?a=1&copy=2" are text."""
_ANGLE = re.compile(r"&(?:lt|gt|#0*6[02]|#[xX]0*3[cCeE]);")
_TAG = re.compile(
    r"</?(?:a|b|br|em|i|p|q|s|small|span|strong|sub|sup|u|h[1-6]|div|font|mark|wbr)(?:\s[^<>]{0,300})?/?>", re.I
)
_BREAKING_TAG = re.compile(r"<(?:/?p|br|/?div|/?h[1-6])\b", re.I)
_MAX_ROUNDS = 5
_MAX_LENGTH = 20_000
"""Characters of a value that are read; no field is that long."""


def unescape_fully(text: str) -> str:
    """Unescape a value as often as it was escaped, and remove inline tags from it.

    A single "&lt;" or "&gt;" is text that shows markup, unless other references show that the value was escaped twice.

    >>> unescape_fully("Q&amp;amp;A &amp;lt; 5"), unescape_fully("The &lt;b&gt; element"), unescape_fully("AT&T")
    ('Q&A < 5', 'The &lt;b&gt; element', 'AT&T')
    """
    text = text[:_MAX_LENGTH]
    for _ in range(_MAX_ROUNDS):
        references = _REFERENCE.findall(text) if "&" in text else ()
        if not references or all(map(_ANGLE.fullmatch, references)):
            break
        text = _REFERENCE.sub(lambda reference: unescape(reference[0]), text)
    return remove_tags(text)


def remove_tags(text: str) -> str:
    """Remove inline tags from a value that should be plain text.

    >>> remove_tags("A <em>new</em> ship<br>sails, 3 < 4")
    'A new ship sails, 3 < 4'
    """
    if "<" not in text:
        return text
    return _TAG.sub(lambda tag: " " if _BREAKING_TAG.match(tag[0]) else "", text)
