"""Descriptions: what the metadata of a page says about its article, not what the page prints (that is the dek).

>>> parse(["", " Rain &amp;  wind "])
'Rain & wind'
"""

from __future__ import annotations

from collections.abc import Iterable
from html import unescape

from newscrawl.extract.text import normalize_space


def parse(texts: Iterable[str]) -> str | None:
    """Return the first description that is not empty, in one line and with HTML entities decoded."""
    return next(filter(None, map(normalize_space, map(unescape, texts))), None)
